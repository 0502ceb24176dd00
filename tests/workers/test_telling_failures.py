"""A failed torrent is told of as soon as its Arr can hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL, Release
from qbitproxy.core.torrent import Failed, Request
from qbitproxy.library import Draft
from qbitproxy.workers.steps import MOST_REPORTS
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent
from tests.providers.account import source_of
from tests.workers.desk import Desk, a_desk
from tests.workers.test_queue_watch import Strict


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        desk.service.refuses(SINTEL.infohash, at="add")
        yield desk


async def a_failed_torrent(desk: Desk, arr: str = "sonarr", release: Release = SINTEL) -> int:
    draft = Draft(
        source=source_of(release),
        category="tv-sonarr",
        save_path=desk.library.save_path("tv-sonarr"),
        request=Request(arr=arr),
    )
    torrent_id = (await desk.library.accept(draft)).id
    for _ in range(2):
        await desk.step(torrent_id)
    return torrent_id


async def try_again(desk: Desk, torrent_id: int, times: int) -> None:
    for _ in range(times):
        await desk.step(torrent_id)
        desk.clock.advance(desk.waits_for(torrent_id))


def is_settled(desk: Desk, torrent_id: int) -> bool:
    phase = desk.torrent(torrent_id).phase
    assert isinstance(phase, Failed)
    return phase.reported


async def test_an_outage_of_its_arr_is_no_time_in_which_it_lists_nothing(desk: Desk) -> None:
    torrent_id = await a_failed_torrent(desk)
    outage = desk.sonarr.fault("GET *queue", status=503, body={}, times=None)
    await try_again(desk, torrent_id, 2 * MOST_REPORTS)
    outage.lift()

    await try_again(desk, torrent_id, MOST_REPORTS)
    assert not is_settled(desk, torrent_id)
    await desk.step(torrent_id)
    assert is_settled(desk, torrent_id)


async def test_an_arr_that_was_learned_is_waited_for_until_it_introduces_itself_again(desk: Desk) -> None:
    torrent_id = await a_failed_torrent(desk, "sonarr@127.0.0.1:8989")

    await try_again(desk, torrent_id, 2)

    assert not is_settled(desk, torrent_id)
    assert "has not introduced itself" in desk.torrent(torrent_id).waiting_for


@pytest.mark.parametrize("arr", ["", "nobody-any-more"])
async def test_where_there_is_no_arr_nobody_is_waited_for(desk: Desk, arr: str) -> None:
    torrent_id = await a_failed_torrent(desk, arr)

    await desk.step(torrent_id)

    assert is_settled(desk, torrent_id)


async def test_two_failures_at_once_are_one_too_many_for_an_arr_that_is_told_of_one(
    desk: Desk, tmp_path: Path
) -> None:
    desk.service.refuses(SHOW.infohash, at="add")
    desk.hands.arrs = Strict(desk.hands.arrs, report_limit=1)
    failed = [await a_failed_torrent(desk, release=release) for release in (SINTEL, SHOW)]
    async with FakeQbittorrent(tmp_path / "downloads") as client:
        desk.sonarr.uses(client.address, USERNAME, PASSWORD)
        for release in (SINTEL, SHOW):
            await desk.sonarr.grab(release)
        await desk.sonarr.poll()

        async with asyncio.TaskGroup() as group:
            for torrent_id in failed:
                group.create_task(desk.step(torrent_id))

    assert len(desk.sonarr.blocklist) == 1
    assert sorted(is_settled(desk, torrent_id) for torrent_id in failed) == [False, True]
