"""The shapes of repair: Decypharr's names, ours for what it does not have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from qbitproxy.core.findings import Finding, Left, Mended, Replaced, Stuck
from qbitproxy.core.repair import Cancelled, Completed, Failed, Held, RepairJob, State
from qbitproxy.core.verdict import Broken
from qbitproxy.repairs import Row

NEVER = datetime(1, 1, 1, tzinfo=UTC)
Short = Annotated[str, Meta(max_length=2048)]
MediaId = Annotated[
    str,
    Meta(
        pattern="^((tvdb|tmdb|id):)?[1-9][0-9]{0,14}$",
        description="TVDB's id at a Sonarr, TMDB's at a Radarr; after `id:` the Arr's own.",
    ),
]


class RepairRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is to be looked at."""

    arr: Short = ""  # "" for every Arr
    arr_name: Short = ""  # the same
    media_ids: Annotated[list[MediaId], Meta(max_length=100)] | None = None
    auto_process: bool = False
    is_async: bool = field(default=False, name="async")
    dry_run: bool = False  # changes nothing


class JobIds(Struct, frozen=True, forbid_unknown_fields=True):
    """Which jobs are to be forgotten."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class BrokenFile(Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of a library that cannot be played."""

    name: str
    path: str
    id: int  # of the series or film
    show_id: int  # of its first episode
    file_id: int
    target_path: str
    is_symlink: bool
    is_broken: bool
    season_number: int
    processed: bool
    size: int  # bytes


class Job(Struct, frozen=True, kw_only=True):
    """One look at the libraries of some Arrs."""

    id: str
    arrs: list[str]
    media_ids: list[str] | None  # "id:7": of the Arr itself
    status: State
    broken_items: dict[str, list[BrokenFile]] | None  # by the Arr's name
    created_at: datetime
    finished_at: datetime
    failed_at: datetime
    auto_process: bool
    recurrent: bool
    error: str
    dry_run: bool
    files: int
    skipped: int
    healthy: int
    broken: int
    unknown: int
    waits: str  # why nothing happens just now, "" when something does
    waits_until: datetime | None


class FoundFile(Struct, frozen=True, kw_only=True):
    """A file that is broken, or of which nothing is known, with what is done about it."""

    number: int
    arr: str
    path: str
    title: str
    size: int  # bytes
    verdict: Literal["broken", "unknown"]
    why: str
    details: list[str]
    treatment: str
    outcome: str
    found_at: datetime


class JobPage(Struct, frozen=True, kw_only=True):
    """A job with some of what it found."""

    job: Job
    findings: list[FoundFile]
    after: int  # for the next page, 0 at the end


class FindingsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of a job's findings."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Answered(Job, frozen=True, kw_only=True):
    """A job that was asked for, as it is now."""

    message: str
    job_id: str


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


def shown(job: RepairJob, broken: Iterable[Finding]) -> Job:
    """A job, with the broken files that are given."""
    items: dict[str, list[BrokenFile]] = {}
    for finding in broken:
        items.setdefault(finding.file.arr, []).append(_broken(finding))
    ended = job.phase if isinstance(job.phase, Completed | Failed | Cancelled) else None
    return Job(
        id=job.id,
        arrs=list(job.scope.arrs),
        media_ids=[f"id:{each}" for each in job.scope.media_ids] or None,
        status=job.state,
        broken_items=items or None,
        created_at=job.created_at,
        finished_at=ended.at if isinstance(ended, Completed) else NEVER,
        failed_at=ended.at if isinstance(ended, Failed | Cancelled) else NEVER,
        auto_process=job.auto,
        recurrent=job.recurrent,
        error=_error(job),
        dry_run=job.dry_run,
        files=job.tally.files,
        skipped=job.tally.skipped,
        healthy=job.tally.healthy,
        broken=job.tally.broken,
        unknown=job.tally.unknown,
        waits=job.waiting_for,
        waits_until=job.retry_at,
    )


def answered(message: str, job: Job) -> Answered:
    """A job, answered to whoever asked for it."""
    return Answered(**asdict(job), message=message, job_id=job.id)


def _error(job: RepairJob) -> str:
    match job.phase:
        case Held(why=why):
            return "; ".join(why)
        case Failed(why=detail):
            return detail
        case Cancelled():
            return "Job was cancelled by user"
    return "; ".join(f"{arr} could not be asked: {why}" for arr, why in job.failing.items())


def _broken(finding: Finding) -> BrokenFile:
    file = finding.file
    return BrokenFile(
        name=file.title,
        path=file.path,
        id=file.media_id,
        show_id=file.parts[0] if file.parts else 0,
        file_id=file.id,
        target_path=finding.target.rpartition("/")[2],
        is_symlink=bool(finding.target),
        is_broken=not isinstance(finding.treatment, Mended),
        season_number=file.season or 0,
        processed=isinstance(finding.treatment, Replaced | Mended),
        size=file.size,
    )


def found(row: Row) -> FoundFile:
    """One finding."""
    finding, treatment = row.finding, row.finding.treatment
    match treatment:
        case Mended(how=outcome) | Stuck(why=outcome) | Left(why=outcome):
            pass
        case _:
            outcome = ""
    return FoundFile(
        number=row.number,
        arr=finding.file.arr,
        path=finding.file.path,
        title=finding.file.title,
        size=finding.file.size,
        verdict="broken" if isinstance(finding.verdict, Broken) else "unknown",
        why=finding.verdict.why,
        details=list(finding.details),
        treatment=finding.tag,
        outcome=outcome,
        found_at=finding.found_at,
    )
