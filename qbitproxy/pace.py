"""How fast one account of a service is spoken to."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count

from aiolimiter import AsyncLimiter

from qbitproxy.core.ports import Clock

FREEZES = (15.0, 30.0, 60.0, 120.0)
"""Seconds of silence after the first, second, … throttle answer in a row."""

LONGEST_FREEZE = 3600.0
"""Seconds; a service that asks for more is asked again after this."""

DOUBT = 30.0
"""Seconds after a freeze in which the account still counts as throttled."""


class Pace:
    """The turns of one account: foreground calls before background ones, nobody while it is frozen."""

    def __init__(self, clock: Clock, per_minute: int, burst: int, background_per_minute: int) -> None:
        """`per_minute` and `background_per_minute` may be 0: no bound."""
        self._clock = clock
        self._lane = _limiter(per_minute, burst)
        self._background_lane = _limiter(background_per_minute, burst)
        self._taken = False  # somebody stands at the lane's gate
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._frozen_until = 0.0
        self._strikes = 0

    async def turn(self, background: bool = False) -> None:
        """Wait until the next call may go."""
        if background and self._background_lane is not None:
            await self._background_lane.acquire()
        if self._lane is None:
            return
        await self._stand_in_line(background)
        try:
            await self._lane.acquire()
        finally:
            self._next_in_line()

    def frozen_for(self) -> float:
        """Seconds until calls may go again, 0 when they may."""
        return max(0.0, self._frozen_until - self._clock.monotonic())

    def is_in_doubt(self) -> bool:
        """Whether the account is throttled, or was a moment ago."""
        return self._strikes > 0 and self._clock.monotonic() < self._frozen_until + DOUBT

    def freeze(self, retry_after: float | None) -> float:
        """Answer to a throttled call: keep the account silent; return for how many seconds.

        Calls that were under way together count once.
        """
        now = self._clock.monotonic()
        if now >= self._frozen_until:
            self._strikes = self._strikes + 1 if self.is_in_doubt() else 1
            self._frozen_until = now + FREEZES[min(self._strikes, len(FREEZES)) - 1]
        if retry_after is not None:
            self._frozen_until = max(self._frozen_until, now + min(retry_after, LONGEST_FREEZE))
        return self._frozen_until - now

    async def _stand_in_line(self, background: bool) -> None:
        if not self._taken:
            self._taken = True
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._line, (background, next(self._numbers), place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._next_in_line()
            raise

    def _next_in_line(self) -> None:
        while self._line:
            place = heappop(self._line)[2]
            if not place.done():
                place.set_result(None)
                return
        self._taken = False


def _limiter(per_minute: int, burst: int) -> AsyncLimiter | None:
    return AsyncLimiter(burst, 60 * burst / per_minute) if per_minute else None
