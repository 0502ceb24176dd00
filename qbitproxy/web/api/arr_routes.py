"""Who uses us as a download client: listed, added, changed, removed, tried."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.web.answers import answer, read_json
from qbitproxy.web.api.config_routes import change
from qbitproxy.web.api.wire_add import arr_shape
from qbitproxy.web.keys import ROSTER, SETTINGS

SPELLINGS = {
    "host": "url",
    "token": "api_key",
    "type": "kind",
    "download_uncached": "uncached",
    "downloadUncached": "uncached",
}
"""What Decypharr v1.1.6 calls the settings of an Arr -> what we call them."""


class Reached(Struct, frozen=True):
    """What an Arr said of itself."""

    app: str
    version: str


def add_routes(app: web.Application) -> None:
    """Mount everything below `/api/arrs`."""
    app.router.add_get("/api/arrs", arrs)
    app.router.add_post("/api/arrs", add_arr)
    app.router.add_patch("/api/arrs/{name}", change_arr)
    app.router.add_delete("/api/arrs/{name}", remove_arr)
    app.router.add_post("/api/arrs/{name}/test", test_arr)


async def arrs(request: web.Request) -> web.Response:
    """Every Arr, configured or learned, with its key hidden."""
    return answer([arr_shape(known) for known in request.app[ROSTER].all()])


async def add_arr(request: web.Request) -> web.Response:
    """Add an Arr under its `name`, with any of the settings that an Arr has."""
    asked: dict[str, Any] = await read_json(request, dict[str, Any])
    name = asked.pop("name", "")
    if not isinstance(name, str) or not name:
        raise web.HTTPBadRequest(text="name: write what the Arr is to be called")
    if name in request.app[SETTINGS].arrs:
        raise web.HTTPConflict(text=f"there is an Arr called {name} already: PATCH /api/arrs/{name}")
    return await change(request, {"arrs": {name: _settings(asked)}})


async def change_arr(request: web.Request) -> web.Response:
    """Change the settings of an Arr that the body names; null is a setting's default."""
    name = _configured(request)
    return await change(request, {"arrs": {name: _settings(await read_json(request, dict[str, Any]))}})


async def remove_arr(request: web.Request) -> web.Response:
    """Remove an Arr from the settings; its torrents stay."""
    return await change(request, {"arrs": {_configured(request): None}})


async def test_arr(request: web.Request) -> web.Response:
    """Ask an Arr what it is; 502 tells why it does not answer as it should."""
    known = request.app[ROSTER].named(request.match_info["name"])
    if known is None:
        raise web.HTTPNotFound(text=f"there is no Arr called {request.match_info['name']}")
    if known.arr is None:
        raise web.HTTPConflict(text=f"the settings do not say where {known.name} is: set its url")
    try:
        status = await known.arr.ping()
    except Fault as fault:
        raise web.HTTPBadGateway(text=fault.detail) from None
    return answer(Reached(status.app, status.version))


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    """The settings that `asked` spells in our words or in Decypharr's."""
    settings = {SPELLINGS.get(name, name): value for name, value in asked.items()}
    for name in ("selected_debrid", "selectedDebrid"):
        if name in settings:
            chosen = settings.pop(name)
            settings["providers"] = [chosen] if chosen else []
    return settings


def _configured(request: web.Request) -> str:
    name = request.match_info["name"]
    if name not in request.app[SETTINGS].arrs:
        raise web.HTTPNotFound(text=f"there is no Arr called {name} in the settings")
    return name
