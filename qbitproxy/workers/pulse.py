"""Heartbeats of the worker loops: a silent loop is the worst kind of stall."""

from __future__ import annotations

from datetime import timedelta

from qbitproxy.core.clock import Clock


class Pulse:
    """Remembers when each loop was last heard of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: dict[str, tuple[float, float]] = {}  # loop -> heard at, silent after (both seconds)

    def beat(self, loop: str, every: timedelta = timedelta(seconds=10)) -> None:
        """`loop` lives; it promises to be heard of again within `every`."""
        now = self._clock.monotonic()
        self._beats[loop] = now, now + 3 * every.total_seconds()

    def silent(self) -> list[str]:
        """The loops that missed three beats."""
        now = self._clock.monotonic()
        return sorted(loop for loop, (_, silent_after) in self._beats.items() if now > silent_after)
