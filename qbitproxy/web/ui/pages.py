"""The pages with the way in: `/`, `/repair`, `/settings`, `/login`, `/logout`."""

from __future__ import annotations

import math

from aiohttp import web
from msgspec import Struct

from qbitproxy import __version__
from qbitproxy.accounts import Banned
from qbitproxy.core.caller import Caller
from qbitproxy.web.answers import Problem, answer, read_json
from qbitproxy.web.auth import close_session, open_session, seconds_left
from qbitproxy.web.credentials import Short
from qbitproxy.web.keys import ACCOUNTS, CALLER
from qbitproxy.web.middlewares import URL_BASE
from qbitproxy.web.ui.rendering import STATIC, filled_in, page


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody logs in with."""

    username: Short
    password: Short


def add_routes(app: web.Application) -> None:
    """Mount the pages."""
    app.router.add_get("/", front)
    app.router.add_get("/repair", repair)
    app.router.add_get("/settings", settings)
    app.router.add_get("/login", login_form)
    app.router.add_post("/login", login)
    app.router.add_post("/logout", logout)
    app.router.add_static("/static/", STATIC)


async def front(request: web.Request) -> web.Response:
    """The torrents; everything in it arrives through `/api`."""
    return page("front.html", user=request[CALLER].name, version=__version__)


async def repair(request: web.Request) -> web.Response:
    """What is broken, what nobody refers to; everything in it arrives through `/api`."""
    return page("repair.html", user=request[CALLER].name, version=__version__)


async def settings(request: web.Request) -> web.Response:
    """Who may come in, who is told what; everything in it arrives through `/api`."""
    return page("settings.html", user=request[CALLER].name, version=__version__)


async def login_form(request: web.Request) -> web.Response:
    """Where a person logs in, unless that is done."""
    if CALLER in request:
        raise web.HTTPSeeOther(f"{request.app[URL_BASE]}/")
    return page("login.html", said="", username="")


async def login(request: web.Request) -> web.Response:
    """Log in with JSON, as scripts do, or with the form of the page.

    Source: Decypharr v1.1.6: a JSON login is answered 303 to the page, with the cookie.
    """
    from_script = request.content_type == "application/json"
    asked = await (read_json(request, Credentials) if from_script else filled_in(request, Credentials))
    try:
        caller = await request.app[ACCOUNTS].login(asked.username, asked.password, request.remote or "")
    except Banned as banned:
        wait = seconds_left(request, banned)
        said = f"Too many failed logins. Try again in {math.ceil(wait / 60)} min."
        response = _refused(429, said, asked, from_script)
        response.headers["Retry-After"] = str(wait)
        return response
    if caller is None:
        said = "Invalid credentials" if from_script else "Wrong user name or password."
        return _refused(401, said, asked, from_script)
    return await _welcomed(request, caller)


async def logout(request: web.Request) -> web.Response:
    """End the session; without one there is nothing to do."""
    response = web.Response(status=303, headers={"Location": f"{request.app[URL_BASE]}/login"})
    await close_session(request, response)
    return response


async def _welcomed(request: web.Request, caller: Caller) -> web.Response:
    response = web.Response(status=303, headers={"Location": f"{request.app[URL_BASE]}/"})
    await open_session(request, response, caller)
    return response


def _refused(status: int, said: str, asked: Credentials, from_script: bool) -> web.Response:
    if from_script:
        return answer(Problem(said, status), status)
    return page("login.html", status, said=said, username=asked.username)
