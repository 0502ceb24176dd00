"""A look at a large library by repair: time, calls, memory."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import rig
from benchmarks.strain import verdict
from compat.content import Release
from compat.emulators.calls import Request, route_matches
from compat.emulators.limits import SERVICES
from compat.emulators.sonarr import Sonarr
from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Secret, ServerSettings, Settings
from qbitproxy.settings.libraries import OrphanSettings
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.sections import FilesSettings

EACH = 10  # files of an item
LOOK = 0.25  # seconds
MOST_MEMORY = 150  # MiB
LEAST_SIZE = 1000  # bytes of a file

FILES = {
    "torbox": 50_000,
    "realdebrid": 50_000,
    "alldebrid": 50_000,
    "premiumize": 10_000,
    "debridlink": 10_000,
}
"""Fewer where a file has to be read of each item, which takes hours."""

TELLS = {
    "torbox": "its list",
    "realdebrid": "a check of one link",
    "alldebrid": "a check of links",
    "premiumize": "a link alone",
    "debridlink": "a link alone",
}
"""How each kind of service says what became of a file."""

RATES = {"torbox": 1.0, "realdebrid": 60.0, "alldebrid": 60.0, "premiumize": 60.0, "debridlink": 60.0}
"""How many times faster time passes: what waits for the pace of a service takes minutes instead of hours."""


LISTS = {
    "torbox": ("GET */mylist", "GET */getqueued"),
    "realdebrid": ("GET /torrents",),
    "alldebrid": ("POST */magnet/status",),
    "premiumize": ("GET /transfer/list",),
    "debridlink": ("GET /seedbox/list",),
}
"""Routes that show the whole account, unless they are told of which item."""

BOUNDLESS: Mapping[str, Mapping[str, Any]] = {
    "alldebrid": {"most": 1 << 30},
    "debridlink": {"per_day": 1 << 30},
}
"""Bounds of accounts that would be met while one is filled."""

APART = ("*/user*", "*/account*", "*/activeCount", "*/limits", "* /dl/*")
"""What has nothing to do with repair; bytes come from elsewhere than answers."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one look at a library took."""

    service: str  # its title
    kind: str
    files: int
    healthy: int
    lasted: float  # seconds
    rate: float
    lists: int  # calls for the whole account
    calls: int  # all others
    arr_calls: int
    memory: float  # MiB, at most
    surveyed: float  # seconds that a survey of who refers to what took after that
    orphans: int  # that it found

    @property
    def items(self) -> int:
        return self.files // EACH


async def measured(folder: Path, kind: str, files: int, rate: float = 0.0) -> Looked:
    """Have the daemon look once at so many files that an account holds; `rate` 0 is that of its kind."""
    rate = rate or RATES[kind]
    home = folder / f"{kind}-{files}"
    home.mkdir()
    async with SERVICES[kind][0](**BOUNDLESS.get(kind, {})) as service, Sonarr(home / "media") as sonarr:
        await asyncio.to_thread(fill, home, service, sonarr, files)
        async with rig.qbitproxy(home, settings(home, kind, service, sonarr), rate=rate) as daemon:
            before, arr_before = len(service.requests), len(sonarr.requests)
            began = time.perf_counter()
            healthy, memory = await _looked(daemon)
            lasted = time.perf_counter() - began
            calls, arr_calls = service.requests[before:], len(sonarr.requests) - arr_before
            surveyed, orphans, surveyed_memory = await _surveyed(daemon)
        made = Counter(_is_list(kind, call) for call in calls if _counts(call))
    return Looked(
        service=PROVIDERS[kind].title,
        kind=kind,
        files=files,
        healthy=healthy,
        lasted=lasted,
        rate=rate,
        lists=made[True],
        calls=made[False],
        arr_calls=arr_calls,
        memory=max(memory, surveyed_memory),
        surveyed=surveyed,
        orphans=orphans,
    )


def table(looks: Sequence[Looked]) -> Iterator[str]:
    """What each kind of service costs."""
    yield "## A look at a large library by repair\n"
    yield (
        "A healthy library of an emulated Sonarr, links into a folder that stands for the mount; each remote "
        f"item holds {EACH} of its files, a season of a show. One job looks at everything. Where lists do "
        "not tell, repair keeps to its share of the service's pace, and reads a file every two seconds at "
        "most: there time passes faster, and what it would take in life is given beside. Lists are of the "
        "whole account, other calls about an item; reading bytes is no call. Memory is the most that was "
        "seen, four times a second, in a [survey](orphans.md) of who refers to what as well.\n"
    )
    yield (
        "| Service | tells by | files | wall time | files/s | lists | other calls, for each item "
        "| Arr calls | survey | resident memory |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for look in looks:
        yield (
            f"| {look.service} | {TELLS[look.kind]} | {look.files:,} | {_time(look)} "
            f"| {look.files / look.lasted / look.rate:,.0f} | {look.lists:,} "
            f"| {look.calls:,}, {look.calls / look.items:.2f} | {look.arr_calls:,} "
            f"| {look.surveyed:.0f} s | {look.memory:.0f} MiB |"
        )
    yield verdict(
        {
            "every file is seen to be healthy": all(look.healthy == look.files for look in looks),
            "lists alone where they tell": all(
                not look.calls for look in looks if PROVIDERS[look.kind].lists_losses
            ),
            "at most one call for each item": all(look.calls <= look.items for look in looks),
            "no orphan where everything is referred to": not any(look.orphans for look in looks),
            f"memory under {MOST_MEMORY} MiB": all(look.memory < MOST_MEMORY for look in looks),
        }
    )


def fill(home: Path, service: Any, sonarr: Sonarr, files: int) -> None:
    """Have the account hold so many files, a folder show them as its mount does, a library link to them."""
    for number in range(0, files, EACH):
        name = f"Show.{number}.S01.1080p"
        sizes = {f"Show.{number}.S01E{each:02}.1080p.mkv": LEAST_SIZE + each for each in range(1, EACH + 1)}
        release = Release(name, sizes)
        service.knows(release)
        service.added_elsewhere(release)
        shown, kept = home / "mount" / name, home / "media" / name
        shown.mkdir(parents=True)
        kept.mkdir(parents=True)
        for path, size in sizes.items():
            with (shown / path).open("wb") as file:
                file.truncate(size)
            (kept / path).symlink_to(shown / path)
        sonarr.holds(name, [kept / path for path in sizes])


def settings(home: Path, kind: str, service: Any, sonarr: Sonarr) -> Settings:
    """A daemon with one account, one Arr."""
    account = ProviderSettings(
        kind=kind, api_key=Secret(service.token), base_url=service.url, mount=str(home / "mount")
    )
    arr = ArrSettings(kind=ArrKind.SONARR, url=sonarr.url, api_key=Secret(sonarr.api_key))
    return Settings(
        server=ServerSettings(port=rig.free_port()),
        files=FilesSettings(download_root=str(home / "downloads")),
        providers={kind: account},
        arrs={"sonarr": arr},
        orphans=OrphanSettings(schedule=""),
    )


async def _looked(daemon: rig.Program) -> tuple[int, float]:
    """How many files one job finds healthy, and the most memory meanwhile, in MiB."""
    await daemon.take_token()
    memory, headers = daemon.resident(), {"Authorization": f"Bearer {daemon.token}"}
    async with aiohttp.ClientSession(daemon.url, headers=headers) as session:
        async with session.post("/api/repair", json={"async": True}) as answer:
            answer.raise_for_status()
            job_id = (await answer.json())["job_id"]
        while True:
            await asyncio.sleep(LOOK)
            memory = max(memory, daemon.resident())
            async with session.get(f"/api/repair/jobs/{job_id}") as answer:
                answer.raise_for_status()
                job = (await answer.json())["job"]
            if job["status"] != "started":
                return job["healthy"], memory


async def _surveyed(daemon: rig.Program) -> tuple[float, int, float]:
    """How many seconds a survey takes, how many remote items it calls orphans, the most memory in MiB."""
    memory, headers = daemon.resident(), {"Authorization": f"Bearer {daemon.token}"}
    async with aiohttp.ClientSession(daemon.url, headers=headers) as session:
        began = time.perf_counter()
        async with session.post("/api/orphans/survey", json={}) as answer:
            answer.raise_for_status()
        while True:
            await asyncio.sleep(LOOK)
            memory = max(memory, daemon.resident())
            async with session.get("/api/orphans?kind=item") as answer:
                answer.raise_for_status()
                found = await answer.json()
            if found["survey"] is not None and found["surveying"] is None:
                orphans = found["totals"].get("item", {"count": 0})["count"]
                return time.perf_counter() - began, orphans, memory


def _counts(call: Request) -> bool:
    return not any(route_matches(apart, call) for apart in APART)


def _is_list(kind: str, call: Request) -> bool:
    told = {name.rstrip("[]") for name in (*call.query, *call.form)}
    return not told & {"id", "ids"} and any(route_matches(route, call) for route in LISTS[kind])


def _time(look: Looked) -> str:
    if look.rate == 1:
        return f"{look.lasted:.0f} s"
    return f"{look.lasted:.0f} s at {look.rate:.0f}x: {look.lasted * look.rate / 3600:.1f} h"
