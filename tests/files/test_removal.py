"""The one room that deletes."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.removal import CLAIMS, drop_empty, remove


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """Something that is not ours to delete."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "film.mkv").write_text("precious")
    return folder


def test_a_folder_below_its_root_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    root = tmp_path / "radarr"
    (root / "Sintel" / "Subs").mkdir(parents=True)
    (root / "Sintel" / "Subs" / "en.srt").touch()
    (root / "Other").mkdir()

    remove(root, root / "Sintel")

    assert [path.name for path in root.iterdir()] == ["Other"]


def test_a_single_file_goes(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").touch()

    remove(tmp_path, tmp_path / "a.mkv")

    assert not (tmp_path / "a.mkv").exists()


@pytest.mark.parametrize("content", ["gone", "gone/deeper", "file/deeper"])
def test_what_is_gone_already_is_fine(content: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    remove(tmp_path, tmp_path / content)

    assert (tmp_path / "file").exists()


def test_links_go_but_not_what_they_point_at(tmp_path: Path, treasure: Path) -> None:
    root = tmp_path / "radarr"
    (root / "Sintel").mkdir(parents=True)
    (root / "Sintel" / "film.mkv").symlink_to(treasure / "film.mkv")
    (root / "Sintel" / "folder").symlink_to(treasure)

    remove(root, root / "Sintel")

    assert not (root / "Sintel").exists()
    assert (treasure / "film.mkv").read_text() == "precious"


def test_content_that_is_a_link_itself_goes_alone(tmp_path: Path, treasure: Path) -> None:
    root = tmp_path / "radarr"
    root.mkdir()
    (root / "Sintel").symlink_to(treasure)

    remove(root, root / "Sintel")

    assert not (root / "Sintel").is_symlink()
    assert (treasure / "film.mkv").exists()


def test_nothing_behind_a_link_is_deleted(tmp_path: Path, treasure: Path) -> None:
    root = tmp_path / "radarr"
    root.mkdir()
    (root / "way").symlink_to(treasure)

    with pytest.raises(DiskProblem, match="not below"):
        remove(root, root / "way" / "film.mkv")

    assert (treasure / "film.mkv").exists()


def test_a_root_that_is_a_link_itself_works(tmp_path: Path) -> None:
    (tmp_path / "real" / "Sintel").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "real")

    remove(tmp_path / "root", tmp_path / "root" / "Sintel")

    assert not (tmp_path / "real" / "Sintel").exists()


@pytest.mark.parametrize(
    "content", ["", ".", "..", "../library", "../library/film.mkv", "a/../../library", "/", "relative"]
)
def test_an_empty_name_or_a_way_out_never_deletes_anything(
    content: str, tmp_path: Path, treasure: Path
) -> None:
    root = tmp_path / "radarr"
    (root / "Sintel").mkdir(parents=True)
    path = Path(content) if content in {"/", "relative"} else Path(f"{root}/{content}")

    with pytest.raises(DiskProblem):
        remove(root, path)

    assert (root / "Sintel").is_dir()
    assert (treasure / "film.mkv").exists()


@pytest.mark.parametrize("root", ["/", "relative"])
def test_there_is_no_deleting_below_the_root_of_the_disk(root: str, treasure: Path) -> None:
    with pytest.raises(DiskProblem):
        remove(Path(root), treasure)

    assert treasure.exists()


def test_a_folder_that_is_another_categorys_save_path_stays(tmp_path: Path) -> None:
    (tmp_path / "tv" / CLAIMS).mkdir(parents=True)
    (tmp_path / "tv" / "Show").mkdir()

    with pytest.raises(DiskProblem, match="other torrents"):
        remove(tmp_path, tmp_path / "tv")

    assert (tmp_path / "tv" / "Show").is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete everything")
def test_a_folder_we_may_not_write_is_explained(tmp_path: Path) -> None:
    (tmp_path / "Sintel").mkdir()
    (tmp_path / "Sintel" / "film.mkv").touch()
    (tmp_path / "Sintel").chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(DiskProblem, match="permission denied"):
            remove(tmp_path, tmp_path / "Sintel")
    finally:
        (tmp_path / "Sintel").chmod(stat.S_IRWXU)


def test_only_an_empty_folder_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "empty").mkdir()

    for name in ("full", "empty", "gone"):
        drop_empty(tmp_path / name)

    assert [path.name for path in tmp_path.iterdir()] == ["full"]


@given(
    content=st.lists(
        st.sampled_from(["", ".", "..", "/", "a", "b", "way", "library", "film.mkv"]), max_size=6
    )
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_whatever_reaches_outside_of_the_root(
    content: list[str], tmp_path: Path, treasure: Path
) -> None:
    root = tmp_path / "radarr"
    (root / "a" / "b").mkdir(parents=True, exist_ok=True)
    if not (root / "way").is_symlink():
        (root / "way").symlink_to(treasure)

    with suppress(DiskProblem):
        remove(root, Path(f"{root}/" + "/".join(content)))

    assert root.is_dir()
    assert (treasure / "film.mkv").read_text() == "precious"
