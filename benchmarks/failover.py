"""How long it takes to come to another service when the first is down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
from msgspec.structs import replace

from benchmarks import journey, rig
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from qbitproxy.providers.realdebrid import PROVIDER
from qbitproxy.settings import Settings

FOLLOWING = 5
TIMEOUT = PROVIDER.http.deadline.total_seconds()

Break = Callable[[RealDebrid, AsyncExitStack], Awaitable[None]]
"""Does something to a running service; closing the stack stops it."""


@dataclass(frozen=True, kw_only=True)
class Outage:
    """Times in seconds."""

    how: str
    first: float  # from the add to pausedUP of the first torrent after the service broke
    following: float  # the same of those that came while it was left alone, the median
    timeout: float  # how much of `first` is waiting for an answer that never comes


async def healthy(service: RealDebrid, running: AsyncExitStack) -> None:
    """Nothing is wrong."""


async def answers_503(service: RealDebrid, running: AsyncExitStack) -> None:
    """A gateway says that there is nobody."""
    service.fault(kind="html", status=503, times=None)


async def refuses_connections(service: RealDebrid, running: AsyncExitStack) -> None:
    """Nobody listens any more."""
    await running.aclose()


async def hangs(service: RealDebrid, running: AsyncExitStack) -> None:
    """It takes every call and answers none."""
    service.fault(kind="hang", times=None)


CASES: dict[str, tuple[Break, float]] = {
    "works": (healthy, 0.0),
    "answers 503": (answers_503, 0.0),
    "refuses connections": (refuses_connections, 0.0),
    "never answers": (hangs, TIMEOUT),
}
"""What the first service does -> how it comes to it, how much waiting for an answer is part of it."""


async def measured(folder: Path) -> list[Outage]:
    """Every case with a daemon of its own, which has seen both services well."""
    outages = []
    for number, (how, (breaks, timeout)) in enumerate(CASES.items()):
        home = folder / f"outage-{number}"
        home.mkdir()
        first, following = await outage(home, breaks)
        outages.append(Outage(how=how, first=first, following=following, timeout=timeout))
    return outages


async def outage(home: Path, breaks: Break) -> tuple[float, float]:
    """Import a torrent, let the first service break, import others."""
    first, second = RealDebrid(), RealDebrid()
    for service, name in ((first, "mount"), (second, "second mount")):
        Mount(home / name).attach(service)
    async with AsyncExitStack() as running, second:
        await running.enter_async_context(first)
        warm = journey.known(first, "Warm", 1)
        later = journey.known(second, "Later", 1 + FOLLOWING)
        if breaks is healthy:
            later = journey.known(first, "Later", 1 + FOLLOWING)
        async with (
            rig.qbitproxy(home, settings(home, first, second)) as daemon,
            aiohttp.ClientSession(headers={"Cookie": daemon.cookie}) as session,
        ):
            await journey.imported(session, daemon.url, warm)
            await breaks(first, running)
            took = [await journey.imported(session, daemon.url, [release]) for release in later]
    return took[0], median(took[1:])


def settings(home: Path, first: RealDebrid, second: RealDebrid) -> Settings:
    """A daemon with two accounts."""
    alone = journey.settings(home, first)
    account = alone.providers["realdebrid"]
    other = replace(account, base_url=second.url, mount=str(home / "second mount"))
    return replace(alone, providers={"first": account, "second": other})
