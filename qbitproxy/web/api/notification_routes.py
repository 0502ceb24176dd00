"""Who is told of what, with a way to try it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.notices import Kind
from qbitproxy.web.answers import answer
from qbitproxy.web.keys import SETTINGS, TEST_TARGET


class Target(Struct, frozen=True, kw_only=True):
    """One target; its URL is a secret."""

    name: str
    events: Sequence[Kind]
    every: float  # seconds between two messages at least


def add_routes(app: web.Application) -> None:
    """Mount everything below `/api/notifications`."""
    app.router.add_get("/api/notifications", targets)
    app.router.add_post("/api/notifications/{name}/test", test)


async def targets(request: web.Request) -> web.Response:
    """Every target of the settings."""
    found = request.app[SETTINGS].notifications
    return answer(
        [
            Target(name=name, events=target.events, every=target.every.total_seconds())
            for name, target in found.items()
        ]
    )


async def test(request: web.Request) -> web.Response:
    """Send a test to one target; 502 tells why it was not taken."""
    name = request.match_info["name"]
    if name not in request.app[SETTINGS].notifications:
        raise web.HTTPNotFound(text=f"there is no target {name} in the settings")
    try:
        await request.app[TEST_TARGET](name)
    except Fault as fault:
        raise web.HTTPBadGateway(text=fault.detail) from None
    return answer({"sent": True})
