"""torrents/info, memory, start-up: the daemon beside the real qBittorrent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import rig
from compat.content import Release
from qbitproxy.clock import SystemClock
from qbitproxy.core.events import Cached, Placed, Seen, Submitted
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action, Remote, RemoteFile, Request
from qbitproxy.library import Draft, Library
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import FilesSettings, GateSettings, ServerSettings
from qbitproxy.store import Store
from qbitproxy.workers.announce import READER

UPLOADED_AT_ONCE = 100
WHOLE, CATEGORY = "/api/v2/torrents/info", "/api/v2/torrents/info?category=tv-sonarr"


@dataclass(frozen=True, kw_only=True)
class Size:
    """What was measured with so many torrents."""

    torrents: int
    ours: dict[str, float]
    ours_category: dict[str, float]
    ready: dict[str, float]  # a server that sends as many bytes out of a buffer
    theirs: dict[str, float]
    memory: float  # MiB
    their_memory: float  # MiB
    start: float  # seconds


async def measured(folder: Path, count: int, requests: int) -> Size:
    """Fill both programs with `count` torrents, ask each the same."""
    ours, theirs = folder / f"ours-{count}", folder / f"theirs-{count}"
    ours.mkdir()
    theirs.mkdir()
    await fill(ours, count)
    start = min([await started(ours) for _ in range(3)])
    async with rig.qbitproxy(ours, settings(ours)) as program:
        whole = await rig.best(program, WHOLE, requests)
        category = await rig.best(program, CATEGORY, requests)
        memory, size = program.resident(), await length(program)
    async with rig.ready_buffer(ours, size) as program:
        ready = await rig.best(program, "/", requests)
    async with rig.qbittorrent(theirs) as program:
        await upload(program, count)
        their = await rig.loaded(program, WHOLE, max(requests // 50, 20))
        their_memory = program.resident()
    return Size(
        torrents=count,
        ours=whole,
        ours_category=category,
        ready=ready,
        theirs=their,
        memory=memory,
        their_memory=their_memory,
        start=start,
    )


async def beside(folder: Path, count: int) -> dict[str, float]:
    """What another client measures of /health while one reads `count` torrents again and again."""
    home = folder / f"beside-{count}"
    home.mkdir()
    await fill(home, count)
    async with rig.qbitproxy(home, settings(home)) as program, asyncio.TaskGroup() as group:
        group.create_task(rig.loaded(program, WHOLE, 40, connections=1))
        return await rig.loaded(program, "/health", 3000, connections=1)


async def started(home: Path) -> float:
    """Seconds until a daemon that begins where the last one stopped answers."""
    async with rig.qbitproxy(home, settings(home)) as program:
        return program.ready_after


async def length(program: rig.Program) -> int:
    """Bytes of the whole list."""
    async with (
        aiohttp.ClientSession(headers={"Cookie": program.cookie}) as session,
        session.get(f"{program.url}{WHOLE}") as answer,
    ):
        return len(await answer.read())


async def idle(folder: Path) -> float:
    """Resident memory of a daemon without a torrent, in MiB."""
    home = folder / "idle"
    home.mkdir()
    async with rig.qbitproxy(home, settings(home)) as program:
        await rig.loaded(program, WHOLE, 100)
        return program.resident()


def settings(home: Path) -> Settings:
    """A daemon without a provider."""
    return Settings(
        server=ServerSettings(port=rig.free_port()),
        files=FilesSettings(download_root=str(home / "downloads")),
        gate=GateSettings(sizes=False),  # films only in name
    )


async def fill(home: Path, count: int) -> None:
    """Take `count` torrents through their whole life, through the library itself."""
    (home / "state").mkdir()
    store = Store(home / "state" / "qbitproxy.db")
    library = Library(store, SystemClock(), home / "downloads")
    async with asyncio.TaskGroup() as group:
        group.create_task(library.run())
        async with asyncio.TaskGroup() as lives:
            for number in range(count):
                lives.create_task(live(library, number))
        lines = await library.journal(0, limit=count * 10)
        await library.move_cursor(READER, lines[-1].seq)  # everybody who had to know was told
        library.close()
    store.close()


async def live(library: Library, number: int) -> None:
    """One finished torrent."""
    name, infohash = f"Measured.S01E{number:05}.1080p", f"{number:040x}"
    files = (RemoteFile(id="1", path=f"{name}.mkv", size=1 << 30),)
    source = Source(infohash=infohash, name=name, magnet=f"magnet:?xt=urn:btih:{infohash}", size=1 << 30)
    path = library.save_path("tv-sonarr")
    torrent = await library.accept(
        Draft(source=source, category="tv-sonarr", save_path=path, request=Request(action=Action.SYMLINK))
    )
    for event in (
        Submitted(Remote("realdebrid", f"ID{number}")),
        Cached(name, files),
        Placed(f"{path}/{name}"),
        Seen("sonarr"),
    ):
        await library.record(torrent.id, event)


async def upload(program: rig.Program, count: int) -> None:
    """Add `count` torrents without data, paused, then wait until all of them are listed."""
    headers = {"Cookie": program.cookie}
    async with aiohttp.ClientSession(headers=headers) as session:
        for begin in range(0, count, UPLOADED_AT_ONCE):
            form = aiohttp.FormData({"paused": "true", "category": "tv-sonarr"})
            for number in range(begin, min(begin + UPLOADED_AT_ONCE, count)):
                name = f"Measured.S01E{number:05}.1080p"
                form.add_field(
                    "torrents", Release(name, {f"{name}.mkv": 64}).torrent, filename=f"{number}.torrent"
                )
            async with session.post(f"{program.url}/api/v2/torrents/add", data=form) as answer:
                answer.raise_for_status()
        async with asyncio.timeout(300):
            while await listed(session, program) < count:
                await asyncio.sleep(0.5)


async def listed(session: aiohttp.ClientSession, program: rig.Program) -> int:
    """How many torrents the program shows."""
    async with session.get(f"{program.url}{WHOLE}") as answer:
        return len(await answer.json(content_type=None))
