"""Whether a Debrid-Link account takes new torrents.

Source: debrid-link.com, API v2 documentation, /seedbox/limits and its errors, read 2026.
"""

from __future__ import annotations

import structlog

from qbitproxy.core.calls import Http
from qbitproxy.core.faults import Busy, Fault
from qbitproxy.providers.debridlink_faults import Spent
from qbitproxy.providers.debridlink_wire import Counts, Limits

log = structlog.get_logger()

SLOT_WAIT = 60.0  # seconds until we ask again for one of the account's transfers
LONGEST_WAIT = 3600.0  # seconds until we try again although the day is not over


class Quota:
    """Remembers that nothing more is taken, so that one torrent finds it out for all."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._full_until = 0.0  # monotonic seconds

    async def counts(self) -> Counts:
        """What the account has used of its limits."""
        limits: Limits = await self._http.call("GET", "seedbox/limits", Limits)
        return limits.value

    def check(self) -> None:
        """Raise Busy while nothing more is taken."""
        wait = self._full_until - self._http.clock.monotonic()
        if wait > 0:
            raise Busy(self._name, "it takes no more torrents just now", retry_after=wait)

    async def closed(self, refused: Busy) -> Busy:
        """Take `refused`, the answer to an add, for all that follow; say for how long."""
        wait = await self._until_reset() if isinstance(refused, Spent) else SLOT_WAIT
        self._full_until = self._http.clock.monotonic() + wait
        return Busy(self._name, refused.detail, retry_after=wait)

    async def _until_reset(self) -> float:
        try:
            left = (await self.counts()).until_reset
        except Fault as unknown:
            log.info("quota_reset_unknown", provider=self._name, detail=unknown.detail)
            return LONGEST_WAIT
        return min(left, LONGEST_WAIT) if left is not None and left > 0 else LONGEST_WAIT
