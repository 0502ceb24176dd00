"""What a row shows of the other torrents: its place in the queue, a path that is nobody else's."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator

from qbitproxy.core.layout import expected_path
from qbitproxy.core.release import numbered
from qbitproxy.core.torrent import Ready, Torrent, content_path

Key = tuple[int, int]
"""Where a torrent stands: its rank turned round, its id."""

NUMBER = re.compile(r" \(\d+\)$", re.ASCII)


class Lineup:
    """The unfinished torrents among all of them; what one change costs does not grow with their number."""

    def __init__(self, queueing: bool) -> None:
        """Without `queueing` nobody has a place in the queue."""
        self._queueing = queueing
        self._waiting: dict[int, tuple[Torrent, str]] = {}  # with the path that it would like to have
        self._order: list[Key] = []
        self._moved_from: int | None = None  # the first place that somebody else may have by now
        self._placed: dict[int, str] = {}  # where content stands
        self._taken: Counter[str] = Counter()  # the same paths, by how many torrents have them
        self._wishes: dict[str, list[int]] = {}  # wish -> the ids of those who have it, in order
        self._stale: dict[str, None] = {}  # wishes of which not all may have got what they should
        self._paths: dict[int, str] = {}

    def follow(self, torrent_id: int, torrent: Torrent | None) -> None:
        """See a torrent as it is now, None when it is listed no more."""
        self._place(torrent_id, content_path(torrent) if torrent is not None else "")
        known, wish = self._waiting.pop(torrent_id, (None, ""))
        if torrent is None or isinstance(torrent.phase, Ready):
            self._line_up(known, None)
            self._wish(torrent_id, wish, "")
            self._paths.pop(torrent_id, None)
            return
        wished = wish if known is torrent else expected_path(torrent)
        self._waiting[torrent_id] = torrent, wished
        self._line_up(known, torrent)
        self._wish(torrent_id, wish, wished)

    def switch(self, queueing: bool) -> None:
        """Give everybody a place in the queue, or nobody."""
        if queueing != self._queueing:
            self._queueing, self._moved_from = queueing, 0

    def settle(self) -> Iterator[int]:
        """The ids of those whose place or path may be another one than after the last call."""
        for wish in self._stale:
            yield from self._share(wish)
        self._stale = {}
        if self._moved_from is not None:
            for _, torrent_id in self._order[self._moved_from :]:
                yield torrent_id
        self._moved_from = None

    def queue(self) -> list[Torrent]:
        """The unfinished torrents, the one whose turn is next first."""
        return [self._waiting[torrent_id][0] for _, torrent_id in self._order]

    def position(self, torrent: Torrent) -> int:
        """The place in the queue, 0 for none."""
        known, _ = self._waiting.get(torrent.id, (None, ""))
        key = _key(known)
        return bisect_left(self._order, key) + 1 if key is not None and self._queueing else 0

    def path(self, torrent: Torrent) -> str:
        """Where the content is or will be."""
        return self._paths.get(torrent.id) or expected_path(torrent)

    def _line_up(self, before: Torrent | None, after: Torrent | None) -> None:
        """Take a torrent out of the order where it was, put it in where it is now."""
        old, new = _key(before), _key(after)
        if old == new:
            return
        if old is not None:
            place = bisect_left(self._order, old)
            del self._order[place]
            self._moved(place)
        if new is not None:
            place = bisect_left(self._order, new)
            self._order.insert(place, new)
            self._moved(place)

    def _wish(self, torrent_id: int, before: str, after: str) -> None:
        """File a torrent under another wish, "" for none."""
        if before == after:
            return
        if before:
            others = self._wishes[before]
            others.remove(torrent_id)
            self._stale[before] = None
            if not others:
                del self._wishes[before]
                self._doubt(before)
        if after:
            if after not in self._wishes:
                self._wishes[after] = []
                self._doubt(after)
            insort(self._wishes[after], torrent_id)
            self._stale[after] = None

    def _moved(self, place: int) -> None:
        if self._queueing:
            self._moved_from = place if self._moved_from is None else min(self._moved_from, place)

    def _place(self, torrent_id: int, path: str) -> None:
        before = self._placed.get(torrent_id, "")
        if path == before:
            return
        if before:
            del self._placed[torrent_id]
            self._taken[before] -= 1
            if not self._taken[before]:
                del self._taken[before]
            self._doubt(before)
        if path:
            self._placed[torrent_id] = path
            self._taken[path] += 1
            self._doubt(path)
        known = self._waiting.get(torrent_id)
        if known is not None:
            self._stale[known[1]] = None

    def _doubt(self, path: str) -> None:
        """Look again at those who would like to have `path`, or are given it by its number."""
        for wish in (path, NUMBER.sub("", path)):
            self._stale[wish] = None

    def _share(self, wish: str) -> Iterator[int]:
        """Give a path to each who has this wish, no two of them the same; what is placed stays there.

        A number is passed over where content stands or where it is somebody else's wish.
        """
        number, given = 1, False
        for torrent_id in self._wishes.get(wish, ()):
            path = wish
            if torrent_id not in self._placed:
                while (
                    path in self._taken or (path == wish and given) or (path != wish and path in self._wishes)
                ):
                    number += 1
                    folder, _, name = wish.rpartition("/")
                    path = f"{folder}/{numbered(name, number)}"
            given = given or path == wish
            if self._paths.get(torrent_id) != path:
                self._paths[torrent_id] = path
                yield torrent_id


def _key(torrent: Torrent | None) -> Key | None:
    return None if torrent is None else (-torrent.options.rank, torrent.id)
