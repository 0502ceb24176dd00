"""Debrid-Link's API v2 as its clients meet it.

Source: debrid-link.com, API v2 documentation, read 2026; where clients saw something else, what they saw.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.content import Release
from compat.emulators.bench import LOGGED, Bench, Clock, Progression
from compat.emulators.calls import Request
from compat.emulators.debridlink_cdn import Cdn
from compat.emulators.debridlink_items import Item, Naming, number
from compat.emulators.debridlink_oauth import Oauth
from compat.emulators.debridlink_torrents import Torrents, Wish
from compat.emulators.debridlink_wire import SHELL, FloodGuard, Refused, page_of, success
from compat.emulators.sources import Unreadable, read_magnet, read_torrent

TOKEN = "NOT-A-REAL-KEY-ONLY-FOR-THE-EMULATOR"
TIB = 1 << 40
HEX = frozenset("0123456789abcdefABCDEF")
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api(Bench):
    """The server; what tests arrange stands in `DebridLink`."""

    base = "/api/v2"

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        clock: Clock | None = None,
        slots: int = 20,
        per_day: int = 50,
        latency: float = 0.0,
        pace: float = 1.0,
        port: int = 0,
        token: str = TOKEN,
        url_ttl: float | None = None,
        flood_guard: FloodGuard | None = None,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.token = token
        self.flood_guard = flood_guard
        self.torrents = Torrents(progression, self.clock, slots, pace, per_day)
        self.cdn = Cdn(self.clock, url_ttl)
        self.oauth = Oauth(self.app, self.clock, self._use_token)
        self.verdicts: dict[str, Refused] = {}  # by infohash, to adding it
        self.denied: Refused | None = None  # the answer to every call with a token
        self.lapsed: Refused | None = None  # the answer to adding without premium
        self.shut_to_servers = False  # adding from a server's address is refused
        self.names: Naming = "path"
        self.lists_at_most: int | None = None  # torrents on any page of the listing
        self.pages_are_ignored = False  # every page holds the whole listing
        self.unknown_id_lists_all = True  # an id that is not there: the listing is not filtered at all
        self.zips_above: int | None = None  # files from which on a listing shows one archive instead
        self.remove_works = True  # else removing says it did, but did not
        self.metadata_delay = 0.0  # seconds an add waits for metadata unless it is asynchronous
        self.shows_shell = False  # unknown paths answer with the web site
        self.app.router.add_get("/dl/{word}/{name}", self.cdn.serve)
        for path, handler in self._routes().items():
            method, where = path.split(" ")
            self.app.router.add_route(method, self.base + where, handler)

    def _routes(self) -> Mapping[str, Answering]:
        return {
            "GET /account/infos": self._infos,
            "GET /seedbox/limits": self._limits,
            "POST /seedbox/add": self._add,
            "GET /seedbox/list": self._list,
            "GET /seedbox/activity": self._activity,
            "DELETE /seedbox/{ids}/remove": self._remove,
            "POST /seedbox/{id}/config": self._config,
            "GET /seedbox/cached": self._cached,
            "GET /downloader/list": self._downloads,
            "GET /downloader/limits": self._download_limits,
        }

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        with suppress(Refused):
            if logged.path == "/seedbox/add":
                return self._wish(logged).infohash
            if logged.path.startswith("/dl/"):
                return self.cdn.infohash_of(request.match_info.get("word", ""))
            named = request.match_info.get("id") or request.match_info.get("ids") or request.query.get("ids")
            return self.torrents.find(named or "").infohash
        return None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/api/") or request.path.startswith("/api/oauth/"):
            return await handler(request)
        if not request.path.startswith(f"{self.base}/"):  # the older API, which speaks another envelope
            return web.json_response({"result": "KO", "ERR": "unknowR"})
        self.torrents.pass_time()
        try:
            self._authenticate(request)
            if self.flood_guard:
                self.flood_guard.check(request[LOGGED].route, self.clock.now())
            if request.match_info.http_exception:
                if self.shows_shell:
                    return web.Response(text=SHELL, content_type="text/html")
                raise Refused("unknowR")
            return await handler(request)
        except Refused as refused:
            return refused.response()

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer if scheme == "Bearer" else request.query.get("access_token", "")
        if not self.token or not compare_digest(given.encode(), self.token.encode()):
            raise Refused("badToken")
        if self.denied:
            raise self.denied

    def _use_token(self, token: str) -> None:
        self.token = token

    async def _infos(self, request: web.Request) -> web.Response:
        left = 0 if self.lapsed else 180 * 24 * 3600  # seconds
        return success(
            {
                "username": "marble",
                "email": "m***@example.org",
                "emailVerified": True,
                "accountType": int(left > 0),
                "premiumLeft": left,
                "pts": 320,
                "trafficshare": 1 << 30,
                "registerDate": "2021-05-04",
                "viewSessidUrl": "https://debrid-link.com/webapp/4815162/NOT-A-REAL-SESSION",
                "serverDetected": self.shut_to_servers,
                "settings": {"https": True, "themeDark": True, "hideOldLinks": False, "cdn": "auto"},
            }
        )

    async def _limits(self, request: web.Request) -> web.Response:
        added, unlimited = self.torrents.added_today, {"current": 0, "value": -1}
        percent = min(100 * added // max(self.torrents.per_day, 1), 100)
        return success(
            {
                "usagePercent": {"current": percent, "value": 100},
                "nextResetSeconds": {"value": self.torrents.until_reset},
                "dayCount": {"current": added, "value": self.torrents.per_day},
                "daySize": unlimited,
                "monthCount": {"current": sum(self.torrents.added_on.values()), "value": -1},
                "monthSize": unlimited,
                "torrentSize": {"current": -1, "value": TIB},
                "torrentFiles": {"current": -1, "value": 5000},
                "activeTransferCount": {"current": len(self.torrents.active()), "value": self.torrents.slots},
                "viewCount": unlimited,
            }
        )

    async def _add(self, request: web.Request) -> web.Response:
        wish = self._wish(request[LOGGED])
        if self.lapsed:
            raise self.lapsed
        if self.shut_to_servers:
            raise Refused("serverNotAllowed")
        if wish.infohash in self.verdicts:
            raise self.verdicts[wish.infohash]
        if not _is_true(_asked(request[LOGGED]).get("async")):
            await self.pause(self.metadata_delay)
        return success(self._shown(self.torrents.add(wish)))

    def _wish(self, logged: Request) -> Wish:
        """What is to be added. Raises Refused for what is no torrent, and for infohashes in base32.

        Nothing says that the service takes those.
        """
        asked = _asked(logged)
        waits = _is_true(asked.get("wait"))
        for field, _, content in logged.uploads:
            try:
                metadata = read_torrent(content)
            except Unreadable:
                raise Refused("badTorrentFile") from None
            if field == "file":
                return Wish(metadata.infohash, metadata.name, metadata, waits=waits)
        url = str(asked.get("url", ""))
        if not url:
            raise Refused("badArguments")
        if len(url) == 40 and HEX.issuperset(url):
            return Wish(url.lower(), "", None, is_bare=True, waits=waits)
        try:
            infohash, name = read_magnet(url)
        except Unreadable:
            raise Refused("notAddTorrent") from None
        if f"urn:btih:{infohash}" not in url.lower():
            raise Refused("notAddTorrent")
        return Wish(infohash, name, None, waits=waits)

    async def _list(self, request: web.Request) -> web.Response:
        asked_for = [part for part in request.query.get("ids", "").split(",") if part]
        held = {item.id: item for item in reversed(self.torrents.held)}
        everything = not asked_for or (self.unknown_id_lists_all and not held.keys() >= set(asked_for))
        chosen = list(held.values()) if everything else [held[i] for i in asked_for if i in held]
        looked_at = self.torrents.look_at(chosen)
        shown: list[object] = [self._shown(item, may_zip=not asked_for) for item in looked_at]
        if self.pages_are_ignored:
            return success(shown, pagination={"page": 0, "pages": 1, "next": 1, "previous": -1})
        return page_of(shown, request.query, self.lists_at_most)

    def _shown(self, item: Item, *, may_zip: bool = False) -> dict[str, object]:
        collapses = may_zip and self.zips_above is not None and len(item.files) > self.zips_above
        is_zip = item.is_complete and (item.only_zip or collapses)
        return item.as_json(
            self.names, lambda file_id: self._url(item, file_id), self._zip_url(item) if is_zip else ""
        )

    def _url(self, item: Item, file_id: str) -> str:
        path = next(path for known, path, _ in item.files if known == file_id)
        assert item.release is not None  # noqa: S101  only what is served has an address
        return self.cdn.url(self.origin, item, file_id, item.release, path)

    def _zip_url(self, item: Item) -> str:
        name = f"{item.original_filename}.zip"
        packed = Release(name, {name: sum(size for _, _, size in item.files)})
        return self.cdn.url(self.origin, item, f"{item.id}-zip", packed, name)

    async def _activity(self, request: web.Request) -> web.Response:
        asked_for = set(request.query.get("ids", "").split(","))
        looked_at = self.torrents.look_at([item for item in self.torrents.held if item.id in asked_for])
        return success(
            {
                item.id: {
                    "status": item.at.status,
                    "downloadPercent": number(item.at.percent),
                    "files": [number(item.at.percent) for _ in item.files],
                    "size": sum(size for _, _, size in item.files),
                }
                for item in looked_at
            }
        )

    async def _remove(self, request: web.Request) -> web.Response:
        ids = request.match_info["ids"].split(",")
        for item in [item for item in self.torrents.held if item.id in ids and self.remove_works]:
            self.torrents.delete(item)
        return success(ids)  # whatever they are

    async def _config(self, request: web.Request) -> web.Response:
        unwanted = _asked(request[LOGGED]).get("files-unwanted", [])
        ids = unwanted.split(",") if isinstance(unwanted, str) else unwanted
        if not isinstance(ids, list):
            raise Refused("badArguments")
        item = self.torrents.find(request.match_info["id"])
        self.torrents.choose(item, frozenset(str(file_id) for file_id in ids if file_id))
        return success(self._shown(item))

    async def _cached(self, request: web.Request) -> web.Response:
        raise Refused("unknowR")  # gone since 2024-11-25

    async def _downloads(self, request: web.Request) -> web.Response:
        return page_of([], request.query, None)

    async def _download_limits(self, request: web.Request) -> web.Response:
        reset = {"value": self.torrents.until_reset}
        return success(
            {"usagePercent": {"current": 0, "value": 100}, "nextResetSeconds": reset, "hosters": []}
        )


def _asked(logged: Request) -> Mapping[str, object]:
    """The fields of a body, which may be a form or JSON. Raises Refused for JSON that is none."""
    if not logged.headers.get("Content-Type", "").startswith("application/json"):
        return logged.form
    try:
        asked = json.loads(logged.body)
    except ValueError:
        raise Refused("badArguments") from None
    if not isinstance(asked, dict):
        raise Refused("badArguments")
    return asked


def _is_true(value: object) -> bool:
    return value is True or value in ("true", "1", 1)
