"""Torrents as `/api` shows them.

The names that others' scripts rely on are those of Decypharr; where its documentation and its code
disagree, both spellings are there. Source: Decypharr v1.1.6 (2025-10-27), code and documentation of its API.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast
from urllib.parse import quote

from msgspec import Struct, field

from qbitproxy.core.events import (
    Added,
    ArrangeBegun,
    Broke,
    Cached,
    Checked,
    Event,
    Freed,
    GaveUp,
    LaidOut,
    Left,
    Lost,
    Placed,
    Recategorised,
    Refused,
    Relocated,
    RemovalAsked,
    Renamed,
    Reported,
    Seen,
    Stumbled,
    Submitted,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.insight import QueuePlace
from qbitproxy.core.torrent import (
    Accepted,
    Failed,
    Fetching,
    Placing,
    Ready,
    Torrent,
    content_path,
    remote_of,
)
from qbitproxy.library import JournalLine, Telemetry

State = Literal["downloading", "queued", "pausedDL", "pausedUP", "error"]
Phase = Literal["accepted", "fetching", "placing", "confirming", "divided", "ready", "failed"]


class FileShape(Struct, frozen=True, kw_only=True):
    """One file of a torrent."""

    index: int
    name: str
    size: int  # bytes
    progress: float  # 0 to 1
    priority: int = 1


class RefusalShape(Struct, frozen=True):
    """Why one provider does not serve a torrent."""

    provider: str
    reason: Reason
    detail: str


class QueueShape(Struct, frozen=True):
    """Where a torrent stands in line for a provider's slot."""

    provider: str
    position: int  # from 1
    seconds: int  # until its turn, as far as one can tell


class TorrentShape(Struct, frozen=True, kw_only=True):
    """One torrent; what follows `files` is what Decypharr does not say."""

    id: str
    hash: str
    name: str
    category: str
    debrid: str  # the provider that holds it, or the only one it was asked for
    debrid_id: str
    state: State
    status: State  # the same
    progress: float  # 0 to 1
    size: int  # bytes; 0 while unknown
    total_size: int
    completed: int  # bytes
    downloaded: int
    downloaded_session: int
    amount_left: int
    dlspeed: int  # bytes per second
    eta: int  # seconds; 0 while unknown
    num_seeds: int
    content_path: str
    save_path: str  # ends in "/"
    magnet_uri: str
    added_on: int  # seconds since 1970
    added_at: datetime = field(name="addedOn")
    completion_on: int  # seconds since 1970; 0 while unfinished
    priority: int
    ratio: float
    ratio_limit: float
    seeding_time_limit: int  # minutes
    tags: str
    source: str  # "qbit" or "api"
    force_start: bool
    seq_dl: bool
    f_l_piece_prio: bool
    auto_tmm: bool = False
    super_seeding: bool = False
    dl_limit: int = -1
    up_limit: int = -1
    uploaded: int = 0
    uploaded_session: int = 0
    upspeed: int = 0
    files: tuple[FileShape, ...] = ()
    phase: Phase
    action: str
    arr: str
    paused: bool
    reason: Reason | None  # why it failed or waits
    waiting_for: str  # the same in words
    remote_state: str  # the provider's own word while it fetches
    retry_at: datetime | None
    queue: QueueShape | None  # where it stands in line for a slot
    refusals: tuple[RefusalShape, ...]


class HistoryLine(Struct, frozen=True, kw_only=True):
    """One thing that happened to a torrent."""

    seq: int
    at: datetime
    event: str
    reason: Reason | None
    detail: str


class TorrentStory(Struct, frozen=True):
    """A torrent with all that happened to it, oldest first."""

    torrent: TorrentShape
    history: list[HistoryLine]


def torrent_shape(
    torrent: Torrent, seen: Telemetry, place: QueuePlace | None, *, with_files: bool = True
) -> TorrentShape:
    """`torrent` as `/api` shows it."""
    phase, options, remote = torrent.phase, torrent.options, remote_of(torrent)
    is_ready, size, state = isinstance(phase, Ready), torrent.size or 0, state_of(torrent)
    done = size if is_ready else min(seen.done, size)
    progress = 1.0 if is_ready else min(seen.progress, 1.0)
    reason, waiting_for = _why(torrent)
    item = seen.item if isinstance(phase, Fetching) else None
    speed = seen.speed if isinstance(phase, Fetching | Placing) and not torrent.paused else 0
    return TorrentShape(
        id=str(torrent.id),
        hash=torrent.infohash,
        name=torrent.name,
        category=torrent.category,
        debrid=provider_of(torrent),
        debrid_id=remote.id if remote else "",
        state=state,
        status=state,
        progress=progress,
        size=size,
        total_size=size,
        completed=done,
        downloaded=done,
        downloaded_session=done,
        amount_left=size - done,
        dlspeed=speed,
        eta=(size - done) // speed if speed else 0,
        num_seeds=seen.seeders,
        content_path=content_path(torrent),
        save_path=torrent.save_path.rstrip("/") + "/",
        magnet_uri=magnet_link(torrent),
        added_on=int(torrent.added_at.timestamp()),
        added_at=torrent.added_at,
        completion_on=int(torrent.completed_at.timestamp()) if torrent.completed_at else 0,
        priority=options.rank,
        ratio=1.0 if is_ready else 0.0,
        ratio_limit=options.ratio_limit,
        seeding_time_limit=options.seeding_time_limit,
        tags=", ".join(options.tags),
        source=torrent.request.origin,
        force_start=options.force_start,
        seq_dl=options.sequential,
        f_l_piece_prio=options.first_last,
        files=_files(torrent, progress) if with_files else (),
        phase=phase_of(torrent),
        action=torrent.request.action,
        arr=torrent.request.arr,
        paused=torrent.paused,
        reason=reason,
        waiting_for=waiting_for,
        remote_state=(item.detail or item.state) if item else "",
        retry_at=torrent.retry_at,
        queue=QueueShape(place.provider, place.position, round(place.seconds)) if place else None,
        refusals=tuple(RefusalShape(r.provider, r.reason, r.detail) for r in torrent.refusals),
    )


def history_line(line: JournalLine) -> HistoryLine:
    """A journal line for a person; links and callback addresses stay out of it."""
    reason, detail = _told(line.event)
    return HistoryLine(seq=line.seq, at=line.at, event=_tag(line.event), reason=reason, detail=detail)


def magnet_link(torrent: Torrent) -> str:
    """A link to the torrent that names no tracker."""
    return f"magnet:?xt=urn:btih:{torrent.infohash}&dn={quote(torrent.name, safe='', errors='replace')}"


def phase_of(torrent: Torrent) -> Phase:
    """The phase of a listed torrent in one word."""
    return cast(Phase, _tag(torrent.phase))


def provider_of(torrent: Torrent) -> str:
    """The provider that holds it, or the only one it was asked for; "" for none."""
    remote = remote_of(torrent)
    return remote.provider if remote else torrent.request.provider


def state_of(torrent: Torrent) -> State:
    """What scripts made for Decypharr or qBittorrent are told."""
    match torrent.phase:
        case Ready():
            return "pausedUP"
        case Failed():
            return "error"
        case _ if torrent.paused:
            return "pausedDL"
        case Accepted():
            return "queued"
    return "downloading"


def _why(torrent: Torrent) -> tuple[Reason | None, str]:
    match torrent.phase:
        case Failed(reason=reason, detail=detail):
            return reason, f"{detail}; {torrent.waiting_for}" if torrent.waiting_for else detail
    return torrent.waiting_reason, torrent.waiting_for


def _files(torrent: Torrent, progress: float) -> tuple[FileShape, ...]:
    return tuple(
        FileShape(index=index, name=file.path, size=file.size, progress=progress)
        for index, file in enumerate(torrent.files)
    )


def _told(event: Event) -> tuple[Reason | None, str]:
    match event:
        case Added(torrent=torrent):
            return None, f"{torrent.request.action} for {torrent.request.arr or 'a person'}"
        case Submitted(remote=remote, why=why):
            return None, f"{remote.provider} has it as {remote.id}" + (f": {why}" if why else "")
        case Refused(provider=provider, reason=reason, detail=detail):
            return reason, f"{provider}: {detail}"
        case Cached(files=files):
            return None, f"{len(files)} wanted files"
        case Placed(content_path=path) | Relocated(save_path=path):
            return None, path
        case ArrangeBegun(round=round):
            return None, round.home
        case LaidOut(folder=folder, files=files):
            return None, f"{folder or 'its own folder'}, {len(files)} files with wishes"
        case Checked(missing=missing):
            return None, f"{len(missing)} files missing" if missing else "all there"
        case Seen(by=by):
            return None, f"seen by {by or 'qbitproxy'}"
        case Stumbled(reason=reason, detail=detail) | GaveUp(reason=reason, detail=detail):
            return reason, detail
        case Lost(detail=detail) | Left(detail=detail) | Broke(detail=detail):
            return None, detail
        case Freed(remote=remote, remote_kept=kept):
            return None, f"{remote.provider} {'keeps' if kept else 'no longer holds'} {remote.id}"
        case Reported(outcome=outcome):
            return None, outcome
        case Recategorised(category=category):
            return None, category
        case Renamed(name=name):
            return None, name
        case RemovalAsked(delete_files=delete_files):
            return None, "with its files" if delete_files else "without its files"
    return None, ""


def _tag(tagged: Struct) -> str:
    return str(tagged.__struct_config__.tag)
