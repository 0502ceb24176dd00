"""What clients keep here for themselves: cookies, the data of web pages."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from qbitproxy.web.keys import LIBRARY
from qbitproxy.web.qbit.access import only_people
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.forms import Form

KEPT_COOKIES, KEPT_DATA = "cookies kept for a client", "data kept for a client"
"""Where they are stored among the preferences; no preference has such a name."""

MOST_COOKIES = 500
LONGEST_VALUE = 4096  # characters
MOST_DATA = 1 << 18  # bytes, of everything that clients keep


class Cookie(Struct, frozen=True, kw_only=True, rename="camel"):
    """A cookie in app/cookies."""

    domain: str = ""
    expiration_date: int = 0  # epoch seconds; 0: with the session
    name: str = ""
    path: str = ""
    value: str = ""


async def cookies(request: web.Request, _: Form) -> web.Response:
    """app/cookies, for people."""
    only_people(request)
    return as_json(request.app[LIBRARY].preferences.get(KEPT_COOKIES, []))


async def set_cookies(request: web.Request, form: Form) -> web.Response:
    """app/setCookies, for people: they go along when an address of theirs is fetched."""
    only_people(request)
    form.need("cookies")
    given = _decoded(form.text("cookies"))
    if not isinstance(given, list):
        raise web.HTTPBadRequest(text="cookies must be array")
    try:
        kept = msgspec.convert(given[: MOST_COOKIES + 1], list[Cookie], strict=False)
    except msgspec.ValidationError as wrong:
        raise web.HTTPBadRequest(text=str(wrong)) from None
    texts = [text for cookie in kept for text in (cookie.domain, cookie.name, cookie.path, cookie.value)]
    if len(kept) > MOST_COOKIES or any(len(text) > LONGEST_VALUE for text in texts):
        raise web.HTTPBadRequest(text="too many cookies, or one that is too long")
    await request.app[LIBRARY].prefer({KEPT_COOKIES: msgspec.to_builtins(kept)})
    return plain()


def kept_cookies(request: web.Request) -> list[Cookie]:
    """The cookies that were set last."""
    return msgspec.convert(request.app[LIBRARY].preferences.get(KEPT_COOKIES, []), list[Cookie])


async def load(request: web.Request, form: Form) -> web.Response:
    """clientdata/load, for people: everything, or what is kept under the given keys."""
    only_people(request)
    data = _data(request)
    if "keys" not in form:
        return as_json(data)
    keys = _decoded(form.text("keys"))
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise web.HTTPBadRequest(text="`keys` must be an array of strings")
    return as_json({key: data[key] for key in keys if key in data})


async def store(request: web.Request, form: Form) -> web.Response:
    """clientdata/store, for people: merged by key, null forgets. 409 for more than MOST_DATA bytes."""
    only_people(request)
    form.need("data")
    given = _decoded(form.text("data"))
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="`data` must be a JSON object")
    data = {key: value for key, value in {**_data(request), **given}.items() if value is not None}
    if len(msgspec.json.encode(data)) > MOST_DATA:
        raise web.HTTPConflict(text=f"more than {MOST_DATA} bytes are not kept")
    await request.app[LIBRARY].prefer({KEPT_DATA: data})
    return plain()


def _data(request: web.Request) -> dict[str, Any]:
    data: dict[str, Any] = request.app[LIBRARY].preferences.get(KEPT_DATA, {})
    return data


def _decoded(text: str) -> Any:
    """Raises HTTPBadRequest for what is no JSON, or too much of it."""
    try:
        return msgspec.json.decode(text) if len(text) <= 2 * MOST_DATA else None
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise web.HTTPBadRequest(text=str(wrong)) from None
