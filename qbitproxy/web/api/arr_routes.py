"""`GET /api/arrs`: who uses us as a download client."""

from __future__ import annotations

from aiohttp import web

from qbitproxy.web.answers import answer
from qbitproxy.web.api.wire_add import arr_shape
from qbitproxy.web.keys import ROSTER


def add_routes(app: web.Application) -> None:
    """Mount `GET /api/arrs`."""
    app.router.add_get("/api/arrs", arrs)


async def arrs(request: web.Request) -> web.Response:
    """Every Arr, configured or learned, with its key hidden."""
    return answer([arr_shape(known) for known in request.app[ROSTER].all()])
