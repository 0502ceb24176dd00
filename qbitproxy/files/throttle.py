"""Bytes let through no faster than a limit that may change while they wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from qbitproxy.core.clock import Clock

GLANCE = 1.0  # seconds after which whoever waits looks at the limit again
MOMENT = 0.001  # seconds: what is shorter is no sleep

AskLimit = Callable[[], int]
"""Gives the limit of this moment in bytes per second, 0 for none."""


def unlimited() -> int:
    """No limit."""
    return 0


class Throttle:
    """One limit with those who keep to it, each in its turn."""

    def __init__(self, clock: Clock, limit: AskLimit) -> None:
        self.limit = limit
        self._clock = clock
        self._owed, self._seen = 0.0, clock.monotonic()  # bytes that went too early, as of when
        self._turn = asyncio.Lock()

    async def take(self, amount: int) -> None:
        """Wait until all that went before is within the limit; `amount` bytes go then."""
        async with self._turn:
            while (wait := self._wait()) > 0:
                await self._clock.sleep(timedelta(seconds=min(max(wait, MOMENT), GLANCE)))
            self._owed += amount

    def _wait(self) -> float:
        """Seconds until the next byte may go."""
        now, rate = self._clock.monotonic(), self.limit()
        self._owed = max(self._owed - (now - self._seen) * rate, 0.0) if rate else 0.0
        self._seen = now
        return self._owed / rate if rate else 0.0
