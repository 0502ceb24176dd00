"""What an Arr remembers: downloads it tracks, its history, blocklist, commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zlib import crc32

from compat.emulators.arr_client import Listed
from compat.emulators.arr_import import Rejection
from compat.emulators.arr_offer import Offer


class State(StrEnum):
    """How far an Arr has got with a download, in the words of its API."""

    DOWNLOADING = "downloading"
    IMPORT_BLOCKED = "importBlocked"
    IMPORT_PENDING = "importPending"
    IMPORT_FAILED = "importFailed"
    IMPORTED = "imported"
    FAILED = "failed"
    IGNORED = "ignored"


IMPORTABLE = (State.DOWNLOADING, State.IMPORT_BLOCKED, State.IMPORT_PENDING)
HIDDEN = (State.IMPORTED, State.FAILED, State.IGNORED)  # from the queue


@dataclass(frozen=True)
class Wanted:
    """Media an Arr knows: the series with its episodes, the movie, the album a release is for."""

    owner: int
    parts: Sequence[int]  # ids of episodes, albums or books; one at least
    files: int  # how many files a whole release brings


@dataclass(frozen=True)
class Grab:
    """A release the Arr has sent to its client."""

    offer: Offer
    wanted: Wanted


@dataclass
class Tracked:
    """One download in the queue. Read it, never write to it."""

    listed: Listed
    state: State
    grab: Grab | None  # None: not grabbed by this Arr, whose queue hides it as unknown
    added: float  # unix seconds
    output_path: str = ""  # as the Arr sees it
    messages: list[Rejection] = field(default_factory=list)
    trackable: bool = True  # the client listed it at the last poll
    brought: dict[Path, Path] = field(default_factory=dict)  # imported so far: where it lay, where it is now

    @property
    def download_id(self) -> str:
        """The infohash in upper case."""
        return self.listed.download_id

    @property
    def title(self) -> str:
        """The name the client gives the torrent."""
        return self.listed.title

    @property
    def status(self) -> str:
        """The client's state in the Arr's words."""
        return self.listed.status

    @property
    def size(self) -> int:
        """Bytes."""
        return self.listed.size

    @property
    def sizeleft(self) -> int:
        """Bytes."""
        return self.listed.remaining

    @property
    def parts(self) -> Sequence[int | None]:
        """What the queue shows a record each for."""
        return self.grab.wanted.parts if self.grab else [None]

    def record_id(self, part: int | None) -> int:
        """A number of 31 bits that stays while the download stays."""
        return record_id(self.download_id, part)


@dataclass(frozen=True)
class HistoryRecord:
    """One row of the history."""

    id: int
    event: str  # "grabbed"
    title: str
    download_id: str
    owner: int
    part: int
    at: float  # unix seconds
    facts: dict[str, str]


@dataclass(frozen=True)
class BlocklistRecord:
    """One release that must not be grabbed again."""

    id: int
    title: str
    infohash: str  # upper case
    owner: int
    parts: Sequence[int]
    message: str
    at: float  # unix seconds


@dataclass
class Command:
    """One command given through the API."""

    id: int
    name: str
    body: dict[str, object]
    queued: float  # unix seconds
    status: str = "queued"  # started, completed, failed
    message: str = ""
    started: float | None = None
    ended: float | None = None


def record_id(download_id: str, part: int | None) -> int:
    """Number a queue record by what it stands for.

    Source: Sonarr develop 97d24acf0 (QueueService.cs), which hashes the same things to 31 bits, read 2026-08.
    """
    return crc32(f"1-{download_id}-{part}".encode()) & 0x7FFFFFFF
