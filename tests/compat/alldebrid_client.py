"""A plain client of AllDebrid that does what it is told and forgives nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout, FormData

from compat.content import Release
from compat.emulators.alldebrid import AllDebrid

Pairs = Mapping[str, str] | Sequence[tuple[str, str]]


class Client:
    def __init__(self, ad: AllDebrid, http: ClientSession) -> None:
        self.ad, self.http = ad, http
        self.headers: Mapping[str, str] = {"Authorization": f"Bearer {ad.token}"}

    async def raw(
        self,
        route: str,
        form: Pairs | FormData | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Pairs | None = None,
    ) -> tuple[int, bytes]:
        method, path = route.split(" ")
        url = path if path.startswith("http") else self.ad.url + path.lstrip("/")
        async with self.http.request(
            method,
            url,
            data=form,
            params=query,
            headers={**self.headers, **(headers or {})},
            timeout=ClientTimeout(total=10),
        ) as response:
            return response.status, await response.read()

    async def ask(
        self, route: str, form: Pairs | FormData | None = None, *, query: Pairs | None = None
    ) -> Any:
        """The data of an answer that is a success at HTTP 200."""
        status, body = await self.raw(route, form, query=query)
        answer = json.loads(body)
        assert (status, answer["status"]) == (200, "success"), answer
        return answer["data"]

    async def code(self, route: str, form: Pairs | FormData | None = None, *, status: int = 200) -> str:
        """The code of an answer that is an error."""
        given, body = await self.raw(route, form)
        answer = json.loads(body)
        assert (given, answer["status"]) == (status, "error"), answer
        return str(answer["error"]["code"])

    async def upload(self, release: Release | str) -> dict[str, Any]:
        """Upload one magnet; return what became of it."""
        magnet = release if isinstance(release, str) else release.magnet()
        [uploaded] = (await self.ask("POST /v4/magnet/upload", {"magnets[]": magnet}))["magnets"]
        return uploaded

    async def upload_file(self, content: bytes, field: str = "files[]") -> dict[str, Any]:
        form = FormData()
        form.add_field(field, content, filename="x.torrent", content_type="application/x-bittorrent")
        [uploaded] = (await self.ask("POST /v4/magnet/upload/file", form))["files"]
        return uploaded

    async def listed(self, **form: str) -> list[dict[str, Any]]:
        return (await self.ask("POST /v4.1/magnet/status", form))["magnets"]

    async def one(self, remote_id: int) -> dict[str, Any]:
        return (await self.ask("POST /v4.1/magnet/status", {"id": str(remote_id)}))["magnets"]

    async def tree(self, remote_id: int) -> Any:
        [found] = (await self.ask("POST /v4/magnet/files", {"id[]": str(remote_id)}))["magnets"]
        assert found["id"] == str(remote_id)
        return found["files"]

    async def unlock(self, link: str) -> dict[str, Any]:
        return await self.ask("POST /v4/link/unlock", {"link": link})


@asynccontextmanager
async def account(ad: AllDebrid | None = None) -> AsyncIterator[tuple[AllDebrid, Client]]:
    """Serve an account, with a client of it."""
    async with ad or AllDebrid() as served, ClientSession() as http:
        yield served, Client(served, http)
