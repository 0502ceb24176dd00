"""The calls that many torrents cost an account, in emulated time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks import hurry, listing
from compat.content import Release
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings

WATCHED, IDLE = timedelta(minutes=10), timedelta(hours=1)
SETTLED = timedelta(seconds=40)
"""After this long no torrent counts as new any more, so the list is asked for at its usual pace."""

STARTED = timedelta(minutes=10)
"""After this long what was called at the start is more than an hour ago when the idle hour ends."""

WATCHED_RATE, IDLE_RATE = 10.0, 240.0
"""How many times faster time passes: slowly enough that our own work takes next to none of it."""

SLOTS = 2000


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The calls of one stretch of time."""

    torrents: int
    calls: int  # as the emulated service counted them
    purposes: dict[str, int]  # as `/api/stats` counts them


async def watched(folder: Path, count: int) -> Spent:
    """What `count` torrents cost that the service works on without getting anywhere."""
    home = folder / f"watched-{count}"
    home.mkdir()
    clock = hurry.HurriedClock(WATCHED_RATE)
    realdebrid = RealDebrid(slots=SLOTS, clock=hurry.ServiceTime(clock))
    releases = [Release(f"Slow.{n}.mkv", {f"Slow.{n}.mkv": 1000 + n}) for n in range(count)]
    for release in releases:
        realdebrid.knows(release, profile="stuck")
    async with realdebrid, hurry.qbitproxy(home, settings(home, realdebrid), clock) as daemon:
        await daemon.add([release.magnet() for release in releases])
        await daemon.until("fetching", count)
        await clock.sleep(SETTLED)
        before, purposes = len(realdebrid.requests), await purposes_of(daemon)
        await clock.sleep(WATCHED)
        after = await purposes_of(daemon)
        return Spent(
            torrents=count,
            calls=len(realdebrid.requests) - before,
            purposes={purpose: made - purposes[purpose] for purpose, made in after.items()},
        )


async def idle(folder: Path, count: int) -> Spent:
    """What `count` finished torrents cost."""
    home = folder / f"finished-{count}"
    home.mkdir()
    await listing.fill(home, count)
    clock = hurry.HurriedClock(IDLE_RATE)
    realdebrid = RealDebrid(clock=hurry.ServiceTime(clock))
    async with realdebrid, hurry.qbitproxy(home, settings(home, realdebrid), clock) as daemon:
        await daemon.until("ready", count)
        await clock.sleep(STARTED)
        before = len(realdebrid.requests)
        await clock.sleep(IDLE)
        return Spent(
            torrents=count,
            calls=len(realdebrid.requests) - before,
            purposes=await purposes_of(daemon),
        )


async def purposes_of(daemon: hurry.Inside) -> dict[str, int]:
    """The calls of the last hour by what they were for."""
    [account] = (await daemon.stats())["providers"]
    return {purpose: use["calls"] for purpose, use in account["calls"].items()}


def settings(home: Path, realdebrid: RealDebrid) -> Settings:
    """A daemon that lets the service fetch as much as it takes."""
    account = ProviderSettings(
        kind="realdebrid",
        api_key=Secret(realdebrid.token),
        base_url=realdebrid.url,
        uncached=True,
        requests_per_minute=6000,
        max_active=SLOTS,
        keep_free=0,
    )
    return Settings(
        providers={"realdebrid": account}, files=FilesSettings(download_root=str(home / "downloads"))
    )
