"""A plain client of an emulated TorBox that does what it is told and forgives nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, ClientTimeout, FormData
from multidict import CIMultiDictProxy

from compat.content import Release
from compat.emulators.torbox import TorBox

FRESH = {"bypass_cache": "true"}


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def data(self) -> object:
        """What a success gives."""
        assert set(self.json) == {"success", "error", "detail", "data"}
        assert self.json["success"] is True, self.json
        return self.json["data"]

    @property
    def error(self) -> tuple[int, object]:
        """HTTP status with the error of a failure."""
        assert self.json["success"] is False
        return self.status, self.json["error"]


@dataclass
class Client:
    tb: TorBox
    http: ClientSession
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(
        self,
        route: str,
        *,
        form: FormData | Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        **query: str | int,
    ) -> Answer:
        method, path = route.split(" ")
        url = path if path.startswith("http") else self.tb.url + path.lstrip("/")
        async with self.http.request(
            method,
            url,
            params=query or None,
            data=form,
            json=json,
            headers={**self.headers, **(headers or {})},
            timeout=ClientTimeout(total=10),
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def create(self, release: Release | None = None, **form: str) -> Answer:
        """Add by magnet, or by what the form says."""
        given = {"magnet": release.magnet()} if release else {}
        return await self.ask("POST /torrents/createtorrent", form=given | {"seed": "3"} | form)

    async def upload(self, content: bytes, kind: str = "application/x-bittorrent", **form: str) -> Answer:
        """Add a .torrent."""
        body = FormData(form or {"seed": "3"})
        body.add_field("file", content, filename="x.torrent", content_type=kind)
        return await self.ask("POST /torrents/createtorrent", form=body)

    async def shown(self, torrent_id: int) -> dict:
        answer = await self.ask("GET /torrents/mylist", id=torrent_id, bypass_cache="true")
        assert isinstance(answer.data, dict)
        return answer.data

    async def link(self, torrent_id: int, file_id: int = 0, **query: str) -> Answer:
        return await self.ask(
            "GET /torrents/requestdl",
            token=self.tb.token,
            torrent_id=torrent_id,
            file_id=file_id,
            **query,
        )

    async def control(self, torrent_id: int, operation: str) -> Answer:
        order = {"torrent_id": torrent_id, "operation": operation, "all": False}
        return await self.ask("POST /torrents/controltorrent", json=order)


@asynccontextmanager
async def account(tb: TorBox | None = None) -> AsyncIterator[tuple[TorBox, Client]]:
    """Serve an account, with a client of it."""
    async with tb or TorBox() as served, ClientSession() as http:
        yield served, Client(served, http, {"Authorization": f"Bearer {served.token}"})
