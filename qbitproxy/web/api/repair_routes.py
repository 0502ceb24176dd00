"""Repair as Decypharr documents it: the routes with their shapes; nothing is repaired yet.

Source: Decypharr v1.1.6 (2025-10-27), pkg/web/api.go, pkg/repair/repair.go, and its documentation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from msgspec import Meta, Struct, field

from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import ROSTER

NOT_YET = "repair is not there yet"
Short = Annotated[str, Meta(max_length=2048)]


class RepairRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is to be looked at."""

    arr: Short = ""  # "" for every Arr
    arr_name: Short = ""  # the same
    media_ids: list[str] | None = None
    auto_process: bool = False
    is_async: bool = field(default=False, name="async")


class JobIds(Struct, frozen=True, forbid_unknown_fields=True):
    """Which jobs are to be forgotten."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class BrokenFile(Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of a library that cannot be played."""

    name: str
    path: str
    id: int  # of the series or film
    show_id: int
    file_id: int
    target_path: str
    is_symlink: bool
    is_broken: bool
    season_number: int
    processed: bool
    size: int  # bytes


class RepairJob(Struct, frozen=True, kw_only=True):
    """One look at the libraries of some Arrs."""

    id: str
    arrs: list[str]
    media_ids: list[str] | None
    status: Literal["started", "pending", "processing", "completed", "failed", "cancelled"]
    broken_items: dict[str, list[BrokenFile]] | None  # by the Arr's name
    created_at: datetime
    finished_at: datetime
    failed_at: datetime
    auto_process: bool
    recurrent: bool
    error: str


class Tautulli(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Tautulli posts; its templates write numbers as text."""

    topic: Literal["tautulli"]
    type: Short = ""
    tvdb_id: int | Short = ""
    tmdb_id: int | Short = ""
    media_id: int | Short = ""
    arr: Short = ""
    auto_process: bool = field(default=False, name="autoProcess")
    fix: bool = False


async def start(request: web.Request, body: RepairRequest) -> str:
    """Look for what is broken."""
    if body.arr and body.arr_name and body.arr != body.arr_name:
        raise web.HTTPBadRequest(text="arr and arrName differ; send one of them")
    name = body.arr or body.arr_name
    if name and request.app[ROSTER].named(name) is None:
        raise web.HTTPNotFound(text="No Arrs found to repair")
    raise web.HTTPNotImplemented(text=NOT_YET)


async def jobs(_: web.Request) -> list[RepairJob]:
    """Every job, the newest first."""
    return []


async def forget_jobs(_: web.Request, body: JobIds) -> None:
    """Forget jobs; unknown ones are fine."""


async def on_job(request: web.Request) -> Any:
    """Repair what a job found, or stop it; there is no job."""
    raise web.HTTPNotFound(text=f"there is no repair job {request.match_info['id']}")


async def tautulli(_: web.Request, body: Tautulli) -> None:
    """Repair what somebody could not play.

    Source: Decypharr v1.1.6, pkg/server/webhook.go, which asks nobody who they are.
    """
    ids = [str(each).strip() for each in (body.tmdb_id, body.tvdb_id, body.media_id)]
    if not any(each.isdecimal() and each.isascii() for each in ids):
        raise web.HTTPBadRequest(text="Invalid ID")
    raise web.HTTPNotImplemented(text=NOT_YET)


ROUTES = (
    Route(
        method="POST",
        path="/api/repair",
        handler=start,
        scope="admin",
        says="`arr`, `mediaIds`, `autoProcess`, `async`: 501, as repair is not there yet",
        errors=(404, 501),
    ),
    Route(
        method="GET",
        path="/api/repair/jobs",
        handler=jobs,
        scope="read",
        says="the repair jobs: none yet",
    ),
    Route(
        method="DELETE",
        path="/api/repair/jobs",
        handler=forget_jobs,
        scope="admin",
        says="forgets the jobs of `ids`",
    ),
    Route(
        method="POST",
        path="/api/repair/jobs/{id}/process",
        handler=on_job,
        scope="admin",
        says="repairs what a job found: 404, as there is none",
        content=None,
        errors=(404,),
    ),
    Route(
        method="POST",
        path="/api/repair/jobs/{id}/stop",
        handler=on_job,
        scope="admin",
        says="stops a job: 404, as there is none",
        content=None,
        errors=(404,),
    ),
    Route(
        method="POST",
        path="/webhooks/tautulli",
        handler=tautulli,
        scope="admin",
        says="for Tautulli's webhook agent: 501, as repair is not there yet",
        errors=(501,),
    ),
)
