"""What a client of sync/maindata is told: all, or what changed since it was told last.

An answer's rid stands for all that its client then knows. Who sends the rid of the last answer is told of the
changes since; who sends the one before, because the answer was lost, of the same changes with those since.
Anything else gets everything, as after a restart, when no rid is known. Of two torrents of one hash in a view
the one is shown that the other endpoints find by it: in the caller's own category, else the older.
Source: qBittorrent 4.6.7, webui/api/synccontroller.cpp maindataAction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from qbitproxy.core.caller import Caller
from qbitproxy.core.torrent import Torrent
from qbitproxy.turns import breathe, in_turns
from qbitproxy.web.qbit.changes import Columns, Epoch, Move
from qbitproxy.web.qbit.listing import CHOSEN_AT_ONCE, PICKED_AT_ONCE, Moment, Row
from qbitproxy.web.qbit.wire import CategoryRow, MainData, ServerState

LAST_RID = 1_000_000
MOST_SESSIONS = 256
KEYED = len('"":') - len('"hash":"",')
"""What a row grows by when its hash becomes its key."""

Kin = Callable[[str], Iterable[Torrent]]
"""The torrents of a hash."""


class Known(Struct, frozen=True, kw_only=True):
    """What a client knows once it took an answer; its torrents are those of the moment."""

    rid: int
    moment: int
    categories: Mapping[str, CategoryRow]
    tags: tuple[str, ...]
    state: ServerState


class Session(Struct):
    """What one client was told."""

    last: Known | None = None
    taken: Known | None = None  # before the last, by an answer that arrived
    last_peers: int = 0  # rid of the last answer about peers
    taken_peers: int = 0

    def base(self, rid: int) -> Known | None:
        """What the client knows that sends `rid`; None when it may be anything."""
        if self.last is not None and self.last.rid == rid:
            self.taken = self.last
        return self.taken if self.taken is not None and self.taken.rid == rid else None

    def next_rid(self) -> int:
        """The rid of the answer to come."""
        return _following(self.last.rid if self.last is not None else 0)

    def peers(self, rid: int) -> tuple[int, bool]:
        """The rid of an answer about peers, and whether the client that sends `rid` had one before.

        Source: qBittorrent 4.6.7, webui/api/synccontroller.cpp generateSyncData: 0 begins anew, at 1.
        """
        if rid <= 0:
            self.last_peers = 0
        if rid <= 0 or rid == self.last_peers:
            self.taken_peers = rid
        self.last_peers = _following(self.last_peers)
        return self.last_peers, rid > 0 and rid == self.taken_peers


class Sessions:
    """What the clients that asked lately were told; one that is forgotten is told everything."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Caller, bytes], Session] = {}

    def of(self, caller: Caller, client: bytes) -> Session:
        """The session of `client`, which may be new."""
        session = self._sessions.pop((caller, client), None) or Session()
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[caller, client] = session
        return session


class Shown(Struct, frozen=True, kw_only=True):
    """Torrents as an answer shows them."""

    elements: Iterable[bytes] = ()  # encoded, each with its hash in front
    size: int = 0  # bytes of all elements
    removed: list[str] = []  # hashes


def everything(now: Known) -> MainData:
    """A full update, before its torrents. Empty parts are sent as well, which every client understands."""
    return MainData(
        categories=now.categories,
        full_update=True,
        rid=now.rid,
        server_state=now.state,
        tags=now.tags,
        torrents={},
        trackers={},
    )


def difference(before: Known, now: Known, torrents: Shown) -> MainData:
    """A delta, before its torrents."""
    old, new = before.categories, now.categories
    changed = {name: row for name, row in new.items() if old.get(name) != row} if old is not new else {}
    state, was = asdict(now.state), asdict(before.state)
    return MainData(
        categories=changed or UNSET,
        categories_removed=_gone(old, new),
        rid=now.rid,
        server_state={key: value for key, value in state.items() if was[key] != value} or UNSET,
        tags=[tag for tag in now.tags if tag not in before.tags] or UNSET,
        tags_removed=_gone(before.tags, now.tags),
        torrents={} if torrents.size else UNSET,
        torrents_removed=torrents.removed or UNSET,
    )


async def all_torrents(moment: Moment, caller: Caller) -> Shown:
    """Everything that `caller` sees."""
    shown: dict[str, Row] = {}
    async for rows in in_turns(list(moment.rows.values()), CHOSEN_AT_ONCE):
        for row in rows:
            if _is_seen(row, caller):
                other = shown.get(row.torrent.infohash)
                if other is None or _turn(row, caller) < _turn(other, caller):
                    shown[row.torrent.infohash] = row
    size = 0
    async for chosen in in_turns(list(shown.values()), CHOSEN_AT_ONCE):
        size += sum(len(row.json) + KEYED for row in chosen)
    return Shown(elements=map(_whole, shown.values()), size=size + max(len(shown) - 1, 0))


async def changed_torrents(
    moment: Moment, epochs: Sequence[Epoch], caller: Caller, columns: Columns, kin: Kin
) -> Shown:
    """What `caller` sees differently since before `epochs`; nothing is waited for when that is little."""
    changes = await _together(epochs)
    moved = _moved(changes.moves, moment.rows, caller)
    elements, removed = list[bytes](), list[str]()

    def shown(infohash: str) -> Row | None:
        found = (moment.rows.get(torrent.id) for torrent in kin(infohash) if torrent.infohash == infohash)
        seen = (row for row in found if row is not None and _is_seen(row, caller))
        return min(seen, key=lambda row: _turn(row, caller), default=None)

    async for hashes in in_turns(list(moved), PICKED_AT_ONCE):
        for infohash in hashes:
            row = shown(infohash)
            if row is not None:
                elements.append(_whole(row))
            elif moved[infohash]:
                removed.append(infohash)
    async for ids in in_turns(list(changes.keys), PICKED_AT_ONCE):
        for row in filter(None, map(moment.rows.get, ids)):
            infohash, keys = row.torrent.infohash, changes.keys[row.torrent.id]
            if infohash not in moved and shown(infohash) is row:
                elements.append(b'"%s":%s' % (infohash.encode(), columns.picked(keys, row.json)))
    return Shown(elements=elements, size=sum(map(len, elements)) + max(len(elements) - 1, 0), removed=removed)


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
        turn += len(epoch)
        if turn > CHOSEN_AT_ONCE:
            turn = 0
            await breathe()
    return whole


def _moved(moves: Mapping[int, Move], rows: Mapping[int, Row], caller: Caller) -> dict[str, bool]:
    """The hashes that may be shown by another torrent now -> whether one of the moved ones was seen."""
    moved: dict[str, bool] = {}
    for torrent_id, move in moves.items():
        row = rows.get(torrent_id)
        was_seen = move.was is not None and caller.sees_scope(move.was)
        if was_seen or (row is not None and _is_seen(row, caller)):
            moved[move.infohash] = moved.get(move.infohash, False) or was_seen
    return moved


def _is_seen(row: Row, caller: Caller) -> bool:
    return bool(row.json) and caller.sees(row.torrent)


def _turn(row: Row, caller: Caller) -> tuple[bool, int]:
    """Lowest for the torrent that is shown under a hash."""
    return row.torrent.category != caller.category, row.torrent.id


def _whole(row: Row) -> bytes:
    """The row under its hash; the key cannot stand inside a JSON string, whose quotes are escaped."""
    infohash = row.torrent.infohash.encode()
    return b'"%s":%s' % (infohash, row.json.replace(b'"hash":"%s",' % infohash, b"", 1))


def _following(rid: int) -> int:
    return rid % LAST_RID + 1


def _gone(before: Iterable[str], now: Collection[str]) -> list[str] | UnsetType:
    return [name for name in before if name not in now] or UNSET
