"""Who uses us as a download client: listed, added, changed, removed, tried."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.settings.peers import ArrSettings
from qbitproxy.web.api.config_routes import Applied, change
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.settings_schema import section_schema
from qbitproxy.web.api.wire_add import ArrShape, arr_shape
from qbitproxy.web.keys import INSIGHT, ROSTER, SETTINGS

SPELLINGS = {
    "host": "url",
    "token": "api_key",
    "type": "kind",
    "download_uncached": "uncached",
    "downloadUncached": "uncached",
}
"""What Decypharr v1.1.6 calls the settings of an Arr -> what we call them."""

TEXT, SWITCH = {"type": ["string", "null"]}, {"type": ["boolean", "null"]}
THEIRS: dict[str, dict[str, Any]] = {
    "host": TEXT,
    "token": TEXT,
    "type": TEXT,
    "selected_debrid": TEXT,
    "selectedDebrid": TEXT,
    "download_uncached": SWITCH,
    "downloadUncached": SWITCH,
}
"""What these names of Decypharr's stand for."""


class Reached(Struct, frozen=True):
    """What an Arr said of itself."""

    app: str
    version: str


async def arrs(request: web.Request) -> list[ArrShape]:
    """Every Arr, configured or learned, with its key hidden."""
    hooks = request.app[INSIGHT].hooks()
    return [arr_shape(known, hooks.get(known.name)) for known in request.app[ROSTER].all()]


async def add_arr(request: web.Request, body: dict[str, Any]) -> Applied:
    """Add an Arr under its `name`, with any of the settings that an Arr has."""
    name = body.pop("name", "")
    if not isinstance(name, str) or not name:
        raise web.HTTPBadRequest(text="name: write what the Arr is to be called")
    if name in request.app[SETTINGS].arrs:
        raise web.HTTPConflict(text=f"there is an Arr called {name} already: PATCH /api/arrs/{name}")
    return await change(request, {"arrs": {name: _settings(body)}})


async def change_arr(request: web.Request, body: dict[str, Any]) -> Applied:
    """Change the settings of an Arr that the body names; null is a setting's default."""
    return await change(request, {"arrs": {_configured(request): _settings(body)}})


async def remove_arr(request: web.Request) -> Applied:
    """Remove an Arr from the settings; its torrents stay."""
    return await change(request, {"arrs": {_configured(request): None}})


async def test_arr(request: web.Request) -> Reached:
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
    return Reached(status.app, status.version)


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


ROUTES = (
    Route(
        method="GET",
        path="/api/arrs",
        handler=arrs,
        scope="read",
        says="the Arrs, keys hidden; how their webhooks stand",
    ),
    Route(
        method="POST",
        path="/api/arrs",
        handler=add_arr,
        scope="admin",
        says="adds one: `name`, any of [its settings](settings.md), or Decypharr's `host`, `token`, `type`",
        errors=(409,),
        body_schema=section_schema(ArrSettings, "name", name={"type": "string", "minLength": 1}, **THEIRS),
    ),
    Route(
        method="PATCH",
        path="/api/arrs/{name}",
        handler=change_arr,
        scope="admin",
        says="changes what the body names",
        body_schema=section_schema(ArrSettings, **THEIRS),
        errors=(404, 409),
    ),
    Route(
        method="DELETE",
        path="/api/arrs/{name}",
        handler=remove_arr,
        scope="admin",
        says="removes it from the settings; its torrents stay",
        errors=(404, 409),
    ),
    Route(
        method="POST",
        path="/api/arrs/{name}/test",
        handler=test_arr,
        scope="admin",
        says="asks it what it is: `app`, `version`; 502 tells why it does not answer",
        errors=(404, 409, 502),
    ),
)
