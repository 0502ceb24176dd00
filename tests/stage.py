"""A whole installation on loopback: emulated services around the real daemon."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from compat.content import Release
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.sonarr import SONARR_V4, Sonarr
from qbitproxy import daemon
from qbitproxy.settings import Secret, Settings, save
from qbitproxy.settings.peers import ArrSettings, ProviderSettings
from qbitproxy.settings.sections import FetchingSettings, FilesSettings, ServerSettings

DEADLINE = 20.0  # seconds: nothing here takes a tenth of it


class Stage:
    """Real-Debrid, its mount, a Sonarr, the settings that bring them together, a port for the daemon."""

    def __init__(
        self,
        folder: Path,
        *,
        delayed_mount: bool = False,
        sees: Sequence[tuple[str, Path]] = (),
        **provider: Any,
    ) -> None:
        self.folder = folder
        self.state, self.downloads, self.library = folder / "state", folder / "downloads", folder / "tv"
        self.realdebrid = RealDebrid(**provider)
        self.mount = Mount(folder / "mount")
        self.mount.attach(self.realdebrid, delayed=delayed_mount)
        self.sonarr = Sonarr(root=self.library, flavour=SONARR_V4, sees=sees)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.said = ""
        self._spoken = asyncio.Event()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.realdebrid)
        await self._open.enter_async_context(self.sonarr)
        self._open.callback(self.listener.close)
        self.sonarr.uses(self.url, self.sonarr.url, self.sonarr.api_key)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def url(self) -> str:
        """Where the daemon answers."""
        return f"http://127.0.0.1:{self.port}"

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
                )
            },
            arrs={
                "sonarr": ArrSettings(kind="sonarr", url=self.sonarr.url, api_key=Secret(self.sonarr.api_key))
            },
            files=FilesSettings(download_root=str(self.downloads), keep_free=0),
            fetching=FetchingSettings(probe=timedelta(seconds=2)),
        )
        return replace(settings, **sections)

    @asynccontextmanager
    async def running(self, settings: Settings | None = None) -> AsyncIterator[None]:
        """The daemon, in this process, until the block ends."""
        loop = asyncio.get_running_loop()
        ending: asyncio.Future[daemon.Ending] = loop.create_future()

        def say(text: str) -> None:
            self.said += text
            self._spoken.set()

        chosen = settings or self.settings()
        async with asyncio.TaskGroup() as group:
            group.create_task(daemon.run(chosen, self.state, self.listener, {}, say, ending))
            try:
                yield
            finally:
                if not ending.done():
                    ending.set_result(daemon.Ending.STOP)

    async def introduction(self) -> str:
        """What a daemon in this process shows a person when it starts for the first time."""
        async with asyncio.timeout(DEADLINE):
            await self._spoken.wait()
        return self.said

    def save_settings(self, settings: Settings | None = None) -> Path:
        """Write the settings where a daemon of its own process finds them."""
        path = self.folder / "qbitproxy.toml"
        save(settings or self.settings(), path)
        return path

    async def spawn(self, module: str = "qbitproxy", **environ: str) -> asyncio.subprocess.Process:
        """The daemon as a process of its own; `save_settings` comes first. It is the caller's to end."""
        self.listener.close()
        return await asyncio.create_subprocess_exec(
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

    async def imports(self, release: Release) -> None:
        """Wait until Sonarr has imported `release` and let go of it."""
        await self.sonarr.run_until(
            lambda: self.imported(release) and not self.sonarr.queue, deadline=DEADLINE
        )

    def imported(self, release: Release) -> bool:
        """Whether something of `release` stands in Sonarr's library."""
        return any(release.name in str(path) for path in self.sonarr.imported)

    def identical(self, release: Release) -> bool:
        """Whether every imported file of `release` has its true bytes."""
        paths = [path for path in self.sonarr.imported if release.name in str(path)]
        contents: Mapping[str, str] = {Path(path).name: path for path in release.files}
        return bool(paths) and all(path.read_bytes() == release.read(contents[path.name]) for path in paths)
