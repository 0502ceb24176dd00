"""Debrid-Link's device flow, for programs that are not given an API key.

Source: debrid-link.com, API documentation, "OAuth", read 2026.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from compat.emulators.bench import LOGGED, Clock

DEVICE_GRANTS = ("urn:ietf:params:oauth:grant-type:device_code", "http://oauth.net/grant_type/device/1.0")
DEVICE_LIFE = 900  # seconds
TOKEN_LIFE = 86400  # seconds


@dataclass
class Device:
    """A program that waits for its user."""

    client_id: str
    user_code: str
    asked: float  # seconds since the epoch
    approved: bool | None = None  # None: the user has not answered


class Oauth:
    """Hands out device codes, then access tokens; each new token voids the one before it.

    `use` makes a token the account's own, "" none.
    """

    def __init__(self, app: web.Application, clock: Clock, use: Callable[[str], None]) -> None:
        self._clock, self._use = clock, use
        self._random = random.Random(31)
        self._devices: dict[str, Device] = {}  # by device code
        self._refresh_tokens: dict[str, str] = {}  # client id by refresh token
        app.router.add_post("/api/oauth/device/code", self._code)
        app.router.add_post("/api/oauth/token", self._token)
        app.router.add_post("/api/oauth/revoke", self._revoke)

    def answer(self, user_code: str, *, approve: bool = True) -> None:
        """Let the user allow or refuse a program. Raises KeyError for a code that was never handed out."""
        self._by_user_code()[user_code].approved = approve

    def _by_user_code(self) -> Mapping[str, Device]:
        return {device.user_code: device for device in self._devices.values()}

    async def _code(self, request: web.Request) -> web.Response:
        client_id = request[LOGGED].form.get("client_id", "")
        if not client_id:
            return _error("invalid_client")
        device_code, user_code = self._word(40), f"{self._word(3)}-{self._word(3)}"
        self._devices[device_code] = Device(client_id, user_code, self._clock.now())
        return web.json_response(
            {
                "device_code": device_code,
                "user_code": user_code,
                "verification_url": "https://debrid-link.com/device",
                "expires_in": DEVICE_LIFE,
                "interval": 3,
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = request[LOGGED].form
        client_id = form.get("client_id", "")
        if form.get("grant_type") == "refresh_token":
            known = self._refresh_tokens.get(form.get("refresh_token", ""))
            return self._tokens(client_id) if known and known == client_id else _error("access_denied")
        if form.get("grant_type") not in DEVICE_GRANTS:
            return _error("unsupported_grant_type")
        device = self._devices.get(form.get("code", ""))
        if device is None or device.client_id != client_id:
            return _error("invalid_request")
        if device.approved is False:
            return _error("access_denied")
        if self._clock.now() >= device.asked + DEVICE_LIFE:
            return _error("expired_token")
        if device.approved is None:
            return _error("authorization_pending")
        del self._devices[form["code"]]
        return self._tokens(client_id)

    async def _revoke(self, request: web.Request) -> web.Response:
        self._use("")
        self._refresh_tokens.clear()
        return web.json_response({"success": True})

    def _tokens(self, client_id: str) -> web.Response:
        access_token, refresh_token = self._word(52), self._word(40)
        self._refresh_tokens[refresh_token] = client_id
        self._use(access_token)
        return web.json_response(
            {
                "access_token": access_token,
                "refresh_token": refresh_token,
                "token_type": "bearer",
                "expires_in": TOKEN_LIFE,
            }
        )

    def _word(self, length: int) -> str:
        return "".join(self._random.choices(string.ascii_uppercase + string.digits, k=length))


def _error(name: str) -> web.Response:
    """Refuse as OAuth does: without the envelope of the API."""
    return web.json_response({"error": name}, status=400)
