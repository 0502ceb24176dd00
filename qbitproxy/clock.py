"""The real time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The only reader of the machine's clocks."""

    def now(self) -> datetime:
        """Aware UTC wall-clock time."""
        return datetime.now(UTC)  # noqa: TID251  the one module that provides it

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    async def sleep(self, delay: timedelta) -> None:
        """Wait `delay`."""
        await asyncio.sleep(delay.total_seconds())  # noqa: TID251  the one module that provides it
