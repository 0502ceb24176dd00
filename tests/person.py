"""A person at `/api`, logged in as the admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.stage import Stage
from tests.support import DEADLINE


class Person:
    """Reads what the API says."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> Any:
        """The JSON at `path`."""
        async with self._session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def delete(self, path: str) -> None:
        """Have what is at `path` deleted."""
        async with self._session.delete(path) as answer:
            assert answer.status == 200, await answer.text()

    async def torrents(self) -> list[dict[str, Any]]:
        """What `/api/torrents` lists."""
        listed: list[dict[str, Any]] = await self.get("/api/torrents")
        return listed

    async def until(self, fact: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Ask for the torrents until `fact` holds of them."""
        async with asyncio.timeout(DEADLINE):
            while not fact(listed := await self.torrents()):
                pass
            return listed


@asynccontextmanager
async def a_person(stage: Stage) -> AsyncIterator[Person]:
    """Logged in as the owner of the installation."""
    async with stage.person() as session:
        yield Person(session)
