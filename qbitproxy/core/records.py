"""What our own torrents tell of remote items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from qbitproxy.core.release import without_suffix
from qbitproxy.core.torrent import Confirming, Placing, Ready, Remote, RemoteFile, Torrent, origin
from qbitproxy.core.trail import Trail


class Records:
    """The torrents whose content a provider holds, by item and by name."""

    def __init__(self, torrents: Iterable[Torrent]) -> None:
        self._files: dict[Remote, tuple[RemoteFile, ...]] = {}  # seasons of a pack share an item
        self._infohashes: dict[Remote, str] = {}
        self._ids: dict[str, set[str]] = defaultdict(set)  # by provider
        self._named: dict[tuple[str, str], Remote | None] = {}  # None: several bear it
        for torrent in torrents:
            phase = torrent.phase
            if isinstance(phase, Placing | Confirming | Ready):
                self._add(torrent, phase.remote, phase.files)

    def _add(self, torrent: Torrent, remote: Remote, files: tuple[RemoteFile, ...]) -> None:
        before = self._files.get(remote, ())
        self._files[remote] = (*before, *(file for file in files if file not in before)) if before else files
        self._infohashes[remote] = origin(torrent)
        self._ids[remote.provider].add(remote.id)
        for name in {torrent.name, without_suffix(torrent.name), origin(torrent)}:
            key = remote.provider, name
            same = self._named.setdefault(key, remote) == remote
            self._named[key] = remote if same else None

    def ids(self, provider: str) -> Collection[str]:
        """The items that a provider held when we last heard of them."""
        return self._ids.get(provider, ())

    def infohash(self, remote: Remote) -> str:
        """What an item is of, "" when none of our torrents had it."""
        return self._infohashes.get(remote, "")

    def files(self, remote: Remote) -> tuple[RemoteFile, ...]:
        """Those files of an item that our torrents want."""
        return self._files.get(remote, ())

    def led_to(self, provider: str, trail: Trail) -> Remote | None:
        """The item that a library's file was made of, by our torrent's name; None when that is unclear."""
        for name in trail.names():
            for spelling in (name, without_suffix(name)):
                if (provider, spelling) in self._named:
                    return self._named[provider, spelling]
        return None


def file_at(files: Sequence[RemoteFile], path: str, size: int) -> RemoteFile | None:
    """Which of an item's files a mount shows at `path`, the end of which is the file's own path.

    Mounts may drop an item's folders, so else the only one of that name, else the only one of that size.
    """
    name = path.rpartition("/")[2]
    ends = [file for file in files if path == file.path or path.endswith(f"/{file.path}")]
    named = [file for file in files if file.path.rpartition("/")[2] == name]
    sized = [file for file in files if size and file.size == size]
    longest = sorted(ends, key=lambda file: len(file.path))[-1:]
    return next((found[0] for found in (longest, named, sized) if len(found) == 1), None)
