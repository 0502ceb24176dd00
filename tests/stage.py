"""A whole installation on loopback: emulated services around the real daemon."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, Self, Unpack

import aiohttp
from msgspec.structs import replace

from compat.content import Release
from compat.emulators.arr import Arr
from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_settings import ClientOptions
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.sonarr import SONARR_V4
from qbitproxy import daemon
from qbitproxy.core.clock import Clock
from qbitproxy.settings import Secret, Settings, save
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.sections import FetchingSettings, FilesSettings, GateSettings, ServerSettings
from qbitproxy.signals import Ending
from tests.support import DEADLINE

PASSWORD = "fake-password-of-a-person"
UNLIMITED = 6000  # requests per minute: emulated services take as many unless told otherwise


class Service(Protocol):
    """An emulated debrid service."""

    token: str

    @property
    def url(self) -> str: ...

    async def __aenter__(self) -> Any: ...

    async def __aexit__(self, *_: Any) -> None: ...


def claimed_port() -> socket.socket:
    """A port on loopback that nobody else is given while this is open; whoever asks for it may listen.

    Source: Linux, inet_csk_get_port: with SO_REUSEADDR on both, a socket that does not listen is no obstacle.
    """
    claim = socket.socket()
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    claim.bind(("127.0.0.1", 0))
    return claim


class Stage:
    """Real-Debrid, its mount, some Arrs, the settings that bring them together, a port for the daemon.

    The Arrs are called as they are configured: by their kind, in lower case. One of a kind is enough.
    """

    def __init__(
        self,
        folder: Path,
        *flavours: Flavour,
        delayed_mount: bool = False,
        sees: Sequence[tuple[str, Path]] = (),
        others: Mapping[str, Service] | None = None,
        **provider: Any,
    ) -> None:
        """`others` are further services: by their name in the settings, in order after Real-Debrid."""
        self.folder = folder
        self.state, self.downloads = folder / "state", folder / "downloads"
        self.realdebrid = RealDebrid(**provider)
        self.mount = Mount(folder / "mount")
        self.mount.attach(self.realdebrid, delayed=delayed_mount)
        self.arrs = {
            flavour.name.lower(): Arr(folder / f"{flavour.name} library", flavour, sees=sees)
            for flavour in flavours or [SONARR_V4]
        }
        self.others = dict(others or {})
        for name, service in self.others.items():
            if hasattr(service, "on_downloaded"):
                Mount(folder / f"{name} mount").attach(service)
        self._claim = claimed_port()
        self.port: int = self._claim.getsockname()[1]
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.said = ""  # by the daemon, to a person
        self._news = asyncio.Event()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for service in (self.realdebrid, *self.others.values()):
            await self._open.enter_async_context(service)
        for arr in self.arrs.values():
            await self._open.enter_async_context(arr)
            self.introduce(arr)
        self._open.callback(self._claim.close)
        self._open.callback(self.listener.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def arr(self) -> Arr:
        """The first of the Arrs."""
        return next(iter(self.arrs.values()))

    @property
    def sonarr(self) -> Arr:
        """The Sonarr among the Arrs."""
        return self.arrs["sonarr"]

    @property
    def url(self) -> str:
        """Where the daemon answers."""
        return f"http://127.0.0.1:{self.port}"

    def introduce(self, arr: Arr, **options: Unpack[ClientOptions]) -> None:
        """Make the daemon the download client of `arr`, which logs in with its own address and key."""
        arr.uses(self.url, arr.url, arr.api_key, **options)

    def settings(self, **sections: Any) -> Settings:
        """Settings that fit this stage; whole sections may be given."""
        settings = Settings(
            server=ServerSettings(port=self.port),
            providers={
                "realdebrid": ProviderSettings(
                    kind="realdebrid",
                    api_key=Secret(self.realdebrid.token),
                    base_url=self.realdebrid.url,
                    mount=str(self.mount.root),
                    poll=timedelta(seconds=1),
                    requests_per_minute=UNLIMITED,
                )
            }
            | {name: self._other(name, service) for name, service in self.others.items()},
            arrs={
                name: ArrSettings(
                    kind=ArrKind(name),
                    url=arr.url,
                    api_key=Secret(arr.api_key),
                    category=arr.flavour.category,
                )
                for name, arr in self.arrs.items()
            },
            files=FilesSettings(download_root=str(self.downloads), keep_free=0),
            gate=GateSettings(sizes=False),  # what we play with is as large as films only in name
            fetching=FetchingSettings(probe=timedelta(seconds=2)),
        )
        return replace(settings, **sections)

    def _other(self, name: str, service: Service) -> ProviderSettings:
        mount = self.folder / f"{name} mount"
        return ProviderSettings(
            kind=type(service).__name__.lower(),
            api_key=Secret(service.token),
            base_url=service.url,
            mount=str(mount) if mount.exists() else "",
            poll=timedelta(seconds=1),
            requests_per_minute=UNLIMITED,
        )

    @asynccontextmanager
    async def running(
        self, settings: Settings | None = None, clock: Clock | None = None
    ) -> AsyncIterator[None]:
        """The daemon, in this process, until the block ends."""
        loop = asyncio.get_running_loop()
        ending: asyncio.Future[Ending] = loop.create_future()

        chosen = settings or self.settings()
        async with asyncio.TaskGroup() as group:
            group.create_task(daemon.run(chosen, self.state, self.listener, {}, self._say, ending, clock))
            try:
                yield
            finally:
                if not ending.done():
                    ending.set_result(Ending.STOP)

    def save_settings(self, settings: Settings | None = None) -> Path:
        """Write the settings where a daemon of its own process finds them."""
        path = self.folder / "qbitproxy.toml"
        save(settings or self.settings(), path)
        return path

    @asynccontextmanager
    async def process(
        self, module: str = "qbitproxy", **environ: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """The daemon as a process of its own, killed when the block ends; `save_settings` comes first."""
        self.listener.close()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            env={
                "PATH": "",
                "HOME": str(self.folder),
                "QBITPROXY_CONFIG": str(self.folder / "qbitproxy.toml"),
                "QBITPROXY_STATE": str(self.state),
                **environ,
            },
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(process.stderr))
            try:
                yield process
            finally:
                if process.returncode is None:
                    process.kill()
                await process.wait()

    async def answering(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until the daemon answers; False when it died instead."""
        async with asyncio.timeout(DEADLINE), aiohttp.ClientSession() as session:
            while process.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health") as answer:
                        return answer.status == 200
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 0.05)
        return False

    async def heard(self, pattern: str) -> str:
        """Wait until the daemon has said something like `pattern`; return what its group matched."""
        async with asyncio.timeout(DEADLINE):
            while not (found := re.search(pattern, self.said)):
                self._news.clear()
                await self._news.wait()
        return found[1]

    @asynccontextmanager
    async def person(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that has logged in, the first one after making the account; its paths are relative."""
        login = {"username": "admin", "password": PASSWORD}
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as session:
            async with session.post("/setup", json=login | {"confirm_password": PASSWORD}) as answer:
                made = answer.status == 200
            if not made:
                async with session.post("/login", json=login) as answer:
                    assert answer.status == 200
            yield session

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._say(line.decode())

    def _say(self, text: str) -> None:
        self.said += text
        self._news.set()

    def rows(self) -> list[str]:
        """The phase of every torrent in the database, which the daemon may be using."""
        database = sqlite3.connect(f"file:{self.state}/qbitproxy.db?mode=ro", uri=True)
        try:
            return [phase for (phase,) in database.execute("SELECT phase FROM torrent ORDER BY id")]
        finally:
            database.close()

    async def imports(self, release: Release, arr: Arr | None = None) -> None:
        """Wait until `arr`, the first one unless told, has imported `release` and let go of it."""
        arr = arr or self.arr
        await arr.run_until(lambda: self.imported(release, arr) and not arr.queue)

    def imported(self, release: Release, arr: Arr | None = None) -> list[Path]:
        """What stands of `release` in the library of `arr`, the first one unless told."""
        return [path for path in (arr or self.arr).imported if release.name in path.parts]

    def identical(self, release: Release, arr: Arr | None = None) -> bool:
        """Whether every imported file of `release` has its true bytes."""
        paths = self.imported(release, arr)
        contents: Mapping[str, str] = {Path(path).name: path for path in release.files}
        return bool(paths) and all(path.read_bytes() == release.read(contents[path.name]) for path in paths)
