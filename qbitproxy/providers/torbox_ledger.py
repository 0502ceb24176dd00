"""What a TorBox account holds, by infohash: the only key that outlives its queue and its ids.

One look proves little: the service's lists lag behind, its flags too. So what vanishes, or looks broken, is
believed when a second look says the same a while later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.clock import Clock
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.providers.torbox_wire import ALMOST, REASONS, Item, Parked, Trouble, instant

FRESH = timedelta(seconds=30).total_seconds()
"""How old a list may be for us to trust it that a torrent is not there."""

DOUBT = timedelta(seconds=60).total_seconds()
"""How far apart the looks are that have to agree on bad news."""

UNSHOWN = timedelta(minutes=5).total_seconds()
"""How long a torrent that was just added may be missing from lists."""

BURIED = timedelta(minutes=10).total_seconds()
"""How long a torrent that was deleted may still be listed. Source: documented age of a cached list."""

YOUNG = timedelta(minutes=2)
"""Age up to which a torrent's flags are not set yet."""

Ids = tuple[int | None, int | None]  # as a torrent, as what is parked

RENEWABLE = frozenset({Trouble.FAILED, Trouble.EVICTED})
"""What adding a torrent anew has been seen to mend."""


class Entry(Struct, frozen=True, kw_only=True):
    """One torrent of the account as it was last seen."""

    item: RemoteItem
    torrent_id: int | None = None
    queued_id: int | None = None  # while it is parked
    active: bool = False  # takes a slot
    since: float  # monotonic seconds: when we added it or asked for the list that showed it
    shown: bool = True  # a list has shown it
    missed_at: float | None = None  # monotonic seconds of the first list that did not

    @property
    def has_id(self) -> bool:
        """Whether the service can be asked about it."""
        return self.torrent_id is not None or self.queued_id is not None


class Ledger:
    """The torrents of one account, without asking again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._listed_at: float | None = None
        self._buried: dict[Ids, float] = {}  # of what we have deleted -> monotonic seconds
        self._troubled: dict[str, tuple[Trouble, float]] = {}  # -> since when, monotonic seconds
        self._renewed: set[str] = set()  # begun anew after trouble, which is done once

    def is_fresh(self) -> bool:
        """Whether the last complete list is young enough to be believed."""
        age = self._clock.monotonic() - self._listed_at if self._listed_at is not None else None
        return age is not None and age < FRESH

    def doubt(self) -> None:
        """Something may have been added without our knowing: the next look asks again."""
        self._listed_at = None

    def may_have_parked(self) -> bool:
        """Whether something may wait in the service's queue."""
        parked = any(entry.torrent_id is None for entry in self._entries.values())
        return parked or self._listed_at is None

    def get(self, infohash: str) -> Entry | None:
        """The torrent of that hash."""
        return self._entries.get(infohash)

    def items(self) -> list[RemoteItem]:
        """Every torrent, those in the queue too."""
        return [entry.item for entry in self._entries.values()]

    def active(self) -> int:
        """How many torrents take a slot."""
        return sum(entry.active for entry in self._entries.values())

    def unshown(self) -> list[int]:
        """The ids of torrents we have added that no list has shown yet."""
        unshown = [entry.torrent_id for entry in self._entries.values() if not entry.shown]
        return [torrent_id for torrent_id in unshown if torrent_id is not None]

    def parked(self) -> list[Entry]:
        """What waits in the queue, the longest waiting first."""
        waiting = [entry for entry in self._entries.values() if entry.queued_id is not None]
        return sorted(waiting, key=lambda entry: entry.queued_id or 0)

    def added(self, infohash: str, name: str, torrent_id: int | None, queued_id: int | None) -> RemoteItem:
        """A torrent that was just added, whatever ids it got."""
        state = ItemState.QUEUED if torrent_id is None else ItemState.CONVERTING
        item = RemoteItem(id=infohash, infohash=infohash, name=name, state=state)
        self._buried.pop((torrent_id, queued_id), None)
        self._entries[infohash] = Entry(
            item=item,
            torrent_id=torrent_id,
            queued_id=queued_id,
            active=torrent_id is not None,
            since=self._clock.monotonic(),
            shown=False,
        )
        return item

    def looked(self, item: Item) -> RemoteItem:
        """Take over one torrent that was asked for by its id."""
        before = self._entries.get(item.key)
        entry = self._seen(item, self._clock.monotonic())
        self._entries[item.key] = replace(entry, shown=before is None or before.shown)
        return entry.item

    def gone(self, infohash: str, *, deleted: bool = False) -> None:
        """A torrent that is not there any more; `deleted` by us, lists may go on showing it."""
        entry = self._entries.pop(infohash, None)
        self._troubled.pop(infohash, None)
        if deleted and entry is not None:
            self._buried[entry.torrent_id, entry.queued_id] = self._clock.monotonic()

    def listed(self, items: Iterable[Item], parked: Iterable[Parked], asked_at: float) -> None:
        """Take over a complete list; what it does not show stays until that is sure."""
        now = self._clock.monotonic()
        self._buried = {id_: at for id_, at in self._buried.items() if now < at + BURIED}
        found: dict[str, Entry] = {}
        for item in items:
            if (item.id, None) in self._buried:
                continue
            newer = found.get(item.key)
            if newer is None or (item.state is ItemState.DONE and newer.item.state is not ItemState.DONE):
                found[item.key] = self._seen(item, asked_at)
        for one in parked:
            if (None, one.id) in self._buried:
                continue
            infohash = one.infohash.lower()
            waiting = RemoteItem(
                id=infohash, infohash=infohash, name=one.name or infohash, state=ItemState.QUEUED
            )
            found.setdefault(infohash, Entry(item=waiting, queued_id=one.id, since=asked_at))
        kept = {key: self._missed(entry, asked_at) for key, entry in self._entries.items()}
        self._entries = {key: entry for key, entry in kept.items() if entry is not None} | found
        self._troubled = {key: known for key, known in self._troubled.items() if key in self._entries}
        self._listed_at = asked_at

    def is_suspect(self, infohash: str) -> bool:
        """Whether it looks broken, which is not sure yet."""
        known = self._troubled.get(infohash)
        entry = self._entries.get(infohash)
        return known is not None and entry is not None and entry.item.state is ItemState.FETCHING

    def renewed(self, infohash: str) -> None:
        """A broken torrent begins anew; when it breaks again, it has failed."""
        self._renewed.add(infohash)

    def _seen(self, item: Item, at: float) -> Entry:
        return Entry(item=self._remote(item, at), torrent_id=item.id, active=bool(item.active), since=at)

    def _remote(self, item: Item, at: float) -> RemoteItem:
        seen = RemoteItem(
            id=item.key,
            infohash=item.key,
            name=item.root,
            state=item.state,
            progress=item.done,
            speed=max(int(item.download_speed or 0), 0),
            seeders=max(item.seeds or 0, 0),
            size=item.size or 0,
            detail=item.download_state or "",
        )
        trouble = self._proved(item, at)
        if trouble is None:
            return replace(seen, state=ItemState.FETCHING) if item.trouble else seen
        if trouble in RENEWABLE and item.key not in self._renewed:
            return replace(seen, state=ItemState.UNPREPARED, progress=min(seen.progress, ALMOST))
        detail = f"{trouble} ({seen.detail})"
        return replace(seen, state=ItemState.FAILED, reason=REASONS[trouble], detail=detail)

    def _proved(self, item: Item, at: float) -> Trouble | None:
        """The trouble it is in, once looks far enough apart have agreed on it."""
        if item.trouble is None:
            self._troubled.pop(item.key, None)
            if item.state is ItemState.DONE:
                self._renewed.discard(item.key)
            return None
        known, since = self._troubled.get(item.key, (item.trouble, at))
        if known is not item.trouble:
            since = at
        self._troubled[item.key] = (item.trouble, since)
        created = instant(item.created_at)
        young = created is not None and timedelta(0) <= self._clock.now() - created < YOUNG
        return item.trouble if at - since >= DOUBT and not young else None

    def _missed(self, entry: Entry, asked_at: float) -> Entry | None:
        """What to keep of a torrent that a list does not show."""
        if entry.since >= asked_at:
            return entry
        missed_at = asked_at if entry.missed_at is None else entry.missed_at
        patience = DOUBT if entry.shown else UNSHOWN
        return replace(entry, missed_at=missed_at) if asked_at - missed_at < patience else None
