"""From torrents/add to pausedUP, against an emulated Real-Debrid: time, calls."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from benchmarks import rig
from compat.content import Release
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings, GateSettings, ServerSettings

LATENCY = 0.05  # seconds added to every call of the service
LOOK = 0.005  # seconds between two looks at torrents/info
MINIMUM_CALLS = 4  # addMagnet, info, selectFiles, info


@dataclass(frozen=True, kw_only=True)
class Journeys:
    """Times in seconds."""

    minimum: float
    one_by_one: float
    together: float
    add_p50: float
    add_p99: float
    calls_for_one: float
    calls_for_many: float
    many: int


async def measured(folder: Path, singles: int, many: int) -> Journeys:
    """Import `singles` torrents one by one, twenty at once, then count the calls of `many` at once."""
    realdebrid = RealDebrid(slots=many + 100, latency=LATENCY)
    Mount(folder / "mount").attach(realdebrid)
    async with realdebrid, rig.qbitproxy(folder, settings(folder, realdebrid)) as daemon:
        cookie = {"Cookie": daemon.cookie}
        async with aiohttp.ClientSession(headers=cookie) as session:
            minimum = await bare_minimum(realdebrid, singles)
            await imported(session, daemon.url, known(realdebrid, "Warm", 1))
            adds: list[float] = []
            before = len(realdebrid.requests)
            alone = [
                await imported(session, daemon.url, [release], adds)
                for release in known(realdebrid, "Single", singles)
            ]
            calls_for_one = (len(realdebrid.requests) - before) / singles
            together = await imported(session, daemon.url, known(realdebrid, "Twenty", 20), adds)
            before = len(realdebrid.requests)
            await imported(session, daemon.url, known(realdebrid, "Many", many), adds)
            calls_for_many = (len(realdebrid.requests) - before) / many
    adds.sort()
    return Journeys(
        minimum=minimum,
        one_by_one=median(alone),
        together=together,
        add_p50=adds[len(adds) // 2],
        add_p99=adds[len(adds) * 99 // 100],
        calls_for_one=calls_for_one,
        calls_for_many=calls_for_many,
        many=many,
    )


def settings(
    folder: Path, service: Any, requests_per_minute: int = 6000, kind: str = "realdebrid"
) -> Settings:
    """A daemon that links what the emulated account holds, by default at a pace that nobody limits."""
    account = ProviderSettings(
        kind=kind,
        api_key=Secret(service.token),
        base_url=service.url,
        mount=str(folder / "mount"),
        requests_per_minute=requests_per_minute,
    )
    return Settings(
        server=ServerSettings(port=rig.free_port()),
        providers={kind: account},
        files=FilesSettings(download_root=str(folder / "downloads")),
        gate=GateSettings(sizes=False),  # films only in name
    )


def known(service: Any, name: str, count: int) -> list[Release]:
    """Cached releases of one small file each."""
    releases = [Release(f"{name}.{n:04}.mkv", {f"{name}.{n:04}.mkv": 1000}) for n in range(count)]
    for release in releases:
        service.knows(release)
    return releases


async def bare_minimum(realdebrid: RealDebrid, count: int) -> float:
    """The median time of the four calls that a cached torrent needs, one after the other."""
    took: list[float] = []
    headers = {"Authorization": f"Bearer {realdebrid.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for release in known(realdebrid, "Minimum", count):
            began = time.perf_counter()
            async with session.post(
                f"{realdebrid.url}torrents/addMagnet", data={"magnet": release.magnet()}
            ) as answer:
                item = (await answer.json())["id"]
            async with session.get(f"{realdebrid.url}torrents/info/{item}") as answer:
                await answer.read()
            async with session.post(f"{realdebrid.url}torrents/selectFiles/{item}", data={"files": "1"}):
                pass
            async with session.get(f"{realdebrid.url}torrents/info/{item}") as answer:
                await answer.read()
            took.append(time.perf_counter() - began)
    return median(took)


async def imported(
    session: aiohttp.ClientSession, url: str, releases: list[Release], adds: list[float] | None = None
) -> float:
    """Add `releases`, wait until each of them is pausedUP; return how long that took."""
    began = time.perf_counter()
    for release in releases:
        asked = time.perf_counter()
        async with session.post(f"{url}/api/v2/torrents/add", data={"urls": release.magnet()}) as answer:
            if await answer.text() != "Ok.":
                raise RuntimeError("add refused")
        if adds is not None:
            adds.append(time.perf_counter() - asked)
    waiting = {release.infohash for release in releases}
    async with asyncio.timeout(300):
        while waiting:
            hashes = {"hashes": "|".join(waiting)}
            async with session.post(f"{url}/api/v2/torrents/info", data=hashes) as answer:
                waiting -= {row["hash"] for row in await answer.json() if row["state"] == "pausedUP"}
            if waiting:
                await asyncio.sleep(LOOK)
    return time.perf_counter() - began
