"""Real-Debrid's REST 1.0 as its clients meet it.

Source: api.real-debrid.com, REST 1.0, read 2026; where clients saw something else, what they saw.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.emulators.bench import LOGGED, Bench, Clock, Progression
from compat.emulators.calls import Request
from compat.emulators.realdebrid_cdn import WEEK, Cdn
from compat.emulators.realdebrid_items import Item
from compat.emulators.realdebrid_oauth import Oauth
from compat.emulators.realdebrid_sources import read_magnet, read_torrent
from compat.emulators.realdebrid_torrents import Link, Torrents
from compat.emulators.realdebrid_wire import (
    RateLimit,
    Refused,
    as_json,
    date,
    is_filtered,
    json_response,
    no_content,
    page_of,
)

TOKEN = "NOT-A-REAL-TOKEN-ONLY-FOR-THE-EMULATOR-0123456789ABC"
OF_RELEASE = frozenset(("/torrents/addMagnet", "/torrents/addTorrent", "/unrestrict/link"))
PUBLIC = frozenset(("/unrestrict/check", "/time", "/time/iso", "/hosts", "/hosts/regex", "/hosts/domains"))
HOSTS = {
    "real-debrid.com": {"id": "rd", "name": "RealDebrid", "image": "https://fcdn.real-debrid.com/rd.png"}
}
LINK_LENGTH = len("https://real-debrid.com/d/") + 13


@dataclass(frozen=True)
class Verdict:
    """What the service says to one torrent, whenever one of `moments` comes."""

    refused: Refused
    moments: frozenset[str]  # "add", "unrestrict"


class Rest(Bench):
    """The server; what tests arrange stands in `RealDebrid`."""

    base = "/rest/1.0"

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
        link_ttl: float = WEEK,
        chunks: int = 16,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.token = token
        self.rate_limit = rate_limit
        self.oauth = Oauth(self.app, self._use_token)
        self.torrents = Torrents(progression, self.clock, slots, pace)
        self.cdn = Cdn(self.clock, link_ttl, chunks)
        self.verdicts: dict[str, Verdict] = {}
        self.guests: dict[str, Refused | None] = {}  # token of another account -> its trouble; it unrestricts
        self.denied: Refused | None = None  # the answer to every call with a token
        self.lapsed: Refused | None = None  # the answer to adding and unrestricting without premium
        self.filters_names = False
        self.long_links = False  # links of 26 characters in listings, which unrestricting refuses
        self.lists_at_most: int | None = None  # torrents on any page of the listing
        self.skew = 0.0  # seconds by which dates are wrong: local time that claims to be UTC
        self.app.router.add_get("/d/{id}/{name}", self.cdn.serve)
        self.app.add_routes(web.route(*path, handler) for path, handler in self._routes())

    def _routes(self) -> list[tuple[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        paths: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
            "GET /user": self._user,
            "GET /time": self._time,
            "GET /time/iso": self._time_iso,
            "GET /disable_access_token": self._disable_token,
            "GET /traffic": self._traffic,
            "GET /traffic/details": self._traffic_details,
            "GET /hosts": self._hosts,
            "GET /hosts/status": self._hosts,
            "GET /hosts/regex": self._hosts_regex,
            "GET /hosts/domains": self._hosts_domains,
            "GET /torrents": self._list,
            "GET /torrents/info/{id}": self._info,
            "GET /torrents/activeCount": self._active_count,
            "GET /torrents/availableHosts": self._available_hosts,
            "GET /torrents/instantAvailability/{hashes:.*}": self._instant_availability,
            "PUT /torrents/addTorrent": self._add_torrent,
            "POST /torrents/addMagnet": self._add_magnet,
            "POST /torrents/selectFiles/{id}": self._select,
            "DELETE /torrents/delete/{id}": self._delete,
            "POST /unrestrict/check": self._check,
            "POST /unrestrict/link": self._unrestrict,
            "GET /downloads": self._downloads,
            "DELETE /downloads/delete/{id}": self._delete_download,
        }
        split = [(path.split(" "), handler) for path, handler in paths.items()]
        return [((method, self.base + path), handler) for (method, path), handler in split]

    def as_json(self, value: object) -> bytes:
        return as_json(value)

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        with suppress(Refused, web.HTTPException):
            if logged.path == "/torrents/addMagnet":
                return read_magnet(logged.form.get("magnet", ""))[0]
            if logged.path == "/torrents/addTorrent":
                return read_torrent(logged.body)[0]
            if logged.path.startswith("/unrestrict/"):
                link = self.torrents.links.get(logged.form.get("link", ""))
                return link.item.infohash if link else None
            if logged.path.startswith("/d/"):
                here = request.match_info.get("id")
                return next((d.link.item.infohash for d in self.cdn.downloads if d.id == here), None)
            return self.torrents.find(request.match_info.get("id", "")).infohash
        return None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith((self.base + "/", "/oauth/v2/")):
            return await handler(request)
        self.torrents.pass_time()
        path = request.path.removeprefix(self.base)
        if self.rate_limit:
            too_many = self.rate_limit.refusal(self.clock.now(), of_release=path in OF_RELEASE)
            if too_many is not None:
                return too_many
        try:
            if request.match_info.http_exception:
                raise Refused(4 if request.match_info.http_exception.status == 405 else 3)
            if path not in PUBLIC and not path.startswith(("/torrents/instantAvailability/", "/oauth/v2/")):
                self._authenticate(request)
            return await handler(request)
        except Refused as refused:
            return refused.response()

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer if scheme == "Bearer" else request.query.get("auth_token", "")
        if given in self.guests and request.path.endswith("/unrestrict/link"):
            if trouble := self.guests[given]:
                raise trouble
            return
        if not given or not compare_digest(given.encode(), self.token.encode()):
            raise Refused(8)
        if self.denied:
            raise self.denied

    def _use_token(self, token: str) -> None:
        self.token = token

    def _judge(self, moment: str, infohash: str, name: str) -> None:
        if self.lapsed:
            raise self.lapsed
        verdict = self.verdicts.get(infohash)
        if verdict and moment in verdict.moments:
            raise verdict.refused
        if self.filters_names and is_filtered(name):
            raise Refused(35)

    async def _user(self, request: web.Request) -> web.Response:
        left = 0 if self.lapsed else 180 * 24 * 3600  # seconds
        return json_response(
            {
                "id": 4815162,
                "username": "marble",
                "email": "m*****@example.org",
                "points": 1250,
                "locale": "en",
                "avatar": "https://fcdn.real-debrid.com/images/forum/empty.png",
                "type": "premium" if left else "free",
                "premium": left,
                "expiration": date(self.clock.now() + left + self.skew),
            }
        )

    async def _time(self, request: web.Request) -> web.Response:
        return web.Response(text=self._local_time().strftime("%Y-%m-%d %H:%M:%S"))

    async def _time_iso(self, request: web.Request) -> web.Response:
        return web.Response(text=self._local_time().strftime("%Y-%m-%dT%H:%M:%S%z"))

    def _local_time(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), timezone(timedelta(seconds=self.skew)))

    async def _disable_token(self, request: web.Request) -> web.Response:
        self.token = ""
        return no_content()

    async def _traffic(self, request: web.Request) -> web.Response:
        return json_response([])  # no limited hoster was used

    async def _traffic_details(self, request: web.Request) -> web.Response:
        today = datetime.fromtimestamp(self.clock.now(), UTC).date()
        first = request.query.get("start", str(today - timedelta(days=6)))
        last = request.query.get("end", str(today))
        days = {day: served for day, served in self.cdn.traffic.items() if first <= day <= last}
        used = {day: {"host": {"real-debrid.com": served}, "bytes": served} for day, served in days.items()}
        return json_response(used or [])

    async def _hosts(self, request: web.Request) -> web.Response:
        return json_response(HOSTS)

    async def _hosts_regex(self, request: web.Request) -> web.Response:
        return json_response([r"/real-debrid\.com\/d\/([0-9A-Z]{13})/"])

    async def _hosts_domains(self, request: web.Request) -> web.Response:
        return json_response(list(HOSTS))

    async def _list(self, request: web.Request) -> web.Response:
        torrents = self.torrents.active() if request.query.get("filter") == "active" else self.torrents.held
        newest_first = self.torrents.look_at(list(reversed(torrents)))
        shown = [item.summary(skew=self.skew, long_links=self.long_links) for item in newest_first]
        return page_of(shown, request.query, self.lists_at_most)

    async def _info(self, request: web.Request) -> web.Response:
        for item in self.torrents.look_at([self.torrents.find(request.match_info["id"])]):
            return json_response(item.details(skew=self.skew, long_links=self.long_links))
        raise Refused(7)

    async def _active_count(self, request: web.Request) -> web.Response:
        active = [item.infohash for item in self.torrents.active()]
        return json_response({"nb": len(active), "limit": self.torrents.slots, "list": active})

    async def _available_hosts(self, request: web.Request) -> web.Response:
        return json_response([{"host": "real-debrid.com", "max_file_size": 2000}])

    async def _instant_availability(self, request: web.Request) -> web.Response:
        raise Refused(37)

    async def _add_torrent(self, request: web.Request) -> web.Response:
        infohash, metadata = read_torrent(request[LOGGED].body)
        self._judge("add", infohash, metadata.name)
        return self._added(self.torrents.add_file(request[LOGGED].body))

    async def _add_magnet(self, request: web.Request) -> web.Response:
        magnet = _form(request, "magnet")
        infohash, _ = read_magnet(magnet)
        known = self.torrents.known.get(infohash)
        self._judge("add", infohash, known.metadata.name if known else "")
        return self._added(self.torrents.add_magnet(magnet))

    def _added(self, item: Item) -> web.Response:
        uri = f"{self.url}torrents/info/{item.id}"
        return json_response({"id": item.id, "uri": uri}, status=201)

    async def _select(self, request: web.Request) -> web.Response:
        item = self.torrents.find(request.match_info["id"])
        self.torrents.select(item, request[LOGGED].form.get("files", ""))
        return no_content()

    async def _delete(self, request: web.Request) -> web.Response:
        self.torrents.delete(self.torrents.find(request.match_info["id"]))
        return no_content()

    async def _check(self, request: web.Request) -> web.Response:
        link = self._link(_form(request, "link"))
        if link.item.lost:
            raise Refused(24, status=404)
        return json_response(
            {
                "host": "real-debrid.com",
                "link": link.url,
                "filename": link.filename,
                "filesize": link.size,
                "supported": 1,
            }
        )

    async def _unrestrict(self, request: web.Request) -> web.Response:
        link = self._link(_form(request, "link"))
        self._judge("unrestrict", link.item.infohash, link.item.original_filename)
        download = self.cdn.offer(link, self.torrents.new_id(), self.origin)
        return json_response(download.as_json() | {"crc": 1})

    def _link(self, url: str) -> Link:
        if not url.startswith("https://real-debrid.com/d/"):
            raise Refused(16)
        if len(url) != LINK_LENGTH or url not in self.torrents.links:
            raise Refused(7)
        return self.torrents.links[url]

    async def _downloads(self, request: web.Request) -> web.Response:
        shown: list[Mapping[str, object]] = [
            download.as_json() | {"generated": date(download.generated + self.skew)}
            for download in self.cdn.listed()
        ]
        return page_of(shown, request.query, None)

    async def _delete_download(self, request: web.Request) -> web.Response:
        self.cdn.delete(request.match_info["id"])
        return no_content()


def _form(request: web.Request, name: str) -> str:
    """Return a required field of a URL-encoded body. Raises Refused."""
    value = request[LOGGED].form.get(name)
    if not value:
        raise Refused(1, details=f"{{{name}}} is missing")
    return value
