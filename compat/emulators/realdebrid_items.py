"""What Real-Debrid holds for an account: one torrent each time one is added."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from compat.content import Release
from compat.emulators.realdebrid_wire import date

Profile = Literal[
    "cached",  # the content is there
    "uncached",  # it has to be fetched first, which works
    "backwards",  # as uncached; the progress falls back on the way
    "stuck",  # stops at 63 %, all seeders gone
    "unseeded",  # nobody ever had it
    "dead",
    "virus",
    "error",
    "magnet_error",  # its magnet link never gets metadata, which is said in the end
    "removed",  # disappears from the account soon after it was added
]
Packing = Literal[
    "each",  # one link a selected file
    "rar",  # one link for all as soon as something other than video is selected
    "short",  # the last selected file has no link
    "none",  # downloaded without any link
    "one-by-one",  # one link more each time it is looked at
]

CONVERSION, WAITING = "magnet_conversion", "waiting_files_selection"
QUEUED, DOWNLOADING, DOWNLOADED = "queued", "downloading", "downloaded"
COMPRESSING, UPLOADING = "compressing", "uploading"
REMOVED = "removed"  # never shown: it stands for a torrent that is gone
ACTIVE = frozenset((CONVERSION, WAITING, QUEUED, DOWNLOADING, COMPRESSING, UPLOADING))
VIDEO = frozenset((".mkv", ".mp4", ".avi", ".m4v", ".ts", ".mov", ".wmv", ".webm"))
MIB = 1 << 20


@dataclass(frozen=True)
class Step:
    """Where a torrent goes `seconds` after the step before."""

    seconds: float
    status: str
    progress: float = 0  # percent
    seeders: int = 0
    speed: int = 0  # bytes a second


def _downloading(*progress: float) -> tuple[Step, ...]:
    return tuple(Step(2, DOWNLOADING, at, seeders=14, speed=7 * MIB) for at in progress)


CONVERTING: Mapping[str, tuple[Step, ...]] = {
    "cached": (Step(0.5, WAITING),),
    "magnet_error": (Step(60, "magnet_error"),),
}
CONVERTING_ELSE = (Step(3, WAITING),)
PACKED = Step(2, COMPRESSING, 50, speed=40 * MIB)
FETCHED = (Step(2, UPLOADING, 50, speed=90 * MIB), Step(2, DOWNLOADED, 100))
FETCHING: Mapping[str, tuple[Step, ...]] = {
    "cached": (Step(1, DOWNLOADED, 100),),
    "uncached": (*_downloading(0, 12.5, 37, 63.5, 88), *FETCHED),
    "backwards": (*_downloading(0, 60, 41.5, 88), *FETCHED),
    "stuck": (*_downloading(0, 37, 63), Step(2, DOWNLOADING, 63)),
    "unseeded": (Step(2, DOWNLOADING),),
    "dead": (*_downloading(0, 10), Step(2, DOWNLOADING, 10), Step(60, "dead", 10)),
    "virus": (*_downloading(0, 88), Step(2, "virus", 100)),
    "error": (*_downloading(0, 12.5), Step(2, "error", 12.5)),
    "removed": (Step(2, REMOVED),),
}


@dataclass(frozen=True)
class RemoteFile:
    """One file as Real-Debrid numbers it; the path is relative to the torrent's root folder."""

    id: int
    path: str
    size: int  # bytes

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def is_video(self) -> bool:
        return PurePosixPath(self.path).suffix.lower() in VIDEO


@dataclass(frozen=True)
class Metadata:
    """What a swarm or a .torrent tells of a torrent."""

    name: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(eq=False)
class Item:
    """One torrent of the account."""

    id: str
    infohash: str
    original_filename: str
    added: float  # seconds since the epoch, like every time here
    profile: Profile
    packing: Packing
    metadata: Metadata | None  # what it has or, while converting, will have; None: nobody knows
    release: Release | None  # where its bytes come from; None: it has none
    status: str = CONVERSION
    progress: float = 0  # percent
    seeders: int = 0
    speed: int = 0  # bytes a second
    selected: frozenset[int] = frozenset()
    links: list[str] = field(default_factory=list)
    ended: float | None = None
    lost: bool = False  # listed as always, but its links serve nothing
    steps: deque[Step] = field(default_factory=deque)
    since: float = 0.0
    links_shown: int | None = None  # None: all
    early_selection: str = ""  # asked for while it was converting

    @property
    def files(self) -> tuple[RemoteFile, ...]:
        """All files, () until the metadata is there."""
        return (
            self.metadata.files if self.metadata and self.status not in (CONVERSION, "magnet_error") else ()
        )

    @property
    def selected_files(self) -> list[RemoteFile]:
        return [file for file in self.files if file.id in self.selected]

    @property
    def paths(self) -> list[str]:
        """Paths of the selected files."""
        return [file.path for file in self.selected_files]

    @property
    def filename(self) -> str:
        """Changes to the file's name once a single one out of several was downloaded."""
        chosen = self.selected_files
        alone = self.status == DOWNLOADED and len(chosen) == 1
        return chosen[0].name if alone else self.original_filename

    def summary(self, *, skew: float = 0, long_links: bool = False) -> dict[str, object]:
        """The torrent as a listing shows it."""
        return {
            "id": self.id,
            "filename": self.filename,
            "hash": self.infohash,
            "bytes": sum(file.size for file in (self.selected_files or self.files)),
            **self._course(skew, long_links),
        }

    def details(self, *, skew: float = 0, long_links: bool = False) -> dict[str, object]:
        """The torrent as its own page shows it."""
        return self.summary(skew=skew, long_links=long_links) | {
            "original_filename": self.original_filename,
            "original_bytes": sum(file.size for file in self.files),
            "files": [
                {"id": f.id, "path": "/" + f.path, "bytes": f.size, "selected": int(f.id in self.selected)}
                for f in self.files
            ],
        }

    def _course(self, skew: float, long_links: bool) -> dict[str, object]:
        course: dict[str, object] = {
            "host": "real-debrid.com",
            "split": 2000,
            "progress": int(self.progress) if self.progress == int(self.progress) else self.progress,
            "status": self.status,
            "added": date(self.added + skew),
            "links": [link + self.id if long_links else link for link in self.links[: self.links_shown]],
        }
        if self.ended is not None:
            course["ended"] = date(self.ended + skew)
        if self.status in (DOWNLOADING, COMPRESSING, UPLOADING):
            course["speed"] = self.speed
        if self.status in (DOWNLOADING, CONVERSION):
            course["seeders"] = self.seeders
        return course
