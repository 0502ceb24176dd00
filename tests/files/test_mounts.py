"""Where a provider's mount shows the files of a torrent."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SAME_NAMES, Release
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.files.mounts import MOST_STALLED, Looks, readable, shown
from qbitproxy.files.problems import DiskProblem, NotYet
from tests.files.ground import BUNNY, SEASON, placing
from tests.support import DEADLINE

DOTTED = "Big.Buck.Bunny.2008.1080p"


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    (tmp_path / "mount").mkdir()
    return tmp_path / "mount"


def look(mount: Path, release: Release, folder: str = "", name: str = "") -> list[str]:
    files = placing(release).files
    places = shown(mount, folder or release.name, name or release.name, files)
    return [str(place.relative_to(mount)) for place in places]


def test_files_are_found_in_the_folder_the_provider_names(mount: Path) -> None:
    SEASON.write(mount / SEASON.name)

    assert look(mount, SEASON) == [f"{SEASON.name}/{path}" for path in SEASON.files]


@pytest.mark.parametrize("folder", [f"{DOTTED}.mkv", DOTTED])
@pytest.mark.parametrize("shown_as", [f"{DOTTED}.mkv", DOTTED])
def test_a_folder_is_found_with_and_without_the_suffix(folder: str, shown_as: str, mount: Path) -> None:
    BUNNY.write(mount / shown_as)

    assert look(mount, BUNNY, folder) == [f"{shown_as}/{DOTTED}.mkv"]


def test_a_provider_may_name_a_folder_several_parts_deep(mount: Path) -> None:
    SEASON.write(mount / "tv" / "new" / SEASON.name)

    found = shown(mount, f"tv/new/{SEASON.name}", SEASON.name, placing(SEASON).files)

    assert found == [mount / "tv" / "new" / SEASON.name / path for path in SEASON.files]


def test_a_folder_is_found_by_the_name_the_torrent_was_added_under(mount: Path) -> None:
    SEASON.write(mount / SEASON.name)

    assert look(mount, SEASON, "what the provider calls it") == [
        f"{SEASON.name}/{path}" for path in SEASON.files
    ]


@pytest.mark.parametrize("root", ["__all__", "torrents", "magnets", "shows"])
def test_torrents_may_lie_one_folder_deeper(root: str, mount: Path) -> None:
    SEASON.write(mount / root / SEASON.name)

    assert look(mount, SEASON)[0] == f"{root}/{SEASON.name}/Caminandes.S01E01.mkv"


def test_an_unfinished_folder_in_one_root_does_not_hide_a_whole_one_in_another(mount: Path) -> None:
    (mount / SEASON.name).mkdir()
    SEASON.write(mount / "__all__" / SEASON.name)

    assert look(mount, SEASON)[0].startswith("__all__/")


@pytest.mark.parametrize("root", ["", "__all__"])
def test_a_single_file_may_lie_in_a_root_without_a_folder(root: str, mount: Path) -> None:
    BUNNY.write(mount / root)

    assert look(mount, BUNNY) == [str(Path(root, f"{DOTTED}.mkv"))]


def test_a_single_file_of_the_same_name_but_another_size_is_not_taken(mount: Path) -> None:
    (mount / BUNNY.name).write_text("another film")

    with pytest.raises(NotYet):
        look(mount, BUNNY)


def test_a_mount_that_drops_the_folders_of_a_torrent_is_understood(mount: Path) -> None:
    folder = mount / SEASON.name
    for path in SEASON.files:
        SEASON.write(mount / "source")
        folder.mkdir(exist_ok=True)
        (mount / "source" / path).rename(folder / Path(path).name)

    assert look(mount, SEASON) == [f"{SEASON.name}/{Path(path).name}" for path in SEASON.files]


def test_two_files_of_the_same_name_are_never_taken_for_each_other(mount: Path) -> None:
    (mount / SAME_NAMES.name).mkdir()
    SAME_NAMES.write_file("Part 1/Cosmos Laundromat.mkv", mount / "source").rename(
        mount / SAME_NAMES.name / "Cosmos Laundromat.mkv"
    )

    with pytest.raises(NotYet, match=r"Part 1/Cosmos Laundromat\.mkv"):
        look(mount, SAME_NAMES)


def test_the_first_missing_file_is_named_by_its_exact_path(mount: Path) -> None:
    SEASON.write_file("Caminandes.S01E01.mkv", mount / "__all__" / SEASON.name)

    with pytest.raises(NotYet) as caught:
        look(mount, SEASON)

    assert caught.value.path == mount / "__all__" / SEASON.name / "Extras" / "Caminandes.S01E02.mkv"


def test_a_folder_that_is_not_there_at_all_is_named_as_the_provider_names_it(mount: Path) -> None:
    with pytest.raises(NotYet) as caught:
        look(mount, SEASON)

    assert caught.value.path == mount / SEASON.name / "Caminandes.S01E01.mkv"


def test_a_mount_that_is_not_there_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(DiskProblem, match=r"mount .* is not there"):
        look(tmp_path / "nowhere", SEASON)


def test_a_link_out_of_the_mount_is_not_followed(mount: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.mkv").write_bytes(BUNNY.read(BUNNY.name))
    (mount / BUNNY.name).mkdir()
    (mount / BUNNY.name / BUNNY.name).symlink_to(tmp_path / "secret.mkv")

    with pytest.raises(DiskProblem, match="leads out"):
        look(mount, BUNNY)


def test_a_link_within_the_mount_is_fine(mount: Path) -> None:
    BUNNY.write(mount / "store")
    (mount / BUNNY.name).mkdir()
    (mount / BUNNY.name / BUNNY.name).symlink_to(mount / "store" / BUNNY.name)

    assert look(mount, BUNNY) == [f"{BUNNY.name}/{BUNNY.name}"]


@pytest.mark.parametrize(
    "name", ["..", ".", "../outside", "x/../../outside", "/etc", "a\0b", "x" * 300, "é" * 200]
)
def test_a_name_that_cannot_be_a_folder_is_not_looked_for(name: str, mount: Path, tmp_path: Path) -> None:
    SEASON.write(tmp_path / "outside")

    with pytest.raises(NotYet):
        look(mount, SEASON, name, name)


def test_a_file_name_no_disk_can_hold_is_not_there(mount: Path) -> None:
    (mount / "folder").mkdir()
    file = RemoteFile(id="1", path="x" * 300 + ".mkv", size=5)

    with pytest.raises(NotYet):
        shown(mount, "folder", "folder", [file])


def test_a_file_that_shows_no_byte_is_not_readable(tmp_path: Path) -> None:
    """A mount may list a file long before it can be read; an import would take it for a sample."""
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("x")

    readable(tmp_path / "full", 1)
    readable(tmp_path / "empty", 0)
    with pytest.raises(NotYet, match="empty"):
        readable(tmp_path / "empty", 1)
    with pytest.raises(NotYet, match="cannot be read"):
        readable(tmp_path / "gone", 1)


class Hanging:
    """A question whose answer comes when it is let."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        self.let_go.wait(20)
        return "late"


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    question = Hanging()
    yield question
    question.let_go.set()


async def test_a_stalled_mount_holds_up_nobody(hanging: Hanging) -> None:
    looks = Looks(timedelta(milliseconds=30))

    with pytest.raises(DiskProblem, match=r"/mnt/zurg did not answer in 0\.03 s"):
        await looks.ask(Path("/mnt/zurg"), hanging)

    assert await looks.ask(Path("/mnt/zurg"), lambda: "quick") == "quick"


async def test_a_mount_that_hangs_is_left_alone_until_it_answers(hanging: Hanging) -> None:
    looks, mount = Looks(timedelta(milliseconds=10)), Path("/mnt/zurg")
    for _ in range(MOST_STALLED + 3):
        with pytest.raises(DiskProblem):
            await looks.ask(mount, hanging)

    assert hanging.asked == MOST_STALLED
    assert await Looks(timedelta(seconds=5)).ask(Path("/mnt/other"), lambda: 1) == 1
    assert await looks.ask(Path("/mnt/other"), lambda: 2) == 2

    hanging.let_go.set()
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                assert await looks.ask(mount, lambda: "back") == "back"
            except DiskProblem:
                await asyncio.to_thread(lambda: None)
            else:
                break


async def test_what_a_look_raises_reaches_who_asked() -> None:
    def question() -> None:
        raise NotYet(Path("/mnt/x"))

    with pytest.raises(NotYet):
        await Looks(timedelta(seconds=5)).ask(Path("/mnt"), question)


async def test_an_answer_nobody_waits_for_any_more_is_dropped(hanging: Hanging) -> None:
    looks = Looks(timedelta(seconds=20))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await looks.ask(Path("/mnt"), hanging)

    hanging.let_go.set()
    assert await looks.ask(Path("/mnt"), lambda: 1) == 1


async def test_one_thread_does_for_looks_one_after_the_other_and_ends_with_them() -> None:
    looks = Looks(timedelta(seconds=5))

    threads = [await looks.ask(Path("/mnt"), threading.current_thread) for _ in range(3)]
    del looks
    gc.collect()
    await asyncio.to_thread(threads[0].join, 5)

    assert len(set(threads)) == 1
    assert not threads[0].is_alive()
