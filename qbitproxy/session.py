"""The session that some services want opened before they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from qbitproxy.core.calls import Login
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Denied, Fault

MOST_REFUSALS = 3
"""Refused logins in a row after which there are no more: services ban an address for five."""

REFUSED_REST = 600.0  # seconds between a refused login and the next one


class Session:
    """The cookies of one session, with what is known of logins that were refused.

    `form` {} stands for a key that opens no session.
    """

    def __init__(self, login: Login, owner: str, key: str, clock: Clock) -> None:
        self._login, self._owner, self._clock = login, owner, clock
        self.path, self.form = login.path, login.form(key)
        self.opening = asyncio.Lock()  # several calls may find out together that it is over
        self.headers: Mapping[str, str] = {}  # of every call while it lasts
        self._refused: Fault | None = None
        self._refusals = 0
        self._refused_at = 0.0

    def is_missing(self, status: int, body: bytes) -> bool:
        """Whether an answer says that there is no session, where the key could open one."""
        return bool(self.form) and self._login.is_needed(status, body)

    def check(self) -> None:
        """Raise what the last login ended in, while another would do no good."""
        resting = self._clock.monotonic() - self._refused_at < REFUSED_REST
        if self._refused is not None and (resting or self._refusals >= MOST_REFUSALS):
            raise self._refused

    def answered(self, status: int, body: bytes, cookies: Sequence[str]) -> None:
        """Take over a login's answer with its Set-Cookie headers. Raises the fault that it stands for."""
        refusal = self._login.refusal(self._owner, status, body)
        if isinstance(refusal, Denied):
            self._refused, self._refused_at = refusal, self._clock.monotonic()
            self._refusals += 1
        if refusal is not None:
            raise refusal
        self._refused, self._refusals = None, 0
        pairs = [cookie.partition(";")[0].strip() for cookie in cookies]
        self.headers = {"Cookie": "; ".join(pairs)} if pairs else {}
