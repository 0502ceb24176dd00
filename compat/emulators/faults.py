"""Faults on demand: which calls they strike, what then reaches the client."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from compat.emulators.calls import Request, route_matches

Kind = Literal[
    "answer",  # status, headers, body as given; the emulator does nothing
    "html",  # a gateway's error page with that status; the emulator does nothing
    "hang",  # never an answer; the emulator does nothing
    "drop",  # the connection is closed without an answer; the emulator does nothing
    "hang-after",  # the emulator does what it was asked, the answer never comes
    "delay",  # `seconds` late, then as always
    "half",  # done, then half of the body under a Content-Length that fits
    "short",  # done, then half of the body under the whole Content-Length, closed in order
    "reset",  # done, then half of the body, then a connection reset
    "drip",  # done, the body in small parts, `seconds` apart
    "gzip",  # done, the body announced as the gzip that it is not
    "hollow",  # done, status and headers as always, no body
    "unranged",  # answered as if no Range had been asked for; left to the emulator
]
Pause = Callable[[float], Awaitable[None]]
MANGLED = ("half", "short", "reset", "drip", "gzip", "hollow")
NO_LINGER = struct.pack("ii", 1, 0)  # closing then sends a reset


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with which calls: `times` of them (None: all), once `after` others got through."""

    route: str
    kind: Kind
    status: int
    headers: Mapping[str, str]
    body: object
    seconds: float
    times: int | None
    after: int
    infohash: str | None  # None: any
    fired: int = 0
    spared: int = 0

    def lift(self) -> None:
        """Let every call through from now on."""
        self.times = 0

    def strikes(self, request: Request, infohash: str | None) -> bool:
        """Say whether this call is struck; it counts either way."""
        if not route_matches(self.route, request) or (self.infohash and self.infohash != infohash):
            return False
        if self.spared < self.after:
            self.spared += 1
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.fired += 1
        return True


class Streamed(web.Response):
    """An answer of `length` bytes whose body is made while it is sent; `sent` is called when that is over."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        length: int,
        *,
        status: int,
        headers: Mapping[str, str],
        sent: Callable[[], None],
    ) -> None:
        super().__init__(status=status, headers=headers)
        self.chunks, self.length, self.sent = chunks, length, sent


def error_page(fault: Fault) -> web.Response:
    """What a gateway in front of the service answers."""
    page = f"<!DOCTYPE html><html><head><title>{fault.status}</title></head><body></body></html>"
    return web.Response(status=fault.status, text=page, content_type="text/html", headers=fault.headers)


def arranged(fault: Fault, as_json: Callable[[object], bytes]) -> web.Response:
    """The answer that a test wrote down itself."""
    body, content_type = fault.body, "application/json"
    if isinstance(body, str):
        body, content_type = body.encode(), "text/html"
    elif not isinstance(body, bytes):
        body = as_json(body)
    if not body:
        return web.Response(status=fault.status, headers=fault.headers)
    return web.Response(status=fault.status, body=body, content_type=content_type, headers=fault.headers)


async def deliver(
    request: web.Request,
    response: web.StreamResponse,
    fault: Fault | None,
    pause: Pause,
) -> web.StreamResponse:
    """Send an answer, whole or as badly as the fault wants it."""
    kind = fault.kind if fault else "answer"
    if not isinstance(response, web.Response) or not (kind in MANGLED or isinstance(response, Streamed)):
        return response
    try:
        return await _sent(request, response, fault, pause)
    finally:
        if isinstance(response, Streamed):
            response.sent()


async def _sent(
    request: web.Request, response: web.Response, fault: Fault | None, pause: Pause
) -> web.StreamResponse:
    kind = fault.kind if fault else "answer"
    chunks, length = _body_of(response)
    sent = {"hollow": 0, "half": length // 2, "short": length // 2, "reset": length // 2}.get(kind, length)
    out = web.StreamResponse(status=response.status, headers=response.headers)
    out.content_length = sent if kind in ("half", "hollow") else length
    if kind == "gzip":
        out.headers["Content-Encoding"] = "gzip"
    await out.prepare(request)
    with suppress(ConnectionError):
        async for part in _parts([] if request.method == "HEAD" else _first(chunks, sent), fault, pause):
            await out.write(part)
    if kind in ("short", "reset"):
        _break_off(request, reset=kind == "reset")
    return out


def _body_of(response: web.Response) -> tuple[Iterable[bytes], int]:
    if isinstance(response, Streamed):
        return response.chunks, response.length
    body = response.body if isinstance(response.body, bytes) else b""
    return [body], len(body)


def _first(chunks: Iterable[bytes], wanted: int) -> Iterator[bytes]:
    for chunk in chunks:
        if wanted <= 0:
            return
        yield chunk[:wanted]
        wanted -= len(chunk)


async def _parts(chunks: Iterable[bytes], fault: Fault | None, pause: Pause) -> AsyncIterator[bytes]:
    for chunk in chunks:
        if not fault or fault.kind != "drip":
            yield chunk
            continue
        step = max(1, len(chunk) // 8)
        for at in range(0, len(chunk), step):
            yield chunk[at : at + step]
            await pause(fault.seconds)


def _break_off(request: web.Request, *, reset: bool) -> None:
    transport = request.transport
    if transport is None:
        return
    if reset:
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        transport.abort()
    else:
        transport.close()
