"""What the program says of itself: versions, preferences, transfer totals."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.preferences import harmless
from qbitproxy.web.qbit.preferences import preferences as all_preferences
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING
from qbitproxy.web.qbit.wire import TransferRow

BUILD = {
    "bitness": 64,
    "boost": "1.85.0",
    "libtorrent": "2.0.10.0",
    "openssl": "3.3.2",
    "qt": "6.7.2",
    "zlib": "1.3.1",
}
"""The libraries of the release we claim to be; some clients read libtorrent's."""


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
    totals = await request.app[LISTING].totals(request[CALLER], request.app[CLOCK].now())
    return as_json(
        TransferRow(
            connection_status=connection(request),
            dl_info_data=totals.done,
            dl_info_speed=totals.speed,
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


def connection(request: web.Request) -> str:
    """What stands for being connected: a provider that may be used."""
    return "connected" if request.app[SETTINGS].enabled_providers() else "disconnected"
