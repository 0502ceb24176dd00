"""Calls to one Arr's API, its writes one after another."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import structlog
from msgspec import Raw

from qbitproxy.core.calls import Http, Pairs, Purpose
from qbitproxy.core.lists import each

log = structlog.get_logger()

T = TypeVar("T")


class Api:
    """The API of one Arr below its version. Every call raises a `Fault`."""

    def __init__(self, http: Http, name: str, version: str) -> None:
        """`name` is the configured one, `version` the API's: "v3"."""
        self.http, self.name, self.base = http, name, f"api/{version}/"
        self._writing = asyncio.Lock()  # an Arr on SQLite answers parallel writes with "database is locked"

    async def get(
        self, path: str, shape: Any, query: Pairs | None = None, purpose: Purpose = Purpose.REPAIR
    ) -> Any:
        return await self.http.call("GET", self.base + path, shape, query=query, purpose=purpose)

    async def list(
        self, path: str, shape: type[T], query: Pairs | None = None, purpose: Purpose = Purpose.REPAIR
    ) -> list[T]:
        """What is listed there, without the elements that do not fit."""
        return each(await self.get(path, list[Raw], query, purpose), shape, self.odd)

    async def write(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Pairs | None = None,
        purpose: Purpose = Purpose.REPAIR,
    ) -> None:
        """Change something. The Arr may call us before it answers."""
        async with self._writing:
            await self.http.call(method, self.base + path, json=body, query=query, purpose=purpose)

    def odd(self, element: Raw) -> None:
        """An element of a list does not fit."""
        log.warning("odd_arr_record", arr=self.name)
