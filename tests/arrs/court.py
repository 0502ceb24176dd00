"""An emulated Arr whose every exchange is judged."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from msgspec import Struct

from compat.content import SHOW, SINTEL
from compat.contracts.judge import Contract, Exchange, complaints, operation_of
from compat.emulators.arr import Arr as Emulator
from compat.emulators.arr_check import Ailment
from compat.emulators.arr_offer import Offer
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.ports import Arr
from qbitproxy.core.queue_rules import QueueItem
from tests.compat.fake_qbittorrent import FakeQbittorrent

UNKNOWN = "b" * 40
"""The infohash of a download that the Arr did not grab."""


class Judge:
    """Sits between one emulated Arr and all that ask it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.exchanges: list[Exchange] = []

    @property
    def complaints(self) -> list[str]:
        """What was said that the contract does not know."""
        return [found for exchange in self.exchanges for found in complaints(self.contract, exchange)]

    @property
    def answered(self) -> set[str]:
        """The operations that were asked for with success."""
        return {
            operation_of(self.contract, exchange.method, exchange.path)
            for exchange in self.exchanges
            if exchange.status < 300
        }

    def listener(self) -> Middleware:
        """What the emulator lets every call pass through."""

        @web.middleware
        async def listen(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            assert isinstance(response, web.Response)
            answer = response.body or b""
            assert isinstance(answer, bytes)
            self.exchanges.append(
                Exchange(
                    method=request.method,
                    path=request.path,
                    query=tuple(request.query.items()),
                    body=await request.read(),
                    status=response.status,
                    answer=answer,
                )
            )
            return response

        return listen


class Scene(Struct, frozen=True):
    """An Arr with something of everything in it, asked by our adapter."""

    arr: Arr
    service: Emulator
    hook: str  # where its webhooks may go

    async def file(self) -> LibraryFile:
        """A file of the library that was grabbed."""
        return (await self.arr.library()).files[0]

    async def item(self) -> QueueItem:
        """A download that was grabbed."""
        return next(item for item in await self.arr.queue() if item.infohash == SHOW.infohash)


async def furnish(service: Emulator, qbit: FakeQbittorrent) -> None:
    """Have two titles in the library, a folder beside them, three downloads in the queue, an ailment."""
    suffix = sorted(service.flavour.media)[0]
    for title in ("Title", "Other", "Nobody's"):
        (service.root / title).mkdir(parents=True)
        path = service.root / title / f"1{suffix}"
        path.write_bytes(b"x")
        if title != "Nobody's":
            infohash = SINTEL.infohash.upper() if title == "Title" else "D" * 40
            service.holds(title, [path], Offer(title=title, infohash=infohash, files={path.name: 1}))
    await service.grab(SHOW)
    qbit.show(SHOW, content_path="/nowhere/show")  # stays in the queue with a message
    qbit.rows[UNKNOWN] = {
        "hash": UNKNOWN, "name": "unknown", "category": service.client.settings.category,
        "size": 1000, "progress": 1, "state": "pausedUP",
        "save_path": str(qbit.downloads), "content_path": "/nowhere/unknown",
    }  # fmt: skip
    await service.poll()
    service.ledger.pending.append(Offer(title="Waits", infohash="C" * 40, files={"1.mkv": 1}))
    service.ailments = [Ailment("DownloadClientCheck", "warning", "Odd")]


class Stranger:
    """Asks an emulated Arr for all that it serves, with the ids that it was told."""

    def __init__(self, session: aiohttp.ClientSession, service: Emulator) -> None:
        self._session, self._service, self._medium = session, service, service.flavour.medium
        self._told: dict[str, Any] = {}  # by the path that was looked at

    def everything(self) -> list[str]:
        """The operations; what only looks goes before what changes, files are deleted first, owners last."""
        served = {
            f"{route.method} {route.resource.canonical}"
            for route in self._service.app.router.routes()
            if route.resource and route.method != "HEAD"
        }
        owner = f"/{self._medium.owner}/{{id}}"
        return sorted(
            served,
            key=lambda name: (name.startswith("DELETE"), name.endswith(owner), "file" not in name, name),
        )

    async def ask(self, operation: str) -> int:
        """The status of the answer."""
        method, _, template = operation.partition(" ")
        name = template.removeprefix(f"/api/{self._service.flavour.api}/")
        async with self._session.request(
            method,
            self._service.origin + template.replace("{id}", str(self._id_for(name))),
            params=self._query_for(name) if method == "GET" else None,
            json=None if method == "GET" else self._body_for(method, name),
            headers={"X-Api-Key": self._service.api_key},
        ) as response:
            if method == "GET":
                self._told[name] = await response.json()
            return response.status

    def _id_for(self, name: str) -> int:
        if name == "history/failed/{id}":
            return next(row.id for row in self._service.history if row.event == "grabbed")
        return self._first(name.removesuffix("/{id}")).get("id", 1)

    def _query_for(self, name: str) -> dict[str, str]:
        if name.startswith("filesystem/"):
            return {"path": str(self._service.root)}
        if name in (f"history/{self._medium.owner}", self._medium.part, self._medium.file):
            return {f"{self._medium.owner}Id": str(min(self._service.shelf.owners))}
        return {}

    def _body_for(self, method: str, name: str) -> object:
        owner, part, file = self._medium.owner, self._medium.part, self._medium.file
        match method, name:
            case _, "command":
                return {"name": "CheckHealth"}
            case _, "remotepathmapping":
                return {"host": "h", "remotePath": "/r/", "localPath": str(self._service.root)}
            case _, "queue/bulk":
                return {"ids": [self._told["queue"]["records"][-1]["id"]]}
            case _, words if words == f"{file}/bulk":
                return {f"{self._medium.file_id}s": [max(self._service.shelf.files)]}
            case _, words if words in (f"{part}/monitor", f"{owner}/editor"):
                known = self._service.shelf.parts if part else self._service.shelf.owners
                return {f"{part or owner}Ids": [min(known)], "monitored": True}
            case "POST" | "PUT", _:
                given = self._first(name.removesuffix("/{id}").removesuffix("/test").removesuffix("/1"))
                return given | {"name": f"another {name}"} if method == "POST" and given else given or None
        return None

    def _first(self, name: str) -> dict[str, Any]:
        """The first record of what was listed under that name, else what stands there; nothing is {}."""
        told = self._told.get(name, {})
        listed = told.get("records", [told]) if isinstance(told, dict) else told
        return listed[0] if listed else {}
