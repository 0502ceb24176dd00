"""What the list of a provider says of the torrents it works on, and when it is believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from compat.content import KIB, Release
from qbitproxy.core.events import Paused
from qbitproxy.core.faults import Reason
from qbitproxy.workers.poll import OUTAGE, Poll
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work

LIST = "GET /torrents"
A_WHILE = timedelta(seconds=20)
FILMS = [
    Release(name=f"Film.{number}.mkv", files={f"Film.{number}.mkv": 10 * KIB + number}) for number in range(6)
]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        for film in FILMS:
            desk.service.knows(film, profile="stuck")
        yield desk


def polling(desk: Desk) -> Poll:
    return Poll(PROVIDER, desk.hands, desk.pulse)


async def test_what_the_list_shows_is_seen(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])

    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
        desk.service.advance(FILMS[0].infohash, "downloading", progress=40, seeders=3)
        await desk.clock.pass_by(A_WHILE)

    seen = desk.library.telemetry(torrent_id)
    assert (round(seen.progress, 2), seen.seeders) == (0.4, 3)


async def test_nobody_is_asked_while_nothing_is_fetched(desk: Desk) -> None:
    await desk.accept(FILMS[0])

    async with at_work(polling(desk).run):
        for _ in range(3):
            await desk.clock.pass_by(A_WHILE)

    assert desk.service.calls(LIST) == 0


async def test_a_list_that_loses_half_its_items_is_not_believed(desk: Desk) -> None:
    torrents = [await desk.fetch(film) for film in FILMS]
    for film in FILMS[:4]:
        desk.service.deletes(film.infohash)

    with capture_logs() as logs:
        async with at_work(polling(desk).run):
            for _ in range(5):
                await desk.clock.pass_by(A_WHILE)

    assert {desk.phase(torrent_id) for torrent_id in torrents} == {"Fetching"}
    assert "list_not_believed" in [line["event"] for line in logs]


async def test_a_list_that_goes_on_losing_half_its_items_is_believed_at_last(desk: Desk) -> None:
    torrents = [await desk.fetch(film) for film in FILMS]
    for film in FILMS[:4]:
        desk.service.deletes(film.infohash)

    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
        desk.service.advance(FILMS[5].infohash, "downloading", progress=40)
        await desk.clock.pass_by(A_WHILE)
        assert desk.library.telemetry(torrents[5]).progress > 0
        for _ in range(OUTAGE // A_WHILE + 2):
            await desk.clock.pass_by(A_WHILE)

    assert [desk.phase(torrent_id) for torrent_id in torrents] == 4 * ["Accepted"] + 2 * ["Fetching"]


async def test_an_item_missing_from_two_lists_is_lost_and_submitted_again(desk: Desk) -> None:
    kept, lost = await desk.fetch(FILMS[0]), await desk.fetch(FILMS[1])
    desk.service.deletes(FILMS[1].infohash)

    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
        assert desk.phase(lost) == "Fetching"
        await desk.clock.pass_by(A_WHILE)
        assert desk.phase(lost) == "Accepted"

        await desk.step(lost)
        await desk.clock.pass_by(A_WHILE)
        await desk.clock.pass_by(A_WHILE)

    assert await desk.story(lost) == ["Added", "Submitted", "Freed", "Lost", "Submitted"]
    assert desk.phase(lost) == "Fetching"
    assert await desk.story(kept) == ["Added", "Submitted"]
    assert len(desk.service.items()) == 2


async def test_an_item_that_is_back_in_the_next_list_was_never_lost(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    nothing = desk.service.fault(LIST, body=[], status=200, headers={"X-Total-Count": "0"}, times=1)

    async with at_work(polling(desk).run):
        for _ in range(4):
            await desk.clock.pass_by(A_WHILE)

    assert nothing.fired == 1
    assert await desk.story(torrent_id) == ["Added", "Submitted"]


async def test_an_item_lost_more_than_twice_counts_as_refused(desk: Desk) -> None:
    torrent_id = await desk.accept(FILMS[0])

    async with at_work(polling(desk).run):
        for _ in range(3):
            await desk.step(torrent_id)
            desk.service.deletes(FILMS[0].infohash)
            await desk.clock.pass_by(A_WHILE)
            await desk.clock.pass_by(A_WHILE)

    [refusal] = desk.torrent(torrent_id).refusals
    assert (refusal.provider, refusal.reason) == (PROVIDER, Reason.FILTERED_BY_PROVIDER)
    assert (await desk.story(torrent_id))[-4:] == ["Lost", "Submitted", "Freed", "Refused"]


async def test_an_outage_is_two_lines_in_the_log_however_long_it_lasts(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    outage = desk.service.fault(status=503, body="<html>down</html>", times=None)

    with capture_logs() as logs:
        async with at_work(polling(desk).run):
            for _ in range(5):
                await desk.clock.pass_by(A_WHILE)
            outage.lift()
            for _ in range(5):
                await desk.clock.pass_by(A_WHILE)

    assert [line["event"] for line in logs if line["event"].startswith("poll_")] == [
        "poll_failing",
        "poll_recovered",
    ]
    assert await desk.story(torrent_id) == ["Added", "Submitted"]


def with_a_spare(desk: Desk) -> None:
    """Another account, which would take every torrent."""
    hand = replace(desk.hands.providers[PROVIDER], rests_for=lambda: 0.0)
    desk.hands.providers = {**desk.hands.providers, "spare": hand}


async def pass_an_outage(desk: Desk) -> None:
    """Let the provider be listed for a little longer than an outage is waited for."""
    async with at_work(polling(desk).run):
        for _ in range(OUTAGE // A_WHILE + 3):
            await desk.clock.pass_by(A_WHILE)


async def test_an_outage_is_waited_for_then_those_go_on_that_another_takes(desk: Desk) -> None:
    torrent_id, paused = await desk.fetch(FILMS[0]), await desk.fetch(FILMS[1])
    await desk.library.record(paused, Paused())
    with_a_spare(desk)
    desk.service.fault(status=503, body="<html>down</html>", times=None)

    async with at_work(polling(desk).run):
        for _ in range(OUTAGE // A_WHILE - 1):
            await desk.clock.pass_by(A_WHILE)
        assert desk.phase(torrent_id) == "Fetching"
        for _ in range(4):
            await desk.clock.pass_by(A_WHILE)

    assert (desk.phase(torrent_id), desk.phase(paused)) == ("Accepted", "Fetching")
    assert [remote.provider for remote in desk.torrent(torrent_id).left] == [PROVIDER]


async def test_an_outage_moves_nothing_that_nobody_else_takes(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    desk.service.fault(status=503, body="<html>down</html>", times=None)

    await pass_an_outage(desk)

    assert await desk.story(torrent_id) == ["Added", "Submitted"]


async def test_a_provider_that_only_asks_us_to_wait_keeps_its_torrents(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    with_a_spare(desk)
    desk.service.fails("GET /torrents", 34, times=None)

    await pass_an_outage(desk)

    assert await desk.story(torrent_id) == ["Added", "Submitted"]


async def test_the_time_in_which_nobody_looked_is_no_part_of_an_outage(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    with_a_spare(desk)
    outage = desk.service.fault(status=503, body="<html>down</html>", times=None)

    async with at_work(polling(desk).run):
        for _ in range(OUTAGE // A_WHILE + 3):
            await desk.clock.pass_by(A_WHILE)
        assert desk.phase(torrent_id) == "Accepted"
        outage.lift()
        await desk.clock.pass_by(2 * OUTAGE)
        another = await desk.fetch(FILMS[1])
        desk.service.fault(status=503, body="<html>down</html>", times=None)
        await desk.clock.pass_by(A_WHILE)

    assert desk.phase(another) == "Fetching"


@pytest.mark.parametrize("trouble", ["outage", "sleep"])
async def test_nobody_is_given_up_over_a_time_in_which_nobody_could_look(desk: Desk, trouble: str) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
        desk.service.advance(FILMS[0].infohash, "downloading", progress=40)
        await desk.clock.pass_by(A_WHILE)
        if trouble == "outage":
            silent = desk.service.fault(LIST, kind="html", status=502, times=None)
            for _ in range(32):
                await desk.clock.pass_by(timedelta(minutes=15))
            silent.lift()
    desk.service.advance(FILMS[0].infohash, "downloading", progress=90)
    desk.clock.advance(timedelta(hours=8))  # a machine that slept, a clock that was wrong

    await desk.step(torrent_id)
    assert desk.phase(torrent_id) == "Fetching"

    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
    await desk.step(torrent_id)
    assert desk.phase(torrent_id) == "Fetching"
    assert desk.service.calls("DELETE /torrents/delete/{id}") == 0


async def test_who_is_looked_at_and_does_not_move_is_given_up(desk: Desk) -> None:
    torrent_id = await desk.fetch(FILMS[0])
    async with at_work(polling(desk).run):
        await desk.clock.pass_by(A_WHILE)
        desk.service.advance(FILMS[0].infohash, "downloading", progress=40)
        for _ in range(26):
            await desk.clock.pass_by(timedelta(minutes=15))

    await desk.step(torrent_id)

    assert "Refused" in await desk.story(torrent_id)
