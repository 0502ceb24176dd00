"""The real daemon as a process of its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from compat.emulators.arr_wire import moment

PATIENCE = 60.0  # seconds: for the start, for the end
STARTED = b'"started"'
"""How a line of the log ends its name when the daemon is there."""
TAIL = 4000  # characters of the log that tell why it failed


class DaemonFailed(Exception):
    """The daemon did not do as it should; the message ends with its log."""


class Daemon:
    """A running daemon, and a person who is logged in."""

    def __init__(
        self,
        url: str,
        config: Path,
        log: Path,
        process: asyncio.subprocess.Process,
        session: aiohttp.ClientSession,
    ) -> None:
        self.url = url
        self.log = log
        self._config, self._process = config, process
        self.username, self.password = "admin", secrets.token_urlsafe(9)
        self._session = session

    async def torrents(self) -> list[dict[str, Any]]:
        """What `/api/torrents` says."""
        async with self._session.get(f"{self.url}/api/torrents") as answer:
            answer.raise_for_status()
            listed: list[dict[str, Any]] = await answer.json()
        return listed

    async def new_token(self) -> str:
        """A token for `/api`."""
        async with self._session.post(f"{self.url}/api/refresh-token") as answer:
            answer.raise_for_status()
            return str((await answer.json())["token"])

    async def add(self, magnet: str, category: str) -> None:
        """Add a torrent as a person does. Raises DaemonFailed when it is not taken."""
        form = {"urls": magnet, "arr": category}
        async with self._session.post(f"{self.url}/api/add", data=form) as answer:
            answered = await answer.json()
        if answer.status != 200 or answered.get("errors"):
            raise DaemonFailed(f"/api/add: {answer.status} {answered}")

    async def answers(self) -> bool:
        """Whether the daemon is there."""
        with suppress(aiohttp.ClientError):
            async with self._session.get(f"{self.url}/health") as answer:
                return answer.status == 200
        return False

    async def reload(self, settings: str) -> None:
        """Have it build everything again by other settings. Raises DaemonFailed when it does not."""
        starts = self._starts()
        self._config.write_text(settings)
        self._process.send_signal(signal.SIGHUP)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self._process.returncode is None:
                    if self._starts() > starts:
                        return
                    await moment(0.02)
        raise DaemonFailed(f"the daemon did not start again\n{_tail(self.log)}")

    def _starts(self) -> int:
        return self.log.read_bytes().count(STARTED)

    async def set_up(self) -> None:
        """Make the account, as the first visitor does."""
        chosen = {"username": self.username, "password": self.password, "confirm_password": self.password}
        async with self._session.post(f"{self.url}/setup", json=chosen) as answer:
            answer.raise_for_status()


def free_port() -> int:
    """A port that nobody uses this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def running(folder: Path, port: int, settings: str) -> AsyncIterator[Daemon]:
    """The daemon at `port`, started for the first time, with everything it keeps in `folder`.

    Raises DaemonFailed when it does not start, or does not end well after the block.
    """
    config, log = folder / "qbitproxy.toml", folder / "daemon.log"
    config.touch(mode=0o600)
    config.write_text(settings)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QBITPROXY_")}
    environ |= {"QBITPROXY_CONFIG": str(config), "QBITPROXY_STATE": str(folder / "state")}
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "qbitproxy",
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            process_group=0,  # Ctrl-C is for us, who end it in order
        )
    try:
        cookies = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=cookies) as session:
            daemon = Daemon(f"http://127.0.0.1:{port}", config, log, process, session)
            await _started(process, daemon)
            await daemon.set_up()
            yield daemon
    finally:
        await _ended(process, log)


async def _started(process: asyncio.subprocess.Process, daemon: Daemon) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                if await daemon.answers():
                    return
                await moment(0.05)
    raise DaemonFailed(f"the daemon did not start\n{_tail(daemon.log)}")


async def _ended(process: asyncio.subprocess.Process, log: Path) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    if process.returncode != 0:
        raise DaemonFailed(f"the daemon ended with {process.returncode}\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-TAIL:]
