"""Torrents with their encoded rows, what many of them come to."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from qbitproxy.core.caller import Audience, Caller, audience
from qbitproxy.core.torrent import Torrent


class Row(Struct, frozen=True, gc=False):
    """A torrent with its encoded row; `json` is empty when the row cannot be made."""

    torrent: Torrent
    until: datetime
    state: str
    done: int  # bytes
    speed: int  # bytes per second
    json: bytes

    def seen_by(self, caller: Caller) -> bool:
        """Whether `caller` is shown it."""
        return bool(self.json) and caller.sees(self.torrent)


class Totals(Struct):
    """What several rows come to."""

    rows: int = 0
    done: int = 0  # bytes
    speed: int = 0  # bytes per second


class Tally:
    """What all rows come to, kept row by row so that nobody has to go through them."""

    def __init__(self) -> None:
        self._totals: dict[Audience, Totals] = {}
        self._at: dict[str, set[int]] = {}  # tracker's URL -> torrents

    def follow(self, torrent_id: int, before: Row | None, after: Row | None) -> None:
        """See a row in the place of another; None for none."""
        self._count(before, -1)
        self._count(after, 1)
        if trackers_differ(before, after):
            for url in urls(before):
                self._at[url].discard(torrent_id)
                if not self._at[url]:
                    del self._at[url]
            for url in urls(after):
                self._at.setdefault(url, set()).add(torrent_id)

    def totals(self, caller: Caller) -> Totals:
        """What the rows that `caller` may see come to."""
        seen = [totals for those, totals in self._totals.items() if caller.is_among(those)]
        return Totals(sum(t.rows for t in seen), sum(t.done for t in seen), sum(t.speed for t in seen))

    def trackers(self) -> list[str]:
        """The URL of every tracker."""
        return list(self._at)

    def at(self, url: str) -> list[int]:
        """The torrents with this tracker, by id."""
        return sorted(self._at.get(url, ()))

    def _count(self, row: Row | None, times: int) -> None:
        if row is not None:
            where = audience(row.torrent)
            totals = self._totals.setdefault(where, Totals())
            totals.rows += times
            totals.done += times * row.done
            totals.speed += times * row.speed
            if not totals.rows:
                del self._totals[where]


def place(row: Row | None) -> Audience | None:
    """Who may see `row`; None when there is nothing to see."""
    return audience(row.torrent) if row is not None and row.json else None


def urls(row: Row | None) -> set[str]:
    """The URLs of its trackers, none when there is nothing to see."""
    return {tracker.url for tracker in row.torrent.trackers} if row is not None and row.json else set()


def trackers_differ(before: Row | None, after: Row | None) -> bool:
    """Whether a row that is now `after` may have other trackers than it had."""
    return (
        before is None
        or after is None
        or not before.json
        or not after.json
        or before.torrent.trackers is not after.torrent.trackers
    )
