"""The settings: read without their secrets, changed as a whole or in part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from aiohttp import web
from msgspec import Struct

from qbitproxy.settings import Problem, Settings, SettingsError
from qbitproxy.web.answers import Refused
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.settings_schema import section_schema
from qbitproxy.web.keys import ACCOUNTS, EDITING, SETTINGS, Editing

log = structlog.get_logger()

BOUND = ("host", "port")
"""What the listening socket was made with, so that only a restart changes it."""


SHOWN = section_schema(Settings, auth_username={"type": "string"})
"""The name of the account is shown; sent back, it changes nothing."""


class Applied(Struct, frozen=True, kw_only=True):
    """What came of a change."""

    status: str = "success"
    warnings: list[str]
    restart_needed: list[str]  # keys that a running daemon cannot change


async def show(request: web.Request) -> dict[str, Any]:
    """The settings in force, with `***` for each secret that is set.

    Source: Decypharr v1.1.6 adds `auth_username`.
    """
    return request.app[SETTINGS].redacted() | {"auth_username": request.app[ACCOUNTS].username}


async def merge(request: web.Request, body: dict[str, Any]) -> Applied:
    """Change what the body names; null is a key's default."""
    return await change(request, _document(body))


async def replace(request: web.Request, body: dict[str, Any]) -> Applied:
    """Make the body the settings; what it does not name gets its default."""
    document = _document(body)
    editing = _editing(request)
    return await _applied(
        request, editing, partial(editing.editor.replace, document, request.app[SETTINGS]), document
    )


async def change(request: web.Request, patch: dict[str, Any]) -> Applied:
    """Lay `patch` over the settings, have them applied, say what came of it."""
    editing = _editing(request)
    return await _applied(
        request, editing, partial(editing.editor.merge, patch, request.app[SETTINGS]), patch
    )


async def _applied(
    request: web.Request, editing: Editing, save: Callable[[], list[Problem]], document: dict[str, Any]
) -> Applied:
    try:
        async with editing.lock:
            warnings = await asyncio.to_thread(save)
    except SettingsError as wrong:
        raise Refused("the settings do not fit", 400, "\n".join(map(str, wrong.problems))) from None
    except OSError as failure:
        raise Refused("the settings cannot be written", 409, failure.strerror or "") from None
    log.info("settings_changed", keys=sorted(document))
    editing.reload()
    return Applied(warnings=[str(warning) for warning in warnings], restart_needed=_bound(request, document))


def _bound(request: web.Request, document: dict[str, Any]) -> list[str]:
    server, now = document.get("server"), request.app[SETTINGS].server
    if not isinstance(server, dict):
        return []
    return [f"server.{key}" for key in BOUND if key in server and server[key] != getattr(now, key)]


def _document(body: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(body.get("auth_username", ""), str):
        raise msgspec.ValidationError("Expected `str` - at `$.auth_username`")
    return {name: value for name, value in body.items() if name != "auth_username"}


def _editing(request: web.Request) -> Editing:
    editing = request.app[EDITING]
    if editing is None:
        raise web.HTTPConflict(text="the settings of this daemon are not kept in a file")
    return editing


ROUTES = (
    Route(
        method="GET",
        path="/api/config",
        handler=show,
        scope="read",
        says="the settings in force, `***` for every secret that is set",
        content_schema=SHOWN,
    ),
    Route(
        method="PATCH",
        path="/api/config",
        handler=merge,
        scope="admin",
        body_schema=SHOWN,
        says="changes what the body names (null: the default)",
        errors=(409,),
    ),
    Route(
        method="POST",
        path="/api/config",
        handler=merge,
        scope="admin",
        says="the same",
        body_schema=SHOWN,
        errors=(409,),
    ),
    Route(
        method="PUT",
        path="/api/config",
        handler=replace,
        scope="admin",
        says="replaces everything; what the body does not name gets its default",
        body_schema=SHOWN,
        errors=(409,),
    ),
)
"""POST is PATCH, as Decypharr's documentation has it."""
