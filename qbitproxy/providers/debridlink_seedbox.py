"""Reading a Debrid-Link seedbox: all of it page by page, or one torrent of it.

Source: debrid-link.com, API v2 documentation, read 2026; clients' issue trackers for what lists do besides.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
import structlog
from msgspec import Raw, Struct

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Missing, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.providers.debridlink_wire import ODD, Listed, Listing, Torrent
from qbitproxy.providers.holdings import FRESH

log = structlog.get_logger()

PAGE = 100
FEWEST = 20
"""Torrents on the smallest page: an id that it does not know is answered with the list from its start."""

MOST_PAGES = 1000


class _Seen(Struct, frozen=True):
    torrent: Torrent
    at: float  # monotonic seconds: when we asked


class Seedbox:
    """The torrents of one account, remembered for a moment so that nothing is asked twice in a row."""

    def __init__(self, http: Http, name: str, believed: timedelta = FRESH) -> None:
        """`believed` is how long what was shown of a torrent counts."""
        self._http, self._name, self._believed = http, name, believed
        self._seen: dict[str, _Seen] = {}

    async def all(self, purpose: Purpose) -> dict[str, Torrent]:
        """Every torrent by id, the newest first. Raises Unreachable for a list that is not complete."""
        asked_at = self._http.clock.monotonic()
        torrents = await self._pages(purpose)
        self._seen = {
            id_: _Seen(torrent, asked_at) for id_, torrent in torrents.items() if not torrent.is_odd
        }
        return torrents

    async def recent(self, item_id: str) -> Torrent:
        """One torrent as it was shown a moment ago, else as it is. Raises Missing."""
        seen = self._seen.get(item_id)
        young = seen is not None and self._http.clock.monotonic() - seen.at < self._believed.total_seconds()
        if seen is None or not young or seen.torrent.is_zip:  # lists may show an archive in place of files
            return await self.one(item_id)
        return seen.torrent

    async def one(self, item_id: str, purpose: Purpose = Purpose.ADD) -> Torrent:
        """One torrent as it is. Raises Missing when the answer, which may hold all others, lacks it."""
        asked_at = self._http.clock.monotonic()
        query: dict[str, str | int] = {"ids": item_id, "perPage": FEWEST}
        listing: Listing = await self._http.call("GET", "seedbox/list", Listing, query=query, purpose=purpose)
        for element in listing.value:
            if _id(element) == item_id:
                torrent = self._decoded(element)
                self._seen[item_id] = _Seen(torrent, asked_at)
                return torrent
        self.forget(item_id)
        raise Missing(self._name, "it does not list the torrent")

    def added(self, torrent: Torrent) -> None:
        """A torrent that was shown when it was added."""
        self._seen[torrent.id] = _Seen(torrent, self._http.clock.monotonic())

    def forget(self, item_id: str) -> None:
        """Ask the next time that this torrent is looked for."""
        self._seen.pop(item_id, None)

    async def _pages(self, purpose: Purpose) -> dict[str, Torrent]:
        """The list until its last page, or until a page brings nothing new: paging has been seen ignored."""
        torrents: dict[str, Torrent] = {}
        pages = 0
        for page in range(MOST_PAGES):
            query = {"page": page, "perPage": PAGE}
            listing: Listing = await self._http.call(
                "GET", "seedbox/list", Listing, query=query, purpose=purpose
            )
            known = len(torrents)
            for torrent in each(listing.value, Torrent, self._odd):
                torrents.setdefault(torrent.id, torrent)
            around = listing.pagination
            if around is not None:
                if around.pages < pages:
                    raise Unreachable(self._name, "its list became shorter while we read it")
                if around.next < 0:
                    return torrents
                if not listing.value:
                    raise Unreachable(self._name, f"page {page} of its list is empty")
                pages = around.pages
            if len(torrents) == known:
                return torrents
        raise Unreachable(self._name, f"its list has more than {MOST_PAGES} pages")

    def _decoded(self, element: Raw) -> Torrent:
        try:
            return msgspec.json.decode(element, type=Torrent, strict=False)
        except msgspec.DecodeError as error:
            raise Unreachable(self._name, f"odd answer: {error}") from None

    def _odd(self, element: Raw) -> Torrent | None:
        """A torrent that lists oddly is still there; only one without an id cannot be ours."""
        log.warning("odd_remote_item", provider=self._name)
        try:
            known = msgspec.json.decode(element, type=Listed)
        except msgspec.DecodeError:
            return None
        return Torrent(id=known.id, infohash=known.infohash, status=ODD, name=known.name)


def _id(element: Raw) -> str:
    try:
        return msgspec.json.decode(element, type=Listed).id
    except msgspec.DecodeError:
        return ""
