"""A torrent of ours as qBittorrent would show it.

Two fields are conventions, because nothing is ever uploaded: a finished torrent reports the ratio and the
seeding time that its limits ask for, so that a client waiting for its goals sees them met. Durations are
cut to the minute during the first hour and to the hour afterwards, so that a row stays the same for a while.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from qbitproxy.core.layout import is_due, kept, skipped, wants_nothing
from qbitproxy.core.ports import ItemState
from qbitproxy.core.torrent import (
    Accepted,
    Confirming,
    Divided,
    Failed,
    Fetching,
    Options,
    Placing,
    Ready,
    Torrent,
)
from qbitproxy.library import Telemetry
from qbitproxy.web.qbit.profile import Profile
from qbitproxy.web.qbit.wire import TorrentRow

FOREVER = 8640000
"""The eta that means unknown, in seconds. Source: qBittorrent 4.6.7, torrent.h MAX_ETA."""

NEVER = -1
DEFAULT, UNLIMITED = -2, -1
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Goals(Struct, frozen=True, kw_only=True):
    """When a torrent without goals of its own has been shared enough; -1 never."""

    ratio: float = 0  # met by every finished torrent
    seeding_time: int = UNLIMITED  # minutes
    inactive_seeding_time: int = UNLIMITED  # minutes


USUAL_GOALS = Goals()


def describe(
    torrent: Torrent,
    seen: Telemetry,
    now: datetime,
    *,
    path: str,
    position: int,
    profile: Profile,
    goals: Goals = USUAL_GOALS,
) -> TorrentRow:
    """The row of `torrent` at `now`; `position` is its place in the queue, 0 for none."""
    options, finished = torrent.options, isinstance(torrent.phase, Ready)
    size, done, progress = _amounts(torrent, seen)
    rate = speed(torrent, seen)
    return TorrentRow(
        added_on=_epoch(torrent.added_at),
        amount_left=0 if finished else max(size - done, 1),
        auto_tmm=options.auto_tmm,
        availability=_availability(torrent, seen),
        category=torrent.category,
        completed=done,
        completion_on=_epoch(torrent.completed_at) if finished else NEVER,
        content_path=path,
        dl_limit=options.download_limit,
        dlspeed=rate,
        download_path=options.download_path,
        downloaded=done,
        downloaded_session=done,
        eta=_eta(size - done, rate),
        f_l_piece_prio=options.first_last,
        force_start=options.force_start and not finished,
        hash=torrent.infohash,
        inactive_seeding_time_limit=options.inactive_seeding_time_limit,
        infohash_v1=torrent.infohash,
        infohash_v2=torrent.infohash_v2,
        last_activity=_epoch(_last_activity(torrent, seen)),
        magnet_uri=_magnet(torrent, profile),
        max_inactive_seeding_time=_effective(
            options.inactive_seeding_time_limit, goals.inactive_seeding_time
        ),
        max_ratio=number(max_ratio(options, goals)),
        max_seeding_time=_effective(options.seeding_time_limit, goals.seeding_time),
        name=torrent.name or torrent.infohash,
        num_complete=seen.seeders,
        num_seeds=seen.seeders,
        priority=0 if finished else position,
        progress=number(progress),
        ratio=number(max(max_ratio(options, goals), 0)) if finished else 0,
        ratio_limit=number(options.ratio_limit),
        save_path=torrent.save_path,
        seeding_time=_seeding_time(torrent, now, goals),
        seeding_time_limit=options.seeding_time_limit,
        seen_complete=_epoch(_whole_since(torrent)),
        seq_dl=options.sequential,
        size=size,
        state=state(torrent, seen, profile),
        super_seeding=options.super_seeding,
        tags=", ".join(options.tags),
        time_active=_seconds(coarse(now - torrent.added_at)),
        total_size=NEVER if torrent.size is None else torrent.size,
        tracker=torrent.trackers[0].url if torrent.trackers else "",
        trackers_count=len(torrent.trackers),
        up_limit=options.upload_limit,
        **_since_5(torrent, path, profile),
    )


def _since_5(torrent: Torrent, path: str, profile: Profile) -> dict[str, Any]:
    """What the releases from 5.0 on show besides; pieces are told by torrents/properties alone."""
    if not profile.since_5_0:
        return {}
    is_known = torrent.size is not None
    single = len(torrent.files) == 1 and torrent.files[0].path == torrent.name
    shown: dict[str, Any] = {
        "comment": torrent.options.comment or "",
        "has_metadata": is_known,
        "popularity": 0,
        "private": bool(torrent.private) if is_known else None,
        "reannounce": 0,
        "root_path": path if is_known and not single else "",
    }
    if profile.since_5_2:
        shown |= {
            "connections_count": 0,
            "connections_limit": 100,
            "created_by": "",
            "creation_date": NEVER,
            "piece_size": NEVER,
            "pieces_have": 0,
            "pieces_num": NEVER,
            "share_limit_action": torrent.options.share_limit_action,
            "total_wasted": 0,
        }
    return shown | {"share_limits_mode": torrent.options.share_limits_mode} if profile.since_5_3 else shown


def state(torrent: Torrent, seen: Telemetry, profile: Profile) -> str:
    """The state by its qBittorrent name, out of those that every release of every Arr knows."""
    match torrent.phase:
        case Failed():
            return "error"
        case Confirming() | Ready() if is_due(torrent):
            return "moving"
        case Ready():
            return "checkingUP" if torrent.check_asked else profile.paused_finished
        case _ if torrent.paused:
            return profile.paused_unfinished
        case Accepted():
            return "queuedDL"
        case Fetching():
            return _fetching(seen)
        case Confirming() | Divided():
            return "moving"
        case _:
            return "downloading"


def speed(torrent: Torrent, seen: Telemetry) -> int:
    """Bytes per second just now, 0 while nothing is fetched or placed."""
    at_work = isinstance(torrent.phase, Fetching | Placing) and not torrent.paused
    return int(number(seen.speed)) if at_work else 0


def same_until(torrent: Torrent, now: datetime) -> datetime:
    """How long the row of `now` stays the same if nothing happens to the torrent."""
    starts = [torrent.added_at, torrent.completed_at or torrent.added_at]
    return min(start + coarse(now - start) + _grain(now - start) for start in starts)


def coarse(elapsed: timedelta) -> timedelta:
    """`elapsed` in whole minutes, in whole hours once it is an hour."""
    elapsed = max(elapsed, timedelta())
    return elapsed - elapsed % _grain(elapsed)


def number(value: float) -> float:
    """`value` as JSON shows it: without a point while it is whole, 0 when it is no number at all."""
    if not math.isfinite(value):
        return 0
    return int(value) if value == int(value) else value


def max_ratio(options: Options, goals: Goals = USUAL_GOALS) -> float:
    """The ratio limit in force, -1 for none."""
    return goals.ratio if options.ratio_limit == DEFAULT else options.ratio_limit


def _magnet(torrent: Torrent, profile: Profile) -> str:
    """The torrent as a link, put together of what is known of it.

    Source: libtorrent 2.0, make_magnet_uri; qBittorrent 5.0 has it say the size.
    """
    parts = [f"xt=urn:btih:{torrent.infohash}"]
    if torrent.infohash_v2:
        parts.append(f"xt=urn:btmh:1220{torrent.infohash_v2}")
    if torrent.name not in ("", torrent.infohash):
        parts.append(f"dn={_escaped(torrent.name)}")
    if profile.since_5_0 and torrent.size:
        parts.append(f"xl={torrent.size}")
    return "magnet:?" + "&".join([*parts, *(f"tr={_escaped(tracker.url)}" for tracker in torrent.trackers)])


def _escaped(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _effective(limit: int, usual: int) -> int:
    return usual if limit == DEFAULT else limit


def _fetching(seen: Telemetry) -> str:
    match seen.item.state if seen.item else None:
        case ItemState.CONVERTING:
            return "metaDL"
        case ItemState.FETCHING | ItemState.FAILED:
            return "downloading" if seen.speed > 0 else "stalledDL"
        case ItemState.DONE:
            return "downloading"
        case _:
            return "queuedDL"


def _amounts(torrent: Torrent, seen: Telemetry) -> tuple[int, int, float]:
    """Wanted bytes, bytes of them done, progress; only a ready torrent is whole."""
    match torrent.phase:
        case Ready(files=files):
            size = sum(file.size for file in kept(torrent, files))
            return size, size, 1
        case Placing(files=files) | Confirming(files=files):
            size = sum(file.size for file in kept(torrent, files))
        case _ if wants_nothing(torrent):
            return 0, 0, 0
        case _:
            size = torrent.size or (seen.item.size if seen.item else 0)
            if gone := skipped(torrent):
                size -= sum(file.size for file in torrent.files if file.path in gone)
    progress = min(max(number(seen.progress), 0), 0.9999)
    return size, int(size * progress), progress


def _eta(left: int, speed: int) -> int:
    return min(left // speed, FOREVER) if left > 0 and speed > 0 else FOREVER


def _availability(torrent: Torrent, seen: Telemetry) -> float:
    match torrent.phase:
        case Ready():
            return -1
        case Placing() | Confirming():
            return 1
        case _:
            return 0 if torrent.paused else seen.seeders


def _last_activity(torrent: Torrent, seen: Telemetry) -> datetime:
    return torrent.completed_at or seen.moved_at or torrent.added_at


def _whole_since(torrent: Torrent) -> datetime | None:
    match torrent.phase:
        case Placing(since=since) | Confirming(since=since):
            return since
        case Ready():
            return torrent.completed_at
        case _:
            return None


def _seeding_time(torrent: Torrent, now: datetime, goals: Goals) -> int:
    if not isinstance(torrent.phase, Ready) or torrent.completed_at is None:
        return 0
    goal = timedelta(minutes=max(_effective(torrent.options.seeding_time_limit, goals.seeding_time), 0))
    return _seconds(max(coarse(now - torrent.completed_at), goal))


def _grain(elapsed: timedelta) -> timedelta:
    return MINUTE if elapsed < HOUR else HOUR


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _epoch(at: datetime | None) -> int:
    return NEVER if at is None else int(at.timestamp())
