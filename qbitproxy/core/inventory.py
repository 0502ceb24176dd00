"""What a provider holds, by one list of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.release import without_suffix
from qbitproxy.core.trail import Trail
from qbitproxy.core.verdict import Listing

LOST_SHARE = 0.2
LOST_COUNT = 3
"""A list that misses more than this share of what was known, and at least so many items, is not believed.

A service has been seen to drop 8 in 100 at a time. Source: decypharr PR #230, 2025.
"""

SETTLING = timedelta(hours=1)
"""For so long after it was added an item may lack its links for no reason."""

SHORTEST_ID = 8

_BEST = (Listing.HELD, Listing.UNFINISHED, Listing.FAILED)


class Held(Struct, frozen=True, gc=False):
    """One remote item, as far as repair needs it."""

    id: str
    infohash: str  # "" where the service does not say
    name: str  # a mount's folder for it
    listing: Listing
    link: str = ""  # of one of its files, where the list shows some
    added_at: datetime | None = None  # where the service says so


class Inventory:
    """The items of one provider by id, infohash, name."""

    def __init__(
        self,
        provider: str,
        items: Iterable[RemoteItem],
        at: datetime,
        *,
        known: Collection[str] = (),
        believe: bool = False,
    ) -> None:
        """`known` are ids that it held as far as we know; one list does not take many of them away.

        `believe` is a person's word that so much is gone indeed.
        """
        self.provider = provider
        self._items: dict[str, Held] = {}
        self._by_infohash: dict[str, Held] = {}  # the best of each
        self._by_name: dict[str, Held | None] = {}  # None: several bear it
        for item in items:
            self._add(item, at)
        self.doubt = "" if believe else doubt_of(provider, self._items, known)
        """Why the list is not believed, "" when it is."""

    @classmethod
    def unheard(cls, provider: str, at: datetime, why: str) -> Inventory:
        """What stands for a list that could not be had."""
        inventory = cls(provider, (), at)
        inventory.doubt = why
        return inventory

    def _add(self, item: RemoteItem, at: datetime) -> None:
        held = Held(item.id, item.infohash, item.name, _listing(item, at), item.link, item.added_at)
        self._items[item.id] = held
        if item.infohash:
            known = self._by_infohash.get(item.infohash)
            self._by_infohash[item.infohash] = _better(known, held) if known is not None else held
        for name in names_of(item):
            other = self._by_name.get(name, held)
            same = other is not None and (other.infohash or other.id) == (held.infohash or held.id)
            self._by_name[name] = _better(other, held) if same and other is not None else None

    @property
    def ids(self) -> Collection[str]:
        """The ids of all items."""
        return self._items.keys()

    def item(self, item_id: str, infohash: str) -> Held | None:
        """The item of that id, or a better one of the same infohash; None when the list lacks both."""
        itself, same = self._items.get(item_id), self._by_infohash.get(infohash)
        return _better(itself, same) if itself is not None else same

    def twins(self, held: Held) -> list[Held]:
        """The other items of the same infohash that are complete."""
        return [
            other
            for other in self._items.values()
            if held.infohash
            and other.infohash == held.infohash
            and other.id != held.id
            and other.listing is Listing.HELD
        ]

    def found(self, trail: Trail) -> Held | None:
        """The item that a library's file lies in, by its name, infohash or id.

        None when there is none or when several could be meant.
        """
        for name in trail.names():
            for spelling in (name, without_suffix(name)):
                if spelling in self._by_name:
                    return self._by_name[spelling]
        return None


def doubt_of(provider: str, listed: Collection[str], known: Collection[str]) -> str:
    """Why a list of these ids is not believed where `known` ones were held, "" when it is."""
    missing = sum(item_id not in listed for item_id in known)
    if missing == len(known) > 0 and not listed:
        return f"{provider} lists nothing any more"
    if missing >= LOST_COUNT and missing > LOST_SHARE * len(known):
        return f"{provider} lists {len(known) - missing} of the {len(known)} items that it held"
    return ""


def _listing(item: RemoteItem, at: datetime) -> Listing:
    match item.state:
        case ItemState.FAILED:
            return Listing.FAILED
        case ItemState.DONE if not item.empty:
            return Listing.HELD
        case ItemState.DONE if item.added_at is not None and at - item.added_at > SETTLING:
            return Listing.FAILED
    return Listing.UNFINISHED


def names_of(item: RemoteItem) -> set[str]:
    """What a mount may call an item. A short id may be anybody's name."""
    names = {item.name, without_suffix(item.name), item.infohash}
    return (names | {item.id} if len(item.id) >= SHORTEST_ID else names) - {""}


def _better(held: Held, other: Held | None) -> Held:
    """The one that is worth more; of two that are worth the same the newer one, which mounts show, too.

    Where that is not known it is the one that is listed first.
    """
    if other is None:
        return held
    worth, others_worth = _BEST.index(held.listing), _BEST.index(other.listing)
    if worth != others_worth:
        return held if worth < others_worth else other
    is_newer = held.added_at is not None and other.added_at is not None and other.added_at > held.added_at
    return other if is_newer else held
