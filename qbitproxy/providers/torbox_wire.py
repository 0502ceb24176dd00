"""How TorBox speaks: its envelope, its shapes, its states.

Source: TorBox API v1 documentation with its changelogs up to 7.1.3, read 2026; clients' issue trackers where
they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Raw, Struct, field

from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState
from qbitproxy.core.release import ContentRules, wanted
from qbitproxy.core.torrent import RemoteFile

T = TypeVar("T")

ALMOST = 0.99
"""Progress of a torrent that is complete, but not in the service's storage yet."""

SLOTS: Mapping[int, int] = {0: 1, 1: 3, 2: 10, 3: 5}
"""Number of a plan (free, essential, pro, standard) -> torrents it works on at once."""

FREE = 0


class Answer(Struct, Generic[T], frozen=True):
    """What every answer is wrapped in; a list with nothing in it has no data."""

    success: bool
    data: T | None = None


class Trouble(StrEnum):
    """What may be wrong with a torrent, if it stays so."""

    FAILED = "failed"
    REPORTED = "reported"
    DEAD = "dead"  # nothing works on it, and it is not complete
    EVICTED = "evicted"  # it was complete, its content is gone


REASONS: Mapping[Trouble, Reason] = {
    Trouble.FAILED: Reason.BAD_SOURCE,
    Trouble.REPORTED: Reason.FILTERED_BY_PROVIDER,
    Trouble.DEAD: Reason.NO_SEEDS,
    Trouble.EVICTED: Reason.NO_SEEDS,
}

FAILED = ("failed", "error", "torrent_error", "missingfiles")
REPORTED = ("reported",)
STARTING = ("metadl", "forcedmetadl", "checking", "allocating")
WAITING = ("queued", "waiting")
PAUSED = ("paused", "stopped")
"""How the words begin that say where a torrent is. They are free text: one we do not know is no failure."""


class File(Struct, frozen=True, kw_only=True):
    """One file of a torrent; the name begins with the torrent's root folder, where it has one."""

    id: int
    name: str
    size: int | None = None  # bytes
    zipped: bool | None = None
    infected: bool | None = None


class Item(Struct, frozen=True, kw_only=True):
    """One torrent of the account. All but its id, its hash and the two flags may be null."""

    id: int
    infohash: str = field(name="hash")
    download_finished: bool
    download_present: bool
    name: str | None = None
    size: int | None = None  # bytes, 0 until the metadata is there
    active: bool | None = None  # downloads, seeds, or moves to storage
    created_at: str | None = None
    download_state: str | None = None
    progress: float | None = None  # 0 to 1
    download_speed: float | None = None  # bytes per second
    seeds: int | None = None
    files: list[File] | None = None  # None or empty until the metadata is there

    @property
    def key(self) -> str:
        """What stays the same when a torrent is queued, started, added again: 40 digits, lower case."""
        return self.infohash.lower()

    @property
    def state(self) -> ItemState:
        """Where it is, whatever trouble it may be in."""
        if self.download_finished and self.download_present:
            return ItemState.DONE
        if self._says(WAITING) and not self.download_finished:
            return ItemState.QUEUED
        if self._says(STARTING) and not self.files:
            return ItemState.CONVERTING
        return ItemState.FETCHING

    @property
    def trouble(self) -> Trouble | None:
        """What seems to be wrong; flags lag behind, so one look proves nothing."""
        if self.state is ItemState.DONE or self.active is not False:
            return None
        if self._says(REPORTED):
            return Trouble.REPORTED
        if self._says(FAILED):
            return Trouble.FAILED
        if self.download_finished:
            return Trouble.EVICTED
        return None if self._says(WAITING + STARTING + PAUSED) else Trouble.DEAD

    @property
    def done(self) -> float:
        """How far it is, 0 to 1; 1 is kept for what is present."""
        if self.state is ItemState.DONE:
            return 1.0
        return ALMOST if self.download_finished else min(max(self.progress or 0.0, 0.0), ALMOST)

    @property
    def root(self) -> str:
        """The torrent's own name: its folder, or its only file. The listed name may be anything."""
        if not self.files:
            return self.name or self.key
        roots = {_parts(file)[0] for file in self.files}
        return roots.pop() if len(roots) == 1 else self.name or self.key

    def remote_files(self) -> list[RemoteFile]:
        """The files, each with what its link is asked for by."""
        files, root = self.files or [], self.root
        rooted = all(len(_parts(file)) > 1 and _parts(file)[0] == root for file in files)
        return [
            RemoteFile(
                id=str(file.id),
                path="/".join(_parts(file)[1:] if rooted else _parts(file)),
                size=file.size or 0,
                link=f"{self.key}/{self.id}",
            )
            for file in files
        ]

    @property
    def infected(self) -> frozenset[str]:
        """The ids of files that are withheld."""
        return frozenset(str(file.id) for file in self.files or () if file.infected)

    def is_packed(self, rules: ContentRules) -> bool:
        """Whether a file that `rules` want can be had only within an archive."""
        packed = {str(file.id) for file in self.files or () if file.zipped}
        return any(file.id in packed for file in wanted(self.remote_files(), rules))

    def _says(self, beginnings: tuple[str, ...]) -> bool:
        return (self.download_state or "").strip().lower().startswith(beginnings)


class Listed(Struct, frozen=True, kw_only=True):
    """The least by which a torrent in the list can be known again."""

    id: int
    infohash: str = field(name="hash")
    name: str | None = None


class Parked(Struct, frozen=True, kw_only=True):
    """A torrent that waits for a slot; once started, it is an item with another id."""

    id: int
    infohash: str = field(name="hash")
    name: str | None = None


class Created(Struct, frozen=True):
    """What adding gave: one of the ids, if any."""

    torrent_id: int | None = None
    queued_id: int | None = None


class User(Struct, frozen=True, kw_only=True):
    id: int
    plan: int
    email: str | None = None
    premium_expires_at: str | None = None
    additional_concurrent_slots: int | None = None

    @property
    def slots(self) -> int | None:
        """Torrents it works on at once; None for a plan we do not know."""
        slots = SLOTS.get(self.plan)
        return None if slots is None else slots + (self.additional_concurrent_slots or 0)


class Held(Struct, frozen=True):
    infohash: str = field(name="hash")


Elements = Answer[list[Raw]]
OneItem = Answer[Item | list[Item]]  # asking by id has been answered both ways
Cache = Answer[list[Held] | dict[str, Raw]]


def instant(text: str | None) -> datetime | None:
    """A date in any of the ways it is written; None for one that cannot be read."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _parts(file: File) -> list[str]:
    return file.name.strip("/").split("/")
