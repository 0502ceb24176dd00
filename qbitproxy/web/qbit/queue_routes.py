"""The order in which waiting torrents get their turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.torrent import Torrent
from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.preferences import queueing
from qbitproxy.web.qbit.selection import ADJUSTING, LISTING, chosen, record_options

Move = Callable[[Sequence[Torrent], set[int]], list[Torrent]]


async def top(request: web.Request, form: Form) -> web.Response:
    """torrents/topPrio: before everybody else, among themselves as they were."""
    return await _move(request, form, lambda queue, moved: _first(queue, moved), upwards=True)


async def bottom(request: web.Request, form: Form) -> web.Response:
    """torrents/bottomPrio."""
    return await _move(request, form, lambda queue, moved: _first(queue[::-1], moved)[::-1], upwards=False)


async def increase(request: web.Request, form: Form) -> web.Response:
    """torrents/increasePrio: each before its neighbour."""
    return await _move(request, form, lambda queue, moved: _forward(queue, moved), upwards=True)


async def decrease(request: web.Request, form: Form) -> web.Response:
    """torrents/decreasePrio."""
    return await _move(request, form, lambda queue, moved: _forward(queue[::-1], moved)[::-1], upwards=False)


def ranks(order: Sequence[Torrent], *, upwards: bool) -> dict[int, int]:
    """Ranks by id that give `order`, for those torrents whose rank has to change.

    Going `upwards` from the end raises ranks, going downwards from the start lowers them; equal ranks are
    in the order of ids.
    """
    sign = 1 if upwards else -1
    changed: dict[int, int] = {}
    before: tuple[int, int] | None = None  # rank and id of the neighbour looked at last
    for torrent in reversed(order) if upwards else order:
        rank = torrent.options.rank * sign
        if before is not None:
            tied = (torrent.id < before[1]) is upwards
            rank = max(rank, before[0] if tied else before[0] + 1)
        if rank * sign != torrent.options.rank:
            changed[torrent.id] = rank * sign
        before = (rank, torrent.id)
    return changed


async def _move(request: web.Request, form: Form, move: Move, *, upwards: bool) -> web.Response:
    """Raises HTTPConflict when queueing is off. Source: qBittorrent 4.6.7, topPrioAction and its siblings."""
    form.need("hashes")
    if not queueing(request.app[SETTINGS], request.app[LIBRARY].preferences):
        raise web.HTTPConflict(text="Torrent queueing must be enabled")
    async with request.app[ADJUSTING]:
        queue = request.app[LISTING].queue()
        moved = {torrent.id for torrent in chosen(request, form)}
        options = {torrent.id: torrent.options for torrent in queue}
        new = ranks(move(queue, moved), upwards=upwards)
        await record_options(request, {id: replace(options[id], rank=rank) for id, rank in new.items()})
    return plain()


def _first(queue: Sequence[Torrent], moved: set[int]) -> list[Torrent]:
    return sorted(queue, key=lambda torrent: torrent.id not in moved)


def _forward(queue: Sequence[Torrent], moved: set[int]) -> list[Torrent]:
    order = list(queue)
    for place in range(1, len(order)):
        if order[place].id in moved and order[place - 1].id not in moved:
            order[place - 1], order[place] = order[place], order[place - 1]
    return order
