"""Very many adds at once: how fast they are recorded, what the service sees, what a kill leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from benchmarks import journey, rig
from compat.content import Release
from compat.emulators.limits import limited
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.settings import Settings

CONNECTIONS = 8
WATCHED = 60.0  # seconds after the last add
MAGNETS_AT_ONCE = 1000
SLOTS = 2
MOVED_ON = 20  # torrents of the queue that are watched after the kill
LOOK = 0.05  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Adds one by one, against a service that limits its callers."""

    kind: str  # of service
    adds: int
    recorded: float  # seconds until the last was durable
    ready: int  # torrents, when we stopped watching
    calls: int  # until then
    refused: int  # calls that the service asked to slow down


@dataclass(frozen=True, kw_only=True)
class Kill:
    """A daemon killed with a long queue, started again."""

    adds: int
    recorded: float  # seconds until the last was durable
    listed: int  # after the start
    ready_after: float  # seconds until it answered again
    in_order: bool  # whether the queue went on in the order of the adds


async def burst(folder: Path, kind: str, count: int, watched: float = WATCHED) -> Burst:
    """Add `count` cached torrents, each with a request of its own, then watch them for so many seconds."""
    home = folder / kind
    home.mkdir()
    service, limits = limited(kind)
    Mount(home / "mount").attach(service)
    releases = journey.known(service, "Burst", count)
    async with (
        service,
        rig.qbitproxy(home, journey.settings(home, service, 0, kind)) as daemon,
        aiohttp.ClientSession(headers={"Cookie": daemon.cookie}) as session,
    ):
        began = time.perf_counter()
        await add_each(session, daemon.url, releases)
        recorded = time.perf_counter() - began
        if len(await rows(session, daemon.url)) != count:
            raise RuntimeError("an answered add is not listed")
        await asyncio.sleep(watched)
        ready = sum(row["state"] == "pausedUP" for row in await rows(session, daemon.url))
        calls = len(service.requests)
    return Burst(kind=kind, adds=count, recorded=recorded, ready=ready, calls=calls, refused=limits.refused)


async def kill(folder: Path, count: int) -> Kill:
    """Queue `count` torrents behind full slots, kill the daemon, start it again, free a slot."""
    home = folder / "kill"
    home.mkdir()
    realdebrid = RealDebrid()
    Mount(home / "mount").attach(realdebrid)
    stuck = [Release(f"Slow.{n}.mkv", {f"Slow.{n}.mkv": 1000 + n}) for n in range(SLOTS)]
    for release in stuck:
        realdebrid.knows(release, profile="stuck")
    queued = journey.known(realdebrid, "Queued", count)
    async with realdebrid:
        chosen = narrow(journey.settings(home, realdebrid))
        async with rig.qbitproxy(home, chosen) as daemon:
            password = daemon.password
            async with aiohttp.ClientSession(headers={"Cookie": daemon.cookie}) as session:
                await add_together(session, daemon.url, stuck)
                while realdebrid.calls("POST /torrents/selectFiles/{id}") < SLOTS:
                    await asyncio.sleep(LOOK)
                began = time.perf_counter()
                await add_together(session, daemon.url, queued)
                recorded = time.perf_counter() - began
            os.kill(daemon.pid, signal.SIGKILL)
        async with (
            rig.qbitproxy(home, chosen, password) as daemon,
            aiohttp.ClientSession(headers={"Cookie": daemon.cookie}) as session,
        ):
            listed = len(await rows(session, daemon.url)) - SLOTS
            before = realdebrid.calls("POST /torrents/addMagnet")
            gone = {"hashes": stuck[0].infohash, "deleteFiles": "true"}
            async with session.post(f"{daemon.url}/api/v2/torrents/delete", data=gone) as answer:
                answer.raise_for_status()
            while len(added(realdebrid)) < before + MOVED_ON:
                await asyncio.sleep(LOOK)
    went_on = added(realdebrid)[before : before + MOVED_ON]
    return Kill(
        adds=count,
        recorded=recorded,
        listed=listed,
        ready_after=daemon.ready_after,
        in_order=went_on == [release.magnet() for release in queued[:MOVED_ON]],
    )


def narrow(settings: Settings) -> Settings:
    """The same with few slots, which torrents that nobody holds may fill."""
    few = replace(settings.providers["realdebrid"], max_active=SLOTS, keep_free=0, uncached=True)
    return replace(settings, providers={"realdebrid": few})


def added(realdebrid: RealDebrid) -> list[str]:
    """The magnet links that were added, in order."""
    return [call.form["magnet"] for call in realdebrid.requests if call.route == "POST /torrents/addMagnet"]


async def add_each(session: aiohttp.ClientSession, url: str, releases: Sequence[Release]) -> None:
    """One request a torrent, over a few connections."""
    waiting = iter(releases)

    async def one_connection() -> None:
        for release in waiting:
            await add(session, url, release.magnet())

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(one_connection())


async def add_together(session: aiohttp.ClientSession, url: str, releases: Sequence[Release]) -> None:
    """Few requests with many torrents each."""
    for begin in range(0, len(releases), MAGNETS_AT_ONCE):
        magnets = [release.magnet() for release in releases[begin : begin + MAGNETS_AT_ONCE]]
        await add(session, url, "\n".join(magnets))


async def add(session: aiohttp.ClientSession, url: str, urls: str) -> None:
    """One request."""
    async with session.post(f"{url}/api/v2/torrents/add", data={"urls": urls}) as answer:
        if await answer.text() != "Ok.":
            raise RuntimeError("add refused")


async def rows(session: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    """What torrents/info lists."""
    async with session.get(f"{url}/api/v2/torrents/info") as answer:
        listed: list[dict[str, Any]] = await answer.json()
    return listed
