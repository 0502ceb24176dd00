"""The programs that are measured, each a process of its own on a free port."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from qbitproxy.settings import Settings, save

PATIENCE = 60.0  # seconds until a program answers
PASSWORD = re.compile(r"has the password (\S+)")


class Program:
    """A running qBittorrent or qbitproxy, logged in."""

    def __init__(self, port: int, pid: int, ready_after: float) -> None:
        self.port, self.pid, self.ready_after = port, pid, ready_after  # seconds
        self.url = f"http://127.0.0.1:{port}"
        self.cookie, self.password = "", ""
        self.token = ""  # of the API, sent instead of the cookie once there is one

    def resident(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    async def log_in(self, session: aiohttp.ClientSession, username: str, password: str) -> None:
        """Open a session whose cookie is used from now on."""
        self.password = password
        form = {"username": username, "password": password}
        async with session.post(f"{self.url}/api/v2/auth/login", data=form) as answer:
            if await answer.text() != "Ok.":
                raise RuntimeError("login refused")
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    async def take_token(self) -> None:
        """Have what is sent with every request be an API token instead of the cookie."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            login = {"username": "admin", "password": self.password}
            async with session.post(f"{self.url}/login", json=login, allow_redirects=False) as answer:
                if answer.status != 303:
                    raise RuntimeError("login refused")
            async with session.post(f"{self.url}/api/refresh-token") as answer:
                self.token = (await answer.json())["token"]


def free_port() -> int:
    """A port that nobody uses this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def a_process(
    port: int, ready_path: str, *command: str, log: Path, **environ: str
) -> AsyncIterator[Program]:
    """Start `command`, wait until `ready_path` answers, kill it by its process id at the end."""
    began = time.perf_counter()
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **environ}
        )
    try:
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{port}{ready_path}"):
                        break
                except aiohttp.ClientError:
                    if process.returncode is not None:
                        raise RuntimeError(log.read_text()) from None
                    await asyncio.sleep(0.005)
        yield Program(port, process.pid, time.perf_counter() - began)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def qbitproxy(
    folder: Path, settings: Settings, password: str = "", *, rate: float = 1.0
) -> AsyncIterator[Program]:
    """The daemon with its state in `folder`, which may have been filled before.

    One that was started there before shows no password any more: it is to be given. For it, time passes
    `rate` times as fast as it does.
    """
    config, log = folder / "qbitproxy.toml", folder / "daemon.log"
    save(settings, config)
    environ = {"QBITPROXY_CONFIG": str(config), "QBITPROXY_STATE": str(folder / "state")}
    command: tuple[str, ...] = (sys.executable, "-m", "qbitproxy")
    reset = await asyncio.create_subprocess_exec(
        *command, "password", stdout=asyncio.subprocess.PIPE, env={**os.environ, **environ}
    )
    shown = PASSWORD.search((await reset.communicate())[0].decode())
    if shown is None:
        raise RuntimeError("no password was shown")
    if rate != 1:
        command = (sys.executable, "-m", "benchmarks.hurried", str(rate))
    async with a_process(settings.server.port, "/health", *command, log=log, **environ) as program:
        async with aiohttp.ClientSession() as session:
            await program.log_in(session, "admin", shown[1])
        yield program


@asynccontextmanager
async def qbittorrent(folder: Path) -> AsyncIterator[Program]:
    """The real qbittorrent-nox 4.x with a fresh profile, cut off from any peer."""
    port = free_port()
    config = folder / "qBittorrent" / "config" / "qBittorrent.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[LegalNotice]\nAccepted=true\n[BitTorrent]\nSession\\DHTEnabled=false\nSession\\LSDEnabled=false\n"
        "Session\\PeXEnabled=false\nSession\\Interface=lo\nSession\\InterfaceName=lo\n"
        "[Preferences]\nWebUI\\Address=127.0.0.1\n"
    )
    command = ("qbittorrent-nox", f"--profile={folder}", f"--webui-port={port}")
    async with a_process(port, "/", *command, log=folder / "nox.log") as program:
        async with aiohttp.ClientSession() as session:
            await program.log_in(session, "admin", "adminadmin")
        yield program


@asynccontextmanager
async def ready_buffer(folder: Path, size: int) -> AsyncIterator[Program]:
    """A server that sends `size` bytes out of a buffer."""
    port = free_port()
    command = (sys.executable, "-m", "benchmarks.ready", str(port), str(size))
    async with a_process(port, "/", *command, log=folder / "ready.log") as program:
        yield program


async def best(program: Program, path: str, requests: int) -> dict[str, float]:
    """The quickest of three loads: others use the machine as well."""
    return min([await loaded(program, path, requests) for _ in range(3)], key=lambda run: run["p50"])


async def loaded(program: Program, path: str, requests: int, connections: int = 4) -> dict[str, float]:
    """What the load generator, in a process of its own, measures of one GET."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        str(program.port),
        path,
        f"Authorization: Bearer {program.token}" if program.token else f"Cookie: {program.cookie}",
        str(requests),
        str(connections),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    measured: dict[str, float] = json.loads(printed)
    return measured
