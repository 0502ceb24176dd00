"""Where clients want torrents and their files to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qbitproxy.core.events import ArrangeBegun, Arranged, LaidOut
from qbitproxy.core.layout import is_due, next_round, standing
from qbitproxy.core.torrent import FileWish, Ready, Torrent
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from tests.support import a_library
from tests.web.qbit.face import BUNNY, SHOW, Face, a_face, happen, make_ready, path_of, placing
from tests.web.stand import Stand, a_stand, usual_settings

HASH = SHOW.infohash
ROOT = "Some.Show.S01.1080p"


@pytest.fixture
async def ready(stand: Stand, person: Face) -> Torrent:
    """A show that an Arr could import."""
    await person.upload(SHOW, category="tv")
    return await make_ready(stand.library, the(stand))


def the(stand: Stand) -> Torrent:
    (torrent,) = stand.library.listed()
    return torrent


async def arranged(stand: Stand) -> None:
    """Let the worker's part be done."""
    while is_due(torrent := the(stand)):
        content = standing(torrent)
        assert content is not None
        home = f"{torrent.save_path}/{torrent.layout.folder or Path(content.path).name}"
        await happen(stand.library, torrent, ArrangeBegun(next_round(torrent, content, home)), Arranged())


def put(folder: str, name: str) -> None:
    """Let something of a person's lie in a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, name).write_text("a person's")


async def names(face: Face) -> list[str]:
    return [row["name"] for row in (await face.get("torrents/files", hash=HASH)).json]


async def shown(face: Face, *keys: str) -> list[Any]:
    row = await face.row(hashes=HASH)
    return [row[key] for key in keys]


async def refusal(face: Face, path: str, /, **form: str) -> tuple[int, str]:
    answer = await face.post(path, **form)
    return answer.status, answer.text


# -- places


async def test_a_new_location_is_shown_at_once_while_the_files_are_moving(
    stand: Stand, person: Face, ready: Torrent, tmp_path: Path
) -> None:
    place = tmp_path / "downloads" / "moved"

    answer = await person.post("torrents/setLocation", hashes=HASH, location=str(place))

    assert (answer.status, answer.text) == (200, "")
    assert place.is_dir()
    keys = "state", "save_path", "content_path", "auto_tmm", "progress"
    assert await shown(person, *keys) == ["moving", str(place), f"{place}/{ROOT}", False, 1]
    assert len(await person.listed(filter="moving")) == 1
    await arranged(stand)
    assert await shown(person, *keys) == ["pausedUP", str(place), f"{place}/{ROOT}", False, 1]


async def test_a_relative_location_is_below_the_default_save_path(
    person: Face, ready: Torrent, tmp_path: Path
) -> None:
    await person.post("torrents/setLocation", hashes=HASH, location="rel/dir")

    assert await shown(person, "save_path") == [str(tmp_path / "downloads" / "rel" / "dir")]


@pytest.mark.parametrize("location", ["", "   "])
async def test_a_location_must_be_given(person: Face, ready: Torrent, location: str) -> None:
    path = "torrents/setLocation"

    assert await refusal(person, path, hashes=HASH, location=location) == (400, "Save path cannot be empty")
    assert (await refusal(person, path, hashes=HASH))[0] == 400


async def test_no_location_leads_out_of_the_downloads_nor_into_content(
    person: Face, ready: Torrent, tmp_path: Path
) -> None:
    downloads = tmp_path / "downloads"
    (tmp_path / "outside").mkdir()
    (downloads / "link").symlink_to(tmp_path / "outside")
    (downloads / "file").write_text("")
    before = await shown(person, "save_path", "state")

    for location in (
        "/proc/nope/x",
        "../outside",
        "link/x",
        "file/x",
        "a\0b",
        ".qbitproxy",
        path_of(ready),
        f"{path_of(ready)}/Extras",
    ):
        answer = await refusal(person, "torrents/setLocation", hashes=HASH, location=location)
        assert answer == (409, "Cannot make save path"), location
    assert await shown(person, "save_path", "state") == before
    assert list((tmp_path / "outside").iterdir()) == []


async def test_an_unknown_torrent_is_no_mistake(person: Face, ready: Torrent) -> None:
    assert await refusal(person, "torrents/setLocation", hashes="f" * 40, location="zzz") == (200, "")


async def test_the_location_that_it_has_moves_nothing(stand: Stand, person: Face, ready: Torrent) -> None:
    await person.post("torrents/setLocation", hashes=HASH, location=ready.save_path)

    assert the(stand) is stand.library.get(ready.id)
    assert await shown(person, "state") == ["pausedUP"]


async def test_a_torrent_that_is_not_placed_yet_just_goes_elsewhere(
    stand: Stand, person: Face, tmp_path: Path
) -> None:
    await person.upload(SHOW)
    await person.post("torrents/setLocation", hashes="all", location="later")

    place = tmp_path / "downloads" / "later"
    assert await shown(person, "state", "content_path") == ["queuedDL", f"{place}/{ROOT}"]


async def test_a_save_path_is_set_by_id(stand: Stand, person: Face, ready: Torrent, tmp_path: Path) -> None:
    path, place = "torrents/setSavePath", tmp_path / "downloads" / "sp"

    assert await refusal(person, path, id=HASH, path=str(place)) == (200, "")
    assert await shown(person, "save_path") == [str(place)]
    assert await refusal(person, path, id=HASH, path="") == (400, "Save path cannot be empty")
    assert (await refusal(person, path, hashes=HASH, path="sp"))[0] == 400
    outside = await refusal(person, path, id=HASH, path="/proc/nope/x")
    assert outside == (409, "Cannot create target directory")


async def test_a_save_path_leaves_alone_what_is_managed_automatically(
    person: Face, ready: Torrent, tmp_path: Path
) -> None:
    await person.post("torrents/setAutoManagement", hashes=HASH, enable="true")

    await person.post("torrents/setSavePath", id=HASH, path="sp")
    await person.post("torrents/setDownloadPath", id=HASH, path="dp")

    assert await shown(person, "auto_tmm", "save_path", "download_path") == [True, ready.save_path, ""]


async def test_a_download_path_is_shown_and_moves_nothing(
    person: Face, ready: Torrent, tmp_path: Path
) -> None:
    path, place = "torrents/setDownloadPath", tmp_path / "downloads" / "incoming"

    assert await refusal(person, path, id=HASH, path=str(place)) == (200, "")
    assert await shown(person, "download_path", "state") == [str(place), "pausedUP"]
    assert await refusal(person, path, id=HASH, path="/etc") == (409, "Cannot create target directory")
    assert await refusal(person, path, id=HASH, path="") == (200, "")
    assert await shown(person, "download_path") == [""]
    assert (await refusal(person, path, id=HASH))[0] == 400


# -- automatic management


async def test_automatic_management_moves_to_the_place_of_the_category(
    stand: Stand, person: Face, ready: Torrent, tmp_path: Path
) -> None:
    downloads = tmp_path / "downloads"
    await person.post("torrents/setLocation", hashes=HASH, location="elsewhere")
    await arranged(stand)

    await person.post("torrents/setAutoManagement", hashes=HASH, enable="true")
    keys = "auto_tmm", "save_path", "state"
    assert await shown(person, *keys) == [True, str(downloads / "tv"), "moving"]
    await arranged(stand)
    await person.post("torrents/createCategory", category="films", savePath=str(downloads / "f"))
    await person.post("torrents/setCategory", hashes=HASH, category="films")
    assert await shown(person, *keys) == [True, str(downloads / "f"), "moving"]
    await person.post("torrents/editCategory", category="films", savePath=str(downloads / "g"))
    assert await shown(person, *keys) == [True, str(downloads / "g"), "moving"]
    await person.post("torrents/setAutoManagement", hashes=HASH, enable="false")
    assert await shown(person, *keys) == [False, str(downloads / "g"), "moving"]
    await arranged(stand)
    await person.post("torrents/setCategory", hashes=HASH, category="tv")
    assert await shown(person, *keys) == [False, str(downloads / "g"), "pausedUP"]


async def test_a_location_ends_automatic_management(person: Face) -> None:
    await person.upload(SHOW, category="tv", autoTMM="true")
    assert await shown(person, "auto_tmm") == [True]

    await person.post("torrents/setLocation", hashes=HASH, location="tv")

    assert await shown(person, "auto_tmm") == [False]


# -- names


async def test_a_file_is_shown_by_its_new_name(stand: Stand, person: Face, ready: Torrent) -> None:
    old, new = f"{ROOT}/S01E01.mkv", f"{ROOT}/Season 1/one.mkv"

    assert await refusal(person, "torrents/renameFile", hash=HASH, oldPath=old, newPath=new) == (200, "")

    assert await names(person) == [new, f"{ROOT}/S01E02.mkv", f"{ROOT}/nfo.txt"]
    assert await shown(person, "state", "content_path") == ["moving", path_of(ready)]
    await arranged(stand)
    assert await names(person) == [new, f"{ROOT}/S01E02.mkv", f"{ROOT}/nfo.txt"]


async def test_names_may_be_given_before_anything_is_known_to_be_there(stand: Stand, person: Face) -> None:
    await person.upload(SHOW)
    new = f"{ROOT}/one.mkv"

    await person.post("torrents/renameFile", hash=HASH, oldPath=f"{ROOT}/S01E01.mkv", newPath=new)
    await person.post("torrents/renameFolder", hash=HASH, oldPath=ROOT, newPath="Root")

    assert await names(person) == ["Root/one.mkv", "Root/S01E02.mkv", "Root/nfo.txt"]
    assert (await shown(person, "content_path"))[0].endswith("/downloads/Root")
    await happen(stand.library, the(stand), *placing(the(stand)))
    assert await names(person) == ["Root/one.mkv", "Root/S01E02.mkv", "Root/nfo.txt"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"{ROOT}/zzz", f"{ROOT}/y", f"No such file: '{ROOT}/zzz'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/S01E01.mkv", f"The file already exists: '{ROOT}/S01E01.mkv'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/S01E01.mkv/x", f"The file already exists: '{ROOT}/S01E01.mkv/x'."),
        (f"{ROOT}/nfo.txt", "/abs/x.txt", "Absolute path isn't allowed: '/abs/x.txt'."),
        (f"{ROOT}/nfo.txt", "", "The new path is invalid: ''."),
        ("", f"{ROOT}/q", "The old path is invalid: ''."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/../x", f"The new path is invalid: '{ROOT}/../x'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/a\nb", f"The new path is invalid: '{ROOT}/a\nb'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/a\\b", f"The new path is invalid: '{ROOT}/a\\b'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/.qbitproxy/b", f"The new path is invalid: '{ROOT}/.qbitproxy/b'."),
        (f"{ROOT}/nfo.txt", "Other/r.txt", "The new path is invalid: 'Other/r.txt'."),
        (f"{ROOT}/nfo.txt", "r.txt", "The new path is invalid: 'r.txt'."),
        (f"{ROOT}/nfo.txt", f"{ROOT}/there", f"The file already exists: '{ROOT}/there'."),
    ],
)
async def test_a_name_that_cannot_be_is_refused_in_qbittorrents_words(
    person: Face, ready: Torrent, old: str, new: str, said: str
) -> None:
    put(path_of(ready), "there")
    before = await names(person)

    answer = await refusal(person, "torrents/renameFile", hash=HASH, oldPath=old, newPath=new)

    assert answer == (409, said)
    assert await names(person) == before


async def test_a_files_own_name_is_fine(stand: Stand, person: Face, ready: Torrent) -> None:
    own = f"{ROOT}/nfo.txt"

    for path, old in ("torrents/renameFile", own), ("torrents/renameFolder", ROOT):
        assert await refusal(person, path, hash=HASH, oldPath=old, newPath=old) == (200, "")
    assert not is_due(the(stand))
    unknown = await refusal(person, "torrents/renameFile", hash="f" * 40, oldPath="a", newPath="b")
    assert unknown == (404, "Not Found")
    assert (await refusal(person, "torrents/renameFile", hash=HASH, id="0", name="x"))[0] == 400


async def test_a_folder_is_shown_by_its_new_name_and_the_torrent_by_its_own(
    stand: Stand, person: Face, ready: Torrent
) -> None:
    await person.post(
        "torrents/renameFile", hash=HASH, oldPath=f"{ROOT}/nfo.txt", newPath=f"{ROOT}/Extras/nfo.txt"
    )
    await person.post(
        "torrents/renameFolder", hash=HASH, oldPath=f"{ROOT}/Extras/", newPath=f"{ROOT}/More/Deep"
    )
    await person.post("torrents/renameFolder", hash=HASH, oldPath=ROOT, newPath="Show Root")

    assert await names(person) == [
        "Show Root/S01E01.mkv",
        "Show Root/S01E02.mkv",
        "Show Root/More/Deep/nfo.txt",
    ]
    await arranged(stand)
    place = f"{ready.save_path}/Show Root"
    assert await shown(person, "name", "content_path", "state") == [ROOT, place, "pausedUP"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zzz", "y", "No such folder: 'zzz'."),
        (ROOT, "/abs", "Absolute path isn't allowed: '/abs'."),
        (ROOT, "A/B", None),
        (f"{ROOT}/Extras", "Other", "The new path is invalid: 'Other'."),
        (f"{ROOT}/Extras", f"{ROOT}/More", f"The folder already exists: '{ROOT}/More'."),
        (f"{ROOT}/Extras", ROOT, f"The folder already exists: '{ROOT}'."),
        (ROOT, "taken", "The folder already exists: 'taken'."),
    ],
)
async def test_a_folder_that_cannot_be_is_refused(
    stand: Stand, person: Face, ready: Torrent, old: str, new: str, said: str | None
) -> None:
    wishes = (
        FileWish(path="nfo.txt", place="Extras/nfo.txt"),
        FileWish(path="S01E02.mkv", place="More/two.mkv"),
    )
    await happen(stand.library, ready, LaidOut("", wishes))
    await arranged(stand)
    put(ready.save_path, "taken")

    answer = await refusal(person, "torrents/renameFolder", hash=HASH, oldPath=old, newPath=new)

    assert answer == ((409, said) if said else (200, ""))


async def test_the_release_that_is_imitated_has_its_own_words(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, qbittorrent=QbittorrentSettings(profile=ProfileName.V5_3))
    async with a_stand(tmp_path, settings=settings) as stand:
        face = Face(stand, stand.bearer)
        await face.upload(SHOW)

        file = await refusal(face, "torrents/renameFile", hash=HASH, oldPath=f"{ROOT}/nfo.txt", newPath="")
        folder = await refusal(face, "torrents/renameFolder", hash=HASH, oldPath=ROOT, newPath="..")

    assert file == (409, "File name has invalid characters")
    assert folder == (409, "Folder name has invalid characters")


# -- files that are wanted


async def test_a_file_that_is_not_wanted_leaves_size_and_list_of_what_is_placed(
    stand: Stand, person: Face, ready: Torrent
) -> None:
    answer = await refusal(person, "torrents/filePrio", hash=HASH, id="1|2", priority="0")

    assert answer == (200, "")
    assert await shown(person, "size", "total_size", "completed", "amount_left") == [
        200_000,
        350_100,
        200_000,
        0,
    ]
    files = (await person.get("torrents/files", hash=HASH)).json
    assert [(file["priority"], file["progress"]) for file in files] == [(1, 1), (0, 0), (0, 0)]
    await arranged(stand)
    assert await shown(person, "state", "progress") == ["pausedUP", 1]


@pytest.mark.parametrize("level", [1, 6, 7])
async def test_the_level_is_shown_as_it_was_set(person: Face, ready: Torrent, level: int) -> None:
    await person.post("torrents/filePrio", hash=HASH, id="0", priority=str(level))

    assert (await person.get("torrents/files", hash=HASH)).json[0]["priority"] == level


async def test_a_file_that_is_wanted_again_makes_the_torrent_unfinished_until_it_is_there(
    stand: Stand, person: Face, ready: Torrent
) -> None:
    await person.post("torrents/filePrio", hash=HASH, id="1", priority="0")
    await arranged(stand)

    await person.post("torrents/filePrio", hash=HASH, id="1", priority="1")
    await arranged(stand)

    state, size, progress = await shown(person, "state", "size", "progress")
    assert (state in {"queuedDL", "downloading"}, size) == (True, 350_100)
    assert progress < 1


async def test_a_torrent_of_which_nothing_is_wanted_is_never_finished(
    stand: Stand, person: Face, ready: Torrent
) -> None:
    await person.post("torrents/filePrio", hash=HASH, id="0|1|2", priority="0")
    await arranged(stand)

    assert await shown(person, "size", "progress", "completed") == [0, 0, 0]
    assert not isinstance(the(stand).phase, Ready)
    assert await person.listed(filter="completed") == []


async def test_files_are_chosen_before_a_provider_is_asked(stand: Stand, person: Face) -> None:
    await person.upload(SHOW)

    await person.post("torrents/filePrio", hash=HASH, id="2", priority="0")

    assert await shown(person, "size", "total_size") == [350_000, 350_100]
    assert [file["priority"] for file in (await person.get("torrents/files", hash=HASH)).json] == [1, 1, 0]


async def test_a_file_that_no_provider_holds_is_not_shown_as_wanted(stand: Stand, person: Face) -> None:
    await person.upload(SHOW)
    submitted, cached = placing(the(stand))
    some = type(cached)(cached.folder, cached.files[:2])  # type: ignore[union-attr, call-arg]
    await happen(stand.library, the(stand), LaidOut("", (FileWish(path="nfo.txt", priority=1),)))
    await happen(stand.library, the(stand), submitted, some)

    assert [file["priority"] for file in (await person.get("torrents/files", hash=HASH)).json] == [1, 1, 0]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"priority": "4"}, (400, "Priority is not valid")),
        ({"priority": "x"}, (400, "Priority must be an integer")),
        ({"priority": "x", "hash": "f" * 40}, (400, "Priority must be an integer")),
        ({"hash": "f" * 40}, (404, "Not Found")),
        ({"id": "x"}, (400, "File IDs must be integers")),
        ({"id": ""}, (400, "File IDs must be integers")),
        ({"id": "0|"}, (400, "File IDs must be integers")),
        ({"id": "99"}, (409, "File ID is not valid")),
        ({"id": "-1"}, (409, "File ID is not valid")),
    ],
)
async def test_a_choice_that_cannot_be_is_refused(
    stand: Stand, person: Face, ready: Torrent, form: dict[str, str], said: tuple[int, str]
) -> None:
    usual = {"hash": HASH, "id": "0", "priority": "0"}

    assert await refusal(person, "torrents/filePrio", **(usual | form)) == said
    assert not is_due(the(stand))


async def test_nothing_can_be_chosen_of_what_is_not_known(person: Face) -> None:
    await person.add(BUNNY)

    answer = await refusal(person, "torrents/filePrio", hash=BUNNY.infohash, id="0", priority="1")

    assert answer == (409, "Torrent's metadata has not yet downloaded")
    assert (await refusal(person, "torrents/filePrio", hash=BUNNY.infohash, priority="1"))[0] == 400


# -- looking again


async def test_a_recheck_is_shown_until_it_is_done(stand: Stand, person: Face, ready: Torrent) -> None:
    await person.post("torrents/pause", hashes=HASH)
    await person.post("torrents/recheck", hashes=HASH)
    await person.post("torrents/recheck", hashes=HASH)

    assert await shown(person, "state", "progress") == ["checkingUP", 1]
    for name in ("checking", "completed", "seeding"):
        assert len(await person.listed(filter=name)) == 1
    assert [type(line.event).__name__ for line in await stand.library.history(ready.id)][-1] == "CheckAsked"


async def test_a_recheck_of_what_is_not_finished_does_nothing(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)

    assert await refusal(person, "torrents/recheck", hashes=f"{BUNNY.infohash}|{'f' * 40}") == (200, "")
    assert not the(stand).check_asked


async def test_an_arr_moves_nothing_of_anothers(stand: Stand, sonarr: Face, ready: Torrent) -> None:
    await sonarr.post("torrents/setLocation", hashes=HASH, location="mine")
    renamed = await refusal(sonarr, "torrents/renameFile", hash=HASH, oldPath="a", newPath="b")
    chosen = await refusal(sonarr, "torrents/filePrio", hash=HASH, id="0", priority="0")

    assert the(stand).save_path == ready.save_path
    assert (renamed[0], chosen[0]) == (404, 404)


async def test_what_is_wished_is_still_wished_after_a_restart(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        face = await a_face(stand)
        await face.upload(SHOW)
        await face.post("torrents/filePrio", hash=HASH, id="2", priority="0")
        await face.post("torrents/renameFile", hash=HASH, oldPath=f"{ROOT}/S01E01.mkv", newPath=f"{ROOT}/1")
        wished = the(stand)

    async with a_library(tmp_path) as library:
        assert library.listed() == [wished]
