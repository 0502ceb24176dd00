"""What the program says of itself: versions, preferences, transfer totals, the whole at once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from qbitproxy.turns import breathe
from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.qbit.answers import around, as_json, plain
from qbitproxy.web.qbit.category_routes import category_rows
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.listing import Row
from qbitproxy.web.qbit.places import free_space
from qbitproxy.web.qbit.preferences import harmless
from qbitproxy.web.qbit.preferences import preferences as all_preferences
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING
from qbitproxy.web.qbit.wire import MainData, ServerState, TransferRow, encode

BUILD = {
    "bitness": 64,
    "boost": "1.85.0",
    "libtorrent": "2.0.10.0",
    "openssl": "3.3.2",
    "qt": "6.7.2",
    "zlib": "1.3.1",
}
"""The libraries of the release we claim to be; some clients read libtorrent's."""

LAST_RID = 1_000_000

KEYED = len('"":') - len('"hash":"",')
"""What a row grows by when its hash becomes its key."""


async def version(request: web.Request, _: Form) -> web.Response:
    """app/version."""
    return plain(profile_of(request).version)


async def web_api_version(request: web.Request, _: Form) -> web.Response:
    """app/webapiVersion."""
    return plain(profile_of(request).web_api)


async def build_info(_: web.Request, __: Form) -> web.Response:
    """app/buildInfo."""
    return as_json(BUILD)


async def shutdown(_: web.Request, __: Form) -> web.Response:
    """app/shutdown: whoever supervises us does that."""
    raise web.HTTPForbidden(text="Forbidden")


async def preferences(request: web.Request, _: Form) -> web.Response:
    """app/preferences."""
    return as_json(all_preferences(request.app[SETTINGS], request.app[LIBRARY].preferences))


async def set_preferences(request: web.Request, form: Form) -> web.Response:
    """app/setPreferences: what is unknown, broken or not ours to promise is ignored, as in the original."""
    form.need("json")
    try:
        wishes: Any = msgspec.json.decode(form.text("json"))
    except msgspec.DecodeError:
        wishes = None
    changes = harmless(wishes) if isinstance(wishes, dict) else {}
    if changes:
        await request.app[LIBRARY].prefer(changes)
    return plain()


async def default_save_path(request: web.Request, _: Form) -> web.Response:
    """app/defaultSavePath."""
    return plain(request.app[SETTINGS].files.download_root)


async def transfer(request: web.Request, _: Form) -> web.Response:
    """transfer/info."""
    rows = await _rows(request)
    return as_json(
        TransferRow(
            connection_status=_connection(request),
            dl_info_data=_done(rows),
            dl_info_speed=_speed(rows),
            dl_rate_limit=request.app[SETTINGS].files.speed_limit,
        )
    )


async def download_limit(request: web.Request, _: Form) -> web.Response:
    """transfer/downloadLimit: the one in the settings, which clients cannot change."""
    return plain(str(request.app[SETTINGS].files.speed_limit))


async def zero(_: web.Request, __: Form) -> web.Response:
    """transfer/uploadLimit, transfer/speedLimitsMode: nothing is uploaded, there is no second mode."""
    return plain("0")


async def set_speed_mode(_: web.Request, form: Form) -> web.Response:
    """transfer/setSpeedLimitsMode: accepted without effect."""
    form.need("mode")
    if form.whole("mode", -1) == -1:
        raise web.HTTPBadRequest(text="'mode': invalid argument")
    return plain()


async def set_limit(_: web.Request, form: Form) -> web.Response:
    """transfer/setDownloadLimit, transfer/setUploadLimit: accepted without effect."""
    form.need("limit")
    return plain()


async def nothing(_: web.Request, __: Form) -> web.Response:
    """Writers without parameters that mean nothing here."""
    return plain()


async def no_list(_: web.Request, __: Form) -> web.Response:
    """Lists of what we do not have: log lines, network interfaces, search plugins."""
    return as_json([])


async def no_table(_: web.Request, __: Form) -> web.Response:
    """The same for what is keyed: RSS feeds and rules."""
    return as_json({})


async def main_data(request: web.Request, form: Form) -> web.Response:
    """sync/maindata, always a full update, which the protocol allows at any time."""
    library, settings = request.app[LIBRARY], request.app[SETTINGS]
    free = await asyncio.to_thread(free_space, settings.files.download_root)
    rows = await _rows(request)
    done = _done(rows)
    state = ServerState(
        alltime_dl=done,
        connection_status=_connection(request),
        dl_info_data=done,
        dl_info_speed=_speed(rows),
        dl_rate_limit=settings.files.speed_limit,
        free_space_on_disk=free,
        queueing=settings.qbittorrent.queueing,
    )
    data = MainData(
        categories=category_rows(request),
        rid=form.whole("rid") % LAST_RID + 1,
        server_state=state,
        tags=library.tags,
    )
    before, mark, after = encode(data).rpartition(b'"torrents":{')  # a category may be called torrents
    await breathe()
    shown = {row.torrent.infohash: row for row in rows}.values()
    size = sum(len(row.json) + KEYED for row in shown) + max(len(shown) - 1, 0)
    return around(before + mark, map(_keyed, shown), after, size)


async def _rows(request: web.Request) -> list[Row]:
    return await request.app[LISTING].rows(request[CALLER], request.app[CLOCK].now())


def _connection(request: web.Request) -> str:
    return "connected" if request.app[SETTINGS].enabled_providers() else "disconnected"


def _done(rows: list[Row]) -> int:
    return sum(row.done for row in rows)


def _speed(rows: list[Row]) -> int:
    return sum(row.speed for row in rows)


def _keyed(row: Row) -> bytes:
    """The row under its hash; the key cannot stand inside a JSON string, whose quotes are escaped."""
    infohash = row.torrent.infohash.encode()
    return b'"%s":%s' % (infohash, row.json.replace(b'"hash":"%s",' % infohash, b"", 1))
