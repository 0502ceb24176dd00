"""What a row shows of the other torrents: its place in the queue, a path that is nobody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qbitproxy.core.layout import expected_path
from qbitproxy.core.release import numbered
from qbitproxy.core.torrent import Ready, Torrent, content_path


class Lineup:
    """The unfinished torrents among all of them; told of each change, it looks at nothing else."""

    def __init__(self, queueing: bool) -> None:
        """Without `queueing` nobody has a place in the queue."""
        self._queueing = queueing
        self._waiting: dict[int, tuple[Torrent, str]] = {}  # with the path that it would like to have
        self._placed: dict[int, str] = {}  # where content stands
        self._taken: Counter[str] = Counter()  # the same paths, by how many torrents have them
        self._positions: dict[int, int] = {}
        self._paths: dict[int, str] = {}
        self._settled = True

    def follow(self, torrent_id: int, torrent: Torrent | None) -> None:
        """See a torrent as it is now, None when it is listed no more."""
        self._place(torrent_id, content_path(torrent) if torrent is not None else "")
        known = self._waiting.get(torrent_id)
        if torrent is None or isinstance(torrent.phase, Ready):
            if known is not None:
                del self._waiting[torrent_id]
                self._settled = False
        elif known is None or known[0] is not torrent:
            self._waiting[torrent_id] = torrent, expected_path(torrent)
            self._settled = False

    def switch(self, queueing: bool) -> None:
        """Give everybody a place in the queue, or nobody."""
        if queueing != self._queueing:
            self._queueing, self._settled = queueing, False

    def settle(self) -> Iterator[int]:
        """The ids of those whose place or path is another one than after the last call."""
        if self._settled:
            return
        self._settled = True
        positions, paths = self._positions, self._paths
        self._positions = {t.id: n for n, t in enumerate(self.queue(), 1)} if self._queueing else {}
        self._paths = self._unique_paths()
        for torrent_id in positions.keys() | paths.keys() | self._paths.keys():
            if positions.get(torrent_id) != self._positions.get(torrent_id) or (
                paths.get(torrent_id) != self._paths.get(torrent_id)
            ):
                yield torrent_id

    def queue(self) -> list[Torrent]:
        """The unfinished torrents, the one whose turn is next first."""
        waiting = (torrent for torrent, _ in self._waiting.values())
        return sorted(waiting, key=lambda torrent: (-torrent.options.rank, torrent.id))

    def position(self, torrent: Torrent) -> int:
        """The place in the queue, 0 for none."""
        return self._positions.get(torrent.id, 0)

    def path(self, torrent: Torrent) -> str:
        """Where the content is or will be."""
        return self._paths.get(torrent.id) or expected_path(torrent)

    def _place(self, torrent_id: int, path: str) -> None:
        before = self._placed.get(torrent_id, "")
        if path == before:
            return
        self._settled = False
        if before:
            del self._placed[torrent_id]
            self._taken[before] -= 1
            if not self._taken[before]:
                del self._taken[before]
        if path:
            self._placed[torrent_id] = path
            self._taken[path] += 1

    def _unique_paths(self) -> dict[int, str]:
        """Where each waiting torrent will be, no two of them in one folder; what is placed stays there."""
        numbers: dict[str, int] = {}  # wish -> the number of the latest torrent that had it
        paths: dict[int, str] = {}
        given: set[str] = set()
        for torrent_id in sorted(self._waiting):
            torrent, wish = self._waiting[torrent_id]
            path = wish
            while torrent_id not in self._placed and (path in self._taken or path in given):
                numbers[wish] = numbers.get(wish, 1) + 1
                path = f"{torrent.save_path.rstrip('/')}/{numbered(wish.rpartition('/')[2], numbers[wish])}"
            given.add(path)
            paths[torrent_id] = path
        return paths
