"""Steps of many torrents at once: what goes wrong with one, what a person does meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from compat.content import SHOW, SINTEL, Release
from qbitproxy.core.events import Paused, RemovalAsked, Resumed, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import Provider, RemoteItem, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import Action, Failed, Ready, Remote, Torrent
from qbitproxy.library import UnknownTorrent
from qbitproxy.workers.advance import STEPS_AT_ONCE, Advance
from qbitproxy.workers.availability import Inquiry
from tests.support import DEADLINE
from tests.workers.desk import PROVIDER, Desk, a_desk, at_work

ADD, LINK = "POST /torrents/addMagnet", "POST /unrestrict/link"


class Buggy:
    """An account whose adapter has a bug that one torrent brings out."""

    def __init__(self, provider: Provider, infohash: str) -> None:
        self._provider, self._infohash = provider, infohash

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        if source.infohash == self._infohash:
            raise ZeroDivisionError
        return await self._provider.submit(source, rules, without)

    async def release(self, item_id: str) -> None:
        raise ZeroDivisionError


class Slow:
    """An account that takes for ever to let go of an item."""

    def __init__(self, provider: Provider) -> None:
        self._provider, self.asked = provider, asyncio.Event()

    async def submit(self, source: Source, rules: ContentRules, without: Collection[str] = ()) -> RemoteItem:
        return await self._provider.submit(source, rules, without)

    async def release(self, item_id: str) -> None:
        self.asked.set()
        await asyncio.get_running_loop().create_future()


def bring_bug(desk: Desk, infohash: str) -> None:
    hand = desk.hands.providers[PROVIDER]
    buggy = Buggy(hand.provider, infohash)
    desk.hands.providers = {PROVIDER: dataclasses.replace(hand, provider=buggy)}  # type: ignore[arg-type]


def is_ready(torrent: Torrent) -> bool:
    return isinstance(torrent.phase, Ready)


def is_failed(torrent: Torrent) -> bool:
    return isinstance(torrent.phase, Failed)


async def gone(desk: Desk, torrent_id: int) -> None:
    """Wait until the torrent is gone."""
    with pytest.raises(UnknownTorrent):
        await desk.until(torrent_id, lambda _: False)


async def test_a_bug_in_a_step_marks_only_that_torrent(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL)
        bring_bug(desk, SHOW.infohash)

        with capture_logs() as logs:
            async with at_work(Advance(desk.hands, desk.pulse, 1).run):
                unlucky, lucky = await desk.accept(SHOW), await desk.accept(SINTEL)
                failed = await desk.until(unlucky, is_failed)
                await desk.until(lucky, is_ready)

        assert isinstance(failed.phase, Failed)
        assert (failed.phase.reason, failed.phase.reported) == (Reason.BUG, True)
        assert "ZeroDivisionError" in failed.phase.detail
        [told] = [line for line in logs if line["event"] == "step_broke"]
        assert told["log_level"] == "error"


async def test_a_bug_while_removing_is_tried_again_rather_than_shown_as_a_failure(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL, profile="stuck")
        torrent_id = await desk.fetch(SINTEL)
        bring_bug(desk, SHOW.infohash)

        await desk.library.record(torrent_id, RemovalAsked(delete_files=True))
        torrent = await desk.step(torrent_id)

        assert desk.phase(torrent_id) == "Removing"
        assert torrent.waiting_reason is Reason.BUG
        assert torrent.retry_at is not None


async def test_a_removal_cancels_the_running_step(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, asyncio.timeout(DEADLINE):
        desk.service.knows(SINTEL)
        silence = desk.service.fault(LINK, kind="hang", times=None)
        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
            await desk.sonarr.run_until(lambda: silence.fired)

            await desk.library.record(torrent_id, RemovalAsked(delete_files=True))
            await gone(desk, torrent_id)

        assert await desk.story(torrent_id) == ["Added", "Submitted", "Cached", "RemovalAsked", "Released"]


async def test_what_a_provider_was_adding_when_it_was_removed_does_not_stay_in_the_account(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as desk, asyncio.timeout(DEADLINE):
        desk.service.knows(SINTEL, profile="stuck")
        late = desk.service.fault(ADD, kind="delay", seconds=0.3)
        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            torrent_id = await desk.accept(SINTEL)
            await desk.sonarr.run_until(lambda: late.fired)

            await desk.library.record(torrent_id, RemovalAsked(delete_files=True))
            await gone(desk, torrent_id)

        assert await desk.story(torrent_id) == ["Added", "RemovalAsked", "Submitted", "Released"]
        assert desk.service.items() == []


async def test_a_pause_cancels_the_running_step_until_it_is_resumed(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, asyncio.timeout(DEADLINE):
        desk.service.knows(SINTEL)
        silence = desk.service.fault(ADD, kind="hang", times=1)
        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            torrent_id = await desk.accept(SINTEL)
            await desk.sonarr.run_until(lambda: silence.fired)

            await desk.library.record(torrent_id, Paused())
            await desk.library.record(torrent_id, Resumed())
            await desk.until(torrent_id, is_ready)

        assert "Stumbled" not in await desk.story(torrent_id)


async def test_many_who_wait_to_hear_who_holds_them_hold_up_nobody_else(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, asyncio.timeout(DEADLINE):
        desk.service.knows(SINTEL)
        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            finished = await desk.accept(SINTEL)
            await desk.until(finished, is_ready)
            asked = keep_waiting(desk)
            for number in range(2 * STEPS_AT_ONCE):
                await desk.accept(Release(f"Film.{number}", {f"Film.{number}.mkv": 1000}))
            await asked.wait()

            await desk.library.record(finished, RemovalAsked(delete_files=True))
            await gone(desk, finished)


def keep_waiting(desk: Desk) -> asyncio.Event:
    """Let nobody hear whether the account holds a torrent; the event is set when somebody asks."""
    asked = asyncio.Event()

    async def ask(infohashes: Sequence[str]) -> frozenset[str]:
        asked.set()
        return await asyncio.get_running_loop().create_future()

    hand = desk.hands.providers[PROVIDER]
    desk.hands.providers = {PROVIDER: dataclasses.replace(hand, inquiry=Inquiry(100, ask))}
    return asked


async def test_many_removals_at_a_slow_provider_hold_up_nobody_else(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, asyncio.timeout(DEADLINE):
        asked = keep_holding(desk)
        for number in range(2 * STEPS_AT_ONCE):
            held = await desk.accept(Release(f"Film.{number}", {f"Film.{number}.mkv": 1000}))
            await desk.library.record(held, Submitted(Remote(PROVIDER, f"ITEM{number}")))
            await desk.library.record(held, RemovalAsked(delete_files=True))
        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            await asked.wait()
            desk.service.knows(SINTEL)
            torrent_id = await desk.accept(SINTEL)
            await desk.until(torrent_id, is_ready)

            await desk.library.record(torrent_id, RemovalAsked(delete_files=True, release_remote=False))
            await gone(desk, torrent_id)


def keep_holding(desk: Desk) -> asyncio.Event:
    """Let the account never be done with letting go of items; the event is set when it is asked to."""
    hand = desk.hands.providers[PROVIDER]
    slow = Slow(hand.provider)
    desk.hands.providers = {PROVIDER: dataclasses.replace(hand, provider=slow)}  # type: ignore[arg-type]
    return slow.asked


async def test_torrents_there_were_before_the_start_go_on(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.service.knows(SINTEL)
        torrent_id = await desk.accept(SINTEL)

        async with at_work(Advance(desk.hands, desk.pulse, 1).run):
            await desk.until(torrent_id, is_ready)
