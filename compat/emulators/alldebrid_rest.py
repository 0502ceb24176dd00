"""AllDebrid's API v4 and v4.1 as its clients meet it.

Source: docs.alldebrid.com, v4 and v4.1, August 2025; where clients saw something else, what they saw.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from compat.emulators.alldebrid_habits import Habits
from compat.emulators.alldebrid_items import FILTERS, READY, Item
from compat.emulators.alldebrid_links import DAY, Links
from compat.emulators.alldebrid_live import Live
from compat.emulators.alldebrid_login import Login
from compat.emulators.alldebrid_magnets import Magnets, infohash_in, metadata_in
from compat.emulators.alldebrid_wire import Parameters, RateLimit, Refused, is_element, success
from compat.emulators.bench import LOGGED, Bench, Clock, Progression
from compat.emulators.calls import Request

KEY = "NOT-A-REAL-KEY-EMU-0"
VERSIONS = ("/v4", "/v4.1")
PUBLIC = ("/ping", "/pin/get", "/pin/check", "/user/verif", "/user/verif/resend")
HELD = ("/magnet/upload", "/magnet/upload/file", "/link/unlock")
"""What is held back from servers and from users without premium."""

UNLOCKING = ("/link/unlock", "/link/delayed")
"""What works for any account's key: a link is of content, not of the account that shows it."""

Answer = Callable[[web.Request, Parameters], Awaitable[web.StreamResponse]]


class Rest(Bench):
    """The server; what tests arrange stands in `AllDebrid`."""

    idle_timeout = 5.0

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        clock: Clock | None = None,
        slots: int = 30,
        most: int = 1000,
        latency: float = 0.0,
        pace: float = 1.0,
        port: int = 0,
        token: str = KEY,
        link_ttl: float = DAY,
        connections: int = 16,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(latency=latency, clock=clock, port=port, middlewares=[self._guard])
        self.token = token
        self.rate_limit = rate_limit
        self.habits = Habits()
        self.magnets = Magnets(progression, self.clock, slots, most, pace)
        self.links = Links(self.clock, link_ttl, connections, max_chunks=8)
        self.login = Login(self.clock)
        self.live = Live()
        self.refused: dict[tuple[str, str], str] = {}  # ("upload" or "unlock", infohash) -> code
        self.guests: dict[str, Refused | None] = {}  # key of another account -> its trouble; it unlocks
        self.denied = ""  # the code that every call with a key is answered with
        self.barred = ""  # the code that uploading and unlocking are answered with
        self.trial = False
        self.premium = True
        self.forgets = False  # lists nothing, as if the account were empty
        self.app.router.add_get("/dl/{id}/{name}", self.links.serve)
        for path, answer in self._routes().items():
            for version in VERSIONS:
                self.app.router.add_route("GET", version + path, self._asked(answer))
                self.app.router.add_route("POST", version + path, self._asked(answer))

    def _routes(self) -> dict[str, Answer]:
        return {
            "/ping": self._ping,
            "/pin/get": self._pin_get,
            "/pin/check": self._pin_check,
            "/user": self._user,
            "/user/verif": self._verif,
            "/user/verif/resend": self._verif_resend,
            "/magnet/upload": self._upload,
            "/magnet/upload/file": self._upload_file,
            "/magnet/status": self._status,
            "/magnet/files": self._files,
            "/magnet/delete": self._delete,
            "/magnet/restart": self._restart,
            "/link/infos": self._infos,
            "/link/unlock": self._unlock,
            "/link/delayed": self._delayed,
        }

    def infohash_of(self, request: web.Request, logged: Request) -> str | None:
        given = Parameters.of(request, logged)
        with suppress(Refused):
            for magnet in given.many("magnets"):
                return infohash_in(magnet)
            for _, filename, content in given.uploads:
                return metadata_in(content, filename).infohash
            for remote_id in given.ids():
                return self.magnets.find(remote_id).infohash
            return self.links.infohash(given.one("link") or "".join(given.many("link")[:1]))
        return None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        version = next((version for version in VERSIONS if request.path.startswith(version + "/")), "")
        if not version:
            return await handler(request)
        self.magnets.pass_time()
        too_many = self.rate_limit.refusal(self.clock.now()) if self.rate_limit else None
        if too_many is not None:
            return too_many
        path = request.path.removeprefix(version)
        try:
            if request.match_info.http_exception:
                return Refused("404").response(404)
            if path not in PUBLIC:
                self._authenticate(request)
            if path in HELD and (self.barred or not self.premium):
                raise Refused(self.barred or _premium_code(path))
            return await handler(request)
        except Refused as refused:
            auth = str(refused).startswith("AUTH_")
            return refused.response(self.habits.auth_status if auth else 200)

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer if scheme == "Bearer" else request.query.get("apikey", "")
        if not given:
            raise Refused("AUTH_MISSING_APIKEY")
        if given in self.guests and request.path.endswith(UNLOCKING):
            if trouble := self.guests[given]:
                raise trouble
            return
        if not compare_digest(given.encode(), self.token.encode()):
            raise Refused("AUTH_BAD_APIKEY")
        if self.login.verification and self.login.verdict != "allowed":
            raise Refused("AUTH_BLOCKED", token=self.login.verification)
        if self.denied:
            raise Refused(self.denied)

    def _asked(self, answer: Answer) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await answer(request, Parameters.of(request, request[LOGGED]))

        return handler

    async def _ping(self, request: web.Request, given: Parameters) -> web.Response:
        return success({"ping": "pong"})

    async def _pin_get(self, request: web.Request, given: Parameters) -> web.Response:
        return success(self.login.new_pin())

    async def _pin_check(self, request: web.Request, given: Parameters) -> web.Response:
        return success(self.login.check_pin(given.one("pin"), given.one("check"), self.token))

    async def _verif(self, request: web.Request, given: Parameters) -> web.Response:
        return success(self.login.verify(given.one("token"), self.token))

    async def _verif_resend(self, request: web.Request, given: Parameters) -> web.Response:
        return success(self.login.resend(given.one("token")))

    async def _user(self, request: web.Request, given: Parameters) -> web.Response:
        until = int(self.clock.now()) + 180 * 24 * 3600 if self.premium else 0
        user: dict[str, object] = {
            "username": "marble",
            "email": "m@example.org",
            "isPremium": self.premium,
            "isSubscribed": False,
            "isTrial": self.trial,
            "premiumUntil": until,
            "lang": "en",
            "preferedDomain": "com",
            "fidelityPoints": 1200,
            "limitedHostersQuotas": [],
            "notifications": [],
        }
        user |= {"remainingTrialQuota": 25000} if self.trial else {}
        return success({"user": self.habits.spelled(user)})

    async def _upload(self, request: web.Request, given: Parameters) -> web.Response:
        magnets = given.many("magnets")
        if not magnets:
            raise Refused("MAGNET_NO_URI")
        answers: list[object] = []
        for magnet in magnets:
            try:
                infohash = infohash_in(magnet)
                self._judge("upload", infohash, magnet)
                answers.append({"magnet": magnet, **self._added(self.magnets.add(infohash))})
            except Refused as refused:
                answers.append({"magnet": magnet, "error": _of_item(refused).error})
        return success({"magnets": answers})

    async def _upload_file(self, request: web.Request, given: Parameters) -> web.Response:
        uploads = [upload for upload in given.uploads if is_element(upload[0], "files")]
        if not uploads:
            raise Refused("MAGNET_INVALID_FILE")
        answers: list[object] = []
        for _, filename, content in uploads:
            try:
                metadata = metadata_in(content, filename)
                self._judge("upload", metadata.infohash, filename)
                item = self.magnets.add(metadata.infohash, metadata)
                answers.append({"file": filename, **self._added(item)})
            except Refused as refused:
                answers.append({"file": filename, "error": _of_item(refused).error})
        return success({"files": answers})

    def _judge(self, moment: str, infohash: str, where: str) -> None:
        if code := self.refused.get((moment, infohash)):
            raise Refused(code, where=where)

    def _added(self, item: Item) -> dict[str, object]:
        return {
            "hash": item.infohash,
            "name": item.filename,
            "filename_original": "",
            "size": item.size,
            "ready": item.code == READY,
            "id": item.id if self.habits.tells_ids else 0,
        }

    async def _status(self, request: web.Request, given: Parameters) -> web.Response:
        deprecated: dict[str, object] = {}
        if request.path.startswith("/v4/"):
            if self.habits.old_status == "discontinued":
                raise Refused("DISCONTINUED")
            deprecated = {"deprecated": True}
        if remote_id := given.one("id"):
            for item in self.magnets.look_at([self.magnets.find(remote_id)]):
                return success({"magnets": self.habits.single(item, self.links.of(item))}, **deprecated)
            raise Refused("MAGNET_INVALID_ID")
        items = [] if self.forgets else self.magnets.look_at(list(reversed(self.magnets.held)))
        if session := given.one("session"):
            return success(self.live.answer(session, given.one("counter"), items))
        if wanted := FILTERS.get(given.one("status")):
            items = [item for item in items if item.code in wanted]
        return success({"magnets": [self.habits.shown(item) for item in items]}, **deprecated)

    async def _files(self, request: web.Request, given: Parameters) -> web.Response:
        answers: list[object] = []
        for remote_id in given.ids():
            try:
                item = self.magnets.find(remote_id)
                answers.append({"id": remote_id, "files": self.habits.tree(item, self.links.of(item))})
            except Refused as refused:
                answers.append({"id": remote_id, "error": refused.error})
        if not answers:
            raise Refused("MAGNET_INVALID_ID")
        return success({"magnets": answers})

    async def _delete(self, request: web.Request, given: Parameters) -> web.Response:
        return self._each(given, self.magnets.delete, "Magnet was successfully deleted")

    async def _restart(self, request: web.Request, given: Parameters) -> web.Response:
        return self._each(given, self.magnets.restart, "Magnet was successfully restarted")

    def _each(self, given: Parameters, do: Callable[[Item], None], message: str) -> web.Response:
        """Do it to one magnet, or to several with an answer for each."""
        if remote_id := given.one("id"):
            do(self.magnets.find(remote_id))
            return success({"message": message})
        answers: list[object] = []
        for remote_id in given.many("ids"):
            try:
                do(self.magnets.find(remote_id))
                answers.append({"magnet": remote_id, "message": message})
            except Refused as refused:
                answers.append({"magnet": remote_id, "error": refused.error})
        if not answers:
            raise Refused("MAGNET_INVALID_ID")
        return success({"magnets": answers})

    async def _infos(self, request: web.Request, given: Parameters) -> web.Response:
        answers: list[object] = []
        for url in given.many("link"):
            try:
                link = self.links.find(url)
                self._judge("unlock", link.infohash, "")
                named = {"filename": link.filename, "size": link.size}
                answers.append({"link": url, **named, "host": "magnet", "hostDomain": "alldebrid.com"})
            except Refused as refused:
                answers.append({"link": url, "error": refused.error})
        if not answers:
            raise Refused("LINK_IS_MISSING")
        return success({"infos": answers})

    async def _unlock(self, request: web.Request, given: Parameters) -> web.Response:
        link = self.links.find(given.one("link"))
        self._judge("unlock", link.infohash, "")
        return success(self.links.unlock(link, self.origin))

    async def _delayed(self, request: web.Request, given: Parameters) -> web.Response:
        return success(self.links.delayed(given.one("id")))


def _premium_code(path: str) -> str:
    return "MUST_BE_PREMIUM" if path.startswith("/link/") else "MAGNET_MUST_BE_PREMIUM"


def _of_item(refused: Refused) -> Refused:
    """The refusal, if it is of one item; one that is of the whole account goes on to the envelope."""
    if str(refused) == "MAGNET_TOO_MANY":
        raise refused
    return refused
