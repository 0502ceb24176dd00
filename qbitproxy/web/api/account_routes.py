"""The password of the account, the API token."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.web.answers import answer, read_json
from qbitproxy.web.auth import close_session
from qbitproxy.web.keys import ACCOUNTS

Short = Annotated[str, Meta(max_length=1024)]


class NewCredentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to log in with from now on."""

    username: Short = ""
    password: Short = ""
    confirm_password: Short = ""


def add_routes(app: web.Application) -> None:
    """Mount `POST /api/refresh-token` beside `POST /api/update-auth`."""
    app.router.add_post("/api/refresh-token", refresh_token)
    app.router.add_post("/api/update-auth", update_auth)


async def refresh_token(request: web.Request) -> web.Response:
    """A new API token, shown this once; the one before it ends.

    Source: Decypharr v1.1.6 says `token` and `message`; its later documentation says `api_token`.
    """
    token = await request.app[ACCOUNTS].rotate_token()
    message = "This is the only time the token is shown. The one before it is no longer valid."
    return answer({"token": token, "api_token": token, "message": message})


async def update_auth(request: web.Request) -> web.Response:
    """Change name or password of the account; every session ends, this one too."""
    asked = await read_json(request, NewCredentials)
    if not asked.username.strip() or not asked.username.isprintable():
        raise web.HTTPBadRequest(text="Username is required")
    if not asked.password:
        raise web.HTTPBadRequest(text="Password is required")
    if asked.password != asked.confirm_password:
        raise web.HTTPBadRequest(text="Passwords do not match")
    await request.app[ACCOUNTS].change_password(asked.username, asked.password)
    response = answer({"message": "The new credentials are in force. Every session has ended."})
    await close_session(request, response)
    return response
