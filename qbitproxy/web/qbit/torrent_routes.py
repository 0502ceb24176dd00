"""What clients read about torrents."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.answers import as_array, as_json, plain
from qbitproxy.web.qbit.bounds import parts
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.handed_in import metainfo_of
from qbitproxy.web.qbit.preferences import subcategories
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.query import read_query
from qbitproxy.web.qbit.rows import Row
from qbitproxy.web.qbit.selection import LISTING, named
from qbitproxy.web.qbit.wire import FileRow, encode


async def info(request: web.Request, form: Form) -> web.Response:
    """torrents/info; newer releases add the trackers (5.1) or the files (5.2) of each torrent if asked."""
    listing, now, profile = request.app[LISTING], request.app[CLOCK].now(), profile_of(request)
    query = read_query(form, subcategories=subcategories(profile, request.app[LIBRARY].preferences))
    with_trackers = profile.since_5_0 and form.flag("includeTrackers")
    with_files = profile.since_5_2 and form.flag("includeFiles")
    try:
        if not with_trackers and not with_files:
            return as_array(await listing.answer(request[CALLER], query, now))
        rows = await listing.page(request[CALLER], query, now)
    except KeyError:
        raise web.HTTPBadRequest(text="'sort' parameter is invalid") from None
    return as_array([await _fuller(request, row, with_trackers, with_files) for row in rows])


async def count(request: web.Request, _: Form) -> web.Response:
    """torrents/count."""
    caller = request[CALLER]
    return plain(str(sum(caller.sees(torrent) for torrent in request.app[LIBRARY].listed())))


async def properties(request: web.Request, form: Form) -> web.Response:
    """torrents/properties."""
    torrent = named(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    metainfo = await metainfo_of(request, torrent)
    return as_json(details.properties(torrent, row, metainfo, profile_of(request)))


async def files(request: web.Request, form: Form) -> web.Response:
    """torrents/files; `is_seed` stands in the first row of the answer, before 5.2 with the first file."""
    torrent = named(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    rows = details.files(torrent, row, await metainfo_of(request, torrent))
    if "indexes" in form:
        rows = [_picked(rows, index) for index in parts(form.text("indexes"), "|")]
        if profile_of(request).since_5_2:
            rows = details.first_says_whether_seed(torrent, rows)
    return as_json(rows)


async def _fuller(request: web.Request, row: Row, with_trackers: bool, with_files: bool) -> bytes:
    """An encoded row with more in it, its keys in their order."""
    torrent, shown = row.torrent, msgspec.json.decode(row.json)
    more: dict[str, Any] = {}
    if with_trackers:
        seeders = request.app[LIBRARY].telemetry(torrent.id).seeders
        more["trackers"] = details.own_trackers(torrent, seeders, profile_of(request))
    if with_files and torrent.size is not None:
        described = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
        rows = details.files(torrent, described, await metainfo_of(request, torrent))
        more["files"] = [replace(file, is_seed=None) for file in rows]
    return encode(dict(sorted((shown | more).items())))


def _picked(rows: list[FileRow], index: str) -> FileRow:
    if not (index.isascii() and index.isdecimal() and len(index) < 10):
        raise web.HTTPConflict(text=f'"{index}" is not a valid file index.')
    if int(index) >= len(rows):
        raise web.HTTPConflict(text=f"Index {index} is out of bounds.")
    return rows[int(index)]
