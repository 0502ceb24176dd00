"""Which keys of which rows changed since a moment, and whose trackers.

Changes are noted under the moment before them, those of one torrent under one moment together. Only so many
are kept: of a moment too long ago nothing is known, nor of any before the first that somebody asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from qbitproxy.core.caller import Audience
from qbitproxy.web.qbit.rows import Row, place, trackers_differ, urls

MOST_PICKS = 256


class Move(Struct, frozen=True, gc=False):
    """A row that came, went or lies before another audience."""

    infohash: str
    was: Audience | None  # None: it was not there


class Epoch(Struct, frozen=True):
    """What changed between two moments, by torrent id."""

    moves: dict[int, Move] = {}  # as it was before the first of them
    keys: dict[int, int] = {}  # of those that stayed: the changed keys as bits of `Columns`
    trackers: dict[str, set[Audience]] = {}  # URLs that torrents got or lost -> where those lay that had them

    def __len__(self) -> int:
        return len(self.moves) + len(self.keys) + len(self.trackers)

    def moved(self, torrent_id: int, move: Move) -> None:
        """A row came, went or changed its audience."""
        self.moves.setdefault(torrent_id, move)
        self.keys.pop(torrent_id, None)

    def altered(self, torrent_id: int, keys: int) -> None:
        """A row shows something else under `keys`."""
        if torrent_id not in self.moves:
            self.keys[torrent_id] = self.keys.get(torrent_id, 0) | keys

    def retracked(self, before: Iterable[str], was: Audience | None, after: Iterable[str]) -> None:
        """A row has other trackers, or takes them with it."""
        for url in after:
            self.trackers.setdefault(url, set())
        for url in before:
            self.trackers.setdefault(url, set()).update([was] if was is not None else [])


class Changes:
    """The epochs between the moments that somebody asked for, the latest of them still open."""

    def __init__(self, names: Sequence[str]) -> None:
        """`names` are the keys of rows; nothing is noted before the first moment."""
        self.columns = Columns(names)
        self._epochs: deque[Epoch] = deque()
        self._first = 0  # number of the first epoch
        self._closed = 0  # changes in all epochs but the last
        self._most = 0  # changes that are kept

    def note(self, torrent_id: int, before: Row | None, after: Row | None) -> None:
        """A row took the place of another, None for none."""
        if not self._epochs or (row := before or after) is None:
            return
        epoch, was, now = self._epochs[-1], place(before), place(after)
        if was != now:
            epoch.moved(torrent_id, Move(row.torrent.infohash, was))
        elif before is not None and after is not None and before.json != after.json:
            epoch.altered(torrent_id, self.columns.changed(before.json, after.json))
        if was != now or trackers_differ(before, after):
            epoch.retracked(urls(before), was, urls(after))
        if len(epoch) > self._most:  # nobody has asked for long
            self._first += len(self._epochs)
            self._epochs.clear()
            self._closed = 0

    def moment(self, most: int) -> int:
        """The number of this moment, by which `since` knows it while at most `most` changes followed."""
        self._most = most
        if not self._epochs:
            self._epochs.append(Epoch())
        elif self._epochs[-1]:
            self._closed += len(self._epochs[-1])
            self._epochs.append(Epoch())
            while self._closed > most:
                self._closed -= len(self._epochs.popleft())
                self._first += 1
        return self._first + len(self._epochs) - 1

    def since(self, moment: int) -> Sequence[Epoch] | None:
        """The closed epochs after `moment`, oldest first; None when they are not known any more."""
        if moment < self._first:
            return None
        return [self._epochs[number] for number in range(moment - self._first, len(self._epochs) - 1)]


class Columns:
    """The keys of encoded rows, numbered as bits."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._values = _decoder(names)
        self._picks: dict[int, msgspec.json.Decoder[Any]] = {}

    def changed(self, before: bytes, after: bytes) -> int:
        """The keys under which two rows show different things."""
        pairs = zip(self._shown(before), self._shown(after), strict=True)
        return sum(1 << bit for bit, (old, new) in enumerate(pairs) if old != new)

    def picked(self, keys: int, row: bytes) -> bytes:
        """`row` with `keys` alone."""
        pick = self._picks.get(keys)
        if pick is None:
            if len(self._picks) >= MOST_PICKS:
                del self._picks[next(iter(self._picks))]
            pick = _decoder([name for bit, name in enumerate(self._names) if keys >> bit & 1])
            self._picks[keys] = pick
        return msgspec.json.encode(pick.decode(row))

    def _shown(self, row: bytes) -> tuple[Any, ...]:
        return msgspec.structs.astuple(self._values.decode(row))


def _decoder(names: Sequence[str]) -> msgspec.json.Decoder[Any]:
    """Reads `names` out of a row without looking into their values."""
    fields: list[tuple[str, Any, Any]] = [(name, Raw | UnsetType, UNSET) for name in names]
    return msgspec.json.Decoder(msgspec.defstruct("Picked", fields, gc=False))
