"""The last resort, end to end: a qBittorrent of the user's own fetches, the Arr imports from our folder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SHOW
from compat.emulators.qbittorrent import Qbittorrent
from qbitproxy.core.torrent import Action
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import FilesSettings
from tests.stage import Stage


def settings(stage: Stage, qb: Qbittorrent, action: Action) -> Settings:
    own = ProviderSettings(
        kind="qbittorrent",
        api_key=Secret(qb.token),
        base_url=qb.url,
        mount=str(qb.downloads),
        uncached=True,
        poll=timedelta(seconds=1),
    )
    files = FilesSettings(download_root=str(stage.downloads), keep_free=0, default_action=action)
    return stage.settings(providers={"own": own}, files=files)


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_what_its_own_qbittorrent_fetched_is_imported(tmp_path: Path, action: Action) -> None:
    async with Qbittorrent(downloads=tmp_path / "theirs") as qb, Stage(tmp_path) as stage:
        qb.knows(SHOW, cached=False)
        async with stage.running(settings(stage, qb, action)):
            await stage.sonarr.grab(SHOW)
            await stage.imports(SHOW)

            assert stage.identical(SHOW)
            linked = action is Action.SYMLINK
            assert all(path.is_symlink() == linked for path in stage.sonarr.imported)
            if not linked:  # the bytes are ours now, so its torrent is let go
                await stage.sonarr.run_until(lambda: not qb.items())
                assert stage.identical(SHOW)
