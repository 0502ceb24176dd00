"""The main job, end to end: an Arr grabs, we deliver, the Arr imports."""

from __future__ import annotations

from pathlib import Path

from compat.content import SHOW, SINTEL
from tests.stage import Stage


async def test_a_cached_magnet_is_linked_imported_and_removed(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        assert await stage.sonarr.test_client() == []

        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)
        assert all(path.is_symlink() for path in stage.sonarr.imported)
        await stage.sonarr.run_until(lambda: not any((stage.downloads / "tv-sonarr").iterdir()))


async def test_an_uploaded_season_pack_is_imported_without_its_clutter(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SHOW)

        await stage.sonarr.grab(SHOW, "torrent")
        await stage.imports(SHOW)

        assert stage.identical(SHOW)


async def test_sequential_order_means_downloaded_bytes(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        stage.introduce(stage.sonarr, sequential=True)

        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)
        assert not any(path.is_symlink() for path in stage.sonarr.imported)
        await stage.sonarr.run_until(lambda: not stage.realdebrid.items())


async def test_the_library_plays_on_after_the_arr_removed_the_torrent_with_its_files(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)

        assert len(stage.realdebrid.items()) == 1
        assert stage.identical(SINTEL)


async def test_a_refused_release_is_blocklisted_and_another_is_sought(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        stage.realdebrid.refuses(SINTEL.infohash, at="add")

        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

        assert stage.realdebrid.items() == []
        assert not stage.sonarr.imported
