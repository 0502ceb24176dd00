"""What a qBittorrent holds: torrents with their files, on their way to its disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from compat.content import Release
from compat.emulators.qbittorrent_sources import Hashes, Metadata
from compat.emulators.qbittorrent_wire import Dialect

Layout = Literal["Original", "Subfolder", "NoSubfolder"]
Profile = Literal[
    "cached",  # a neighbour has it: it arrives at once
    "uncached",  # it takes its time, which works
    "stuck",  # stops at 63 %, all seeders gone
    "unseeded",  # nobody has it, not even its metadata
]
MIB = 1 << 20
INFINITE = 8_640_000  # seconds


@dataclass(frozen=True)
class Step:
    """Where a torrent is `seconds` after the step before."""

    seconds: float
    progress: float  # 0 to 1
    seeds: int = 0
    speed: int = 0  # bytes a second


def _downloading(*progress: float) -> tuple[Step, ...]:
    return tuple(Step(2, at, seeds=9, speed=5 * MIB) for at in progress)


COURSES: Mapping[Profile, tuple[Step, ...]] = {
    "cached": (Step(0, 1),),
    "uncached": (*_downloading(0, 0.125, 0.37, 0.635, 0.88), Step(2, 1)),
    "stuck": (*_downloading(0, 0.37, 0.63), Step(2, 0.63)),
    "unseeded": (),
}


@dataclass(eq=False)
class Item:
    """One torrent."""

    hashes: Hashes
    name: str
    added: float  # seconds since the epoch, like every time here
    save_path: str
    layout: Layout
    stopped: bool
    category: str = ""
    tags: list[str] = field(default_factory=list)
    stops_with_metadata: bool = False
    metadata: Metadata | None = None
    release: Release | None = None  # where its bytes come from; None: nobody has them
    profile: Profile = "unseeded"
    priorities: dict[int, int] = field(default_factory=dict)
    progress: float = 0.0  # of what is wanted
    seeds: int = 0
    speed: int = 0  # bytes a second
    shown_as: str = ""  # a state that overrules all others: moving, error, missingFiles, checkingUP, …
    steps: deque[Step] = field(default_factory=deque)
    since: float = 0.0

    @property
    def id(self) -> str:
        return self.hashes.id

    @property
    def infohash(self) -> str:
        return self.hashes.v1

    @property
    def root(self) -> str:
        """The folder below the save path, "" without one."""
        if self.metadata is None:
            return ""
        if self.metadata.single_file:
            return PurePosixPath(self.metadata.name).stem if self.layout == "Subfolder" else ""
        return "" if self.layout == "NoSubfolder" else self.metadata.name

    @property
    def files(self) -> list[tuple[int, str, int]]:
        """(index, name below the save path, bytes), [] without metadata."""
        files = self.metadata.files if self.metadata else ()
        prefix = f"{self.root}/" if self.root else ""
        return [(index, prefix + path, size) for index, (path, size) in enumerate(files)]

    @property
    def wanted(self) -> list[int]:
        return [index for index, _, _ in self.files if self.priorities.get(index, 1)]

    @property
    def size(self) -> int:
        return sum(size for index, _, size in self.files if index in self.wanted)

    @property
    def is_finished(self) -> bool:
        return self.metadata is not None and (self.progress >= 1 or not self.wanted)

    @property
    def content_path(self) -> str:
        if self.metadata is None:
            return ""
        alone = self.files[0][1] if len(self.files) == 1 and not self.root else self.root
        return str(Path(self.save_path) / alone)

    def state(self, dialect: Dialect, *, queued: bool) -> str:
        """Its state as the release spells it. The order of looks is the program's own."""
        if self.shown_as:
            return self.shown_as
        if self.is_finished:
            if self.stopped:
                return f"{dialect.stopped}UP"
            return "stalledUP"
        if self.stopped:
            return f"{dialect.stopped}DL"
        if queued:
            return "queuedDL"
        if self.metadata is None:
            return "metaDL"
        return "downloading" if self.speed else "stalledDL"

    def row(self, dialect: Dialect, *, queued: bool) -> dict[str, object]:
        """The torrent as torrents/info shows it."""
        running = not (self.stopped or queued or self.is_finished)
        progress = self.progress if self.wanted else 0
        done = int(self.size * progress)
        return {
            "added_on": int(self.added),
            "amount_left": self.size - done,
            "auto_tmm": False,
            "availability": -1 if self.is_finished else 0,
            "category": self.category,
            "completed": done,
            "content_path": self.content_path,
            "dlspeed": self.speed if running else 0,
            "download_path": "",
            "downloaded": done,
            "eta": INFINITE,
            "hash": self.id,
            "infohash_v1": self.hashes.v1,
            "infohash_v2": self.hashes.v2,
            "magnet_uri": f"magnet:?xt=urn:btih:{self.hashes.v1}",
            "name": self.name or self.id,
            "num_complete": 0,
            "num_leechs": 0,
            "num_seeds": self.seeds if running else 0,
            "progress": int(progress) if progress == int(progress) else progress,
            "ratio": 0,
            "save_path": self.save_path,
            "size": self.size,
            "state": self.state(dialect, queued=queued),
            "tags": ", ".join(self.tags),
            "total_size": sum(size for _, _, size in self.files) if self.metadata else -1,
        }

    def rows(self) -> list[dict[str, object]]:
        """The files as torrents/files shows them."""
        shown: list[dict[str, object]] = [
            {
                "availability": -1 if self.is_finished else 0,
                "index": index,
                "name": name,
                "piece_range": [0, 0],
                "priority": self.priorities.get(index, 1),
                "progress": self.progress if index in self.wanted else 0,
                "size": size,
            }
            for index, name, size in self.files
        ]
        if shown:
            shown[0]["is_seed"] = self.is_finished
        return shown
