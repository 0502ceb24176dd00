"""The torrents as rows, encoded once for as long as they stay the same.

A row is encoded again when its torrent, its telemetry, its place in the queue or its path changed, or when
a duration it shows grew by a minute (by an hour, once it is old). Time is looked at minute by minute.
However many torrents there are, nothing here keeps the loop for more than a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from qbitproxy.core.caller import Caller
from qbitproxy.core.torrent import Removing, Torrent
from qbitproxy.library import Library
from qbitproxy.settings import Settings
from qbitproxy.turns import breathe, in_turns
from qbitproxy.web.qbit import view
from qbitproxy.web.qbit.changes import Changes, Columns, Epoch
from qbitproxy.web.qbit.lineup import Lineup
from qbitproxy.web.qbit.preferences import goals, queueing
from qbitproxy.web.qbit.profile import Profile
from qbitproxy.web.qbit.query import FILTERS, Query
from qbitproxy.web.qbit.rows import Row, Tally, Totals
from qbitproxy.web.qbit.wire import TorrentRow, encode

ENCODED_AT_ONCE = 200
CHOSEN_AT_ONCE = 5000
PICKED_AT_ONCE = 1000
LEAST_CHANGES = 10_000
"""Changes that are kept however few torrents there are; two more for each of them."""
MOST_ANSWERS = 32

log = structlog.get_logger()


class Moment(Struct, frozen=True):
    """All rows as they were at once, with what changed since an earlier moment."""

    number: int
    rows: Mapping[int, Row]  # by id
    totals: Totals  # of what the caller may see
    epochs: Sequence[Epoch] | None  # None: nobody knows what changed


class Listing:
    """Answers torrents/info from what the library holds."""

    def __init__(self, library: Library, profile: Profile, settings: Settings) -> None:
        self._library, self._profile, self._settings = library, profile, settings
        self._preferences = library.preferences
        self._goals = goals(library.preferences)
        self._lineup = Lineup(queueing(settings, library.preferences))
        self._rows: dict[int, Row] = {}  # by id, in their order
        self._stale: list[int] = []  # ids of the rows to make anew, lowest first: a heap
        self._version, self._minute = library.version, datetime.min.replace(tzinfo=UTC)
        self._answers: dict[tuple[Caller, Query], list[bytes]] = {}
        self._changes = Changes(TorrentRow.__struct_fields__)
        self.tally = Tally()
        self._follow([torrent.id for torrent in library.all()])

    async def answer(self, caller: Caller, query: Query, now: datetime) -> Sequence[bytes]:
        """The rows that `query` asks for, encoded. Raises KeyError for an unknown sort key."""
        await self._refresh(now)
        answers = self._answers  # those of this moment: a change begins another dictionary
        known = answers.get((caller, query))
        if known is None:
            known = [row.json for row in await self._page(caller, query)]
            if len(answers) >= MOST_ANSWERS:
                del answers[next(iter(answers))]
            answers[caller, query] = known
        return known

    async def page(self, caller: Caller, query: Query, now: datetime) -> Sequence[Row]:
        """What `answer` gives, with the torrents. Raises KeyError for an unknown sort key."""
        await self._refresh(now)
        return await self._page(caller, query)

    @property
    def columns(self) -> Columns:
        """The keys of the rows."""
        return self._changes.columns

    async def totals(self, caller: Caller, now: datetime) -> Totals:
        """What the rows that `caller` may see come to."""
        await self._refresh(now)
        return self.tally.totals(caller)

    async def moment(self, caller: Caller, since: int | None, now: datetime) -> Moment:
        """This moment with what changed since that of the number `since`, None for none.

        With at most PICKED_AT_ONCE changes the rows are the living ones: to be read before anything is waited
        for.
        """
        await self._refresh(now)
        number = self._changes.moment(LEAST_CHANGES + 2 * len(self._rows))
        epochs = None if since is None else self._changes.since(since)
        few = epochs is not None and sum(map(len, epochs)) <= PICKED_AT_ONCE
        return Moment(number, self._rows if few else self._rows.copy(), self.tally.totals(caller), epochs)

    def describe(self, torrent: Torrent, now: datetime) -> TorrentRow:
        """The row of one torrent, not encoded."""
        self._catch_up(now)
        return self._describe(torrent)

    def queue(self) -> list[Torrent]:
        """The unfinished torrents, the one whose turn is next first."""
        self._follow_library()
        return self._lineup.queue()

    # -- choosing among rows

    async def _page(self, caller: Caller, query: Query) -> Sequence[Row]:
        rows = await self._sorted(await self._chosen(caller, query), query)
        return query.page(rows, wraps=self._profile.wraps_offset)

    async def _chosen(self, caller: Caller, query: Query) -> list[Row]:
        states, chosen = FILTERS.get(query.filter), list[Row]()
        async for rows in in_turns(self._candidates(query), CHOSEN_AT_ONCE):
            chosen += [
                row
                for row in rows
                if row.seen_by(caller)
                and query.wants(row.torrent)
                and (states is None or row.state in states)
            ]
        return chosen

    def _candidates(self, query: Query) -> list[Row]:
        if query.hashes is None:
            return list(self._rows.values())
        ids = {torrent.id for name in query.hashes for torrent in self._library.with_infohash(name)}
        return [self._rows[torrent_id] for torrent_id in sorted(ids) if torrent_id in self._rows]

    async def _sorted(self, rows: list[Row], query: Query) -> list[Row]:
        """`rows` by what they show under the key that `query` sorts by."""
        if query.sort and rows:
            if query.sort not in msgspec.json.decode(rows[0].json):
                raise KeyError(query.sort)
            shown = msgspec.json.Decoder(msgspec.defstruct("Shown", [(query.sort, Any)])).decode
            keys: list[Any] = []
            async for part in in_turns(rows, ENCODED_AT_ONCE):
                keys += [getattr(shown(row.json), query.sort) for row in part]
            if None in keys:  # what is not known comes first
                keys = [(key is not None, key) for key in keys]
            rows = [rows[n] for n in sorted(range(len(rows)), key=keys.__getitem__)]
        return rows[::-1] if query.reverse else rows

    # -- keeping rows true

    async def _refresh(self, now: datetime) -> None:
        """Make every row anew that is not true any more, a few at once."""
        self._catch_up(now)
        while self._stale:
            for _ in range(min(len(self._stale), ENCODED_AT_ONCE)):
                self._renew(heappop(self._stale))
            if self._stale:
                await breathe()

    def _catch_up(self, now: datetime) -> None:
        self._follow_library()
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._outdate([torrent_id for torrent_id, row in self._rows.items() if row.until <= minute])

    def _follow_library(self) -> None:
        version = self._library.version
        if version != self._version:
            self._follow_preferences()
            self._follow(self._library.changed_since(self._version))
            self._version = version

    def _follow_preferences(self) -> None:
        preferences = self._library.preferences
        if preferences is not self._preferences:
            self._preferences = preferences
            self._lineup.switch(queueing(self._settings, preferences))
            wanted = goals(preferences)
            if wanted != self._goals:
                self._goals = wanted
                self._outdate(list(self._rows))

    def _follow(self, changed: list[int]) -> None:
        for torrent_id in changed:
            self._lineup.follow(torrent_id, self._listed(torrent_id))
        self._outdate([*changed, *self._lineup.settle()])

    def _outdate(self, ids: list[int]) -> None:
        if ids:
            self._answers = {}
            self._stale.extend(ids)
            heapify(self._stale)  # new torrents have the highest ids, so their rows are made last

    def _renew(self, torrent_id: int) -> None:
        torrent, before = self._listed(torrent_id), self._rows.get(torrent_id)
        after = None if torrent is None else self._made(torrent)
        if after is not None:
            self._rows[torrent_id] = after
        elif before is not None:
            del self._rows[torrent_id]
        self.tally.follow(torrent_id, before, after)
        self._changes.note(torrent_id, before, after)

    def _listed(self, torrent_id: int) -> Torrent | None:
        torrent = self._library.get(torrent_id)
        return None if torrent is None or isinstance(torrent.phase, Removing) else torrent

    def _made(self, torrent: Torrent) -> Row:
        seen = self._library.telemetry(torrent.id)
        try:
            row = self._describe(torrent)
            until, speed = view.same_until(torrent, self._minute), view.speed(torrent, seen)
            return Row(torrent, until, row.state, row.completed, speed, encode(row))
        except Exception:  # one odd torrent must not hide the others, or its Arr stops talking to us
            log.exception("torrent_not_shown", torrent=torrent.id)
            return Row(torrent, self._minute + timedelta(hours=1), "unknown", 0, 0, b"")

    def _describe(self, torrent: Torrent) -> TorrentRow:
        return view.describe(
            torrent,
            self._library.telemetry(torrent.id),
            self._minute,
            path=self._lineup.path(torrent),
            position=self._lineup.position(torrent),
            profile=self._profile,
            goals=self._goals,
        )
