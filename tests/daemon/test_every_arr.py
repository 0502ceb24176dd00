"""The main job with every Arr there is an emulator of, in every release that behaves in its own way."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.content import ALBUM, AUDIOBOOK, BOOK, DISCS, FILM, SHOW, SINTEL, Release
from compat.emulators import lidarr, radarr, readarr, sonarr, whisparr
from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_import import is_wanted
from tests.stage import Stage

FLAVOURS = [
    flavour for arr in (lidarr, radarr, readarr, sonarr, whisparr) for flavour in arr.FLAVOURS.values()
]
SMALL = {"series": SINTEL, "movie": SINTEL, "artist": ALBUM, "author": BOOK}
LARGE = {"series": SHOW, "movie": FILM, "artist": DISCS, "author": AUDIOBOOK}
"""Releases by what an Arr calls those whom they belong to."""

every_arr = pytest.mark.parametrize(
    "flavour", FLAVOURS, ids=[f"{flavour.name}-{flavour.version}" for flavour in FLAVOURS]
)


def media_of(release: Release, flavour: Flavour) -> set[str]:
    """The names of the files that the Arr counts on."""
    return {Path(path).name for path in release.files if is_wanted(path, flavour.media)}


@every_arr
async def test_a_magnet_is_linked_imported_and_removed(tmp_path: Path, flavour: Flavour) -> None:
    release = SMALL[flavour.medium.owner]
    async with Stage(tmp_path, flavour) as stage, stage.running():
        stage.realdebrid.knows(release)
        assert await stage.arr.test_client() == []

        await stage.arr.grab(release)
        await stage.imports(release)
        await stage.arr.run_until(lambda: not any((stage.downloads / flavour.category).iterdir()))

        assert {path.name for path in stage.imported(release)} == media_of(release, flavour)
        assert all(path.is_symlink() for path in stage.imported(release))
        assert stage.identical(release)
        assert len(stage.realdebrid.items()) == 1  # the library plays from it


@every_arr
async def test_an_uploaded_torrent_is_imported_and_removed(tmp_path: Path, flavour: Flavour) -> None:
    release = LARGE[flavour.medium.owner]
    async with Stage(tmp_path, flavour) as stage, stage.running():
        stage.realdebrid.knows(release)

        await stage.arr.grab(release, "torrent")
        await stage.imports(release)
        await stage.arr.run_until(lambda: not any((stage.downloads / flavour.category).iterdir()))

        assert {path.name for path in stage.imported(release)} == media_of(release, flavour)
        assert stage.identical(release)


@every_arr
async def test_sequential_order_brings_the_bytes_and_frees_the_remote_item(
    tmp_path: Path, flavour: Flavour
) -> None:
    release = SMALL[flavour.medium.owner]
    async with Stage(tmp_path, flavour) as stage, stage.running():
        stage.realdebrid.knows(release)
        stage.introduce(stage.arr, sequential=True)

        await stage.arr.grab(release)
        await stage.imports(release)
        await stage.arr.run_until(lambda: not stage.realdebrid.items())

        assert {path.name for path in stage.imported(release)} == media_of(release, flavour)
        assert not any(path.is_symlink() for path in stage.imported(release))
        assert stage.identical(release)
