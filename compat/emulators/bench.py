"""What every emulator stands on: a loopback server with a log, a clock, latency."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from compat.emulators.calls import Request, read_form, route_matches
from compat.emulators.faults import Fault, Kind, arranged, deliver, error_page

__all__ = ["FAULT", "Bench", "Clock", "Fault", "Kind", "ManualClock", "Progression", "Request", "SystemClock"]

Progression = Literal["immediate", "manual", "timed"]
LOGGED = web.RequestKey("logged", Request)
FAULT = web.RequestKey("fault", Fault)


class Clock(Protocol):
    """Seconds since the epoch."""

    def now(self) -> float: ...


class SystemClock:
    """The real time."""

    def now(self) -> float:
        return time.time()  # noqa: TID251  an emulator imports nothing of ours, not even our clock


@dataclass
class ManualClock:
    """A time that passes only when told to."""

    at: float = 1_784_376_000.0  # 2026-07-18T12:00:00Z

    def now(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


class Bench:
    """A server on 127.0.0.1 that runs inside `async with`.

    Subclasses add routes to `app` before it starts. `base` is what their paths begin with; a route in the
    log, in `fault` or in `calls` is written without it: "GET /torrents/info/{id}", "*" for any part.
    """

    base = ""
    idle_timeout = 75.0  # seconds after which an unused connection is closed

    def __init__(
        self,
        *,
        latency: float = 0.0,
        clock: Clock | None = None,
        port: int = 0,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        self.latency = latency  # seconds added to every call
        self.clock: Clock = clock or SystemClock()
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.app = web.Application(middlewares=[self._attend, *middlewares], client_max_size=64 << 20)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    @property
    def origin(self) -> str:
        """Scheme, host, port: "http://127.0.0.1:40123"."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Where clients are pointed at, with a slash at its end."""
        return f"{self.origin}{self.base}/"

    async def __aenter__(self) -> Self:
        runner = web.AppRunner(
            self.app,
            access_log=None,
            shutdown_timeout=1,
            max_line_size=1 << 20,
            keepalive_timeout=self.idle_timeout,
        )
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._port = runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._runner:
            await self._runner.cleanup()

    def fault(
        self,
        route: str = "*",
        *,
        kind: Kind = "answer",
        status: int = 500,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
        seconds: float = 0.0,
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault for `times` calls (None: all) once `after` others got through.

        Of two for the same call the earlier one strikes. `body` is bytes, str (sent as HTML) or anything JSON
        can hold; `seconds` is for "delay" and "drip".
        """
        fault = Fault(
            route=route,
            kind=kind,
            status=status,
            headers=headers or {},
            body=body,
            seconds=seconds,
            times=times,
            after=after,
            infohash=infohash,
        )
        self.faults.append(fault)
        return fault

    def calls(self, route: str = "*") -> int:
        """Count the calls of one route so far."""
        return sum(route_matches(route, request) for request in self.requests)

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        """Say which torrent a call is about, for faults that strike one infohash only."""
        return None

    def as_json(self, value: object) -> bytes:
        """Encode JSON the way the service does."""
        return json.dumps(value).encode()

    async def pause(self, seconds: float | None) -> None:
        """Wait so many seconds (None: for ever), at most until the emulator stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    @web.middleware
    async def _attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        logged = request[LOGGED] = await self._logged(request)
        if self.latency:
            await self.pause(self.latency)
        fault = self._fault_for(request, logged)
        instead = await self._instead(fault, request) if fault else None
        response = instead if instead is not None else await _answered(request, handler)
        logged.status = response.status
        if fault and fault.kind == "hang-after":
            await self.pause(None)
        return await deliver(request, response, fault, self.pause)

    async def _logged(self, request: web.Request) -> Request:
        resource = request.match_info.route.resource
        path = request.path.removeprefix(self.base)
        known = resource.canonical.removeprefix(self.base) if resource else path
        body = await request.read()
        fields, uploads = read_form(request.headers.get("Content-Type", ""), body)
        logged = Request(
            method=request.method,
            path=path,
            route=f"{request.method} {known}",
            query=dict(request.query),
            headers=request.headers.copy(),
            body=body,
            form=dict(fields),
            at=self.clock.now(),
            fields=fields,
            uploads=uploads,
        )
        self.requests.append(logged)
        return logged

    def _fault_for(self, request: web.Request, logged: Request) -> Fault | None:
        infohash = self.infohash_of(request, logged)
        for fault in self.faults:
            if fault.strikes(logged, infohash):
                request[FAULT] = fault
                return fault
        return None

    async def _instead(self, fault: Fault, request: web.Request) -> web.Response | None:
        """What a fault does before the emulator is asked; an answer means that it never is."""
        match fault.kind:
            case "answer":
                return arranged(fault, self.as_json)
            case "html":
                return error_page(fault)
            case "hang":
                await self.pause(None)
                return web.Response(status=504)
            case "drop":
                if request.transport is not None:
                    request.transport.close()
                return web.Response(status=504)
            case "delay":
                await self.pause(fault.seconds)
        return None


async def run_until_stopped(bench: Bench, **facts: str) -> None:
    """Serve until SIGINT or SIGTERM, having written "url=..." with the other facts to stdout, one a line."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with bench:
        for name, value in {"url": bench.url, **facts}.items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        await stopped.wait()


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return web.Response(status=refused.status, body=refused.body, headers=refused.headers)
