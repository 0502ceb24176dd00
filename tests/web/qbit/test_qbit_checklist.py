"""The twelve points that every qBittorrent client relies on, one by one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from compat.content import Release
from qbitproxy.core.events import Placed, Seen, Submitted
from qbitproxy.core.ports import ItemState, Source
from qbitproxy.core.torrent import Ready, Removing
from qbitproxy.library import Telemetry
from qbitproxy.sources import from_metainfo
from tests.support import DEADLINE, ManualClock
from tests.web.qbit.face import (
    BUNNY,
    PERSON,
    REMOTE,
    SHOW,
    SONARR_URL,
    Face,
    a_face,
    basic,
    happen,
    make_ready,
    path_of,
    placing,
    show,
)
from tests.web.stand import ARR_KEY, PASSWORD, USERNAME, Stand, a_stand

READS = [
    "app/version",
    "app/webapiVersion",
    "app/buildInfo",
    "app/preferences",
    "app/defaultSavePath",
    "torrents/info",
    "torrents/count",
    "torrents/categories",
    "torrents/tags",
    "transfer/info",
    "transfer/speedLimitsMode",
    "sync/maindata",
    "log/main",
    "rss/items",
    "search/plugins",
]
KINDS: dict[Any, str] = {
    int: "added_on amount_left completed completion_on dlspeed eta last_activity num_seeds priority size "
    "seeding_time seeding_time_limit time_active total_size uploaded",
    (int, float): "availability max_ratio progress ratio ratio_limit",
    str: "category content_path hash infohash_v1 infohash_v2 magnet_uri name save_path state tags tracker",
    bool: "auto_tmm f_l_piece_prio force_start seq_dl super_seeding",
}


async def test_1_login_answers_ok_with_a_session_cookie(stranger: Face) -> None:
    answer = await stranger.post("auth/login", **PERSON)

    assert (answer.status, answer.text, answer.kind) == (200, "Ok.", "text/plain; charset=UTF-8")
    (cookie,) = answer.cookies
    name, *attributes = cookie.split("; ")
    assert name.startswith("SID=")
    assert name.removeprefix("SID=").isalnum()
    assert attributes == ["HttpOnly", "path=/", "SameSite=Strict"]


async def test_1_wrong_login_fails_with_200_without_a_cookie(stranger: Face) -> None:
    answer = await stranger.post("auth/login", username=USERNAME, password="wrong")

    assert (answer.status, answer.text, answer.cookies) == (200, "Fails.", [])


@pytest.mark.parametrize("cookie", ["", "SID=stale", "QBT_SID_8080=stale"])
@pytest.mark.parametrize("path", ["app/webapiVersion", "torrents/info", "no/such/thing", "torrents/delete"])
async def test_1_missing_or_stale_session_is_403_for_every_path(
    stranger: Face, cookie: str, path: str
) -> None:
    answer = await stranger.ask("GET", path, headers={"Cookie": cookie})

    assert (answer.status, answer.text) == (403, "Forbidden")


async def test_1_basic_cookie_and_bearer_are_all_accepted(stand: Stand, person: Face, stranger: Face) -> None:
    for headers in (person.headers, basic(USERNAME, PASSWORD), basic(SONARR_URL, ARR_KEY), stand.bearer):
        answer = await stranger.ask("GET", "app/version", headers=headers)

        assert (answer.status, answer.text) == (200, "v4.6.7")


async def test_1_basic_of_an_arr_is_split_at_the_last_colon(stranger: Face) -> None:
    answer = await stranger.ask("GET", "torrents/info", headers=basic(SONARR_URL, ARR_KEY, "iso-8859-1"))

    assert answer.status == 200


async def test_1_a_whole_set_cookie_line_sent_back_is_a_cookie(person: Face, stranger: Face) -> None:
    cookie = person.headers["Cookie"] + "; HttpOnly; SameSite=Strict; path=/"

    assert (await stranger.ask("GET", "app/version", headers={"Cookie": cookie})).status == 200


@pytest.mark.parametrize("path", READS)
async def test_2_every_read_answers_get_and_post(person: Face, path: str) -> None:
    got, posted = await person.get(path), await person.post(path)

    assert got.status == posted.status == 200
    assert got.kind == posted.kind
    assert path == "sync/maindata" or got.body == posted.body


async def test_2_head_is_a_get_without_a_body(person: Face) -> None:
    answer = await person.ask("HEAD", "app/version")

    assert (answer.status, answer.body) == (200, b"")


async def test_2_a_post_without_a_body_or_as_text_has_no_parameters(person: Face) -> None:
    nothing = await person.ask("POST", "torrents/categories")
    text = await person.ask(
        "POST", "torrents/categories", headers={"Content-Type": "text/plain"}, data=b"x=y"
    )

    assert (nothing.status, text.status) == (200, 200)


async def test_3_a_magnet_is_accepted_urlencoded_and_multipart(person: Face) -> None:
    multipart = FormData(default_to_multipart=True)
    multipart.add_field("urls", SHOW.magnet())

    assert (await person.add(BUNNY)).text == "Ok."
    assert (await person.ask("POST", "torrents/add", data=multipart)).text == "Ok."
    assert {row["hash"] for row in await person.listed()} == {BUNNY.infohash, SHOW.infohash}


@pytest.mark.parametrize("field", ["torrents", "file", "torrent__0", "fileselect[]", "x.torrent"])
async def test_3_an_upload_is_accepted_under_any_field_name(person: Face, field: str) -> None:
    assert (await person.upload(BUNNY, field=field)).text == "Ok."
    assert (await person.row())["name"] == BUNNY.name


async def test_3_several_files_with_several_lines_of_urls_are_all_accepted(person: Face) -> None:
    other, more = Release("Other.mkv", {"Other.mkv": 1000}), Release("More.mkv", {"More.mkv": 1000})
    urls = f"\r\n{other.magnet()}\n\n {more.magnet()} \n"

    assert (await person.upload(BUNNY, SHOW, urls=urls)).text == "Ok."
    assert len(await person.listed()) == 4


async def test_3_a_torrent_file_above_one_mebibyte_is_accepted(person: Face) -> None:
    big = Release("Pack", {f"{'e' * 100}{n:05}.mkv": 1 for n in range(9000)})
    assert len(big.torrent) > 1 << 20

    assert (await person.upload(big)).text == "Ok."


@pytest.mark.parametrize(
    "filename",
    ["a; b; c.torrent", 'Some "Show"; S01; x.torrent', "naïve; ü.torrent", r"back\slash;;.torrent"],
)
async def test_3_a_file_name_may_hold_semicolons_and_quotes(person: Face, filename: str) -> None:
    boundary = "-" * 29 + "1a2b3c4d5e6f70"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="torrents"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + BUNNY.torrent
    body += f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="category"\r\n\r\ntv\r\n'.encode()
    body += f"--{boundary}--\r\n".encode()

    answer = await person.ask(
        "POST",
        "torrents/add",
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        data=body,
    )

    assert answer.text == "Ok."
    row = await person.row()
    assert (row["hash"], row["category"]) == (BUNNY.infohash, "tv")


async def test_4_an_added_torrent_is_there_at_once_under_its_hash(sonarr: Face) -> None:
    answer = await sonarr.add(BUNNY, category="tv-sonarr", paused="False")
    properties = await sonarr.get("torrents/properties", hash=BUNNY.infohash)

    assert (answer.status, answer.text, answer.kind) == (200, "Ok.", "text/plain; charset=UTF-8")
    assert (await sonarr.row(category="tv-sonarr"))["hash"] == BUNNY.infohash
    assert properties.json["hash"] == BUNNY.infohash


async def test_4_a_duplicate_is_ok_and_changes_nothing(sonarr: Face) -> None:
    await sonarr.add(BUNNY, category="tv-sonarr")
    before = await sonarr.row()

    assert (await sonarr.add(BUNNY, category="tv-sonarr")).text == "Ok."
    assert await sonarr.row() == before


async def test_5_hashes_category_and_all_choose_torrents(stand: Stand, person: Face) -> None:
    await person.add(BUNNY, category="radarr")
    await person.add(SHOW, category="tv-sonarr")

    async def hashes(**query: str) -> set[str]:
        return {row["hash"] for row in await person.listed(**query)}

    assert await hashes(hashes=BUNNY.infohash.upper()) == {BUNNY.infohash}
    assert await hashes(hashes=f"{BUNNY.infohash}|{SHOW.infohash}") == {BUNNY.infohash, SHOW.infohash}
    assert await hashes(hashes="f" * 40) == set()
    assert await hashes(hashes="") == {BUNNY.infohash, SHOW.infohash}
    assert await hashes(hashes="all") == set()
    assert await hashes(category="radarr") == {BUNNY.infohash}
    assert await hashes(category="") == set()
    await person.post("torrents/pause", hashes="all")
    assert all(torrent.paused for torrent in stand.library.listed())


async def test_6_a_created_category_is_there_at_once_with_its_folder(tmp_path: Path, sonarr: Face) -> None:
    answer = await sonarr.post("torrents/createCategory", category="tv-sonarr")
    categories = (await sonarr.get("torrents/categories")).json

    path = tmp_path / "downloads" / "tv-sonarr"
    assert (answer.status, answer.text) == (200, "")
    assert categories == {"tv-sonarr": {"name": "tv-sonarr", "savePath": str(path)}}
    assert path.is_dir()
    assert path.stat().st_mode & 0o777 == 0o755


async def test_7_every_key_is_there_in_order_with_its_type(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    await person.upload(SHOW)
    await make_ready(stand.library, stand.library.listed()[1])

    for row in await person.listed():
        assert list(row) == sorted(row)
        assert len(row) == 51
        for kind, keys in KINDS.items():
            for key in keys.split():
                assert isinstance(row[key], kind), key
                assert kind is bool or not isinstance(row[key], bool), key
        assert row["eta"] == 8640000


async def test_7_a_nameless_magnet_is_called_by_its_hash(person: Face) -> None:
    await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{'c' * 40}")

    row = await person.row()
    assert (row["name"], row["total_size"], row["state"]) == ("c" * 40, -1, "queuedDL")


async def test_8_paused_up_comes_only_after_everything_was_seen(stand: Stand, sonarr: Face) -> None:
    await sonarr.upload(BUNNY, category="tv-sonarr")
    (torrent,) = stand.library.listed()
    submitted, cached = placing(torrent)
    states = []
    for event in (submitted, cached, Placed(path_of(torrent)), Seen("sonarr")):
        await happen(stand.library, torrent, event)
        stand.library.observe(torrent.id, Telemetry(progress=1, done=BUNNY.size))
        row = await sonarr.row()
        states.append(row["state"])
        ready = event == Seen("sonarr")
        assert (row["progress"] == 1) is (row["amount_left"] == 0) is ready
        assert row["content_path"] == path_of(torrent) != row["save_path"]

    assert states == ["queuedDL", "downloading", "moving", "pausedUP"]


async def test_8_two_torrents_of_one_name_never_show_one_path(person: Face) -> None:
    for digit in "abc":
        await person.post("torrents/add", urls=f"magnet:?xt=urn:btih:{digit * 40}&dn=Same.Name")

    rows = await person.listed()
    assert len({row["content_path"] for row in rows}) == 3
    assert all(Path(row["content_path"]).parent == Path(row["save_path"]) for row in rows)


@pytest.mark.parametrize(
    ("ratio", "minutes"), [("", ""), ("2.5", ""), ("", "1440"), ("0", "0"), ("1.25", "90"), ("-1", "60")]
)
async def test_9_a_finished_torrent_has_met_whatever_goal_it_was_given(
    stand: Stand, sonarr: Face, ratio: str, minutes: str
) -> None:
    goals = {"ratioLimit": ratio, "seedingTimeLimit": minutes}
    await sonarr.upload(BUNNY, **{name: value for name, value in goals.items() if value})
    await make_ready(stand.library, stand.library.listed()[0])

    row, preferences = await sonarr.row(), (await sonarr.get("app/preferences")).json

    assert row["ratio_limit"] == float(ratio or -2)
    assert row["seeding_time_limit"] == int(minutes or -2)
    assert row["state"] == "pausedUP"
    assert _may_be_removed(row, preferences)


async def test_9_a_torrent_that_is_not_finished_has_not_met_its_goal(person: Face) -> None:
    await person.add(BUNNY, ratioLimit="2")

    row = await person.row()
    assert (row["ratio"], row["ratio_limit"], row["max_ratio"]) == (0, 2, 2)


async def test_10_delete_asks_for_the_entry_alone_to_be_removed(stand: Stand, sonarr: Face) -> None:
    await sonarr.upload(BUNNY, category="tv-sonarr")
    torrent = await make_ready(stand.library, stand.library.listed()[0])

    answer = await sonarr.post("torrents/delete", hashes=BUNNY.infohash, deleteFiles="true")

    assert (answer.status, answer.text) == (200, "")
    gone = stand.library.get(torrent.id)
    assert gone is not None
    assert isinstance(gone.phase, Removing)
    assert (gone.phase.delete_files, gone.phase.release_remote, gone.phase.finished) == (True, None, True)
    assert await sonarr.listed() == []


async def test_10_delete_of_an_unknown_hash_is_200(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)

    for hashes in ("f" * 40, "", "nonsense", f"{'f' * 40}|{BUNNY.infohash}"):
        answer = await person.post("torrents/delete", hashes=hashes)
        assert (answer.status, answer.text) == (200, "")
    assert stand.library.listed() == []


async def test_11_reads_are_answered_while_an_add_waits_for_somebody_else(tmp_path: Path) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(url: str) -> Source:
        asked.set()
        await go.wait()
        return from_metainfo(BUNNY.torrent)

    async with a_stand(tmp_path, fetch=slow) as stand:
        face = await a_face(stand)
        async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
            adding = group.create_task(face.post("torrents/add", urls="http://indexer.example/1.torrent"))
            await asked.wait()
            assert await face.listed() == []
            assert (await face.get("app/version")).status == 200
            go.set()
        assert adding.result().text == "Ok."


async def test_12_one_bad_record_never_breaks_the_list(stand: Stand, person: Face) -> None:
    await person.add(BUNNY)
    await person.add(SHOW)
    first, second = stand.library.listed()
    await happen(stand.library, first, Submitted(REMOTE))
    stand.library.observe(first.id, Telemetry(item="not an item", progress=0.5))  # type: ignore[arg-type]

    assert [row["hash"] for row in await person.listed()] == [second.infohash]


async def test_12_numbers_that_are_none_are_shown_as_numbers(stand: Stand, person: Face) -> None:
    await person.upload(BUNNY)
    (torrent,) = stand.library.listed()
    await happen(stand.library, torrent, Submitted(REMOTE))
    show(stand.library, torrent, ItemState.FETCHING, progress=float("nan"), speed=float("inf"))

    row = await person.row()
    assert (row["progress"], row["dlspeed"], row["state"]) == (0, 0, "downloading")


async def test_durations_grow_by_whole_minutes(stand: Stand, person: Face, clock: ManualClock) -> None:
    await person.upload(BUNNY)
    torrent = await make_ready(stand.library, stand.library.listed()[0])
    assert isinstance(torrent.phase, Ready)
    shown = []
    for wait in (timedelta(seconds=59), timedelta(seconds=1), timedelta(minutes=59), timedelta(minutes=59)):
        clock.advance(wait)
        shown.append((await person.row())["seeding_time"])

    assert shown == [0, 60, 3600, 3600]


async def test_an_arr_sees_its_own_torrents_only(person: Face, sonarr: Face) -> None:
    await person.add(BUNNY, category="radarr")
    await sonarr.add(SHOW, category="tv-sonarr")

    assert [row["hash"] for row in await sonarr.listed()] == [SHOW.infohash]
    assert (await sonarr.get("torrents/properties", hash=BUNNY.infohash)).status == 404
    await sonarr.post("torrents/delete", hashes="all", deleteFiles="true")
    assert [row["hash"] for row in await person.listed()] == [BUNNY.infohash]


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("removeCategories", {"categories": "radarr"}),
        ("editCategory", {"category": "radarr", "savePath": "elsewhere"}),
        ("deleteTags", {"tags": "keep"}),
    ],
)
async def test_an_arr_takes_nothing_from_the_torrents_of_others(
    person: Face, sonarr: Face, action: str, form: dict[str, str]
) -> None:
    await person.add(BUNNY, category="radarr", tags="keep", autoTMM="true")
    before = await person.row()

    assert (await sonarr.post(f"torrents/{action}", **form)).status == 403
    assert await person.row() == before
    assert (await person.post(f"torrents/{action}", **form)).status == 200
    assert await person.row() != before


async def test_an_arr_that_logs_in_as_a_person_is_known_by_its_category(stand: Stand, person: Face) -> None:
    await person.add(BUNNY, category="tv-sonarr")

    assert stand.library.listed()[0].request.arr == "sonarr"


def _may_be_removed(row: dict[str, float], preferences: dict[str, float]) -> bool:
    """Source: Sonarr 4.0.18, QBittorrent.HasReachedSeedLimit; older ones compare without tolerance."""
    if row["ratio_limit"] >= 0:
        if row["ratio"] >= row["ratio_limit"]:
            return True
    elif row["ratio_limit"] == -2 and preferences["max_ratio_enabled"]:
        return row["ratio"] >= preferences["max_ratio"]
    return row["seeding_time_limit"] >= 0 and row["seeding_time"] >= row["seeding_time_limit"] * 60
