"""The emulated Arrs keep a library the way the real ones do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from compat.content import FILTERED, SHOW, SINTEL
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_shelf import MediaFile
from compat.emulators.bench import Bench
from compat.emulators.lidarr import Lidarr
from compat.emulators.radarr import Radarr
from compat.emulators.sonarr import Sonarr
from tests.compat.arr_caller import KEY, Caller
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent

WEBHOOK = {
    "name": "us",
    "implementation": "Webhook",
    "configContract": "WebhookSettings",
    "onDownload": True,
    "onRename": True,
    "onEpisodeFileDelete": True,
}


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(headers=KEY) as http:
        yield http


@pytest.fixture
async def sonarr(tmp_path: Path) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        yield sonarr


@pytest.fixture
def api(http: ClientSession, sonarr: Sonarr) -> Caller:
    return Caller(http, sonarr)


@pytest.fixture
async def us() -> AsyncIterator[Bench]:
    """Whom webhooks reach."""
    async with Bench() as us:
        us.fault(status=200, times=None)
        yield us


def shelve(sonarr: Any, count: int = 2, release: Offer | None = None) -> list[MediaFile]:
    folder = sonarr.root / "Title"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.mkv" for number in range(count)]
    for path in paths:
        path.write_bytes(b"x")
    held: list[MediaFile] = sonarr.holds("Title", paths, release)
    return held


async def register(api: Caller, us: Bench, **changes: Any) -> Any:
    fields = [{"name": "url", "value": f"{us.origin}/hook"}, {"name": "password", "value": "fake-secret"}]
    return await api("POST", "notification", json=WEBHOOK | {"fields": fields} | changes)


def told(us: Bench) -> list[Any]:
    return [json.loads(request.body) for request in us.requests]


@pytest.mark.parametrize("path", ["episode", "episodefile"])
async def test_a_list_of_nobodys_things_is_a_bad_request(api: Caller, path: str) -> None:
    complaint = await api("GET", path)

    assert api.status == 400
    assert "must be provided" in complaint["message"]


@pytest.mark.parametrize("query", ["episodeIds=1&episodeIds=99", "episodeIds=x"])
async def test_of_several_ids_all_have_to_be_known(sonarr: Sonarr, api: Caller, query: str) -> None:
    shelve(sonarr)

    await api("GET", f"episode?{query}")

    assert api.status == (400 if "x" in query else 500)


async def test_things_are_listed_by_their_ids(sonarr: Sonarr, api: Caller) -> None:
    first, second = shelve(sonarr)

    files = await api("GET", f"episodefile?episodeFileIds={second.id}")
    episodes = await api("GET", f"episode?episodeIds={first.parts[0]}")
    episode = await api("GET", f"episode/{first.parts[0]}")

    assert [file["id"] for file in files] == [second.id]
    assert episodes == [episode]
    assert (episode["episodeFileId"], episode["hasFile"]) == (first.id, True)


@pytest.mark.parametrize("path", ["series/99", "episode/99", "episodefile/99", "history/series?seriesId=99"])
async def test_what_is_unknown_is_not_found(api: Caller, path: str) -> None:
    await api("GET", path)

    assert api.status == 404


async def test_several_files_are_deleted_at_once(sonarr: Sonarr, api: Caller) -> None:
    first, second = shelve(sonarr)

    answer = await api("DELETE", "episodefile/bulk", json={"episodeFileIds": [first.id, second.id]})

    assert (api.status, answer, sonarr.shelf.files) == (200, {}, {})
    assert not first.path.exists()


async def test_a_file_that_cannot_be_removed_stays_in_the_library(sonarr: Sonarr, api: Caller) -> None:
    [file] = shelve(sonarr, 1)
    file.path.unlink()
    file.path.mkdir()  # unlinking a folder fails for whoever tries

    await api("DELETE", f"episodefile/{file.id}")

    assert api.status == 500
    assert list(sonarr.shelf.files) == [file.id]


async def test_a_file_that_is_not_there_is_forgotten_all_the_same(sonarr: Sonarr, api: Caller) -> None:
    [file] = shelve(sonarr, 1)
    file.path.unlink()

    await api("DELETE", f"episodefile/{file.id}")

    assert (api.status, sonarr.shelf.files) == (200, {})


async def test_what_is_deleted_is_monitored_no_more_where_that_is_set(sonarr: Sonarr, api: Caller) -> None:
    first, second = shelve(sonarr)
    setting = "autoUnmonitorPreviouslyDownloadedEpisodes"

    await api("DELETE", f"episodefile/{first.id}")
    changed = await api("PUT", "config/mediamanagement/1", json={setting: True})
    await api("DELETE", f"episodefile/{second.id}")

    assert changed[setting] is True
    assert (await api("GET", "config/mediamanagement"))[setting] is True
    monitored = {each["id"]: each["monitored"] for each in await api("GET", "episode?seriesId=1")}
    assert monitored == {first.parts[0]: True, second.parts[0]: False}


async def test_an_editor_changes_only_what_it_is_told(http: ClientSession, tmp_path: Path) -> None:
    async with Radarr(tmp_path / "library") as radarr:
        api = Caller(http, radarr)
        [file] = shelve(radarr, 1)

        [movie] = await api("PUT", "movie/editor", json={"movieIds": [file.owner]})
        assert movie["monitored"] is True
        [movie] = await api("PUT", "movie/editor", json={"movieIds": [file.owner], "monitored": False})

    assert (api.status, movie["monitored"], movie["movieFile"]["id"]) == (202, False, file.id)


async def test_the_history_of_one_owner_may_be_narrowed_to_some_events(sonarr: Sonarr, api: Caller) -> None:
    [file] = shelve(sonarr, 1, Offer.of(SINTEL))
    await sonarr.rename(file, "renamed.mkv")

    rows = await api("GET", "history/series?seriesId=1")
    grabs = await api("GET", "history/series?seriesId=1&eventType=1")

    assert [row["eventType"] for row in rows] == ["episodeFileRenamed", "downloadFolderImported", "grabbed"]
    assert [row["eventType"] for row in grabs] == ["grabbed"]
    assert rows[1]["data"]["fileId"] == str(file.id)
    assert rows[0]["data"]["path"] == str(file.path)


async def test_a_rescan_forgets_what_is_gone_but_not_below_an_empty_root(
    sonarr: Sonarr, tmp_path: Path
) -> None:
    first, second = shelve(sonarr)
    first.path.unlink()
    sonarr.root.rename(tmp_path / "away")
    sonarr.root.mkdir()

    await sonarr.rescan()
    assert list(sonarr.shelf.files) == [first.id, second.id]
    sonarr.root.rmdir()
    (tmp_path / "away").rename(sonarr.root)
    await sonarr.rescan()

    assert list(sonarr.shelf.files) == [second.id]
    assert sonarr.history[-1].facts == {"reason": "MissingFromDisk"}


async def test_another_release_of_the_same_takes_its_place(sonarr: Sonarr) -> None:
    [first] = shelve(sonarr, 1, Offer.of(SINTEL))
    sonarr.ledger.likens(Offer.of(SHOW), to=Offer.of(SINTEL))

    [second] = shelve(sonarr, 1, Offer.of(SHOW))

    assert (first.owner, first.parts) == (second.owner, second.parts)
    assert list(sonarr.shelf.files) == [second.id]


async def test_an_import_is_told_with_where_it_came_from(
    tmp_path: Path, sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await register(api, us)
        await sonarr.grab(SINTEL)
        [content] = SINTEL.write(qbit.downloads)
        qbit.rows[SINTEL.infohash] |= {"state": "pausedUP", "progress": 1.0, "content_path": str(content)}
        await sonarr.poll()

    test, imported = told(us)
    assert test["eventType"] == "Test"
    assert imported["eventType"] == "Download"
    assert imported["downloadId"] == SINTEL.infohash.upper()
    assert imported["episodeFile"]["sourcePath"] == str(content)
    assert imported["episodeFile"]["path"] == str(sonarr.imported[0])


async def test_an_upgrade_is_told_with_what_it_took_the_place_of(
    tmp_path: Path, sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    [old] = shelve(sonarr, 1, Offer.of(FILTERED))
    sonarr.ledger.likens(Offer.of(SINTEL), to=Offer.of(FILTERED))
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await register(api, us, name="all", onUpgrade=True, onEpisodeFileDeleteForUpgrade=True)
        await register(api, us, name="without upgrades")
        await sonarr.grab(SINTEL)
        qbit.finish(SINTEL)
        await sonarr.poll()

    _, _, deleted, imported = told(us)
    assert (deleted["eventType"], deleted["deleteReason"]) == ("EpisodeFileDelete", "upgrade")
    assert (imported["eventType"], imported["isUpgrade"]) == ("Download", True)
    assert [file["id"] for file in imported["deletedFiles"]] == [old.id] == [deleted["episodeFile"]["id"]]
    assert not old.path.exists()
    assert sonarr.imported[0].parent == old.path.parent


async def test_the_end_of_an_import_is_told_as_another_download(
    tmp_path: Path, sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await register(api, us, onDownload=False, onImportComplete=True)
        await sonarr.grab(SHOW)
        folder = qbit.finish(SHOW)
        await sonarr.poll()

    _, complete = told(us)
    assert complete["eventType"] == "Download"
    assert complete["fileCount"] == len(complete["episodeFiles"]) == len(sonarr.imported) > 1
    assert complete["sourcePath"] == str(folder)
    assert "episodeFile" not in complete


@pytest.mark.parametrize("deletes_files", [True, False])
async def test_a_series_that_is_removed_is_told_once(
    sonarr: Sonarr, api: Caller, us: Bench, deletes_files: bool
) -> None:
    first, second = shelve(sonarr, 2, Offer.of(SHOW))
    await register(api, us, onSeriesDelete=True)

    await api("DELETE", f"series/{first.owner}?deleteFiles={str(deletes_files).lower()}")

    _, deleted = told(us)
    assert (deleted["eventType"], deleted["deletedFiles"]) == ("SeriesDelete", deletes_files)
    assert deleted["series"]["id"] == first.owner
    assert (sonarr.shelf.files, sonarr.shelf.parts, sonarr.history) == ({}, {}, [])
    assert second.path.exists() is not deletes_files
    await api("GET", f"series/{first.owner}")
    assert api.status == 404


async def test_a_series_that_comes_back_is_another_one(sonarr: Sonarr) -> None:
    [first] = shelve(sonarr, 1, Offer.of(SHOW))
    await sonarr.forget(sonarr.shelf.owners[first.owner], deletes_files=True)
    first.path.parent.mkdir()

    [again] = shelve(sonarr, 1, Offer.of(SHOW))

    assert again.owner != first.owner


async def test_an_album_that_is_removed_is_told_with_its_artist(
    http: ClientSession, tmp_path: Path, us: Bench
) -> None:
    async with Lidarr(tmp_path / "library") as lidarr:
        api = Caller(http, lidarr, "v1")
        [file] = shelve(lidarr, 1)
        await register(api, us, onAlbumDelete=True)

        await api("DELETE", f"album/{file.parts[0]}?deleteFiles=true")
        await api("DELETE", f"album/{file.parts[0]}")

    _, deleted = told(us)
    assert api.status == 404
    assert (deleted["eventType"], deleted["artist"]["id"]) == ("AlbumDelete", file.owner)
    assert deleted["album"]["id"] == file.parts[0]
    assert not file.path.exists()


async def test_folders_that_are_nobodys_are_told(sonarr: Sonarr, api: Caller, tmp_path: Path) -> None:
    shelve(sonarr, 1)
    for name in ("beta", "Alpha", ".hidden", "lost+found"):
        (sonarr.root / name).mkdir()
    (sonarr.root / "file").touch()

    [folder] = await api("GET", "rootfolder")
    sonarr.root.rename(tmp_path / "away")
    [gone] = await api("GET", "rootfolder")

    assert folder["unmappedFolders"] == [
        {"name": name, "path": str(sonarr.root / name), "relativePath": name} for name in ("Alpha", "beta")
    ]
    assert (gone["accessible"], gone.get("unmappedFolders")) == (False, None)


async def test_lidarr_tells_no_folders_that_are_nobodys(http: ClientSession, tmp_path: Path) -> None:
    async with Lidarr(tmp_path / "library") as lidarr:
        (lidarr.root / "Nobody").mkdir()

        [folder] = await Caller(http, lidarr, "v1")("GET", "rootfolder")

    assert (folder["name"], folder.get("unmappedFolders")) == ("Library", None)


async def test_a_new_name_and_a_deletion_are_told(sonarr: Sonarr, api: Caller, us: Bench) -> None:
    [file] = shelve(sonarr, 1)
    await register(api, us)

    await sonarr.rename(file, "renamed.mkv")
    await api("DELETE", f"episodefile/{file.id}")

    _, renamed, deleted = told(us)
    assert renamed["renamedEpisodeFiles"][0]["previousPath"] == str(file.path.with_name("0.mkv"))
    assert (deleted["eventType"], deleted["deleteReason"]) == ("EpisodeFileDelete", "manual")
    assert deleted["episodes"][0]["id"] == file.parts[0]


async def test_whoever_does_not_take_an_event_is_not_told_again(
    sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    [file] = shelve(sonarr, 1)
    await register(api, us)
    us.faults.clear()
    us.fault(status=500, times=None)

    await sonarr.rename(file, "renamed.mkv")

    assert len(us.requests) == 2


async def test_a_secret_is_never_shown_and_stays_when_it_comes_back_masked(
    sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    added = await register(api, us)
    assert "fake-secret" not in json.dumps(added)

    await api("PUT", f"notification/{added['id']}", json=added)

    assert api.status == 202
    assert [webhook.password for webhook in sonarr.herald.webhooks] == ["fake-secret"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "US"},
        {"implementation": "Email"},
        {"fields": [{"value": 1}]},
        {"fields": [{"name": "url", "value": "ftp://example.org"}]},
        {"fields": [{"name": "url", "value": "http://127.0.0.1:1/"}]},
    ],
)
async def test_a_connection_that_makes_no_sense_is_refused(
    sonarr: Sonarr, api: Caller, us: Bench, changes: dict[str, Any]
) -> None:
    await register(api, us)

    complaint = await register(api, us, **{"name": "another"} | changes)

    assert api.status == 400
    assert complaint
    assert len(sonarr.herald.webhooks) == 1


async def test_a_connection_is_found_tested_and_removed_by_its_number(
    sonarr: Sonarr, api: Caller, us: Bench
) -> None:
    added = await register(api, us)

    assert (await api("GET", f"notification/{added['id']}"))["name"] == "us"
    assert await api("POST", "notification/test", json=added) == {}
    assert await api("DELETE", f"notification/{added['id']}") == {}
    await api("GET", f"notification/{added['id']}")
    assert api.status == 404
    us.faults.clear()
    await api("POST", "notification/test", json=added)
    assert api.status == 400


async def test_an_arr_without_episodes_tells_of_albums(
    http: ClientSession, tmp_path: Path, us: Bench
) -> None:
    async with Lidarr(tmp_path / "library") as lidarr:
        api = Caller(http, lidarr, "v1")
        await register(api, us, onReleaseImport=True)
        [file] = shelve(lidarr, 1, Offer.of(SINTEL))
        await lidarr.herald.imported([file], SINTEL.infohash.upper(), {file.path: file.path})

    imported = told(us)[-1]
    assert imported["album"]["id"] == file.parts[0]
    assert imported["trackFiles"][0]["id"] == file.id
