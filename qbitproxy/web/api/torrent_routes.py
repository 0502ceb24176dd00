"""The torrents of `/api`: list, look, delete, try again."""

from __future__ import annotations

from contextlib import suppress
from operator import attrgetter
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, Struct, field

from qbitproxy.core.events import RemovalAsked, Resumed, Retried, StaleEvent
from qbitproxy.core.torrent import Failed, Ready, Torrent
from qbitproxy.library import Library, UnknownTorrent
from qbitproxy.web.answers import answer, encode, pieces
from qbitproxy.web.api.wire import TorrentShape, TorrentStory, history_line, torrent_shape
from qbitproxy.web.keys import INSIGHT, LIBRARY

ONE = "/api/torrents/{category:[^/]*}/{hash:[^/]+}"  # the category may be empty


class Removal(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes along with a torrent."""

    release_remote: bool | None = field(default=None, name="removeFromDebrid")  # None leaves it to policy


class Removals(Removal, frozen=True, forbid_unknown_fields=True):
    """Which torrents go."""

    hashes: Annotated[str, Meta(max_length=1 << 20)] = ""  # joined by "," or "|"


def add_routes(app: web.Application) -> None:
    """Mount everything below `/api/torrents`."""
    app.router.add_get("/api/torrents", list_torrents)
    for path in ("/api/torrents", "/api/torrents/"):
        app.router.add_delete(path, delete_torrents)
    app.router.add_get(ONE, show_torrent)
    app.router.add_delete(ONE, delete_torrent)
    app.router.add_post(f"{ONE}/retry", retry_torrent)


async def list_torrents(request: web.Request) -> web.Response:
    """Every torrent, the newest first."""
    newest_first = sorted(reversed(request.app[LIBRARY].listed()), key=attrgetter("added_at"), reverse=True)
    encoded = (encode(_shape(torrent, request)) for torrent in newest_first)
    return web.Response(body=pieces(b"[", encoded, b"]"), content_type="application/json")


async def show_torrent(request: web.Request) -> web.Response:
    """One torrent with its history."""
    library = request.app[LIBRARY]
    torrent = _named(request)
    history = await library.history(torrent.id)
    return answer(TorrentStory(_shape(torrent, request), [history_line(line) for line in history]))


async def delete_torrent(request: web.Request) -> web.Response:
    """Remove one torrent. Source: Decypharr v1.1.6: 200 with an empty body, also when there is none."""
    asked = msgspec.convert(dict(request.query), Removal, strict=False)
    library = request.app[LIBRARY]
    torrent = library.find(request.match_info["hash"].lower(), request.match_info["category"])
    if torrent is not None:
        await _remove(torrent, asked, library)
    return web.Response()


async def delete_torrents(request: web.Request) -> web.Response:
    """Remove every torrent that goes by one of the hashes, in whatever category."""
    asked = msgspec.convert(dict(request.query), Removals, strict=False)
    hashes = {each.strip() for each in asked.hashes.replace("|", ",").split(",")} - {""}
    if not hashes:
        raise web.HTTPBadRequest(text="No hashes provided")
    library = request.app[LIBRARY]
    for infohash in hashes:
        for torrent in library.with_infohash(infohash):
            await _remove(torrent, asked, library)
    return web.Response()


async def retry_torrent(request: web.Request) -> web.Response:
    """Try a failed torrent again from the start, a waiting one without more waiting."""
    library, torrent = request.app[LIBRARY], _named(request)
    if isinstance(torrent.phase, Ready):
        raise web.HTTPConflict(text="this torrent is ready; there is nothing to try again")
    event = Retried() if isinstance(torrent.phase, Failed) else Resumed()
    try:
        torrent = await library.record(torrent.id, event)
    except StaleEvent:
        raise web.HTTPConflict(text="something else happened to this torrent just now; look again") from None
    return answer(_shape(torrent, request))


def _shape(torrent: Torrent, request: web.Request) -> TorrentShape:
    place = request.app[INSIGHT].queue_place(torrent.id)
    return torrent_shape(torrent, request.app[LIBRARY].telemetry(torrent.id), place)


def _named(request: web.Request) -> Torrent:
    match = request.match_info
    torrent = request.app[LIBRARY].find(match["hash"].lower(), match["category"])
    if torrent is None:
        raise web.HTTPNotFound(text="no such torrent in this category")
    return torrent


async def _remove(torrent: Torrent, asked: Removal, library: Library) -> None:
    with suppress(StaleEvent, UnknownTorrent):  # somebody else removed it meanwhile
        await library.record(torrent.id, RemovalAsked(True, asked.release_remote))
