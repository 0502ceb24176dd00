"""One run of a client against one server: what it was told, what it asked for."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from compat.clients import environments
from compat.content import KIB, MIB, Release
from compat.recorder.exchange import Exchange
from compat.recorder.relay import Relay

ROOT = Path(__file__).parents[2]
DRIVERS = Path(__file__).parent / "drivers"
LONGEST = 120  # seconds

TRACKERS = ("http://tracker.example/announce",)
TOYS = {
    "film": Release(
        "Sintel.2010.1080p.mkv", {"Sintel.2010.1080p.mkv": MIB + 4321}, trackers=TRACKERS, seed=9
    ),
    "show": Release(
        "Caminandes.S02.1080p",
        {"Caminandes.S02E01.mkv": 400 * KIB, "Caminandes.S02E02.mkv": 300 * KIB + 17},
        trackers=TRACKERS,
    ),
    "spare": Release("Charge.2022.1080p.mkv", {"Charge.2022.1080p.mkv": 200 * KIB}, trackers=TRACKERS),
}
"""What every driver plays with; the servers find, or have, all of it but the last."""

PREFIX = "/api/v2/"


class DriverFailed(Exception):
    """A driver ended before its end. Says how."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Who is asked: the original or the other."""

    url: str
    username: str
    password: str = field(repr=False)
    downloads: Path  # a folder in which it may write


@dataclass(frozen=True)
class Run:
    """What came of it."""

    outcomes: Mapping[str, Any]  # by step, in their order
    calls: Sequence[Exchange]

    @property
    def endpoints(self) -> list[str]:
        """What was called below /api/v2 and answered without an error at least once, sorted."""
        answered = {call.path for call in self.calls if 0 < call.status < 400}
        return sorted(path.removeprefix(PREFIX) for path in answered if path.startswith(PREFIX))


class Ear:
    """Keeps every exchange that goes through a relay."""

    case = ""

    def __init__(self) -> None:
        self.calls: list[Exchange] = []

    def heard(self, exchange: Exchange) -> None:
        self.calls.append(exchange)


@asynccontextmanager
async def overheard(server: Server) -> AsyncIterator[tuple[str, Ear]]:
    """A URL that leads to the server, with an ear at it.

    It is `localhost`, as aiohttp's clients keep no cookie of a bare address.
    """
    ear = Ear()
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        Relay(server.url, ear, session) as relay,
    ):
        yield relay.url.rstrip("/").replace("127.0.0.1", "localhost"), ear


async def drive(name: str, server: Server, scratch: Path) -> Run:
    """Let the driver of a client loose on a server. Raises DriverFailed, environments.NoEnvironment."""
    environment = await asyncio.to_thread(environments.make, name)
    await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
    async with overheard(server) as (url, ear):
        said = await _run(name, environment, _job(server, url, scratch), scratch)
    outcomes: dict[str, Any] = {}
    for line in said.replace(str(server.downloads), "DOWNLOADS").splitlines():
        step, outcome = json.loads(line)
        if step in outcomes:
            raise DriverFailed(f"{name} calls two steps {step!r}")
        outcomes[step] = outcome
    return Run(outcomes, ear.calls)


def _job(server: Server, url: str, scratch: Path) -> dict[str, Any]:
    """What drivers/telling.py reads."""
    job: dict[str, Any] = {
        "url": url,
        "direct": server.url.rstrip("/"),
        "username": server.username,
        "password": server.password,
        "downloads": str(server.downloads),
        "scratch": str(scratch),
    }
    for name, release in TOYS.items():
        path = scratch / f"{name}.torrent"
        path.write_bytes(release.torrent)
        job[name] = {
            "name": release.name,
            "infohash": release.infohash,
            "magnet": release.magnet(),
            "torrent": str(path),
            "files": list(release.files),
        }
    return job


async def _run(name: str, environment: Path, job: Mapping[str, Any], scratch: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *_command(name, environment),
        cwd=scratch,
        env=os.environ | {"HOME": str(scratch), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST):
            said, complained = await process.communicate(json.dumps(job).encode())
    except TimeoutError:
        raise DriverFailed(f"{name} did not end within {LONGEST} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise DriverFailed(
            f"{name} ended with {process.returncode}:\n{complained.decode()}\n{said.decode()[-500:]}"
        )
    return said.decode()


def _command(name: str, environment: Path) -> list[str]:
    stem = name.replace("-", "_")
    if name in environments.NODE_PACKAGES:
        return ["node", str(DRIVERS / f"{stem}.mjs"), str(environment)]
    return [str(environment / "bin" / "python"), "-m", f"compat.clients.drivers.{stem}"]
