"""The rest of a service that fails: nobody calls it for a while, then one probe decides."""

from __future__ import annotations

from zlib import crc32

from qbitproxy.core.clock import Clock

ENOUGH = 2
"""Failures in a row that open the circuit; no answer at all counts twice."""

FIRST_REST = 5.0  # seconds
LONGEST_REST = 300.0  # seconds

LONGEST_AFTER_ANSWER = 60.0
"""Seconds that a service rests at most while it answers: an odd 5xx may be about one torrent alone."""


class Circuit:
    """Whether one service is called at all."""

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._spread = 1 + crc32(name.encode()) % 20 / 100  # so that services do not wake together
        self._failures = 0
        self._rests = 0
        self._open_until = 0.0
        self._probing = False

    def rests_for(self) -> float:
        """Seconds until the next call may go, 0 when it may."""
        left = self._open_until - self._clock.monotonic()
        if left <= 0 and self._probing:
            return FIRST_REST  # the probe's answer is awaited
        return max(left, 0.0)

    def enter(self) -> None:
        """A call goes out; after a rest it is the probe, and others wait for what it finds."""
        self._probing = self._rests > 0

    def leave(self) -> None:
        """The call was given up before it said anything of the service."""
        self._probing = False

    def worked(self) -> None:
        """The service answered, whatever it said."""
        self._failures, self._rests, self._open_until, self._probing = 0, 0, 0.0, False

    def failed(self, *, silent: bool) -> None:
        """The service did not answer (`silent`), or with nothing usable."""
        self._probing = False
        self._failures += ENOUGH if silent else 1
        if self._failures < ENOUGH or self._open_until > self._clock.monotonic():
            return
        longest = LONGEST_REST if silent else LONGEST_AFTER_ANSWER
        rest = min(FIRST_REST * 2.0**self._rests, longest) * self._spread
        self._rests = min(self._rests + 1, 10)
        self._open_until = self._clock.monotonic() + rest
