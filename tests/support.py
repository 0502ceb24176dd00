"""What tests of every part share."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qbitproxy.clock import SystemClock
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Request, TorrentFile
from qbitproxy.library import Draft, Library
from qbitproxy.store import Store

DEADLINE = 60.0
"""Seconds after which a test that hangs ends: a busy machine may take most of them."""


class ManualClock:
    """Time that stands still until it is advanced."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now, self._ticks = start, 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    async def sleep(self, delay: timedelta) -> None:
        waker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._ticks + delay.total_seconds(), id(waker), waker))
        await waker

    def advance(self, by: timedelta) -> None:
        """Let `by` pass: everybody whose sleep has ended wakes."""
        self._now += by
        self._ticks += by.total_seconds()
        while self._sleepers and self._sleepers[0][0] <= self._ticks:
            waker = heapq.heappop(self._sleepers)[2]
            if not waker.done():
                waker.set_result(None)

    def set_back(self, by: timedelta) -> None:
        """Have somebody set the clock; no time passes."""
        self._now -= by


class EagerClock(ManualClock):
    """Time that passes at once for whoever sleeps, and for nobody else."""

    async def sleep(self, delay: timedelta) -> None:
        self.advance(delay)
        await asyncio.to_thread(lambda: None)


class HurriedClock:
    """Time that passes `rate` times as fast as it does."""

    def __init__(self, rate: float) -> None:
        self._rate, self._real = rate, SystemClock()
        self._start, self._began = self._real.now(), self._real.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (self._real.monotonic() - self._began) * self._rate

    async def sleep(self, delay: timedelta) -> None:
        await self._real.sleep(delay / self._rate)


def a_source(infohash: str = "a" * 40, **changes: object) -> Source:
    given: dict[str, object] = {
        "infohash": infohash,
        "name": "Big.Buck.Bunny.2008.1080p",
        "magnet": f"magnet:?xt=urn:btih:{infohash}",
        "size": 1000,
        "files": (TorrentFile("bunny.mkv", 1000),),
    }
    return Source(**(given | changes))  # type: ignore[arg-type]


def a_draft(infohash: str = "a" * 40, category: str = "radarr", **changes: object) -> Draft:
    given: dict[str, object] = {
        "source": a_source(infohash),
        "category": category,
        "save_path": f"/downloads/{category}",
        "request": Request(),
    }
    return Draft(**(given | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def a_library(folder: Path, clock: ManualClock | None = None) -> AsyncIterator[Library]:
    """A running library on a database in `folder`."""
    store = Store(folder / "qbitproxy.db")
    library = Library(store, clock or ManualClock(), folder / "downloads")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(library.run())
            try:
                yield library
            finally:
                library.close()
    finally:
        store.close()
