"""The torrents and trackers of sync/maindata, all of them or those that changed.

Of two torrents of one hash in a view the one is shown that other endpoints find by it: in the caller's own
category, else the older. What changes while an answer is put together is in it already or in the next one, as
each says how things are, never by how much they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from qbitproxy.core.caller import Caller
from qbitproxy.core.torrent import Torrent
from qbitproxy.turns import breathe, in_turns
from qbitproxy.web.qbit.answers import Run, run
from qbitproxy.web.qbit.changes import Columns, Epoch, Move
from qbitproxy.web.qbit.listing import CHOSEN_AT_ONCE, PICKED_AT_ONCE, Moment
from qbitproxy.web.qbit.rows import Row, Tally
from qbitproxy.web.qbit.wire import encode

ASKED_AT_ONCE = 100
"""Trackers."""
MOST_ANSWERS = 8

Kin = Callable[[str], Iterable[Torrent]]
"""The torrents of a hash."""


class Shown(Struct, frozen=True, kw_only=True):
    """The end of an answer."""

    torrents: Run  # members of an object, as are the trackers
    torrents_removed: list[str] = []  # hashes
    trackers: Run
    trackers_removed: list[str] = []  # URLs


class Answers:
    """The changes that lead to the latest moment, shared by everybody who missed the same ones."""

    def __init__(self) -> None:
        self._moment = -1
        self._shown: dict[tuple[Caller, int], Shown] = {}

    async def changes(self, showing: Showing, moment: Moment, since: int) -> Shown:
        """What changed for a caller since the moment of that number, of which all is known."""
        if moment.number != self._moment:
            self._moment, self._shown = moment.number, {}
        shown, known = self._shown, self._shown.get((showing.caller, since))
        if known is None:
            known = await showing.changes(moment, moment.epochs or ())
            if len(shown) < MOST_ANSWERS:
                shown[showing.caller, since] = known
        return known


class Showing(Struct, frozen=True, kw_only=True):
    """What one caller is shown."""

    caller: Caller
    columns: Columns
    kin: Kin
    tally: Tally
    marks: bytes  # further members of each torrent, which change never

    async def everything(self, moment: Moment) -> Shown:
        """All that there is."""
        shown: dict[str, Row] = {}
        async for rows in in_turns(list(moment.rows.values()), CHOSEN_AT_ONCE):
            for row in rows:
                if row.seen_by(self.caller):
                    other = shown.get(row.torrent.infohash)
                    if other is None or self._turn(row) < self._turn(other):
                        shown[row.torrent.infohash] = row
        size = 0
        grows = len('"":') - len('"hash":"",') + len(self.marks)
        async for chosen in in_turns(list(shown.values()), CHOSEN_AT_ONCE):
            size += sum(len(row.json) + grows for row in chosen)
        trackers = list[bytes]()
        async for urls in in_turns(self.tally.trackers(), ASKED_AT_ONCE):
            trackers += [tracker for url in urls if (tracker := await self._hashes(url, moment.rows))]
        return Shown(
            torrents=Run(map(self._whole, shown.values()), size + max(len(shown) - 1, 0)),
            trackers=run(trackers),
        )

    async def changes(self, moment: Moment, epochs: Sequence[Epoch]) -> Shown:
        """What is different since before `epochs`."""
        changes = await _together(epochs)
        moved = await self._moved(changes.moves, moment.rows)
        torrents, removed = list[bytes](), list[str]()
        async for hashes in in_turns(list(moved), PICKED_AT_ONCE):
            for infohash in hashes:
                row = self._under(infohash, moment.rows)
                if row is not None:
                    torrents.append(self._whole(row))
                elif moved[infohash]:
                    removed.append(infohash)
        async for ids in in_turns(list(changes.keys), PICKED_AT_ONCE):
            for row in filter(None, map(moment.rows.get, ids)):
                infohash, keys = row.torrent.infohash, changes.keys[row.torrent.id]
                if infohash not in moved and self._under(infohash, moment.rows) is row:
                    torrents.append(b'"%b":%b' % (infohash.encode(), self.columns.picked(keys, row.json)))
        trackers, trackers_removed = list[bytes](), list[str]()
        async for urls in in_turns(list(changes.trackers), ASKED_AT_ONCE):
            for url in urls:
                tracker = await self._hashes(url, moment.rows)
                if tracker:
                    trackers.append(tracker)
                elif any(map(self.caller.is_among, changes.trackers[url])):
                    trackers_removed.append(url)
        return Shown(
            torrents=run(torrents),
            torrents_removed=removed,
            trackers=run(trackers),
            trackers_removed=trackers_removed,
        )

    async def _moved(self, moves: Mapping[int, Move], rows: Mapping[int, Row]) -> dict[str, bool]:
        """The hashes that may be shown by another torrent now -> whether one of the moved ones was seen."""
        moved: dict[str, bool] = {}
        async for ids in in_turns(list(moves), CHOSEN_AT_ONCE):
            for torrent_id in ids:
                move, row = moves[torrent_id], rows.get(torrent_id)
                was_seen = move.was is not None and self.caller.is_among(move.was)
                if was_seen or (row is not None and row.seen_by(self.caller)):
                    moved[move.infohash] = moved.get(move.infohash, False) or was_seen
        return moved

    def _under(self, infohash: str, rows: Mapping[int, Row]) -> Row | None:
        """The row that is shown under a hash."""
        found = (rows.get(torrent.id) for torrent in self.kin(infohash) if torrent.infohash == infohash)
        seen = (row for row in found if row is not None and row.seen_by(self.caller))
        return min(seen, key=self._turn, default=None)

    def _turn(self, row: Row) -> tuple[bool, int]:
        """Lowest for the torrent that is shown under its hash."""
        return row.torrent.category != self.caller.category, row.torrent.id

    def _whole(self, row: Row) -> bytes:
        """The row under its hash; the key cannot stand inside a JSON string, whose quotes are escaped."""
        infohash = row.torrent.infohash.encode()
        return b'"%b":%b' % (infohash, row.json.replace(b'"hash":"%b",' % infohash, self.marks, 1))

    async def _hashes(self, url: str, rows: Mapping[int, Row]) -> bytes:
        """A tracker with the hashes of its torrents; nothing when there are none."""
        hashes: dict[str, None] = {}
        async for ids in in_turns(self.tally.at(url), CHOSEN_AT_ONCE):
            for row in filter(None, map(rows.get, ids)):
                if row.seen_by(self.caller):
                    hashes[row.torrent.infohash] = None
        return b"%b:%b" % (encode(url), encode(list(hashes))) if hashes else b""


async def _together(epochs: Sequence[Epoch]) -> Epoch:
    """All of `epochs` as if they were one."""
    if len(epochs) == 1:
        return epochs[0]
    whole, turn = Epoch(), 0
    for epoch in epochs:
        for torrent_id, move in epoch.moves.items():
            whole.moves.setdefault(torrent_id, move)
        for torrent_id, keys in epoch.keys.items():
            whole.keys[torrent_id] = whole.keys.get(torrent_id, 0) | keys
        for url, audiences in epoch.trackers.items():
            whole.trackers.setdefault(url, set()).update(audiences)
        turn += len(epoch)
        if turn > CHOSEN_AT_ONCE:
            turn = 0
            await breathe()
    return whole
