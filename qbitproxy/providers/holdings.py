"""What an account held when it was last listed, as far as it has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Reason, Refusal
from qbitproxy.core.ports import ItemState, RemoteItem

FRESH = timedelta(seconds=30)
"""How old a list may be for us to trust it that a torrent is not there."""

ADOPTABLE = (
    ItemState.DONE,
    ItemState.FETCHING,
    ItemState.QUEUED,
    ItemState.UNPREPARED,
    ItemState.CONVERTING,
)
"""States of an item that is worth having, best first: nothing brings a failed one on."""


def held_once(provider: str) -> Refusal:
    """Why a service that gives back what it holds adds no torrent anew."""
    return Refusal(provider, "it holds a torrent only once", reason=Reason.REFUSED_BY_POLICY)


class _Holding(Struct, frozen=True):
    infohash: str
    state: ItemState
    since: float  # monotonic seconds: when we added it or asked for the list that showed it


class Holdings:
    """The torrents of one account by infohash, without asking again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id: dict[str, _Holding] = {}
        self._listed_at: float | None = None

    def is_fresh(self) -> bool:
        """Whether the last complete list is young enough to be believed."""
        age = self._clock.monotonic() - self._listed_at if self._listed_at is not None else None
        return age is not None and age < FRESH.total_seconds()

    def listed(self, items: Iterable[RemoteItem], asked_at: float) -> None:
        """Take over a complete list; what was added after it was asked for stays."""
        newer = {id_: held for id_, held in self._by_id.items() if held.since >= asked_at}
        shown = {item.id: _Holding(item.infohash, item.state, asked_at) for item in items}
        self._by_id = newer | shown
        self._listed_at = asked_at

    def added(self, item_id: str, infohash: str) -> None:
        """An item we have just added."""
        self._by_id[item_id] = _Holding(infohash, ItemState.CONVERTING, self._clock.monotonic())

    def gone(self, item_id: str) -> None:
        """An item that is not there any more."""
        self._by_id.pop(item_id, None)

    def is_empty(self) -> bool:
        """Whether nothing is known to be held."""
        return not self._by_id

    def infohash(self, item_id: str) -> str:
        """What is known of an item's infohash, "" when nothing is."""
        held = self._by_id.get(item_id)
        return held.infohash if held else ""

    def doubt(self) -> None:
        """Something may have been added without our knowing: the next look asks again."""
        self._listed_at = None

    def with_infohash(self, infohash: str) -> list[str]:
        """The ids of the items that hold `infohash`, the most advanced first."""
        held = [
            (ADOPTABLE.index(holding.state), item_id)
            for item_id, holding in self._by_id.items()
            if holding.infohash == infohash and holding.state in ADOPTABLE
        ]
        return [item_id for _, item_id in sorted(held)]
