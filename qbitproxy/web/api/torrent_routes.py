"""One torrent of `/api`, or several named by their hashes: look, pause, delete, try again."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType, field

from qbitproxy.core.events import Event, Paused, RemovalAsked, Resumed, Retried, StaleEvent
from qbitproxy.core.torrent import Failed, Ready, Torrent
from qbitproxy.library import Library, UnknownTorrent
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire import TorrentShape, TorrentStory, history_line, torrent_shape
from qbitproxy.web.keys import INSIGHT, LIBRARY

ONE = "/api/torrents/{category}/{hash}"
PATTERNS = {"category": "[^/]*", "hash": "[^/]+"}  # the category may be empty


class Removal(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes along with a torrent."""

    release_remote: bool | UnsetType = field(default=UNSET, name="removeFromDebrid")  # else policy says


class Removals(Removal, frozen=True, forbid_unknown_fields=True):
    """Which torrents go: those of `hashes` in every category, or the one of `hash` in `category`."""

    hashes: Annotated[str, Meta(max_length=1 << 20)] = ""  # joined by "," or "|"
    hash: str = ""
    category: str | UnsetType = UNSET


async def show_torrent(request: web.Request) -> TorrentStory:
    """One torrent with its history."""
    library = request.app[LIBRARY]
    torrent = _named(request)
    history = await library.history(torrent.id)
    return TorrentStory(shape_of(torrent, request), [history_line(line) for line in history])


async def delete_torrent(request: web.Request, query: Removal) -> None:
    """Remove one torrent. Source: Decypharr v1.1.6: 200 with an empty body, also when there is none."""
    await _remove_one(request, request.match_info["hash"], request.match_info["category"], query)


async def delete_torrents(request: web.Request, query: Removals) -> None:
    """Remove every torrent that goes by one of the hashes, in whatever category.

    Source: Decypharr v2.4: its documentation names one torrent by `category` and `hash` instead.
    """
    hashes = {each.strip() for each in query.hashes.replace("|", ",").split(",")} - {""}
    if query.hash and query.category is not UNSET and not hashes:
        return await _remove_one(request, query.hash, query.category, query)
    if not hashes or query.hash or query.category is not UNSET:
        raise web.HTTPBadRequest(text="No hashes provided: send hashes, or category and hash")
    library = request.app[LIBRARY]
    for infohash in hashes:
        for torrent in library.with_infohash(infohash):
            await _remove(torrent, query, library)
    return None


async def retry_torrent(request: web.Request) -> TorrentShape:
    """Try a failed torrent again from the start, a waiting one without more waiting."""
    torrent = _named(request)
    if isinstance(torrent.phase, Ready):
        raise web.HTTPConflict(text="this torrent is ready; there is nothing to try again")
    return await _recorded(request, torrent, Retried() if isinstance(torrent.phase, Failed) else Resumed())


async def pause_torrent(request: web.Request) -> TorrentShape:
    """Let nothing more be done for a torrent until it is resumed."""
    torrent = _named(request)
    return shape_of(torrent, request) if torrent.paused else await _recorded(request, torrent, Paused())


async def resume_torrent(request: web.Request) -> TorrentShape:
    """Go on with a paused torrent."""
    torrent = _named(request)
    return await _recorded(request, torrent, Resumed()) if torrent.paused else shape_of(torrent, request)


def shape_of(torrent: Torrent, request: web.Request) -> TorrentShape:
    """`torrent` as it stands just now."""
    place = request.app[INSIGHT].queue_place(torrent.id)
    return torrent_shape(torrent, request.app[LIBRARY].telemetry(torrent.id), place)


def _named(request: web.Request) -> Torrent:
    match = request.match_info
    torrent = request.app[LIBRARY].find(match["hash"].lower(), match["category"])
    if torrent is None:
        raise web.HTTPNotFound(text="no such torrent in this category")
    return torrent


async def _recorded(request: web.Request, torrent: Torrent, event: Event) -> TorrentShape:
    try:
        return shape_of(await request.app[LIBRARY].record(torrent.id, event), request)
    except (StaleEvent, UnknownTorrent):
        raise web.HTTPConflict(text="something else happened to this torrent just now; look again") from None


async def _remove_one(request: web.Request, infohash: str, category: str, asked: Removal) -> None:
    torrent = request.app[LIBRARY].find(infohash.lower(), category)
    if torrent is not None:
        await _remove(torrent, asked, request.app[LIBRARY])


async def _remove(torrent: Torrent, asked: Removal, library: Library) -> None:
    release = None if asked.release_remote is UNSET else asked.release_remote
    with suppress(StaleEvent, UnknownTorrent):  # somebody else removed it meanwhile
        await library.record(torrent.id, RemovalAsked(True, release))


ROUTES = (
    Route(
        method="GET",
        path=ONE,
        handler=show_torrent,
        scope="read",
        says="one torrent with its history",
        errors=(404,),
        patterns=PATTERNS,
    ),
    Route(
        method="POST",
        path=f"{ONE}/retry",
        handler=retry_torrent,
        scope="admin",
        says="tries a failed one again, a waiting one at once",
        errors=(404, 409),
        patterns=PATTERNS,
    ),
    Route(
        method="POST",
        path=f"{ONE}/pause",
        handler=pause_torrent,
        scope="admin",
        says="does nothing more for it",
        errors=(404, 409),
        patterns=PATTERNS,
    ),
    Route(
        method="POST",
        path=f"{ONE}/resume",
        handler=resume_torrent,
        scope="admin",
        says="goes on with it",
        errors=(404, 409),
        patterns=PATTERNS,
    ),
    Route(
        method="DELETE",
        path=ONE,
        handler=delete_torrent,
        scope="admin",
        says="removes one torrent with its files; fine when there is none",
        patterns=PATTERNS,
    ),
    Route(
        method="DELETE",
        path="/api/torrents",
        handler=delete_torrents,
        scope="admin",
        says="removes `hashes`, joined by `,` or `\\|`, in every category; or one by `category`, `hash`",
        also=("/api/torrents/",),
    ),
)
