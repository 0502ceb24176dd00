"""Which transfer of a Premiumize account holds which torrent: its list does not say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.clock import Clock
from qbitproxy.core.ports import ItemState, RemoteItem, Source
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.providers.holdings import Holdings
from qbitproxy.providers.premiumize_drive import Content
from qbitproxy.providers.premiumize_wire import Transfer


class _Ours(Struct, frozen=True):
    """What was known of a transfer when it was created, or recognised."""

    infohash: str
    name: str


class Ledger:
    """The transfers as last listed, with what we remember of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._holdings = Holdings(clock)
        self._listed: dict[str, Transfer] = {}
        self._ours: dict[str, _Ours] = {}
        self._finished_at: dict[str, float] = {}  # transfer -> monotonic seconds of the first such list
        self._contents: dict[str, Content] = {}
        self._last_seen: dict[str, Transfer] = {}  # those whose contents we have looked at

    def listed(self, transfers: Sequence[Transfer], asked_at: float) -> None:
        """Take over a complete list; progress that is left out stays what it was."""
        before, now = self._listed, self._clock.monotonic()
        self._listed = {
            transfer.id: replace(transfer, progress=before[transfer.id].progress)
            if transfer.progress is None and transfer.id in before
            else transfer
            for transfer in transfers
        }
        done = [id_ for id_, transfer in self._listed.items() if transfer.state is ItemState.DONE]
        self._finished_at = {id_: self._finished_at.get(id_, now) for id_ in done}
        self._holdings.listed([self.item(transfer) for transfer in self.all()], asked_at)

    def all(self) -> list[Transfer]:
        """The transfers of the last list."""
        return list(self._listed.values())

    def find(self, item_id: str) -> Transfer | None:
        """A transfer of the last list."""
        return self._listed.get(item_id)

    def last_seen(self, item_id: str) -> Transfer | None:
        """A transfer whose contents we have looked at, listed or not."""
        return self._last_seen.get(item_id)

    def is_fresh(self) -> bool:
        """Whether the last list is young enough to be believed."""
        return self._holdings.is_fresh()

    def doubt(self) -> None:
        """Something may have been added without our knowing."""
        self._holdings.doubt()

    def created(self, item_id: str, source: Source) -> None:
        """A transfer holds `source`: it was created for it, or recognised as such."""
        self._ours[item_id] = _Ours(source.infohash, source.name)
        self._holdings.added(item_id, source.infohash)

    def looked_at(self, transfer: Transfer, content: Content) -> None:
        """A transfer's contents were seen."""
        self._contents[transfer.id], self._last_seen[transfer.id] = content, transfer

    def content(self, item_id: str) -> Content | None:
        """What a transfer held when it was last looked at."""
        return self._contents.get(item_id)

    def finished_for(self, item_id: str) -> float:
        """Seconds since a list first showed the transfer as finished, infinite for one not listed."""
        return self._clock.monotonic() - self._finished_at.get(item_id, -inf)

    def forget(self, item_id: str) -> None:
        """A transfer is gone."""
        self._holdings.gone(item_id)
        self._listed.pop(item_id, None)
        self._ours.pop(item_id, None)
        self._contents.pop(item_id, None)
        self._last_seen.pop(item_id, None)

    def with_infohash(self, infohash: str) -> list[str]:
        """The ids of transfers known to hold `infohash`, the most advanced first; failed ones do not."""
        return self._holdings.with_infohash(infohash)

    def recognised(self, source: Source, called: Collection[str]) -> list[str]:
        """The ids of transfers that may hold `source`, of which the service says that it is there.

        By infohash; else by one of the names in `called`, where no other infohash is known; else one that
        we created, though it is not listed.
        """
        listed = self.all()
        by_hash = [transfer.id for transfer in listed if self.infohash(transfer) == source.infohash]
        by_name = [t.id for t in listed if not self.infohash(t) and t.title in called]
        unlisted = [
            id_ for id_, ours in self._ours.items()
            if ours.infohash == source.infohash and id_ not in self._listed
        ]  # fmt: skip
        return by_hash[:1] or by_name or unlisted[:1]

    def has_nameless(self) -> bool:
        """Whether a transfer may still turn out to be anything."""
        return any(not transfer.title and not self.infohash(transfer) for transfer in self.all())

    def infohash(self, transfer: Transfer) -> str:
        """The infohash of a transfer, "" when nobody knows."""
        ours = self._ours.get(transfer.id)
        return ours.infohash if ours else transfer.infohash

    def names(self, transfer: Transfer) -> set[str]:
        """What a transfer's folder or file may be called."""
        ours = self._ours.get(transfer.id)
        return {transfer.title, ours.name if ours else ""} - {""}

    def item(self, transfer: Transfer, files: tuple[RemoteFile, ...] | None = None) -> RemoteItem:
        """A transfer in our words."""
        content, ours = self._contents.get(transfer.id), self._ours.get(transfer.id)
        name = content.name if content else transfer.title or (ours.name if ours else "")
        return RemoteItem(
            id=transfer.id,
            infohash=self.infohash(transfer),
            name=name,
            state=transfer.state,
            progress=transfer.done,
            speed=transfer.speed,
            seeders=transfer.seeders,
            size=content.size if content else transfer.size,
            reason=transfer.reason,
            detail=transfer.detail,
            files=files,
        )
