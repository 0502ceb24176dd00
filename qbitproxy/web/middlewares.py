"""What happens around every request, whoever serves it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.typedefs import Handler, Middleware

from qbitproxy.web.answers import Problem, Refused, answer, shape_refusal
from qbitproxy.web.keys import SETTINGS
from qbitproxy.web.patience import Patience

URL_BASE: web.AppKey[str] = web.AppKey("url_base", str)
"""What stands before every path: "" or "/something"."""

UI_PATH: web.AppKey[str] = web.AppKey("ui_path", str)
"""Where a page made for qBittorrent is served below the URL base, "" for nowhere."""

LEAVING: web.AppKey[asyncio.Event] = web.AppKey("leaving", asyncio.Event)
"""Set once nobody should count on this connection any more."""

DOCS_PAGE = "/api/docs"
"""What below `/api` a person opens in a browser."""

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
REQUEST_ID_HEADER = "X-Request-ID"
"""The name of a request, in its answer as in the log."""

SMALL_BODY = 64 * 1024  # bytes: enough for every body that is not a source
ARR_BODY = 2**20  # bytes: enough for all that an Arr says of an album or a season with its files

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

QBIT_HEADERS = {"X-XSS-Protection": "1; mode=block"}
"""What the original says besides. Source: qBittorrent 4.6.7, webui/webapplication.cpp."""

log = structlog.get_logger()


def local_path(request: web.Request) -> str:
    """The path below the URL base."""
    return request.path.removeprefix(request.config_dict[URL_BASE])


def is_qbit(request: web.Request) -> bool:
    """Whether the qBittorrent face serves this: it has its own credentials, refusals and limits."""
    path, page = local_path(request), request.config_dict[UI_PATH]
    return path.startswith("/api/v2/") or (page != "" and f"{path}/".startswith(f"{page}/"))


def is_api(request: web.Request) -> bool:
    """Whether a program asked, so that refusals are JSON."""
    path = local_path(request)
    if path == DOCS_PAGE:
        return False
    return path.startswith(("/api/", "/webhooks/")) or request.content_type == "application/json"


FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""What gives a proxy away."""

THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def came_from(request: web.Request, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether whoever asks is certainly in one of `networks`, and meant us.

    Not through a proxy that nobody trusts, or that does not say for whom it asks; not by a name, which a page
    of another site may have pointed at us, unless it is one of ours.
    """
    server = request.config_dict[SETTINGS].server
    peer = request.transport.get_extra_info("peername") if request.transport else None
    sender = peer[0] if peer else ""
    if _is_within(sender, server.trusted_proxies):
        honest = request.remote != sender
    else:
        # nginx as it comes says nothing of its client, but speaks a version that no browser does
        honest = request.version >= HttpVersion11 and not any(name in request.headers for name in FORWARDED)
    ours = _is_ours(request.host, [name.lower() for name in server.names])
    return honest and ours and _is_within(request.remote, networks)


def arrival(trusted: Sequence[IPv4Network | IPv6Network], patience: Patience) -> Middleware:
    """Sees a request as a trusted proxy got it; refuses large bodies where no source is expected.

    A body that takes longer to arrive than `patience` has is 408 for whoever reads it.
    """

    @web.middleware
    async def arrive(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen = _as_sent(request, trusted) if _is_within(request.remote, trusted) else {}
        if not _may_be_large(request):
            seen["client_max_size"] = ARR_BODY if _is_of_an_arr(request) else SMALL_BODY
        transport, limit = request.transport, patience.patience.total_seconds()
        patience.understood(transport)
        slow = asyncio.get_running_loop().call_later(limit, _give_up, request.content)
        try:
            # one clone: a second one would forget what the first was told
            return await handler(request.clone(**seen) if seen else request)
        finally:
            slow.cancel()
            patience.answered(transport)

    return arrive


def names(allowed: Sequence[str]) -> Middleware:
    """Refuses requests for names that are not ours, by which a page of another site would reach us.

    Addresses cannot be such names, so they always pass; the port is not looked at, as it may be mapped.
    """
    patterns = [name.lower() for name in allowed]

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if patterns and not _is_ours(request.host, patterns):
            if is_qbit(request):
                return web.Response(text="Unauthorized", status=401)
            raise web.HTTPMisdirectedRequest(text="this name is not among server.names")
        return await handler(request)

    return check


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Names the request in its answer and in every log line; a failure shows a client nothing more."""
    request[REQUEST_ID] = request_id = secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        response = await _answered(request, handler)
        if 400 <= response.status < 500 and not is_qbit(request):
            log.debug("request_refused", method=request.method, path=request.path, status=response.status)
    if not response.prepared:
        response.headers[REQUEST_ID_HEADER] = request_id
    if isinstance(response, web.HTTPException):
        raise response
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What `handler` answers, or what is said of its failure."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if refused.status >= 400 and is_api(request) and not is_qbit(request):
            shape_refusal(refused)
        return refused
    except Refused as refused:
        return answer(refused.problem, refused.problem.status)
    except web.RequestPayloadError as broken:  # chunks or a compression that make no sense
        if is_qbit(request):
            return web.Response(text="the body cannot be read", status=400)
        return answer(Problem("the body cannot be read", 400, str(broken)), 400)
    except msgspec.DecodeError as wrong:  # ValidationError is one of them
        return answer(Problem("the request does not fit", 400, str(wrong)), 400)
    except Exception as failure:
        if isinstance(failure, ConnectionError) and request.transport is None:
            raise  # whoever asked has hung up
        log.exception("request_broke", method=request.method, path=request.path)
        if is_qbit(request):
            return web.Response(text="Internal Server Error", status=500)
        said = f"request {request[REQUEST_ID]} in the log"
        return answer(Problem("Internal Server Error", 500, said), 500)


async def secure_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers that keep a browser strict; the last one on a connection says so."""
    if request.config_dict[LEAVING].is_set():
        response.force_close()
        response.headers["Connection"] = "close"  # aiohttp 3.14 has looked at it by now
    for name, value in (HEADERS | QBIT_HEADERS if is_qbit(request) else HEADERS).items():
        response.headers.setdefault(name, value)
    if REQUEST_ID in request:
        response.headers.setdefault(REQUEST_ID_HEADER, request[REQUEST_ID])


def _give_up(body: StreamReader) -> None:
    if not body.is_eof():
        body.set_exception(web.HTTPRequestTimeout(text="the body took too long to arrive"))


def _may_be_large(request: web.Request) -> bool:
    """Whether a source may be in the body; nobody who has yet to log in sends one."""
    path = local_path(request)
    return path == "/api/add" or (is_qbit(request) and not path.endswith("/api/v2/auth/login"))


def _is_of_an_arr(request: web.Request) -> bool:
    """Whether a webhook of an Arr may be in the body; nobody else's is read."""
    path = local_path(request)
    return path.startswith("/api/arrs/") and path.endswith("/events")


def _is_within(address: str | None, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        ip = ip_address(address or "")
    except ValueError:
        return False
    ip = (ip.ipv4_mapped or ip) if ip.version == 6 else ip
    return any(ip in network for network in networks)


def _is_ours(host: str, patterns: Sequence[str]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return name in ("", "localhost") or _is_address(name) or any(fnmatchcase(name, p) for p in patterns)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _as_sent(request: web.Request, trusted: Sequence[IPv4Network | IPv6Network]) -> dict[str, Any]:
    """What a trusted proxy says of the client; of several addresses the last one that is no such proxy."""
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    strangers = [hop for hop in hops if hop and not _is_within(hop, trusted)]
    scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    host = request.headers.get("X-Forwarded-Host", "").rpartition(",")[2].strip()
    told: dict[str, Any] = {"remote": strangers[-1]} if strangers else {}
    if scheme in ("http", "https"):
        told["scheme"] = scheme
    if host:
        told["host"] = host
    return told
