"""TorBox's API v1 as its clients meet it.

Source: TorBox's API documentation v1 with its changelogs up to 7.1.3, read 2026; where clients saw something
else, what they saw.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.emulators import sources
from compat.emulators.bench import LOGGED, Bench, Clock, Progression
from compat.emulators.calls import Request
from compat.emulators.torbox_forms import wanted
from compat.emulators.torbox_items import Item, Queued
from compat.emulators.torbox_links import Links
from compat.emulators.torbox_stock import Stock
from compat.emulators.torbox_torrents import Torrents
from compat.emulators.torbox_user import AUTH_ID, User
from compat.emulators.torbox_wire import (
    RateLimit,
    Refused,
    answer,
    json_body,
    malformed,
    nothing_there,
)

TOKEN = "00000000-not-a-real-key-of-torbox"
SNAPSHOT = 600.0  # seconds for which a list is shown again
MOST_LISTED = 10_000
CREATE = "/torrents/createtorrent"
OLD_QUEUE = frozenset(("/torrents/getqueued", "/torrents/controlqueued"))
OPERATIONS = frozenset(("reannounce", "delete", "resume", "stop_seeding"))

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Verdict:
    """What the service says to one torrent, whenever one of `moments` comes."""

    refused: Refused
    moments: frozenset[str]  # "add", "link"


class Api(Bench):
    """The server; what tests arrange stands in `TorBox`."""

    base = "/v1/api"

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        clock: Clock | None = None,
        plan: int = 2,
        latency: float = 0.0,
        pace: float = 1.0,
        port: int = 0,
        token: str = TOKEN,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.token = token
        self.rate_limit = rate_limit
        self.torrents = Torrents(progression, self.clock, plan, pace)
        self.user = User(self.torrents)
        self.stock = Stock(self.torrents)
        self.links = Links(self.clock)
        self.verdicts: dict[str, Verdict] = {}
        self.denied: Refused | None = None  # the answer to every call with a token
        self.checks_part_type = True  # a .torrent is unreadable unless its part says what it is
        self.answers_null = False  # creating gives no id
        self.by_id_as_list = False
        self.no_queue_as: Literal["list", "null", "404"] = "list"
        self.sparse = False  # null for whatever has been null somewhere
        self.aged = False  # dates as old records have them
        self.upper_case = False  # hashes in capitals
        self.one_too_many = False  # a page holds one torrent more than asked for
        self.invisible_for = 0.0  # seconds for which lists do not show a new torrent
        self.deletion: Literal["works", "fails-afterwards", "pretends"] = "works"
        self._snapshots: dict[str, tuple[float, web.Response]] = {}
        self.app.router.add_get("/", self._up)
        self.app.router.add_get("/dld/{id}", self.links.serve)
        self.app.router.add_get("/zip/{id}", self.links.serve)
        for route, handler in self._routes().items():
            method, _, path = route.partition(" ")
            self.app.router.add_route(method, self.base + path, handler)

    def _routes(self) -> dict[str, Route]:
        return {
            "GET /user/me": self.user.me,
            "POST " + CREATE: self._create,
            "GET /torrents/mylist": self._list,
            "POST /torrents/controltorrent": self._control,
            "GET /torrents/checkcached": self.stock.check,
            "POST /torrents/checkcached": self.stock.check,
            "GET /torrents/requestdl": self._link,
            "GET /queued/getqueued": self._queued,
            "POST /queued/controlqueued": self._control_queued,
        }

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        with suppress(Refused, sources.Unreadable, ValueError):
            if logged.path == CREATE:
                return wanted(logged, checks_part_type=False).infohash
            if logged.path.startswith("/dld/"):
                return self.links.infohash_of(request.match_info.get("id", ""))
            body = json_body(logged.body, request.content_type) or {}
            torrent_id = body.get("torrent_id") or logged.query.get("torrent_id") or logged.query.get("id")
            return self.torrents.find(int(str(torrent_id))).infohash
        return None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.torrents.pass_time()
        if not request.path.startswith(self.base + "/"):
            return await handler(request)
        path = request.path.removeprefix(self.base)
        try:
            if self.rate_limit and (too_many := self._too_many(request, path)):
                return too_many
            if path in OLD_QUEUE:
                raise Refused("DEPRECATED")
            if request.match_info.http_exception:
                raise Refused("ENDPOINT_NOT_FOUND")
            self._authenticate(request, path)
            return await handler(request)
        except Refused as refused:
            return refused.response()

    def _too_many(self, request: web.Request, path: str) -> web.Response | None:
        assert self.rate_limit is not None  # noqa: S101  the caller looked
        infohash = self.infohash_of(request, request[LOGGED])
        return self.rate_limit.refusal(
            self.clock.now(),
            f"{request.method} {path}",
            creates=path == CREATE,
            cached=infohash is not None and self.torrents.is_cached(infohash),
        )

    def _authenticate(self, request: web.Request, path: str) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if path.endswith("/requestdl"):  # the header does not count here
            scheme, given = "Bearer", request.query.get("token", "")
        if scheme != "Bearer" or not given:
            raise Refused("NO_AUTH")
        if not compare_digest(given.encode(), self.token.encode()):
            raise Refused("BAD_TOKEN")
        if self.denied:
            raise self.denied

    def _judge(self, moment: str, infohash: str) -> None:
        self.user.check_plan()
        verdict = self.verdicts.get(infohash)
        if verdict and moment in verdict.moments:
            raise verdict.refused

    async def _up(self, request: web.Request) -> web.Response:
        return answer(None, "API is up and running.")

    async def _create(self, request: web.Request) -> web.Response:
        if request.content_type not in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return malformed("magnet")
        asked = wanted(request[LOGGED], checks_part_type=self.checks_part_type)
        self.user.check_cooldown()
        self._judge("add", asked.infohash)
        cached = self.torrents.is_cached(asked.infohash)
        made = self.torrents.create(asked)
        self.user.count_create()
        if self.answers_null:
            return answer(None, "Torrent created successfully.")
        data: dict[str, object] = {"hash": made.infohash, "auth_id": AUTH_ID}
        if isinstance(made, Queued):
            return answer({"queued_id": made.id, **data}, "Torrent queued successfully.")
        words = "Found Cached Torrent. Using Cached Torrent." if cached else "Torrent created successfully."
        return answer({"torrent_id": made.id, **data}, words)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            limit = min(int(query.get("limit") or 1000), MOST_LISTED)
            offset, wanted_id = int(query.get("offset") or 0), int(query.get("id") or 0)
        except ValueError:
            return malformed("offset")
        if wanted_id:
            for item in self.torrents.look_at([self.torrents.find(wanted_id)]):
                shown = self._shown(item)
                return answer([shown] if self.by_id_as_list else shown, "Torrent retrieved successfully.")
            raise Refused("ITEM_NOT_FOUND")
        page, now = f"{offset} {limit}", self.clock.now()
        if query.get("bypass_cache") != "true" and page in self._snapshots:  # "True" is not understood
            taken, before = self._snapshots[page]
            if now < taken + SNAPSHOT:
                return web.Response(body=before.body, status=before.status, content_type="application/json")
        listed = self._page(offset, limit)
        shown_page = answer(listed, "Torrent list retrieved successfully.") if listed else nothing_there()
        self._snapshots[page] = now, shown_page
        return shown_page

    def _page(self, offset: int, limit: int) -> list[dict[str, object]]:
        hidden_since = self.clock.now() - self.invisible_for
        items = [item for item in reversed(self.torrents.held) if item.created <= hidden_since]
        asked = items[offset : offset + limit + int(self.one_too_many)]
        return [self._shown(item) for item in self.torrents.look_at(asked)]

    def _shown(self, item: Item) -> dict[str, object]:
        shown = item.as_json(AUTH_ID, sparse=self.sparse, aged=self.aged)
        return shown | {"hash": item.infohash.upper() if self.upper_case else item.infohash}

    async def _control(self, request: web.Request) -> web.Response:
        body = json_body(request[LOGGED].body, request.headers.get("Content-Type", ""))
        if body is None or not isinstance(body.get("torrent_id"), int):
            return malformed("torrent_id")
        operation = body.get("operation")
        if operation not in OPERATIONS or body.get("all"):  # one call never touches everything here
            raise Refused("INVALID_OPTION", "Operation must be reannounce, pause, resume or delete.")
        item = self.torrents.find(int(str(body["torrent_id"])))
        if operation == "delete":
            self._delete(item)
        elif item.foreign:
            raise Refused("NOT_OWNER")
        elif operation == "stop_seeding" and item.finished:
            item.active = False
        return answer(None, "Torrent operation processed successfully.")

    def _delete(self, item: Item) -> None:
        if self.deletion != "pretends":
            self.torrents.delete(item)
        if self.deletion == "fails-afterwards":
            raise Refused("DATABASE_ERROR")

    async def _link(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        try:
            torrent_id, file_id = int(query["torrent_id"]), int(query.get("file_id") or 0)
        except (KeyError, ValueError):
            raise Refused("MISSING_REQUIRED_OPTION") from None
        item = self.torrents.find(torrent_id)
        self._judge("link", item.infohash)
        address = self.links.offer(item, file_id, zipped=query.get("zip_link") == "true")
        url = self.origin + address.target
        if query.get("redirect") == "true":
            return web.Response(status=307, headers={"Location": url})
        return answer(url, "Torrent download requested successfully.")

    async def _queued(self, request: web.Request) -> web.Response:
        listed = self.torrents.queue if request.query.get("type") == "torrent" else []
        shown: Sequence[object] | None = [queued.as_json(AUTH_ID) for queued in listed]
        if not shown and self.no_queue_as == "404":
            return nothing_there()
        if not shown and self.no_queue_as == "null":
            shown = None
        return answer(shown, "Queued downloads retrieved successfully.")

    async def _control_queued(self, request: web.Request) -> web.Response:
        body = json_body(request[LOGGED].body, request.headers.get("Content-Type", ""))
        if body is None or not isinstance(body.get("queued_id"), int):
            return malformed("queued_id")
        operation = body.get("operation")
        if operation not in ("start", "delete") or body.get("all"):
            raise Refused("INVALID_OPTION")
        queued = self.torrents.parked(int(str(body["queued_id"])))
        if operation == "start":
            self.torrents.start(queued)
        else:
            self.torrents.queue.remove(queued)
        return answer(None, "Queued download operation processed successfully.")
