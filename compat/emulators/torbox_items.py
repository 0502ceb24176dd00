"""What TorBox holds for an account: torrents, and those that wait to become one."""

from __future__ import annotations

import mimetypes
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from compat.content import Release
from compat.emulators.sources import Metadata
from compat.emulators.torbox_wire import date, old_date

Profile = Literal[
    "cached",  # the content is there
    "uncached",  # it has to be fetched first, which works
    "backwards",  # as uncached; the progress falls back on the way
    "stuck",  # stops at 63 %, all seeders gone
    "unseeded",  # its metadata is never found, which ends it after two days
    "fails",  # fails on their side
    "recovers",  # seems to fail, goes on all the same
    "storing",  # stays complete at their client, never gets into their storage
    "polishing",  # passes through a state that nobody knows
    "removed",  # disappears from the account soon after it was added
]

REMOVED = "removed"  # never shown: it stands for a torrent that is gone
MIB = 1 << 20
DAY = 24 * 3600.0  # seconds
KEPT = 30 * DAY  # seconds that content stays without being asked for
UNKNOWN_ETA = 8_640_000
NEVER_NULL = frozenset(("files", "download_state"))


@dataclass(frozen=True)
class Step:
    """Where a torrent goes `seconds` after the step before."""

    seconds: float
    state: str
    progress: float = 0.0  # 0 to 1
    seeds: int = 0
    speed: int = 0  # bytes a second
    active: bool = True
    finished: bool = False
    present: bool = False


def _downloading(*progress: float) -> tuple[Step, ...]:
    return tuple(Step(2, "downloading", at, seeds=14, speed=7 * MIB) for at in progress)


META = Step(0, "metaDL")
CACHED = Step(1, "cached", 1, active=False, finished=True, present=True)
STORING = (
    Step(2, "completed", 1, finished=True),
    Step(2, "uploading (no peers)", 1, finished=True),
)
STORED = (*STORING, Step(2, "cached", 1, active=False, finished=True, present=True))
INCOMPLETE = (Step(2 * DAY, "incomplete", active=False), Step(60, REMOVED, active=False))
COURSES: Mapping[Profile, tuple[Step, ...]] = {
    "cached": (CACHED,),
    "uncached": (*_downloading(0, 0.125, 0.37, 0.635, 0.88), *STORED),
    "backwards": (*_downloading(0, 0.6, 0.415, 0.88), *STORED),
    "stuck": (*_downloading(0, 0.37, 0.63), Step(2, "stalled (no seeds)", 0.63), *INCOMPLETE),
    "unseeded": INCOMPLETE,
    "fails": (*_downloading(0, 0.125), Step(2, "failed - Download failed", 0.125, active=False)),
    "recovers": (*_downloading(0, 0.37), Step(2, "failed (Retrying)", 0.37), *_downloading(0.88), *STORED),
    "storing": (*_downloading(0, 0.88), *STORING),
    "polishing": (*_downloading(0), Step(2, "polishing (2 of 3)", 0.9, seeds=3, speed=MIB), *STORED),
    "removed": (Step(2, REMOVED, active=False),),
}


@dataclass(frozen=True)
class Known:
    """A release the service can get at, with how it shows it."""

    release: Release
    profile: Profile
    shown_name: str = ""  # what the listing calls it; "": the torrent's own name
    file_ids: Sequence[int] = ()  # () numbers them from 0
    infected: frozenset[str] = frozenset()  # paths
    zipped: bool = False
    rootless: bool = True  # a single file is named without a folder


@dataclass
class Queued:
    """A torrent that waits for a slot; it becomes an item with an id of its own."""

    id: int
    infohash: str
    name: str
    magnet: str
    metadata: Metadata | None
    seed: int
    created: float  # seconds since the epoch, like every time here

    def as_json(self, auth_id: str) -> dict[str, object]:
        return {
            "id": self.id,
            "auth_id": auth_id,
            "created_at": date(self.created),
            "magnet": self.magnet or None,
            "torrent_file": None,
            "hash": self.infohash,
            "name": self.name,
            "type": "torrent",
        }


@dataclass(eq=False)
class Item:
    """One torrent of the account."""

    id: int
    infohash: str
    name: str
    created: float
    profile: Profile
    known: Known | None
    metadata: Metadata | None  # what it has or will have; None: nobody knows
    seed: int
    updated: float = 0.0
    since: float = 0.0
    state: str = "metaDL"
    progress: float = 0.0
    seeds: int = 0
    speed: int = 0  # bytes a second
    active: bool = True
    finished: bool = False
    present: bool = False
    expires: float | None = None
    foreign: bool = False  # another user's account runs the torrent
    steps: deque[Step] = field(default_factory=deque)

    @property
    def release(self) -> Release | None:
        """Where its bytes come from; None: it has none."""
        return self.known.release if self.known else None

    @property
    def has_files(self) -> bool:
        """Whether its metadata is there by now."""
        return self.metadata is not None and self.state.lower() not in ("metadl", "incomplete", "queueddl")

    @property
    def original_filename(self) -> str:
        """The folder on a mount."""
        return self.metadata.name if self.metadata else self.name

    @property
    def paths(self) -> list[str]:
        """Paths of the files below that folder."""
        return [path for path, _ in self.metadata.files] if self.metadata else []

    @property
    def size(self) -> int:
        return self.metadata.size if self.metadata and self.has_files else 0

    def path_of(self, file_id: int) -> str | None:
        """The path of a file by its id."""
        numbered = dict(zip(self._ids(), self.paths, strict=True))
        return numbered.get(file_id) if self.has_files else None

    def is_infected(self, path: str) -> bool:
        return self.known is not None and path in self.known.infected

    def as_json(self, auth_id: str, *, sparse: bool, aged: bool) -> dict[str, object]:
        """The torrent as the list shows it; `sparse` has null for all that has been seen null somewhere."""
        shown: dict[str, object] = {
            "name": self.name if not self.has_files else (self.known and self.known.shown_name) or self.name,
            "auth_id": auth_id,
            "server": 12,
            "magnet": f"magnet:?xt=urn:btih:{self.infohash}",
            "size": self.size,
            "active": self.active,
            "created_at": old_date(self.created) if aged else date(self.created),
            "updated_at": date(self.updated),
            "download_state": self.state,
            "seeds": self.seeds,
            "peers": 2 * self.seeds,
            "ratio": 0,
            "progress": int(self.progress) if self.progress in (0, 1) else self.progress,
            "download_speed": self.speed,
            "upload_speed": 0,
            "eta": 0 if self.finished else UNKNOWN_ETA,
            "torrent_file": False,
            "expires_at": date(self.expires),
            "files": self._files() if self.has_files else [],
            "download_path": self.infohash,
            "inactive_check": 0,
            "availability": 1 if self.seeds else 0,
            "tracker": None,
            "tracker_message": None,
            "total_uploaded": 0,
            "total_downloaded": 0,
            "cached": self.profile == "cached",
            "cached_at": date(self.created) if self.profile == "cached" else None,
            "owner": "9f3c-somebody-else" if self.foreign else auth_id,
            "seed_torrent": self.seed == 2,
            "allow_zipped": False,
            "long_term_seeding": False,
            "private": False,
            "alternative_hashes": [],
            "tags": [],
            "airlocked": False,
        }
        if sparse:
            shown = {
                name: value if name in ("files", "download_state") else None for name, value in shown.items()
            }
        certain = {"id": self.id, "hash": self.infohash}
        flags = {"download_finished": self.finished, "download_present": self.present}
        return certain | shown | flags

    def _files(self) -> list[dict[str, object]]:
        files = self.metadata.files if self.metadata else ()
        numbered = zip(self._ids(), files, strict=True)
        return [self._file(number, path, size) for number, (path, size) in numbered]

    def _file(self, number: int, path: str, size: int) -> dict[str, object]:
        name = self._rooted(path)
        return {
            "id": number,
            "md5": None,
            "hash": self.infohash,
            "name": name,
            "size": size,
            "zipped": self.known is not None and self.known.zipped,
            "s3_path": f"{self.infohash}/{name}",
            "infected": self.is_infected(path),
            "mimetype": mimetypes.guess_type(path)[0] or "application/octet-stream",
            "short_name": path.rpartition("/")[2],
            "absolute_path": f"/downloads/{self.infohash}/{name}",
            "opensubtitles_hash": None,
        }

    def _rooted(self, path: str) -> str:
        assert self.metadata is not None  # noqa: S101  only what has files is asked
        rootless = self.metadata.single_file and (self.known is None or self.known.rootless)
        return path if rootless else f"{self.metadata.name}/{path}"

    def _ids(self) -> Sequence[int]:
        return (self.known.file_ids if self.known else ()) or range(len(self.paths))
