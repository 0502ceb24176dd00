"""Tokens: named, limited in what they may and for how long."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.accounts import TokenExists, TokenKind
from qbitproxy.core.caller import Scope
from qbitproxy.web.api.account_routes import Revoked
from qbitproxy.web.keys import ACCOUNTS, CLOCK

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)", max_length=64)]
"""Python's `$` would also take a line end after it."""
Moment = Annotated[datetime, Meta(tz=True)]


class WantedToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class NewToken(Struct, frozen=True, kw_only=True):
    """The default token, shown this once, under every spelling of its name."""

    token: str
    api_token: str
    message: str


class CreatedToken(Struct, frozen=True, kw_only=True):
    """A new token, this once."""

    name: str
    token: str
    scope: Scope
    expires: datetime | None


async def tokens(request: web.Request) -> list[TokenShape]:
    """Every token, by name, the expired too."""
    now = request.app[CLOCK].now()
    return [
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


async def create(request: web.Request, body: WantedToken) -> CreatedToken:
    """A new token, shown this once."""
    if body.expires is not None and body.expires <= request.app[CLOCK].now():
        raise web.HTTPBadRequest(text="expires lies in the past")
    try:
        token = await request.app[ACCOUNTS].tokens.create(body.name, body.scope, body.expires, body.kind)
    except TokenExists:
        raise web.HTTPConflict(text=f"there is a token named {body.name}, or the name is reserved") from None
    return CreatedToken(name=body.name, token=token, scope=body.scope, expires=body.expires)


async def revoke(request: web.Request) -> Revoked:
    """End one token."""
    if not await request.app[ACCOUNTS].tokens.revoke(request.match_info["name"]):
        raise web.HTTPNotFound(text="there is no token of this name")
    return Revoked()


async def refresh_token(request: web.Request) -> NewToken:
    """The token named `api`, new, for everything, shown this once; the one before it ends.

    Source: Decypharr v1.1.6 says `token` and `message`; its later documentation says `api_token`.
    """
    token = await request.app[ACCOUNTS].tokens.rotate()
    message = "This is the only time the token is shown. The one before it is no longer valid."
    return NewToken(token=token, api_token=token, message=message)
