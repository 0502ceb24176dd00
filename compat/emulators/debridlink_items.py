"""What a Debrid-Link seedbox holds: one torrent for each infohash."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from compat.content import Release
from compat.emulators.sources import Metadata

Profile = Literal[
    "cached",  # the content is there
    "uncached",  # it has to be fetched first, which works
    "backwards",  # as uncached; the progress falls back on the way
    "seeding",  # as uncached, but never ends to seed
    "ambiguous",  # as uncached, under a status that means two things
    "stuck",  # stops at 63 %, all peers gone
    "unseeded",  # nobody ever had it: no metadata, no end
    "error",  # ends in an error of its own
    "paused",  # the service pauses it half-way
    "linkless",  # complete, but without addresses for a while
    "removed",  # disappears from the account soon after it was added
]
Naming = Literal["path", "base", "rooted"]
"""How files are named: path below the root folder, the last part of it, path with the root folder."""

PAUSED, QUEUED, VERIFYING, DOWNLOADING, SEEDING, FINISHED = 0, 1, 2, 4, 8, 100
DOWNLOADING_VERIFYING = 6  # or seeding, where numbers are meant as Transmission means them
REMOVED = -1  # never shown: it stands for a torrent that is gone
WORDS: Mapping[str, int] = {
    "paused": PAUSED,
    "queued": QUEUED,
    "verification": VERIFYING,
    "downloading": DOWNLOADING,
    "seeding": SEEDING,
    "downloaded": FINISHED,
    "finished": FINISHED,
    "error": DOWNLOADING,
}
MIB = 1 << 20


@dataclass(frozen=True)
class Step:
    """Where a torrent goes `seconds` after the step before."""

    seconds: float
    status: int
    percent: float = 0
    peers: int = 0
    speed: int = 0  # bytes a second
    error: str = ""
    linked: bool = True  # its files have addresses once it is complete
    informed: bool = True  # its metadata is there


def _downloading(*percents: float, status: int = DOWNLOADING) -> tuple[Step, ...]:
    return tuple(Step(2, status, at, peers=14, speed=7 * MIB) for at in percents)


NO_METADATA = Step(0, QUEUED, informed=False)
FOUND = Step(2, QUEUED)
UNLINKED = Step(2, FINISHED, 100, linked=False)
COURSES: Mapping[str, tuple[Step, ...]] = {
    "cached": (Step(0, FINISHED, 100),),
    "uncached": (FOUND, *_downloading(0, 12.5, 37, 63.5, 88), Step(2, SEEDING, 100), Step(2, FINISHED, 100)),
    "backwards": (FOUND, *_downloading(0, 60, 41.5, 88), Step(2, FINISHED, 100)),
    "seeding": (FOUND, *_downloading(0, 37), Step(2, SEEDING, 100)),
    "ambiguous": (FOUND, *_downloading(12.5, 63.5, 100, status=DOWNLOADING_VERIFYING)),
    "stuck": (FOUND, *_downloading(0, 37, 63), Step(2, DOWNLOADING, 63)),
    "unseeded": (),
    "error": (FOUND, *_downloading(0, 12.5), Step(2, DOWNLOADING, 12.5, error="No data found")),
    "paused": (FOUND, *_downloading(0, 37), Step(2, PAUSED, 37)),
    "linkless": (FOUND, *_downloading(88), *(UNLINKED,) * 3, Step(2, FINISHED, 100)),
    "removed": (FOUND, Step(2, REMOVED)),
}


def id_of(infohash: str) -> str:
    """The id a torrent always has, also when it was removed meanwhile."""
    return hashlib.sha256(infohash.encode()).hexdigest()[:16]


@dataclass(eq=False)
class Item:
    """One torrent of the account."""

    id: str
    infohash: str
    announced_name: str  # by its magnet, until the metadata is there
    added: float  # seconds since the epoch, like every time here
    metadata: Metadata | None  # what it has or will have; None: nobody knows
    release: Release | None  # where its bytes come from; None: it has none
    at: Step = NO_METADATA
    steps: deque[Step] = field(default_factory=deque)
    since: float = 0.0
    waits: bool = False  # for its files to be chosen
    unwanted: frozenset[str] = frozenset()  # ids of files
    lost: bool = False  # listed as always, but its addresses serve nothing
    only_zip: bool = False  # its files are never told, only an archive of them
    trackers: tuple[str, ...] = ()
    addresses: dict[str, str] = field(default_factory=dict)  # id of a file -> what its address has of its own

    @property
    def is_informed(self) -> bool:
        return self.metadata is not None and self.at.informed

    @property
    def is_complete(self) -> bool:
        return self.at.percent >= 100

    @property
    def is_active(self) -> bool:
        """It takes up one of the account's transfers."""
        return not self.is_complete and not self.at.error and self.at.status != PAUSED

    @property
    def original_filename(self) -> str:
        return self.metadata.name if self.metadata and self.is_informed else self.announced_name

    @property
    def files(self) -> tuple[tuple[str, str, int], ...]:
        """(id, path below the root folder, bytes) of each file, () until the metadata is there."""
        listed = self.metadata.files if self.metadata and self.is_informed else ()
        return tuple((f"{self.id}-{number}", path, size) for number, (path, size) in enumerate(listed))

    @property
    def paths(self) -> list[str]:
        return [path for file_id, path, _ in self.files if file_id not in self.unwanted]

    def as_json(self, naming: Naming, address_of: Callable[[str], str], zip_url: str) -> dict[str, object]:
        """The torrent as every answer shows it; as one archive when `zip_url` is given.

        `address_of` makes the URL of a file out of its id.
        """
        size = sum(size for _, _, size in self.files)
        files = [self._file(naming, address_of, *file) for file in self.files]
        if zip_url:
            whole = {"id": f"{self.id}-zip", "name": f"{self.original_filename}.zip", "size": size}
            files = [{**whole, "downloadUrl": zip_url, "downloadPercent": 100, "downloaded": False}]
        return {
            "id": self.id,
            "name": self.original_filename,
            "created": int(self.added),
            "hashString": self.infohash,
            "uploadRatio": 0,
            "serverId": "" if self.is_complete else "seed04",
            "wait": self.waits,
            "peersConnected": self.at.peers,
            "status": self.at.status,
            "totalSize": size,
            "downloadPercent": number(self.at.percent),
            "downloadSpeed": self.at.speed,
            "uploadSpeed": 0,
            "isZip": bool(zip_url),
            "srvMaint": False,
            "error": 3 if self.at.error else 0,
            "errorString": self.at.error,
            "downloaded": False,
            "act_progress": False,
            "files": files,
            "trackers": [{"announce": announce} for announce in self.trackers],
        }

    def _file(
        self, naming: Naming, address_of: Callable[[str], str], file_id: str, path: str, size: int
    ) -> dict[str, object]:
        base = path.rpartition("/")[2]
        rooted = path if self.metadata and self.metadata.single_file else f"{self.original_filename}/{path}"
        wanted = file_id not in self.unwanted
        served = self.is_complete and self.at.linked and wanted and self.release is not None
        return {
            "id": file_id,
            "name": {"path": path, "base": base, "rooted": rooted}[naming],
            "size": size,
            "downloadUrl": address_of(file_id) if served else "",
            "downloadPercent": number(self.at.percent if wanted else 0),
            "downloaded": False,
        }


def number(value: float) -> float:
    """A percentage as it is sent: whole ones without their point."""
    return int(value) if value == int(value) else value
