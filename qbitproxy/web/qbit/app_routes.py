"""What the program says of itself, of its disk."""

from __future__ import annotations

import asyncio
from datetime import datetime

from aiohttp import web

from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import only_people
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.folders import MODES, folder_content
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import below, free_space
from qbitproxy.web.qbit.profile import profile_of

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
