"""A start on a large installation: nothing is touched, nobody waits.

Source: Davixk e0206f7: a recursive chown over 54,700 files kept the port shut for 6 min.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp

from qbitproxy import daemon
from qbitproxy.core.events import Added
from qbitproxy.core.torrent import Ready, Remote, RemoteFile, Request, Torrent
from qbitproxy.store import Store
from qbitproxy.store import torrents as sql
from qbitproxy.store.torrents import Change
from tests.stage import Stage

TORRENTS = 50_000
FILES = 2_000
LONGEST = 10.0  # seconds until the first answer; a machine with nothing else to do takes a fifth of it
AT = datetime(2026, 1, 1, tzinfo=UTC)


def a_ready_torrent(number: int, downloads: Path) -> Torrent:
    name = f"Release.{number}.1080p"
    return Torrent(
        id=number,
        infohash=f"{number:040x}",
        category="tv-sonarr",
        name=name,
        save_path=str(downloads / "tv-sonarr"),
        request=Request(arr="sonarr"),
        added_at=AT,
        completed_at=AT,
        phase=Ready(
            Remote("realdebrid", str(number)),
            (RemoteFile(id="1", path=f"{name}.mkv", size=1000),),
            str(downloads / "tv-sonarr" / name),
        ),
    )


async def fill(state: Path, downloads: Path) -> None:
    """Give the database its torrents in one go."""
    daemon.prepare(state)
    torrents = [a_ready_torrent(number, downloads) for number in range(1, TORRENTS + 1)]
    changes = [Change(torrent, Added(torrent), AT) for torrent in torrents]
    with closing(Store(state / "qbitproxy.db")) as store:
        await store.write(partial(sql.commit, changes=changes))


def plant(downloads: Path) -> None:
    """Files of somebody else, with modes and times that nobody would give them by himself."""
    for number in range(FILES):
        folder = downloads / "tv-sonarr" / f"Release.{number % 50}.1080p" / f"part {number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{number}.mkv"
        file.touch()
        file.chmod(0o604 if number % 2 else 0o460)
    for folder, _, files in os.walk(downloads, topdown=False):
        for name in files:
            os.utime(Path(folder, name), (1, 1))
        Path(folder).chmod(0o750)
        os.utime(folder, (1, 1))


def looks(downloads: Path) -> dict[str, tuple[int, int, int, int]]:
    """Mode, owner, group, time of the last change of everything, by path."""
    paths = [Path(folder, name) for folder, _, files in os.walk(downloads) for name in (".", *files)]
    stats = {str(path): path.stat() for path in paths}
    return {path: (it.st_mode, it.st_uid, it.st_gid, it.st_ctime_ns) for path, it in stats.items()}


async def test_a_start_with_50_000_torrents_answers_at_once_and_touches_no_file(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.downloads.mkdir()
        plant(stage.downloads)
        before = looks(stage.downloads)
        await fill(stage.state, stage.downloads)

        async with (
            stage.running(),
            asyncio.timeout(LONGEST),
            aiohttp.ClientSession(stage.url) as session,
            session.get("/health") as answer,
        ):
            assert answer.status == 200

        assert len(stage.rows()) == TORRENTS
        assert looks(stage.downloads) == before
        assert stage.realdebrid.calls("GET /torrents") == 0
