"""What stands follows the wishes of clients, killed at any moment."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace

from qbitproxy.core.events import Relocated
from qbitproxy.core.layout import is_due
from qbitproxy.core.torrent import Fetching, FileWish, Layout, Ready, Torrent, content_path
from qbitproxy.files import Disk, DiskProblem
from qbitproxy.files.arranging import Arranging, rename_after_a_look, rename_to_free
from qbitproxy.files.staging import Modes, Staging
from tests.files.ground import BUNNY, SEASON, a_torrent, beside, holds, placing, settings
from tests.files.layouts import (
    a_ready,
    after,
    arranged,
    begun,
    carried_out,
    killed_in_front_of,
    skips,
    stands,
    wishes,
)
from tests.files.test_copies import ELSEWHERE, ignored

FIRST, SECOND, EMPTY = SEASON.files


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    SEASON.write(tmp_path / "mount" / SEASON.name)
    BUNNY.write(tmp_path / "mount" / BUNNY.name)
    return tmp_path / "mount"


@pytest.fixture
def disk(root: Path) -> Disk:
    return Disk(settings(root))


@pytest.fixture(params=["links", "files"])
async def ready(request: pytest.FixtureRequest, disk: Disk, root: Path, mount: Path) -> Torrent:
    """A season that stands below a save path, as links or as files."""
    return await placed(disk, root, mount, request.param)


async def placed(disk: Disk, root: Path, mount: Path, how: str) -> Torrent:
    torrent = a_ready(SEASON, root / "tv" / SEASON.name)
    if how == "links":
        await disk.place_links(torrent, placing(SEASON), mount)
    else:
        await disk.place_copies(torrent, placing(SEASON), mount, ignored)
    return torrent


def found(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


async def test_content_moves_to_another_save_path_and_leaves_nothing_behind(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    torrent = await arranged(disk, after(ready, Relocated(str(root / "movies" / "new"))))

    assert content_path(torrent) == str(root / "movies" / "new" / SEASON.name)
    assert holds(Path(content_path(torrent)), SEASON)
    assert list((root / "tv").iterdir()) == []
    await disk.remove(torrent, content_path(torrent))
    assert list((root / "movies" / "new").iterdir()) == []


async def test_files_and_folders_get_the_names_that_are_wished(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    torrent = await arranged(disk, wishes(ready, "Root", n0="one.mkv", n1="More/Deep/two.mkv"))

    home = root / "tv" / "Root"
    assert content_path(torrent) == str(home)
    assert found(home) == {"one.mkv", "More/Deep/two.mkv", EMPTY}
    assert (home / "one.mkv").read_bytes() == SEASON.read(FIRST)
    assert (home / "More/Deep/two.mkv").read_bytes() == SEASON.read(SECOND)
    assert beside(root / "tv") == ["Root"]
    assert not (home / "Extras").exists()


async def test_files_can_change_names_with_each_other(disk: Disk, root: Path, ready: Torrent) -> None:
    torrent = await arranged(disk, wishes(ready, n0=SECOND, n1=FIRST))

    home = Path(content_path(torrent))
    assert (home / SECOND).read_bytes() == SEASON.read(FIRST)
    assert (home / FIRST).read_bytes() == SEASON.read(SECOND)
    assert found(home) == set(SEASON.files)


async def test_what_is_not_wanted_is_taken_away_and_comes_back_when_it_is_wanted_again(
    disk: Disk, root: Path, mount: Path
) -> None:
    ready = await placed(disk, root, mount, "links")
    without = await arranged(disk, skips(ready, SECOND))
    home = Path(content_path(without))
    assert found(home) == {FIRST, EMPTY}
    (home / "own.nfo").write_text("a person's")

    again = replace(without, layout=ready.layout)
    phase = placing(SEASON)
    assert await disk.place_links(replace(again, phase=phase), phase, mount) == home
    assert found(home) == {*SEASON.files, "own.nfo"}
    assert beside(root / "tv") == [SEASON.name]


async def test_files_are_brought_beside_those_that_stand(disk: Disk, root: Path, mount: Path) -> None:
    ready = await placed(disk, root, mount, "files")
    without = await arranged(disk, skips(ready, SECOND))
    home, told = Path(content_path(without)), list[int]()
    before = (home / FIRST).stat().st_ino

    phase = placing(SEASON)
    again = replace(without, layout=ready.layout, phase=phase)
    assert await disk.place_copies(again, phase, mount, told.append) == home
    assert holds(home, SEASON)
    assert (home / FIRST).stat().st_ino == before
    assert told == [SEASON.size]
    assert await disk.place_copies(again, phase, mount, told.append) == home


async def test_links_are_led_elsewhere_and_stale_ones_go(
    disk: Disk, root: Path, mount: Path, tmp_path: Path
) -> None:
    ready = await placed(disk, root, mount, "links")
    SEASON.write(tmp_path / "other" / SEASON.name)
    phase = placing(SEASON)
    fewer = replace(phase, files=phase.files[:2])

    lost = replace(ready, content=stands(ready), phase=fewer)
    home = await disk.place_links(lost, fewer, tmp_path / "other")

    assert found(home) == {FIRST, SECOND}
    assert (home / FIRST).readlink() == tmp_path / "other" / SEASON.name / FIRST


async def test_a_file_in_the_way_is_nobodys_to_overwrite(disk: Disk, root: Path, ready: Torrent) -> None:
    home = Path(content_path(ready))
    (home / "mine.mkv").write_text("a person's")

    with pytest.raises(DiskProblem, match=r"mine\.mkv is in the way"):
        await arranged(disk, wishes(ready, n0="mine.mkv"))

    assert (home / "mine.mkv").read_text() == "a person's"
    assert (home / FIRST).read_bytes() == SEASON.read(FIRST)


async def test_what_is_placed_again_overwrites_nothing_either(disk: Disk, root: Path, mount: Path) -> None:
    without = await arranged(disk, skips(await placed(disk, root, mount, "links"), SECOND))
    taken = Path(content_path(without)) / SECOND
    taken.parent.mkdir()
    taken.write_text("a person's")

    phase = placing(SEASON)
    with pytest.raises(DiskProblem, match="is in the way"):
        await disk.place_links(replace(without, layout=Layout()), phase, mount)
    assert taken.read_text() == "a person's"


async def test_what_is_placed_again_makes_no_folder_elsewhere(
    disk: Disk, root: Path, mount: Path, tmp_path: Path
) -> None:
    without = await arranged(disk, skips(await placed(disk, root, mount, "links"), SECOND))
    (tmp_path / "outside").mkdir()
    (Path(content_path(without)) / "Sub").symlink_to(tmp_path / "outside")
    wish = FileWish(path=SECOND, place="Sub/deep/two.mkv")

    with pytest.raises(DiskProblem, match="leads out of"):
        await disk.place_links(replace(without, layout=Layout(files=(wish,))), placing(SEASON), mount)

    assert list((tmp_path / "outside").iterdir()) == []


async def test_a_folder_of_the_same_name_is_left_alone(disk: Disk, root: Path, ready: Torrent) -> None:
    (root / "movies" / SEASON.name).mkdir(parents=True)

    torrent = await arranged(disk, after(ready, Relocated(str(root / "movies"))))

    assert content_path(torrent) == str(root / "movies" / f"{SEASON.name} (2)")
    assert holds(Path(content_path(torrent)), SEASON)
    back = await arranged(disk, wishes(torrent, n0="one.mkv"))
    assert content_path(back) == content_path(torrent)


async def test_what_a_person_put_into_the_folder_stays_there(disk: Disk, root: Path, ready: Torrent) -> None:
    former = Path(content_path(ready))
    (former / "own.nfo").write_text("a person's")

    torrent = await arranged(disk, after(ready, Relocated(str(root / "movies"))))

    assert holds(Path(content_path(torrent)), SEASON)
    assert found(former) == {"own.nfo"}


async def test_files_that_an_arr_has_moved_away_hold_nothing_up(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    (Path(content_path(ready)) / FIRST).unlink()

    torrent = await arranged(disk, after(ready, Relocated(str(root / "movies"))))

    assert found(Path(content_path(torrent))) == {SECOND, EMPTY}


async def test_no_folder_that_leads_elsewhere_is_entered(disk: Disk, root: Path, ready: Torrent) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (Path(content_path(ready)) / "Sub").symlink_to(outside)

    with pytest.raises(DiskProblem, match="leads out of"):
        await arranged(disk, after(ready, Relocated(str(root / "out"))))
    with pytest.raises(DiskProblem, match="leads out of"):
        await arranged(disk, wishes(ready, n0="Sub/one.mkv"))
    with pytest.raises(DiskProblem, match="does not lie below"):
        await arranged(disk, after(ready, Relocated(str(outside))))

    assert list(outside.iterdir()) == []


async def test_a_folder_of_another_torrent_is_not_taken_from(disk: Disk, root: Path, ready: Torrent) -> None:
    other = a_ready(SEASON, Path(content_path(ready)), torrent_id=2)

    with pytest.raises(DiskProblem, match="belongs to another torrent"):
        await arranged(disk, after(other, Relocated(str(root / "movies"))))


async def test_a_folder_that_has_lost_its_owners_name_is_found_all_the_same(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    (root / "tv" / ".qbitproxy" / SEASON.name).unlink()

    torrent = await arranged(disk, wishes(ready, n0="one.mkv"))

    assert found(Path(content_path(torrent))) == {"one.mkv", SECOND, EMPTY}
    assert content_path(torrent) == content_path(ready)


async def test_a_torrent_on_its_way_out_is_moved_no_further(disk: Disk, root: Path, ready: Torrent) -> None:
    torrent = await begun(disk, after(ready, Relocated(str(root / "movies"))))

    await disk.remove(torrent, content_path(ready))
    await carried_out(disk, torrent)

    assert found(root) == set()
    assert (root / "movies").is_dir()


async def test_a_folder_that_content_is_about_to_move_to_is_not_anothers_to_take(
    disk: Disk, root: Path, mount: Path, ready: Torrent
) -> None:
    torrent = await begun(disk, after(ready, Relocated(str(root / "movies"))))
    namesake = a_torrent(SEASON, root / "movies", 2)

    placed_meanwhile = await disk.place_copies(namesake, placing(SEASON), mount, ignored)
    torrent = await carried_out(disk, torrent)

    assert placed_meanwhile != Path(content_path(torrent))
    assert holds(placed_meanwhile, SEASON)
    assert holds(Path(content_path(torrent)), SEASON)
    assert beside(root / "tv") == []


async def test_content_of_which_nothing_is_left_leaves_no_empty_folder_when_it_moves(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    shutil.rmtree(content_path(ready))

    await arranged(disk, after(ready, Relocated(str(root / "movies"))))

    assert beside(root / "movies") == []


async def test_removal_in_the_middle_of_a_move_removes_both_halves(
    disk: Disk, root: Path, ready: Torrent
) -> None:
    torrent = await begun(disk, after(ready, Relocated(str(root / "movies"))))
    assert torrent.round is not None
    half = replace(torrent.round, moves=torrent.round.moves[:1])
    await disk.arrange(torrent, stands(ready), half)
    await disk.next_round(ready, stands(ready))  # owns the first half again, as before the end of the round
    assert len(found(root / "movies" / SEASON.name)) == 1

    await disk.remove(torrent, content_path(ready))

    assert found(root) == set()


@pytest.mark.parametrize("how", ["links", "files"])
@pytest.mark.parametrize("what", ["move", "rename", "exchange", "skip"])
def test_killed_at_any_moment_every_file_comes_to_its_place(
    disk: Disk, root: Path, mount: Path, how: str, what: str
) -> None:
    ready = asyncio.run(placed(disk, root, mount, how))
    torrent = {
        "move": lambda: wishes(after(ready, Relocated(str(root / "movies"))), "Root", n0="one.mkv"),
        "rename": lambda: wishes(ready, n0="Sub/one.mkv", n1="Sub/two.mkv"),
        "exchange": lambda: wishes(ready, n0=SECOND, n1=FIRST),
        "skip": lambda: wishes(skips(ready, SECOND), n0=SECOND),
    }[what]()
    number, deaths = 0, 0

    while is_due(torrent):
        torrent = asyncio.run(begun(disk, torrent))
        while not killed_in_front_of(number, disk, torrent):
            number, deaths = number + 1, deaths + 1
        number = 0
        torrent = asyncio.run(carried_out(disk, torrent))  # the journal was not written: once more

    home = Path(content_path(torrent))
    content = stands(torrent)
    assert isinstance(torrent.phase, Ready | Fetching)
    assert {file.at: (home / file.at).read_bytes() for file in content.places} == {
        file.at: SEASON.read(file.path) for file in content.places
    }
    assert found(home) == {file.at for file in content.places}
    assert beside(home.parent) == [home.name]
    assert deaths > 3


# -- across file systems


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    if not ELSEWHERE.is_dir() or ELSEWHERE.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with TemporaryDirectory(dir=ELSEWHERE) as folder:
        yield Path(folder)


@pytest.fixture
def wide() -> Disk:
    """A disk that holds every file system."""
    return Disk(settings(Path("/")))


@pytest.mark.parametrize("how", ["links", "files"])
def test_killed_at_any_moment_files_come_whole_to_another_file_system(
    wide: Disk, root: Path, mount: Path, elsewhere: Path, how: str
) -> None:
    ready = asyncio.run(placed(wide, root, mount, how))
    torrent = asyncio.run(begun(wide, after(ready, Relocated(str(elsewhere)))))
    number = 0

    while not killed_in_front_of(number, wide, torrent):
        number += 1
    done = asyncio.run(carried_out(wide, torrent))

    assert holds(Path(content_path(done)), SEASON)
    assert beside(elsewhere) == [SEASON.name]
    assert list((root / "tv").iterdir()) == []
    assert number > 10
    one = Path(content_path(done)) / FIRST
    assert one.is_symlink() is (how == "links")


@pytest.mark.parametrize("how", ["links", "files"])
async def test_content_moves_to_another_file_system_and_back(
    wide: Disk, root: Path, mount: Path, elsewhere: Path, how: str
) -> None:
    ready = await placed(wide, root, mount, how)

    there = await arranged(wide, after(ready, Relocated(str(elsewhere))))
    assert holds(elsewhere / SEASON.name, SEASON)
    back = await arranged(wide, after(there, Relocated(str(root / "tv"))))

    assert holds(Path(content_path(back)), SEASON)
    assert found(elsewhere) == set()


async def test_another_file_system_without_room_is_not_begun_on(
    root: Path, mount: Path, elsewhere: Path
) -> None:
    disk = Disk(settings(Path("/"), keep_free=1 << 60))
    ready = await placed(disk, root, mount, "links")
    (root / "tv" / SEASON.name / FIRST).unlink()
    (root / "tv" / SEASON.name / FIRST).write_bytes(SEASON.read(FIRST))

    with pytest.raises(DiskProblem, match="stay free"):
        await arranged(disk, after(ready, Relocated(str(elsewhere))))

    assert found(elsewhere) == set()


async def test_another_file_of_the_same_name_on_the_other_file_system_is_no_copy(
    wide: Disk, root: Path, mount: Path, elsewhere: Path
) -> None:
    ready = await placed(wide, root, mount, "files")
    torrent = await begun(wide, after(ready, Relocated(str(elsewhere))))
    (elsewhere / SEASON.name / FIRST).write_text("a person's")

    with pytest.raises(DiskProblem, match="is in the way"):
        await carried_out(wide, torrent)
    assert (elsewhere / SEASON.name / FIRST).read_text() == "a person's"


async def test_a_link_in_the_way_on_the_other_file_system_is_no_copy(
    wide: Disk, root: Path, mount: Path, elsewhere: Path
) -> None:
    ready = await placed(wide, root, mount, "files")
    torrent = await begun(wide, after(ready, Relocated(str(elsewhere))))
    (elsewhere / SEASON.name / FIRST).symlink_to("/nowhere")

    with pytest.raises(DiskProblem, match="is in the way"):
        await carried_out(wide, torrent)


async def test_nothing_is_moved_into_a_folder_that_is_the_torrents_no_more(
    root: Path, mount: Path, elsewhere: Path, wide: Disk
) -> None:
    ready = await placed(wide, root, mount, "files")
    torrent = await begun(wide, after(ready, Relocated(str(elsewhere))))
    assert torrent.round is not None
    arranging = Arranging(Staging(Modes()), Path("/"), lambda folder, needed: None)
    (elsewhere / ".qbitproxy" / SEASON.name).unlink()

    await arranging.carry_out(torrent, stands(ready), torrent.round)

    assert found(elsewhere) == set()
    assert holds(Path(content_path(ready)), SEASON)


@pytest.mark.parametrize("rename", [rename_to_free, rename_after_a_look])
def test_a_rename_never_takes_a_name_that_something_bears(
    tmp_path: Path, rename: Callable[[Path, Path], None]
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")

    with pytest.raises(OSError, match="exists") as raised:
        rename(one, other)
    assert raised.value.errno == errno.EEXIST
    rename(one, tmp_path / "free")
    assert found(tmp_path) == {"free", "other"}


# -- looking whether everything is there


SIZES = dict(SEASON.files)


async def test_what_stands_is_not_missing(disk: Disk, mount: Path, ready: Torrent) -> None:
    assert await disk.missing(stands(ready), SIZES, mount) == []


async def test_a_file_that_is_gone_or_of_another_size_is_missing(disk: Disk, root: Path, mount: Path) -> None:
    ready = await placed(disk, root, mount, "files")
    home = Path(content_path(ready))
    (home / FIRST).unlink()
    (home / FIRST).write_text("cut short")
    (home / EMPTY).unlink()

    assert await disk.missing(stands(ready), SIZES, mount) == [FIRST, EMPTY]
    assert await disk.missing(stands(ready), {FIRST: SIZES[FIRST]}, mount) == [FIRST]


async def test_a_link_that_leads_nowhere_is_missing(disk: Disk, root: Path, mount: Path) -> None:
    ready = await placed(disk, root, mount, "links")
    (mount / SEASON.name / FIRST).unlink()

    assert await disk.missing(stands(ready), SIZES, mount) == [FIRST]
    assert await disk.missing(stands(ready), SIZES, None) == [FIRST]


@pytest.mark.parametrize("empty", [False, True], ids=["no folder", "an empty folder"])
async def test_where_links_lead_is_not_known_while_their_mount_is_not_up(
    disk: Disk, root: Path, mount: Path, empty: bool
) -> None:
    ready = await placed(disk, root, mount, "links")
    shutil.rmtree(mount)
    if empty:
        os.mkdir(mount)

    with pytest.raises(DiskProblem, match="nobody knows where"):
        await disk.missing(stands(ready), SIZES, mount)
