"""The names below a folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qbitproxy.files.disk import Disk
from qbitproxy.files.following import links_below
from qbitproxy.files.leftover import leftovers
from qbitproxy.files.removal import remove
from qbitproxy.files.walk import walk
from tests.files.ground import settings

LONG_AGO = 1_000_000_000  # seconds since 1970


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a folder, and of links: one to a folder, one to nothing."""
    folder = tmp_path / "downloads" / "Sintel"
    (folder / "Subs").mkdir(parents=True)
    (folder / "Subs" / "en.srt").touch()
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / "Sintel.mkv").symlink_to(tmp_path / "gone.mkv")
    return folder


def test_a_link_to_a_folder_is_no_folder(folder: Path) -> None:
    assert [(at, folders, sorted(others)) for at, folders, others in walk(folder)] == [
        (folder, ["Subs"], ["Sintel.mkv", "elsewhere"]),
        (folder / "Subs", [], ["en.srt"]),
    ]


def test_folders_that_are_taken_out_are_not_entered(folder: Path) -> None:
    seen = []
    for at, folders, _ in walk(folder):
        folders.clear()
        seen.append(at)

    assert seen == [folder]


def test_a_folder_that_cannot_be_looked_into_is_not_passed_over(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(walk(folder / "gone"))


@pytest.mark.parametrize(
    "look",
    [
        lambda folder: list(walk(folder)),
        lambda folder: list(links_below(folder)),
        lambda folder: leftovers([folder.parent], (), lambda _: True),
    ],
    ids=["whoever walks", "a survey of links", "a survey of leftovers"],
)
def test_no_look_goes_to_where_a_link_leads(look: Callable[[Path], object], folder: Path) -> None:
    link = folder / "Sintel.mkv"
    os.utime(link, (LONG_AGO, LONG_AGO), follow_symlinks=False)

    look(folder)

    assert link.lstat().st_atime == LONG_AGO, "the system notes when a link is followed"


def test_no_removal_asks_where_a_link_leads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mount" / ".qbitproxy").mkdir(parents=True)
    (folder / ".qbitproxy").symlink_to(tmp_path / "mount" / ".qbitproxy")

    remove(folder.parent, folder)

    assert not folder.exists()
    assert (tmp_path / "mount" / ".qbitproxy").is_dir()


async def test_a_link_to_a_folder_is_a_file_of_the_content(folder: Path, tmp_path: Path) -> None:
    files = await Disk(settings(tmp_path / "downloads")).placed_files(folder)

    assert files[folder / "elsewhere"] == tmp_path
