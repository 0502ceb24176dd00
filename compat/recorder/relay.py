"""A proxy on loopback that stands between a client and a service, to hear both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from compat.recorder.exchange import Exchange

LARGEST = 64 * 2**20  # bytes
PATIENCE = aiohttp.ClientTimeout(total=120)
OURS = frozenset({
    "connection", "content-encoding", "content-length", "date", "host", "keep-alive",
    "proxy-authenticate", "proxy-authorization", "server", "te", "trailer", "transfer-encoding",
    "upgrade", "accept-encoding",
})  # fmt: skip
"""Headers that belong to one connection, or that are made anew for the next."""


class Hearer(Protocol):
    """Whoever wants to know."""

    case: str  # what is being found out

    def heard(self, exchange: Exchange) -> None:
        """Take over a call with its answer."""


class Relay:
    """`async with Relay(base_url, hearer) as relay:` serves at `relay.url` what is at `base_url`."""

    def __init__(self, base_url: str, hearer: Hearer, session: aiohttp.ClientSession) -> None:
        self._base, self._hearer, self._session = URL(base_url), hearer, session
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self._base.raw_path}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        sent = await request.read()
        try:
            answer = await self._answer(request, sent)
        except (aiohttp.ClientError, TimeoutError):
            self._hear(request, sent, None)
            if request.transport is not None:  # no answer came, so none is given
                request.transport.abort()
            return web.Response(status=502)
        self._hear(request, sent, answer)
        return answer

    async def _answer(self, request: web.Request, sent: bytes) -> web.Response:
        # Some answer HEAD with a body, as qBittorrent 4.5.2 does, after which nothing can be read any more.
        method = "GET" if request.method == "HEAD" else request.method
        async with self._session.request(
            method,
            self._base.origin().join(request.rel_url),
            headers=_passed(request.headers),
            data=sent or None,
            allow_redirects=False,
            timeout=PATIENCE,
        ) as response:
            headers = _passed(response.headers)
            if "Location" in headers:  # the client's way goes on through here
                headers["Location"] = headers["Location"].removeprefix(str(self._base.origin()))
            return web.Response(status=response.status, headers=headers, body=await response.read())

    def _hear(self, request: web.Request, sent: bytes, answer: web.Response | None) -> None:
        exchange = Exchange(
            case=self._hearer.case,
            method=request.method,
            path=request.path,
            query=list(request.query.items()),
            sent_type=request.headers.get("Content-Type", ""),
            sent=sent,
        )
        if answer is not None:
            body = answer.body if isinstance(answer.body, bytes) else b""
            exchange = replace(exchange, status=answer.status, headers=answer.headers, body=body)
        self._hearer.heard(exchange)


def _passed(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers that go on."""
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in OURS)
