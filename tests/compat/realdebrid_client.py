"""A plain client that does what it is told and forgives nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, ClientTimeout, MultipartWriter
from multidict import CIMultiDictProxy

from compat.content import Release
from compat.emulators.realdebrid import RealDebrid


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> dict:
        assert self.headers["Content-Type"].startswith("application/json"), self.headers
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, int | None]:
        """HTTP status with the error code of the body."""
        assert isinstance(self.json["error"], str)
        return self.status, self.json.get("error_code")


class Client:
    def __init__(self, rd: RealDebrid, http: ClientSession) -> None:
        self.rd, self.http = rd, http
        self.headers: Mapping[str, str] = {"Authorization": f"Bearer {rd.token}"}

    async def ask(
        self,
        route: str,
        *,
        form: Mapping[str, str] | None = None,
        body: bytes | MultipartWriter | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
        **query: str,
    ) -> Answer:
        method, path = route.split(" ")
        url = path if path.startswith("http") else self.rd.url + path.lstrip("/")
        async with self.http.request(
            method,
            url,
            params=query or None,
            data=form if body is None else body,
            headers={**self.headers, **(headers or {})},
            timeout=ClientTimeout(total=timeout),
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def add(self, release: Release) -> str:
        """Add by magnet; return the id."""
        added = await self.ask("POST /torrents/addMagnet", form={"magnet": release.magnet()})
        assert added.status == 201, added
        return added.json["id"]

    async def info(self, remote_id: str) -> dict:
        shown = await self.ask(f"GET /torrents/info/{remote_id}")
        assert shown.status == 200, shown
        return shown.json

    async def select(self, remote_id: str, files: str = "all") -> Answer:
        return await self.ask(f"POST /torrents/selectFiles/{remote_id}", form={"files": files})

    async def fetch(self, release: Release, files: str = "all") -> dict:
        """Add, select, look once; return what was seen."""
        remote_id = await self.add(release)
        assert (await self.select(remote_id, files)).status == 204
        return await self.info(remote_id)

    async def unrestrict(self, link: str) -> Answer:
        return await self.ask("POST /unrestrict/link", form={"link": link})

    async def statuses(self, remote_id: str, last: str) -> list[str]:
        """Look until a status is seen; return all on the way."""
        seen: list[str] = []
        while last not in seen:
            assert len(seen) < 30, seen
            seen.append((await self.info(remote_id))["status"])
        return seen


@asynccontextmanager
async def account(rd: RealDebrid | None = None) -> AsyncIterator[tuple[RealDebrid, Client]]:
    """Serve an account, with a client of it."""
    async with rd or RealDebrid() as served, ClientSession() as http:
        yield served, Client(served, http)
