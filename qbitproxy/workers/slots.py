"""Who occupies the providers' slots, who waits for one, in fair order."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from qbitproxy.core.insight import QueuePlace
from qbitproxy.core.plan import Queue, Step, Submit, Wait
from qbitproxy.core.torrent import Accepted, Fetching, Torrent

Key = tuple[bool, int, int]
"""What orders the torrents of one Arr: forced ones first, then by rank, then by age."""

USUAL_STAY = 300.0
"""Seconds a torrent occupies a slot, as long as none has been seen to."""


class Bounds(Struct, frozen=True):
    """How many torrents one provider may work on at once for us."""

    most: int  # 0: unlimited
    keep_free: int  # slots that torrents worked on for long leave to those that may be held


@dataclass
class _Stay:
    """A torrent in a slot."""

    since: datetime
    fetch: bool


@dataclass
class _Line:
    """The torrents that wait for one kind of slot, fairly by Arr."""

    by_arr: dict[str, list[Key]] = field(default_factory=dict)
    keys: dict[int, tuple[str, Key]] = field(default_factory=dict)  # by torrent
    last: str = ""  # the Arr that was served last

    def join(self, torrent: Torrent) -> None:
        arr, key = torrent.request.arr, _key(torrent)
        if self.keys.get(torrent.id) == (arr, key):
            return
        self.leave(torrent.id)
        insort(self.by_arr.setdefault(arr, []), key)
        self.keys[torrent.id] = arr, key

    def leave(self, torrent_id: int) -> None:
        if torrent_id not in self.keys:
            return
        arr, key = self.keys.pop(torrent_id)
        waiting = self.by_arr[arr]
        del waiting[bisect_left(waiting, key)]
        if not waiting:
            del self.by_arr[arr]

    def head(self) -> int | None:
        """Whose turn it is: the first of the Arr that follows the one served last."""
        if not self.by_arr:
            return None
        arrs = sorted(self.by_arr)
        arr = next((name for name in arrs if name > self.last), arrs[0])
        return self.by_arr[arr][0][2]

    def serve(self, torrent_id: int) -> None:
        self.last = self.keys[torrent_id][0]
        self.leave(torrent_id)

    def position(self, torrent_id: int) -> int:
        """How many turns it takes until this one's, from 1 on."""
        arr, key = self.keys[torrent_id]
        before = bisect_left(self.by_arr[arr], key)
        ahead = sum(
            min(len(waiting), before + _goes_first(name, arr, self.last))
            for name, waiting in self.by_arr.items()
            if name != arr
        )
        return before + ahead + 1


class Slots:
    """The slots of every provider. All of it follows from the library, so nothing is lost in a restart."""

    def __init__(self, bounds: Callable[[str], Bounds]) -> None:
        self._bounds = bounds
        self._stays: dict[str, dict[int, _Stay]] = {}
        self._lines: dict[tuple[str, bool], _Line] = {}  # (provider, fetch)
        self._usual: dict[tuple[str, bool], float] = {}  # seconds, a moving average

    def load(self, torrents: Iterable[Torrent]) -> None:
        """Take over what the providers work on already."""
        for torrent in torrents:
            if isinstance(torrent.phase, Fetching):
                self._occupy(torrent.phase.remote.provider, torrent.id, torrent.phase.since)

    def has_room(self, provider: str, torrent_id: int, *, fetch: bool) -> bool:
        """Whether `provider` may take this torrent, or may go on with it, to be worked on for long or not."""
        stay = self._stays.get(provider, {}).get(torrent_id)
        if stay is None:
            return self._free(provider, fetch) > 0 and self._line(provider, fetch).head() is None
        return stay.fetch or not fetch or self._free_to_stay(provider) > 0

    def settle(self, torrent: Torrent, step: Step, now: datetime) -> list[int]:
        """Let `torrent`'s slots follow its next step; return the torrents whose turn has come."""
        wanted: set[str] = set()
        queued: set[tuple[str, bool]] = set()
        match torrent.phase, step:
            case Fetching(remote=remote, since=since), _:
                wanted = {remote.provider}
                self._occupy(remote.provider, torrent.id, since, isinstance(step, Wait) and step.stays)
            case Accepted(), Submit(provider=provider, fetch=fetch):
                wanted = {provider}
                self._occupy(provider, torrent.id, now, fetch)
            case Accepted(), Queue(providers=providers, fetch=fetch):
                queued = {(provider, fetch) for provider in providers}
        for place, line in self._lines.items():
            if place in queued:
                line.join(torrent)
            else:
                line.leave(torrent.id)
        for provider, fetch in queued - self._lines.keys():
            self._line(provider, fetch).join(torrent)
        return self._free_up(torrent.id, wanted, now)

    def forget(self, torrent_id: int, now: datetime) -> list[int]:
        """A torrent is gone; return those whose turn has come."""
        for line in self._lines.values():
            line.leave(torrent_id)
        return self._free_up(torrent_id, set(), now)

    def place(self, torrent_id: int) -> QueuePlace | None:
        """Where a torrent stands in line, by the line in which its turn comes first; None when in none."""
        places = [
            QueuePlace(provider, position, self._estimate(provider, fetch, position))
            for (provider, fetch), line in self._lines.items()
            if torrent_id in line.keys and (position := line.position(torrent_id))
        ]
        return min(places, key=lambda place: place.position, default=None)

    def active(self, provider: str) -> int:
        """How many of our torrents a provider works on."""
        return len(self._stays.get(provider, {}))

    def most(self, provider: str) -> int:
        """How many torrents a provider may work on at once; 0: unlimited or unknown."""
        return self._bounds(provider).most

    def waiting(self, provider: str) -> int:
        """How many torrents wait for a slot of a provider."""
        return sum(len(self._line(provider, fetch).keys) for fetch in (False, True))

    def _free_up(self, torrent_id: int, wanted: set[str], now: datetime) -> list[int]:
        called: list[int] = []
        for provider, stays in self._stays.items():
            if torrent_id in stays and provider not in wanted:
                self._vacate(provider, torrent_id, now)
            called += self._call(provider, now)
        return called

    def _call(self, provider: str, now: datetime) -> list[int]:
        """Give free slots to those who wait: first to what may be held, which leaves soon."""
        called: list[int] = []
        for fetch in (False, True):
            line = self._line(provider, fetch)
            while self._free(provider, fetch) > 0 and (head := line.head()) is not None:
                line.serve(head)
                self._stays.setdefault(provider, {})[head] = _Stay(now, fetch)
                called.append(head)
        return called

    def _occupy(self, provider: str, torrent_id: int, since: datetime, fetch: bool = False) -> None:
        stay = self._stays.setdefault(provider, {}).setdefault(torrent_id, _Stay(since, fetch))
        stay.fetch = stay.fetch or fetch

    def _vacate(self, provider: str, torrent_id: int, now: datetime) -> None:
        stay = self._stays[provider].pop(torrent_id)
        lasted = (now - stay.since).total_seconds()
        usual = self._usual.get((provider, stay.fetch), lasted)
        self._usual[provider, stay.fetch] = usual + (lasted - usual) / 8

    def _free(self, provider: str, fetch: bool) -> int:
        bounds, stays = self._bounds(provider), self._stays.get(provider, {})
        free = bounds.most - len(stays) if bounds.most else 1
        return min(free, self._free_to_stay(provider)) if fetch else free

    def _free_to_stay(self, provider: str) -> int:
        """How many more may be worked on for long."""
        bounds = self._bounds(provider)
        if not bounds.most:
            return 1
        fetching = sum(stay.fetch for stay in self._stays.get(provider, {}).values())
        return bounds.most - bounds.keep_free - fetching

    def _line(self, provider: str, fetch: bool) -> _Line:
        return self._lines.setdefault((provider, fetch), _Line())

    def _estimate(self, provider: str, fetch: bool, position: int) -> float:
        at_once = max(self._bounds(provider).most - (self._bounds(provider).keep_free if fetch else 0), 1)
        return self._usual.get((provider, fetch), USUAL_STAY) * position / at_once


def _key(torrent: Torrent) -> Key:
    return not torrent.options.force_start, -torrent.options.rank, torrent.id


def _goes_first(name: str, arr: str, last: str) -> bool:
    """Whether Arr `name` is served before `arr` in a round that begins after `last`."""
    return (name <= last, name) < (arr <= last, arr)
