"""Content placed as links to a mount."""

from __future__ import annotations

import asyncio
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import SAME_NAMES, SHOW
from qbitproxy.core.faults import Reason, Refusal
from qbitproxy.core.torrent import Placing, RemoteFile
from qbitproxy.files import Disk, DiskProblem, NotYet
from qbitproxy.files.staging import Modes, Staging
from tests.files.ground import BUNNY, SEASON, a_torrent, beside, everything, holds, placing, settings
from tests.support import DEADLINE


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    (tmp_path / "mount").mkdir()
    return tmp_path / "mount"


@pytest.fixture
def disk(root: Path) -> Disk:
    return Disk(settings(root))


async def test_links_to_the_mount_appear_below_the_save_path(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    torrent = a_torrent(SEASON, root / "sonarr")

    content = await disk.place_links(torrent, placing(SEASON), mount)

    assert content == root / "sonarr" / SEASON.name
    assert content == disk.content_path(torrent, placing(SEASON))
    assert holds(content, SEASON)
    for path in SEASON.files:
        assert (content / path).readlink() == mount / SEASON.name / path
    assert beside(root / "sonarr") == [SEASON.name]


async def test_a_single_file_gets_a_folder_named_without_its_suffix(
    disk: Disk, root: Path, mount: Path
) -> None:
    BUNNY.write(mount / BUNNY.name)

    content = await disk.place_links(a_torrent(BUNNY, root), placing(BUNNY), mount)

    assert content == root / "Big.Buck.Bunny.2008.1080p"
    assert (content / BUNNY.name).readlink() == mount / BUNNY.name / BUNNY.name


async def test_equal_names_in_two_folders_both_appear(disk: Disk, root: Path, mount: Path) -> None:
    SAME_NAMES.write(mount / SAME_NAMES.name)

    content = await disk.place_links(a_torrent(SAME_NAMES, root), placing(SAME_NAMES), mount)

    assert holds(content, SAME_NAMES)


async def test_a_file_not_yet_on_the_mount_leaves_nothing_half_made(
    disk: Disk, root: Path, mount: Path
) -> None:
    SEASON.write_file("Caminandes.S01E01.mkv", mount / SEASON.name)

    with pytest.raises(NotYet) as caught:
        await disk.place_links(a_torrent(SEASON, root), placing(SEASON), mount)

    assert caught.value.path == mount / SEASON.name / "Extras" / "Caminandes.S01E02.mkv"
    assert everything(root) == {}


async def test_a_file_that_is_listed_but_empty_is_waited_for(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    os.truncate(mount / SEASON.name / "Caminandes.S01E01.mkv", 0)

    with pytest.raises(NotYet, match=r"E01\.mkv: it is shown, but empty"):
        await disk.place_links(a_torrent(SEASON, root), placing(SEASON), mount)


async def test_a_read_that_stalls_does_not_hang_us(root: Path, mount: Path) -> None:
    os.mkfifo(mount / "stalled.mkv")  # opening it waits for somebody who writes
    disk = Disk(settings(root), mount_deadline=timedelta(milliseconds=50))

    async with asyncio.timeout(DEADLINE):
        with pytest.raises(DiskProblem, match="did not answer"):
            await disk.unreadable({mount / "stalled.mkv": None})

    os.close(os.open(mount / "stalled.mkv", os.O_WRONLY))


async def test_links_go_to_the_healed_place_when_placed_again(disk: Disk, root: Path, mount: Path) -> None:
    torrent = a_torrent(SEASON, root)
    SEASON.write(mount / SEASON.name)
    await disk.place_links(torrent, placing(SEASON), mount)
    SEASON.write(mount / "__all__" / "healed")

    content = await disk.place_links(torrent, placing(SEASON, "healed"), mount / "__all__")

    assert (content / "Caminandes.S01E01.mkv").readlink() == mount / "__all__/healed/Caminandes.S01E01.mkv"
    assert beside(root) == [SEASON.name]


async def test_two_torrents_of_one_name_never_mix(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    BUNNY.write(mount / BUNNY.name)
    one = a_torrent(SEASON, root, 1)
    two = a_torrent(BUNNY, root, 2, name=SEASON.name)

    first, second = (
        await disk.place_links(one, placing(SEASON), mount),
        await disk.place_links(two, placing(BUNNY), mount),
    )

    assert second == root / f"{SEASON.name} (2)"
    assert holds(first, SEASON)
    assert holds(second, BUNNY)


async def test_files_that_differ_only_by_case_get_places_of_their_own(
    disk: Disk, root: Path, mount: Path
) -> None:
    for name in ("a.mkv", "A.mkv"):
        (mount / "Twins").mkdir(exist_ok=True)
        (mount / "Twins" / name).write_text(name)
    files = tuple(RemoteFile(id=name, path=name, size=5) for name in ("a.mkv", "A.mkv"))
    phase = replace(placing(SEASON, "Twins"), files=files)

    content = await disk.place_links(a_torrent(SEASON, root), phase, mount)

    assert (content / "a.mkv").read_text() == "a.mkv"
    assert (content / "A (2).mkv").read_text() == "A.mkv"


@pytest.mark.parametrize(
    "path", ["../escape.mkv", "/etc/passwd", "a/../../b.mkv", "bell\7.mkv", ".qbitproxy/b.mkv"]
)
async def test_a_file_name_that_leads_out_or_is_ours_is_refused_for_good(
    path: str, disk: Disk, root: Path, mount: Path
) -> None:
    phase = replace(placing(BUNNY), files=(RemoteFile(id="1", path=path, size=1),))

    with pytest.raises(Refusal) as caught:
        await disk.place_links(a_torrent(BUNNY, root), phase, mount)

    assert caught.value.reason is Reason.BAD_SOURCE
    assert everything(root) == {}


async def test_a_torrent_without_wanted_files_is_refused(disk: Disk, root: Path, mount: Path) -> None:
    phase: Placing = replace(placing(BUNNY), files=())

    with pytest.raises(Refusal) as caught:
        await disk.place_links(a_torrent(BUNNY, root), phase, mount)

    assert caught.value.reason is Reason.REFUSED_BY_POLICY


@pytest.mark.parametrize("save_path", ["/elsewhere", "relative", "{root}/../elsewhere", "{root}-2"])
async def test_nothing_is_placed_outside_of_the_download_root(
    save_path: str, disk: Disk, root: Path, mount: Path
) -> None:
    torrent = a_torrent(BUNNY, Path(save_path.format(root=root)))

    with pytest.raises(DiskProblem, match="download_root"):
        await disk.place_links(torrent, placing(BUNNY), mount)


async def test_what_was_placed_below_an_earlier_download_root_can_be_removed(
    disk: Disk, root: Path, mount: Path
) -> None:
    SEASON.write(mount / SEASON.name)
    (root / "radarr" / "own").mkdir(parents=True)
    torrent = a_torrent(SEASON, root / "radarr")
    content = await disk.place_links(torrent, placing(SEASON), mount)

    await Disk(settings(root.parent / "larger")).remove(torrent, str(content))

    assert beside(root / "radarr") == ["own"]


async def test_a_torrent_that_began_below_an_earlier_download_root_is_placed_below_the_new_one(
    root: Path, mount: Path
) -> None:
    SEASON.write(mount / SEASON.name)
    larger, former = root.parent / "larger", (str(root / "radarr"),)
    Staging(Modes()).begin(a_torrent(SEASON, root / "radarr"))

    torrent = a_torrent(SEASON, larger, former=former)
    await Disk(settings(larger)).place_links(torrent, placing(SEASON), mount)

    assert beside(larger) == [SEASON.name]
    assert beside(root / "radarr") == []


@pytest.mark.parametrize("content", ["relative", "{root}/../precious", "/", "{root}/precious"])
async def test_nothing_is_removed_that_nothing_says_was_made_for_the_torrent(
    content: str, disk: Disk, root: Path
) -> None:
    (root.parent / "precious").mkdir()
    (root / "precious").mkdir(parents=True)

    await disk.remove(a_torrent(BUNNY, root), content.format(root=root))

    assert beside(root) == ["precious"]
    assert (root.parent / "precious").is_dir()


async def test_links_and_folders_have_the_configured_modes(root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    before = everything(mount)
    disk = Disk(settings(root, directory_mode=0o2770, umask=0o007))

    content = await disk.place_links(a_torrent(SEASON, root / "tv"), placing(SEASON), mount)

    for folder in (root, root / "tv", content, content / "Extras"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert everything(mount) == before


async def test_removing_deletes_the_links_but_not_what_the_library_plays(
    disk: Disk, root: Path, mount: Path, tmp_path: Path
) -> None:
    """An Arr deletes with the files seconds after its import; the link it copied must still play."""
    SHOW.write(mount / SHOW.name)
    torrent = a_torrent(SHOW, root)
    content = await disk.place_links(torrent, placing(SHOW), mount)
    library = tmp_path / "library.mkv"
    episode = next(iter(SHOW.files))
    library.symlink_to((content / episode).readlink())

    await disk.remove(torrent, str(content))

    assert everything(root) == {}
    assert library.read_bytes() == SHOW.read(episode)
    await disk.remove(torrent, str(content))


async def test_removing_a_torrent_that_placed_nothing_leaves_its_namesake_alone(
    disk: Disk, root: Path
) -> None:
    torrent = a_torrent(SEASON, root)
    (root / SEASON.name).mkdir(parents=True)

    await disk.remove(torrent, str(disk.content_path(torrent, placing(SEASON))))

    assert (root / SEASON.name).is_dir()


async def test_forgetting_keeps_the_content(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    torrent = a_torrent(SEASON, root)
    content = await disk.place_links(torrent, placing(SEASON), mount)

    await disk.forget(torrent)

    assert holds(content, SEASON)


async def test_placed_files_are_told_with_what_they_link_to(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    content = await disk.place_links(a_torrent(SEASON, root), placing(SEASON), mount)
    (content / "own.srt").touch()

    files = await disk.placed_files(content)

    linked = {content / path: mount / SEASON.name / path for path in SEASON.files}
    assert files == {**linked, content / "own.srt": None}
    assert await disk.unreadable(files) is None


async def test_a_broken_link_is_unreadable(disk: Disk, root: Path, mount: Path) -> None:
    SEASON.write(mount / SEASON.name)
    content = await disk.place_links(a_torrent(SEASON, root), placing(SEASON), mount)
    (mount / SEASON.name / "Extras" / "Caminandes.S01E02.mkv").unlink()

    broken = await disk.unreadable(await disk.placed_files(content))

    assert broken == content / "Extras" / "Caminandes.S01E02.mkv"


async def test_content_that_vanished_is_missed(disk: Disk, root: Path) -> None:
    with pytest.raises(NotYet, match="nothing is there"):
        await disk.placed_files(root / "vanished")


async def test_content_that_is_a_single_file_or_link_counts_as_itself(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "a.mkv").touch()
    (tmp_path / "b.mkv").symlink_to(tmp_path / "a.mkv")

    assert await disk.placed_files(tmp_path / "a.mkv") == {tmp_path / "a.mkv": None}
    assert await disk.placed_files(tmp_path / "b.mkv") == {tmp_path / "b.mkv": tmp_path / "a.mkv"}


def test_a_group_that_does_not_exist_is_named_at_the_start(root: Path) -> None:
    with pytest.raises(DiskProblem, match=r"files\.group"):
        Disk(settings(root, group="nobody-knows-it"))
