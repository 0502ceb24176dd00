"""Our daemon with all that it needs: an emulated service that holds the recorded torrents, its mount."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from compat.content import Release
from compat.demo.daemon import Daemon, free_port, running
from compat.emulators.arr_wire import moment
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.realdebrid_items import CONVERSION, DOWNLOADED, DOWNLOADING, WAITING, Item
from compat.emulators.realdebrid_sources import metadata_of
from compat.replay.content import RELEASES
from compat.replay.site import a_site

PATIENCE = 60.0  # seconds that the daemon may take to choose files
LOOK = 0.05  # seconds between two looks

SETTINGS_OF = {
    "web_ui_max_auth_fail_count": ("server", "login_failures", "{}"),
    "web_ui_ban_duration": ("server", "login_ban", '"{}s"'),
}
"""What an operator sets in the settings file -> section, key, how it is written."""


class House:
    """One daemon that shows the profile of the recording."""

    host = "127.0.0.1"
    refresh = 0.0

    def __init__(self, folder: Path, profile: str, site: str) -> None:
        self.port = free_port()
        self.root = str(folder / "downloads")
        self.site = site
        self.realdebrid = RealDebrid()
        self._profile = profile
        self._mount = Mount(folder / "mount")
        self._mount.attach(self.realdebrid)
        self._changed: dict[tuple[str, str], str] = {}
        self.daemon: Daemon | None = None

    @property
    def password(self) -> str:
        """What the daemon showed at its first start."""
        assert self.daemon is not None  # noqa: S101  it runs whenever somebody asks
        return self.daemon.password

    async def content(self, torrent: str, share: float) -> None:
        """Let the service hold so much of it, also of what it has been asked for."""
        release = RELEASES[torrent]
        self.realdebrid.knows(release, profile="cached" if share == 1 else "unseeded")
        held = [item for item in self.realdebrid.items() if item.infohash == release.infohash]
        if held and held[0].status == DOWNLOADED and share < 1:
            self.realdebrid.deletes(release.infohash)
        elif held and share:
            await self._bring(held[0], release, share)

    async def _bring(self, item: Item, release: Release, share: float) -> None:
        """Let a torrent of the account get on, through every state that the daemon has to see."""
        if item.metadata is None:
            item.metadata, item.release, item.profile = metadata_of(release), release, "unseeded"
            self.realdebrid.advance(release.infohash, WAITING)
        async with asyncio.timeout(PATIENCE):
            while item.status in (CONVERSION, WAITING):
                await moment(LOOK)
        status = DOWNLOADED if share == 1 else DOWNLOADING
        self.realdebrid.advance(release.infohash, status, progress=share * 100)

    async def clear(self) -> None:
        """Let go of everything that was downloaded, here and at the service."""
        for item in self.realdebrid.items():
            self.realdebrid.deletes(item.infohash)
        for name in await asyncio.to_thread(os.listdir, self.root):
            await asyncio.to_thread(shutil.rmtree, f"{self.root}/{name}", ignore_errors=True)

    async def configure(self, preferences: Mapping[str, Any]) -> None:
        """Change the settings file, and have it read."""
        known = {key: value for key, value in preferences.items() if key in SETTINGS_OF}
        for key, value in known.items():
            section, name, form = SETTINGS_OF[key]
            self._changed[section, name] = form.format(value)
        if known:
            await self.restart()

    async def restart(self) -> None:
        """Build everything again, from what the daemon keeps on disk."""
        assert self.daemon is not None  # noqa: S101
        await self.daemon.reload(self.settings())

    def settings(self) -> str:
        """The settings file."""
        told: dict[str, dict[str, str]] = {
            "server": {"port": str(self.port)},
            "qbittorrent": {"profile": json.dumps(self._profile)},
            "fetching": {"uncached": "true"},
            "providers.realdebrid": {
                "api_key": json.dumps(self.realdebrid.token),
                "base_url": json.dumps(self.realdebrid.url),
                "mount": json.dumps(str(self._mount.root)),
                "poll": '"1s"',
                "requests_per_minute": "6000",
            },
            "files": {"download_root": json.dumps(self.root), "keep_free": '"0"', "skip_samples": "false"},
            "files.extensions": {"video": '["mkv", "bin", "srt", "txt"]'},
        }
        for (section, name), value in self._changed.items():
            told.setdefault(section, {})[name] = value
        return "\n".join(
            f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items())
            for section, keys in told.items()
        )


@asynccontextmanager
async def a_house(folder: Path, profile: str) -> AsyncIterator[House]:
    """The daemon for the first time, with everything in `folder`, until the block ends."""
    async with a_site() as site:
        house = House(folder, profile, site)
        async with house.realdebrid, running(folder, house.port, house.settings()) as daemon:
            house.daemon = daemon
            yield house
