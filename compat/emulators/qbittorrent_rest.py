"""The Web API of a qBittorrent, as far as whoever drives it needs it.

Source: qBittorrent 4.5.2, 4.6.7, 5.1.4, 5.2.3: webui/api/torrentscontroller.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.emulators.bench import LOGGED, Bench, Clock, Progression, Request
from compat.emulators.qbittorrent_gate import Gate
from compat.emulators.qbittorrent_items import Item, Layout
from compat.emulators.qbittorrent_torrents import Torrents, Wish
from compat.emulators.qbittorrent_wire import (
    DIALECTS,
    FAILS,
    OK,
    Refused,
    as_json,
    json_response,
    text_response,
)

USERNAME, PASSWORD = "admin", "adminadmin"
API_KEY = "qbt_" + "emulated0" * 3 + "0"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
HASH = re.compile(r"[0-9a-fA-F]{40}")
Params = Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """One endpoint."""

    answer: Callable[[Params, Request], web.Response]
    required: tuple[str, ...] = ()
    writes: bool = False  # refuses GET


class Rest(Bench):
    """Answers below /api/v2 as `version` does; nothing else is there."""

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        version: str = "4.6.7",
        slots: int = 3,
        pace: float = 1.0,
        latency: float = 0.0,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.dialect = DIALECTS[version]
        key = API_KEY if self.dialect.bearer else ""
        self.gate = Gate(self.dialect, self.clock, USERNAME, PASSWORD, key)
        self.torrents = Torrents(progression, self.clock, slots, pace)
        self.save_path = ""
        self.categories: set[str] = set()
        self.lag = 0  # looks that a new torrent is missing from
        self._unseen: dict[str, int] = {}
        self._actions = self._table()
        self.app.router.add_route("*", "/{path:.*}", self._dispatch)

    def as_json(self, value: object) -> bytes:
        return as_json(value)

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        """The torrent a call names, by its id."""
        params = {**logged.query, **logged.form}
        return params.get("hash") or params.get("hashes")

    def _table(self) -> dict[str, Action]:
        return {
            "app/version": Action(lambda params, logged: text_response(f"v{self.dialect.version}")),
            "app/webapiVersion": Action(lambda params, logged: text_response(self.dialect.api)),
            "app/preferences": Action(self._preferences),
            "torrents/info": Action(self._info),
            "torrents/files": Action(self._files, ("hash",)),
            "torrents/add": Action(self._add, writes=True),
            "torrents/delete": Action(self._delete, ("hashes", "deleteFiles"), writes=True),
            "torrents/filePrio": Action(self._prioritise, ("hash", "id", "priority"), writes=True),
            "torrents/addTags": Action(self._add_tags, ("hashes", "tags"), writes=True),
            "torrents/removeTags": Action(self._remove_tags, ("hashes",), writes=True),
            f"torrents/{self.dialect.start}": Action(self._starts(False), ("hashes",), writes=True),
            f"torrents/{self.dialect.stop}": Action(self._starts(True), ("hashes",), writes=True),
        }

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return refused.response()

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        """The order of these checks is the program's own."""
        logged = request[LOGGED]
        if request.method not in ("GET", "POST"):
            return web.Response(status=501 if self.dialect.version > "4.6" else 400)
        if logged.body and request.content_type not in FORMS:
            return web.Response(status=400)
        self.gate.check_origin(request)
        name = request.path.removeprefix("/api/v2/")
        port = int(self.origin.rpartition(":")[2])
        if name == "auth/login":
            if request.method != "POST":
                raise Refused(405)
            return self.gate.login(request, dict(logged.form), port)
        if not self.gate.is_let_in(request, port):
            raise Refused(403)
        action = self._actions.get(name) if request.path.startswith("/api/v2/") else None
        if action is None:
            raise Refused(404, "" if self.dialect.plain else "Endpoint does not exist")
        if action.writes and request.method != "POST":
            raise Refused(405)
        params = logged.query if request.method == "GET" else logged.form
        if missing := [name for name in action.required if name not in params]:
            text = "" if self.dialect.plain else f"Missing required parameters: {', '.join(missing)}"
            raise Refused(400, text)
        self.torrents.pass_time()
        return action.answer(params, logged)

    def _preferences(self, params: Params, logged: Request) -> web.Response:
        return json_response(
            {
                "queueing_enabled": True,
                "max_active_downloads": self.torrents.slots,
                "save_path": self.save_path,
                "web_ui_username": self.gate.username,
            }
        )

    def _info(self, params: Params, logged: Request) -> web.Response:
        items = self.torrents.held
        if hashes := params.get("hashes"):
            ids = {text.lower() for text in hashes.split("|") if HASH.fullmatch(text)}
            items = [item for item in items if item.id in ids]
        if (category := params.get("category")) is not None:
            items = [item for item in items if item.category == category]
        if (tag := params.get("tag")) is not None:
            items = [item for item in items if tag in item.tags or not (tag or item.tags)]
        items = [item for item in items if not self._is_hidden(item)]
        return json_response([self._row(item) for item in self.torrents.look_at(items)])

    def _row(self, item: Item) -> dict[str, object]:
        return item.row(self.dialect, queued=self.torrents.is_queued(item))

    def _is_hidden(self, item: Item) -> bool:
        left = self._unseen.get(item.id, 0)
        self._unseen[item.id] = max(left - 1, 0)
        return left > 0

    def _files(self, params: Params, logged: Request) -> web.Response:
        return json_response(self._item(params["hash"]).rows())

    def _add(self, params: Params, logged: Request) -> web.Response:
        wish = self._wish(params)
        added: list[Item | None] = []
        for line in filter(None, map(str.strip, params.get("urls", "").splitlines())):
            try:
                added.append(self.torrents.add_magnet(line, wish))
            except ValueError:
                added.append(None)
        for filename, content in {name: content for _, name, content in logged.uploads}.items():
            try:
                added.append(self.torrents.add_file(content, wish))
            except ValueError:
                raise Refused(415, f"Error: '{filename}' is not a valid torrent file.") from None
        new = [item for item in added if item is not None]
        self._unseen |= {item.id: self.lag for item in new}
        if self.dialect.plain:
            return text_response(OK if new else FAILS)
        if not new:
            raise Refused(409)
        counts = {"failure_count": len(added) - len(new), "pending_count": 0, "success_count": len(new)}
        return json_response({"added_torrent_ids": [item.id for item in new], **counts})

    def _wish(self, params: Params) -> Wish:
        if category := params.get("category", ""):
            self.categories.add(category)
        layout: Layout = "Original"
        for known in get_args(Layout):
            layout = known if params.get("contentLayout") == known else layout
        stopped = params.get(self.dialect.add_stopped, "").lower() == "true"
        return Wish(
            save_path=params.get("savepath") or self.save_path,
            layout=layout,
            stopped=stopped,
            stops_with_metadata=params.get("stopCondition") == "MetadataReceived",
            category=category,
            tags=_tags(params.get("tags", "")),
        )

    def _delete(self, params: Params, logged: Request) -> web.Response:
        for item in self._items(params):
            self.torrents.delete(item, files=params["deleteFiles"].lower() == "true")
        return text_response("")

    def _prioritise(self, params: Params, logged: Request) -> web.Response:
        if not params["priority"].lstrip("-").isdigit():
            raise Refused(400, "Priority must be an integer")
        priority = int(params["priority"])
        if priority not in (0, 1, 6, 7):
            raise Refused(400, "Priority is not valid")
        item = self._item(params["hash"])
        if item.metadata is None:
            raise Refused(409, "Torrent's metadata has not yet downloaded")
        for text in params["id"].split("|"):
            if not text.isdigit():
                raise Refused(400, "File IDs must be integers")
            if int(text) >= len(item.files):
                raise Refused(409, "File ID is not valid")
        self.torrents.prioritise(item, [int(text) for text in params["id"].split("|")], priority)
        return text_response("")

    def _add_tags(self, params: Params, logged: Request) -> web.Response:
        for item in self._items(params):
            item.tags = sorted({*item.tags, *_tags(params["tags"])})
        return text_response("")

    def _remove_tags(self, params: Params, logged: Request) -> web.Response:
        gone = _tags(params.get("tags", ""))
        for item in self._items(params):
            item.tags = [tag for tag in item.tags if gone and tag not in gone]
        return text_response("")

    def _starts(self, stopped: bool) -> Callable[[Params, Request], web.Response]:
        def answer(params: Params, logged: Request) -> web.Response:
            for item in self._items(params):
                self.torrents.set_stopped(item, stopped)
            return text_response("")

        return answer

    def _item(self, torrent_id: str) -> Item:
        item = self.torrents.find(torrent_id)
        if item is None:
            raise Refused(404)
        return item

    def _items(self, params: Params) -> list[Item]:
        if params["hashes"] == "all":
            return list(self.torrents.held)
        found = (self.torrents.find(torrent_id) for torrent_id in params["hashes"].split("|"))
        return [item for item in found if item is not None]


def _tags(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))
