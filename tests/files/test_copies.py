"""Content of a local provider, placed as hard links or copies."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qbitproxy.files import Disk, DiskProblem, NotYet
from qbitproxy.files.copies import BLOCK, copy, hard_linked
from qbitproxy.files.staging import Modes
from tests.files.ground import BUNNY, SEASON, a_torrent, beside, holds, placing, settings

ELSEWHERE = Path("/dev/shm")
"""A file system of its own, where there is one. Source: Linux, shm_overview(7)."""


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    (tmp_path / "mount").mkdir()
    return tmp_path / "mount"


@pytest.fixture
def disk(root: Path) -> Disk:
    return Disk(settings(root))


def ignored(amount: int) -> None:
    """Nobody watches."""


async def test_files_on_the_same_file_system_get_a_second_name(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / "tv" / SEASON.name)
    told: list[int] = []

    content = await disk.place_copies(
        a_torrent(SEASON, root / "sonarr"), placing(SEASON, f"tv/{SEASON.name}"), mount, told.append
    )

    assert holds(content, SEASON)
    for path in SEASON.files:
        assert (content / path).samefile(mount / "tv" / SEASON.name / path)
        assert not (content / path).is_symlink()
    assert told == [SEASON.size]
    assert beside(root / "sonarr") == [SEASON.name]


async def test_what_is_placed_outlives_what_it_came_from(disk: Disk, root: Path, mount: Path) -> None:
    [source] = BUNNY.write(mount)

    content = await disk.place_copies(a_torrent(BUNNY, root), placing(BUNNY), mount, ignored)
    source.unlink()

    assert holds(content, BUNNY)


async def test_modes_of_what_others_use_too_are_left_alone(root: Path, mount: Path) -> None:
    [source] = BUNNY.write(mount)
    source.chmod(0o640)

    await Disk(settings(root, file_mode=0o600)).place_copies(
        a_torrent(BUNNY, root), placing(BUNNY), mount, ignored
    )

    assert source.stat().st_mode & 0o777 == 0o640


async def test_a_link_on_the_mount_is_followed_to_its_file(disk: Disk, root: Path, mount: Path) -> None:
    [source] = BUNNY.write(mount / "really")
    (mount / BUNNY.name).symlink_to(source)

    content = await disk.place_copies(a_torrent(BUNNY, root), placing(BUNNY), mount, ignored)

    assert (content / BUNNY.name).samefile(source)
    assert not (content / BUNNY.name).is_symlink()


async def test_placing_again_finds_what_was_placed(disk: Disk, root: Path, mount: Path) -> None:
    [source] = BUNNY.write(mount)
    torrent = a_torrent(BUNNY, root)
    first = await disk.place_copies(torrent, placing(BUNNY), mount, ignored)
    source.unlink()

    assert await disk.place_copies(torrent, placing(BUNNY), mount, ignored) == first


async def test_a_file_of_another_size_is_not_taken(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    with (mount / SEASON.name / "Caminandes.S01E01.mkv").open("ab") as file:
        file.write(b"x")

    with pytest.raises(NotYet, match=r"Caminandes\.S01E01\.mkv"):
        await disk.place_copies(a_torrent(SEASON, root), placing(SEASON), mount, ignored)


async def test_a_missing_file_is_waited_for(disk: Disk, root: Path, mount: Path) -> None:
    with pytest.raises(NotYet):
        await disk.place_copies(a_torrent(SEASON, root), placing(SEASON), mount, ignored)


@pytest.fixture
def far(mount: Path) -> Iterator[Path]:
    """A mount on another file system than the downloads."""
    if not ELSEWHERE.is_dir() or ELSEWHERE.stat().st_dev == mount.stat().st_dev:
        pytest.skip("there is no second file system")
    with TemporaryDirectory(dir=ELSEWHERE) as folder:
        yield Path(folder)


async def test_files_of_another_file_system_are_copied(root: Path, far: Path) -> None:
    SEASON.write(far / SEASON.name)
    told: list[int] = []

    content = await Disk(settings(root, file_mode=0o640)).place_copies(
        a_torrent(SEASON, root), placing(SEASON), far, told.append
    )

    assert holds(content, SEASON)
    assert {(content / path).stat().st_mode & 0o777 for path in SEASON.files} == {0o640}
    assert (told[0], told[-1]) == (0, SEASON.size)
    assert told == sorted(told)


async def test_a_copy_leaves_the_space_that_is_to_stay_free(root: Path, far: Path) -> None:
    BUNNY.write(far)

    with pytest.raises(DiskProblem, match="keep_free"):
        await Disk(settings(root, keep_free=1 << 60)).place_copies(
            a_torrent(BUNNY, root), placing(BUNNY), far, ignored
        )


async def test_a_hard_link_needs_no_space(root: Path, mount: Path) -> None:
    BUNNY.write(mount)

    content = await Disk(settings(root, keep_free=1 << 60)).place_copies(
        a_torrent(BUNNY, root), placing(BUNNY), mount, ignored
    )

    assert holds(content, BUNNY)


async def test_a_copy_tells_its_bytes_block_by_block(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * (BLOCK + 1))
    told: list[int] = []

    await copy(tmp_path / "source", tmp_path / "target", Modes(file=0o600), told.append)

    assert (tmp_path / "target").read_bytes() == b"x" * (BLOCK + 1)
    assert told == [BLOCK, 1]


async def test_a_copy_never_writes_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "target").write_bytes(b"old")

    with pytest.raises(FileExistsError):
        await copy(tmp_path / "source", tmp_path / "target", Modes(), ignored)

    assert await asyncio.to_thread((tmp_path / "target").read_bytes) == b"old"


def test_a_name_that_is_taken_is_no_reason_to_copy(tmp_path: Path) -> None:
    (tmp_path / "source").touch()
    (tmp_path / "target").touch()

    with pytest.raises(OSError, match="exists") as caught:
        hard_linked(tmp_path / "source", tmp_path / "target")

    assert caught.value.errno == errno.EEXIST
