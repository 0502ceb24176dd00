"""Credentials of people with a browser, of scripts with a token, of Arrs that tell us something."""

from __future__ import annotations

import math
from base64 import b64decode
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import Session
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from qbitproxy.accounts import Banned, TokenKind
from qbitproxy.core.caller import Caller, Scope
from qbitproxy.web.keys import ACCOUNTS, CALLER, CLOCK, HOOKS, SETTINGS
from qbitproxy.web.middlewares import URL_BASE, came_from, is_api, is_qbit
from qbitproxy.web.needs import Open, Own, need_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KIND = "web"
"""The kind of our sessions: a qBittorrent cookie opens nothing here."""


class SessionCookie(EncryptedCookieStorage):
    """The cookie `auth-session`: encrypted, and holding nothing but the id of a session kept here."""

    def __init__(self, key: bytes, path: str, life: timedelta) -> None:
        """`key` is 32 bytes, `life` what the cookie lives at most."""
        super().__init__(
            key,
            cookie_name="auth-session",
            path=path,
            max_age=int(life.total_seconds()),
            httponly=True,
            samesite="Lax",
        )

    async def load_session(self, request: web.Request) -> Session:
        """The session in the request's cookie, a new one when it holds none that is ours."""
        try:
            return await super().load_session(request)
        except UnicodeEncodeError:  # bytes outside UTF-8 in the Cookie header
            return await self.new_session()

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        """Set the cookie; one that was set over TLS is never sent without it."""
        await super().save_session(request, response, session)
        if request.secure:
            response.cookies[self.cookie_name]["secure"] = True


SESSION_COOKIE: web.AppKey[SessionCookie] = web.AppKey("session_cookie", SessionCookie)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets in whoever proved who they are; what is not public is closed."""
    if is_qbit(request):
        return await handler(request)
    _refuse_foreign(request)
    need = need_of(request, request.config_dict[URL_BASE])
    if need is Own.ARR:
        _refuse_stranger(request)
        return await handler(request)
    caller = await (_person(request) if isinstance(need, Open) else caller_of(request))
    if caller is not None:
        if isinstance(need, Scope) and not caller.scope.covers(need):
            raise web.HTTPForbidden(text=f"this needs the scope {need}, the token has {caller.scope}")
        request[CALLER] = caller
    elif need is not Open.ALWAYS and not request.config_dict[ACCOUNTS].exists:
        _lead_to_setup(request)
    elif isinstance(need, Scope):
        if request.method in SAFE_METHODS and not is_api(request):
            raise web.HTTPSeeOther(f"{request.config_dict[URL_BASE]}/login")
        raise web.HTTPUnauthorized(
            text="log in, or send the API token as Authorization: Bearer <token>",
            headers={"WWW-Authenticate": 'Bearer realm="qbitproxy"'},
        )
    return await handler(request)


async def caller_of(request: web.Request) -> Caller | None:
    """Who makes this request, as far as its credentials are good this moment. Raises HTTPTooManyRequests."""
    accounts, bearer = request.config_dict[ACCOUNTS], _bearer(request)
    if bearer is not None:
        try:
            return await accounts.by_token(bearer, request.remote or "", TokenKind.API)
        except Banned as banned:
            raise _too_many(request, banned) from None
    return await _person(request)


def _refuse_stranger(request: web.Request) -> None:
    """Refuse all but the Arr that the path names, with the password it was given for its webhook.

    The user name is of no interest. Neither a session nor a token stands for it.
    """
    arr, secret = request.match_info["name"], _basic_password(request)
    attempts, address = request.config_dict[ACCOUNTS].attempts, request.remote or ""
    if secret is not None:
        try:
            attempts.refuse_banned(address)
        except Banned as banned:
            raise _too_many(request, banned) from None
        if request.config_dict[HOOKS].proves(arr, secret):
            return
        attempts.failed(address, secret.decode("latin-1"))
    raise web.HTTPUnauthorized(
        text="this is for the Arr itself, with the password that was set up in its webhook",
        headers={"WWW-Authenticate": 'Basic realm="qbitproxy"'},
    )


def _too_many(request: web.Request, banned: Banned) -> web.HTTPTooManyRequests:
    wait = {"Retry-After": str(seconds_left(request, banned))}
    return web.HTTPTooManyRequests(text=str(banned), headers=wait)


def seconds_left(request: web.Request, banned: Banned) -> int:
    """How long this caller has to wait."""
    return math.ceil((banned.until - request.config_dict[CLOCK].now()).total_seconds())


async def _person(request: web.Request) -> Caller | None:
    """Who has a session; somebody on this machine while its owner has it unlocked."""
    accounts, sid = request.config_dict[ACCOUNTS], await _sid(request)
    caller = await accounts.session(sid, KIND) if sid else None
    return caller or await on_this_machine(request)


async def on_this_machine(request: web.Request) -> Caller | None:
    """Whoever needs no credentials, since the owner of the machine said so."""
    accounts = request.config_dict[ACCOUNTS]
    await accounts.look()
    if accounts.unlocked and came_from(request, request.config_dict[SETTINGS].server.unlocked_networks):
        return Caller(name="this machine")
    return None


def _lead_to_setup(request: web.Request) -> None:
    where = f"{request.config_dict[URL_BASE]}/setup"
    if request.method in SAFE_METHODS and not is_api(request):
        raise web.HTTPSeeOther(where)
    raise web.HTTPServiceUnavailable(text=f"nobody has set this up yet: open {where} in a browser")


async def open_session(request: web.Request, response: web.Response, caller: Caller) -> None:
    """Log `caller` in: the session is durable, `response` carries its cookie."""
    cookie = request.config_dict[SESSION_COOKIE]
    session = await cookie.new_session()  # never the one that was sent: somebody may have planted it
    session["sid"] = await request.config_dict[ACCOUNTS].open_session(caller, KIND, request.remote or "")
    await cookie.save_session(request, response, session)


async def close_session(request: web.Request, response: web.Response) -> None:
    """Log the browser out, so that a copy of its cookie is worth nothing either."""
    await request.config_dict[ACCOUNTS].close_session(await _sid(request))
    cookie = request.config_dict[SESSION_COOKIE]
    await cookie.save_session(request, response, await cookie.new_session())


def _refuse_foreign(request: web.Request) -> None:
    """Refuse what another site makes a browser send; only a browser adds these headers or a cookie."""
    if request.method in SAFE_METHODS or _bearer(request) is not None:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:  # over plain HTTP in a LAN a browser leaves Sec-Fetch-Site out
        foreign = origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()
    if foreign:
        raise web.HTTPForbidden(text="this request comes from another site")


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else None


def _basic_password(request: web.Request) -> bytes | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials.strip()).partition(b":")[2]
    except ValueError:
        return b""


async def session_id(request: web.Request) -> str:
    """By which id this request's own session is listed, "" when it has none."""
    return request.config_dict[ACCOUNTS].session_id(await _sid(request))


async def _sid(request: web.Request) -> str:
    session = await request.config_dict[SESSION_COOKIE].load_session(request)
    return str(session.get("sid", ""))
