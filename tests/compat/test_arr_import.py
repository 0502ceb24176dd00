"""The emulated Arrs import, set the category, remove, the way the real ones do."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compat.content import ALBUM, SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.arr import Arr
from compat.emulators.arr_paths import RemotePathMapping
from compat.emulators.lidarr import Lidarr
from compat.emulators.radarr import Radarr
from compat.emulators.readarr import Readarr
from compat.emulators.sonarr import Sonarr
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent

EPISODES = [name for name in SHOW.files if name.startswith("Caminandes.S01E")]
BOOK = Release("Ton Roosendaal - Sintel", {"Ton Roosendaal - Sintel.epub": 1000})


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        yield qbit


@pytest.fixture
async def sonarr(tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        yield sonarr


def linked(release: Release, qbit: FakeQbittorrent, mount: Path, *, relative: bool = False) -> Path:
    """Show the release as finished, its files as links into `mount`."""
    folder = qbit.downloads / release.name
    for source in release.write(mount):
        link = folder / source.relative_to(mount)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(source, link.parent) if relative else source)
    qbit.show(release, content_path=str(folder))
    return folder


def why(arr: Arr) -> list[str]:
    return [rejection.reason for one in arr.queue for rejection in one.messages]


async def test_a_finished_movie_is_moved_into_the_library_then_removed(
    qbit: FakeQbittorrent, sonarr: Sonarr, tmp_path: Path
) -> None:
    await sonarr.grab(SINTEL)
    content = qbit.finish(SINTEL)

    await sonarr.poll()

    target = tmp_path / "library" / SINTEL.name / SINTEL.name
    assert sonarr.imported == [target]
    assert target.read_bytes() == SINTEL.read(SINTEL.name)
    assert not content.exists()
    assert qbit.told("delete") == [{"hashes": SINTEL.infohash, "deleteFiles": "true"}]
    assert (sonarr.queue, sonarr.tracked, qbit.rows) == ([], {}, {})
    assert [row.event for row in sonarr.history] == ["grabbed", "downloadFolderImported"]


async def test_a_season_pack_is_moved_without_its_sample_whose_folder_goes(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SHOW)
    folder = qbit.finish(SHOW)

    await sonarr.poll()

    assert [path.name for path in sonarr.imported] == EPISODES
    assert not folder.exists()
    assert [row.part for row in sonarr.history if row.event == "grabbed"] == [1, 2, 3]


async def test_what_still_seeds_is_linked_hard_and_stays(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SHOW)
    folder = qbit.finish(SHOW, state="stalledUP")

    await sonarr.poll()

    assert [path.stat().st_ino for path in sonarr.imported] == [
        (folder / name).stat().st_ino for name in EPISODES
    ]
    assert (qbit.told("delete"), sonarr.queue) == ([], [])


@pytest.mark.parametrize("relative", [True, False])
async def test_moving_a_link_makes_it_anew_and_spares_its_target(
    qbit: FakeQbittorrent, sonarr: Sonarr, tmp_path: Path, relative: bool
) -> None:
    await sonarr.grab(SHOW)
    folder = linked(SHOW, qbit, tmp_path / "mount", relative=relative)

    await sonarr.poll()

    assert [path.readlink() for path in sonarr.imported] == [tmp_path / "mount" / name for name in EPISODES]
    assert not folder.exists()
    assert (tmp_path / "mount" / EPISODES[0]).read_bytes() == SHOW.read(EPISODES[0])


async def test_copying_a_link_leaves_the_first_one(
    qbit: FakeQbittorrent, sonarr: Sonarr, tmp_path: Path
) -> None:
    await sonarr.grab(SHOW)
    folder = linked(SHOW, qbit, tmp_path / "mount")
    qbit.show(SHOW, state="uploading")

    await sonarr.poll()

    assert all(path.is_symlink() for path in sonarr.imported)
    assert (folder / EPISODES[0]).is_symlink()


async def test_a_path_without_files_is_looked_at_again_at_every_poll(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SINTEL)
    missing = qbit.downloads / SINTEL.name
    qbit.show(SINTEL, content_path=str(missing))
    await sonarr.poll()
    first = (str(sonarr.queue[0].state), why(sonarr))
    qbit.finish(SINTEL)

    await sonarr.poll()

    assert first == ("importPending", [f"No files found are eligible for import in {missing}"])
    assert len(sonarr.imported) == 1


async def test_a_broken_link_cannot_be_told_from_a_sample(
    qbit: FakeQbittorrent, sonarr: Sonarr, tmp_path: Path
) -> None:
    await sonarr.grab(SINTEL)
    link = qbit.downloads / SINTEL.name
    link.parent.mkdir()
    link.symlink_to(tmp_path / "gone.mkv")
    qbit.show(SINTEL, content_path=str(link))

    await sonarr.poll()

    assert (sonarr.queue[0].state, why(sonarr)) == (
        "importBlocked",
        ["Unable to determine if file is a sample"],
    )
    assert link.is_symlink()


async def test_content_at_the_save_path_is_never_imported(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL)
    qbit.show(SINTEL, content_path=str(qbit.downloads))

    await sonarr.poll()

    assert sonarr.queue[0].status == "warning"
    assert "download directory" in sonarr.queue[0].listed.message
    assert sonarr.imported == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (
            "C:\\downloads\\x",
            "[C:\\downloads\\x] is not a valid local path. You may need a Remote Path Mapping.",
        ),
        ("", "Download doesn't contain intermediate path, Skipping."),
    ],
)
async def test_odd_paths_are_named(qbit: FakeQbittorrent, sonarr: Sonarr, path: str, reason: str) -> None:
    qbit.properties["save_path"] = ""
    await sonarr.grab(SINTEL)
    qbit.fault("GET /torrents/files", status=200, body=[])
    qbit.show(SINTEL, content_path=path)

    await sonarr.poll()

    assert why(sonarr) == [reason]


async def test_older_apis_tell_the_path_through_the_files(tmp_path: Path) -> None:
    async with FakeQbittorrent(tmp_path, version="2.6.0") as qbit, Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.grab(SHOW)
        qbit.finish(SHOW)
        qbit.rows[SHOW.infohash]["content_path"] = "/not/read"

        await sonarr.poll()

        assert len(sonarr.imported) == 3


async def test_a_pack_with_a_file_missing_stays_blocked_until_it_comes(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SHOW)
    folder = qbit.finish(SHOW, state="stalledUP")
    (folder / EPISODES[1]).unlink()
    await sonarr.poll()
    first = (str(sonarr.queue[0].state), len(sonarr.imported), why(sonarr)[0])
    SHOW.write_file(EPISODES[1], folder)

    await sonarr.poll()

    assert first[:2] == ("importBlocked", 2)
    assert first[2].startswith("One or more episodes expected in this release were not imported")
    assert len(sonarr.imported) == 3
    assert sonarr.queue == []


async def test_lidarr_gives_up_on_an_album_with_a_file_missing(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Lidarr(tmp_path / "library") as lidarr:
        lidarr.uses(qbit.address, USERNAME, PASSWORD)
        await lidarr.grab(ALBUM)
        folder = qbit.finish(ALBUM, state="stalledUP")
        track = next(name for name in ALBUM.files if name.endswith(".flac"))
        (folder / track).unlink()
        await lidarr.poll()
        ALBUM.write_file(track, folder)

        await lidarr.poll()

        assert [str(one.state) for one in lidarr.queue] == ["importFailed"]
        assert len(lidarr.imported) == 1


async def test_readarr_gives_up_on_a_book_it_could_not_open(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Readarr(tmp_path / "library") as readarr:
        readarr.uses(qbit.address, USERNAME, PASSWORD)
        await readarr.grab(BOOK)
        folder = linked(BOOK, qbit, tmp_path / "mount")
        (tmp_path / "mount").rename(tmp_path / "elsewhere")
        await readarr.poll()
        (tmp_path / "elsewhere").rename(tmp_path / "mount")

        await readarr.poll()

        assert [str(one.state) for one in readarr.queue] == ["importFailed"]
        assert readarr.imported == []
        assert folder.exists()


async def test_readarr_fails_to_import_what_it_does_not_know(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Readarr(tmp_path / "library") as readarr, Readarr(tmp_path / "other") as other:
        for arr in (readarr, other):
            arr.uses(qbit.address, USERNAME, PASSWORD)
        await other.grab(BOOK)
        qbit.finish(BOOK)

        await readarr.poll()

        assert [str(one.state) for one in readarr.queue] == ["importFailed"]
        assert why(readarr) == [f"Couldn't find similar book for {BOOK.name}"]


async def test_extras_are_not_looked_at(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    release = Release(
        "Show.S01E01",
        {
            "Show.S01E01.mkv": 100,
            "Extras/Making of.mkv": 100,
            "Show.S01E01-trailer.mkv": 100,
            ".h/x.mkv": 100,
        },
    )
    await sonarr.grab(release)
    qbit.finish(release)

    await sonarr.poll()

    assert [path.name for path in sonarr.imported] == ["Show.S01E01.mkv"]


async def test_an_executable_in_place_of_media_is_refused(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    release = Release("Show.S01E01.exe", {"Show.S01E01.exe": 100})
    await sonarr.grab(release)
    qbit.finish(release)

    await sonarr.poll()

    assert why(sonarr) == ["Caution: Found executable file with extension: '.exe'"]


async def test_an_archive_alone_is_named(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    release = Release("Show.S01E01", {"show.rar": 100, "show.nfo": 10})
    await sonarr.grab(release)
    qbit.finish(release)

    await sonarr.poll()

    assert why(sonarr) == ["Found archive file, might need to be extracted"]


async def test_files_of_the_same_name_do_not_meet(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Radarr(tmp_path / "library") as radarr:
        radarr.uses(qbit.address, USERNAME, PASSWORD)
        await radarr.grab(SAME_NAMES)
        qbit.finish(SAME_NAMES)

        await radarr.poll()

        assert {path.stat().st_size for path in radarr.imported} == set(SAME_NAMES.files.values())


async def test_what_the_arr_did_not_grab_is_unknown_to_it(
    qbit: FakeQbittorrent, sonarr: Sonarr, tmp_path: Path
) -> None:
    async with Sonarr(tmp_path / "other") as other:
        other.uses(qbit.address, USERNAME, PASSWORD)
        await other.grab(SINTEL)
    content = qbit.finish(SINTEL)

    await sonarr.poll()

    assert why(sonarr) == ["Unknown series"]
    assert content.exists()


async def test_a_container_sees_only_what_is_mounted_into_it(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    sees = [("/data/downloads", qbit.downloads)]
    async with Sonarr(tmp_path / "library", sees=sees) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.grab(SINTEL)
        qbit.finish(SINTEL)
        await sonarr.poll()
        unmapped = why(sonarr)
        sonarr.view.mappings.append(
            RemotePathMapping(1, "127.0.0.1", str(qbit.downloads), "/data/downloads/")
        )

        await sonarr.poll()

        assert unmapped == [f"No files found are eligible for import in {qbit.downloads / SINTEL.name}"]
        assert len(sonarr.imported) == 1


async def test_a_link_out_of_the_container_is_broken_for_it(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library", sees=[(str(qbit.downloads), qbit.downloads)]) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.grab(SINTEL)
        linked(SINTEL, qbit, tmp_path / "mount")

        await sonarr.poll()

        assert why(sonarr) == ["Unable to determine if file is a sample"]
