"""The torrents of one Real-Debrid account on their way from added to downloaded."""

from __future__ import annotations

import random
import string
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from compat.content import Release
from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.realdebrid_items import (
    ACTIVE,
    CONVERSION,
    CONVERTING,
    CONVERTING_ELSE,
    DOWNLOADED,
    FETCHING,
    PACKED,
    QUEUED,
    REMOVED,
    UPLOADING,
    WAITING,
    Item,
    Metadata,
    Packing,
    Profile,
    RemoteFile,
    Step,
)
from compat.emulators.realdebrid_sources import metadata_of, read_magnet, read_torrent
from compat.emulators.realdebrid_wire import Refused

UNPACKABLE = str.maketrans('|"\\?*:<>', "________")  # what a rar's name cannot hold


@dataclass(frozen=True)
class Known:
    """A release the service can get at."""

    release: Release
    profile: Profile
    packing: Packing
    metadata: Metadata


@dataclass(frozen=True)
class Link:
    """What one link of a torrent stands for."""

    url: str
    item: Item
    path: str  # within `release`
    size: int  # bytes
    release: Release | None

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]


class Torrents(Course[Item, Step]):
    """All torrents of the account."""

    def __init__(self, progression: Progression, clock: Clock, slots: int, pace: float) -> None:
        super().__init__(progression, clock, pace)
        self.slots = slots
        self.loses_early_selection = True
        self.known: dict[str, Known] = {}
        self.links: dict[str, Link] = {}
        self._random = random.Random(13)

    def new_id(self) -> str:
        """Return an id as torrents, links, downloads have them."""
        return "".join(self._random.choices(string.ascii_uppercase + string.digits, k=13))

    def learn(self, release: Release, profile: Profile, packing: Packing, file_ids: Sequence[int]) -> None:
        """Make the release one the service can get at, for torrents added from now on."""
        self.known[release.infohash] = Known(release, profile, packing, metadata_of(release, file_ids))

    def add_magnet(self, magnet: str) -> Item:
        """Add a torrent that has no metadata yet. Raises Refused."""
        infohash, name = read_magnet(magnet)
        known = self.known.get(infohash)
        item = self._new_item(infohash, name, known.metadata if known else None)
        if known:
            self._set_out(item, CONVERTING.get(item.profile, CONVERTING_ELSE))
        return item

    def add_file(self, raw: bytes) -> Item:
        """Add a torrent with its metadata; what is not known has files without seeders. Raises Refused."""
        infohash, metadata = read_torrent(raw)
        known = self.known.get(infohash)
        item = self._new_item(infohash, metadata.name, known.metadata if known else metadata)
        self.enter(item, Step(0, WAITING))
        return item

    def find(self, remote_id: str) -> Item:
        """Return one torrent. Raises Refused when there is none."""
        for item in self.held:
            if item.id == remote_id:
                return item
        raise Refused(7)

    def active(self) -> list[Item]:
        """Return what takes up a slot."""
        return [item for item in self.held if item.status in ACTIVE]

    def select(self, item: Item, files: str) -> None:
        """Choose files by "all" or by ids joined with commas. Raises Refused, also once they are chosen."""
        if not files:
            raise Refused(1, status=404, details="{files} is missing")
        if files != "all" and not all(part.isascii() and part.isdigit() for part in files.split(",")):
            raise Refused(2)
        if item.status == CONVERSION:
            item.early_selection = "" if self.loses_early_selection else files
            return
        if item.status != WAITING:
            raise Refused(31)
        item.since = self.clock.now()
        self._choose(item, files)

    def delete(self, item: Item) -> None:
        """Take a torrent off the account; its links serve nothing any more."""
        self.links = {url: link for url, link in self.links.items() if link.item is not item}
        super().delete(item)

    def look_at(self, items: list[Item]) -> list[Item]:
        """Return those of `items` that are still there, each one step further where looking moves them."""
        for item in items:
            if item.links_shown is not None:
                item.links_shown += 1
        return super().look_at(items)

    def needs_metadata(self, step: Step) -> bool:
        return step.status not in (CONVERSION, "magnet_error")

    def enter(self, item: Item, step: Step) -> None:
        if step.status == REMOVED:
            self.delete(item)
            return
        item.status, item.progress = step.status, step.progress
        item.seeders, item.speed = step.seeders, step.speed
        if item.metadata and step.status not in (CONVERSION, "magnet_error"):
            item.original_filename = item.metadata.name
        if step.status == WAITING and item.early_selection:
            self._choose(item, item.early_selection)
        elif step.status == WAITING and item.profile == "removed":
            self._set_out(item, FETCHING["removed"])
        elif step.status == DOWNLOADED:
            self._finish(item)

    def _new_item(self, infohash: str, name: str, metadata: Metadata | None) -> Item:
        if len(self.active()) >= self.slots:
            raise Refused(21)
        known = self.known.get(infohash)
        item = Item(
            id=self.new_id(),
            infohash=infohash,
            original_filename=name,
            added=self.clock.now(),
            since=self.clock.now(),
            profile=known.profile if known else "unseeded",
            packing=known.packing if known else "each",
            metadata=metadata,
            release=known.release if known else None,
        )
        self.held.append(item)
        return item

    def _choose(self, item: Item, files: str) -> None:
        known = {file.id for file in item.files}
        chosen = known if files == "all" else {int(part) for part in files.split(",")}
        if not chosen <= known:
            raise Refused(2, status=404)
        item.selected = frozenset(chosen)
        self.enter(item, Step(0, QUEUED))
        self._set_out(item, _fetching(item))

    def _set_out(self, item: Item, steps: Sequence[Step]) -> None:
        item.steps = deque(steps)
        at_once = item.profile == "cached" or (item.status == CONVERSION and steps[-1].status == WAITING)
        if self.progression == "immediate" and at_once:
            for _ in steps:
                self.enter(item, item.steps.popleft())

    def _finish(self, item: Item) -> None:
        item.progress, item.ended = 100, self.clock.now()
        item.selected = item.selected or frozenset(file.id for file in item.files)
        item.links_shown = 0 if item.packing == "one-by-one" else None
        links = self._links_of(item)
        self.links |= {link.url: link for link in links}
        item.links = [link.url for link in links]
        for tell in self.on_downloaded:
            tell(item)

    def _links_of(self, item: Item) -> list[Link]:
        files = item.selected_files
        if _packs(item):
            name = item.original_filename.translate(UNPACKABLE) + ".rar"
            size = sum(file.size for file in files) + 64 * (len(files) + 1)  # stored, with a header each
            return [self._link(item, RemoteFile(1, name, size), Release(name, {name: size}))]
        linked = {"short": files[:-1], "none": []}.get(item.packing, files)
        return [self._link(item, file, item.release) for file in linked]

    def _link(self, item: Item, file: RemoteFile, release: Release | None) -> Link:
        return Link(f"https://real-debrid.com/d/{self.new_id()}", item, file.path, file.size, release)


def _packs(item: Item) -> bool:
    return item.packing == "rar" and not all(file.is_video for file in item.selected_files)


def _fetching(item: Item) -> list[Step]:
    steps = list(FETCHING.get(item.profile, FETCHING["unseeded"]))
    uploads = [n for n, step in enumerate(steps) if step.status == UPLOADING]
    if _packs(item) and uploads:
        steps.insert(uploads[0], PACKED)
    return steps
