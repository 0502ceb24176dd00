"""What AllDebrid holds for an account: one magnet for each infohash.

Source: docs.alldebrid.com, v4.1 magnet/status, August 2025; answers that clients' trackers quote.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from compat.content import Release
from compat.emulators.sources import Metadata

Profile = Literal[
    "cached",  # the content is there
    "uncached",  # it has to be fetched first, which works
    "stuck",  # stops at 37 %, all seeders gone; given up after three days
    "unseeded",  # never starts; given up after 20 minutes
    "dead",  # starts, then nobody has the rest
    "internal",  # ends with an internal error
    "removed",  # disappears from the account soon after it was added
]

QUEUED, DOWNLOADING, MOVING, UPLOADING, READY = range(5)
EXPIRED = 11  # "deleted on the hoster website"
REMOVED = -1  # never shown: it stands for a magnet that is gone
ACTIVE = frozenset((QUEUED, DOWNLOADING, MOVING, UPLOADING))
MIB = 1 << 20
LARGEST = 10**12  # bytes
BOOTSTRAP, LONGEST = 20 * 60, 72 * 3600  # seconds

STATUSES: Mapping[int, str] = {
    QUEUED: "In Queue",
    DOWNLOADING: "Downloading",
    MOVING: "Compressing / Moving",
    UPLOADING: "Uploading",
    READY: "Ready",
    5: "Upload fail",
    6: "Internal error on unpacking",
    7: "Not downloaded in 20 min",
    8: "File too big",
    9: "Internal error",
    10: "Download took more than 72h",
    EXPIRED: "Deleted on the hoster website",
    12: "Processing failed",
    13: "Processing failed",
    14: "Error while contacting tracker",
    15: "File not available - no peer",
}
FILTERS: Mapping[str, frozenset[int]] = {
    "active": ACTIVE,
    "ready": frozenset((READY,)),
    "expired": frozenset((EXPIRED,)),
    "error": frozenset(STATUSES) - ACTIVE - {READY, EXPIRED},
}


@dataclass(frozen=True)
class Step:
    """Where a magnet goes `seconds` after the step before."""

    seconds: float
    code: int
    progress: float = 0  # percent
    seeders: int = 0
    speed: int = 0  # bytes a second


def _downloading(*progress: float) -> tuple[Step, ...]:
    return tuple(Step(2, DOWNLOADING, at, seeders=14, speed=7 * MIB) for at in progress)


COURSES: Mapping[str, tuple[Step, ...]] = {
    "cached": (Step(0, READY),),
    "uncached": (
        *_downloading(0, 12.5, 37, 63.5, 88),
        Step(2, MOVING, 100),
        Step(2, UPLOADING, 50, speed=90 * MIB),
        Step(2, READY),
    ),
    "stuck": (*_downloading(0, 37), Step(2, DOWNLOADING, 37), Step(LONGEST, 10, 37)),
    "unseeded": (Step(2, DOWNLOADING), Step(BOOTSTRAP, 7)),
    "dead": (*_downloading(0, 10), Step(2, DOWNLOADING, 10), Step(60, 15, 10)),
    "internal": (*_downloading(0, 12.5), Step(2, 9, 12.5)),
    "removed": (Step(2, REMOVED),),
}


@dataclass(eq=False)
class Item:
    """One magnet of the account."""

    id: int
    infohash: str
    added: float  # seconds since the epoch, like every time here
    profile: Profile
    metadata: Metadata | None  # what it has or will have; None: nobody knows
    release: Release | None  # where its bytes come from; None: it has none
    code: int = QUEUED
    progress: float = 0  # percent
    seeders: int = 0
    speed: int = 0  # bytes a second
    named: bool = False  # the metadata is there
    completed: float = 0
    restarted: float | None = None
    steps: deque[Step] = field(default_factory=deque)
    since: float = 0.0

    @property
    def filename(self) -> str:
        return self.metadata.name if self.named and self.metadata else "noname"

    @property
    def original_filename(self) -> str:
        """What a mount calls it."""
        return self.filename

    @property
    def size(self) -> int:
        return self.metadata.size if self.named and self.metadata else 0

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Paths with sizes, () until it is ready: there is no choice among them."""
        return self.metadata.files if self.code == READY and self.metadata else ()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.files]

    def summary(self) -> dict[str, object]:
        """The magnet as a listing shows it."""
        shown: dict[str, object] = {
            "id": self.id,
            "filename": self.filename,
            "size": self.size,
            "hash": self.infohash,
            "status": STATUSES[self.code],
            "statusCode": self.code,
            "uploadDate": int(self.added),
            "completionDate": int(self.completed),
        }
        if self.code == READY:
            return shown | {"nbLinks": len(self.files), "type": "m", "notified": True, "version": 2}
        uploading = self.code == UPLOADING
        return shown | {
            "downloaded": self.size if uploading else int(self.size * self.progress / 100),
            "uploaded": int(self.size * self.progress / 100) if uploading else 0,
            "seeders": self.seeders,
            "downloadSpeed": 0 if uploading else self.speed,
            "uploadSpeed": self.speed if uploading else 0,
            "processingPerc": 0,
        }
