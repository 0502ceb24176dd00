"""What stands in a download folder although no torrent placed it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qbitproxy.files.leftover import leftovers, remove_links


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A folder of a link."""
    folder = tmp_path / "downloads" / "left"
    folder.mkdir(parents=True)
    (folder / "film.mkv").symlink_to("/nowhere")
    return folder


def deep_below(folder: Path) -> int:
    """A folder so deep that no path is long enough for it."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        above = at
        os.mkdir("x" * 250, dir_fd=above)
        at = os.open("x" * 250, os.O_RDONLY, dir_fd=above)
        os.close(above)
    return at


def test_a_folder_of_links_alone_goes(left: Path) -> None:
    [found] = leftovers([left.parent], (), lambda _: False)

    assert (found.path, found.only_links) == (str(left), True)
    assert remove_links(left)
    assert not left.exists()


def test_a_folder_that_cannot_be_looked_through_may_hold_files(left: Path) -> None:
    deep = deep_below(left)
    os.close(os.open("film.mkv", os.O_CREAT | os.O_WRONLY, dir_fd=deep))
    (left.parent / "other").mkdir()

    found = leftovers([left.parent], (), lambda _: False)

    assert [one.only_links for one in found] == [False, True]
    assert not remove_links(left)
    assert os.listdir(deep) == ["film.mkv"]
    os.close(deep)
