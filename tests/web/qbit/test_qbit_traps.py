"""What users of such programs suffered: each symptom that would be ours to cause."""

from __future__ import annotations

import asyncio
from base64 import b32encode
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import Release
from qbitproxy.core.events import Paused, RemovalAsked, Submitted
from qbitproxy.core.ports import ItemState
from qbitproxy.core.torrent import Action, Failed
from qbitproxy.settings.sections import FilesSettings, QbittorrentSettings, StripTrackers
from qbitproxy.web.qbit.query import FILTERS
from tests.support import DEADLINE, a_draft
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


async def test_content_path_is_the_path_that_exists(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY, category="radarr")
    torrent = await make_ready(stand.library, stand.library.listed()[0])

    row = await person.row()
    (file,) = (await person.get("torrents/files", hash=BUNNY.infohash)).json
    assert row["content_path"] == f"{torrent.save_path}/Big.Buck.Bunny.2008.1080p"
    assert file["name"] == f"Big.Buck.Bunny.2008.1080p/{BUNNY.name}"


async def test_content_path_is_never_the_save_path(stand: Stand, person: Face) -> None:
    names = ["", ".", "..", "/", " ", "...", "a" * 300, "x.mkv"]
    for number, name in enumerate(names):
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{number:040x}", rename=name)

    for row in await person.listed():
        assert Path(row["content_path"]).parent == Path(row["save_path"])
        assert Path(row["content_path"]).name not in ("", ".", "..")


async def test_label_is_there_after_create_category(person: Face) -> None:
    for name in ("tv-sonarr", "a/b", "ünï", "with,comma"):
        assert (await person.post("torrents/createCategory", category=name)).status == 200
        assert name in (await person.get("torrents/categories")).json


async def test_category_folder_exists_when_an_arr_checks_it(tmp_path: Path, person: Face) -> None:
    await person.add(BUNNY, category="brand/new")

    assert (tmp_path / "downloads" / "brand" / "new").is_dir()
    assert (await person.get("torrents/categories")).json["brand/new"]["savePath"] == str(
        tmp_path / "downloads/brand/new"
    )


async def test_poll_never_removes_a_finished_torrent(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY)
    await make_ready(stand.library, stand.library.listed()[0])
    for path in ("torrents/info", "sync/maindata", "app/preferences"):
        await person.get(path)

    assert len(await person.listed()) == 1


async def test_delete_without_delete_files_keeps_the_files(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY)
    await person.post("torrents/delete", hashes=BUNNY.infohash)

    lines = await stand.library.history(1)
    assert lines[-1].event == RemovalAsked(delete_files=False, release_remote=None)


async def test_delete_files_is_true_in_any_case(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY)
    await person.post("torrents/delete", hashes=BUNNY.infohash, deleteFiles="True")

    assert (await stand.library.history(1))[-1].event == RemovalAsked(delete_files=True)


async def test_regrab_of_a_failed_torrent_starts_it_again(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    await make_failed(stand.library, stand.library.listed()[0])
    assert (await person.row())["state"] == "error"

    assert (await person.add(BUNNY)).text == "Ok."
    assert (await person.row())["state"] == "queuedDL"


async def test_set_category_moves_the_chosen_torrents_only(person: Face) -> None:
    await person.add(BUNNY, category="tv")
    await person.add(SHOW, category="tv")
    await person.post("torrents/createCategory", category="imported")

    answer = await person.post("torrents/setCategory", hashes=BUNNY.infohash, category="imported")

    assert answer.status == 200
    assert [row["hash"] for row in await person.listed(category="imported")] == [BUNNY.infohash]
    assert [row["hash"] for row in await person.listed(category="tv")] == [SHOW.infohash]


async def test_an_arr_still_reaches_what_it_moved_to_its_imported_category(sonarr: Face) -> None:
    await sonarr.add(BUNNY, category="tv-sonarr")
    await sonarr.post("torrents/createCategory", category="imported")
    await sonarr.post("torrents/setCategory", hashes=BUNNY.infohash, category="imported")

    assert await sonarr.listed(category="tv-sonarr") == []
    assert (await sonarr.row(hashes=BUNNY.infohash))["category"] == "imported"


async def test_filter_all_lists_everything(person: Face) -> None:
    await person.add(BUNNY)

    for word in ("all", "", "nonsense", "ALL"):
        assert len(await person.listed(filter=word)) == 1


@pytest.mark.parametrize("word", sorted(FILTERS))
async def test_every_documented_filter_lets_through_its_states(stand: Stand, person: Face, word: str) -> None:
    wanted = {
        "downloading": {"metaDL", "downloading", "stalledDL", "queuedDL", "pausedDL"},
        "completed": {"pausedUP"},
        "paused": {"pausedDL", "pausedUP"},
        "stopped": {"pausedDL", "pausedUP"},
        "active": {"metaDL", "downloading", "moving"},
        "stalled": {"stalledDL"},
        "stalled_downloading": {"stalledDL"},
        "moving": {"moving"},
        "errored": {"error"},
    }
    every = {"metaDL", "downloading", "stalledDL", "queuedDL", "pausedDL", "pausedUP", "error"}
    wanted["resumed"] = wanted["running"] = every - wanted["paused"]
    wanted["inactive"] = every - wanted["active"]
    await _one_of_each_state(stand, person)
    assert {row["state"] for row in await person.listed()} == every

    assert {row["state"] for row in await person.listed(filter=word)} == wanted.get(word, set()) & every


async def test_two_nameless_magnets_stay_two(person: Face) -> None:
    for digit in "ab":
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{digit * 40}&dn=")

    rows = await person.listed()
    assert [row["name"] for row in rows] == ["a" * 40, "b" * 40]
    assert len({row["content_path"] for row in rows}) == 2


async def test_the_torrents_of_one_request_share_their_commits_in_the_order_given(
    stand: Stand, person: Face
) -> None:
    hashes = [f"{number:040x}" for number in range(300, 0, -1)]
    before = stand.library.version

    await person.post("torrents/add", urls="\n".join(hashes))

    assert [torrent.infohash for torrent in stand.library.listed()] == hashes
    assert stand.library.version - before <= 5


async def test_delete_of_known_and_unknown_hashes_removes_the_known_ones(person: Face) -> None:
    await person.add(BUNNY)
    await person.add(SHOW)

    answer = await person.post("torrents/delete", hashes=f"{'f' * 40}|{BUNNY.infohash}", deleteFiles="true")

    assert (answer.status, answer.text) == (200, "")
    assert [row["hash"] for row in await person.listed()] == [SHOW.infohash]


async def test_hex_base32_and_upper_case_are_the_same_torrent(person: Face) -> None:
    base32 = b32encode(bytes.fromhex(BUNNY.infohash)).decode()
    for name in (BUNNY.infohash, BUNNY.infohash.upper(), base32, base32.lower()):
        assert (await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{name}")).text == "Ok."
        assert (await person.post("torrents/add", urls=name)).text == "Ok."

        assert (await person.row(hashes=name))["hash"] == BUNNY.infohash
        assert (await person.get("torrents/properties", hash=name)).json["hash"] == BUNNY.infohash
    assert len(await person.listed()) == 1


async def test_a_hybrid_goes_by_its_v1_hash_and_its_cut_v2_hash(person: Face) -> None:
    hybrid = Release("Hybrid", {"a.mkv": 50_000, "b.mkv": 20_000}, version="hybrid")
    await person.upload(hybrid)

    row = await person.row(hashes=hybrid.infohash)
    assert (row["hash"], row["infohash_v1"]) == (hybrid.infohash, hybrid.infohash)
    assert row["infohash_v2"] == hybrid.infohash_v2
    for name in (hybrid.infohash_v2, hybrid.infohash_v2[:40]):
        assert await person.row(hashes=name) == row
        assert (await person.get("torrents/files", hash=name)).status == 200


async def test_anonymous_calls_change_nothing(stand: Stand, person: Face, stranger: Face) -> None:
    await person.add(BUNNY, category="tv")
    before = stand.library.version
    calls = {
        "torrents/delete": {"hashes": "all", "deleteFiles": "true"},
        "torrents/add": {"urls": SHOW.magnet()},
        "torrents/createCategory": {"category": "x"},
        "torrents/removeCategories": {"categories": "tv"},
        "app/setPreferences": {"json": '{"locale":"de"}'},
        "torrents/pause": {"hashes": "all"},
    }
    for path, form in calls.items():
        assert (await stranger.post(path, **form)).status == 403
        assert (await stranger.get(path, **form)).status == 403
    await stranger.get("torrents/info")

    assert stand.library.version == before
    assert len(await person.listed()) == 1


async def test_partial_preferences_wipe_nothing(person: Face) -> None:
    before = (await person.get("app/preferences")).json
    await person.post("app/setPreferences", json='{"locale": "de"}')
    await person.post("app/setPreferences", json='{"refresh_interval": "2000", "pex": true}')

    after = (await person.get("app/preferences")).json
    assert after == before | {"locale": "de", "refresh_interval": 2000, "pex": True}


async def test_a_second_grab_after_a_timeout_is_the_same_torrent(person: Face) -> None:
    for _ in range(4):
        assert (await person.upload(BUNNY, category="tv")).text == "Ok."

    assert len(await person.listed()) == 1


async def test_progress_is_never_whole_while_the_state_is_downloading(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY)
    (torrent,) = stand.library.listed()
    await happen(stand.library, torrent, Submitted(REMOTE))
    show(stand.library, torrent, ItemState.DONE, progress=1.0, done=BUNNY.size)

    row = await person.row()
    assert row["state"] == "downloading"
    assert 0.99 < row["progress"] < 1
    assert row["amount_left"] > 0


async def test_sequential_download_asks_for_a_download_and_first_last_strips_trackers(
    stand: Stand, person: Face
) -> None:
    await person.add(BUNNY, sequentialDownload="True", firstLastPiecePrio="True")
    await person.add(SHOW)

    asked, usual = stand.library.listed()
    assert (asked.request.action, asked.request.strip_trackers) == (Action.DOWNLOAD, True)
    assert (usual.request.action, usual.request.strip_trackers) == (Action.DOWNLOAD, False)
    row = (await person.listed())[0]
    assert (row["seq_dl"], row["f_l_piece_prio"]) == (True, True)


@pytest.mark.parametrize(
    ("policy", "private", "public"),
    [("never", False, False), ("private", True, False), ("always", True, True)],
)
async def test_trackers_are_stripped_as_the_settings_say(
    tmp_path: Path, policy: str, private: bool, public: bool
) -> None:
    secret = Release("Secret", {"a.mkv": 1000}, private=True, trackers=("http://tracker.example/fake-key",))
    files = FilesSettings(
        download_root=str(tmp_path / "downloads"),
        default_action=Action.SYMLINK,
        strip_trackers=StripTrackers(policy),
    )
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, files=files)) as stand:
        await (await a_face(stand)).upload(secret, BUNNY)

        requests = {torrent.name: torrent.request for torrent in stand.library.listed()}
        assert requests["Secret"].strip_trackers is private
        assert requests[BUNNY.name].strip_trackers is public
        assert requests["Secret"].action is Action.SYMLINK


async def test_add_wait_lets_an_arr_go_on_to_the_next_release(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, qbittorrent=QbittorrentSettings(add_wait=timedelta(hours=1)))
    async with a_stand(tmp_path, settings=settings) as stand:
        face = await a_face(stand)
        first = await stand.library.accept(a_draft(BUNNY.infohash, category=""))
        await make_ready(stand.library, first)
        assert (await face.add(BUNNY)).text == "Ok."

        async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
            adding = group.create_task(face.add(SHOW))
            version = stand.library.version
            while not stand.library.with_infohash(SHOW.infohash):
                version = await stand.library.changed(version)
            (torrent,) = stand.library.with_infohash(SHOW.infohash)
            failed = await make_failed(stand.library, torrent)
            assert isinstance(failed.phase, Failed)
        assert adding.result().text == "Fails."
        assert [row["hash"] for row in await face.listed()] == [BUNNY.infohash]


async def _one_of_each_state(stand: Stand, person: Face) -> None:
    library = stand.library
    for number in range(7):
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{number:040x}")
    _, meta, downloading, stalled, paused, ready, failed = library.listed()
    for torrent in (meta, downloading, stalled):
        await happen(library, torrent, Submitted(REMOTE))
    show(library, meta, ItemState.CONVERTING)
    show(library, downloading, ItemState.FETCHING, speed=1000)
    show(library, stalled, ItemState.FETCHING)
    await happen(library, paused, Paused())
    await make_ready(library, ready)
    await make_failed(library, failed)
