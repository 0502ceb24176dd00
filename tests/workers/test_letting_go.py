"""A remote item goes with the last torrent that shares it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL
from qbitproxy.core.events import Broke, Lost, Released, RemovalAsked, Retried, Submitted
from qbitproxy.core.torrent import Action, Ready, Remote, remote_of
from qbitproxy.library import UnknownTorrent
from qbitproxy.workers.advance import Advance
from qbitproxy.workers.leftovers import EVERY, Leftovers
from qbitproxy.workers.steps import free
from tests.support import DEADLINE
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work

ADD, DELETE = "POST /torrents/addMagnet", "DELETE /torrents/delete/{id}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL, profile="stuck")
        yield desk


async def remove(desk: Desk, torrent_id: int) -> None:
    await desk.library.record(torrent_id, RemovalAsked(delete_files=True))
    await desk.last_step(torrent_id)


async def test_an_item_that_two_torrents_hold_goes_with_the_second(desk: Desk) -> None:
    first, second = await desk.accept(SINTEL, "tv"), await desk.accept(SINTEL, "films")
    for torrent_id in (first, second):
        await desk.step(torrent_id)

    await remove(desk, first)
    assert len(desk.service.items()) == 1
    await remove(desk, second)
    assert desk.service.items() == []


async def test_an_item_is_kept_for_a_torrent_that_is_about_to_be_submitted(desk: Desk) -> None:
    first, second = await desk.accept(SINTEL, "tv"), await desk.accept(SINTEL, "films")
    await desk.step(first)

    await remove(desk, first)
    await desk.step(second)

    assert desk.phase(second) == "Fetching"
    assert desk.service.calls(ADD) == 1


async def test_a_torrent_that_failed_keeps_no_item_of_another(desk: Desk) -> None:
    failed = await desk.accept(SINTEL, "tv")
    desk.service.refuses(SINTEL.infohash, at="add")
    for _ in range(2):
        await desk.step(failed)
    assert desk.phase(failed) == "Failed"
    desk.service.verdicts.clear()
    other = await desk.accept(SINTEL, "films")
    await desk.step(other)

    await remove(desk, other)

    assert desk.service.items() == []


async def test_an_item_that_is_being_let_go_of_is_not_taken_up_again(desk: Desk) -> None:
    desk.service.knows(SHOW)
    late = desk.service.fault(DELETE, kind="delay", seconds=0.3)
    async with at_work(Advance(desk.hands, desk.pulse, 1).run), asyncio.timeout(DEADLINE):
        first = await desk.accept(SHOW)
        await desk.until(first, lambda torrent: isinstance(torrent.phase, Ready))
        await desk.library.record(first, RemovalAsked(delete_files=True, release_remote=True))
        await desk.sonarr.run_until(lambda: late.fired)

        again = await desk.accept(SHOW)
        added = await desk.until(again, lambda torrent: remote_of(torrent) is not None)
        with pytest.raises(UnknownTorrent):
            await desk.until(first, lambda _: False)

    assert [remote_of(added)] == [Remote(PROVIDER, item.id) for item in desk.service.items()]


async def test_a_torrent_is_placed_again_while_its_provider_does_not_let_go_of_the_earlier_one(
    desk: Desk,
) -> None:
    desk.service.knows(SHOW)
    first = await desk.accept(SHOW, action=Action.SYMLINK)
    for _ in range(2):
        await desk.step(first)
    assert desk.phase(first) == "Confirming"
    desk.service.fault(DELETE, status=503, body={"error": "nobody knows this one"}, times=None)
    await desk.library.record(first, RemovalAsked(delete_files=True))
    await desk.step(first)

    again = await desk.accept(SHOW, action=Action.SYMLINK)
    for _ in range(2):
        await desk.step(again)

    assert (desk.phase(first), desk.phase(again)) == ("Removing", "Confirming")


async def test_what_a_failed_torrent_held_is_let_go_of_when_it_goes_on_elsewhere(desk: Desk) -> None:
    torrent_id = await desk.fetch(SINTEL)
    held = remote_of(desk.torrent(torrent_id))
    await desk.library.record(torrent_id, Broke("a bug"))

    await desk.library.record(torrent_id, Retried())
    assert desk.torrent(torrent_id).left == (held,)
    await desk.library.record(torrent_id, Submitted(Remote("another", "ID")))
    async with at_work(Leftovers(desk.hands, desk.pulse).run):
        await desk.clock.pass_by(EVERY)

    assert desk.service.items() == []


async def test_what_a_failed_torrent_held_is_taken_up_again_when_it_is_tried_again(desk: Desk) -> None:
    torrent_id = await desk.fetch(SINTEL)
    await desk.library.record(torrent_id, Broke("a bug"))
    await desk.library.record(torrent_id, Retried())

    torrent = await desk.step(torrent_id)

    assert [remote_of(torrent)] == [Remote(PROVIDER, item.id) for item in desk.service.items()]
    assert torrent.left == ()


@pytest.mark.parametrize("by", ["abandoning it", "removing the torrent"])
async def test_what_a_torrent_fetches_anew_is_no_library_s_until_it_was_finished_from_it(
    desk: Desk, by: str
) -> None:
    desk.service.knows(SHOW)
    torrent_id = await desk.accept(SHOW, action=Action.SYMLINK)
    for _ in range(3):
        await desk.step(torrent_id)
    [item] = desk.service.items()
    assert desk.phase(torrent_id) == "Ready"
    await desk.library.record(torrent_id, Lost("its files are gone"))
    anew = Remote(PROVIDER, "ANEW")
    await desk.library.record(torrent_id, Submitted(anew))

    if by == "abandoning it":
        freed = await free(anew, desk.torrent(torrent_id), desk.hands)
        assert not freed.remote_kept
        assert (await free(Remote(PROVIDER, item.id), desk.torrent(torrent_id), desk.hands)).remote_kept
    else:
        await remove(desk, torrent_id)
        assert (await desk.library.history(torrent_id))[-1].event == Released(remote_kept=False, remote=anew)

    assert desk.service.calls(DELETE) == 1
    assert [each.id for each in desk.service.items()] == [item.id]
