"""The settings: read without their secrets, changed as a whole or in part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from msgspec import Struct

from qbitproxy.settings import Problem, SettingsError
from qbitproxy.web.answers import Problem as Refusal
from qbitproxy.web.answers import answer, read_json
from qbitproxy.web.keys import ACCOUNTS, EDITING, SETTINGS, Editing

log = structlog.get_logger()

BOUND = ("host", "port")
"""What the listening socket was made with, so that only a restart changes it."""


class Applied(Struct, frozen=True, kw_only=True):
    """What came of a change."""

    status: str = "success"
    warnings: list[str]
    restart_needed: list[str]  # keys that a running daemon cannot change


def add_routes(app: web.Application) -> None:
    """Mount `/api/config`. POST is PATCH, as Decypharr's documentation has it."""
    app.router.add_get("/api/config", show)
    app.router.add_patch("/api/config", merge)
    app.router.add_post("/api/config", merge)
    app.router.add_put("/api/config", replace)


async def show(request: web.Request) -> web.Response:
    """The settings in force, with `***` for each secret that is set.

    Source: Decypharr v1.1.6 adds `auth_username`.
    """
    return answer(request.app[SETTINGS].redacted() | {"auth_username": request.app[ACCOUNTS].username})


async def merge(request: web.Request) -> web.Response:
    """Change what the body names; null is a key's default."""
    return await change(request, await _document(request))


async def replace(request: web.Request) -> web.Response:
    """Make the body the settings; what it does not name gets its default."""
    document = await _document(request)
    editing = _editing(request)
    return await _applied(
        request, editing, partial(editing.editor.replace, document, request.app[SETTINGS]), document
    )


async def change(request: web.Request, patch: dict[str, Any]) -> web.Response:
    """Lay `patch` over the settings, have them applied, say what came of it."""
    editing = _editing(request)
    return await _applied(
        request, editing, partial(editing.editor.merge, patch, request.app[SETTINGS]), patch
    )


async def _applied(
    request: web.Request, editing: Editing, save: Callable[[], list[Problem]], document: dict[str, Any]
) -> web.Response:
    try:
        async with editing.lock:
            warnings = await asyncio.to_thread(save)
    except SettingsError as wrong:
        detail = "\n".join(map(str, wrong.problems))
        return answer(Refusal("the settings do not fit", 400, detail), 400)
    except OSError as failure:
        return answer(Refusal("the settings cannot be written", 409, failure.strerror or ""), 409)
    log.info("settings_changed", keys=sorted(document))
    editing.reload()
    return answer(
        Applied(warnings=[str(warning) for warning in warnings], restart_needed=_bound(request, document))
    )


def _bound(request: web.Request, document: dict[str, Any]) -> list[str]:
    server, now = document.get("server"), request.app[SETTINGS].server
    if not isinstance(server, dict):
        return []
    return [f"server.{key}" for key in BOUND if key in server and server[key] != getattr(now, key)]


async def _document(request: web.Request) -> dict[str, Any]:
    document: dict[str, Any] = await read_json(request, dict[str, Any])
    document.pop("auth_username", None)
    return document


def _editing(request: web.Request) -> Editing:
    editing = request.app[EDITING]
    if editing is None:
        raise web.HTTPConflict(text="the settings of this daemon are not kept in a file")
    return editing
