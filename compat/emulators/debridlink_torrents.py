"""The torrents of one Debrid-Link account on their way from added to complete."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from compat.content import Release
from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.debridlink_items import (
    COURSES,
    NO_METADATA,
    PAUSED,
    REMOVED,
    Item,
    Profile,
    Step,
    id_of,
)
from compat.emulators.debridlink_wire import Refused
from compat.emulators.sources import Metadata, metadata_of

DAY = 24 * 3600.0  # seconds


@dataclass(frozen=True)
class Known:
    """A release the service can get at."""

    release: Release
    profile: Profile
    metadata: Metadata
    only_zip: bool


@dataclass(frozen=True)
class Wish:
    """A torrent as it is handed in."""

    infohash: str
    name: str  # "" when nothing tells
    metadata: Metadata | None  # of a .torrent
    is_bare: bool = False  # nothing but its infohash
    waits: bool = False  # for its files to be chosen


class Torrents(Course[Item, Step]):
    """All torrents of the account; addresses of their files serve longer than that."""

    def __init__(self, progression: Progression, clock: Clock, slots: int, pace: float, per_day: int) -> None:
        super().__init__(progression, clock, pace)
        self.slots = slots
        self.per_day = per_day  # torrents that may be added
        self.added_on: dict[int, int] = {}  # day since the epoch -> torrents added
        self.known: dict[str, Known] = {}

    def learn(self, release: Release, profile: Profile, *, only_zip: bool = False) -> None:
        """Make the release one the service can get at, for torrents added from now on."""
        self.known[release.infohash] = Known(release, profile, metadata_of(release), only_zip)

    @property
    def added_today(self) -> int:
        return self.added_on.get(int(self.clock.now() // DAY), 0)

    @property
    def until_reset(self) -> int:
        """Seconds until the day's torrents count anew."""
        return int(DAY - self.clock.now() % DAY)

    def active(self) -> list[Item]:
        """Return what takes up a transfer."""
        return [item for item in self.held if item.is_active]

    def add(self, wish: Wish) -> Item:
        """Add a torrent, or return the one of its infohash that is there. Raises Refused."""
        for item in self.held:
            if item.infohash == wish.infohash:
                return item
        known = self.known.get(wish.infohash)
        is_cached = known is not None and known.profile == "cached"
        if wish.is_bare and not is_cached:
            raise Refused("notAddTorrent")
        if self.added_today >= self.per_day:
            raise Refused("maxTorrent")
        if not is_cached and len(self.active()) >= self.slots:
            raise Refused("maxTransfer")
        today = int(self.clock.now() // DAY)
        self.added_on[today] = self.added_today + 1
        item = self._new_item(wish, known)
        self.held.append(item)
        if not wish.waits:
            self._set_out(item)
        return item

    def find(self, remote_id: str) -> Item:
        """Return one torrent. Raises Refused when there is none."""
        for item in self.held:
            if item.id == remote_id:
                return item
        raise Refused("badId")

    def choose(self, item: Item, unwanted: frozenset[str]) -> None:
        """Leave files out; a torrent that waited for that sets out. Raises Refused for unknown files."""
        if not unwanted <= {file_id for file_id, _, _ in item.files}:
            raise Refused("badArguments")
        item.unwanted = unwanted
        if item.waits:
            item.waits = False
            self._set_out(item)

    def needs_metadata(self, step: Step) -> bool:
        return step.informed

    def enter(self, item: Item, step: Step) -> None:
        if step.status == REMOVED:
            self.delete(item)
            return
        before, item.at = item.is_complete, step
        if item.is_complete and not before:
            for tell in self.on_downloaded:
                tell(item)

    def _new_item(self, wish: Wish, known: Known | None) -> Item:
        metadata = known.metadata if known and known.profile != "unseeded" else wish.metadata
        item = Item(
            id=id_of(wish.infohash),
            infohash=wish.infohash,
            announced_name=wish.name or wish.infohash,
            added=self.clock.now(),
            since=self.clock.now(),
            metadata=metadata,
            release=known.release if known else None,
            waits=wish.waits,
            only_zip=known is not None and known.only_zip,
            trackers=known.release.trackers if known else (),
        )
        if wish.waits:
            item.at = Step(0, PAUSED, informed=metadata is not None)
        elif wish.metadata:
            item.at = Step(0, NO_METADATA.status)
        return item

    def _set_out(self, item: Item) -> None:
        known = self.known.get(item.infohash)
        item.since = self.clock.now()
        item.steps = deque(COURSES[known.profile] if known else ())
        if known and known.profile == "cached" and self.progression != "manual":
            self.enter(item, item.steps.popleft())
