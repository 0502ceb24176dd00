"""The listed torrents in the order they came."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from qbitproxy.core.torrent import Removing
from qbitproxy.library import Library


class Shelf:
    """Kept in order as torrents come and go, so that a page costs what is on it."""

    def __init__(self, library: Library) -> None:
        self._library, self._version = library, library.version
        self._came = {torrent.id: torrent.added_at for torrent in library.listed()}
        self._order = sorted((came, torrent_id) for torrent_id, came in self._came.items())

    def __len__(self) -> int:
        self._follow()
        return len(self._order)

    def newest(self, limit: int | None = None, offset: int = 0) -> Sequence[int]:
        """The ids of at most `limit` torrents, the newest first, without the first `offset` of them."""
        self._follow()
        end = max(len(self._order) - offset, 0)
        begin = 0 if limit is None else max(end - limit, 0)
        return [torrent_id for _, torrent_id in reversed(self._order[begin:end])]

    def _follow(self) -> None:
        if self._version == self._library.version:
            return
        for torrent_id in self._library.changed_since(self._version):
            torrent = self._library.get(torrent_id)
            listed = torrent is not None and not isinstance(torrent.phase, Removing)
            if torrent is not None and listed and torrent_id not in self._came:
                self._came[torrent_id] = torrent.added_at
                insort(self._order, (torrent.added_at, torrent_id))
            elif not listed and torrent_id in self._came:
                del self._order[bisect_left(self._order, (self._came.pop(torrent_id), torrent_id))]
        self._version = self._library.version
