"""The API key of qBittorrent 5.2 and later."""

from __future__ import annotations

from aiohttp import web

from qbitproxy.accounts import TokenKind
from qbitproxy.web.keys import ACCOUNTS
from qbitproxy.web.qbit.access import only_people
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.forms import Form


async def rotate(request: web.Request, _: Form) -> web.Response:
    """app/rotateAPIKey, for people: shown this once, the one before it ends."""
    only_people(request)
    return as_json({"apiKey": await request.app[ACCOUNTS].tokens.rotate(TokenKind.QBIT)})


async def delete(request: web.Request, _: Form) -> web.Response:
    """app/deleteAPIKey, for people."""
    only_people(request)
    await request.app[ACCOUNTS].tokens.revoke(TokenKind.QBIT)
    return plain()
