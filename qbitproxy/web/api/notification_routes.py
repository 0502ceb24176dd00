"""Who is told of what, with a way to try it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.notices import Kind
from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import SETTINGS, TEST_TARGET


class Target(Struct, frozen=True, kw_only=True):
    """One target; its URL is a secret."""

    name: str
    events: Sequence[Kind]
    every: float  # seconds between two messages at least


class Sent(Struct, frozen=True):
    """A test that was taken."""

    sent: bool = True


async def targets(request: web.Request) -> list[Target]:
    """Every target of the settings."""
    found = request.app[SETTINGS].notifications
    return [
        Target(name=name, events=target.events, every=target.every.total_seconds())
        for name, target in found.items()
    ]


async def test(request: web.Request) -> Sent:
    """Send a test to one target; 502 tells why it was not taken."""
    name = request.match_info["name"]
    if name not in request.app[SETTINGS].notifications:
        raise web.HTTPNotFound(text=f"there is no target {name} in the settings")
    try:
        await request.app[TEST_TARGET](name)
    except Fault as fault:
        raise web.HTTPBadGateway(text=fault.detail) from None
    return Sent()


ROUTES = (
    Route(
        method="GET",
        path="/api/notifications",
        handler=targets,
        scope="read",
        says="each target's `name`, `events`, `every` in seconds; never its URL",
    ),
    Route(
        method="POST",
        path="/api/notifications/{name}/test",
        handler=test,
        scope="admin",
        says="sends a test at once; 502 tells why it was not taken",
        errors=(404, 502),
    ),
)
