"""A small hand-written qBittorrent for the tests of the Arr emulators to be judged against."""

from collections.abc import Awaitable, Callable
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiohttp import web

from compat.bencode import decode_torrent
from compat.content import Release
from compat.emulators.bench import Bench, Request

USERNAME, PASSWORD = "http://sonarr:8989", "fake-password"
Answer = Callable[[web.Request], Awaitable[web.Response]]


class FakeQbittorrent(Bench):
    """Keeps torrents as the rows of torrents/info; a test changes them as it likes."""

    base = "/api/v2"

    def __init__(self, downloads: Path, *, version: str = "2.9.3", open_to_all: bool = False) -> None:
        super().__init__()
        self.downloads = downloads
        self.version = version
        self.open_to_all = open_to_all
        self.login_answer = "Ok."
        self.sid = "fakeSid1"
        self.preferences: dict[str, Any] = {
            "save_path": str(downloads),
            "dht": True,
            "queueing_enabled": True,
        }
        self.categories: dict[str, dict[str, str]] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.properties: dict[str, Any] = {"save_path": str(downloads), "seeding_time": 0}
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.app.add_routes(
            [
                web.post("/api/v2/auth/login", self._login),
                web.get("/api/v2/app/webapiVersion", self._guarded(self._version)),
                web.get("/api/v2/app/preferences", self._guarded(self._preferences)),
                web.get("/api/v2/torrents/categories", self._guarded(self._categories)),
                web.post("/api/v2/torrents/createCategory", self._guarded(self._create_category)),
                web.get("/api/v2/torrents/info", self._guarded(self._info)),
                web.get("/api/v2/torrents/properties", self._guarded(self._properties)),
                web.get("/api/v2/torrents/files", self._guarded(self._files)),
                web.post("/api/v2/torrents/add", self._guarded(self._add)),
                web.post("/api/v2/torrents/delete", self._guarded(self._delete)),
                web.post("/api/v2/torrents/setCategory", self._guarded(self._set_category)),
                *(
                    web.post(f"/api/v2/torrents/{name}", self._guarded(self._noted))
                    for name in ("setShareLimits", "topPrio", "setForceStart")
                ),
            ]
        )

    @property
    def address(self) -> str:
        """What an Arr is pointed at."""
        return self.origin

    def told(self, name: str) -> list[dict[str, str]]:
        """The forms posted to torrents/`name`, oldest first."""
        return [form for path, form in self.forms if path == f"/api/v2/torrents/{name}"]

    def finish(self, release: Release, **changes: Any) -> Path:
        """Write the release's files, show it as finished; return its content path."""
        folder = self.downloads if release.single_file else self.downloads / release.name
        release.write(folder)
        content = self.downloads / release.name
        self.show(release, content_path=str(content), **changes)
        return content

    def show(self, release: Release, **changes: Any) -> None:
        """Show the release as finished without touching any file."""
        finished = {"progress": 1, "state": "pausedUP", "ratio": 1, "ratio_limit": 1, "name": release.name}
        self.rows[release.infohash] |= finished | changes

    def _guarded(self, handler: Answer) -> Answer:
        async def guarded(request: web.Request) -> web.Response:
            if not self.open_to_all and request.cookies.get("SID") != self.sid:
                return web.Response(status=403, text="Forbidden")
            return await handler(request)

        return guarded

    async def _login(self, request: web.Request) -> web.Response:
        form = {name: value.decode() for name, _, value in await _parts(request)}
        if (form["username"], form["password"]) != (USERNAME, PASSWORD):
            return web.Response(text="Fails.")
        cookie = f"SID={self.sid}; HttpOnly; SameSite=Strict; path=/"
        return web.Response(text=self.login_answer, headers={"Set-Cookie": cookie})

    async def _version(self, request: web.Request) -> web.Response:
        return web.Response(text=self.version)

    async def _preferences(self, request: web.Request) -> web.Response:
        return web.json_response(self.preferences)

    async def _categories(self, request: web.Request) -> web.Response:
        return web.json_response(self.categories)

    async def _create_category(self, request: web.Request) -> web.Response:
        name = (await self._form(request))["category"]
        self.categories[name] = {"name": name, "savePath": str(self.downloads)}
        return web.Response()

    async def _info(self, request: web.Request) -> web.Response:
        category = request.query.get("category")
        return web.json_response(
            [row for row in self.rows.values() if category is None or row["category"] == category]
        )

    async def _properties(self, request: web.Request) -> web.Response:
        if request.query["hash"] not in self.rows:
            return web.Response(status=404)
        return web.json_response(self.properties)

    async def _files(self, request: web.Request) -> web.Response:
        name = self.rows[request.query["hash"]]["name"]
        return web.json_response([{"name": f"{name}/first.mkv"}, {"name": f"{name}/second.mkv"}])

    async def _add(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        if "torrents" in form:
            infohash = form["torrents"]
        else:
            topic = parse_qs(urlsplit(form["urls"]).query)["xt"][0]
            infohash = topic.rpartition(":")[2].lower()
        self.rows[infohash] = {
            "hash": infohash,
            "name": infohash,
            "category": form.get("category", ""),
            "size": 1000,
            "progress": 0.25,
            "eta": 60,
            "state": "downloading",
            "save_path": str(self.downloads),
            "content_path": "",
        }
        return web.Response(text="Ok.")

    async def _delete(self, request: web.Request) -> web.Response:
        self.rows.pop((await self._form(request))["hashes"], None)
        return web.Response()

    async def _set_category(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        if form["category"] not in self.categories:
            return web.Response(status=409)
        self.rows[form["hashes"]]["category"] = form["category"]
        return web.Response()

    async def _noted(self, request: web.Request) -> web.Response:
        await self._form(request)
        return web.Response()

    async def _form(self, request: web.Request) -> dict[str, str]:
        form = {}
        for name, filename, value in await _parts(request):
            if filename:
                form["filename"] = filename
                form[name] = sha1(decode_torrent(value)[1], usedforsecurity=False).hexdigest()
            else:
                form[name] = value.decode()
        self.forms.append((request.path, form))
        return form


async def _parts(request: web.Request) -> list[tuple[str, str, bytes]]:
    body = await request.read()
    if request.content_type == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        return [(name, "", value.encode()) for name, value in pairs]
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parsed = BytesParser(policy=HTTP).parsebytes(head + body)
    return [
        (
            str(part.get_param("name", header="Content-Disposition")),
            part.get_filename() or "",
            _bytes_of(part),
        )
        for part in parsed.iter_parts()
    ]


def _bytes_of(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def routes(requests: list[Request]) -> list[str]:
    """The calls of a log in order, as "GET torrents/info"."""
    return [f"{request.method} {request.path.removeprefix('/')}" for request in requests]
