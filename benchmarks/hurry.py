"""The daemon inside this process, with a time that passes faster than it does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from qbitproxy import daemon, logs
from qbitproxy.clock import SystemClock
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.signals import Ending

PASSWORD = "fake-password"
PATIENCE = 300.0  # seconds


class HurriedClock:
    """Time that passes `rate` times as fast as it does."""

    def __init__(self, rate: float) -> None:
        self._rate, self._real = rate, SystemClock()
        self._start, self._began = self._real.now(), self._real.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (self._real.monotonic() - self._began) * self._rate

    async def sleep(self, delay: timedelta) -> None:
        await self._real.sleep(delay / self._rate)


class ServiceTime:
    """The same time, as emulated services ask for it."""

    def __init__(self, clock: HurriedClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class Inside:
    """A running daemon, logged in."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def add(self, magnets: list[str]) -> None:
        """Hand in all of them with one request."""
        form = {"urls": "\n".join(magnets)}
        async with self._session.post(f"{self._url}/api/v2/torrents/add", data=form) as answer:
            if await answer.text() != "Ok.":
                raise RuntimeError("add refused")

    async def stats(self) -> dict[str, Any]:
        """What `/api/stats` says."""
        async with self._session.get(f"{self._url}/api/stats") as answer:
            answer.raise_for_status()
            said: dict[str, Any] = await answer.json()
        return said

    async def until(self, phase: str, count: int) -> None:
        """Wait until so many torrents are in `phase`."""
        async with asyncio.timeout(PATIENCE):
            while (await self.stats())["phases"].get(phase, 0) < count:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def qbitproxy(folder: Path, settings: Settings, clock: HurriedClock) -> AsyncIterator[Inside]:
    """The daemon with its state in `folder`, until the block ends."""
    logs.set_up("error", "json")
    said: asyncio.Queue[str] = asyncio.Queue()
    ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        chosen = replace(settings, server=ServerSettings(port=listener.getsockname()[1]))
        url = f"http://127.0.0.1:{chosen.server.port}"
        async with asyncio.TaskGroup() as group:
            group.create_task(
                daemon.run(chosen, folder / "state", listener, {}, said.put_nowait, ending, clock)
            )
            try:
                jar = aiohttp.CookieJar(unsafe=True)
                async with asyncio.timeout(PATIENCE), aiohttp.ClientSession(cookie_jar=jar) as session:
                    await said.get()  # how to set it up: it will answer
                    await _set_up(session, url)
                    yield Inside(url, session)
            finally:
                ending.set_result(Ending.STOP)


async def _set_up(session: aiohttp.ClientSession, url: str) -> None:
    login = {"username": "admin", "password": PASSWORD}
    async with session.post(f"{url}/setup", json=login | {"confirm_password": PASSWORD}) as answer:
        answer.raise_for_status()
    async with session.post(f"{url}/api/v2/auth/login", data=login) as answer:
        answer.raise_for_status()
