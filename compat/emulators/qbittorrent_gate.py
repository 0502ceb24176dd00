"""Who may call a qBittorrent: hosts, origins, sessions, keys, bans."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from aiohttp import web

from compat.emulators.bench import Clock
from compat.emulators.qbittorrent_wire import BANNED, FAILS, OK, Dialect, Refused, text_response

MOST_FAILURES = 5
BAN = 3600.0  # seconds
SESSION = 3600.0  # seconds of silence that end one


class Gate:
    """The logins of one Web UI. Sessions live in memory: `forget` is what a restart does to them."""

    def __init__(self, dialect: Dialect, clock: Clock, username: str, password: str, api_key: str) -> None:
        self.dialect, self.clock = dialect, clock
        self.username, self.password = username, password
        self.api_key = api_key  # "" has none
        self.failures = 0
        self.banned_until = 0.0
        self._sessions: dict[str, float] = {}  # cookie -> last used

    def forget(self) -> None:
        """End every session."""
        self._sessions.clear()

    def check_origin(self, request: web.Request) -> None:
        """Raise Refused for a page of another site, or for another port than its own."""
        if self._bearer(request):
            return
        for name in ("Origin", "Referer"):
            if given := request.headers.get(name):
                if urlsplit(given).netloc != request.host:
                    raise Refused(401)
                return

    def is_let_in(self, request: web.Request, port: int) -> bool:
        """Whether the call bears a live session, which it renews, or the key."""
        if self._bearer(request):
            return bool(self.api_key) and self._bearer(request) == self.api_key
        session = request.cookies.get(self.dialect.cookie(port), "")
        used = self._sessions.get(session)
        if used is None or used + SESSION <= self.clock.now():
            return False
        self._sessions[session] = self.clock.now()
        return True

    def login(self, request: web.Request, form: dict[str, str], port: int) -> web.Response:
        """Answer a login; with a live session nobody looks at the credentials."""
        if self._bearer(request):
            raise Refused(403)
        if self.is_let_in(request, port):
            return self._welcome()
        if self.clock.now() < self.banned_until:
            raise Refused(403, BANNED)
        if (form.get("username"), form.get("password")) != (self.username, self.password):
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                self.failures, self.banned_until = 0, self.clock.now() + BAN
            if self.dialect.plain:
                return text_response(FAILS)
            raise Refused(401)
        self.failures = 0
        session = secrets.token_urlsafe(24)
        self._sessions[session] = self.clock.now()
        answer = self._welcome()
        site = "Strict" if self.dialect.plain else "Lax"
        cookie = f"{self.dialect.cookie(port)}={session}; HttpOnly; SameSite={site}; path=/"
        answer.headers["Set-Cookie"] = cookie
        return answer

    def _welcome(self) -> web.Response:
        return text_response(OK) if self.dialect.plain else web.Response(status=204)

    def _bearer(self, request: web.Request) -> str:
        """The API key of the call; releases that know none look at no such header."""
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        return key if self.dialect.bearer and kind == "Bearer" else ""
