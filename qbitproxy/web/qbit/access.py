"""Who calls the qBittorrent Web API: by session cookie, HTTP Basic or API token."""

from __future__ import annotations

import asyncio
import binascii
import hashlib
from base64 import b64decode
from datetime import timedelta
from email.utils import formatdate
from itertools import islice
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct, field

from qbitproxy.accounts import KEY_PREFIX, Banned, TokenKind
from qbitproxy.core.caller import Caller, Scope
from qbitproxy.core.clock import Clock
from qbitproxy.roster import KnownArr
from qbitproxy.web.auth import on_this_machine
from qbitproxy.web.keys import ACCOUNTS, CALLER, CLOCK, ROSTER, SETTINGS
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.profile import profile_of

COOKIES = ("SID", "QBT_SID_")
"""What the names of session cookies start with in every release."""

BAN_TEXT = "Your IP address has been banned after too many failed authentication attempts."
"""Source: qBittorrent 4.6.7, webui/api/authcontroller.cpp loginAction."""

SCOPES = {
    "auth/logout": Scope.READ,
    "torrents/add": Scope.ADD,
    "torrents/fetchMetadata": Scope.ADD,
    "torrents/parseMetadata": Scope.ADD,
}
"""What needs less than `admin` though it is answered to POST alone."""

REMEMBERED = timedelta(seconds=30)
MOST_VERDICTS = 256
MOST_TOKENS = 16
"""Session cookies of one request that are looked at."""


class _Verdict(Struct):
    """What was found of one Basic header; whoever comes meanwhile waits for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    caller: Caller | None = None
    epoch: int = -1
    until: float = 0  # monotonic seconds


class Verdicts:
    """Remembers Basic headers for a short while, so that a poll does not cost a password check each time.

    A wrong header is remembered as well: one mistake repeated by a poll counts once towards the ban.
    """

    def __init__(self) -> None:
        self._by_header: dict[bytes, _Verdict] = {}

    async def caller(self, request: web.Request, header: str) -> Caller | None:
        """Who `header` proves the caller to be."""
        verdict = self._verdict(header, request.app[CLOCK])
        async with verdict.lock:
            clock, accounts = request.app[CLOCK], request.app[ACCOUNTS]
            if clock.monotonic() >= verdict.until or verdict.epoch != accounts.epoch:
                if accounts.attempts.banned(_address(request)):
                    return None
                verdict.caller = await _prove_basic(request, header)
                verdict.epoch = accounts.epoch
                verdict.until = clock.monotonic() + REMEMBERED.total_seconds()
            return verdict.caller

    def _verdict(self, header: str, clock: Clock) -> _Verdict:
        known = self._by_header
        if len(known) >= MOST_VERDICTS:
            now = clock.monotonic()
            for key in [key for key, verdict in known.items() if verdict.until <= now] or list(known)[:1]:
                del known[key]
        key = hashlib.sha256(header.encode("utf-8", "surrogateescape")).digest()
        return known.setdefault(key, _Verdict())


RENEWED: web.RequestKey[str] = web.RequestKey("renewed", str)
"""The token of a session whose idle life began anew with this request."""

VERDICTS: web.AppKey[Verdicts] = web.AppKey("verdicts", Verdicts)


def is_foreign(request: web.Request) -> bool:
    """Whether a page of another site makes a browser send this.

    Source: qBittorrent 5.3.0, WebApplication::isCrossSiteRequest: Origin first, else Referer, against Host,
    else Sec-Fetch-Site; the scheme is not compared, absent headers pass.
    """
    headers = request.headers
    if headers.get("Authorization", "").lower().startswith("bearer "):
        return False
    source = headers.get("Origin", headers.get("Referer"))
    if source is None:
        return headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    return not _same_host(source, request.host)


async def identify(request: web.Request) -> Caller | None:
    """Who makes this request; None without good credentials."""
    accounts = request.app[ACCOUNTS]
    await accounts.look()
    caller = await _session(request)
    if caller is not None:
        return caller
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            try:
                return await accounts.by_token(token.strip(), _address(request), *TokenKind)
            except Banned:
                return None
        case "basic":
            return await request.app[VERDICTS].caller(request, request.headers["Authorization"])
        case _:
            return await on_this_machine(request)


def only_within_scope(caller: Caller, action: str, changes: bool) -> None:
    """Raise HTTPForbidden for a token that may not do this."""
    needed = SCOPES.get(action, Scope.ADMIN if changes else Scope.READ)
    if not caller.scope.covers(needed):
        raise web.HTTPForbidden(text="Forbidden")


def client(request: web.Request) -> bytes:
    """Tells one client from another: a digest of its session or other credentials, program and address."""
    named = (request.headers.get(name, "") for name in ("Authorization", "User-Agent"))
    told = (*_tokens(request), *named, _address(request))
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).digest()


def is_person(caller: Caller) -> bool:
    """Whether a person logged in, other than an Arr or a program with a token."""
    return not caller.arr and not caller.token


def only_people(request: web.Request) -> None:
    """Raise HTTPForbidden unless a person logged in."""
    if not is_person(request[CALLER]):
        raise web.HTTPForbidden(text="Forbidden")


def no_arr(request: web.Request) -> None:
    """Raise HTTPForbidden for an Arr, which has no say in what concerns everybody."""
    if request[CALLER].arr:
        raise web.HTTPForbidden(text="Forbidden")


def has_key(request: web.Request) -> bool:
    """Whether an API key of qBittorrent 5.2 and later is sent, good or not."""
    return request.headers.get("Authorization", "").lower().startswith(f"bearer {KEY_PREFIX}")


def has_basic(request: web.Request) -> bool:
    """Whether HTTP Basic was tried."""
    return request.headers.get("Authorization", "").lower().startswith("basic ")


async def login(request: web.Request, form: Form) -> web.Response:
    """auth/login: the profile's welcome, always with the cookie, its refusal, or 403 while banned.

    A live session needs no proof, as in the original; an Arr it does not belong to gets its own, because
    .NET shares a cookie between every client of a host.
    Source: qBittorrent 4.6.7, AuthController::loginAction; .NET CookieContainer ignores ports.
    """
    username, password = form.text("username"), form.text("password")
    known = request.app[ROSTER].recognise(username, password) if _is_url(username) else None
    token, holder = await _live_session(request)
    if holder is not None and (known is None or known.name == holder.arr):
        return _welcome(request, token)
    accounts, address = request.app[ACCOUNTS], _address(request)
    if accounts.attempts.banned(address):
        return plain(BAN_TEXT, 403)
    try:
        caller = await _prove(request, username, password)
    except Banned:
        return plain(BAN_TEXT, 403)
    if caller is None:
        status, text = profile_of(request).refusal
        return plain(text, status)
    return _welcome(request, await accounts.open_session(caller, address=address))


async def logout(request: web.Request, _: Form) -> web.Response:
    """auth/logout: ends every session that the request carries."""
    for token in _tokens(request):
        await request.app[ACCOUNTS].close_session(token)
    response = plain()
    response.headers.add(
        "Set-Cookie", f"{_cookie_name(request)}=; expires={formatdate(0, usegmt=True)}; path=/"
    )
    return response


def renew_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Send a cookie that expires again, once its session lives longer than it says."""
    if RENEWED in request and profile_of(request).cookie_expires and "Set-Cookie" not in response.headers:
        _set_cookie(request, response, request[RENEWED])


async def _session(request: web.Request) -> Caller | None:
    _, caller = await _live_session(request)
    return caller


async def _live_session(request: web.Request) -> tuple[str, Caller | None]:
    accounts = request.app[ACCOUNTS]
    for token in _tokens(request):
        before = accounts.renewed_at(token)
        caller = _as_of_now(request, await accounts.session(token))
        if caller is not None:
            if accounts.renewed_at(token) != before:
                request[RENEWED] = token
            return token, caller
    return "", None


def _as_of_now(request: web.Request, holder: Caller | None) -> Caller | None:
    """Who holds a session, as the settings are today.

    An Arr that is known no more, because a learned one is forgotten when we stop, has to prove itself again.
    """
    if holder is None or not holder.arr:
        return holder
    known = request.app[ROSTER].named(holder.arr)
    return _as_caller(known) if known is not None else None


def _tokens(request: web.Request) -> list[str]:
    """Session cookies by our name or by that of qBittorrent 5.2, quoted or not."""
    pairs = (pair.strip().partition("=") for pair in request.headers.get("Cookie", "").split(";"))
    ours = (value for name, _, value in pairs if name.startswith(COOKIES))
    return [value.strip('"') for value in islice(filter(None, ours), MOST_TOKENS)]


def _welcome(request: web.Request, token: str) -> web.Response:
    status, text = profile_of(request).welcome
    response = plain(text, status) if text else web.Response(status=status)
    _set_cookie(request, response, token)
    return response


def _set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    profile = profile_of(request)
    cookie = f"{_cookie_name(request)}={token}; {profile.cookie_manners}"
    if profile.cookie_expires:
        life = request.app[SETTINGS].server.session_idle.total_seconds()
        cookie += f"; expires={formatdate(request.app[CLOCK].now().timestamp() + life, usegmt=True)}"
    response.headers.add("Set-Cookie", f"{cookie}; Secure" if request.secure else cookie)


def _cookie_name(request: web.Request) -> str:
    return profile_of(request).cookie.format(port=request.app[SETTINGS].server.port)


async def _prove_basic(request: web.Request, header: str) -> Caller | None:
    try:
        raw = b64decode(header.partition(" ")[2].strip().encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:  # every Arr encodes as ISO-8859-1
        text = raw.decode("iso-8859-1")
    username, _, password = text.rpartition(":") if _is_url(text) else text.partition(":")
    try:
        return await _prove(request, username, password)
    except Banned:
        return None


async def _prove(request: web.Request, username: str, password: str) -> Caller | None:
    """Who has these credentials: an Arr by its URL and API key, else the account. Raises Banned."""
    accounts, roster, address = request.app[ACCOUNTS], request.app[ROSTER], _address(request)
    if _is_url(username):
        known = roster.recognise(username, password) or await roster.learn(username, password, address)
        if known is not None:
            accounts.attempts.succeeded(address)
            return _as_caller(known)
    elif username and password:
        return await accounts.login(username, password, address)
    accounts.attempts.failed(address)
    return None


def _as_caller(known: KnownArr) -> Caller:
    return Caller(name=known.name, arr=known.name, category=known.category)


def _is_url(username: str) -> bool:
    return username.lower().startswith(("http://", "https://"))


def _address(request: web.Request) -> str:
    return request.remote or ""


def _same_host(source: str, host: str) -> bool:
    try:
        theirs, ours = urlsplit(source), urlsplit(f"//{host}")
        default = 443 if theirs.scheme == "https" else 80
        return (theirs.hostname, theirs.port or default) == (ours.hostname, ours.port or default)
    except ValueError:
        return False
