"""Programs that show what is there."""

from __future__ import annotations

from compat.clients.conversation import Ask, Conversation, OneOf, Wish
from compat.clients.talks.words import COMPLETE, CREDENTIALS, KNOWN_STATES, ROW, complete, delete, login

SERVER_STATE: dict[str, Wish] = {
    "server_state.connection_status": OneOf("connected", "firewalled"),
    "server_state.dl_info_speed": "integer",
    "server_state.up_info_speed": "integer",
    "server_state.dl_info_data": "integer",
    "server_state.up_info_data": "integer",
    "server_state.alltime_dl": "integer",
    "server_state.alltime_ul": "integer",
    "server_state.free_space_on_disk": "integer",
    "server_state.global_ratio": "text",
    "server_state.dht_nodes": "integer",
    "server_state.queueing": "bool",
    "server_state.use_alt_speed_limits": "bool",
    "server_state.refresh_interval": "integer",
    "server_state.total_peer_connections": "integer",
}
MAIN_DATA: dict[str, Wish] = {
    "rid": "integer",
    "full_update": OneOf(True),
    "categories": "object",
    "tags": "array",
    "torrents.*.state": KNOWN_STATES,
    "torrents.*.name": "text",
    **SERVER_STATE,
}
ADD_FILM = Ask(
    step="somebody adds", method="POST", path="torrents/add", upload="film", fields={"tags": "open"}
)

HOMEPAGE = Conversation(
    program="homepage",
    source="gethomepage/homepage b2a52ff2a, widgets/qbittorrent, read 2026-08",
    asks=[
        Ask(step="the list, not logged in", path="torrents/info", anonymous=True, status=(403,)),
        login(text="Ok."),
        ADD_FILM,
        complete("film"),
        Ask(
            step="the list",
            path="torrents/info",
            reads={
                "*.dlspeed": "integer",
                "*.upspeed": "integer",
                "*.progress": OneOf(1),
                "*.state": KNOWN_STATES,
                "*.name": "text",
                "*.eta": "integer",
            },
        ),
        delete("film"),
    ],
)

HOME_ASSISTANT = Conversation(
    program="Home Assistant",
    source="home-assistant/core, components/qbittorrent: coordinator.py, sensor.py; read 2026-08",
    user_agent="qbittorrent-api/2025.7.0",
    asks=[
        login(text="Ok."),
        ADD_FILM,
        complete("film", "POST"),
        Ask(
            step="every 30 seconds", method="POST", path="sync/maindata", fields={"rid": "0"}, reads=MAIN_DATA
        ),
        Ask(
            step="list torrents",
            method="POST",
            path="torrents/info",
            fields={"filter": "all"},
            reads={
                "*.added_on": "integer",
                "*.eta": "integer",
                "*.ratio": "number",
                "*.progress": "number",
                "*.hash": "hash",
            },
        ),
        Ask(step="alternative speed", path="transfer/speedLimitsMode", text="0"),
        Ask(step="switch it on", method="POST", path="transfer/toggleSpeedLimitsMode"),
        Ask(step="it is on", path="transfer/speedLimitsMode", text="1"),
        Ask(step="switch it off", method="POST", path="transfer/toggleSpeedLimitsMode"),
        delete("film"),
    ],
)

FLOOD = Conversation(
    program="flood",
    source="jesec/flood 0fec80c5d, services/qBittorrent, read 2026-08",
    sends_back="line",
    asks=[
        login(gives_cookie="SID"),
        Ask(step="which API", path="app/webapiVersion"),
        Ask(
            step="preferences",
            method="POST",
            path="app/preferences",
            reads={
                "save_path": "text",
                "dht": "bool",
                "listen_port": "integer",
                "dl_limit": "integer",
                "up_limit": "integer",
            },
        ),
        Ask(
            step="add a .torrent",
            method="POST",
            path="torrents/add",
            upload="show",
            fields={
                "savepath": "{downloads}",
                "tags": "open",
                "root_folder": "true",
                "contentLayout": "Original",
                "paused": "false",
            },
        ),
        complete("show", "POST"),
        Ask(step="the list", method="POST", path="torrents/info", reads=ROW),
        Ask(
            step="properties",
            method="POST",
            path="torrents/properties",
            fields={"hash": "{show}"},
            reads={
                "comment": "text",
                "creation_date": "integer",
                "is_private": "bool",
                "piece_size": "integer",
                "pieces_num": "integer",
            },
        ),
        Ask(
            step="files",
            method="POST",
            path="torrents/files",
            fields={"hash": "{show}"},
            reads={"*.name": "text", "*.size": "integer", "*.progress": "number", "*.priority": "integer"},
        ),
        Ask(
            step="trackers",
            method="POST",
            path="torrents/trackers",
            fields={"hash": "{show}"},
            reads={"*.url": "text", "*.tier": "integer"},
        ),
        Ask(
            step="peers",
            method="POST",
            path="sync/torrentPeers",
            fields={"hash": "{show}", "rid": "0"},
            reads={"rid": "integer", "full_update": OneOf(True)},
        ),
        Ask(
            step="traffic",
            method="POST",
            path="transfer/info",
            reads={"dl_info_speed": "integer", "up_info_speed": "integer"},
        ),
        Ask(step="everything", method="POST", path="sync/maindata", fields={"rid": "0"}, reads=MAIN_DATA),
        Ask(step="stop", method="POST", path="torrents/pause", fields={"hashes": "{show}"}),
        Ask(step="start", method="POST", path="torrents/resume", fields={"hashes": "{show}"}),
        Ask(
            step="move",
            method="POST",
            path="torrents/setLocation",
            fields={"hashes": "{show}", "location": "{downloads}/flood"},
        ),
        Ask(
            step="it is complete again",
            method="POST",
            path="torrents/info",
            fields={"hashes": "{show}"},
            until={"*.state": COMPLETE},
        ),
        Ask(
            step="a file first",
            method="POST",
            path="torrents/filePrio",
            fields={"hash": "{show}", "id": "0", "priority": "7"},
        ),
        Ask(
            step="in order",
            method="POST",
            path="torrents/toggleSequentialDownload",
            fields={"hashes": "{show}"},
        ),
        Ask(
            step="another tracker",
            method="POST",
            path="torrents/addTrackers",
            fields={"hash": "{show}", "urls": "http://other.example/announce"},
        ),
        delete("show"),
    ],
)

VUETORRENT = Conversation(
    program="VueTorrent",
    source="VueTorrent/VueTorrent b737f46f6, services/qbit/QbitProvider.ts, read 2026-08",
    user_agent="Mozilla/5.0",
    asks=[
        Ask(step="log in", method="POST", path="auth/login", fields=CREDENTIALS, anonymous=True, text="Ok."),
        Ask(step="which release", path="app/version", text_not=""),
        Ask(
            step="built how",
            path="app/buildInfo",
            reads={
                "qt": "text",
                "libtorrent": "text",
                "boost": "text",
                "openssl": "text",
                "zlib": "text",
                "bitness": "integer",
            },
        ),
        Ask(
            step="preferences",
            path="app/preferences",
            reads={
                "locale": "text",
                "queueing_enabled": "bool",
                "save_path": "text",
                "web_ui_port": "integer",
            },
        ),
        ADD_FILM,
        complete("film"),
        Ask(step="all at once", path="sync/maindata", reads=MAIN_DATA | {"trackers": "object"}),
        Ask(step="the list", path="torrents/info", fields={"sort": "added_on", "reverse": "true"}, reads=ROW),
        Ask(step="categories", path="torrents/categories"),
        Ask(step="tags", path="torrents/tags", reads={"*": "text"}),
        Ask(
            step="log",
            path="log/main",
            fields={"last_known_id": "-1"},
            reads={
                "*.id": "integer",
                "*.message": "text",
                "*.timestamp": "integer",
                "*.type": OneOf(1, 2, 4, 8),
            },
        ),
        Ask(
            step="peers of it",
            path="sync/torrentPeers",
            fields={"hash": "{film}"},
            reads={"rid": "integer", "full_update": "bool"},
        ),
        Ask(
            step="pieces of it", path="torrents/pieceStates", fields={"hash": "{film}"}, reads={"*": OneOf(2)}
        ),
        Ask(step="export it", path="torrents/export", fields={"hash": "{film}"}, text_not=""),
        Ask(step="feeds", path="rss/items", fields={"withData": "true"}),
        Ask(step="rules", path="rss/rules"),
        Ask(step="searchers", path="search/plugins"),
        Ask(
            step="rename it",
            method="POST",
            path="torrents/rename",
            fields={"hash": "{film}", "name": "Sintel"},
        ),
        Ask(
            step="the name shows",
            path="torrents/info",
            fields={"hashes": "{film}"},
            until={"*.name": OneOf("Sintel")},
        ),
        Ask(step="log out", method="POST", path="auth/logout"),
        Ask(
            step="log in again",
            method="POST",
            path="auth/login",
            fields=CREDENTIALS,
            anonymous=True,
            text="Ok.",
        ),
        delete("film"),
    ],
)
