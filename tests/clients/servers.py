"""The two servers that every client is let loose on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from compat.clients.runs import TOYS, Server
from qbitproxy.settings import ProfileName, Secret
from qbitproxy.settings.sections import AccountSettings, QbittorrentSettings
from tests.providers.real_qbittorrent import PASSWORD, USERNAME, a_real_qbittorrent
from tests.stage import PASSWORD as OWN_PASSWORD
from tests.stage import Stage

THERE = ("film", "show")
"""What can be had; of the rest there is nothing but a magnet link."""


@asynccontextmanager
async def ours(folder: Path, profile: ProfileName = ProfileName.V4_6) -> AsyncIterator[Server]:
    """The daemon as a process, with a Real-Debrid that has the content cached, without an Arr."""
    async with Stage(folder) as stage:
        for name in THERE:
            stage.realdebrid.knows(TOYS[name])
        account = AccountSettings(password=Secret(OWN_PASSWORD))
        qbittorrent = QbittorrentSettings(profile=profile)
        stage.save_settings(stage.settings(arrs={}, qbittorrent=qbittorrent, account=account))
        async with stage.process() as process:
            assert await stage.answering(process), stage.said
            yield Server(
                url=f"{stage.url}/", username="admin", password=OWN_PASSWORD, downloads=stage.downloads
            )


@asynccontextmanager
async def the_original(folder: Path) -> AsyncIterator[Server]:
    """qbittorrent-nox, which has no peers but finds the content where it would put it."""
    for name in THERE:
        release = TOYS[name]
        release.write(folder / "downloads" / ("" if release.single_file else release.name))
    async with a_real_qbittorrent(folder) as real:
        yield Server(url=real.url, username=USERNAME, password=PASSWORD, downloads=real.downloads)
