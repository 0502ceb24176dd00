"""Folders that appear all at once, each owned by one torrent."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qbitproxy.core.torrent import Torrent
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.staging import Modes, Staging, exchange_by_turns, group_id, sync_folder
from tests.files.ground import BUNNY, a_torrent, beside

FOLDER = "Big.Buck.Bunny.2008.1080p"


@pytest.fixture
def staging() -> Staging:
    return Staging(Modes())


def build(staging: Staging, torrent: Torrent, text: str = "film") -> Path:
    (staging.begin(torrent) / "film.mkv").write_text(text)
    return staging.finish(torrent)


def test_nothing_is_seen_before_everything_is_there(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)

    stage = staging.begin(torrent)
    (stage / "film.mkv").touch()

    assert not (root / FOLDER).exists()
    assert all(name.startswith(".") for name in beside(root))

    assert staging.finish(torrent) == root / FOLDER
    assert beside(root) == [FOLDER]


def test_a_second_torrent_of_the_same_name_gets_a_number(staging: Staging, root: Path) -> None:
    first, second = a_torrent(BUNNY, root, 1), a_torrent(BUNNY, root, 2)

    build(staging, first, "one")
    place = build(staging, second, "two")

    assert place == root / f"{FOLDER} (2)"
    assert (root / FOLDER / "film.mkv").read_text() == "one"
    assert (place / "film.mkv").read_text() == "two"


def test_a_folder_nobody_owns_is_never_touched(staging: Staging, root: Path) -> None:
    (root / FOLDER).mkdir(parents=True)

    place = build(staging, a_torrent(BUNNY, root))

    assert place == root / f"{FOLDER} (2)"
    assert list((root / FOLDER).iterdir()) == []


def test_an_earlier_attempt_of_the_same_torrent_is_swapped_out(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    build(staging, torrent, "old")

    place = build(staging, torrent, "new")

    assert place == root / FOLDER
    assert (place / "film.mkv").read_text() == "new"
    assert beside(root) == [FOLDER]


def test_a_numbered_folder_stays_the_torrents_own_when_the_first_goes(staging: Staging, root: Path) -> None:
    first, second = a_torrent(BUNNY, root, 1), a_torrent(BUNNY, root, 2)
    build(staging, first)
    build(staging, second)
    staging.clear(first, root / FOLDER)

    assert build(staging, second, "again") == root / f"{FOLDER} (2)"
    assert beside(root) == [f"{FOLDER} (2)"]


def test_a_torrent_of_another_installation_is_another_torrent(staging: Staging, root: Path) -> None:
    build(staging, a_torrent(BUNNY, root, 1), "precious")

    place = build(staging, a_torrent(BUNNY, root, 1, infohash="b" * 40))

    assert place == root / f"{FOLDER} (2)"


def test_a_torrent_finds_its_folder_again_after_a_crash(root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    assert Staging(Modes()).placed(torrent) is None
    build(Staging(Modes()), torrent)

    assert Staging(Modes()).placed(torrent) == root / FOLDER


def test_a_crash_between_owning_a_name_and_moving_there_is_mended(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    build(staging, torrent)
    os.rename(root / FOLDER, root / "elsewhere")

    assert staging.placed(torrent) is None
    assert build(staging, torrent, "again") == root / FOLDER


def test_what_an_arr_moved_away_is_not_found_under_a_namesake(staging: Staging, root: Path) -> None:
    moved, namesake = a_torrent(BUNNY, root, 1), a_torrent(BUNNY, root, 2)
    build(staging, moved)
    os.rename(root / FOLDER, root / "imported")
    assert build(staging, namesake, "mine") == root / FOLDER

    gone = staging.clear(moved, root / FOLDER)

    assert not gone
    assert (root / FOLDER / "film.mkv").read_text() == "mine"


def test_clearing_takes_everything_that_was_made(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    place = build(staging, torrent)
    staging.begin(torrent)
    staging.notes(torrent)

    assert staging.clear(torrent, place)
    assert list(root.iterdir()) == []
    assert staging.clear(torrent, place)


def test_clearing_finds_content_that_was_never_recorded(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    build(staging, torrent)

    staging.clear(torrent, None)

    assert list(root.iterdir()) == []


def test_content_whose_owner_cannot_be_told_is_not_taken_for_removed(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    place = build(staging, torrent)
    claim = root / ".qbitproxy" / place.name
    claim.unlink()
    claim.symlink_to(claim)  # cannot be read, as one that permissions or a broken disk withhold

    for verb in (staging.clear, staging.forget):
        with pytest.raises(DiskProblem, match="symbolic links"):
            verb(torrent, place)

    assert (place / "film.mkv").exists()


def test_clearing_finds_content_under_its_old_name(staging: Staging, root: Path) -> None:
    place = build(staging, a_torrent(BUNNY, root))

    staging.clear(a_torrent(BUNNY, root, name="Renamed"), place)

    assert list(root.iterdir()) == []


@pytest.mark.parametrize("content", ["", "/", "/radarr", "/radarr/Precious"])
def test_clearing_a_torrent_that_made_nothing_deletes_nothing(
    content: str, staging: Staging, root: Path
) -> None:
    """A torrent without a name resolves to the save path itself in peers; removing it wiped the category."""
    save_path = root / "radarr"
    (save_path / "Precious").mkdir(parents=True)

    staging.clear(a_torrent(BUNNY, save_path, name=""), Path(f"{root}{content}"))

    assert (save_path / "Precious").is_dir()


def test_forgetting_leaves_what_was_placed(staging: Staging, root: Path) -> None:
    torrent = a_torrent(BUNNY, root)
    build(staging, torrent)
    staging.begin(torrent)

    staging.forget(torrent)
    staging.forget(torrent)

    assert [path.name for path in root.iterdir()] == [FOLDER]
    assert not staging.clear(torrent, root / FOLDER)


def test_two_torrents_that_are_called_nothing_have_folders_of_their_own(staging: Staging, root: Path) -> None:
    places = {build(staging, a_torrent(BUNNY, root, number, name="...")) for number in (1, 2)}

    assert {place.name for place in places} == {"unnamed", "unnamed (2)"}


def test_a_hundredth_namesake_is_refused_with_the_path(staging: Staging, root: Path) -> None:
    for number in range(1, 100):
        (root / (FOLDER if number == 1 else f"{FOLDER} ({number})")).mkdir(parents=True)

    with pytest.raises(DiskProblem, match=str(root)):
        build(staging, a_torrent(BUNNY, root))


def test_a_folder_that_cannot_be_made_durable_is_good_all_the_same() -> None:
    sync_folder(Path("/proc"))  # one of those file systems that know no such thing


def test_swapping_by_turns_ends_like_swapping_at_once(tmp_path: Path) -> None:
    built, place = tmp_path / ".x-new", tmp_path / "place"
    for folder in (built, place):
        folder.mkdir()
        (folder / folder.name).touch()

    exchange_by_turns(built, place)

    assert (place / ".x-new").exists()
    assert (built / "place").exists()
    assert len(list(tmp_path.iterdir())) == 2


def modes_below(root: Path) -> dict[str, int]:
    return {
        str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode) for path in (root, *root.rglob("*"))
    }


@pytest.mark.parametrize(
    ("modes", "file", "folder"),
    [
        (Modes(), 0o644, 0o755),
        (Modes(file=0o664, folder=0o775), 0o664, 0o775),
        (Modes(file=0o666, folder=0o777, umask=0o027), 0o640, 0o750),
    ],
)
@pytest.mark.parametrize("process_umask", [0o000, 0o077])
def test_created_modes_are_those_configured_whatever_the_umask(
    modes: Modes, file: int, folder: int, process_umask: int, root: Path
) -> None:
    before = os.umask(process_umask)
    try:
        modes.make_folder(root / "a" / "b")
        (root / "a" / "b" / "film.mkv").touch()
        modes.settle(root / "a" / "b" / "film.mkv")
    finally:
        os.umask(before)

    assert modes_below(root) == {".": folder, "a": folder, "a/b": folder, "a/b/film.mkv": file}


def test_folders_that_exist_keep_their_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    Modes().make_folder(tmp_path)
    Modes().make_folder(tmp_path / "new")

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_folder_that_hands_its_group_down_goes_on_to_do_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)

    Modes(folder=0o750).make_folder(tmp_path / "new")

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o2750


def test_a_links_target_keeps_its_mode_and_group(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").touch(mode=0o400)
    (tmp_path / "link").symlink_to(tmp_path / "film.mkv")

    Modes(group=os.getgid()).settle(tmp_path / "link")

    assert stat.S_IMODE((tmp_path / "film.mkv").stat().st_mode) == 0o400


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to any group")
def test_everything_created_belongs_to_the_group_configured(tmp_path: Path) -> None:
    modes = Modes(group=4711)
    modes.make_folder(tmp_path / "new")
    (tmp_path / "new" / "link").symlink_to(tmp_path)
    modes.settle(tmp_path / "new" / "link")

    assert (tmp_path / "new").stat().st_gid == 4711
    assert (tmp_path / "new" / "link").lstat().st_gid == 4711
    assert tmp_path.stat().st_gid == os.getgid()


def test_a_file_in_the_way_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FileExistsError):
        Modes().make_folder(tmp_path / "file")


def test_a_group_goes_by_name_or_number() -> None:
    assert group_id("") is None
    assert group_id("4711") == 4711
    assert group_id("root") == 0
    with pytest.raises(DiskProblem, match="no group called nobody-knows-it"):
        group_id("nobody-knows-it")
