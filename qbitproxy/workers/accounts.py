"""The state of every account, asked for now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from qbitproxy.core.faults import Denied, Fault
from qbitproxy.core.notices import Kind, Notice
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.notices import Notices
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.steps import denied

log = structlog.get_logger()

USUAL = timedelta(hours=1)
AFTER_FAULT = timedelta(minutes=5)
WARN_BEFORE = timedelta(days=7)
TICK = timedelta(seconds=5)


class WatchAccounts:
    """Keeps `hands.accounts` up to date; a refused account rests, one that expires soon is warned of."""

    def __init__(self, hands: Hands, pulse: Pulse, notices: Notices) -> None:
        self._hands, self._pulse, self._notices = hands, pulse, notices
        self._due: dict[str, datetime] = {}
        self._warned: dict[str, datetime] = {}  # provider -> the expiry that was warned of
        self._told: dict[str, str] = {}  # provider -> why it rests, as a person was told

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._beat()
            for name in self._hands.providers:
                self._beat()
                now = self._hands.clock.now()
                if self._due.get(name, now) <= now:
                    self._due[name] = now + await self._look(name)
                await self._tell_of_rest(name)
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
        await self._warn(name, account.premium_until)
        return USUAL

    async def _warn(self, name: str, premium_until: datetime | None) -> None:
        """Once per expiry, however often it is seen."""
        if premium_until is None or self._warned.get(name) == premium_until:
            return
        left = premium_until - self._hands.clock.now()
        if left <= WARN_BEFORE:
            self._warned[name] = premium_until
            log.warning("premium_expires", provider=name, until=premium_until.isoformat(), days=left.days)
            day = f"{premium_until:%Y-%m-%d}"
            await self._tell(f"{name}-expires-{day}", name, f"premium ends on {day}")

    async def _tell_of_rest(self, name: str) -> None:
        """Once for as long as it lasts, and once a day."""
        now, rest = self._hands.clock.now(), self._hands.rests.get(name)
        if rest is None or rest.until <= now:
            self._told.pop(name, None)
        elif self._told.get(name) != rest.why:
            self._told[name] = rest.why
            await self._tell(f"{name}-rests-{now:%Y-%m-%d}", name, f"{name} {rest.why}")

    async def _tell(self, event_id: str, provider: str, text: str) -> None:
        now = self._hands.clock.now()
        await self._notices.tell(event_id, Notice(kind=Kind.ACCOUNT, title=provider, text=text, at=now))
