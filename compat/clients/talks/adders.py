"""Programs that add what they found."""

from __future__ import annotations

from compat.clients.conversation import Ask, Conversation, OneOf
from compat.clients.talks.words import KNOWN_STATES, ROW, complete, delete, login

AUTOBRR = Conversation(
    program="autobrr",
    source="autobrr/go-qbittorrent 43497c5a0, autobrr/autobrr 489d8ddf9 (internal/action), read 2026-08",
    asks=[
        login(text_not="Fails.", gives_cookie="*"),
        Ask(step="which API", path="app/webapiVersion"),
        Ask(step="active downloads", path="torrents/info", fields={"filter": "downloading"}),
        Ask(
            step="traffic",
            path="transfer/info",
            reads={
                "connection_status": OneOf("connected", "firewalled", "disconnected"),
                "dl_info_speed": "integer",
                "up_info_speed": "integer",
                "dl_info_data": "integer",
                "up_info_data": "integer",
                "dl_rate_limit": "integer",
                "up_rate_limit": "integer",
                "dht_nodes": "integer",
            },
        ),
        Ask(
            step="add a .torrent",
            method="POST",
            path="torrents/add",
            upload="film",
            upload_as=("torrents", "qwertyuiopasdfgh"),  # sixteen letters, no suffix
            fields={
                "category": "open",
                "tags": "open,film",
                "paused": "false",
                "stopped": "false",
                "firstLastPiecePrio": "false",
                "ratioLimit": "2.00",
                "seedingTimeLimit": "60",
                "upLimit": "1048576",
            },
            text_not="Fails.",
        ),
        Ask(step="preferences", path="app/preferences", reads={"queueing_enabled": "bool"}),
        Ask(
            step="switch queueing on",
            method="POST",
            path="app/setPreferences",
            fields={"json": '{"queueing_enabled":true}'},
        ),
        complete("film"),
        Ask(
            step="its trackers",
            path="torrents/trackers",
            fields={"hash": "{film}"},
            reads={
                "*.url": "text",
                "*.status": "integer",
                "*.num_peers": "integer",
                "*.num_seeds": "integer",
                "*.num_leeches": "integer",
                "*.num_downloaded": "integer",
                "*.msg": "text",
            },
        ),
        Ask(step="announce", method="POST", path="torrents/reannounce", fields={"hashes": "{film}"}),
        Ask(step="to the top", method="POST", path="torrents/topPrio", fields={"hashes": "{film}"}),
        Ask(step="the list", path="torrents/info", reads=ROW),
        delete("film", files="false"),
    ],
)

CROSS_SEED = Conversation(
    program="cross-seed",
    source="cross-seed/cross-seed 0a222a03b, clients/QBittorrent.ts, read 2026-08",
    user_agent="CrossSeed/6.13.1",
    sends_back="line",
    asks=[
        login(gives_cookie="*"),
        Ask(step="which release", method="POST", path="app/version", content_type="text/plain", text_not=""),
        Ask(
            step="preferences",
            method="POST",
            path="app/preferences",
            content_type="text/plain",
            reads={"save_path": "text"},
        ),
        Ask(step="tag", method="POST", path="torrents/createTags", fields={"tags": "cross-seed"}),
        Ask(step="categories", method="POST", path="torrents/categories", content_type="text/plain"),
        Ask(
            step="make a category",
            method="POST",
            path="torrents/createCategory",
            fields={"category": "open.cross-seed", "savePath": ""},
        ),
        Ask(
            step="inject",
            method="POST",
            path="torrents/add",
            upload="show",
            fields={
                "downloadPath": "{downloads}/partial",
                "autoTMM": "false",
                "category": "open.cross-seed",
                "tags": "cross-seed",
                "contentLayout": "Original",
                "skip_checking": "false",
                "paused": "false",
                "foo": "bar",
            },
        ),
        complete("show", "POST"),
        Ask(
            step="every torrent",
            method="POST",
            path="torrents/info",
            content_type="text/plain",
            reads=ROW | {"*.infohash_v1": "text", "*.infohash_v2": "text", "*.auto_tmm": "bool"},
        ),
        Ask(
            step="its files",
            method="POST",
            path="torrents/files",
            fields={"hash": "{show}"},
            reads={"*.name": "text", "*.size": "integer"},
        ),
        Ask(
            step="its trackers",
            method="POST",
            path="torrents/trackers",
            fields={"hash": "{show}"},
            reads={"*.url": "text", "*.tier": "integer", "*.status": "integer"},
        ),
        Ask(step="stop", method="POST", path="torrents/pause", fields={"hashes": "{show}"}),
        Ask(step="check", method="POST", path="torrents/recheck", fields={"hashes": "{show}"}),
        complete("show", "POST", step="it is checked"),
        Ask(step="go on", method="POST", path="torrents/resume", fields={"hashes": "{show}"}),
        Ask(
            step="tag it",
            method="POST",
            path="torrents/addTags",
            fields={"hashes": "{show}", "tags": "cross-seed"},
        ),
        delete("show"),
    ],
)

KAPOWARR = Conversation(
    program="Kapowarr",
    source="Casvt/Kapowarr aa0eba38, its qBittorrent client, read 2026-08",
    asks=[
        login(gives_cookie="*"),
        Ask(
            step="add a magnet",
            method="POST",
            path="torrents/add",
            multipart=True,
            fields={"urls": "{show magnet}", "savepath": "{downloads}/comics", "category": "comics"},
            text_not="Fails.",
        ),
        Ask(
            step="look at it",
            path="torrents/info",
            fields={"hashes": "{show}"},
            until={"*.state": KNOWN_STATES},
            reads={
                "*.hash": "hash",
                "*.total_size": "integer",
                "*.progress": "number",
                "*.dlspeed": "integer",
                "*.state": KNOWN_STATES,
            },
        ),
        Ask(
            step="delete",
            method="POST",
            path="torrents/delete",
            fields={"hashes": "{show}", "deleteFiles": "True"},
        ),
        Ask(step="it is gone", path="torrents/info", fields={"hashes": "{show}"}, text="[]"),
    ],
)

MEDUSA = Conversation(
    program="Medusa",
    source="pymedusa/Medusa bbb1c9271, clients/torrent/qbittorrent.py, read 2026-08",
    asks=[
        Ask(step="which API", path="app/webapiVersion", anonymous=True, status=(200, 403)),
        login(text="Ok."),
        Ask(step="add a .torrent", method="POST", path="torrents/add", upload="show", text_not="Fails."),
        complete("show"),
        Ask(
            step="set a missing category",
            method="POST",
            path="torrents/setCategory",
            fields={"hashes": "{show}", "category": "shows"},
            status=(409,),
        ),
        Ask(
            step="make the category",
            method="POST",
            path="torrents/createCategory",
            fields={"category": "shows"},
        ),
        Ask(
            step="set the category",
            method="POST",
            path="torrents/setCategory",
            fields={"hashes": "{show}", "category": "shows"},
        ),
        Ask(
            step="up",
            method="POST",
            path="torrents/increasePrio",
            fields={"hashes": "{show}"},
            status=(200, 409),
        ),
        Ask(
            step="down",
            method="POST",
            path="torrents/decreasePrio",
            fields={"hashes": "{show}"},
            status=(200, 409),
        ),
        Ask(
            step="top", method="POST", path="torrents/topPrio", fields={"hashes": "{show}"}, status=(200, 409)
        ),
        Ask(step="pause", method="POST", path="torrents/pause", fields={"hashes": "{show}"}),
        Ask(
            step="state",
            path="torrents/info",
            fields={"hashes": "{show}"},
            until={"*.state": OneOf("pausedUP")},
            reads={
                "*.ratio": "number",
                "*.progress": "number",
                "*.save_path": "text",
                "*.category": OneOf("shows"),
            },
        ),
        delete("show"),
    ],
)

SPORTARR = Conversation(
    program="Sportarr",
    source="Sportarr/Sportarr a0c36360b, QBittorrentClient.cs, read 2026-08",
    asks=[
        login(text="Ok.", gives_cookie="*"),
        Ask(step="which release", path="app/version", text_not=""),
        Ask(step="categories", path="torrents/categories"),
        Ask(
            step="make a category",
            method="POST",
            path="torrents/createCategory",
            fields={"category": "sportarr"},
        ),
        Ask(
            step="add a link",
            method="POST",
            path="torrents/add",
            multipart=True,
            fields={"urls": "{spare magnet}", "category": "sportarr", "sequentialDownload": "true"},
            text_not="Fails.",
        ),
        Ask(
            step="look for it",
            path="torrents/info",
            fields={"category": "sportarr"},
            until={"*.category": OneOf("sportarr")},
            reads={key: kind for key, kind in ROW.items() if key not in ("*.content_path", "*.tracker")},
        ),
        Ask(
            step="force it",
            method="POST",
            path="torrents/setForceStart",
            fields={"hashes": "{spare}", "value": "true"},
        ),
        Ask(
            step="to the top",
            method="POST",
            path="torrents/topPrio",
            fields={"hashes": "{spare}"},
            status=(200, 409),
        ),
        Ask(
            step="take its category",
            method="POST",
            path="torrents/setCategory",
            fields={"hashes": "{spare}", "category": ""},
        ),
        delete("spare"),
    ],
)
