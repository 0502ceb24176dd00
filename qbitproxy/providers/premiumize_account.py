"""What a Premiumize account may do just now."""

from __future__ import annotations

from datetime import timedelta

from qbitproxy.core.calls import Http
from qbitproxy.core.faults import Busy, Denied, Fault, Reason, Refusal
from qbitproxy.providers.premiumize_faults import Forbidden, Spent
from qbitproxy.providers.premiumize_wire import Info

FRESH = timedelta(minutes=15)
"""How long the account's points are taken for what they were."""


class Allowance:
    """Premium, points, slots of one account: whether it is worth while to add anything."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._wait = ""  # why nothing can be added just now
        self._known_until = 0.0  # monotonic seconds

    async def info(self) -> Info:
        """The account. Raises Denied when it has no premium."""
        info: Info = await self._http.call("GET", "account/info", Info)
        if info.expires is None or info.expires <= self._http.clock.now():
            raise Denied(self._name, "the account has no premium")
        return info

    async def demand(self) -> None:
        """Raise Busy while no torrent can be added, or nothing of it could be fetched."""
        now = self._http.clock.monotonic()
        if now >= self._known_until:
            spent = (await self.info()).is_spent
            self._wait = "its fair use and booster points are used up" if spent else ""
            self._known_until = now + FRESH.total_seconds()
        if self._wait:
            raise Busy(self._name, self._wait, retry_after=self._known_until - now)

    def park(self, spent: Spent) -> None:
        """Let nothing be added for as long as a limit asks for; then the account is asked again."""
        self._wait = spent.detail
        self._known_until = self._http.clock.monotonic() + (spent.retry_after or 0)

    async def withheld(self, forbidden: Forbidden) -> Fault:
        """What it means to be forbidden something: Denied without premium, else one torrent is meant."""
        await self.info()
        return Refusal(self._name, forbidden.detail, reason=Reason.FILTERED_BY_PROVIDER)
