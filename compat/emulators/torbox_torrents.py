"""The torrents of one TorBox account on their way from asked for to present."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.sources import Metadata, metadata_of
from compat.emulators.torbox_items import (
    COURSES,
    DAY,
    KEPT,
    META,
    REMOVED,
    Item,
    Known,
    Queued,
    Step,
)
from compat.emulators.torbox_wire import Refused

PLANS = {0: 1, 1: 3, 2: 10, 3: 5}
"""Number of a plan (free, essential, pro, standard) -> its slots."""

GIB = 1 << 30
LARGEST = {0: 10 * GIB, 1: 200 * GIB, 2: 1000 * GIB, 3: 200 * GIB}  # bytes of a torrent, by plan
SWEEP = 3 * 3600.0  # seconds between two looks of the service at its queue


@dataclass(frozen=True)
class Wanted:
    """What somebody asked to be added."""

    infohash: str
    name: str
    magnet: str = ""
    metadata: Metadata | None = None  # of a .torrent
    private: bool = False
    seed: int = 1
    as_queued: bool = False
    only_if_cached: bool = False


class Torrents(Course[Item, Step]):
    """All torrents of the account; those that wait for a slot in `queue`, oldest first."""

    def __init__(self, progression: Progression, clock: Clock, plan: int, pace: float) -> None:
        super().__init__(progression, clock, pace)
        self.plan = plan
        self.extra_slots = 0
        self.when_full: Literal["queue", "refuse"] = "queue"
        self.most_queued = 1000
        self.known: dict[str, Known] = {}
        self.queue: list[Queued] = []
        self._last_id = 7_712_033
        self._swept_at = clock.now()

    @property
    def slots(self) -> int:
        return PLANS[self.plan] + self.extra_slots

    def learn(self, known: Known) -> None:
        """Make a release one the service can get at, for torrents added from now on."""
        self.known[known.release.infohash] = known

    def is_cached(self, infohash: str) -> bool:
        known = self.known.get(infohash)
        present = any(item.present for item in self.held if item.infohash == infohash)
        return present or (known is not None and known.profile == "cached")

    def create(self, wanted: Wanted) -> Item | Queued:
        """Add a torrent, or give back what holds it already. Raises Refused."""
        if any(queued.infohash == wanted.infohash for queued in self.queue):
            raise Refused("DIFF_ISSUE", "This torrent is already queued.")
        for item in self.held:
            if item.infohash == wanted.infohash:
                return item
        if wanted.metadata and wanted.metadata.size > LARGEST[self.plan]:
            raise Refused("DOWNLOAD_TOO_LARGE")
        cached = self.is_cached(wanted.infohash) and not wanted.private
        if wanted.only_if_cached and not cached:
            raise Refused("DOWNLOAD_NOT_CACHED")
        if cached and not wanted.as_queued:
            return self._new_item(wanted)
        if wanted.as_queued or len(self.active()) >= self.slots:
            return self._park(wanted)
        return self._new_item(wanted)

    def find(self, torrent_id: int) -> Item:
        """Return one torrent. Raises Refused when there is none."""
        for item in self.held:
            if item.id == torrent_id:
                return item
        raise Refused("ITEM_NOT_FOUND")

    def parked(self, queued_id: int) -> Queued:
        """Return one that waits. Raises Refused when there is none."""
        for queued in self.queue:
            if queued.id == queued_id:
                return queued
        raise Refused("ITEM_NOT_FOUND")

    def active(self) -> list[Item]:
        """Return what takes up a slot: what is downloaded, stored, seeded."""
        return [item for item in self.held if item.active]

    def start(self, queued: Queued) -> Item:
        """Make an item of one that waits. Raises Refused while there is no slot."""
        if len(self.active()) >= self.slots:
            raise self._full()
        self.queue.remove(queued)
        return self._new_item(
            Wanted(queued.infohash, queued.name, queued.magnet, queued.metadata, seed=queued.seed)
        )

    def pass_time(self) -> None:
        """Bring every torrent to where the clock says it is, the queue too."""
        super().pass_time()
        now = self.clock.now()
        for item in self.held:
            if item.present and item.expires is not None and now >= item.expires:
                self.evict(item)
        if now >= self._swept_at + SWEEP:
            self._swept_at = now
            for queued in list(self.queue)[: max(0, self.slots - len(self.active()))]:
                self.start(queued)

    def moves(self, item: Item) -> bool:
        """What takes days comes by the clock alone."""
        return bool(item.steps) and (self.progression == "timed" or item.steps[0].seconds < DAY)

    def evict(self, item: Item) -> None:
        """Drop the content; the torrent stays listed."""
        item.present, item.active, item.updated = False, False, self.clock.now()

    def enter(self, item: Item, step: Step) -> None:
        """Bring a torrent to a step."""
        if step.state == REMOVED:
            self.delete(item)
            return
        item.state, item.progress, item.seeds, item.speed = step.state, step.progress, step.seeds, step.speed
        item.active, item.finished = step.active, step.finished
        item.updated = self.clock.now()
        if item.metadata and item.has_files:
            item.name = item.metadata.name
        came = step.present and not item.present
        item.present = step.present
        if came:
            item.expires = self.clock.now() + KEPT
            if item.seed != 3 and item.profile != "cached":  # it seeds, which takes its slot
                item.state, item.active = "uploading", True
            for tell in self.on_downloaded:
                tell(item)

    def _park(self, wanted: Wanted) -> Queued:
        if self.when_full == "refuse":
            raise self._full()
        if len(self.queue) >= self.most_queued:
            raise Refused("DIFF_ISSUE", "You have reached the maximum queued downloads.")
        queued = Queued(
            id=self._new_id(),
            infohash=wanted.infohash,
            name=wanted.name or wanted.infohash,
            magnet=wanted.magnet,
            metadata=wanted.metadata,
            seed=wanted.seed,
            created=self.clock.now(),
        )
        self.queue.append(queued)
        return queued

    def _full(self) -> Refused:
        data = {"active_limit": self.slots, "current_active_downloads": len(self.active())}
        words = f"You have reached your active torrent download limit of {self.slots}."
        return Refused("ACTIVE_LIMIT", words, data=data)

    def _new_item(self, wanted: Wanted) -> Item:
        known = self.known.get(wanted.infohash)
        metadata = wanted.metadata or (metadata_of(known.release) if known else None)
        profile = known.profile if known else "unseeded"
        if wanted.private and profile == "cached":
            profile = "uncached"  # what a private tracker has is fetched from there each time
        now = self.clock.now()
        item = Item(
            id=self._new_id(),
            infohash=wanted.infohash,
            name=wanted.name or wanted.infohash,
            created=now,
            since=now,
            profile=profile,
            known=known,
            metadata=metadata,
            seed=wanted.seed,
        )
        self.held.append(item)
        self.enter(item, META)
        item.steps = deque(COURSES[profile])
        if self.progression == "immediate" and profile == "cached":
            self.enter(item, item.steps.popleft())
        return item

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id
