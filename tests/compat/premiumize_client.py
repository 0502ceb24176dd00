"""A plain client of an emulated Premiumize, which does what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, FormData
from yarl import URL

from compat.content import Release
from compat.emulators.premiumize import Premiumize

Pairs = dict[str, str] | Sequence[tuple[str, str]]


@dataclass
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error, which comes with HTTP 200."""
        assert (self.status, self.json["status"]) == (200, "error"), self
        return self.json.get("code", "")


class Client:
    def __init__(self, pm: Premiumize, http: ClientSession) -> None:
        self.pm, self.http = pm, http
        self.headers = {"Authorization": f"Bearer {pm.token}"}

    async def ask(self, route: str, data: Pairs | FormData | None = None, **query: str) -> Answer:
        method, path = route.split(" ")
        form = FormData(list(data)) if isinstance(data, list | tuple) else data
        url = self.pm.url + path.lstrip("/")
        async with self.http.request(
            method, url, data=form, params=query or None, headers=self.headers
        ) as response:
            return Answer(response.status, await response.read())

    async def create(self, release: Release) -> str:
        """Create by magnet; return the id."""
        created = await self.ask("POST /transfer/create", {"src": release.magnet()})
        assert created.json["status"] == "success", created
        return created.json["id"]

    async def transfers(self) -> list[dict[str, Any]]:
        return (await self.ask("GET /transfer/list")).json["transfers"]

    async def folder(self, folder_id: str) -> dict[str, Any]:
        return (await self.ask("GET /folder/list", id=folder_id)).json

    async def details(self, file_id: str) -> Answer:
        return await self.ask("GET /item/details", id=file_id)

    async def get(self, link: str, **headers: str) -> Answer:
        """What an address serves, asked for byte for byte."""
        async with self.http.get(URL(link, encoded=True), headers=headers) as response:
            return Answer(response.status, await response.read())


@asynccontextmanager
async def account(pm: Premiumize | None = None) -> AsyncIterator[tuple[Premiumize, Client]]:
    """Serve an account, with a client of it."""
    async with pm or Premiumize() as served, ClientSession() as http:
        yield served, Client(served, http)
