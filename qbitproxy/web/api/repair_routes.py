"""Repair as Decypharr documents it, and what a job found.

Source: Decypharr v1.1.6 (2025-10-27), pkg/web/api.go, pkg/repair/repair.go, and its documentation.
"""

from __future__ import annotations

from aiohttp import web

from qbitproxy.core.repair import RUNNING, RepairJob, Scope, Stopped
from qbitproxy.repairs import Overlaps, StaleEvent, UnknownJob
from qbitproxy.roster import KnownArr
from qbitproxy.web.answers import Refused
from qbitproxy.web.api.media_ids import chosen, holders, played, wanted
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire_repair import (
    Answered,
    FindingsQuery,
    Job,
    JobIds,
    JobPage,
    RepairRequest,
    Tautulli,
    answered,
    found,
    shown,
)
from qbitproxy.web.keys import REPAIRS, ROSTER, SETTINGS

MOST_SHOWN = 1000  # broken files of one job in a list of jobs


async def start(request: web.Request, body: RepairRequest) -> Answered:
    """Look for what is broken; without `async` the answer comes once the job has nothing to do any more."""
    if body.arr and body.arr_name and body.arr != body.arr_name:
        raise web.HTTPBadRequest(text="arr and arrName differ; send one of them")
    name = body.arr or body.arr_name
    ids = [wanted(each) for each in body.media_ids or ()]
    scope = await chosen(_arrs(request, name), ids, by_name=bool(name))
    job = await _ask(request, scope, body.auto_process, body.dry_run)
    if body.is_async:
        return answered("Repair process started", await _shown(request, job))
    done = await request.app[REPAIRS].until(job.id, lambda now: now.state not in RUNNING)
    return answered("Repair completed", await _shown(request, done))


async def jobs(request: web.Request) -> list[Job]:
    """Every job, the newest first."""
    return [await _shown(request, job) for job in reversed(request.app[REPAIRS].all())]


async def one(request: web.Request, query: FindingsQuery) -> JobPage:
    """One job with a page of what it found."""
    job = _known(request)
    rows = await request.app[REPAIRS].found(job.id, query.after, query.limit)
    after = rows[-1].number if len(rows) == query.limit else 0
    return JobPage(job=await _shown(request, job), findings=[found(row) for row in rows], after=after)


async def forget_jobs(request: web.Request, body: JobIds) -> None:
    """Forget jobs that are over; unknown ones are fine."""
    await request.app[REPAIRS].forget(body.ids)


async def process(request: web.Request) -> None:
    """Let a pending job replace files, a held one look again and go on."""
    try:
        await request.app[REPAIRS].allow(_known(request).id)
    except StaleEvent:
        raise web.HTTPConflict(text=f"the job is {_known(request).state}, neither pending nor held") from None
    except Overlaps as overlaps:
        raise _conflict(overlaps) from None


async def stop(request: web.Request) -> None:
    """Stop a job; what was begun with a file that went is brought to its end."""
    try:
        await request.app[REPAIRS].record(_known(request).id, Stopped())
    except StaleEvent:
        raise web.HTTPConflict(text=f"the job is {_known(request).state} already") from None


async def tautulli(request: web.Request, body: Tautulli) -> None:
    """Repair what somebody could not play, in every library that has it.

    Source: Decypharr v1.1.6, pkg/server/webhook.go, which asks nobody who they are.
    """
    overlapping: Refused | None = None
    for arr, media_id in (await holders(_arrs(request, body.arr), played(body))).items():
        try:
            await _ask(request, Scope((arr,), (media_id,)), auto=body.auto_process)
        except Refused as conflict:
            overlapping = conflict
    if overlapping is not None:
        raise overlapping


def _arrs(request: web.Request, name: str) -> list[KnownArr]:
    """The Arr of that name, or all that are not left out. Raises HTTPNotFound."""
    arrs = [
        known
        for known in request.app[ROSTER].all()
        if known.arr is not None and (known.name == name if name else not known.settings.skip_repair)
    ]
    if not arrs:
        raise web.HTTPNotFound(text="No Arrs found to repair")
    return arrs


async def _ask(request: web.Request, scope: Scope, auto: bool, dry_run: bool = False) -> RepairJob:
    """A new job. Raises Refused."""
    settings, repairs = request.app[SETTINGS], request.app[REPAIRS]
    try:
        return await repairs.ask(scope, auto=auto, dry_run=dry_run or settings.repair.dry_run)
    except Overlaps as overlaps:
        raise _conflict(overlaps) from None


def _conflict(overlaps: Overlaps) -> Refused:
    return Refused("job already running", 409, overlaps.running.id)


def _known(request: web.Request) -> RepairJob:
    job_id = request.match_info["id"]
    try:
        return request.app[REPAIRS].get(job_id)
    except UnknownJob:
        raise web.HTTPNotFound(text=f"there is no repair job {job_id}") from None


async def _shown(request: web.Request, job: RepairJob) -> Job:
    return shown(job, await request.app[REPAIRS].broken((job.id,), MOST_SHOWN))


ROUTES = (
    Route(
        method="POST",
        path="/api/repair",
        handler=start,
        scope="admin",
        says="[finds what broke](repair.md): `arr`, `mediaIds` (TVDB/TMDB), `autoProcess`, `dryRun`, `async`",
        errors=(404, 409, 502),
    ),
    Route(
        method="GET",
        path="/api/repair/jobs",
        handler=jobs,
        scope="read",
        says="the repair jobs, the newest first",
    ),
    Route(
        method="DELETE",
        path="/api/repair/jobs",
        handler=forget_jobs,
        scope="admin",
        says="forgets the jobs of `ids` that are over",
    ),
    Route(
        method="GET",
        path="/api/repair/jobs/{id}",
        handler=one,
        scope="read",
        says="one job with what it found: `limit` of it, `after` a number",
        errors=(404,),
    ),
    Route(
        method="POST",
        path="/api/repair/jobs/{id}/process",
        handler=process,
        scope="admin",
        says="lets a pending job replace what cannot be healed, a held one look again",
        errors=(404, 409),
    ),
    Route(
        method="POST",
        path="/api/repair/jobs/{id}/stop",
        handler=stop,
        scope="admin",
        says="stops a job",
        errors=(404, 409),
    ),
    Route(
        method="POST",
        path="/webhooks/tautulli",
        handler=tautulli,
        scope="admin",
        says="for Tautulli's webhook agent: looks at what somebody could not play",
        errors=(404, 409, 502),
    ),
)
