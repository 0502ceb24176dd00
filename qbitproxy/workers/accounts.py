"""The state of every account, asked for now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from qbitproxy.core.faults import Denied, Fault
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.steps import denied

log = structlog.get_logger()

USUAL = timedelta(hours=1)
AFTER_FAULT = timedelta(minutes=5)
WARN_BEFORE = timedelta(days=7)
TICK = timedelta(seconds=5)


class WatchAccounts:
    """Keeps `hands.accounts` up to date; a refused account rests, one that expires soon is warned of."""

    def __init__(self, hands: Hands, pulse: Pulse) -> None:
        self._hands, self._pulse = hands, pulse
        self._due: dict[str, datetime] = {}
        self._warned: dict[str, datetime] = {}  # provider -> the expiry that was warned of

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._beat()
            for name in self._hands.providers:
                self._beat()
                now = self._hands.clock.now()
                if self._due.get(name, now) <= now:
                    self._due[name] = now + await self._look(name)
            await self._hands.clock.sleep(TICK)

    def _beat(self) -> None:
        self._pulse.beat("accounts", timedelta(seconds=60))

    async def _look(self, name: str) -> timedelta:
        """Ask for one account; return when to ask again."""
        try:
            account = await self._hands.providers[name].provider.account()
        except Denied as fault:
            self._hands.rest(name, denied(fault))
            return AFTER_FAULT
        except Fault as fault:
            log.info("account_not_seen", provider=name, detail=fault.detail)
            return AFTER_FAULT
        self._hands.accounts[name] = account
        self._warn(name, account.premium_until)
        return USUAL

    def _warn(self, name: str, premium_until: datetime | None) -> None:
        """Once per expiry, however often it is seen."""
        if premium_until is None or self._warned.get(name) == premium_until:
            return
        left = premium_until - self._hands.clock.now()
        if left <= WARN_BEFORE:
            self._warned[name] = premium_until
            log.warning("premium_expires", provider=name, until=premium_until.isoformat(), days=left.days)
