"""What is seen of the files of a library, while mounts come, go and hang."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qbitproxy.core.trail import Place
from qbitproxy.core.verdict import Look
from qbitproxy.files.mounts import Looks
from qbitproxy.files.sights import Sights

SIZE = 5000


class Ground:
    """A library beside a mount."""

    def __init__(self, folder: Path) -> None:
        self.mount, self.library, self.folder = folder / "mount", folder / "library", folder
        self.mount.mkdir()
        self.library.mkdir()
        self.address = "http://zurg:9999/dav"

    def shows(self, path: str, size: int = SIZE) -> Path:
        file = self.mount / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
        return file

    def link(self, target: Path | str, name: str = "film.mkv") -> str:
        place = self.library / name
        place.symlink_to(target)
        return str(place)

    def sights(self, canary: str = "", *, ours: bool = True, deadline: float = 5) -> Sights:
        places = (Place(str(self.mount), ("rd",)), Place(self.address, ("rd",)))
        mounts = {str(self.mount): canary} if ours else {}
        return Sights(Looks(timedelta(seconds=deadline)), places, mounts)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder with a film on another file system."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("everything lies in one file system here")
    with TemporaryDirectory(dir=shared) as folder:
        (Path(folder) / "Spring").mkdir()
        (Path(folder) / "Spring" / "spring.mkv").write_bytes(b"x")
        yield Path(folder)


async def test_a_link_to_what_the_mount_shows_is_seen_with_where_it_leads(ground: Ground) -> None:
    path = ground.link(ground.shows("__all__/Sintel/sintel.mkv"))

    seen = await ground.sights().see(path, SIZE)

    assert seen.look is Look.SHOWN
    assert seen.trail is not None
    assert seen.trail.parts == ("__all__", "Sintel", "sintel.mkv")


async def test_links_are_followed_from_one_to_the_next(ground: Ground) -> None:
    placed = ground.folder / "downloads" / "film.mkv"
    placed.parent.mkdir()
    placed.symlink_to(ground.shows("Sintel/sintel.mkv"))
    path = ground.link("../downloads/film.mkv")

    seen = await ground.sights().see(path, SIZE)

    assert seen.look is Look.SHOWN
    assert seen.trail is not None
    assert seen.trail.parts == ("Sintel", "sintel.mkv")


async def test_a_file_that_stands_in_the_library_leads_nowhere(ground: Ground) -> None:
    (ground.library / "film.mkv").write_bytes(b"x" * SIZE)

    seen = await ground.sights().see(str(ground.library / "film.mkv"), SIZE)

    assert (seen.look, seen.trail) == (Look.SHOWN, None)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda ground: str(ground.library / "gone.mkv"), "No such file"),
        (lambda ground: ground.link(ground.folder / "nowhere we know" / "a.mkv"), "No such file"),
        (lambda ground: ground.link("film.mkv"), "symbolic links"),
        (lambda ground: str(ground.library), "no file"),
        (lambda ground: ground.link(ground.shows("Sintel/a.mkv", 4999)), "4999 bytes instead of 5000"),
        (lambda ground: ground.link(ground.mount / ("n" * 300)), "too long"),
    ],
)
async def test_what_cannot_be_told_is_unsure(
    make: Callable[[Ground], str], words: str, ground: Ground
) -> None:
    seen = await ground.sights().see(make(ground), SIZE)

    assert seen.look is Look.UNSURE
    assert words in seen.detail


@pytest.mark.parametrize("witness", ["Spring/spring.mkv", "__all__/Spring/spring.mkv"])
async def test_a_target_is_absent_while_the_mount_shows_other_files(witness: str, ground: Ground) -> None:
    ground.shows(witness)

    seen = await ground.sights().see(ground.link(ground.mount / "Sintel" / "a.mkv"), SIZE)

    assert seen.look is Look.ABSENT
    assert seen.trail is not None


async def test_a_file_seen_before_proves_that_the_mount_is_up(ground: Ground) -> None:
    sights = ground.sights()
    deep = ground.shows("a/b/c/d/spring.mkv")
    await sights.see(ground.link(deep, "spring.mkv"), SIZE)

    seen = await sights.see(ground.link(ground.mount / "Sintel" / "a.mkv"), SIZE)

    assert seen.look is Look.ABSENT


@pytest.mark.parametrize("left", ["", "version.txt", "Spring/empty.mkv"])
async def test_an_unmounted_or_empty_mount_proves_nothing(left: str, ground: Ground) -> None:
    if left:
        ground.shows(left, 0 if "empty" in left else 10)

    seen = await ground.sights("version.txt" if left == "version.txt" else "").see(
        ground.link(ground.mount / "Sintel" / "a.mkv"), SIZE
    )

    assert seen.look is Look.UNSURE
    assert "shows no file that can be read" in seen.detail


async def test_a_mount_without_its_canary_proves_nothing(ground: Ground) -> None:
    ground.shows("Spring/spring.mkv")

    seen = await ground.sights("version.txt").see(ground.link(ground.mount / "Sintel" / "a.mkv"), SIZE)

    assert seen.look is Look.UNSURE
    assert "canary version.txt" in seen.detail


async def test_a_mount_that_went_away_proves_nothing(ground: Ground) -> None:
    path = ground.link(ground.mount / "Sintel" / "a.mkv")
    ground.mount.rmdir()

    seen = await ground.sights().see(path, SIZE)

    assert seen.look is Look.UNSURE


async def test_somebody_elses_mount_that_is_not_here_was_never_asked(ground: Ground) -> None:
    path = ground.link(ground.mount / "Sintel" / "a.mkv")
    ground.mount.rmdir()

    seen = await ground.sights(ours=False).see(path, SIZE)

    assert seen.look is Look.UNASKED
    assert seen.trail is not None


async def test_another_file_system_in_the_mounts_place_proves_nothing(
    ground: Ground, elsewhere: Path
) -> None:
    sights = ground.sights()
    ground.shows("Spring/spring.mkv")
    path = ground.link(ground.mount / "Sintel" / "a.mkv")
    assert (await sights.see(path, SIZE)).look is Look.ABSENT
    ground.mount.rename(ground.folder / "aside")
    ground.mount.symlink_to(elsewhere)

    seen = await sights.see(path, SIZE)

    assert seen.look is Look.UNSURE
    assert "another file system" in seen.detail


async def test_an_address_in_a_strm_file_leads_to_its_item(ground: Ground) -> None:
    strm = ground.library / "film.strm"
    strm.write_text(f"{ground.address}/shows/Sintel%202010/a.mkv\n")

    seen = await ground.sights().see(str(strm), SIZE)

    assert seen.look is Look.UNASKED
    assert seen.trail is not None
    assert seen.trail.parts == ("shows", "Sintel 2010", "a.mkv")


async def test_a_path_in_a_strm_file_is_looked_at(ground: Ground) -> None:
    strm = ground.library / "film.strm"
    size, sights = strm.write_text(str(ground.shows("Sintel/a.mkv"))), ground.sights()

    seen = await sights.see(str(strm), size)

    assert seen.look is Look.SHOWN
    assert (await sights.taste(str(strm), size, seen.trail)).look is Look.READ


async def test_a_strm_file_of_somebody_else_stands_for_itself(ground: Ground) -> None:
    strm = ground.library / "film.strm"
    strm.write_text("https://elsewhere.example/a.mkv")

    seen = await ground.sights().see(str(strm), 0)

    assert (seen.look, seen.trail) == (Look.SHOWN, None)


@pytest.mark.parametrize("size", [4999, 0])
async def test_what_is_there_without_its_bytes_is_blank_while_the_mount_gives_others(
    size: int, ground: Ground
) -> None:
    path = ground.link(ground.shows("Sintel/a.mkv", size))

    assert (await ground.sights().see(path, SIZE)).look is Look.UNSURE
    ground.shows("Spring/spring.mkv")
    seen = await ground.sights().see(path, SIZE)

    assert seen.look is Look.BLANK
    assert f"{size} bytes instead of {SIZE}" in seen.detail


async def test_what_cannot_be_read_is_blank_while_the_mount_gives_others(ground: Ground) -> None:
    shown = ground.shows("Sintel/a.mkv")
    path, sights = ground.link(shown), ground.sights()
    leads = (await sights.see(path, SIZE)).trail
    shown.unlink()

    alone = await sights.taste(path, SIZE, leads)
    ground.shows("Spring/spring.mkv")
    beside = await sights.taste(path, SIZE, leads)

    assert (alone.look, beside.look) == (Look.UNSURE, Look.BLANK)
    assert "cannot be read" in beside.detail


async def test_a_mount_that_hangs_holds_nothing_up(ground: Ground) -> None:
    pipe = ground.mount / "Sintel.mkv"
    os.mkfifo(pipe)
    path, freed = ground.link(pipe), threading.Event()

    seen = await ground.sights(deadline=0.05).taste(path, SIZE, None)
    threading.Thread(target=lambda: (pipe.write_bytes(b"x"), freed.set())).start()

    assert seen.look is Look.UNSURE
    assert "did not answer" in seen.detail
    freed.wait(5)


@pytest.mark.parametrize(("size", "look"), [(SIZE, Look.READ), (10, Look.READ), (0, Look.UNSURE)])
async def test_a_file_is_tasted_at_head_and_tail(size: int, look: Look, ground: Ground) -> None:
    path, sights = ground.link(ground.shows("Sintel/a.mkv", size)), ground.sights()
    leads = (await sights.see(path, size)).trail

    assert (await sights.taste(path, size, leads)).look is look
    assert (await sights.taste(path, size, None)).look is look


async def test_a_file_that_ends_too_early_gives_no_tail(ground: Ground) -> None:
    path = ground.link(ground.shows("Sintel/a.mkv", 3000))

    assert (await ground.sights().taste(path, SIZE, None)).look is Look.UNSURE


async def test_a_file_that_is_gone_cannot_be_tasted(ground: Ground) -> None:
    seen = await ground.sights().taste(str(ground.library / "gone.mkv"), SIZE, None)

    assert seen.look is Look.UNSURE
    assert "cannot be read" in seen.detail
