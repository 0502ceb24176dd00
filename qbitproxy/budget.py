"""How many calls an hour an account may spend, by what they are for."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from qbitproxy.core.calls import Purpose, Use
from qbitproxy.core.clock import Clock

HOUR = 3600.0  # seconds
MINUTE = 60.0  # seconds

SHARES: Mapping[Purpose, float] = {
    Purpose.ADD: 1.0,
    Purpose.LINK: 0.9,
    Purpose.POLL: 0.7,
    Purpose.REPAIR: 0.4,
}
"""How much of the hour may be spent before calls of a purpose wait: urgent ones go on longest."""


class Budget:
    """The calls of one account within the last hour, counted by the minute."""

    def __init__(self, clock: Clock, per_hour: int) -> None:
        """`per_hour` 0 sets no bound."""
        self._clock, self._per_hour = clock, per_hour
        self._minutes: deque[tuple[float, Counter[Purpose]]] = deque()  # (its start, its calls)
        self._used: Counter[Purpose] = Counter()

    def wait_for(self, purpose: Purpose) -> float:
        """Seconds until a call of this purpose is within its budget, 0 when it is."""
        self._forget()
        excess = self._used.total() - self._allowed(purpose) + 1
        if not self._per_hour or excess <= 0:
            return 0.0
        for start, calls in self._minutes:
            excess -= calls.total()
            if excess <= 0:
                return start + MINUTE + HOUR - self._clock.monotonic()
        return HOUR

    def spend(self, purpose: Purpose) -> None:
        """Count one call."""
        self._forget()
        now = self._clock.monotonic()
        if not self._minutes or now >= self._minutes[-1][0] + MINUTE:
            self._minutes.append((now, Counter()))
        self._minutes[-1][1][purpose] += 1
        self._used[purpose] += 1

    def use(self) -> dict[Purpose, Use]:
        """What each purpose has used in the last hour, what is left for it."""
        self._forget()
        total = self._used.total()
        return {purpose: Use(self._used[purpose], self._left(purpose, total)) for purpose in Purpose}

    def _left(self, purpose: Purpose, total: int) -> int | None:
        return max(self._allowed(purpose) - total, 0) if self._per_hour else None

    def _allowed(self, purpose: Purpose) -> int:
        return int(self._per_hour * SHARES[purpose])

    def _forget(self) -> None:
        now = self._clock.monotonic()
        while self._minutes and self._minutes[0][0] + MINUTE + HOUR <= now:
            self._used -= self._minutes.popleft()[1]
