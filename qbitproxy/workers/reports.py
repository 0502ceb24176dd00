"""How many failed releases each Arr was told of within a day, also across restarts; who was not listed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta

from qbitproxy.core.events import Reported
from qbitproxy.library import Library

DAY = timedelta(days=1)


class Reports:
    """Counts by what the journal says."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._told: dict[str, deque[datetime]] | None = None  # by Arr, oldest first; None until read
        self._reading = asyncio.Lock()
        self._missed: Counter[int] = Counter()  # by torrent

    async def next_at(self, arr: str, limit: int, now: datetime) -> datetime:
        """When `arr` may be told of one more; now at the earliest. Then `told` at once: others ask, too."""
        told = (await self._by_arr(now))[arr]
        while told and told[0] <= now - DAY:
            told.popleft()
        if len(told) < limit:
            return now
        return told[-limit] + DAY if limit else now + DAY

    async def told(self, arr: str, now: datetime) -> None:
        """`arr` was told of one, or is about to be: whoever asks meanwhile counts it."""
        (await self._by_arr(now))[arr].append(now)

    async def not_told(self, arr: str, now: datetime) -> None:
        """What `arr` was about to be told of at `now` did not reach it."""
        (await self._by_arr(now))[arr].remove(now)

    def missed(self, torrent_id: int) -> int:
        """A failed torrent could not be told of, as its Arr does not list it: how often that was so."""
        self._missed[torrent_id] += 1
        return self._missed[torrent_id]

    def forget_misses(self, torrent_id: int) -> None:
        """Nobody looks for the torrent any more."""
        del self._missed[torrent_id]

    async def _by_arr(self, now: datetime) -> dict[str, deque[datetime]]:
        if self._told is None:
            async with self._reading:
                self._told = await self._read(now) if self._told is None else self._told
        return self._told

    async def _read(self, now: datetime) -> dict[str, deque[datetime]]:
        told: dict[str, deque[datetime]] = defaultdict(deque)
        for line in await self._library.events_since("reported", now - DAY):
            if isinstance(line.event, Reported) and line.event.arr:
                told[line.event.arr].append(line.at)
        return told
