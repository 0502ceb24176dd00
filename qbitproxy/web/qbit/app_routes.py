"""What the program says of itself, of its disk; the whole of everything at once."""

from __future__ import annotations

import asyncio
from datetime import datetime

from aiohttp import web

from qbitproxy.turns import breathe
from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import only_people
from qbitproxy.web.qbit.answers import around, as_json, plain
from qbitproxy.web.qbit.category_routes import category_rows
from qbitproxy.web.qbit.folders import MODES, folder_content
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.listing import Row
from qbitproxy.web.qbit.places import below, free_space
from qbitproxy.web.qbit.preferences import queueing
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING
from qbitproxy.web.qbit.transfer_routes import connection, is_alternative, limits_now
from qbitproxy.web.qbit.wire import MainData, ServerState, encode

BUILD = {
    "bitness": 64,
    "boost": "1.85.0",
    "libtorrent": "2.0.10.0",
    "openssl": "3.3.2",
    "qt": "6.7.2",
    "zlib": "1.3.1",
}
"""The libraries of the release we claim to be; some clients read libtorrent's."""

LAUNCHED: web.AppKey[datetime] = web.AppKey("launched", datetime)

LAST_RID = 1_000_000

KEYED = len('"":') - len('"hash":"",')
"""What a row grows by when its hash becomes its key."""


async def version(request: web.Request, _: Form) -> web.Response:
    """app/version."""
    return plain(profile_of(request).version)


async def web_api_version(request: web.Request, _: Form) -> web.Response:
    """app/webapiVersion."""
    return plain(profile_of(request).web_api)


async def build_info(request: web.Request, _: Form) -> web.Response:
    """app/buildInfo."""
    return as_json({**BUILD, "platform": "linux"} if profile_of(request).since_5_0 else BUILD)


async def shutdown(_: web.Request, __: Form) -> web.Response:
    """app/shutdown: whoever supervises us does that."""
    raise web.HTTPForbidden(text="Forbidden")


async def default_save_path(request: web.Request, _: Form) -> web.Response:
    """app/defaultSavePath."""
    return plain(request.app[LIBRARY].save_path(""))


async def network_interfaces(_: web.Request, __: Form) -> web.Response:
    """app/networkInterfaceList: there is none for a client to choose."""
    return as_json([])


async def network_addresses(_: web.Request, form: Form) -> web.Response:
    """app/networkInterfaceAddressList."""
    form.need("iface")
    return as_json([])


async def directory_content(request: web.Request, form: Form) -> web.Response:
    """app/getDirectoryContent, for people: within the download root alone."""
    only_people(request)
    form.need("dirPath")
    mode, path = form.text("mode", "all"), form.text("dirPath")
    if not path.startswith("/"):
        raise web.HTTPBadRequest(text="Invalid directory path")
    if mode not in MODES:
        raise web.HTTPBadRequest(text="Invalid mode, allowed values: all, dirs, files")
    root = request.app[SETTINGS].files.download_root
    rows = await asyncio.to_thread(folder_content, root, path, mode)
    if rows is None:
        raise web.HTTPNotFound(text="Directory does not exist")
    described = form.flag("withMetadata") and profile_of(request).since_5_2
    return as_json(rows if described else [f"{path.rstrip('/')}/{row.name}" for row in rows])


async def process_info(request: web.Request, _: Form) -> web.Response:
    """app/processInfo."""
    return as_json({"launch_time": int(request.app[LAUNCHED].timestamp())})


async def free_space_at(request: web.Request, form: Form) -> web.Response:
    """app/getFreeSpaceAtPath: -1, which is unknown, outside of the download root."""
    form.need("path")
    path = below(request.app[SETTINGS].files.download_root, form.text("path"))
    return plain(str(await asyncio.to_thread(free_space, path) if path is not None else -1))


async def send_test_email(_: web.Request, __: Form) -> web.Response:
    """app/sendTestEmail: no mail is ever sent from here."""
    return plain()


async def main_data(request: web.Request, form: Form) -> web.Response:
    """sync/maindata, always a full update, which the protocol allows at any time."""
    library, settings = request.app[LIBRARY], request.app[SETTINGS]
    free = await asyncio.to_thread(free_space, library.save_path(""))
    rows, bounds = await _rows(request), limits_now(request)
    done = _done(rows)
    state = ServerState(
        alltime_dl=done,
        connection_status=connection(request),
        dl_info_data=done,
        dl_info_speed=_speed(rows),
        dl_rate_limit=bounds.download,
        free_space_on_disk=free,
        queueing=queueing(settings, library.preferences),
        up_rate_limit=bounds.upload,
        use_alt_speed_limits=is_alternative(request),
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


def _done(rows: list[Row]) -> int:
    return sum(row.done for row in rows)


def _speed(rows: list[Row]) -> int:
    return sum(row.speed for row in rows)


def _keyed(row: Row) -> bytes:
    """The row under its hash; the key cannot stand inside a JSON string, whose quotes are escaped."""
    infohash = row.torrent.infohash.encode()
    return b'"%s":%s' % (infohash, row.json.replace(b'"hash":"%s",' % infohash, b"", 1))
