"""Where a file of a library leads, as far as names tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from posixpath import normpath
from urllib.parse import quote, unquote

from msgspec import Struct

from qbitproxy.core.release import suffix

ROOTS = ("", "__all__", "torrents", "magnets", "movies", "shows")
"""Folders of a mount that hold torrents, in the order they are looked in.

Source: zurg 0.9 (`__all__`, `movies`, `shows`), rclone_RD 1.58 (`torrents`), AllDebrid's WebDAV (`magnets`).
"""


class Place(Struct, frozen=True):
    """Where the files of accounts are seen: a folder, or the beginning of an address."""

    path: str  # "/mnt/rd", or "http://zurg:9999/dav"
    providers: tuple[str, ...]  # whose files, by configured name

    @property
    def is_address(self) -> bool:
        """Whether it is asked by HTTP."""
        return "://" in self.path


def is_strm(path: str) -> bool:
    """Whether a file holds the address of what it stands for."""
    return suffix(path) == "strm"


class Trail(Struct, frozen=True):
    """What a link or a .strm file points at, seen from the place that it lies in."""

    place: Place
    parts: tuple[str, ...]  # of the path below the place

    @property
    def target(self) -> str:
        """What is pointed at: a path, or an address without what stood behind its path."""
        return "/".join((self.place.path.rstrip("/"), *self.parts))

    @property
    def address(self) -> str:
        """What is pointed at as a .strm file spells it."""
        parts = [quote(part, safe="") for part in self.parts] if self.place.is_address else self.parts
        return "/".join((self.place.path.rstrip("/"), *parts))

    def names(self) -> Iterator[str]:
        """What may be the name of a remote item, the outermost first.

        Mounts show items in folders of their own making (`__all__`, shows, …), an item's name may have
        several parts, and an item of one file may lie without a folder.
        """
        for first in range(len(self.parts)):
            for end in range(first + 1, len(self.parts) + 1):
                yield "/".join(self.parts[first:end])


def places(seen: Iterable[tuple[str, str]]) -> tuple[Place, ...]:
    """Pairs of path and provider, put together: the same place may show the files of several."""
    providers: dict[str, list[str]] = {}
    for path, provider in seen:
        providers.setdefault(path.rstrip("/") or "/", []).append(provider)
    found = (Place(path, tuple(dict.fromkeys(names))) for path, names in providers.items())
    return tuple(sorted(found, key=lambda place: len(place.path), reverse=True))


def trail(target: str, among: Sequence[Place]) -> Trail | None:
    """Where `target` lies, None when that is in none of the places; of several the innermost."""
    for place in among:
        parts = _below(place.path, target)
        if parts:
            return Trail(place, parts)
    return None


def counterparts(old: Trail, new: Trail, among: Sequence[Place]) -> Iterator[Trail]:
    """Where what `new` leads to may be seen in the way that `old` was, the likeliest first.

    That is in a place of the same kind (a folder, an address) that shows the files of the same account, if
    possible the very place of `old` and the same folder of torrents there. Only looking tells.
    """
    showing = [place for place in (old.place, *among) if set(place.providers) & set(new.place.providers)]
    tail = new.parts[1:] if len(new.parts) > 2 and new.parts[0] in ROOTS else new.parts
    lead = old.parts[:1] if len(old.parts) > 1 and old.parts[0] in ROOTS else ()
    for place in dict.fromkeys(showing):
        if place.is_address is old.place.is_address:
            yield from (Trail(place, parts) for parts in dict.fromkeys((lead + tail, new.parts, tail)))


def _below(place: str, target: str) -> tuple[str, ...]:
    if "://" in place:  # what stands behind the path counts for nothing
        begins, rest = target.startswith(place), unquote(target[len(place) :].partition("?")[0])
    else:
        target = normpath(target)
        begins, rest = target.startswith(place), target[len(place) :]
    if not begins or not (place.endswith("/") or rest.startswith("/")):
        return ()
    parts = tuple(filter(None, rest.split("/")))
    return () if {".", ".."} & set(parts) else parts
