"""The user of a TorBox account: what is paid for, what was asked too often."""

from __future__ import annotations

from aiohttp import web

from compat.emulators.torbox_items import DAY
from compat.emulators.torbox_torrents import Torrents
from compat.emulators.torbox_wire import Refused, answer, date

AUTH_ID = "0b1f5d5e-7f43-4f6a-9a0e-3f0a5f3c9c11"


class User:
    """One user, whose plan the torrents keep to."""

    def __init__(self, torrents: Torrents) -> None:
        self._torrents, self._clock = torrents, torrents.clock
        self.premium_until = self._clock.now() + 90 * DAY
        self.cooldown_until: float | None = None
        self.cooldown_enforced = True
        self.most_creates: tuple[int, float] | None = None  # so many within so many seconds arm a cooldown
        self._created: list[float] = []

    async def me(self, request: web.Request) -> web.Response:
        """Answer who this is."""
        user = {
            "id": 218834,
            "auth_id": AUTH_ID,
            "created_at": "2024-11-02T09:14:51Z",
            "updated_at": date(self._clock.now()),
            "email": "marble@example.org",
            "base_email": "marble@example.org",
            "plan": self._torrents.plan,
            "total_downloaded": 48_211_093_312_017,
            "customer": None,
            "server": 1,
            "is_subscribed": True,
            "premium_expires_at": date(self.premium_until),
            "cooldown_until": date(self.cooldown_until),
            "additional_concurrent_slots": self._torrents.extra_slots,
            "long_term_seeding": False,
            "long_term_storage": False,
        }
        return answer(user, "Successfully retrieved your user information.")

    def check_plan(self) -> None:
        """Raise Refused once the plan has run out."""
        if self._clock.now() >= self.premium_until:
            raise Refused("PLAN_RESTRICTED_FEATURE")

    def check_cooldown(self) -> None:
        """Raise Refused while adding is not allowed."""
        now = self._clock.now()
        if self.cooldown_until and self.cooldown_until > now and self.cooldown_enforced:
            dates = {"cooldown_until": date(self.cooldown_until), "current_time": date(now)}
            raise Refused("COOLDOWN_LIMIT", data=dates)

    def count_create(self) -> None:
        """Count what was added; too much of it arms a cooldown."""
        now = self._clock.now()
        self._created.append(now)
        if self.most_creates is None:
            return
        most, within = self.most_creates
        if sum(at > now - within for at in self._created) >= most:
            self.cooldown_until = now + DAY
