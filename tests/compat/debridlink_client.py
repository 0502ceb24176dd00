"""A plain client that does what it is told and forgives nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, ClientTimeout, FormData
from multidict import CIMultiDictProxy

from compat.content import Release
from compat.emulators.debridlink import DebridLink


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        assert self.headers["Content-Type"].startswith("application/json"), self.headers
        return json.loads(self.body)

    @property
    def value(self) -> Any:
        assert self.json["success"] is True, self.json
        return self.json["value"]

    @property
    def error(self) -> tuple[int, str]:
        """HTTP status with the name of the error."""
        assert self.json["success"] is False, self.json
        return self.status, self.json["error"]


class Client:
    def __init__(self, dl: DebridLink, http: ClientSession) -> None:
        self.dl, self.http = dl, http
        self.headers: Mapping[str, str] = {"Authorization": f"Bearer {dl.token}"}

    async def ask(
        self,
        route: str,
        *,
        form: Mapping[str, str] | FormData | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
        **query: str,
    ) -> Answer:
        method, path = route.split(" ")
        url = path if path.startswith("http") else self.dl.url + path.lstrip("/")
        async with self.http.request(
            method,
            url,
            params=query or None,
            data=form,
            json=json,
            headers={**self.headers, **(headers or {})},
            timeout=ClientTimeout(total=timeout),
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def add(self, release: Release) -> dict[str, Any]:
        """Add by magnet; return the torrent as it is shown."""
        return (await self.ask("POST /seedbox/add", json={"url": release.magnet(), "async": True})).value

    async def list(self, **query: str) -> list[dict[str, Any]]:
        return (await self.ask("GET /seedbox/list", **query)).value

    async def limits(self) -> dict[str, Any]:
        return (await self.ask("GET /seedbox/limits")).value


@asynccontextmanager
async def account(dl: DebridLink | None = None) -> AsyncIterator[tuple[DebridLink, Client]]:
    """Serve an account, with a client of it."""
    async with dl or DebridLink() as served, ClientSession() as http:
        yield served, Client(served, http)
