"""Torrents handed to Premiumize."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from compat.content import SHOW, SINTEL, Release
from compat.emulators.premiumize import Premiumize
from qbitproxy.core.faults import Busy, Denied, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import TorrentFile
from tests.providers.account import VIDEO, source_of
from tests.providers.premiumize_account import SharedClock, an_account, calls, restarted

BOOKS = ContentRules(extensions=frozenset({"epub"}))


async def test_a_cached_torrent_costs_two_calls_and_one_for_each_folder_while_all_is_fresh() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        pm.knows(SHOW)
        await provider.submit(source_of(SINTEL), VIDEO)
        pm.requests.clear()

        await provider.submit(source_of(SHOW), VIDEO)

        assert calls(pm) == [
            "POST /transfer/create",
            "GET /transfer/list",
            "GET /folder/list",
            "GET /folder/list",  # of the folder in it
        ]


async def test_many_submits_at_once_share_one_list() -> None:
    async with an_account(Premiumize("manual")) as (pm, provider, _):
        async with asyncio.TaskGroup() as group:
            for release in (SINTEL, SHOW):
                group.create_task(provider.submit(source_of(release), VIDEO))

        assert calls(pm)[0] == "GET /transfer/list"
        assert pm.calls("GET /transfer/list") == 3  # one before, one after each


async def test_two_torrents_of_one_infohash_submitted_together_share_the_transfer() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(provider.submit(source_of(SINTEL), VIDEO)) for _ in range(3)]

        assert len({task.result().id for task in tasks}) == 1
        assert pm.calls("POST /transfer/create") == 1


async def test_a_torrent_file_is_sent_as_it_is() -> None:
    async with an_account() as (pm, provider, _):
        await provider.submit(source_of(SINTEL, metainfo=True), VIDEO)

        [created] = [request for request in pm.requests if request.path == "/transfer/create"]
        assert [(field, content) for field, _, content in created.uploads] == [("src", SINTEL.torrent)]


async def test_no_tracker_is_added_or_taken_away() -> None:
    async with an_account() as (pm, provider, _):
        await provider.submit(source_of(SHOW), VIDEO)

        [created] = [request for request in pm.requests if request.path == "/transfer/create"]
        assert created.form == {"src": SHOW.magnet()}


async def test_a_torrent_known_to_have_nothing_for_us_is_not_even_created() -> None:
    async with an_account() as (pm, provider, _):
        source = replace(source_of(SHOW), files=(TorrentFile("Caminandes.mkv", 17),))

        with pytest.raises(Refusal, match=r"Caminandes\.mkv") as caught:
            await provider.submit(source, BOOKS)

        assert (caught.value.reason, pm.requests) == (Reason.REFUSED_BY_POLICY, [])


async def test_a_torrent_without_wanted_files_leaves_nothing_in_the_drive() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)

        with pytest.raises(Refusal):
            await provider.submit(source_of(SHOW), BOOKS)

        assert (pm.items(), pm.stored()) == ([], [])


async def test_a_magnet_without_metadata_waits() -> None:
    async with an_account(Premiumize("manual")) as (_, provider, _clock):
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.infohash, item.name) == (ItemState.QUEUED, SINTEL.infohash, SINTEL.name)


async def test_a_transfer_that_is_not_listed_yet_is_told_all_the_same() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL)
        await provider.items()
        pm.unlisted = 1

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (pm.items()[0].id, ItemState.QUEUED)
        assert (await provider.items())[0].infohash == SINTEL.infohash


# What is there already


@pytest.mark.parametrize("src", ["opaque", "magnet", "empty"])
async def test_a_transfer_of_ours_is_adopted_whatever_the_list_says_of_it(src: str) -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.src = src
        pm.knows(SINTEL)
        first = await provider.submit(source_of(SINTEL), VIDEO)

        assert await provider.submit(source_of(SINTEL), VIDEO) == replace(first, adopted=True)
        assert pm.calls("POST /transfer/create") == 1


async def test_somebodys_transfer_is_adopted_by_the_magnet_in_the_list() -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.src = "magnet"
        pm.knows(SINTEL)
        theirs = pm.added_elsewhere(SINTEL)

        item = await provider.submit(replace(source_of(SINTEL), name="Other"), VIDEO)

        assert (item.id, item.state) == (theirs.id, ItemState.DONE)
        assert pm.calls("POST /transfer/create") == 0


@pytest.mark.parametrize("code", ["", "invalid_request", "permanent_error", "unknown_error"])
async def test_a_transfer_from_before_a_restart_is_recognised_by_its_name(code: str) -> None:
    async with an_account() as (pm, provider, clock):
        pm.habits.duplicate_code = code
        pm.knows(SHOW)
        before = await provider.submit(source_of(SHOW), VIDEO)

        async with restarted(pm, clock) as again:
            after = await again.submit(source_of(SHOW), VIDEO)

        assert replace(after, adopted=False) == before


async def test_a_nameless_magnet_is_recognised_by_the_name_that_a_cache_check_knows() -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW)
        theirs = pm.added_elsewhere(SHOW)

        item = await provider.submit(replace(source_of(SHOW), name=SHOW.infohash), VIDEO)

        assert (item.id, item.infohash) == (theirs.id, SHOW.infohash)


async def test_a_transfer_without_a_name_is_waited_for() -> None:
    async with an_account(Premiumize("manual")) as (pm, provider, _):
        pm.habits.unnamed = None
        pm.knows(SHOW, cached=False)
        theirs = pm.added_elsewhere(SHOW, downloaded=False)

        with pytest.raises(Busy) as caught:
            await provider.submit(source_of(SHOW), VIDEO)
        pm.advance(SHOW.infohash, "running")
        item = await provider.submit(source_of(SHOW), VIDEO)

        assert (caught.value.retry_after, item.id) == (60, theirs.id)


@pytest.mark.parametrize("namesakes", [0, 2])
async def test_no_transfer_is_taken_for_another_on_a_guess(namesakes: int) -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SHOW, cached=False)
        pm.added_elsewhere(SHOW)
        name = SHOW.name if namesakes else "Renamed"
        listed = [
            {"id": str(number), "name": name, "status": "finished"} for number in range(max(namesakes, 1))
        ]
        pm.fault(
            "GET /transfer/list", status=200, body={"status": "success", "transfers": listed}, times=None
        )

        with pytest.raises(Refusal, match="remove it there") as caught:
            await provider.submit(source_of(SHOW), VIDEO)

        assert caught.value.reason is Reason.REFUSED_BY_POLICY


async def test_a_lost_answer_adds_nothing_twice() -> None:
    async with an_account(deadline=timedelta(seconds=0.2), rests=False) as (pm, provider, _):
        pm.knows(SINTEL)
        await provider.items()
        pm.fault("POST /transfer/create", kind="hang-after")

        with pytest.raises(Unreachable):
            await provider.submit(source_of(SINTEL), VIDEO)
        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.id, item.state) == (pm.items()[0].id, ItemState.DONE)
        assert len(pm.items()) == 1


async def test_a_transfer_that_drops_out_of_the_list_is_recognised_when_it_is_there_after_all() -> None:
    async with an_account(Premiumize("manual")) as (pm, provider, _):
        first = await provider.submit(source_of(SINTEL), VIDEO)
        pm.unlisted = 2
        await provider.items()

        again = await provider.submit(source_of(SINTEL), VIDEO)

        assert again.id == first.id


@pytest.mark.parametrize("status", ["error", "timeout", "banned", "deleted"])
async def test_a_failed_transfer_makes_room_for_a_new_one(status: str) -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(SINTEL, cached=False)
        pm.added_elsewhere(SINTEL, downloaded=False)
        failed = pm.advance(SINTEL.infohash, status)
        pm.knows(SINTEL)

        item = await provider.submit(source_of(SINTEL), VIDEO)

        assert (item.state, item.id == failed.id) == (ItemState.DONE, False)
        assert len(pm.items()) == 1


@pytest.mark.parametrize("release", [SINTEL, SHOW], ids=["file", "folder"])
async def test_a_transfer_whose_files_are_gone_makes_room_for_a_new_one(release: Release) -> None:
    async with an_account() as (pm, provider, _):
        pm.knows(release)
        first = await provider.submit(source_of(release), VIDEO)
        pm.loses(release.infohash)

        second = await provider.submit(source_of(release), VIDEO)

        assert (second.state, second.id == first.id) == (ItemState.DONE, False)
        assert len(pm.items()) == 1


async def test_somebodys_transfer_with_nothing_for_us_is_left_alone() -> None:
    async with an_account() as (pm, provider, _):
        pm.habits.src = "magnet"
        pm.knows(SINTEL)
        pm.added_elsewhere(SINTEL)

        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), BOOKS)

        assert pm.stored() == [SINTEL.name]


# Limits of the account


async def test_nothing_is_added_once_all_points_are_spent() -> None:
    async with an_account() as (pm, provider, clock):
        pm.exhausts()

        with pytest.raises(Busy, match="fair use") as caught:
            await provider.submit(source_of(SINTEL), VIDEO)
        clock.advance(timedelta(seconds=899))
        with pytest.raises(Busy):
            await provider.submit(source_of(SINTEL), VIDEO)
        assert (caught.value.retry_after, pm.calls("GET /account/info")) == (900, 1)

        pm.points.boosters = 3
        clock.advance(timedelta(seconds=1))
        await provider.submit(source_of(SINTEL), VIDEO)


@pytest.mark.parametrize(("slots", "space", "wait"), [(0, 10**9, 300), (25, 0, 1800)])
async def test_a_full_account_is_not_asked_again_for_each_torrent(slots: int, space: int, wait: int) -> None:
    clock = SharedClock()
    service = Premiumize(slots=slots, space=space, clock=clock.theirs)
    async with an_account(service, clock=clock) as (pm, provider, _):
        for release in (SINTEL, SHOW):
            with pytest.raises(Busy) as caught:
                await provider.submit(source_of(release), VIDEO)

        assert (caught.value.retry_after, pm.calls("POST /transfer/create")) == (wait, 1)


async def test_lapsed_premium_is_denied() -> None:
    async with an_account() as (pm, provider, _):
        await provider.submit(source_of(SHOW), VIDEO)
        pm.lapses()

        with pytest.raises(Denied, match="premium"):
            await provider.account()
        with pytest.raises(Denied, match="premium"):
            await provider.submit(source_of(SINTEL), VIDEO)


@pytest.mark.parametrize("until", [None, 0, False, "0", 1_700_000_000, "soon", 1e30])
async def test_premium_that_is_not_there_is_denied(until: object) -> None:
    async with an_account() as (pm, provider, _):
        pm.fault("GET /account/info", status=200, body={"status": "success", "premium_until": until})

        with pytest.raises(Denied, match="premium"):
            await provider.account()


async def test_what_one_torrent_alone_is_forbidden_refuses_that_torrent() -> None:
    async with an_account() as (pm, provider, _):
        pm.refuses(SINTEL.infohash, "permission_denied")

        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


@pytest.mark.parametrize("code", ["service_unsupported", "invalid_request", "not_found"])
async def test_what_it_cannot_read_is_a_bad_source(code: str) -> None:
    async with an_account() as (pm, provider, _):
        pm.refuses(SINTEL.infohash, code)

        with pytest.raises(Refusal) as caught:
            await provider.submit(source_of(SINTEL), VIDEO)

        assert caught.value.reason is Reason.BAD_SOURCE
