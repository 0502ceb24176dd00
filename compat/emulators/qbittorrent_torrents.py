"""The torrents of one qBittorrent, from added to lying on its disk."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from compat.content import Release
from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.qbittorrent_items import COURSES, Item, Layout, Profile, Step
from compat.emulators.qbittorrent_sources import Hashes, Metadata, metadata_of, read_magnet, read_torrent


@dataclass(frozen=True)
class Known:
    """A release that somebody has."""

    release: Release
    profile: Profile
    metadata: Metadata


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a torrent is to be added."""

    save_path: str
    layout: Layout = "Original"
    stopped: bool = False
    stops_with_metadata: bool = False
    category: str = ""
    tags: tuple[str, ...] = ()


class Torrents(Course[Item, Step]):
    """All torrents; what is not stopped runs, as many at once as may."""

    def __init__(self, progression: Progression, clock: Clock, slots: int, pace: float) -> None:
        super().__init__(progression, clock, pace)
        self.slots = slots  # downloads that may run at once
        self.known: list[Known] = []

    def learn(self, release: Release, profile: Profile) -> None:
        """Let somebody have the release, for torrents added from now on."""
        self.known.insert(0, Known(release, profile, metadata_of(release)))

    def add_magnet(self, link: str, wish: Wish) -> Item | None:
        """Add a magnet link; None for a torrent that is there. Raises ValueError."""
        hashes, name = read_magnet(link)
        item = self._new(hashes, name, wish)
        if item is not None and not item.stopped and self._is_found(item):
            self.give_metadata(item)
        return item

    def add_file(self, raw: bytes, wish: Wish) -> Item | None:
        """Add a .torrent; None for a torrent that is there. Raises ValueError."""
        metadata = read_torrent(raw)
        item = self._new(metadata.hashes, metadata.name, wish)
        if item is not None:
            item.metadata = metadata
            self._run(item)
        return item

    def find(self, torrent_id: str) -> Item | None:
        """The torrent with this id; ids are written in any case."""
        return next((item for item in self.held if item.id == torrent_id.lower()), None)

    def of(self, infohash: str) -> Item:
        """The torrent with this v1 hash or id. Raises LookupError."""
        return self.find(infohash) or super().of(infohash)

    def give_metadata(self, item: Item) -> None:
        """Let the metadata arrive, with which a hybrid gets another id. Raises LookupError."""
        known = self._known(item.hashes)
        if known is None:
            raise LookupError(f"nobody has the metadata of {item.id}")
        item.metadata, item.hashes, item.name = known.metadata, known.metadata.hashes, known.metadata.name
        if item.stops_with_metadata:
            item.stopped = True
        self._run(item)

    def set_stopped(self, item: Item, stopped: bool) -> None:
        item.stopped = stopped
        if item.metadata is None and not stopped and self._is_found(item):
            self.give_metadata(item)
        else:
            self._run(item)

    def prioritise(self, item: Item, indices: list[int], priority: int) -> None:
        """Set priorities; what is wanted in addition is still to come."""
        before = set(item.wanted)
        item.priorities |= dict.fromkeys(indices, priority)
        if set(item.wanted) - before and item.progress >= 1:
            item.progress = 0
            item.steps = deque(COURSES[item.profile])
            self._run(item)

    def delete(self, item: Item, *, files: bool = True) -> None:
        """Remove a torrent, with its files or without them."""
        if files:
            self.drop_files(item)
        super().delete(item)

    def drop_files(self, item: Item) -> None:
        for _, name, _ in item.files:
            (Path(item.save_path) / name).unlink(missing_ok=True)
        if item.root:
            shutil.rmtree(Path(item.save_path) / item.root, ignore_errors=True)

    def is_queued(self, item: Item) -> bool:
        """Whether more downloads run before it than may."""
        waiting = [other for other in self.held if not (other.stopped or other.is_finished or other.shown_as)]
        return item in waiting[self.slots :]

    def enter(self, item: Item, step: Step) -> None:
        """Let a torrent be where `step` says."""
        item.progress, item.seeds, item.speed = step.progress, step.seeds, step.speed
        if item.progress < 1:
            return
        if item.release is None:
            raise LookupError(f"nobody has the bytes of {item.id}")
        for index, name, _ in item.files:
            if index in item.wanted:
                path = item.metadata.files[index][0] if item.metadata else ""
                target = Path(item.save_path) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    out.writelines(item.release.chunks(path))
        for tell in self.on_downloaded:
            tell(item)

    def _is_found(self, item: Item) -> bool:
        """Whether a magnet that runs gets its metadata by itself."""
        return self.progression != "manual" and item.profile != "unseeded"

    def moves(self, item: Item) -> bool:
        runs = item.metadata is not None and not (item.stopped or item.shown_as)
        return bool(runs and item.steps and not self.is_queued(item))

    def _new(self, hashes: Hashes, name: str, wish: Wish) -> Item | None:
        if any(item.hashes.meets(hashes) for item in self.held):
            return None
        known = self._known(hashes)
        item = Item(
            hashes=hashes,
            name=name,
            added=self.clock.now(),
            since=self.clock.now(),
            save_path=wish.save_path,
            layout=wish.layout,
            stopped=wish.stopped,
            stops_with_metadata=wish.stops_with_metadata,
            category=wish.category,
            tags=list(wish.tags),
            release=known.release if known else None,
            profile=known.profile if known else "unseeded",
        )
        item.steps = deque(COURSES[item.profile])
        self.held.append(item)
        return item

    def _run(self, item: Item) -> None:
        """What starts begins its course now; what is cached is there at once."""
        item.since = self.clock.now()
        if self.progression == "immediate" and item.profile == "cached" and self.moves(item):
            self.enter(item, item.steps.popleft())

    def _known(self, hashes: Hashes) -> Known | None:
        return next((known for known in self.known if known.metadata.hashes.meets(hashes)), None)
