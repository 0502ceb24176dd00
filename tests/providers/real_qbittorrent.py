"""A real qbittorrent-nox that sees nothing but this machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from qbitproxy.clock import SystemClock

PROGRAM = "qbittorrent-nox"
USERNAME, PASSWORD = "admin", "correct-horse:battery"
MOMENT = timedelta(milliseconds=100)
START, STOP = 60, 10  # seconds

CONFIGURATION = """\
[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DHTEnabled=false
Session\\PeXEnabled=false
Session\\LSDEnabled=false
Session\\Port={peers}
Session\\Interface=lo
Session\\InterfaceAddress=127.0.0.1
Session\\DefaultSavePath={downloads}
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port={web}
WebUI\\Username={username}
WebUI\\Password_PBKDF2="@ByteArray({password})"
WebUI\\UseUPnP=false
WebUI\\LocalHostAuth=true
"""


@dataclass(frozen=True)
class Real:
    """One running program."""

    web: int  # port
    peers: int  # port
    downloads: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}/"

    @property
    def key(self) -> str:
        return f"{USERNAME}:{PASSWORD}"


@asynccontextmanager
async def a_real_qbittorrent(folder: Path) -> AsyncIterator[Real]:
    """One with a profile of its own in `folder`, which outlives it; ended, and waited for, at the end.

    Skips the test where the program is not installed, unless this is continuous integration.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(f"{PROGRAM} is not installed")
        pytest.skip(f"{PROGRAM} is not installed")
    real = Real(_free_port(), _free_port(), folder / "downloads")
    real.downloads.mkdir(parents=True, exist_ok=True)
    settings = folder / "qBittorrent" / "config" / "qBittorrent.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        CONFIGURATION.format(
            peers=real.peers,
            web=real.web,
            downloads=real.downloads,
            username=USERNAME,
            password=_hashed(PASSWORD),
        )
    )
    process = await asyncio.create_subprocess_exec(
        program,
        f"--profile={folder}",
        env=os.environ | {"HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(real, process)
        yield real
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answers(real: Real, process: asyncio.subprocess.Process) -> None:
    """Wait until its Web UI and other peers can reach it."""
    async with asyncio.timeout(START):
        for port in (real.web, real.peers):
            while not await _listens(port):
                assert process.returncode is None, f"{PROGRAM} ended with {process.returncode}"
                await SystemClock().sleep(MOMENT)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _hashed(password: str) -> str:
    """Source: qBittorrent 4.5.2, base/utils/password.cpp: PBKDF2 with SHA-512, salt and key in base64."""
    salt = os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 100_000)
    return f"{b64encode(salt).decode()}:{b64encode(key).decode()}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
