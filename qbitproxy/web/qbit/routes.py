"""Every path below /api/v2 with whoever answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from qbitproxy.web.keys import CALLER, LIBRARY, SETTINGS
from qbitproxy.web.qbit import (
    access,
    add,
    app_routes,
    category_routes,
    control_routes,
    file_routes,
    place_routes,
    queue_routes,
)
from qbitproxy.web.qbit import torrent_routes as torrents
from qbitproxy.web.qbit.answers import plain, without_content
from qbitproxy.web.qbit.forms import Form, MissingParameters, read_form
from qbitproxy.web.qbit.listing import Listing
from qbitproxy.web.qbit.profile import PROFILES, Profile, profile_of
from qbitproxy.web.qbit.selection import ADJUSTING, LISTING

Answer = Callable[[web.Request, Form], Awaitable[web.Response]]

READS: dict[str, Answer] = {
    "app/version": app_routes.version,
    "app/webapiVersion": app_routes.web_api_version,
    "app/buildInfo": app_routes.build_info,
    "app/preferences": app_routes.preferences,
    "app/defaultSavePath": app_routes.default_save_path,
    "app/networkInterfaceList": app_routes.no_list,
    "app/networkInterfaceAddressList": app_routes.no_list,
    "log/main": app_routes.no_list,
    "log/peers": app_routes.no_list,
    "rss/items": app_routes.no_table,
    "rss/rules": app_routes.no_table,
    "search/plugins": app_routes.no_list,
    "search/status": app_routes.no_list,
    "sync/maindata": app_routes.main_data,
    "sync/torrentPeers": torrents.peers,
    "torrents/categories": category_routes.categories,
    "torrents/count": torrents.count,
    "torrents/downloadLimit": control_routes.speed_limits,
    "torrents/export": torrents.export,
    "torrents/files": torrents.files,
    "torrents/info": torrents.info,
    "torrents/pieceHashes": torrents.piece_hashes,
    "torrents/pieceStates": torrents.piece_states,
    "torrents/properties": torrents.properties,
    "torrents/tags": category_routes.tags,
    "torrents/trackers": torrents.trackers,
    "torrents/uploadLimit": control_routes.speed_limits,
    "torrents/webseeds": torrents.web_seeds,
    "transfer/downloadLimit": app_routes.download_limit,
    "transfer/info": app_routes.transfer,
    "transfer/speedLimitsMode": app_routes.zero,
    "transfer/uploadLimit": app_routes.zero,
}
"""Answered to GET, HEAD and POST."""

WRITES: dict[str, Answer] = {
    "app/setPreferences": app_routes.set_preferences,
    "app/shutdown": app_routes.shutdown,
    "auth/login": access.login,
    "auth/logout": access.logout,
    "torrents/add": add.add,
    "torrents/addTags": category_routes.add_tags,
    "torrents/bottomPrio": queue_routes.bottom,
    "torrents/createCategory": category_routes.create_category,
    "torrents/createTags": category_routes.create_tags,
    "torrents/decreasePrio": queue_routes.decrease,
    "torrents/delete": control_routes.delete,
    "torrents/deleteTags": category_routes.delete_tags,
    "torrents/editCategory": category_routes.edit_category,
    "torrents/filePrio": file_routes.set_priority,
    "torrents/increasePrio": queue_routes.increase,
    "torrents/pause": control_routes.pause,
    "torrents/reannounce": control_routes.reannounce,
    "torrents/recheck": place_routes.recheck,
    "torrents/removeCategories": category_routes.remove_categories,
    "torrents/removeTags": category_routes.remove_tags,
    "torrents/rename": control_routes.rename,
    "torrents/renameFile": file_routes.rename_a_file,
    "torrents/renameFolder": file_routes.rename_a_folder,
    "torrents/resume": control_routes.resume,
    "torrents/setAutoManagement": place_routes.set_auto_management,
    "torrents/setCategory": category_routes.set_category,
    "torrents/setDownloadLimit": control_routes.accept_hashes,
    "torrents/setDownloadPath": place_routes.set_download_path,
    "torrents/setForceStart": control_routes.force_start,
    "torrents/setLocation": place_routes.set_location,
    "torrents/setSavePath": place_routes.set_save_path,
    "torrents/setShareLimits": control_routes.set_share_limits,
    "torrents/setSuperSeeding": control_routes.accept_hashes,
    "torrents/setUploadLimit": control_routes.accept_hashes,
    "torrents/start": control_routes.resume,
    "torrents/stop": control_routes.pause,
    "torrents/toggleFirstLastPiecePrio": control_routes.toggle_first_last,
    "torrents/toggleSequentialDownload": control_routes.toggle_sequential,
    "torrents/topPrio": queue_routes.top,
    "transfer/setDownloadLimit": app_routes.set_limit,
    "transfer/setSpeedLimitsMode": app_routes.set_speed_mode,
    "transfer/setUploadLimit": app_routes.set_limit,
    "transfer/toggleSpeedLimitsMode": app_routes.nothing,
}
"""Answered to POST alone, which keeps links and images of other sites out."""

LOGIN = "auth/login"


def add_routes(app: web.Application) -> None:
    """Mount everything below /api/v2. The keys of `web.keys` must be set."""
    settings = app[SETTINGS].qbittorrent
    app[LISTING] = Listing(app[LIBRARY], PROFILES[settings.profile], settings.queueing)
    app[ADJUSTING] = asyncio.Lock()
    app[access.VERDICTS] = access.Verdicts()
    app.router.add_route("*", "/api/v2/{action:.*}", answer)


async def answer(request: web.Request) -> web.Response:
    """Whatever is asked below /api/v2, checks first, in the order that clients probe.

    Source: qBittorrent 4.6.7, WebApplication::processRequest: other site 401, nobody 403 even where nothing
    is, unknown 404, GET on a writer 405, parameters 400.
    """
    profile, action = profile_of(request), request.match_info["action"]
    try:
        answered = await _answer(request, action, profile)
    except MissingParameters as refused:
        return plain(profile.missing.format(names=", ".join(refused.names)), refused.status)
    except web.HTTPException as refused:
        return plain(refused.text or refused.reason, refused.status)
    return without_content(answered) if action in profile.no_content else answered


async def _answer(request: web.Request, action: str, profile: Profile) -> web.Response:
    if access.is_foreign(request):
        raise web.HTTPUnauthorized(text="Unauthorized")
    if action != LOGIN:
        caller = await access.identify(request)
        if caller is None:
            if profile.basic_is_tried and access.has_basic(request):
                raise web.HTTPUnauthorized(text="Unauthorized")
            raise web.HTTPForbidden(text="Forbidden")
        request[CALLER] = caller
    answered_by = None if action in profile.absent else READS.get(action) or WRITES.get(action)
    if answered_by is None:
        scope, slash, _ = action.partition("/")
        raise web.HTTPNotFound(text=profile.no_action if slash and scope in profile.scopes else "Not Found")
    if request.method != "POST" and (action in WRITES or request.method not in ("GET", "HEAD")):
        raise web.HTTPMethodNotAllowed(request.method, ["POST"], text="Method Not Allowed")
    return await answered_by(request, await read_form(request))
