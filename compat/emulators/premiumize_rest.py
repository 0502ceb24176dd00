"""Premiumize's API as its clients meet it.

Source: premiumize.me/api, Swagger 1.7.2, read 2026; where clients saw something else, what they saw.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.emulators.bench import LOGGED, Bench, Clock, Progression
from compat.emulators.calls import Request
from compat.emulators.premiumize_drive import File, Folder
from compat.emulators.premiumize_links import DAY, Links, Points
from compat.emulators.premiumize_stock import Stock
from compat.emulators.premiumize_transfers import STORED, Transfers
from compat.emulators.premiumize_wire import FULL_SPACE, Habits, RateLimit, Refused
from compat.emulators.sources import Metadata, Unreadable, read_magnet, read_torrent

TOKEN = "not-a-real-key-only-for-the-emulator"
TERABYTE = 10**12  # bytes
PREMIUM_LEFT = 180 * DAY  # seconds
READS = ("GET", "POST")


@dataclass(frozen=True)
class Verdict:
    """What the service says to one torrent, whenever one of `moments` comes."""

    refused: Refused
    moments: frozenset[str]  # "add", "link"


class Rest(Bench):
    """The server; what tests arrange stands in `Premiumize`."""

    base = "/api"

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        clock: Clock | None = None,
        slots: int = 25,
        latency: float = 0.0,
        pace: float = 1.0,
        port: int = 0,
        token: str = TOKEN,
        link_ttl: float = DAY,
        links_lag: float = 0.0,
        space: int = TERABYTE,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.token = token
        self.rate_limit = rate_limit
        self.transfers = Transfers(progression, self.clock, slots, pace)
        self.drive = self.transfers.drive
        self.points = Points()
        self.links = Links(self.clock, self.drive, self.points, link_ttl)
        self.stock = Stock(self.transfers.known, self.drive, self.links)
        self.links_lag = links_lag  # seconds after which a stored item first has a link
        self.space = space  # bytes that the drive holds
        self.unlisted = 0  # lists of transfers that will leave out the newest
        self.most_checked = 100  # sources in one cache check; the others are not answered
        self.verdicts: dict[str, Verdict] = {}
        self.denied: Refused | None = None  # the answer to every call
        self.lapsed = False  # without premium
        self.app.router.add_get("/dl/{token}/{name:.*}", self.links.serve)
        for path, handler in self._reads().items():
            for method in READS:
                self.app.router.add_route(method, self.base + path, handler)
        for path, handler in self._writes().items():
            self.app.router.add_post(self.base + path, handler)

    @property
    def habits(self) -> Habits:
        """How it speaks, to be changed by tests."""
        return self.transfers.habits

    def _reads(self) -> dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        return {
            "/account/info": self._account,
            "/transfer/list": self._list,
            "/cache/check": self._cache_check,
            "/folder/list": self._folder,
            "/item/details": self._details,
            "/item/listall": self._all_items,
        }

    def _writes(self) -> dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        return {
            "/transfer/create": self._create,
            "/transfer/delete": self._delete,
            "/transfer/clearfinished": self._clear_finished,
            "/transfer/retry": self._retry,
            "/transfer/directdl": self._direct,
            "/folder/create": self._make_folder,
            "/folder/delete": self._delete_folder,
            "/item/delete": self._delete_item,
        }

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        asked = {**logged.query, **logged.form}
        with suppress(Refused, Unreadable):
            if logged.path.startswith("/dl/"):
                file = self.links.file_at(request.raw_path)
                return file.infohash if file else None
            if logged.path in ("/transfer/create", "/transfer/directdl"):
                return self._source(logged)[0]
            if logged.path.startswith("/transfer/"):
                return self.transfers.find(asked.get("id", "")).infohash
            if logged.path.startswith("/item/"):
                return self.drive.file(asked.get("id", "")).infohash
            if logged.path.startswith("/folder/"):
                held = self.drive.files_below(self.drive.folder(asked.get("id", "")))
                return next((file.infohash for file in held), None)
        return None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(self.base + "/"):
            return await handler(request)
        if request.match_info.http_exception:
            page = "<!DOCTYPE html><html><body>404</body></html>"
            return web.Response(status=404, text=page, content_type="text/html")
        self.transfers.pass_time()
        self.points.pass_time(self.clock.now())
        try:
            if self.rate_limit and (too_many := self.rate_limit.refusal(self.clock.now())):
                return too_many
            self._authenticate(request)
            if "json" in request.headers.get("Content-Type", ""):
                raise Refused("invalid_request")
            return await handler(request)
        except Refused as refused:
            return self._answered(refused.body(coded=self.habits.coded))

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        asked = request[LOGGED]
        given = bearer if scheme == "Bearer" else asked.query.get("apikey") or asked.form.get("apikey", "")
        if not given or not compare_digest(given.encode(), self.token.encode()):
            raise Refused("authentication_failed")
        if self.denied:
            raise self.denied

    def _answered(self, body: dict[str, object]) -> web.Response:
        return web.Response(body=self.as_json(self.habits.written(body)), content_type="application/json")

    def _success(self, **fields: object) -> web.Response:
        return self._answered({"status": "success", **fields})

    def _judge(self, moment: str, infohash: str) -> None:
        if self.lapsed:
            raise Refused("permission_denied")
        verdict = self.verdicts.get(infohash)
        if verdict and moment in verdict.moments:
            raise verdict.refused

    async def _account(self, request: web.Request) -> web.Response:
        return self._success(
            customer_id="482913377",
            premium_until=None if self.lapsed else int(self.clock.now() + PREMIUM_LEFT),
            limit_used=round(self.points.used, 4),
            space_used=self.drive.used,
            booster_points=int(self.points.boosters),
        )

    async def _create(self, request: web.Request) -> web.Response:
        infohash, name, metadata = self._source(request[LOGGED])
        self._judge("add", infohash)
        if self.drive.used >= self.space:
            raise Refused("account_limit_reached", FULL_SPACE)
        form = request[LOGGED].form
        target = self.drive.folder(form.get("folder_id", ""))
        transfer = self.transfers.create(infohash, name, metadata, form.get("src", ""), target)
        shown = transfer.name if self.habits.names_created else None
        return self._success(id=transfer.id, name=shown, type="torrent")

    def _source(self, asked: Request) -> tuple[str, str, Metadata | None]:
        """The infohash, the name, the metadata of what is handed in. Raises Refused."""
        try:
            for name, _, content in asked.uploads:
                if name in ("src", "file"):
                    metadata = read_torrent(content)
                    return metadata.infohash, metadata.name, metadata
            return *read_magnet(asked.form.get("src", "")), None
        except Unreadable:
            raise Refused("invalid_request") from None

    async def _list(self, request: web.Request) -> web.Response:
        shown = self.transfers.look()
        if self.unlisted:
            self.unlisted -= 1
            shown = shown[1:]
        return self._success(transfers=[transfer.as_json(self.habits, self.origin) for transfer in shown])

    async def _delete(self, request: web.Request) -> web.Response:
        transfer = self.transfers.find(_field(request, "id"))
        self.transfers.delete(transfer, files=self.habits.deletes_files)
        return self._success()

    async def _clear_finished(self, request: web.Request) -> web.Response:
        for transfer in [held for held in self.transfers.held if held.status in STORED]:
            self.transfers.delete(transfer, files=False)
        return self._success()

    async def _retry(self, request: web.Request) -> web.Response:
        self.transfers.retry(self.transfers.find(_field(request, "id")))
        return self._success()

    async def _direct(self, request: web.Request) -> web.Response:
        infohash, _, _ = self._source(request[LOGGED])
        self._judge("link", infohash)
        return self._success(**self.stock.direct(infohash, self.origin))

    async def _cache_check(self, request: web.Request) -> web.Response:
        asked = [value for name, value in request[LOGGED].fields if name == "items[]"]
        asked = (asked or request.query.getall("items[]", []))[: self.most_checked]
        return self._success(**self.stock.check(asked))

    async def _folder(self, request: web.Request) -> web.Response:
        folder = self.drive.folder(_field(request, "id", default=""))
        return self._success(
            name=folder.name,
            parent_id=folder.parent.id if folder.parent else None,
            folder_id=folder.id,
            content=[self._shown(node) for node in self.drive.within(folder)],
        )

    def _shown(self, node: Folder | File) -> dict[str, object]:
        if isinstance(node, Folder):
            return {"id": node.id, "name": node.name, "type": "folder"}
        late = self.clock.now() < node.created + self.links_lag
        link = None if late else self.links.current(node, self.origin)
        linked = {"link": link, "directlink": link, "stream_link": None, "ip": "203.0.113.7"}
        return node.as_json() | (linked if link else {})

    async def _details(self, request: web.Request) -> web.Response:
        file = self.drive.file(_field(request, "id"))
        self._judge("link", file.infohash)
        late = self.clock.now() < file.created + self.links_lag
        link = None if late else self.links.mint(file, self.origin)
        shown = file.as_json() | {"folder_id": file.parent.id, "link": link, "directlink": link}
        shown |= {"duration": 888, "opensubtitles_hash": 17, "stream_link": None}
        return self._success(**shown) if self.habits.details_status else self._answered(shown)

    async def _all_items(self, request: web.Request) -> web.Response:
        listed = [file.as_json() | {"path": self.drive.location(file)} for file in self.drive]
        hidden = ("type", "transcode_status")
        return self._success(files=[{k: v for k, v in each.items() if k not in hidden} for each in listed])

    async def _make_folder(self, request: web.Request) -> web.Response:
        name, parent = _field(request, "name"), self.drive.folder(_field(request, "parent_id", default=""))
        if any(node.name.lower() == name.lower() for node in self.drive.within(parent)):
            raise Refused("", "This folder already exists.")
        return self._success(id=self.drive.make_folder(name, parent).id)

    async def _delete_folder(self, request: web.Request) -> web.Response:
        folder_id = _field(request, "id")
        if folder_id not in self.drive.folders:
            raise Refused("not_found")
        self.drive.delete(self.drive.folders[folder_id])
        return self._success()

    async def _delete_item(self, request: web.Request) -> web.Response:
        self.drive.delete(self.drive.file(_field(request, "id")))
        return self._success()


def _field(request: web.Request, name: str, *, default: str | None = None) -> str:
    """Return a field out of the form or the query. Raises Refused for one that is missing."""
    value = request[LOGGED].form.get(name) or request.query.get(name) or default
    if value is None:
        raise Refused("invalid_request")
    return value
