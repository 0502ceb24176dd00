"""The torrents as rows, encoded once for as long as they stay the same.

A row is encoded again when its torrent, its telemetry, its place in the queue or its path changed, or when
a duration it shows grew by a minute (by an hour, once it is old). Time is looked at minute by minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import is_

import structlog
from msgspec import Raw, Struct

from qbitproxy.core.caller import Caller
from qbitproxy.core.release import numbered
from qbitproxy.core.torrent import Ready, Torrent, content_path
from qbitproxy.library import Library, Telemetry
from qbitproxy.web.qbit import view
from qbitproxy.web.qbit.query import FILTERS, Query
from qbitproxy.web.qbit.view import Claim
from qbitproxy.web.qbit.wire import TorrentRow, encode

MOST_CACHED = 8 * 2**20  # bytes of whole answers

log = structlog.get_logger()


class Row(Struct, frozen=True):
    """A torrent with its encoded row; `json` is empty when the row cannot be made."""

    torrent: Torrent
    seen: Telemetry
    position: int
    path: str
    until: datetime
    state: str
    json: Raw


class Listing:
    """Answers torrents/info from what the library holds."""

    def __init__(self, library: Library, claim: Claim, queueing: bool) -> None:
        self._library, self._claim, self._queueing = library, claim, queueing
        self._rows: dict[int, Row] = {}
        self._stamp: tuple[int, datetime] | None = None
        self._torrents: list[Torrent] = []
        self._positions: dict[int, int] = {}
        self._wishes: dict[int, tuple[Torrent, str]] = {}
        self._paths: dict[int, str] = {}
        self._answers: dict[tuple[Caller, Query], bytes] = {}

    def answer(self, caller: Caller, query: Query, now: datetime) -> bytes:
        """The JSON array that `query` asks for. Raises KeyError for an unknown sort key."""
        now = self._refresh(now)
        known = self._answers.get((caller, query))
        if known is not None:
            return known
        rows = self._sorted(self._chosen(caller, query), query, now)
        body = encode([row.json for row in query.page(rows)])
        if sum(map(len, self._answers.values())) + len(body) <= MOST_CACHED:
            self._answers[caller, query] = body
        return body

    def rows(self, caller: Caller, now: datetime) -> list[Row]:
        """Every row that `caller` may see, by id."""
        now = self._refresh(now)
        rows = (self._row(torrent, now) for torrent in self._torrents if caller.sees(torrent))
        return [row for row in rows if row.json]

    def describe(self, torrent: Torrent, now: datetime) -> TorrentRow:
        """The row of one torrent, not encoded."""
        return self._describe(torrent, self._library.telemetry(torrent.id), self._refresh(now))

    def queue(self) -> list[Torrent]:
        """The unfinished torrents, the one whose turn is next first."""
        waiting = (torrent for torrent in self._library.listed() if not isinstance(torrent.phase, Ready))
        return sorted(waiting, key=lambda torrent: (-torrent.options.rank, torrent.id))

    def _chosen(self, caller: Caller, query: Query) -> Iterable[Torrent]:
        return (torrent for torrent in self._torrents if caller.sees(torrent) and query.wants(torrent))

    def _sorted(self, torrents: Iterable[Torrent], query: Query, now: datetime) -> list[Row]:
        states = FILTERS.get(query.filter)
        rows = [self._row(torrent, now) for torrent in torrents]
        rows = [row for row in rows if row.json and (states is None or row.state in states)]
        if query.sort and rows:
            if query.sort not in TorrentRow.__struct_fields__:
                raise KeyError(query.sort)
            rows.sort(key=lambda row: getattr(self._describe(row.torrent, row.seen, now), query.sort))
        return rows[::-1] if query.reverse else rows

    def _refresh(self, now: datetime) -> datetime:
        """Look at the library anew if it or the minute changed; return the minute."""
        minute = now.replace(second=0, microsecond=0)
        stamp = (self._library.version, minute)
        if stamp != self._stamp:
            self._stamp = stamp
            self._answers.clear()
            torrents = self._library.listed()
            if len(torrents) != len(self._torrents) or not all(map(is_, torrents, self._torrents)):
                self._torrents = torrents
                self._arrange()
        return minute

    def _arrange(self) -> None:
        """Work out what a row shows of the other torrents; forget rows of those that went."""
        waiting = self.queue()
        self._positions = {t.id: place for place, t in enumerate(waiting, 1)} if self._queueing else {}
        self._paths = self._unique_paths(waiting)
        if len(self._rows) > len(self._torrents):
            kept = {torrent.id for torrent in self._torrents}
            self._rows = {key: row for key, row in self._rows.items() if key in kept}

    def _unique_paths(self, waiting: Sequence[Torrent]) -> dict[int, str]:
        """Where each waiting torrent will be, no two of them in one folder."""
        if not waiting:
            return {}
        self._wishes = {torrent.id: self._wish(torrent) for torrent in waiting}
        taken = {content_path(torrent) for torrent in self._torrents}
        numbers: dict[str, int] = {}  # wish -> the number of the latest torrent that had it
        paths: dict[int, str] = {}
        for torrent in sorted(waiting, key=lambda torrent: torrent.id):
            path = wish = content_path(torrent) or self._wishes[torrent.id][1]
            while path in taken and path != content_path(torrent):
                numbers[wish] = numbers.get(wish, 1) + 1
                path = f"{torrent.save_path.rstrip('/')}/{numbered(wish.rpartition('/')[2], numbers[wish])}"
            taken.add(path)
            paths[torrent.id] = path
        return paths

    def _wish(self, torrent: Torrent) -> tuple[Torrent, str]:
        known = self._wishes.get(torrent.id)
        if known is not None and known[0] is torrent:
            return known
        return torrent, view.expected_path(torrent)

    def _row(self, torrent: Torrent, now: datetime) -> Row:
        known, seen = self._rows.get(torrent.id), self._library.telemetry(torrent.id)
        if (
            known is not None
            and known.torrent is torrent
            and known.seen is seen
            and known.until > now
            and known.position == self._positions.get(torrent.id, 0)
            and known.path == (self._paths.get(torrent.id) or known.path)
        ):
            return known
        row = self._rows[torrent.id] = self._made(torrent, seen, now)
        return row

    def _made(self, torrent: Torrent, seen: Telemetry, now: datetime) -> Row:
        position, until = self._positions.get(torrent.id, 0), view.same_until(torrent, now)
        try:
            row = self._describe(torrent, seen, now)
            return Row(torrent, seen, position, row.content_path, until, row.state, Raw(encode(row)))
        except Exception:  # one odd torrent must not hide the others, or its Arr stops talking to us
            log.exception("torrent_not_shown", torrent=torrent.id)
            path = self._paths.get(torrent.id, "")
            return Row(torrent, seen, position, path, now + timedelta(hours=1), "unknown", Raw(b""))

    def _describe(self, torrent: Torrent, seen: Telemetry, now: datetime) -> TorrentRow:
        path = self._paths.get(torrent.id) or view.expected_path(torrent)
        position = self._positions.get(torrent.id, 0)
        return view.describe(torrent, seen, now, path=path, position=position, claim=self._claim)
