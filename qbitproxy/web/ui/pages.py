"""The page with its way in: `/`, `/login`, `/logout`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import jinja2
import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy import __version__
from qbitproxy.accounts import Banned
from qbitproxy.core.caller import Caller
from qbitproxy.web.answers import Problem, answer, read_json
from qbitproxy.web.auth import close_session, open_session
from qbitproxy.web.keys import ACCOUNTS, CALLER, CLOCK
from qbitproxy.web.middlewares import URL_BASE

HERE = Path(__file__).parent
Short = Annotated[str, Meta(max_length=1024)]

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody logs in with."""

    username: Short
    password: Short


def add_routes(app: web.Application) -> None:
    """Mount the page."""
    app.router.add_get("/", front)
    app.router.add_get("/login", login_form)
    app.router.add_post("/login", login)
    app.router.add_post("/logout", logout)
    app.router.add_static("/static/", HERE / "static")


async def front(request: web.Request) -> web.Response:
    """The torrents; everything in it arrives through `/api`."""
    return _page("front.html", user=request[CALLER].name, version=__version__)


async def login_form(request: web.Request) -> web.Response:
    """Where a person logs in, unless that is done."""
    if CALLER in request:
        raise web.HTTPSeeOther(f"{request.app[URL_BASE]}/")
    return _page("login.html", said="", username="")


async def login(request: web.Request) -> web.Response:
    """Log in with JSON, as scripts do, or with the form of the page.

    Source: Decypharr v1.1.6: a JSON login is answered 303 to the page, with the cookie.
    """
    from_script = request.content_type == "application/json"
    asked = await (read_json(request, Credentials) if from_script else _filled_in(request))
    try:
        caller = await request.app[ACCOUNTS].login(asked.username, asked.password, request.remote or "")
    except Banned as banned:
        wait = math.ceil((banned.until - request.app[CLOCK].now()).total_seconds())
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


async def _filled_in(request: web.Request) -> Credentials:
    try:
        form = await request.post()
    except ValueError:
        raise web.HTTPBadRequest(text="the form is malformed") from None
    return msgspec.convert(dict(form), Credentials)


async def _welcomed(request: web.Request, caller: Caller) -> web.Response:
    response = web.Response(status=303, headers={"Location": f"{request.app[URL_BASE]}/"})
    await open_session(request, response, caller)
    return response


def _refused(status: int, said: str, asked: Credentials, from_script: bool) -> web.Response:
    if from_script:
        return answer(Problem(said, status), status)
    return _page("login.html", status, said=said, username=asked.username)


def _page(template: str, status: int = 200, **shown: str) -> web.Response:
    text = _templates.get_template(template).render(shown)
    return web.Response(text=text, status=status, content_type="text/html")
