"""Killed at every commit of the journey, started again: always the same end, nothing twice."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from compat.content import SINTEL
from compat.emulators.arr import GrabRefused
from qbitproxy.settings.sections import QbittorrentSettings
from tests.stage import Stage
from tests.support import DEADLINE

COMMITS = 7
"""Journal transactions from the add to the end: added, submitted, cached, placed, seen, removal, released."""


@pytest.mark.parametrize("count", range(1, COMMITS + 1))
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("sequential", [False, True], ids=["link", "download"])
async def test_a_daemon_killed_around_any_commit_comes_to_the_same_end(
    tmp_path: Path, moment: str, count: int, sequential: bool
) -> None:
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(SINTEL)
        # Only the Arr decides when it looks: asked to between our start and its second grab, it would
        # take the torrent, whose grab it was never told of, for a stranger's.
        stage.save_settings(stage.settings(qbittorrent=QbittorrentSettings(refresh_arr=False)))
        stage.introduce(stage.sonarr, sequential=sequential)

        async with stage.process("tests.daemon.mortal", DIE_AT=f"{moment}:{count}") as mortal:
            assert await stage.answering(mortal)
            answered = False
            with suppress(GrabRefused):  # it may have been taken all the same
                await stage.sonarr.grab(SINTEL)
                answered = True
            with suppress(TimeoutError):
                await stage.sonarr.run_until(lambda: mortal.returncode is not None or done(stage))
            async with asyncio.timeout(DEADLINE):
                await mortal.wait()
            assert mortal.returncode == -signal.SIGKILL
        stage.sonarr.adopt(stage.sonarr.client.settings)  # forgets its back-off

        async with stage.process() as survivor:
            assert await stage.answering(survivor)
            if not answered:
                await stage.sonarr.grab(SINTEL)
            await stage.imports(SINTEL)
            await settled(stage)
            survivor.send_signal(signal.SIGTERM)
            async with asyncio.timeout(DEADLINE):
                assert await survivor.wait() == 0

        assert stage.identical(SINTEL)
        assert len(stage.sonarr.imported) == 1
        assert len(stage.realdebrid.items()) == (0 if sequential else 1)
        assert stage.realdebrid.calls("POST /torrents/addMagnet") == 1
        assert left_over(stage.downloads) == []
        assert stage.rows() == []


def done(stage: Stage) -> bool:
    return stage.imported(SINTEL) and not stage.sonarr.queue


async def settled(stage: Stage) -> None:
    """Wait until the database holds no torrent: the last release is not the Arr's to see."""
    async with asyncio.timeout(DEADLINE):
        while stage.rows():
            await stage.sonarr.poll()


def left_over(downloads: Path) -> list[Path]:
    return [path for path in downloads.rglob("*") if path.name != "tv-sonarr"]
