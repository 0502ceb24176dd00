"""Which remote items the files of libraries lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set

from msgspec import Struct

from qbitproxy.core.inventory import names_of
from qbitproxy.core.ports import RemoteItem
from qbitproxy.core.release import without_suffix
from qbitproxy.core.torrent import Instant, Remote
from qbitproxy.core.trail import Place, Trail


class Reference(Struct, frozen=True):
    """One file of a library that plays from a remote item."""

    arr: str  # whose library, by its configured name; "" for a folder that belongs to none
    media_id: int  # the series, movie, artist or author; 0 for a file that the Arr does not list
    path: str  # as we see it
    remote: Remote


class Walk(Struct, frozen=True, kw_only=True):
    """What was seen of one library, from its first file to its last."""

    arr: str
    at: Instant  # when it began
    files: int = 0  # that its Arr lists, without those that are gone from the disk; without an Arr its links
    unseen: int = 0  # files that are not to be seen from here
    astray: int = 0  # files that lead to no item, although something may be there
    example: str = ""  # one of those


class Holdings:
    """The items of one account by everything that a mount may call them."""

    def __init__(self, items: Iterable[RemoteItem]) -> None:
        named: defaultdict[str, list[str]] = defaultdict(list)
        for item in items:
            for name in names_of(item):
                named[name].append(item.id)
        self._named = {name: tuple(ids) for name, ids in named.items()}

    def meant(self, leads: Trail) -> Set[str]:
        """The ids of all items that a file may lie in: who counts references does not guess among them."""
        spellings = {spelling for name in leads.names() for spelling in (name, without_suffix(name))}
        return {item for spelling in spellings for item in self._named.get(spelling, ())}


def anywhere(target: str) -> Trail:
    """A path in a place that nobody told us of, or an address, as a trail whose every part may be a name."""
    return Trail(Place("", ()), tuple(filter(None, target.split("/"))))
