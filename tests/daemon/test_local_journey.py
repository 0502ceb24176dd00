"""The last resort, end to end: a qBittorrent of the user's own fetches, the Arr imports from our folder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

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
    usual = stage.settings(files=files)
    asking = replace(usual.arrs["sonarr"], providers=("realdebrid", "own"))
    return replace(usual, providers=usual.providers | {"own": own}, arrs={"sonarr": asking})


@pytest.mark.parametrize("action", [Action.SYMLINK, Action.DOWNLOAD])
async def test_what_its_own_qbittorrent_fetched_is_imported(tmp_path: Path, action: Action) -> None:
    async with Qbittorrent(downloads=tmp_path / "theirs") as qb, Stage(tmp_path) as stage:
        qb.knows(SHOW, cached=False)
        stage.realdebrid.refuses(SHOW.infohash)
        async with stage.running(settings(stage, qb, action)):
            await stage.sonarr.grab(SHOW)
            await stage.imports(SHOW)

            assert stage.identical(SHOW)
            linked = action is Action.SYMLINK
            assert all(path.is_symlink() == linked for path in stage.sonarr.imported)
            if not linked:  # the bytes are ours now, so its torrent is let go
                await stage.sonarr.run_until(lambda: not qb.items())
                assert stage.identical(SHOW)


async def test_who_did_not_opt_in_never_makes_the_own_qbittorrent_fetch(tmp_path: Path) -> None:
    async with Qbittorrent(downloads=tmp_path / "theirs") as qb, Stage(tmp_path) as stage:
        qb.knows(SHOW, cached=False)
        stage.realdebrid.refuses(SHOW.infohash)
        opted = settings(stage, qb, Action.SYMLINK)
        others = replace(opted, arrs={"sonarr": replace(opted.arrs["sonarr"], providers=())})
        async with stage.running(others):
            await stage.sonarr.grab(SHOW)
            await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

        assert not qb.items()
