"""Our own downloads that an Arr does not import."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from compat.content import SHOW, SINTEL, Release
from qbitproxy.core.events import CheckAsked
from qbitproxy.core.queue_rules import Remedy
from qbitproxy.core.torrent import Action, Ready
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import QueueRuleSettings, QueueSettings
from qbitproxy.wiring import watching
from qbitproxy.workers.hands import ArrHand, ArrsByName
from qbitproxy.workers.queue_watch import Watching, WatchQueues
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent
from tests.workers.desk import Desk, a_desk, at_work

PATIENCE = timedelta(minutes=30)
EVERY = timedelta(minutes=10)
WATCHING = Watching(every=EVERY, patience=PATIENCE)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def qbit(tmp_path: Path, desk: Desk) -> AsyncIterator[FakeQbittorrent]:
    """What Sonarr takes for us; its torrents are ours by name alone."""
    async with FakeQbittorrent(tmp_path / "downloads") as running:
        desk.sonarr.uses(running.address, USERNAME, PASSWORD)
        yield running


async def a_finished_torrent(desk: Desk, release: Release = SINTEL) -> int:
    desk.service.knows(release, cached=True)
    torrent_id = await desk.accept(release, action=Action.SYMLINK)
    for _ in range(12):
        desk.clock.advance(timedelta(seconds=20))
        if desk.phase(torrent_id) == "Ready":
            break
        await desk.step(torrent_id)
    assert desk.phase(torrent_id) == "Ready"
    return torrent_id


async def stuck(desk: Desk, qbit: FakeQbittorrent, message: str, release: Release = SINTEL) -> None:
    """Have a finished download in Sonarr's queue that it will not import."""
    await desk.sonarr.grab(release)
    qbit.rows[release.infohash] |= {"state": "pausedUP", "progress": 1.0}
    await desk.sonarr.poll()
    says(desk, message)


def says(desk: Desk, message: str) -> None:
    desk.sonarr.fault("GET *queue", status=200, body=_queue(desk, message), times=None)


def _queue(desk: Desk, message: str) -> dict[str, object]:
    """Sonarr's queue with a message of our choice."""
    records = [
        {
            "id": tracked.record_id(part),
            "seriesId": 1,
            "downloadId": tracked.download_id,
            "title": tracked.title,
            "status": "completed",
            "trackedDownloadStatus": "warning",
            "trackedDownloadState": "importBlocked",
            "statusMessages": [{"title": tracked.title, "messages": [message]}],
            "downloadClient": "qBittorrent",
        }
        for tracked in desk.sonarr.queue
        for part in tracked.parts
    ]
    return {"totalRecords": len(records), "records": records}


async def watch(desk: Desk, looks: int, watching: Watching = WATCHING) -> None:
    async with at_work(WatchQueues(desk.hands, desk.pulse, watching).run):
        await desk.clock.pass_by(timedelta())
        for _ in range(looks):
            await desk.clock.pass_by(EVERY)


def refreshes(desk: Desk) -> int:
    return sum(command.name == "RefreshMonitoredDownloads" for command in desk.sonarr.commands.given)


async def test_what_is_no_upgrade_is_blocked_once_patience_ends(desk: Desk, qbit: FakeQbittorrent) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Not an upgrade for existing episode file(s)")

    await watch(desk, looks=1)
    assert desk.sonarr.blocklist == []
    await watch(desk, looks=4)

    assert [record.infohash.lower() for record in desk.sonarr.blocklist] == [SINTEL.infohash]
    assert (await desk.story(torrent_id))[-1] == "Reported"


async def test_an_arr_is_told_of_no_more_failures_than_a_day_may_have(
    desk: Desk, qbit: FakeQbittorrent
) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    desk.hands.arrs = Strict(desk.hands.arrs, report_limit=0)

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []
    assert (await desk.story(torrent_id))[-1] == "Seen"


async def test_where_failures_are_not_reported_nothing_is_blocked(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    desk.hands.arrs = Strict(desk.hands.arrs, report=False)

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []


async def test_a_rule_of_a_persons_own_goes_first(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    rule = QueueRuleSettings(message="sample", remedy=Remedy.IGNORE)

    await watch(desk, 5, watching(Settings(queue=QueueSettings(rules=(rule,)))))

    assert desk.sonarr.blocklist == []


async def test_what_belongs_to_another_client_is_never_touched(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    desk.sonarr.uses(qbit.address, USERNAME, PASSWORD, category="somebody-elses")
    await stuck(desk, qbit, "Sample")

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []
    assert len(desk.sonarr.queue) == 1


async def test_what_we_do_not_have_is_never_touched(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample", SHOW)

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []


async def test_nothing_is_blocked_while_its_files_cannot_be_read(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    desk.mount.root.rename(desk.mount.root.with_name("unmounted"))

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []


async def test_nothing_is_blocked_while_its_files_are_gone(desk: Desk, qbit: FakeQbittorrent) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    take_away(desk, torrent_id)

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []
    assert desk.phase(torrent_id) == "Ready"


async def test_an_arr_that_found_nothing_is_told_to_look_again(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "No files found are eligible for import in /downloads")

    await watch(desk, looks=5)

    assert refreshes(desk) == 1
    assert desk.sonarr.blocklist == []


async def test_files_that_are_gone_before_their_import_are_placed_again(
    desk: Desk, qbit: FakeQbittorrent
) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "No files found are eligible for import in /downloads")
    content = take_away(desk, torrent_id)

    await watch(desk, looks=3)
    for _ in range(12):
        desk.clock.advance(timedelta(seconds=20))
        await desk.step(torrent_id)

    assert desk.phase(torrent_id) == "Ready"
    assert (await desk.story(torrent_id))[-4:] == ["CheckAsked", "Checked", "Placed", "Seen"]
    assert content.exists()


async def test_what_the_arr_got_over_by_itself_gets_its_patience_again(
    desk: Desk, qbit: FakeQbittorrent
) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    async with at_work(WatchQueues(desk.hands, desk.pulse, WATCHING).run):
        await desk.clock.pass_by(timedelta())
        await desk.clock.pass_by(EVERY)
        desk.sonarr.faults.clear()
        desk.sonarr.fault("GET *queue", status=200, body={"totalRecords": 0, "records": []})
        says(desk, "Sample")
        for _ in range(3):
            await desk.clock.pass_by(EVERY)

    assert desk.sonarr.blocklist == []


async def test_an_arr_that_does_not_answer_is_asked_again_later(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    desk.sonarr.faults.clear()
    desk.sonarr.fault("GET *queue", status=503)
    says(desk, "Sample")

    await watch(desk, looks=5)

    assert len(desk.sonarr.blocklist) == 1


async def test_what_is_being_checked_already_is_left_alone(desk: Desk, qbit: FakeQbittorrent) -> None:
    checked = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    await desk.library.record(checked, CheckAsked())

    await watch(desk, looks=5)

    assert desk.sonarr.calls("GET *queue") == 0


async def test_an_arr_that_refuses_is_asked_less_and_less_often(desk: Desk, qbit: FakeQbittorrent) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    desk.sonarr.fault("DELETE *", status=500, times=None)

    await watch(desk, looks=24)

    assert (await desk.story(torrent_id)).count("Reported") == 3  # after 30, 90, 210 minutes


async def test_content_that_cannot_be_looked_at_blocks_nothing(desk: Desk, qbit: FakeQbittorrent) -> None:
    torrent_id = await a_finished_torrent(desk)
    await stuck(desk, qbit, "Sample")
    content = take_away(desk, torrent_id)
    content.symlink_to(content.name)  # a link to itself

    await watch(desk, looks=5)

    assert desk.sonarr.blocklist == []


async def test_nobody_is_asked_while_nothing_waits_for_an_import(desk: Desk) -> None:
    await desk.accept(SINTEL)

    await watch(desk, looks=3)

    assert desk.sonarr.requests == []


async def test_an_arr_that_is_not_known_any_more_is_not_asked(desk: Desk, qbit: FakeQbittorrent) -> None:
    await a_finished_torrent(desk)
    desk.hands.arrs = Strict(None)

    await watch(desk, looks=3)

    assert desk.sonarr.calls("GET *queue") == 0


class Strict:
    """Finds the Arrs of `others`, with some of their settings changed; none at all without them."""

    def __init__(self, others: ArrsByName | None, **changes: Any) -> None:
        self._others, self._changes = others, changes

    def hand(self, name: str) -> ArrHand | None:
        hand = self._others.hand(name) if self._others else None
        return replace(hand, **self._changes) if hand else None

    def kind(self, name: str) -> str:
        return self._others.kind(name) if self._others else ""


def take_away(desk: Desk, torrent_id: int) -> Path:
    """Remove what was placed, as somebody may; where it was."""
    phase = desk.torrent(torrent_id).phase
    assert isinstance(phase, Ready)
    content = Path(phase.content_path)
    shutil.rmtree(content)
    return content
