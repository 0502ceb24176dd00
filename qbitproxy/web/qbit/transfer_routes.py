"""How fast everything goes, how fast it may go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from aiohttp import web
from msgspec import UNSET

from qbitproxy.core.speed import CHOSEN, CHOSEN_AT, Limits, alternative, limits, lower
from qbitproxy.web.keys import CALLER, CLOCK, INSIGHT, LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import no_arr
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.preference_keys import DEFAULTS
from qbitproxy.web.qbit.preferences import LIMITS, LONGEST_TEXT, whole_kib
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING
from qbitproxy.web.qbit.wire import TransferRow

WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)


async def info(request: web.Request, _: Form) -> web.Response:
    """transfer/info, of the torrents that the caller may see."""
    totals = await request.app[LISTING].totals(request[CALLER], request.app[CLOCK].now())
    bounds = limits_now(request)
    address = "" if profile_of(request).since_5_0 else UNSET  # nobody connects to us from outside
    return as_json(
        TransferRow(
            connection_status=connection(request),
            dl_info_data=totals.done,
            dl_info_speed=totals.speed,
            dl_rate_limit=bounds.download,
            last_external_address_v4=address,
            last_external_address_v6=address,
            up_rate_limit=bounds.upload,
        )
    )


async def download_limit(request: web.Request, _: Form) -> web.Response:
    """transfer/downloadLimit, of the mode in force."""
    return plain(str(limits_now(request).download))


async def upload_limit(request: web.Request, _: Form) -> web.Response:
    """transfer/uploadLimit, of the mode in force; nothing is uploaded."""
    return plain(str(limits_now(request).upload))


async def set_download_limit(request: web.Request, form: Form) -> web.Response:
    """transfer/setDownloadLimit, of the mode in force; it binds downloads that run."""
    return await _set_limit(request, form, "alt_dl_limit" if is_alternative(request) else "dl_limit")


async def set_upload_limit(request: web.Request, form: Form) -> web.Response:
    """transfer/setUploadLimit, of the mode in force."""
    return await _set_limit(request, form, "alt_up_limit" if is_alternative(request) else "up_limit")


async def speed_limits(request: web.Request, _: Form) -> web.Response:
    """transfer/getSpeedLimits: as they were set, whichever are in force."""
    stored = request.app[LIBRARY].preferences
    return as_json({key: stored.get(key, DEFAULTS[key]) for key in sorted(LIMITS)})


async def set_speed_limits(request: web.Request, form: Form) -> web.Response:
    """transfer/setSpeedLimits."""
    no_arr(request)
    form.need("up_limit", "dl_limit", "alt_up_limit", "alt_dl_limit")
    await request.app[LIBRARY].prefer({key: whole_kib(form.whole(key)) for key in LIMITS})
    return plain()


async def mode(request: web.Request, _: Form) -> web.Response:
    """transfer/speedLimitsMode: 1 while the alternative limits are in force."""
    return plain(str(int(is_alternative(request))))


async def set_mode(request: web.Request, form: Form) -> web.Response:
    """transfer/setSpeedLimitsMode."""
    form.need("mode")
    if WHOLE.fullmatch(form.text("mode").strip()) is None:
        raise web.HTTPBadRequest(text="'mode': invalid argument")
    return await _choose(request, form.whole("mode") != 0)


async def toggle_mode(request: web.Request, _: Form) -> web.Response:
    """transfer/toggleSpeedLimitsMode."""
    return await _choose(request, not is_alternative(request))


async def ban_peers(request: web.Request, form: Form) -> web.Response:
    """transfer/banPeers: kept in the preference `banned_IPs`; there are no peers to ban."""
    no_arr(request)
    form.need("peers")
    library = request.app[LIBRARY]
    known = str(library.preferences.get("banned_IPs", "")).split("\n")
    peers = [_address(peer) for peer in form.listed("peers", "|")]
    banned = "\n".join(dict.fromkeys(filter(None, [*known, *peers])))
    await library.prefer({"banned_IPs": short(banned, LONGEST_TEXT, "banned addresses")})
    return plain()


def connection(request: web.Request) -> str:
    """What stands for being connected: a provider that is enabled and not known to be out of reach."""
    states = request.app[INSIGHT].providers()
    at_hand = [state for state in states if state.resting_until is None]
    is_connected = at_hand if states else request.app[SETTINGS].enabled_providers()
    return "connected" if is_connected else "disconnected"


def limits_now(request: web.Request) -> Limits:
    """The limits in force, those of our settings among them."""
    wished = limits(*_now(request))
    return Limits(lower(request.app[SETTINGS].files.speed_limit, wished.download), wished.upload)


def is_alternative(request: web.Request) -> bool:
    """Whether the alternative limits are in force."""
    return alternative(*_now(request))


def _now(request: web.Request) -> tuple[Mapping[str, Any], datetime]:
    return request.app[LIBRARY].preferences, request.app[CLOCK].now().astimezone()


async def _set_limit(request: web.Request, form: Form, key: str) -> web.Response:
    no_arr(request)
    form.need("limit")
    await request.app[LIBRARY].prefer({key: whole_kib(form.whole("limit"))})
    return plain()


async def _choose(request: web.Request, chosen: bool) -> web.Response:
    no_arr(request)
    await request.app[LIBRARY].prefer({CHOSEN: chosen, CHOSEN_AT: request.app[CLOCK].now().isoformat()})
    return plain()


def _address(peer: str) -> str:
    """The address in `address:port`, "" when there is none."""
    address, colon, port = peer.rpartition(":")
    try:
        return str(ip_address(address.strip("[]"))) if colon and port.isdecimal() else ""
    except ValueError:
        return ""
