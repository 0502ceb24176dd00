"""A qBittorrent's answers as an Arr reads them.

Source: Sonarr develop 97d24acf0 (QBittorrent.cs, QBittorrentTorrent.cs, QBittorrentPreferences.cs), read
2026-08. Its JSON reader matches names case-insensitively, skips nulls, ignores unknown members. It would
forgive a number written as a string; this reader does not.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from compat.emulators.arr_flavour import Flavour

Int64: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
T = TypeVar("T")

CONTENT_PATH_SINCE = (2, 6, 1)  # below, the path comes from torrents/files with torrents/properties
SAME_AS_SAVE_PATH = "Unable to Import. Path matches client base download directory"
_VERSION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9}){1,3})\s*")
_ETA_UNKNOWN = 8640000  # seconds


class OddReply(Exception):
    """The client answered something an Arr cannot read: the whole call fails."""


class Status(StrEnum):
    """What a torrent's state means to an Arr. No state of qBittorrent means "failed"."""

    QUEUED = "queued"
    PAUSED = "paused"
    DOWNLOADING = "downloading"
    COMPLETED = "completed"
    WARNING = "warning"


class Row(Struct, frozen=True, kw_only=True):
    """One torrent of torrents/info, with the members an Arr reads."""

    hash: str
    name: str
    size: Int64 = 0  # bytes
    progress: float = 0.0  # 0 to 1
    eta: int = 0  # seconds
    state: str = ""
    category: str = ""
    label: str = ""
    save_path: str | None = None
    content_path: str | None = None
    ratio: float = 0.0
    ratio_limit: float = -2.0
    seeding_time: Int64 | None = None  # seconds
    seeding_time_limit: Int64 = -2  # minutes
    inactive_seeding_time_limit: Int64 = -2  # minutes
    last_activity: Int64 = 0  # unix seconds

    @property
    def remaining(self) -> int:
        """Bytes still to come, as the Arr works them out."""
        return int(self.size * (1 - self.progress))

    @property
    def time_left(self) -> timedelta | None:
        """None where the client does not know, or says so by its magic number."""
        if self.eta < 0 or self.eta == _ETA_UNKNOWN or self.eta > 365 * 86400:
            return None
        return timedelta(seconds=self.eta)


class Preferences(Struct, frozen=True, kw_only=True):
    """The members of app/preferences an Arr reads, with what it assumes for absent ones."""

    save_path: str = ""
    max_ratio_enabled: bool = False
    max_ratio: float = 0.0
    max_seeding_time_enabled: bool = False
    max_seeding_time: Int64 = 0  # minutes
    max_inactive_seeding_time_enabled: bool = False
    max_inactive_seeding_time: Int64 = 0  # minutes
    max_ratio_act: Int64 = 0  # 0 stop, 1 remove, 2 super-seed, 3 remove with files
    queueing_enabled: bool = True
    dht: bool = False

    @property
    def removes_at_limit(self) -> bool:
        """The client would take finished torrents away before the Arr has seen them."""
        return self.max_ratio_act in (1, 3)


class Category(Struct, frozen=True, kw_only=True):
    """One category of torrents/categories."""

    name: str = ""
    save_path: str = field(name="savepath", default="")


class Properties(Struct, frozen=True, kw_only=True):
    """The members of torrents/properties an Arr reads."""

    save_path: str = ""
    seeding_time: Int64 = 0  # seconds


class File(Struct, frozen=True):
    """One file of torrents/files."""

    name: str


def read_version(text: str) -> tuple[int, ...]:
    """Return the Web API version as .NET's Version.Parse reads it. Raises OddReply."""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise OddReply(f"{text[:40]!r} is no version")
    return tuple(map(int, found[1].split(".")))


def read_torrents(text: str) -> list[Row]:
    """Raises OddReply; one odd torrent spoils the whole list."""
    return _read(text, list[Row])


def read_preferences(text: str) -> Preferences:
    """Raises OddReply."""
    return _read(text, Preferences)


def read_properties(text: str) -> Properties:
    """Raises OddReply."""
    return _read(text, Properties)


def read_files(text: str) -> list[File]:
    """Raises OddReply."""
    return _read(text, list[File])


def read_categories(text: str) -> dict[str, Category]:
    """Return the categories by name, which keeps its case. Raises OddReply."""
    listed = _json(text)
    if not isinstance(listed, dict):
        raise OddReply("the categories are not an object")
    return {name: _convert(_folded(category), Category) for name, category in listed.items()}


def _read(text: str, kind: type[T]) -> T:
    return _convert(_folded(_json(text)), kind)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise OddReply(f"not JSON: {error}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(member) for member in value]
    if isinstance(value, dict):
        return {name.lower(): member for name, member in value.items() if member is not None}
    return value


def _convert(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise OddReply(str(error)) from error


_STATES = {
    "error": (Status.WARNING, "qBittorrent is reporting an error"),
    "missingFiles": (Status.WARNING, "qBittorrent is reporting missing files"),
    "stalledDL": (Status.WARNING, "The download is stalled with no connections"),
    **dict.fromkeys(("queuedDL", "checkingDL", "checkingUP", "checkingResumeData"), (Status.QUEUED, "")),
    "pausedDL": (Status.PAUSED, ""),
    "stoppedDL": (Status.PAUSED, ""),
    **dict.fromkeys(("downloading", "forcedDL", "moving"), (Status.DOWNLOADING, "")),
    **dict.fromkeys(
        ("pausedUP", "stoppedUP", "uploading", "stalledUP", "queuedUP", "forcedUP"), (Status.COMPLETED, "")
    ),
}


def status_of(state: str, dht: bool, flavour: Flavour) -> tuple[Status, str]:
    """Return what a state means to this Arr, with the message it shows. Unknown words mean "downloading"."""
    knows_it = flavour.knows_stopped or not state.startswith("stopped")
    if state == "metaDL" or (state == "forcedMetaDL" and flavour.knows_forced_meta):
        return (
            (Status.QUEUED, "")
            if dht
            else (Status.WARNING, "qBittorrent cannot resolve magnet link with DHT disabled")
        )
    if state in _STATES and knows_it:
        return _STATES[state]
    return Status.DOWNLOADING, f"Unknown download state: {state}"


def wants_seeding_time(row: Row, preferences: Preferences, flavour: Flavour) -> bool:
    """A time limit applies, no ratio has settled the question, and the list did not tell the seeding time."""
    return (
        row.seeding_time is None
        and _rests(row, flavour)
        and not _ratio_reached(row, preferences, flavour)
        and _limit(row.seeding_time_limit, preferences.max_seeding_time_enabled, preferences.max_seeding_time)
        is not None
    )


def is_removable(row: Row, preferences: Preferences, flavour: Flavour, *, now: float) -> bool:
    """The torrent rests, finished, past one of its seed limits. `now` is in unix seconds."""
    if not _rests(row, flavour):
        return False
    seeded = _limit(
        row.seeding_time_limit, preferences.max_seeding_time_enabled, preferences.max_seeding_time
    )
    idle = _limit(
        row.inactive_seeding_time_limit,
        preferences.max_inactive_seeding_time_enabled,
        preferences.max_inactive_seeding_time,
    )
    return (
        _ratio_reached(row, preferences, flavour)
        or (seeded is not None and (row.seeding_time or 0) >= seeded)
        or (idle is not None and flavour.knows_inactive_limit and now - row.last_activity > idle)
    )


def _rests(row: Row, flavour: Flavour) -> bool:
    return row.state == "pausedUP" or (row.state == "stoppedUP" and flavour.knows_stopped)


def _ratio_reached(row: Row, preferences: Preferences, flavour: Flavour) -> bool:
    if row.ratio_limit >= 0:
        return row.ratio_limit - row.ratio <= flavour.ratio_slack
    return (
        row.ratio_limit == -2
        and preferences.max_ratio_enabled
        and preferences.max_ratio - row.ratio <= flavour.ratio_slack
    )


def _limit(own: int, enabled: bool, shared: int) -> int | None:
    """Return the limit that applies in seconds, from limits in minutes."""
    if own >= 0:
        return own * 60
    return shared * 60 if own == -2 and enabled else None
