"""Programs that look after what others added, that clear away what is stuck."""

from __future__ import annotations

from compat.clients.conversation import Ask, Conversation, OneOf
from compat.clients.talks.words import KNOWN_STATES, ROW, complete, delete, login

DECLUTTARR = Conversation(
    program="decluttarr",
    source="ManiMatter/decluttarr ff035bf23, loadScripts.py, shared.py, read 2026-08",
    asks=[
        login(text_not="Fails.", gives_cookie="SID"),
        Ask(step="which release", path="app/version", text_not=""),
        Ask(step="tags", path="torrents/tags"),
        Ask(step="protect", method="POST", path="torrents/createTags", fields={"tags": "Keep"}),
        Ask(step="somebody adds", method="POST", path="torrents/add", upload="film", fields={"tags": "Keep"}),
        complete("film"),
        Ask(
            step="the list",
            path="torrents/info",
            reads={
                "*.tags": "text",
                "*.hash": "hash",
                "*.name": "text",
                "*.category": "text",
                "*.completed": "integer",
            },
        ),
        Ask(
            step="is it private",
            path="torrents/properties",
            fields={"hash": "{film}"},
            reads={"is_private": OneOf(False)},
        ),
        Ask(
            step="is it connected",
            path="sync/maindata",
            reads={"server_state.connection_status": OneOf("connected", "firewalled")},
        ),
        delete("film"),
    ],
)

CLEANUPARR = Conversation(
    program="Cleanuparr",
    source="Cleanuparr/Cleanuparr 6d6d11914, DownloadClient/QBittorrent, read 2026-08",
    asks=[
        login(text="Ok."),
        Ask(step="health", path="app/webapiVersion"),
        Ask(step="somebody adds", method="POST", path="torrents/add", upload="show"),
        complete("show"),
        Ask(step="by hash", path="torrents/info", fields={"hashes": "{show}"}, reads=ROW),
        Ask(
            step="properties",
            path="torrents/properties",
            fields={"hash": "{show}"},
            reads={
                "is_private": "bool",
                "save_path": "text",
                "seeding_time": "integer",
                "share_ratio": "number",
                "addition_date": "integer",
                "completion_date": "integer",
                "total_size": "integer",
            },
        ),
        Ask(step="trackers", path="torrents/trackers", fields={"hash": "{show}"}, reads={"*.url": "text"}),
        Ask(
            step="files",
            path="torrents/files",
            fields={"hash": "{show}"},
            reads={
                "*.index": "integer",
                "*.name": "text",
                "*.size": "integer",
                "*.priority": OneOf(0, 1, 6, 7),
                "*.progress": "number",
                "*.availability": "number",
                "0.is_seed": "bool",
                "*.piece_range": "array",
            },
        ),
        Ask(
            step="leave a file out",
            method="POST",
            path="torrents/filePrio",
            fields={"hash": "{show}", "id": "1", "priority": "0"},
        ),
        Ask(
            step="the file is left out",
            path="torrents/files",
            fields={"hash": "{show}"},
            until={"*.priority": OneOf(0, 1)},
        ),
        Ask(step="categories", path="torrents/categories"),
        Ask(
            step="make a category",
            method="POST",
            path="torrents/createCategory",
            fields={"category": "unlinked"},
        ),
        Ask(
            step="set it",
            method="POST",
            path="torrents/setCategory",
            fields={"hashes": "{show}", "category": "unlinked"},
        ),
        Ask(
            step="tag it",
            method="POST",
            path="torrents/addTags",
            fields={"hashes": "{show}", "tags": "cleanuparr-unlinked"},
        ),
        Ask(
            step="preferences",
            method="POST",
            path="app/setPreferences",
            fields={"json": '{"excluded_file_names_enabled":false}'},
        ),
        delete("show"),
    ],
)

QBITRR = Conversation(
    program="qBitrr",
    source="Feramance/qBitrr 80743c6ea, main.py, arss, read 2026-08",
    asks=[
        login(text="Ok."),
        Ask(step="which release", path="app/version", text_not=""),
        Ask(
            step="connected",
            path="transfer/info",
            reads={"connection_status": OneOf("connected", "firewalled")},
        ),
        Ask(step="categories", path="torrents/categories"),
        Ask(
            step="make a category",
            method="POST",
            path="torrents/createCategory",
            fields={"category": "films", "savePath": "{downloads}/films"},
        ),
        Ask(
            step="tags",
            method="POST",
            path="torrents/createTags",
            fields={"tags": "qBitrr-allowed_seeding,qBitrr-ignored"},
        ),
        Ask(
            step="an Arr adds",
            method="POST",
            path="torrents/add",
            upload="film",
            fields={"category": "films"},
        ),
        complete("film", "POST"),
        Ask(
            step="poll",
            method="POST",
            path="torrents/info",
            fields={"category": "films", "filter": "all", "sort": "added_on", "reverse": "False"},
            reads=ROW
            | {
                "*.last_activity": "integer",
                "*.availability": "number",
                "*.seeding_time": "integer",
                "*.state": KNOWN_STATES,
            },
        ),
        Ask(
            step="trackers",
            method="POST",
            path="torrents/trackers",
            fields={"hash": "{film}"},
            reads={"*.url": "text", "*.status": "integer"},
        ),
        Ask(
            step="files",
            method="POST",
            path="torrents/files",
            fields={"hash": "{film}"},
            reads={"*.name": "text", "*.priority": "integer", "*.index": "integer"},
        ),
        Ask(
            step="keep the file",
            method="POST",
            path="torrents/filePrio",
            fields={"hash": "{film}", "id": "0", "priority": "1"},
        ),
        Ask(
            step="tag it",
            method="POST",
            path="torrents/addTags",
            fields={"hashes": "{film}", "tags": "qBitrr-allowed_seeding"},
        ),
        Ask(step="pause", method="POST", path="torrents/pause", fields={"hashes": "{film}"}),
        Ask(step="resume", method="POST", path="torrents/resume", fields={"hashes": "{film}"}),
        Ask(step="check", method="POST", path="torrents/recheck", fields={"hashes": "{film}"}),
        Ask(
            step="to the top",
            method="POST",
            path="torrents/topPrio",
            fields={"hashes": "{film}"},
            status=(200, 409),
        ),
        Ask(
            step="another category",
            method="POST",
            path="torrents/setCategory",
            fields={"hashes": "{film}", "category": ""},
        ),
        delete("film"),
    ],
)
