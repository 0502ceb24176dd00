"""How fast one account of a service is spoken to."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count

from qbitproxy.core.calls import HttpSpec, Limit, Purpose
from qbitproxy.core.clock import Clock

MOMENT = timedelta(seconds=5)
"""Room within a limit of at most this long is waited for; a longer limit turns calls away."""

LATE = 15.0
"""Seconds for which a call without an answer may be on its way: it counts as if the service saw it now."""

DOUBT = 30.0
"""Seconds after a freeze in which the account still counts as throttled."""


class Pace:
    """The turns of one account: urgent calls before others, none through a gate that is closed."""

    def __init__(self, clock: Clock, spec: HttpSpec, per_minute: int = 0) -> None:
        """`per_minute` goes before the spec's own pace unless it is 0."""
        self._clock = clock
        self._lane = _lane(clock, per_minute or spec.requests_per_minute, spec.burst)
        self._background_lane = _lane(clock, spec.background_per_minute, spec.burst)
        self._windows = [_Window(clock, limit) for limit in spec.limits]
        self._gates: dict[str, _Gate] = defaultdict(lambda: _Gate(clock, spec))
        self._taken = False  # somebody stands at the lane's gate
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()

    async def turn(self, purpose: Purpose = Purpose.ADD) -> float:
        """Wait until the next call may go; return the moment for `answered`."""
        if purpose.is_background and self._background_lane is not None:
            share = self._background_lane
            share.moved(await self._enter(share))  # a share of the pace, whose lane waits for the answer
        if self._lane is None:
            return self._clock.monotonic()
        await self._stand_in_line(purpose.is_background)
        try:
            return await self._enter(self._lane)
        finally:
            self._next_in_line()

    def answered(self, turn: float, gate: str, passed: float) -> None:
        """The call of that turn has its answer, so the service may have counted it as late as now."""
        if self._lane is not None:
            self._lane.moved(turn)
        for window in self._limits_of(gate):
            window.moved(passed)

    async def room(self, gate: str) -> None:
        """Wait until the short limits of `gate` have room for one more call."""
        await self._wait_for([window for window in self._limits_of(gate) if window.is_short])

    def closed_for(self, gate: str = "") -> float:
        """Seconds until calls may go through `gate`, 0 when they may or have but a moment to wait."""
        long = [window for window in self._limits_of(gate) if not window.is_short]
        return max(self._gates[gate].closed_for(), *(window.full_for() for window in long), 0.0)

    def passed(self, gate: str) -> float:
        """A call goes through `gate`; return the moment for `answered`."""
        now = self._clock.monotonic()
        for window in self._limits_of(gate):
            window.passed(now)
        return now

    def is_in_doubt(self, gate: str = "") -> bool:
        """Whether calls through `gate` are throttled, or were a moment ago."""
        return self._gates[gate].is_in_doubt()

    def freeze(self, retry_after: float | None, gate: str = "") -> float:
        """Answer to a throttled call: close its gate; return for how many seconds.

        Calls that were under way together count once.
        """
        return self._gates[gate].freeze(retry_after)

    def _limits_of(self, gate: str) -> list[_Window]:
        return [window for window in self._windows if window.is_for(gate)]

    async def _enter(self, lane: _Window) -> float:
        await self._wait_for([lane])
        now = self._clock.monotonic()
        lane.passed(now)
        return now

    async def _wait_for(self, windows: Sequence[_Window]) -> None:
        """Wait until there is room for one more call in each of `windows`."""
        while left := max((window.full_for() for window in windows), default=0.0):
            await self._clock.sleep(timedelta(seconds=max(left, 0.001)))  # less may not move a clock

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


class _Gate:
    """What throttle answers did to one group of endpoints."""

    def __init__(self, clock: Clock, spec: HttpSpec) -> None:
        self._clock = clock
        self._freezes, self._longest = spec.freezes, spec.longest_freeze.total_seconds()
        self._closed_until = 0.0
        self._strikes = 0

    def closed_for(self) -> float:
        return max(0.0, self._closed_until - self._clock.monotonic())

    def is_in_doubt(self) -> bool:
        return self._strikes > 0 and self._clock.monotonic() < self._closed_until + DOUBT

    def freeze(self, retry_after: float | None) -> float:
        now = self._clock.monotonic()
        if now >= self._closed_until:
            self._strikes = self._strikes + 1 if self.is_in_doubt() else 1
            self._closed_until = now + self._freezes[min(self._strikes, len(self._freezes)) - 1]
        if retry_after is not None:
            self._closed_until = max(self._closed_until, now + min(retry_after, self._longest))
        return self._closed_until - now


class _Window:
    """The calls that one limit has seen within its period."""

    def __init__(self, clock: Clock, limit: Limit) -> None:
        self._clock, self._limit = clock, limit
        self._passed: deque[tuple[float, bool]] = deque(maxlen=limit.calls)  # (from when on, answered)
        self.is_short = limit.per <= MOMENT

    def is_for(self, gate: str) -> bool:
        return self._limit.gate in ("", gate)

    def full_for(self) -> float:
        """Seconds until there is room for one more call, 0 when there is."""
        if len(self._passed) < self._limit.calls:
            return 0.0
        moment, answered = self._passed[0]
        now, per = self._clock.monotonic(), self._limit.per.total_seconds()
        if not answered and moment + per <= now < moment + LATE:
            return per / self._limit.calls  # then its answer may be there
        return max(0.0, moment + per - now)

    def passed(self, moment: float) -> None:
        """Count a call from `moment` on."""
        self._passed.append((moment, False))

    def moved(self, moment: float) -> None:
        """Count a call that passed at `moment` from now on; one that is out of the window stays out."""
        if (moment, False) in self._passed:
            self._passed.remove((moment, False))
            self._passed.append((self._clock.monotonic(), True))


def _lane(clock: Clock, per_minute: int, burst: int) -> _Window | None:
    """`burst` calls within any time that is theirs at that pace: a bound that holds at every moment."""
    if not per_minute:
        return None
    return _Window(clock, Limit(burst, timedelta(minutes=burst / per_minute)))
