"""Which torrents a request is about, with the ways to change them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from qbitproxy.core.events import Adjusted, Event, Relocated, StaleEvent
from qbitproxy.core.torrent import Options, Removing, Torrent
from qbitproxy.library import UnknownTorrent
from qbitproxy.web.keys import CALLER, LIBRARY
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.listing import Listing
from qbitproxy.web.qbit.query import infohash, infohashes

LISTING: web.AppKey[Listing] = web.AppKey("listing", Listing)
ADJUSTING: web.AppKey[asyncio.Lock] = web.AppKey("adjusting", asyncio.Lock)
"""Held from reading options to recording them, so that two calls at once both count."""

EventOf = Callable[[Torrent], Event | None]


def chosen(request: web.Request, form: Form) -> list[Torrent]:
    """The torrents of `hashes` that the caller may see; unknown ones are skipped, `all` is all of them.

    Raises HTTPBadRequest without `hashes`.
    """
    form.need("hashes")
    return among(request, form.text("hashes"))


def among(request: web.Request, hashes: str) -> list[Torrent]:
    """The torrents of a `|` list of hashes that the caller may see; `all` is all of them."""
    library, caller = request.app[LIBRARY], request[CALLER]
    if hashes == "all":
        return [torrent for torrent in library.listed() if caller.sees(torrent)]
    found = (t for name in infohashes(hashes) for t in library.with_infohash(name))
    return list({torrent.id: torrent for torrent in found if caller.sees(torrent)}.values())


def named(request: web.Request, form: Form) -> Torrent:
    """The torrent of `hash`; of several the one in the caller's own category.

    Raises HTTPBadRequest without `hash`, HTTPNotFound for one that the caller does not have.
    """
    form.need("hash")
    return called(request, form.text("hash"))


def called(request: web.Request, name: str) -> Torrent:
    """The torrent that goes by one hash. Raises HTTPNotFound for one that the caller does not have."""
    caller = request[CALLER]
    found = [t for t in request.app[LIBRARY].with_infohash(infohash(name)) if caller.sees(t)]
    if not found:
        raise web.HTTPNotFound(text="Not Found")
    return max(found, key=lambda torrent: torrent.category == caller.category)


async def record_each(request: web.Request, torrents: Iterable[Torrent], event_of: EventOf) -> bool:
    """Let an event happen to each torrent, durable when this returns.

    A torrent that went meanwhile is fine. False when an event did not fit one that is still there.
    """
    async with asyncio.TaskGroup() as group:  # at once, so that they share a commit
        events = [(torrent, event) for torrent in torrents if (event := event_of(torrent)) is not None]
        tasks = [group.create_task(_record(request, torrent, event)) for torrent, event in events]
    return all(task.result() for task in tasks)


async def adjust_each(
    request: web.Request, torrents: Iterable[Torrent], change: Callable[[Options], Options]
) -> None:
    """Change the options of each torrent."""
    async with request.app[ADJUSTING]:
        await record_options(request, {t.id: change(_now(request, t).options) for t in torrents})


async def relocate_each(
    request: web.Request, torrents: Iterable[Torrent], place: Callable[[Torrent], tuple[str, bool]]
) -> None:
    """Give each torrent the save path of `place`, which says besides whether that is its category's."""

    def event_of(torrent: Torrent) -> Event | None:
        now = _now(request, torrent)
        path, automatic = place(now)
        is_so = (path, automatic) == (now.save_path, now.options.auto_tmm)
        return None if is_so else Relocated(path, automatic)

    async with request.app[ADJUSTING]:
        await record_each(request, torrents, event_of)


async def record_options(request: web.Request, options: Mapping[int, Options]) -> None:
    """Give torrents, by id, new options; the caller holds ADJUSTING."""
    library = request.app[LIBRARY]
    found = (library.get(torrent_id) for torrent_id in options)
    changed = [t for t in found if t is not None and t.options != options[t.id]]
    await record_each(request, changed, lambda torrent: Adjusted(options[torrent.id]))


async def _record(request: web.Request, torrent: Torrent, event: Event) -> bool:
    library = request.app[LIBRARY]
    try:
        await library.record(torrent.id, event)
    except UnknownTorrent:
        return True
    except StaleEvent:
        current = library.get(torrent.id)
        return current is None or isinstance(current.phase, Removing)
    return True


def _now(request: web.Request, torrent: Torrent) -> Torrent:
    return request.app[LIBRARY].get(torrent.id) or torrent
