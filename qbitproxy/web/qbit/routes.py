"""Every path below /api/v2 with whoever answers it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.middlewares import UI_PATH
from qbitproxy.web.qbit import (
    absent_routes,
    access,
    add,
    app_routes,
    category_routes,
    client_routes,
    content_routes,
    control_routes,
    file_routes,
    key_routes,
    limit_routes,
    log_routes,
    metadata_routes,
    page_routes,
    place_routes,
    preference_routes,
    queue_routes,
    sync_routes,
    tag_routes,
    tracker_routes,
    transfer_routes,
    web_seed_routes,
)
from qbitproxy.web.qbit import torrent_routes as torrents
from qbitproxy.web.qbit.answers import packed, plain, without_content
from qbitproxy.web.qbit.forms import Form, MissingParameters, read_form
from qbitproxy.web.qbit.listing import Listing
from qbitproxy.web.qbit.places import FreeSpace
from qbitproxy.web.qbit.profile import PROFILES, Profile, profile_of
from qbitproxy.web.qbit.selection import ADJUSTING, LISTING
from qbitproxy.web.qbit.shown import Answers
from qbitproxy.web.qbit.sync import Sessions

Answer = Callable[[web.Request, Form], Awaitable[web.StreamResponse]]

READS: dict[str, Answer] = {
    **absent_routes.READS,
    "app/cookies": client_routes.cookies,
    "app/getDirectoryContent": app_routes.directory_content,
    "app/getFreeSpaceAtPath": app_routes.free_space_at,
    "app/processInfo": app_routes.process_info,
    "app/version": app_routes.version,
    "app/webapiVersion": app_routes.web_api_version,
    "app/buildInfo": app_routes.build_info,
    "app/preferences": preference_routes.preferences,
    "app/defaultSavePath": app_routes.default_save_path,
    "app/networkInterfaceList": app_routes.network_interfaces,
    "app/networkInterfaceAddressList": app_routes.network_addresses,
    "clientdata/load": client_routes.load,
    "log/main": log_routes.main,
    "log/peers": log_routes.peers,
    "sync/maindata": sync_routes.main_data,
    "sync/torrentPeers": sync_routes.peers,
    "torrents/categories": category_routes.categories,
    "torrents/count": torrents.count,
    "torrents/downloadFile": content_routes.download_file,
    "torrents/downloadLimit": limit_routes.download_limit,
    "torrents/export": metadata_routes.export,
    "torrents/files": torrents.files,
    "torrents/info": torrents.info,
    "torrents/pieceAvailability": metadata_routes.piece_availability,
    "torrents/pieceHashes": metadata_routes.piece_hashes,
    "torrents/pieceStates": metadata_routes.piece_states,
    "torrents/properties": torrents.properties,
    "torrents/saveMetadata": metadata_routes.save_metadata,
    "torrents/tags": tag_routes.tags,
    "torrents/trackers": tracker_routes.trackers,
    "torrents/uploadLimit": limit_routes.upload_limit,
    "torrents/webseeds": web_seed_routes.web_seeds,
    "transfer/downloadLimit": transfer_routes.download_limit,
    "transfer/getSpeedLimits": transfer_routes.speed_limits,
    "transfer/info": transfer_routes.info,
    "transfer/speedLimitsMode": transfer_routes.mode,
    "transfer/uploadLimit": transfer_routes.upload_limit,
}
"""Answered to GET, HEAD and POST."""

WRITES: dict[str, Answer] = {
    **absent_routes.WRITES,
    "app/deleteAPIKey": key_routes.delete,
    "app/rotateAPIKey": key_routes.rotate,
    "app/sendTestEmail": app_routes.send_test_email,
    "app/setCookies": client_routes.set_cookies,
    "app/setPreferences": preference_routes.set_preferences,
    "app/shutdown": app_routes.shutdown,
    "auth/login": access.login,
    "auth/logout": access.logout,
    "clientdata/store": client_routes.store,
    "torrents/add": add.add,
    "torrents/addPeers": tracker_routes.add_peers,
    "torrents/addTags": tag_routes.add_tags,
    "torrents/addTrackers": tracker_routes.add_trackers,
    "torrents/addWebSeeds": web_seed_routes.add_web_seeds,
    "torrents/bottomPrio": queue_routes.bottom,
    "torrents/createCategory": category_routes.create_category,
    "torrents/createTags": tag_routes.create_tags,
    "torrents/decreasePrio": queue_routes.decrease,
    "torrents/delete": control_routes.delete,
    "torrents/deleteTags": tag_routes.delete_tags,
    "torrents/editCategory": category_routes.edit_category,
    "torrents/editTracker": tracker_routes.edit_tracker,
    "torrents/editWebSeed": web_seed_routes.edit_web_seed,
    "torrents/fetchMetadata": metadata_routes.fetch_metadata,
    "torrents/filePrio": file_routes.set_priority,
    "torrents/increasePrio": queue_routes.increase,
    "torrents/parseMetadata": metadata_routes.parse_metadata,
    "torrents/pause": control_routes.pause,
    "torrents/reannounce": control_routes.reannounce,
    "torrents/recheck": place_routes.recheck,
    "torrents/removeCategories": category_routes.remove_categories,
    "torrents/removeTags": tag_routes.remove_tags,
    "torrents/removeTrackers": tracker_routes.remove_trackers,
    "torrents/removeWebSeeds": web_seed_routes.remove_web_seeds,
    "torrents/rename": control_routes.rename,
    "torrents/renameFile": file_routes.rename_a_file,
    "torrents/renameFolder": file_routes.rename_a_folder,
    "torrents/resume": control_routes.resume,
    "torrents/setAutoManagement": place_routes.set_auto_management,
    "torrents/setCategory": category_routes.set_category,
    "torrents/setComment": control_routes.set_comment,
    "torrents/setDownloadLimit": limit_routes.set_download_limit,
    "torrents/setDownloadPath": place_routes.set_download_path,
    "torrents/setForceStart": control_routes.force_start,
    "torrents/setLocation": place_routes.set_location,
    "torrents/setSavePath": place_routes.set_save_path,
    "torrents/setShareLimits": control_routes.set_share_limits,
    "torrents/setSuperSeeding": control_routes.set_super_seeding,
    "torrents/setTags": tag_routes.set_tags,
    "torrents/setUploadLimit": limit_routes.set_upload_limit,
    "torrents/start": control_routes.resume,
    "torrents/stop": control_routes.pause,
    "torrents/toggleFirstLastPiecePrio": control_routes.toggle_first_last,
    "torrents/toggleSequentialDownload": control_routes.toggle_sequential,
    "torrents/topPrio": queue_routes.top,
    "transfer/banPeers": transfer_routes.ban_peers,
    "transfer/setDownloadLimit": transfer_routes.set_download_limit,
    "transfer/setSpeedLimits": transfer_routes.set_speed_limits,
    "transfer/setSpeedLimitsMode": transfer_routes.set_mode,
    "transfer/setUploadLimit": transfer_routes.set_upload_limit,
    "transfer/toggleSpeedLimitsMode": transfer_routes.toggle_mode,
}
"""Answered to POST alone, which keeps links and images of other sites out."""

METHODS = frozenset({"GET", "HEAD", "POST"})
"""Source: qBittorrent 4.6.7, base/http/connection.cpp: any other is 501."""

ACTION = re.compile(r"[A-Za-z_]\w*/[A-Za-z_]\w*", re.ASCII)
"""What is a path of the API. Source: qBittorrent 5.3.0, WebApplication::m_apiPathPattern."""

LOGIN = "auth/login"


def add_routes(app: web.Application) -> None:
    """Mount everything below /api/v2. The keys of `web.keys` must be set."""
    settings = app[SETTINGS]
    app[LISTING] = Listing(app[LIBRARY], PROFILES[settings.qbittorrent.profile], settings)
    app[app_routes.LAUNCHED] = app[CLOCK].now()
    app[sync_routes.SESSIONS] = Sessions()
    app[sync_routes.ANSWERS] = Answers()
    app[sync_routes.FREE_SPACE] = FreeSpace(app[CLOCK])
    app[ADJUSTING] = asyncio.Lock()
    app[metadata_routes.METADATA] = metadata_routes.Fetched()
    app[access.VERDICTS] = access.Verdicts()
    app.router.add_route("*", "/api/v2/{action:.*}", answer)
    if page := app[UI_PATH]:
        app.router.add_route("*", f"{page}/api/v2/{{action:.*}}", answer)
        app.router.add_get(page, page_routes.to_front)
        app.router.add_get(f"{page}/{{file:.*}}", page_routes.page_file)


async def answer(request: web.Request) -> web.StreamResponse:
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
    if action in profile.no_content:
        answered = without_content(answered)
    access.renew_cookie(request, answered)
    return packed(request, answered)


async def _answer(request: web.Request, action: str, profile: Profile) -> web.StreamResponse:
    if request.method not in METHODS:
        raise web.HTTPNotImplemented(text="Not Implemented")
    if access.is_foreign(request):
        raise web.HTTPUnauthorized(text="Unauthorized")
    if action.startswith("auth/") and access.has_key(request):
        raise web.HTTPForbidden(text="Forbidden")
    if action != LOGIN:
        caller = await access.identify(request)
        if caller is None:
            if profile.basic_is_tried and access.has_basic(request):
                raise web.HTTPUnauthorized(text="Unauthorized")
            raise web.HTTPForbidden(text="Forbidden")
        request[CALLER] = caller
    answered_by = None if action in profile.absent else READS.get(action) or WRITES.get(action)
    if answered_by is None:
        known = ACTION.fullmatch(action) and action.partition("/")[0] in profile.scopes
        raise web.HTTPNotFound(text=profile.no_action if known else "Not Found")
    if request.method != "POST" and action in WRITES:
        raise web.HTTPMethodNotAllowed(request.method, ["POST"], text="Method Not Allowed")
    if action != LOGIN:
        access.only_within_scope(request[CALLER], action, action in WRITES)
    return await answered_by(request, await read_form(request))
