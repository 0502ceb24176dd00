"""The magnets of one AllDebrid account on their way from added to ready."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from compat.content import Release
from compat.emulators.alldebrid_items import (
    ACTIVE,
    COURSES,
    DOWNLOADING,
    LARGEST,
    QUEUED,
    READY,
    REMOVED,
    Item,
    Profile,
    Step,
)
from compat.emulators.alldebrid_wire import Refused
from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.sources import Metadata, Unreadable, metadata_of, read_magnet, read_torrent

BARE = re.compile(r"[0-9a-fA-F]{40}")
COOLDOWN = 60.0  # seconds between two restarts of one magnet


@dataclass(frozen=True)
class Known:
    """A release the service can get at."""

    release: Release
    profile: Profile


def infohash_in(magnet: str) -> str:
    """The infohash, lower case, of a magnet link or of itself alone. Raises Refused; base32 is not taken."""
    if BARE.fullmatch(magnet):
        return magnet.lower()
    try:
        infohash, _ = read_magnet(magnet)
    except Unreadable:
        raise Refused("MAGNET_INVALID_URI", where=magnet) from None
    if infohash not in magnet.lower():
        raise Refused("MAGNET_INVALID_URI", where=magnet)
    return infohash


def metadata_in(torrent: bytes, filename: str) -> Metadata:
    """What a .torrent says. Raises Refused."""
    try:
        return read_torrent(torrent)
    except Unreadable:
        raise Refused("MAGNET_INVALID_FILE", where=filename) from None


class Magnets(Course[Item, Step]):
    """All magnets of the account."""

    def __init__(self, progression: Progression, clock: Clock, slots: int, most: int, pace: float) -> None:
        super().__init__(progression, clock, pace)
        self.slots = slots  # magnets that may be active
        self.most = most  # magnets in all
        self.largest = LARGEST  # bytes of one magnet
        self.known: dict[str, Known] = {}
        self._next_id = 310442177

    def add(self, infohash: str, told: Metadata | None = None) -> Item:
        """The magnet of that infohash: the one that is there, in whatever state, or a new one.

        `told` is what came with it. Raises Refused.
        """
        for item in self.held:
            if item.infohash == infohash:
                return item
        known = self.known.get(infohash)
        metadata = metadata_of(known.release) if known else told
        if metadata and metadata.size > self.largest:
            raise Refused("MAGNET_TOO_LARGE", where=infohash)
        if len(self.held) >= self.most:
            raise Refused("MAGNET_TOO_MANY")
        if len(self.active()) >= self.slots:
            raise Refused("MAGNET_TOO_MANY_ACTIVE", where=infohash)
        item = Item(
            id=self._next_id,
            infohash=infohash,
            added=self.clock.now(),
            since=self.clock.now(),
            profile=known.profile if known else "unseeded",
            metadata=metadata,
            release=known.release if known else None,
            named=told is not None,
        )
        self._next_id += 1
        self.held.append(item)
        self._set_out(item)
        return item

    def find(self, remote_id: str) -> Item:
        """Return one magnet. Raises Refused when there is none."""
        for item in self.held:
            if str(item.id) == remote_id:
                return item
        raise Refused("MAGNET_INVALID_ID")

    def active(self) -> list[Item]:
        """Return what takes up a slot."""
        return [item for item in self.held if item.code in ACTIVE]

    def restart(self, item: Item) -> None:
        """Let a failed magnet set out again. Raises Refused."""
        if item.code in ACTIVE or item.code == READY:
            raise Refused("MAGNET_PROCESSING")
        now = self.clock.now()
        if item.restarted is not None and now < item.restarted + COOLDOWN:
            raise Refused("MAGNET_PROCESSING_COOLDOWN")
        item.restarted = item.since = now
        self.enter(item, Step(0, QUEUED))
        self._set_out(item)

    def needs_metadata(self, step: Step) -> bool:
        return step.code == READY

    def enter(self, item: Item, step: Step) -> None:
        if step.code == REMOVED:
            self.delete(item)
            return
        item.code, item.progress = step.code, step.progress
        item.seeders, item.speed = step.seeders, step.speed
        item.named = item.named or step.code == READY or (step.code == DOWNLOADING and bool(step.seeders))
        if step.code == READY:
            item.completed = self.clock.now()
            for tell in self.on_downloaded:
                tell(item)

    def _set_out(self, item: Item) -> None:
        known = self.known.get(item.infohash)
        item.profile = known.profile if known else item.profile
        item.steps = deque(COURSES[item.profile])
        if item.profile == "cached" and self.progression != "manual":
            self.enter(item, item.steps.popleft())
