"""Credentials of every kind, good or not."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta

from cryptography.fernet import Fernet

from qbitproxy.accounts import TokenKind
from qbitproxy.clock import SystemClock
from qbitproxy.core.caller import Caller, Scope
from tests.support import ManualClock
from tests.web.stand import COOKIE_KEY, USERNAME, Stand

REFUSED = (401, 403)


async def nothing(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return {}


async def wrong_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return {"Authorization": "Bearer " + "x" * 43}


async def empty_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return {"Authorization": "Bearer "}


async def wrong_password(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return {"Authorization": "Basic YWRtaW46d3Jvbmc="}


async def hash_of_a_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    (row,) = stand.accounts.tokens.listed()
    return {"Authorization": f"Bearer {row.token_hash.hex()}"}


async def expired_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    token = await stand.accounts.tokens.create("old", Scope.ADMIN, clock.now() + timedelta(seconds=1))
    clock.advance(timedelta(seconds=1))
    return {"Authorization": f"Bearer {token}"}


async def revoked_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    token = await stand.accounts.tokens.create("gone", Scope.ADMIN)
    await stand.accounts.tokens.revoke("gone")
    return {"Authorization": f"Bearer {token}"}


async def rotated_token(stand: Stand, clock: ManualClock) -> dict[str, str]:
    await stand.accounts.tokens.rotate()
    return stand.bearer


async def closed_session(stand: Stand, clock: ManualClock) -> dict[str, str]:
    headers = await session(stand, clock)
    await stand.client.post("/logout", headers=headers)
    return headers


async def expired_session(stand: Stand, clock: ManualClock) -> dict[str, str]:
    headers = await session(stand, clock)
    clock.advance(timedelta(hours=2))
    return headers


async def session_before_a_new_password(stand: Stand, clock: ManualClock) -> dict[str, str]:
    headers = await session(stand, clock)
    await stand.accounts.change_password(USERNAME, "another-fake-password")
    return headers


def cookie_with(key: bytes, token: str) -> dict[str, str]:
    """A cookie as we make it with `key`."""
    held = json.dumps({"created": int(SystemClock().now().timestamp()), "session": {"sid": token}}).encode()
    return {"Cookie": f"auth-session={Fernet(urlsafe_b64encode(key)).encrypt(held).decode()}"}


async def forged_cookie(stand: Stand, clock: ManualClock) -> dict[str, str]:
    """A session that is open, in a cookie encrypted with another key."""
    token = await stand.accounts.open_session(Caller(name=USERNAME), "web")
    return cookie_with(b"another fake key, 32 bytes long!", token)


async def invented_session(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return cookie_with(COOKIE_KEY, "f" * 64)


async def id_of_a_session(stand: Stand, clock: ManualClock) -> dict[str, str]:
    token = await stand.accounts.open_session(Caller(name=USERNAME), "web")
    return cookie_with(COOKIE_KEY, stand.accounts.session_id(token))


async def session_of_an_arr(stand: Stand, clock: ManualClock) -> dict[str, str]:
    sid = await stand.accounts.open_session(Caller(name="sonarr", arr="sonarr"))
    return cookie_with(COOKIE_KEY, sid)


async def key_of_the_face(stand: Stand, clock: ManualClock) -> dict[str, str]:
    return {"Authorization": f"Bearer {await stand.accounts.tokens.rotate(TokenKind.QBIT)}"}


async def session(stand: Stand, clock: ManualClock) -> dict[str, str]:
    await stand.log_in()
    (cookie,) = stand.client.session.cookie_jar
    stand.client.session.cookie_jar.clear()
    return {"Cookie": f"auth-session={cookie.value}"}


Credential = Callable[[Stand, ManualClock], Awaitable[dict[str, str]]]
WORTHLESS: list[Credential] = [
    nothing,
    wrong_token,
    empty_token,
    wrong_password,
    hash_of_a_token,
    expired_token,
    revoked_token,
    rotated_token,
    closed_session,
    expired_session,
    session_before_a_new_password,
    forged_cookie,
    invented_session,
    id_of_a_session,
    session_of_an_arr,
]
"""What opens nothing at /api; the key of the qBittorrent Web API, beside these, opens that alone."""
