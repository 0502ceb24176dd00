"""What clients do to torrents, categories and tags."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from compat.content import BLOCK, Release
from qbitproxy.core.events import Cached, Stumbled, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.settings.sections import QbittorrentSettings
from tests.support import ManualClock
from tests.web.qbit.face import (
    BUNNY,
    REMOTE,
    SHOW,
    Face,
    a_face,
    happen,
    make_failed,
    make_ready,
    show,
)
from tests.web.stand import Stand, a_stand, usual_settings

TRACKED = Release("Tracked", {"a.mkv": 600_000, "b.mkv": 400_000}, trackers=("http://t.example/announce",))


@pytest.mark.parametrize(("stop", "start"), [("pause", "resume"), ("stop", "start")])
async def test_all_four_names_pause_and_resume(person: Face, stop: str, start: str) -> None:
    await person.add(BUNNY)

    assert (await person.post(f"torrents/{stop}", hashes=BUNNY.infohash)).status == 200
    assert (await person.row())["state"] == "pausedDL"
    assert (await person.post(f"torrents/{start}", hashes=BUNNY.infohash)).status == 200
    assert (await person.row())["state"] == "queuedDL"


@pytest.mark.parametrize("name", ["paused", "stopped"])
async def test_an_add_may_start_paused_by_either_name(person: Face, name: str) -> None:
    await person.add(BUNNY, **{name: "True"})

    assert (await person.row())["state"] == "pausedDL"


async def test_resuming_what_failed_tries_again(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    await make_failed(stand.library, stand.library.listed()[0])

    await person.post("torrents/resume", hashes=BUNNY.infohash)
    assert (await person.row())["state"] == "queuedDL"


async def test_reannounce_tries_at_once_what_waits(stand: Stand, person: Face, clock: ManualClock) -> None:
    await person.add(BUNNY)
    await person.add(SHOW)
    first, second = stand.library.listed()
    later = clock.now() + timedelta(minutes=5)
    await happen(stand.library, first, Stumbled(Reason.OUTAGE, "no route", later))

    await person.post("torrents/reannounce", hashes="all")
    assert [torrent.retry_at for torrent in stand.library.listed()] == [None, None]
    assert stand.library.get(second.id) is second


async def test_force_start_resumes_and_never_keeps_an_arr_from_removing(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY, paused="true")
    await person.post("torrents/setForceStart", hashes=BUNNY.infohash, value="true")
    assert (await person.row())["force_start"] is True

    await make_ready(stand.library, stand.library.listed()[0])
    row = await person.row()
    assert (row["state"], row["force_start"], row["priority"]) == ("pausedUP", False, 0)


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("topPrio", "cdabe"),
        ("bottomPrio", "abecd"),
        ("increasePrio", "acdbe"),
        ("decreasePrio", "abecd"),
    ],
)
async def test_queue_actions_reorder_what_waits(person: Face, action: str, order: str) -> None:
    for letter in "abcde":
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{letter * 40}")

    answer = await person.post(f"torrents/{action}", hashes=f"{'c' * 40}|{'d' * 40}")

    assert answer.status == 200
    rows = await person.listed(sort="priority")
    assert "".join(row["hash"][0] for row in rows) == order
    assert [row["priority"] for row in rows] == [1, 2, 3, 4, 5]


async def test_queue_actions_add_up(person: Face) -> None:
    for letter in "abcd":
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{letter * 40}")
    for action, letter in [("topPrio", "c"), ("topPrio", "d"), ("decreasePrio", "d"), ("bottomPrio", "a")]:
        await person.post(f"torrents/{action}", hashes=letter * 40)
    await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{'e' * 40}", addToTopOfQueue="true")

    rows = await person.listed(sort="priority")
    assert "".join(row["hash"][0] for row in rows) == "ecdba"


async def test_queue_actions_are_409_without_queueing(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, qbittorrent=QbittorrentSettings(queueing=False))
    async with a_stand(tmp_path, settings=settings) as stand:
        face = await a_face(stand)
        await face.add(BUNNY)

        answer = await face.post("torrents/topPrio", hashes=BUNNY.infohash)
        assert (answer.status, answer.text) == (409, "Torrent queueing must be enabled")
        assert (await face.row())["priority"] == 0
        assert (await face.get("app/preferences")).json["queueing_enabled"] is False


async def test_share_limits_are_echoed(person: Face) -> None:
    await person.add(BUNNY)
    await person.post(
        "torrents/setShareLimits", hashes=BUNNY.infohash, ratioLimit="1.5", seedingTimeLimit="-2"
    )

    row = await person.row()
    assert (row["ratio_limit"], row["max_ratio"], row["seeding_time_limit"]) == (1.5, 1.5, -2)
    await person.post(
        "torrents/setShareLimits", hashes=BUNNY.infohash, ratioLimit="99999", seedingTimeLimit="60"
    )
    row = await person.row()
    assert (row["ratio_limit"], row["max_seeding_time"]) == (9999, 60)


async def test_two_changes_at_once_both_count(person: Face) -> None:
    await person.add(BUNNY)
    async with asyncio.TaskGroup() as group:
        for name in "abcdef":
            group.create_task(person.post("torrents/addTags", hashes=BUNNY.infohash, tags=name))
        group.create_task(person.post("torrents/toggleSequentialDownload", hashes=BUNNY.infohash))

    row = await person.row()
    assert set(row["tags"].split(", ")) == set("abcdef")
    assert row["seq_dl"] is True


async def test_tags_come_and_go(person: Face) -> None:
    await person.add(BUNNY, tags=" two ,one,,two")
    await person.post("torrents/createTags", tags="three, four,")
    assert (await person.get("torrents/tags")).json == ["four", "one", "three", "two"]
    assert (await person.row())["tags"] == "two, one"

    await person.post("torrents/addTags", hashes="f" * 40, tags="never")
    await person.post("torrents/addTags", hashes="all", tags="five")
    assert [row["hash"] for row in await person.listed(tag="five")] == [BUNNY.infohash]
    await person.post("torrents/removeTags", hashes="all", tags="one")
    await person.post("torrents/deleteTags", tags="two,unknown")
    assert (await person.row())["tags"] == "five"
    await person.post("torrents/removeTags", hashes="all")
    assert len(await person.listed(tag="")) == 1
    assert (await person.get("torrents/tags")).json == ["five", "four", "one", "three"]


async def test_categories_are_edited_and_removed(tmp_path: Path, person: Face) -> None:
    await person.add(BUNNY, category="tv")
    films = str(tmp_path / "downloads" / "films")

    edited = await person.post("torrents/editCategory", category="tv", savePath=films)
    again = await person.post("torrents/editCategory", category="tv", savePath=films)
    unknown = await person.post("torrents/editCategory", category="nope", savePath=films)
    existing = await person.post("torrents/createCategory", category="tv")
    empty = await person.post("torrents/createCategory", category="")

    assert [each.status for each in (edited, again, unknown, existing, empty)] == [200, 409, 409, 409, 400]
    assert (await person.get("torrents/categories")).json == {"tv": {"name": "tv", "savePath": films}}
    assert (await person.post("torrents/removeCategories", categories="nope\ntv")).status == 200
    assert (await person.get("torrents/categories")).json == {}
    assert (await person.row(category=""))["hash"] == BUNNY.infohash


async def test_one_hash_cannot_be_twice_in_one_category(stand: Stand, person: Face) -> None:
    await person.add(BUNNY, category="one")
    await person.add(BUNNY, category="two")
    assert len(await person.listed()) == 2

    answer = await person.post("torrents/setCategory", hashes=BUNNY.infohash, category="two")
    assert answer.status == 409
    assert {row["category"] for row in await person.listed()} == {"one", "two"}


async def test_an_arr_gets_the_details_of_its_own_copy(stand: Stand, person: Face, sonarr: Face) -> None:
    await person.add(BUNNY, category="radarr", rename="Other")
    await sonarr.add(BUNNY, category="tv-sonarr")

    assert (await sonarr.get("torrents/properties", hash=BUNNY.infohash)).json["name"] == BUNNY.name


async def test_rename_shows_the_name_on_one_line_and_its_blanks_as_they_are(person: Face) -> None:
    await person.add(BUNNY)

    assert (await person.post("torrents/rename", hash=BUNNY.infohash, name=" New\r\nName  2 ")).status == 200
    assert (await person.row())["name"] == "New Name  2"
    for form, status in ({"name": " "}, 409), ({"name": "x", "hash": "f" * 40}, 404), ({}, 400):
        answer = await person.post("torrents/rename", **{"hash": BUNNY.infohash, **form})
        assert answer.status == status


@pytest.mark.parametrize(
    "path",
    [
        "torrents/recheck",
        "torrents/setSuperSeeding",
        "torrents/setAutoManagement",
        "torrents/toggleFirstLastPiecePrio",
    ],
)
async def test_what_means_little_here_is_accepted(person: Face, path: str) -> None:
    await person.add(BUNNY)

    answer = await person.post(path, hashes=BUNNY.infohash, value="true", enable="true", limit="1000")
    assert (answer.status, answer.text) == (200, "")
    assert (await person.post(path)).status == 400


async def test_details_of_an_uploaded_torrent_are_those_of_its_file(stand: Stand, person: Face) -> None:
    await person.upload(TRACKED)
    name = TRACKED.infohash

    properties = (await person.get("torrents/properties", hash=name)).json
    assert (properties["piece_size"], properties["pieces_num"], properties["pieces_have"]) == (262144, 4, 0)
    assert (properties["total_size"], properties["completion_date"], properties["is_private"]) == (
        10**6,
        -1,
        False,
    )
    assert len((await person.get("torrents/pieceHashes", hash=name)).json) == 4
    assert (await person.get("torrents/pieceStates", hash=name)).json == [0, 0, 0, 0]
    assert (await person.get("torrents/export", hash=name)).body == TRACKED.torrent
    assert (await person.get("torrents/webseeds", hash=name)).json == []
    assert (await person.get("sync/torrentPeers", hash=name)).json["peers"] == {}
    await make_ready(stand.library, stand.library.listed()[0])
    assert (await person.get("torrents/pieceStates", hash=name)).json == [2, 2, 2, 2]


async def test_details_that_are_odd_count_as_unknown(person: Face) -> None:
    odd = TRACKED.torrent.replace(b"d8:announce", b"d7:commenti5e13:creation date3:now8:announce")
    form = FormData(default_to_multipart=True)
    form.add_field("torrents", odd, filename="odd.torrent")
    assert (await person.ask("POST", "torrents/add", data=form)).text == "Ok."

    properties = (await person.get("torrents/properties", hash=TRACKED.infohash)).json
    assert (properties["comment"], properties["creation_date"], properties["pieces_num"]) == ("", 0, 4)


async def test_details_of_a_magnet_are_unknown(person: Face) -> None:
    await person.add(BUNNY)
    name = BUNNY.infohash

    properties = (await person.get("torrents/properties", hash=name)).json
    assert (properties["piece_size"], properties["pieces_num"], properties["total_size"]) == (-1, -1, -1)
    assert (await person.get("torrents/files", hash=name)).json == []
    assert (await person.get("torrents/pieceHashes", hash=name)).json == []
    answer = await person.get("torrents/export", hash=name)
    assert (answer.status, answer.text) == (409, "Unable to export torrent file. Error: Missing metadata")


async def test_files_are_picked_by_index(stand: Stand, person: Face) -> None:
    await person.upload(TRACKED)

    async def files(indexes: str) -> object:
        answer = await person.get("torrents/files", hash=TRACKED.infohash, indexes=indexes)
        return [file["index"] for file in answer.json] if answer.status == 200 else answer.text

    assert await files("1|0") == [1, 0]
    assert await files("9") == "Index 9 is out of bounds."
    assert await files("x") == '"x" is not a valid file index.'
    assert await files("") == '"" is not a valid file index.'
    first, second = (await person.get("torrents/files", hash=TRACKED.infohash)).json
    assert (first["is_seed"], first["piece_range"], second["piece_range"]) == (False, [0, 2], [2, 3])
    assert "is_seed" not in second


async def test_each_file_of_a_hybrid_begins_with_a_piece(stand: Stand, person: Face) -> None:
    hybrid = Release("Hybrid", {"a.mkv": 40_000, "b.mkv": 20_000}, version="hybrid", piece_length=BLOCK)
    await person.upload(hybrid)

    rows = (await person.get("torrents/files", hash=hybrid.infohash)).json

    assert [row["piece_range"] for row in rows] == [[0, 2], [3, 4]]


async def test_files_that_are_not_wanted_are_skipped_ones(stand: Stand, person: Face) -> None:
    await person.upload(SHOW)
    (torrent,) = stand.library.listed()
    wanted = tuple(RemoteFile(id=file.path, path=file.path, size=file.size) for file in torrent.files[:2])
    await happen(stand.library, torrent, Submitted(REMOTE), Cached("Show", wanted))

    rows = (await person.get("torrents/files", hash=SHOW.infohash)).json
    assert [(row["priority"], row["size"]) for row in rows] == [(1, 200_000), (1, 150_000), (0, 100)]
    info = await person.row()
    assert (info["size"], info["total_size"]) == (350_000, 350_100)


async def test_trackers_work_while_a_provider_does(stand: Stand, person: Face) -> None:
    await person.upload(TRACKED)

    async def own() -> Any:
        *peers, row = (await person.get("torrents/trackers", hash=TRACKED.infohash)).json
        assert [each["tier"] for each in peers] == [-1, -1, -1]
        return row

    assert (await own())["status"] == 1
    (torrent,) = stand.library.listed()
    await happen(stand.library, torrent, Submitted(REMOTE))
    show(stand.library, torrent, ItemState.FETCHING, seeders=7)
    row = await own()
    assert (row["status"], row["num_seeds"], row["url"]) == (2, 7, "http://t.example/announce")
    await person.post("torrents/pause", hashes="all")
    assert (await own())["status"] == 1
    await make_failed(stand.library, torrent)
    row = await own()
    assert (row["status"], row["msg"]) == (4, "nobody holds it")


async def test_maindata_is_a_full_update_for_whoever_was_told_nothing(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY, category="tv", tags="x")
    (torrent,) = stand.library.listed()
    await happen(stand.library, torrent, Submitted(REMOTE))
    show(stand.library, torrent, ItemState.FETCHING, speed=1000, progress=0.5, seeders=3)

    data = (await person.get("sync/maindata", rid="41")).json
    row = await person.row()

    assert (data["rid"], data["full_update"], data["tags"], list(data["categories"])) == (
        1,
        True,
        ["x"],
        ["tv"],
    )
    assert data["torrents"] == {row.pop("hash"): row}
    state = data["server_state"]
    assert (state["dl_info_speed"], state["connection_status"], state["queueing"]) == (
        1000,
        "connected",
        True,
    )
    assert state["free_space_on_disk"] > 0
    assert (row["state"], row["progress"], row["eta"], row["num_seeds"]) == ("downloading", 0.5, 150, 3)
    transfer = (await person.get("transfer/info")).json
    assert (transfer["dl_info_speed"], transfer["dl_info_data"]) == (1000, 150_000)


async def test_the_list_is_sorted_and_cut(person: Face) -> None:
    for letter in "cab":
        await person.post(
            "torrents/add", urls=f"magnet:?xt=urn:btih:{letter * 40}&dn={letter}", category=letter
        )

    async def names(**query: str) -> str:
        return "".join(row["name"] for row in await person.listed(**query))

    assert await names() == "cab"
    assert await names(sort="name") == "abc"
    assert await names(sort="name", reverse="true") == "cba"
    assert await names(sort="name", limit="2") == "ab"
    assert await names(sort="name", limit="1", offset="1") == "b"
    assert await names(sort="name", offset="-1") == "c"
    assert await names(sort="name", offset="9") == "abc"
    assert await names(private="false") == "cab"
    assert await names(private="true") == ""
    assert (await person.get("torrents/count")).text == "3"


async def test_preferences_are_complete_and_agree_with_the_settings(tmp_path: Path, person: Face) -> None:
    preferences = (await person.get("app/preferences")).json

    assert len(preferences) == 202
    assert list(preferences) == sorted(preferences)
    expected = {
        "save_path": str(tmp_path / "downloads"),
        "dht": True,
        "queueing_enabled": True,
        "max_ratio_enabled": True,
        "max_ratio": 0,
        "max_ratio_act": 0,
        "max_seeding_time_enabled": False,
        "max_inactive_seeding_time_enabled": False,
        "web_ui_port": 8282,
        "proxy_type": "None",
    }
    assert expected.items() <= preferences.items()
    assert not {"web_ui_password", "proxy_torrents_only"} & preferences.keys()
    assert (await person.get("app/defaultSavePath")).text == str(tmp_path / "downloads")


async def test_preferences_promise_nothing_that_is_not_done(person: Face) -> None:
    before = (await person.get("app/preferences")).json
    wish = '{"autorun_enabled": true, "proxy_password": "fake", "max_ratio_act": 3, "save_path": "/"}'

    await person.post("app/setPreferences", json=wish)
    assert (await person.get("app/preferences")).json == before
