"""Tokens: named, limited in what they may and for how long."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.accounts import TokenExists, TokenKind
from qbitproxy.core.caller import Scope
from qbitproxy.web.answers import answer, read_json
from qbitproxy.web.keys import ACCOUNTS, CLOCK

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)", max_length=64)]
"""Python's `$` would also take a line end after it."""
Moment = Annotated[datetime, Meta(tz=True)]


class NewToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token somebody wants."""

    name: Name
    scope: Scope = Scope.READ
    expires: Moment | None = None  # null: never
    kind: TokenKind = TokenKind.API


class TokenShape(Struct, frozen=True, kw_only=True):
    """One token; what it is made of was shown once."""

    name: str
    kind: TokenKind
    scope: Scope
    created: datetime
    expires: datetime | None
    used: datetime | None  # to the minute
    expired: bool


class Shown(Struct, frozen=True, kw_only=True):
    """A new token, this once."""

    name: str
    token: str
    scope: Scope
    expires: datetime | None


def add_routes(app: web.Application) -> None:
    """Mount `/api/tokens` beside `POST /api/refresh-token`."""
    app.router.add_get("/api/tokens", tokens)
    app.router.add_post("/api/tokens", create)
    app.router.add_delete("/api/tokens/{name}", revoke)
    app.router.add_post("/api/refresh-token", refresh_token)


async def tokens(request: web.Request) -> web.Response:
    """Every token, by name, the expired too."""
    now = request.app[CLOCK].now()
    return answer(
        [
            TokenShape(
                name=row.name,
                kind=row.kind,
                scope=row.scope,
                created=row.created,
                expires=row.expires,
                used=row.used,
                expired=row.expired(now),
            )
            for row in request.app[ACCOUNTS].tokens.listed()
        ]
    )


async def create(request: web.Request) -> web.Response:
    """A new token, shown this once."""
    asked = await read_json(request, NewToken)
    if asked.expires is not None and asked.expires <= request.app[CLOCK].now():
        raise web.HTTPBadRequest(text="expires lies in the past")
    try:
        token = await request.app[ACCOUNTS].tokens.create(asked.name, asked.scope, asked.expires, asked.kind)
    except TokenExists:
        raise web.HTTPConflict(text=f"there is a token named {asked.name}, or the name is reserved") from None
    return answer(Shown(name=asked.name, token=token, scope=asked.scope, expires=asked.expires), 201)


async def revoke(request: web.Request) -> web.Response:
    """End one token."""
    name = request.match_info["name"]
    if not await request.app[ACCOUNTS].tokens.revoke(name):
        raise web.HTTPNotFound(text="there is no token of this name")
    return answer({"revoked": 1})


async def refresh_token(request: web.Request) -> web.Response:
    """The token named `api`, new, for everything, shown this once; the one before it ends.

    Source: Decypharr v1.1.6 says `token` and `message`; its later documentation says `api_token`.
    """
    token = await request.app[ACCOUNTS].tokens.rotate()
    message = "This is the only time the token is shown. The one before it is no longer valid."
    return answer({"token": token, "api_token": token, "message": message})
