"""`GET /api/torrents`: all of them, those that are wanted, or a page of those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import chain, islice
from typing import Annotated, Any, Literal

from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from qbitproxy.core.torrent import Removing, Torrent
from qbitproxy.library import Library
from qbitproxy.turns import breathe, in_turns
from qbitproxy.web.answers import encode, pieces
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.shelf import Shelf
from qbitproxy.web.api.torrent_routes import shape_of
from qbitproxy.web.api.wire import Phase, State, TorrentShape, phase_of, provider_of, state_of
from qbitproxy.web.keys import LIBRARY

CHOSEN_AT_ONCE = 2000
USUAL_LIMIT = 50

Limit = Annotated[int, Meta(ge=1, le=1000)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
SortKey = Literal["added_on", "name", "size", "progress", "category", "state"]
Order = Literal["asc", "desc"]

SHELF: web.AppKey[Shelf] = web.AppKey("shelf", Shelf)


class TorrentQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which torrents are wanted, in which order, how many of them.

    Source: Decypharr v2.4 for `page`, `search`, `sort_by`, `sort_order`.
    """

    phase: Phase | UnsetType = UNSET
    state: State | UnsetType = UNSET
    category: str | UnsetType = UNSET
    arr: str | UnsetType = UNSET
    debrid: str | UnsetType = UNSET
    search: str = ""  # part of the name, start of the hash
    sort: SortKey | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    sort_by: SortKey | UnsetType = UNSET  # the same
    sort_order: Order | UnsetType = UNSET
    limit: Limit | UnsetType = UNSET
    offset: Count | UnsetType = UNSET
    page: Annotated[int, Meta(ge=1, le=2**40)] | UnsetType = UNSET  # from 1; `offset` counts from its start

    @property
    def is_paged(self) -> bool:
        """Whether one page is wanted, with what there is to say of the others."""
        return any(each is not UNSET for each in (self.limit, self.offset, self.page))

    @property
    def chooses(self) -> bool:
        """Whether some torrents may not be wanted."""
        exact = (self.phase, self.state, self.category, self.arr, self.debrid)
        return bool(self.search) or any(each is not UNSET for each in exact)

    def wants(self, torrent: Torrent) -> bool:
        """Whether this torrent is wanted."""
        text = self.search.casefold()
        return (
            (self.category is UNSET or torrent.category == self.category)
            and (self.arr is UNSET or torrent.request.arr == self.arr)
            and (self.phase is UNSET or phase_of(torrent) == self.phase)
            and (self.state is UNSET or state_of(torrent) == self.state)
            and (self.debrid is UNSET or provider_of(torrent) == self.debrid)
            and (not text or text in torrent.name.casefold() or torrent.infohash.startswith(text))
        )


class TorrentPage(Struct, frozen=True, kw_only=True):
    """Some of the torrents that are wanted."""

    torrents: list[TorrentShape]
    total: int  # that are wanted
    limit: int
    offset: int
    next: int | None  # the next offset; None on the last page
    page: int  # from 1
    total_pages: int
    has_prev: bool
    has_next: bool
    categories: list[str]


def prepare(app: web.Application) -> None:
    """Have the order of the torrents at hand."""
    app[SHELF] = Shelf(app[LIBRARY])


async def list_torrents(request: web.Request, query: TorrentQuery) -> TorrentPage | web.Response:
    """A page when one is asked for, else everything that is wanted, as it is put together."""
    key, descends = query.sort or query.sort_by or "added_on", (query.order or query.sort_order) != "asc"
    if query.is_paged:
        return await _page(request, query, key, descends)
    _, wanted = await _wanted(request, query, key, descends)
    encoded = (encode(shape_of(torrent, request)) for torrent in wanted)
    return web.Response(body=pieces(b"[", encoded, b"]"), content_type="application/json")


async def _page(request: web.Request, query: TorrentQuery, key: SortKey, descends: bool) -> TorrentPage:
    limit, shelf = query.limit or USUAL_LIMIT, request.app[SHELF]
    begin = (query.offset or 0) + ((query.page or 1) - 1) * limit
    if key == "added_on" and descends and not query.chooses:
        total, shown = len(shelf), list(_listed(request, shelf.newest(limit, begin)))
    else:
        total, wanted = await _wanted(request, query, key, descends)
        shown = await _part(wanted, begin, limit)
    has_next = begin + limit < total
    return TorrentPage(
        torrents=[shape_of(torrent, request) for torrent in shown],
        total=total,
        limit=limit,
        offset=begin,
        next=begin + limit if has_next else None,
        page=begin // limit + 1,
        total_pages=-(-total // limit),
        has_prev=begin > 0,
        has_next=has_next,
        categories=sorted(request.app[LIBRARY].categories),
    )


async def _wanted(
    request: web.Request, query: TorrentQuery, key: SortKey, descends: bool
) -> tuple[int, Iterator[Torrent]]:
    """How many are wanted, then each of them: sorted a few at once, put together as they are taken."""
    sort_key, stretches = _sort_key(key, request.app[LIBRARY]), list[list[Torrent]]()
    ids = request.app[SHELF].newest()
    if key == "added_on" and not descends:
        ids = ids[::-1]
    async for some in in_turns(ids, CHOSEN_AT_ONCE):
        stretch = list(_listed(request, some))
        if query.chooses:
            stretch = [torrent for torrent in stretch if query.wants(torrent)]
        if sort_key is not None:
            stretch.sort(key=sort_key, reverse=descends)
        stretches.append(stretch)
    total = sum(map(len, stretches))
    if sort_key is None:
        return total, chain.from_iterable(stretches)
    return total, merge(*stretches, key=sort_key, reverse=descends)


async def _part(torrents: Iterator[Torrent], begin: int, limit: int) -> list[Torrent]:
    """At most `limit` of them behind the first `begin`."""
    while begin > 0 and (skipped := sum(1 for _ in islice(torrents, min(begin, CHOSEN_AT_ONCE)))):
        begin -= skipped
        await breathe()
    return list(islice(torrents, limit))


def _listed(request: web.Request, ids: Sequence[int]) -> Iterator[Torrent]:
    """Those of `ids` that are not on their way out by now."""
    for torrent in map(request.app[LIBRARY].get, ids):
        if torrent is not None and not isinstance(torrent.phase, Removing):
            yield torrent


def _sort_key(key: SortKey, library: Library) -> Callable[[Torrent], Any] | None:
    """What torrents are compared by; None for the order they come in anyway."""
    keys: dict[str, Callable[[Torrent], Any]] = {
        "name": lambda torrent: torrent.name.casefold(),
        "size": lambda torrent: torrent.size or 0,
        "progress": lambda torrent: 1.0 if torrent.completed_at else library.telemetry(torrent.id).progress,
        "category": lambda torrent: torrent.category,
        "state": state_of,
    }
    return keys.get(key)


ROUTES = (
    Route(
        method="GET",
        path="/api/torrents",
        handler=list_torrents,
        scope="read",
        says="every torrent, the newest first; [some of them](#lists), page by page",
        content=list[TorrentShape] | TorrentPage,
    ),
)
