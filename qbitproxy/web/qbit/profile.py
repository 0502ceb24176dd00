"""The qBittorrent releases that can be imitated, with everything in which they differ on the wire.

Source: qBittorrent 4.6.7, 5.1.4 and 5.3.0, their webui/ folders and exchanges recorded from 4.5.2, 5.1.0 and
5.3.0, 2026-08 and 2026-11. What a client may send is not here: the words of every release are understood.
"""

from __future__ import annotations

from aiohttp import web
from msgspec import Struct

from qbitproxy.settings import ProfileName
from qbitproxy.web.keys import SETTINGS

KNOWN_SCOPES = frozenset({"app", "auth", "log", "rss", "search", "sync", "torrents", "transfer"})


class Profile(Struct, frozen=True, kw_only=True):
    """One release as its clients see it."""

    version: str
    web_api: str
    paused_unfinished: str  # names of states
    paused_finished: str
    paused_preference: str  # whether torrents are added paused
    welcome: tuple[int, str]  # answers of auth/login: status and text
    refusal: tuple[int, str]
    cookie: str  # name of the session cookie; a port takes the place of {port}
    cookie_manners: str  # its attributes
    cookie_expires: bool
    missing: str  # what is said of missing parameters, which take the place of {names}
    no_action: str  # what is said of an unknown path in a known scope
    basic_is_tried: bool  # a wrong HTTP Basic header is 401, not 403
    counts_adds: bool  # torrents/add tells in JSON what became of each source; a duplicate is 409
    wraps_offset: bool  # an offset beyond the end of torrents/info counts as none
    strict_unchanged: bool  # torrents/editCategory refuses what changes nothing
    scopes: frozenset[str] = KNOWN_SCOPES
    absent: frozenset[str] = frozenset()  # paths of later releases
    no_content: frozenset[str] = frozenset()  # paths whose empty answer is 204
    since_5_0: bool  # a row of torrents/info has the keys that came with the release
    since_5_2: bool
    since_5_3: bool


NEW_IN_5_0 = frozenset(
    [
        "app/getDirectoryContent",
        "app/sendTestEmail",
        "search/downloadTorrent",
        "torrentcreator/addTask",
        "torrentcreator/deleteTask",
        "torrentcreator/status",
        "torrentcreator/torrentFile",
        "torrents/SSLParameters",
        "torrents/setSSLParameters",
    ]
)
NEW_IN_5_1 = frozenset(
    [
        "app/cookies",
        "app/setCookies",
        "torrents/addWebSeeds",
        "torrents/editWebSeed",
        "torrents/removeWebSeeds",
        "torrents/setTags",
    ]
)
NEW_IN_5_2 = frozenset(
    [
        "app/deleteAPIKey",
        "app/processInfo",
        "app/rotateAPIKey",
        "clientdata/load",
        "clientdata/store",
        "rss/setFeedRefreshInterval",
        "torrents/fetchMetadata",
        "torrents/parseMetadata",
        "torrents/pieceAvailability",
        "torrents/saveMetadata",
        "torrents/setComment",
    ]
)
NEW_IN_5_3 = frozenset(
    [
        "app/getFreeSpaceAtPath",
        "rss/cloneRule",
        "torrents/downloadFile",
        "transfer/getSpeedLimits",
        "transfer/setSpeedLimits",
    ]
)
"""What each release brought; torrents/start and torrents/stop (5.0) are understood in every profile."""

_V4_6 = Profile(
    version="v4.6.7",
    web_api="2.9.3",
    paused_unfinished="pausedDL",
    paused_finished="pausedUP",
    paused_preference="start_paused_enabled",
    welcome=(200, "Ok."),
    refusal=(200, "Fails."),
    cookie="SID",
    cookie_manners="HttpOnly; path=/; SameSite=Strict",
    cookie_expires=False,
    missing="Bad Request",
    no_action="Not Found",
    basic_is_tried=False,
    counts_adds=False,
    wraps_offset=True,
    strict_unchanged=True,
    absent=NEW_IN_5_0 | NEW_IN_5_1 | NEW_IN_5_2 | NEW_IN_5_3,
    since_5_0=False,
    since_5_2=False,
    since_5_3=False,
)
"""The newest release that Readarr, Whisparr and Kapowarr know."""

_V5_1 = Profile(
    version="v5.1.4",
    web_api="2.11.4",
    paused_unfinished="stoppedDL",
    paused_finished="stoppedUP",
    paused_preference="add_stopped_enabled",
    welcome=(200, "Ok."),
    refusal=(200, "Fails."),
    cookie="SID",
    cookie_manners="HttpOnly; SameSite=Strict; path=/",
    cookie_expires=False,
    missing="Bad Request",
    no_action="Not Found",
    basic_is_tried=False,
    counts_adds=False,
    wraps_offset=True,
    strict_unchanged=True,
    scopes=KNOWN_SCOPES | {"torrentcreator"},
    absent=NEW_IN_5_2 | NEW_IN_5_3,
    since_5_0=True,
    since_5_2=False,
    since_5_3=False,
)

_V5_3 = Profile(
    version="v5.3.0",
    web_api="2.16.2",
    paused_unfinished="stoppedDL",
    paused_finished="stoppedUP",
    paused_preference="add_stopped_enabled",
    welcome=(204, ""),
    refusal=(401, "Unauthorized"),
    cookie="QBT_SID_{port}",
    cookie_manners="HttpOnly; SameSite=Lax; path=/",
    cookie_expires=True,
    missing="Missing required parameters: {names}",
    no_action="Endpoint does not exist",
    basic_is_tried=True,
    counts_adds=True,
    wraps_offset=False,
    strict_unchanged=False,
    scopes=KNOWN_SCOPES | {"clientdata", "torrentcreator"},
    no_content=frozenset(
        [
            "app/deleteAPIKey",
            "clientdata/store",
            "rss/setFeedRefreshInterval",
            "torrents/addTrackers",
            "torrents/editTracker",
            "torrents/removeTrackers",
            "torrents/setComment",
            "torrents/setTags",
            "transfer/setSpeedLimits",
        ]
    ),
    since_5_0=True,
    since_5_2=True,
    since_5_3=True,
)

PROFILES = {ProfileName.V4_6: _V4_6, ProfileName.V5_1: _V5_1, ProfileName.V5_3: _V5_3}


def profile_of(request: web.Request) -> Profile:
    """The release that this installation imitates."""
    return PROFILES[request.app[SETTINGS].qbittorrent.profile]
