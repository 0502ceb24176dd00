"""A service of no particular kind to call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from compat.emulators.bench import Bench
from qbitproxy.core.calls import Http, HttpSpec
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Busy, Fault, Missing, Reason, Refusal, Unreachable
from qbitproxy.http import connect
from qbitproxy.settings import Secret
from tests.support import ManualClock

KEY = "not-a-real-key"


class Desk(Bench):
    """Echoes what it is asked below /base."""

    base = "/base"

    def __init__(self) -> None:
        super().__init__()
        self.app.router.add_route("*", "/base/echo", self._echo)
        self.app.router.add_route("*", "/base/nothing", self._nothing)
        self.app.router.add_get("/base/counted", self._counted)

    async def _echo(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "method": request.method,
                "query": [list(pair) for pair in request.query.items()],
                "type": request.headers.get("Content-Type", ""),
                "body": (await request.read()).decode("latin-1"),
                "unknown": {"to": "us"},
            }
        )

    async def _nothing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _counted(self, request: web.Request) -> web.Response:
        return web.json_response([1, 2], headers={"X-Total-Count": "2"})


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    match status:
        case 503 if b"traffic" in body:
            return Busy(owner, "traffic used up")
        case 404:
            return Missing(owner, "not there")
        case 451:
            return Refusal(owner, "filtered", reason=Reason.FILTERED_BY_PROVIDER)
    return Unreachable(owner, f"HTTP {status}", retry_after=retry_after)


def a_spec(**changes: Any) -> HttpSpec:
    given: dict[str, Any] = {"name": "desk", "base_url": "", "authorize": _authorize, "fault": fault}
    return HttpSpec(**(given | changes))


def _authorize(key: str) -> Mapping[str, str]:
    return {"X-Key": key}


@asynccontextmanager
async def a_desk(clock: Clock | None = None, **changes: Any) -> AsyncIterator[tuple[Desk, Http]]:
    """A running desk with somebody connected to it."""
    async with Desk() as desk, aiohttp.ClientSession() as session:
        yield (
            desk,
            connect(a_spec(**changes), "front", desk.url, Secret(KEY), session, clock or ManualClock()),
        )
