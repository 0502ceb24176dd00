"""A real qbittorrent-nox in the place of the recorded one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from compat.replay.content import RELEASES
from compat.replay.site import a_site
from tests.providers.real_qbittorrent import PASSWORD, Real, a_real_qbittorrent


class RealServer:
    """Content is there when it lies in the default save path, or in that of the category tv."""

    host = "127.0.0.1"
    password = PASSWORD
    refresh = 2.0

    def __init__(self, real: Real, site: str) -> None:
        self.port, self.root, self.site = real.web, str(real.downloads), site

    async def content(self, torrent: str, share: float) -> None:
        await asyncio.to_thread(self._lay, torrent, share)

    async def clear(self) -> None:
        """Its own deletions take content along."""

    async def configure(self, preferences: Mapping[str, Any]) -> None:
        """What it does not take by its Web API it does not know."""

    async def restart(self) -> None:
        raise NotImplementedError

    def _lay(self, torrent: str, share: float) -> None:
        release, root = RELEASES[torrent], Path(self.root)
        for folder in (root, root / "tv"):
            shutil.rmtree(folder / release.name, ignore_errors=True)
            if (folder / release.name).is_file():
                (folder / release.name).unlink()
        place = root / "tv" if 0 < share < 1 else root
        paths = list(release.files)[: len(release.files) if share == 1 else bool(share)]
        for path in paths:
            release.write_file(path, place if release.single_file else place / release.name)


@asynccontextmanager
async def a_real_server(folder: Path) -> AsyncIterator[RealServer]:
    """One with a profile of its own; the test is skipped where the program is not installed."""
    async with a_site() as site, a_real_qbittorrent(folder) as real:
        yield RealServer(real, site)
