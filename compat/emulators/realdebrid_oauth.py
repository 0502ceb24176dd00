"""Real-Debrid's device flow, for programs that are not given a private token.

Source: api.real-debrid.com, "Authentication for applications", read 2026.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from aiohttp import web

from compat.emulators.bench import LOGGED
from compat.emulators.realdebrid_wire import Refused, json_response

GRANT_TYPE = "http://oauth.net/grant_type/device/1.0"


class Oauth:
    """Hands out device codes, then credentials bound to the user, then access tokens.

    `issue` makes the account's next access token, at which the one before it is void.
    """

    def __init__(self, app: web.Application, issue: Callable[[str], None]) -> None:
        self._issue = issue
        self._random = random.Random(17)
        self._devices: dict[str, str] = {}  # device code by user code
        self._clients: dict[str, tuple[str, str]] = {}  # credentials by device code, once approved
        self._refresh: dict[str, tuple[str, str]] = {}  # credentials by refresh token
        app.router.add_get("/oauth/v2/device/code", self._code, allow_head=False)
        app.router.add_get("/oauth/v2/device/credentials", self._credentials, allow_head=False)
        app.router.add_post("/oauth/v2/token", self._token)

    def approve(self, user_code: str) -> None:
        """Let the user type the code in. Raises KeyError for a code that was never handed out."""
        self._clients[self._devices[user_code]] = (self._word(13), self._word(40))

    def revoke(self) -> None:
        """Let the user throw the program out."""
        self._clients.clear()
        self._refresh.clear()

    async def _code(self, request: web.Request) -> web.Response:
        if not request.query.get("client_id"):
            raise Refused(1)
        user_code, device_code = self._word(8), self._word(13)
        self._devices[user_code] = device_code
        return json_response(
            {
                "device_code": device_code,
                "user_code": user_code,
                "interval": 5,
                "expires_in": 1800,
                "verification_url": "https://real-debrid.com/device",
                "direct_verification_url": f"https://real-debrid.com/authorize?device_id={device_code}",
            }
        )

    async def _credentials(self, request: web.Request) -> web.Response:
        if request.query.get("code", "") not in self._clients:
            raise Refused(9)
        client_id, client_secret = self._clients[request.query["code"]]
        return json_response({"client_id": client_id, "client_secret": client_secret})

    async def _token(self, request: web.Request) -> web.Response:
        form = request[LOGGED].form
        code, credentials = form.get("code", ""), (form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != GRANT_TYPE:
            raise Refused(2)
        if credentials not in (self._clients.get(code), self._refresh.get(code)):
            raise Refused(9)
        token, refresh_token = self._word(52), self._word(40)
        self._refresh[refresh_token] = credentials
        self._issue(token)
        return json_response(
            {
                "access_token": token,
                "expires_in": 3600,
                "token_type": "Bearer",
                "refresh_token": refresh_token,
            }
        )

    def _word(self, length: int) -> str:
        return "".join(self._random.choices(string.ascii_uppercase + string.digits, k=length))
