"""What of Premiumize's drive goes with a torrent that is let go, what stays."""

from __future__ import annotations

import pytest

from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from qbitproxy.core.faults import Unreachable
from tests.providers.account import VIDEO, source_of
from tests.providers.premiumize_account import an_account, restarted


@pytest.mark.parametrize("deletes_files", [False, True])
@pytest.mark.parametrize("release", [SINTEL, SHOW], ids=["file", "folder"])
async def test_files_go_with_their_transfer_whoever_deletes_them(
    release: Release, deletes_files: bool
) -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.deletes_files = deletes_files
        pm.uploads("holiday.mkv")
        pm.knows(release)
        item = await provider.submit(source_of(release), VIDEO)

        await provider.release(item.id)

        assert (pm.items(), pm.stored()) == ([], ["holiday.mkv"])


async def test_letting_go_can_be_taken_up_where_it_stopped() -> None:
    async with an_account() as (pm, provider, clock):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.fails("POST /transfer/delete", "transient_error")

        with pytest.raises(Unreachable):
            await provider.release(item.id)
        async with restarted(pm, clock) as again:
            await again.release(item.id)

        assert (pm.items(), pm.stored()) == ([], [])


@pytest.mark.parametrize("profile", ["misplaced", "placeless", "external", "stuck"])
async def test_nothing_is_deleted_that_may_be_somebodys(profile: str) -> None:
    async with an_account() as (pm, provider, _):
        pm.uploads("holiday.mkv")
        pm.knows(SHOW, profile=profile)  # type: ignore[arg-type]
        item = await provider.submit(source_of(SHOW), VIDEO)

        await provider.release(item.id)

        assert "holiday.mkv" in pm.stored()
        assert pm.items() == []


async def test_a_folder_that_is_called_otherwise_is_kept() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        for folder in pm.drive.folders.values():
            folder.name = folder.name.replace(SHOW.name, "Films")

        await provider.release(item.id)

        assert len(pm.stored()) == len(SHOW.files)


async def test_a_folder_that_two_transfers_share_is_kept() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        pm.knows(SAME_NAMES)
        item = await provider.submit(source_of(SHOW), VIDEO)
        other = pm.added_elsewhere(SAME_NAMES)
        other.node = pm.items()[1].node

        await provider.release(item.id)

        assert [path for path in pm.stored() if path.startswith(SHOW.name)] != []


async def test_files_of_a_transfer_that_somebody_cleared_are_let_go_as_well() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        item = await provider.submit(source_of(SHOW), VIDEO)
        pm.clears(SHOW.infohash)

        await provider.release(item.id)

        assert pm.stored() == []
