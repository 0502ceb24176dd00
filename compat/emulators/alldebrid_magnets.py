"""The magnets of one AllDebrid account on their way from added to ready."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
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


class Magnets:
    """All magnets of the account, oldest first in `held`.

    "timed" goes by the clock. "manual" stands still. With "immediate" cached content is ready at once;
    everything else takes one step each time it is looked at.
    """

    def __init__(self, progression: Progression, clock: Clock, slots: int, most: int, pace: float) -> None:
        self.progression = progression
        self.clock = clock
        self.slots = slots  # magnets that may be active
        self.most = most  # magnets in all
        self.largest = LARGEST  # bytes of one magnet
        self.pace = pace  # seconds that one second of a course takes
        self.known: dict[str, Known] = {}
        self.held: list[Item] = []
        self.on_downloaded: list[Callable[[Item], None]] = []
        self.on_deleted: list[Callable[[Item], None]] = []
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

    def of(self, infohash: str) -> Item:
        """Return the magnet of that hash. Raises LookupError when there is none."""
        for item in self.held:
            if item.infohash == infohash:
                return item
        raise LookupError(f"no magnet {infohash} in the account")

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
        self._enter(item, Step(0, QUEUED))
        self._set_out(item)

    def delete(self, item: Item) -> None:
        """Take a magnet off the account."""
        self.held.remove(item)
        for tell in self.on_deleted:
            tell(item)

    def pass_time(self) -> None:
        """Bring every magnet to where the clock says it is."""
        if self.progression != "timed":
            return
        for item in list(self.held):
            while item.steps and self.clock.now() >= item.since + item.steps[0].seconds * self.pace:
                item.since += item.steps[0].seconds * self.pace
                self._enter(item, item.steps.popleft())

    def look_at(self, items: list[Item]) -> list[Item]:
        """Return those of `items` that are still there, each one step further where looking moves them."""
        for item in items:
            if self.progression == "immediate" and item.steps:
                self._enter(item, item.steps.popleft())
        return [item for item in items if item in self.held]

    def advance(self, item: Item, step: Step | None) -> None:
        """Move one magnet to where `step` says, by default to the next step of its course.

        Raises ValueError where there is no next step, LookupError for metadata that nobody has.
        """
        if step is None:
            if not item.steps:
                raise ValueError(f"{item.infohash} has no step left")
            step = item.steps.popleft()
        else:
            item.steps.clear()
        if step.code == READY and item.metadata is None:
            raise LookupError(f"nobody has the metadata of {item.infohash}")
        self._enter(item, step)

    def _set_out(self, item: Item) -> None:
        known = self.known.get(item.infohash)
        item.profile = known.profile if known else item.profile
        item.steps = deque(COURSES[item.profile])
        if item.profile == "cached" and self.progression != "manual":
            self._enter(item, item.steps.popleft())

    def _enter(self, item: Item, step: Step) -> None:
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
