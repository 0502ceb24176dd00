"""The password of the account, the sessions that are open with it."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from msgspec import Struct

from qbitproxy.accounts import Banned
from qbitproxy.web.answers import answer, read_json
from qbitproxy.web.auth import close_session, seconds_left, session_id
from qbitproxy.web.credentials import Short, refuse_odd
from qbitproxy.web.keys import ACCOUNTS, CALLER


class NewCredentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to log in with from now on."""

    username: Short = ""
    password: Short = ""
    confirm_password: Short = ""
    current_password: Short = ""


class Revoked(Struct, frozen=True):
    """How many ended."""

    revoked: int = 1


class SessionShape(Struct, frozen=True, kw_only=True):
    """One login that is still good."""

    id: str  # for DELETE; it opens nothing
    kind: str  # "web", or "qbit": at the qBittorrent Web API
    name: str
    address: str
    opened: datetime
    used: datetime
    current: bool  # the one that asks


async def update_auth(request: web.Request) -> web.Response:
    """Change name or password of the account; every session ends, this one too.

    A person proves the password there was: a browser left open is no reason to lose the account.
    """
    asked = await read_json(request, NewCredentials)
    refuse_odd(asked.username, asked.password, asked.confirm_password)
    accounts = request.app[ACCOUNTS]
    if not request[CALLER].token:
        try:
            proved = await accounts.login(accounts.username, asked.current_password, request.remote or "")
        except Banned as banned:
            wait = {"Retry-After": str(seconds_left(request, banned))}
            raise web.HTTPTooManyRequests(text=str(banned), headers=wait) from None
        if proved is None:
            raise web.HTTPForbidden(text="current_password is not the password of the account")
    await accounts.change_password(asked.username, asked.password)
    response = answer({"message": "The new credentials are in force. Every session has ended."})
    await close_session(request, response)
    return response


async def sessions(request: web.Request) -> list[SessionShape]:
    """Every login that is still good, the latest used first."""
    own = await session_id(request)
    return [
        SessionShape(
            id=each.id,
            kind=each.kind,
            name=each.name,
            address=each.address,
            opened=each.opened,
            used=each.used,
            current=each.id == own,
        )
        for each in request.app[ACCOUNTS].open_sessions()
    ]


async def revoke_session(request: web.Request) -> Revoked:
    """End one session."""
    if not await request.app[ACCOUNTS].revoke_session(request.match_info["id"]):
        raise web.HTTPNotFound(text="there is no such session")
    return Revoked()
