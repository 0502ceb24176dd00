"""What clients read about torrents."""

from __future__ import annotations

import asyncio

from aiohttp import web

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Ready, Torrent
from qbitproxy.library import UnknownTorrent
from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.answers import as_array, as_json, plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.metainfo import Metainfo, read_metainfo
from qbitproxy.web.qbit.query import read_query
from qbitproxy.web.qbit.selection import LISTING, named
from qbitproxy.web.qbit.wire import FileRow


async def info(request: web.Request, form: Form) -> web.Response:
    """torrents/info."""
    listing, now = request.app[LISTING], request.app[CLOCK].now()
    try:
        return as_array(await listing.answer(request[CALLER], read_query(form), now))
    except KeyError:
        raise web.HTTPBadRequest(text="'sort' parameter is invalid") from None


async def count(request: web.Request, _: Form) -> web.Response:
    """torrents/count."""
    caller = request[CALLER]
    return plain(str(sum(caller.sees(torrent) for torrent in request.app[LIBRARY].listed())))


async def properties(request: web.Request, form: Form) -> web.Response:
    """torrents/properties."""
    torrent = named(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    return as_json(details.properties(torrent, row, await _metainfo(request, torrent)))


async def files(request: web.Request, form: Form) -> web.Response:
    """torrents/files."""
    torrent = named(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    rows = details.files(torrent, row, await _metainfo(request, torrent))
    if "indexes" in form:
        return as_json([_picked(rows, index) for index in form.text("indexes").split("|")])
    return as_json(rows)


async def trackers(request: web.Request, form: Form) -> web.Response:
    """torrents/trackers."""
    torrent = named(request, form)
    return as_json(details.trackers(torrent, request.app[LIBRARY].telemetry(torrent.id).seeders))


async def web_seeds(request: web.Request, form: Form) -> web.Response:
    """torrents/webseeds: none are used."""
    named(request, form)
    return as_json([])


async def piece_states(request: web.Request, form: Form) -> web.Response:
    """torrents/pieceStates: pieces are whole (2) once the torrent is ready, missing (0) until then."""
    torrent = named(request, form)
    metainfo = await _metainfo(request, torrent)
    return as_json([2 if isinstance(torrent.phase, Ready) else 0] * len(metainfo.piece_hashes))


async def piece_hashes(request: web.Request, form: Form) -> web.Response:
    """torrents/pieceHashes: none without a .torrent file."""
    return as_json((await _metainfo(request, named(request, form))).piece_hashes)


async def export(request: web.Request, form: Form) -> web.Response:
    """torrents/export: the .torrent file as it was handed in."""
    source = await _source(request, named(request, form))
    if source is None or not source.metainfo:
        raise web.HTTPConflict(text="Unable to export torrent file. Error: Missing metadata")
    return web.Response(body=source.metainfo, headers={"Content-Type": "application/x-bittorrent"})


async def _source(request: web.Request, torrent: Torrent) -> Source | None:
    try:
        return await request.app[LIBRARY].source(torrent.infohash)
    except UnknownTorrent:
        return None


async def _metainfo(request: web.Request, torrent: Torrent) -> Metainfo:
    source = await _source(request, torrent)
    if source is None or not source.metainfo:
        return Metainfo()
    return await asyncio.to_thread(read_metainfo, source.metainfo)


def _picked(rows: list[FileRow], index: str) -> FileRow:
    if not (index.isascii() and index.isdecimal() and len(index) < 10):
        raise web.HTTPConflict(text=f'"{index}" is not a valid file index.')
    if int(index) >= len(rows):
        raise web.HTTPConflict(text=f"Index {index} is out of bounds.")
    return rows[int(index)]
