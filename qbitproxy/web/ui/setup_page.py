"""The page on which the account is made, once."""

from __future__ import annotations

from aiohttp import web
from msgspec import Struct

from qbitproxy.accounts import FIRST_USERNAME
from qbitproxy.core.caller import Caller
from qbitproxy.web.answers import read_json
from qbitproxy.web.auth import open_session
from qbitproxy.web.credentials import Short, refuse_odd
from qbitproxy.web.keys import ACCOUNTS, SETUP_CODE
from qbitproxy.web.middlewares import THIS_MACHINE, URL_BASE, came_from
from qbitproxy.web.ui.rendering import filled_in, page


class FirstCredentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to log in with; the code is needed from elsewhere than this machine."""

    username: Short
    password: Short
    confirm_password: Short
    code: Short = ""


def add_routes(app: web.Application) -> None:
    """Mount `/setup`."""
    app.router.add_get("/setup", form)
    app.router.add_post("/setup", make_account)


async def form(request: web.Request) -> web.Response:
    """Where the account is made, unless there is one."""
    if request.app[ACCOUNTS].exists:
        raise web.HTTPSeeOther(f"{request.app[URL_BASE]}/")
    return _form(request)


async def make_account(request: web.Request) -> web.Response:
    """Make the account with JSON or with the form of the page, and log its owner in."""
    from_script = request.content_type == "application/json"
    asked = await (
        read_json(request, FirstCredentials) if from_script else filled_in(request, FirstCredentials)
    )
    try:
        await _make(request, asked)
    except (web.HTTPBadRequest, web.HTTPForbidden, web.HTTPTooManyRequests) as refused:
        if from_script:
            raise
        return _form(request, refused.status, refused.text or refused.reason, asked.username)
    response = web.Response(status=303, headers={"Location": f"{request.app[URL_BASE]}/"})
    await open_session(request, response, Caller(name=asked.username))
    return response


async def _make(request: web.Request, asked: FirstCredentials) -> None:
    accounts, address = request.app[ACCOUNTS], request.remote or ""
    if accounts.exists:
        raise web.HTTPConflict(text="the account has been made already")
    refuse_odd(asked.username, asked.password, asked.confirm_password)
    if not came_from(request, THIS_MACHINE):
        if accounts.attempts.banned(address):
            raise web.HTTPTooManyRequests(text="Too many wrong codes. Try again later.")
        if not request.app[SETUP_CODE].proves(asked.code):
            accounts.attempts.failed(address)
            raise web.HTTPForbidden(text="This is not the code that was shown at the start.")
    if not await accounts.create(asked.username, asked.password):
        raise web.HTTPConflict(text="the account has been made already")


def _form(
    request: web.Request, status: int = 200, said: str = "", username: str = FIRST_USERNAME
) -> web.Response:
    here = came_from(request, THIS_MACHINE)
    return page("setup.html", status, said=said, username=username, needs_code=not here)
