"""What sync/maindata tells whom: everything, or what is new."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbitproxy.core.caller import Caller
from qbitproxy.core.events import (
    Event,
    Paused,
    Recategorised,
    Released,
    RemovalAsked,
    Renamed,
    Resumed,
    Retracked,
    StaleEvent,
)
from qbitproxy.core.torrent import Request, Torrent, Tracker
from qbitproxy.library import Category, Library, Telemetry, UnknownTorrent
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.web.qbit.changes import Changes
from qbitproxy.web.qbit.listing import LEAST_CHANGES, PICKED_AT_ONCE
from qbitproxy.web.qbit.places import LOOK_AGAIN, FreeSpace
from qbitproxy.web.qbit.rows import Row
from qbitproxy.web.qbit.sync import LAST_RID, MOST_SESSIONS, Known, Session, Sessions
from qbitproxy.web.qbit.wire import ServerState
from tests.hanging_mount import hanging_mount
from tests.support import DEADLINE, ManualClock, a_draft, a_source
from tests.web.qbit.face import (
    NO_HEADERS,
    SONARR_URL,
    Face,
    a_face,
    basic,
    make_ready,
)
from tests.web.qbit.test_qbit_view import a_torrent
from tests.web.stand import ARR_KEY, PASSWORD, USERNAME, Stand, a_stand, usual_settings

A, B, C = "a" * 40, "b" * 40, "c" * 40
CROWD = PICKED_AT_ONCE + 1
HERE, THERE = Tracker("http://here.example/announce", 0), Tracker("http://there.example/announce", 1)


async def told(face: Face, rid: object = 0, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What sync/maindata says."""
    answer = await face.ask("GET", "sync/maindata", headers or NO_HEADERS, params={"rid": str(rid)})
    assert answer.status == 200, answer.text
    told: dict[str, Any] = answer.json
    return told


async def an_asked(
    library: Library, infohash: str, category: str, arr: str = "", trackers: tuple[str, ...] = ()
) -> Torrent:
    """A torrent that `arr` asked for."""
    source = a_source(infohash, trackers=trackers)
    return await library.accept(a_draft(category=category, source=source, request=Request(arr=arr)))


async def a_crowd(library: Library) -> None:
    """More torrents than an answer tells in one turn."""
    async with asyncio.TaskGroup() as group:
        for number in range(CROWD):
            group.create_task(an_asked(library, f"{number:040x}", "tv-sonarr"))


async def remove(library: Library, torrent: Torrent) -> None:
    """Let `torrent` go for ever."""
    for event in (RemovalAsked(delete_files=False), Released(False)):
        await library.record(torrent.id, event)


async def test_whoever_comes_back_is_told_the_changed_keys_alone(stand: Stand, person: Face) -> None:
    torrent = await stand.library.accept(a_draft(A))
    await stand.library.accept(a_draft(B))
    first = await told(person)
    await stand.library.record(torrent.id, Paused())

    assert await told(person, first["rid"]) == {"rid": 2, "torrents": {A: {"state": "pausedDL"}}}
    assert await told(person, 2) == {"rid": 3}
    await stand.library.record(torrent.id, Resumed())
    stand.library.observe(torrent.id, Telemetry(seeders=7))
    assert await told(person, 3) == {
        "rid": 4,
        "torrents": {A: {"state": "queuedDL", "num_complete": 7, "num_seeds": 7, "availability": 7}},
    }


async def test_a_new_torrent_is_told_whole_and_one_that_went_by_its_hash(stand: Stand, person: Face) -> None:
    await told(person)
    torrent = await stand.library.accept(a_draft(A))
    row = await person.row()

    assert await told(person, 1) == {"rid": 2, "torrents": {row.pop("hash"): row}}
    await stand.library.record(torrent.id, RemovalAsked(delete_files=False))
    assert await told(person, 2) == {"rid": 3, "torrents_removed": [A]}
    await stand.library.record(torrent.id, Released(False))
    assert await told(person, 3) == {"rid": 4}


async def test_what_a_lost_answer_said_is_said_again_with_what_is_new_since(
    stand: Stand, person: Face
) -> None:
    torrent = await stand.library.accept(a_draft(A))
    await told(person)
    assert await told(person, 1) == {"rid": 2}
    await stand.library.record(torrent.id, Paused())
    lost = await told(person, 2)
    await stand.library.record(torrent.id, Renamed("Another name"))
    again = await told(person, 2)

    assert (lost["rid"], again["rid"]) == (3, 4)
    assert lost["torrents"] == {A: {"state": "pausedDL"}}
    assert again["torrents"][A]["state"] == "pausedDL"
    assert again["torrents"][A]["name"] == "Another name"
    assert (await told(person, 2))["torrents"] == again["torrents"]
    assert await told(person, 5) == {"rid": 6}


@pytest.mark.parametrize("rid", [0, 1, -1, 4711, "abc", ""])
async def test_any_other_rid_gets_everything_while_the_count_goes_on(person: Face, rid: object) -> None:
    for known in (0, 1, 2, 3):
        await told(person, known)
    answer = await told(person, rid)

    assert (answer["full_update"], answer["rid"]) == (True, 5)
    assert await told(person, 5) == {"rid": 6}


async def test_the_count_begins_again_after_a_million() -> None:
    known = Known(rid=LAST_RID, moment=0, categories={}, tags=(), state=a_state())

    assert Session(known).next_rid(LAST_RID) == 1


async def test_each_session_counts_for_itself(stand: Stand, person: Face, sonarr: Face) -> None:
    await told(person)
    await told(person, 1)
    another = await a_face(stand)

    assert (await told(another, 2))["rid"] == 1
    assert (await told(sonarr, 2))["rid"] == 1
    assert await told(person, 2) == {"rid": 3}


async def test_programs_that_share_credentials_do_not_share_what_they_know(stand: Stand) -> None:
    stranger = Face(stand, {})
    for credentials in (stand.bearer, basic(USERNAME, PASSWORD)):
        one = {**credentials, "User-Agent": "dashboard"}
        other = {**credentials, "User-Agent": "exporter"}
        assert (await told(stranger, 0, one))["rid"] == 1
        assert (await told(stranger, 0, other))["rid"] == 1
        await stand.library.put_tags([credentials["Authorization"][:3]])

        assert (await told(stranger, 1, one))["tags"] == (await told(stranger, 1, other))["tags"]


async def test_an_old_rid_gets_everything_after_a_restart(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        face = Face(stand, basic(USERNAME, PASSWORD))
        for rid in range(3):
            await told(face, rid)
    async with a_stand(tmp_path) as stand:
        face = Face(stand, basic(USERNAME, PASSWORD))
        answers = [await told(face, 3) for _ in range(5)]  # of which none arrives

        assert [(answer["full_update"], answer["rid"]) for answer in answers] == [
            (True, rid) for rid in (1, 2, 4, 5, 6)
        ]


async def test_clients_that_are_forgotten_get_everything() -> None:
    sessions = Sessions()
    first = sessions.of(Caller(name="a"), b"0")
    for number in range(1, MOST_SESSIONS):
        sessions.of(Caller(name="a"), b"%d" % number)

    assert sessions.of(Caller(name="a"), b"0") is first
    sessions.of(Caller(name="a"), b"one more")
    assert sessions.of(Caller(name="a"), b"0") is first
    for number in range(MOST_SESSIONS):
        sessions.of(Caller(name="b"), b"%d" % number)
    assert sessions.of(Caller(name="a"), b"0") is not first


async def test_categories_and_tags_come_and_go(stand: Stand, person: Face) -> None:
    await stand.library.put_category(Category("tv"))
    await stand.library.put_tags(["hd", "weekly"])
    first = await told(person)
    assert (sorted(first["categories"]), first["tags"]) == (["tv"], ["hd", "weekly"])
    await stand.library.put_category(Category("films"))
    await stand.library.put_category(Category("tv", "/elsewhere"))
    await stand.library.put_tags(["new"])
    await stand.library.drop_tags(["hd"])
    second = await told(person, 1)

    assert second == {
        "rid": 2,
        "categories": {
            "films": {"name": "films", "savePath": f"{stand.settings.files.download_root}/films"},
            "tv": {"name": "tv", "savePath": "/elsewhere"},
        },
        "tags": ["new"],
        "tags_removed": ["hd"],
    }
    await stand.library.drop_categories(["tv"])
    assert await told(person, 2) == {"rid": 3, "categories_removed": ["tv"]}


async def test_time_alone_changes_what_is_shown(stand: Stand, person: Face, clock: ManualClock) -> None:
    await stand.library.accept(a_draft(A))
    await told(person)
    clock.advance(timedelta(minutes=1))

    assert (await told(person, 1))["torrents"] == {A: {"time_active": 60}}


async def test_speeds_and_sums_are_told_when_they_change(stand: Stand, person: Face) -> None:
    torrents = [await stand.library.accept(a_draft(infohash)) for infohash in (A, B)]
    await told(person)
    await make_ready(stand.library, torrents[0])
    change = await told(person, 1)

    assert change["server_state"] == {"alltime_dl": 1000, "dl_info_data": 1000}
    transfer = (await person.get("transfer/info")).json
    assert (transfer["dl_info_data"], transfer["dl_info_speed"]) == (1000, 0)
    await remove(stand.library, torrents[0])
    assert (await told(person, 2))["server_state"] == {"alltime_dl": 0, "dl_info_data": 0}


async def test_an_arr_is_told_of_its_own_torrents_alone(stand: Stand, sonarr: Face, person: Face) -> None:
    mine = await an_asked(stand.library, A, "elsewhere", "sonarr")
    await told(sonarr)
    others = await an_asked(stand.library, B, "films")
    await stand.library.record(others.id, Retracked((HERE,)))
    assert await told(sonarr, 1) == {"rid": 2}
    await make_ready(stand.library, others)
    await remove(stand.library, others)

    assert await told(sonarr, 2) == {"rid": 3}
    await stand.library.record(mine.id, Paused())
    assert await told(sonarr, 3) == {"rid": 4, "torrents": {A: {"state": "pausedDL"}}}


async def test_a_torrent_comes_into_a_view_and_leaves_it_with_its_category(
    stand: Stand, sonarr: Face
) -> None:
    category = "tv-sonarr"
    torrent = await an_asked(stand.library, A, "films")
    await stand.library.record(torrent.id, Retracked((HERE,)))
    await told(sonarr)
    await stand.library.record(torrent.id, Recategorised(category, "/downloads/tv"))
    entered = await told(sonarr, 1)
    row = await sonarr.row()
    await stand.library.record(torrent.id, Recategorised("films", "/downloads/films"))

    assert entered["torrents"] == {row.pop("hash"): row}
    assert entered["trackers"] == {HERE.url: [A]}
    assert await told(sonarr, 2) == {"rid": 3, "torrents_removed": [A], "trackers_removed": [HERE.url]}


async def test_steps_between_two_answers_are_told_as_one(stand: Stand, sonarr: Face) -> None:
    stays = await an_asked(stand.library, A, "tv-sonarr")
    await told(sonarr)
    passes = await an_asked(stand.library, B, "tv-sonarr")
    for category in ("films", "music"):
        await sonarr.get("transfer/info")  # others look meanwhile
        for torrent in (stays, passes):
            await stand.library.record(torrent.id, Recategorised(category, "/downloads/x"))

    assert await told(sonarr, 1) == {"rid": 2, "torrents_removed": [A]}


async def test_of_two_torrents_with_one_hash_the_map_shows_the_one_that_is_found_by_it(
    stand: Stand, person: Face, sonarr: Face
) -> None:
    older = await an_asked(stand.library, A, "films", "sonarr")
    for face in (person, sonarr):
        await told(face)
    newer = await an_asked(stand.library, A, "tv-sonarr", "sonarr")

    assert (await told(person, 1))["torrents"][A]["category"] == "films"
    assert (await told(sonarr, 1))["torrents"][A]["category"] == "tv-sonarr"
    for face in (person, sonarr):
        assert (await told(face))["torrents"][A]["save_path"] == (
            await face.get("torrents/properties", hash=A)
        ).json["save_path"]
    await stand.library.record(newer.id, Paused())
    assert "torrents" not in await told(person, 3)
    assert (await told(sonarr, 3))["torrents"] == {A: {"state": "pausedDL"}}
    await remove(stand.library, newer)
    assert (await told(sonarr, 4))["torrents"][A]["category"] == "films"
    await remove(stand.library, older)
    assert (await told(sonarr, 5))["torrents_removed"] == [A]


async def test_a_tracker_is_told_with_the_whole_list_of_its_torrents(stand: Stand, person: Face) -> None:
    first, second = [await stand.library.accept(a_draft(infohash)) for infohash in (A, B)]
    await stand.library.record(first.id, Retracked((HERE, THERE)))
    assert (await told(person))["trackers"] == {HERE.url: [A], THERE.url: [A]}
    await stand.library.record(second.id, Retracked((HERE,)))
    assert (await told(person, 1))["trackers"] == {HERE.url: [A, B]}
    await remove(stand.library, first)
    change = await told(person, 2)

    assert change["trackers"] == {HERE.url: [B]}
    assert change["trackers_removed"] == [THERE.url]


async def test_very_many_changes_are_told_in_turns(stand: Stand, person: Face, sonarr: Face) -> None:
    for face in (person, sonarr):
        await told(face)
    await a_crowd(stand.library)
    for face in (person, sonarr):
        assert len((await told(face, 1))["torrents"]) == CROWD
    for torrent in stand.library.listed():
        stand.library.observe(torrent.id, Telemetry(seeders=5))
    rows = {row.pop("hash"): row for row in await person.listed()}
    change = (await told(sonarr, 2))["torrents"]

    assert {infohash: rows[infohash] | keys for infohash, keys in change.items()} == rows
    assert {len(keys) for keys in change.values()} == {3}


async def test_who_was_away_for_too_many_changes_gets_everything(
    stand: Stand, person: Face, sonarr: Face
) -> None:
    await a_crowd(stand.library)
    await told(sonarr)
    rid = (await told(person))["rid"]
    for seeders in range(1, LEAST_CHANGES // CROWD + 5):
        for torrent in stand.library.listed():
            stand.library.observe(torrent.id, Telemetry(seeders=seeders))
        rid = (await told(person, rid))["rid"]

    assert "full_update" not in await told(person, rid)
    assert (await told(sonarr, 1))["full_update"]


def test_changes_that_nobody_asks_for_are_forgotten() -> None:
    changes = Changes(["hash"])
    row = Row(a_torrent(), ManualClock().now(), "queuedDL", 0, 0, b'{"hash":"a"}')
    changes.note(1, None, row)
    before = changes.moment(most=3)
    assert changes.since(before) == []
    for number in range(4):
        changes.note(number, None, row)

    assert changes.since(before) is None
    assert changes.since(changes.moment(most=3)) == []


async def test_a_disk_that_hangs_is_looked_at_once_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    clock = ManualClock()
    space = FreeSpace(clock, patience=timedelta(milliseconds=50))
    before = await space.at(str(tmp_path))
    with hanging_mount(tmp_path / "hanging") as folder:
        seen = []
        for _ in range(3):
            clock.advance(LOOK_AGAIN)
            async with asyncio.timeout(DEADLINE):
                seen.append(await space.at(str(folder)))
        looks = [each for each in threading.enumerate() if each.name.startswith("asyncio")]

    assert seen == [before] * 3
    assert len(looks) <= 2


async def test_free_space_is_looked_at_now_and_then(tmp_path: Path) -> None:
    clock = ManualClock()
    folder = tmp_path / "mounted"
    space = FreeSpace(clock)
    before = await space.at(str(folder))
    asked = []
    for _ in range(3):
        asked.append(await space.at(str(folder)))
        clock.advance(LOOK_AGAIN / 3)

    assert before > 0
    assert asked == [before] * 3
    assert await space.at(str(folder)) > 0


async def test_the_state_of_the_server_follows_the_preferences(person: Face) -> None:
    rid = (await person.get("sync/maindata")).json["rid"]
    wished = {"refresh_interval": 3000, "use_subcategories": True}
    await person.post("app/setPreferences", json=json.dumps(wished))

    assert (await person.get("sync/maindata", rid=str(rid))).json["server_state"] == wished


@pytest.mark.parametrize(
    ("profile", "state", "torrent"),
    [
        ("4.6", {"use_subcategories"}, set[str]()),
        ("5.1", {"use_subcategories", "last_external_address_v4", "last_external_address_v6"}, set[str]()),
        (
            "5.3",
            {
                "last_external_address_v4",
                "last_external_address_v6",
                "queued_tracker_announces",
                "request_latency",
                "session_state",
            },
            {"has_other_announce_error", "has_tracker_error", "has_tracker_warning"},
        ),
    ],
)
async def test_the_keys_are_those_of_the_release(
    tmp_path: Path, profile: ProfileName, state: set[str], torrent: set[str]
) -> None:
    chosen = usual_settings(tmp_path, qbittorrent=QbittorrentSettings(profile=profile))
    async with a_stand(tmp_path, settings=chosen) as stand:
        person = Face(stand, basic(USERNAME, PASSWORD))
        await stand.library.accept(a_draft(A))
        whole = await told(person)
        row = await person.row()

    assert list(whole) == ["categories", "full_update", "rid", "server_state", "tags", "torrents", "trackers"]
    assert len(whole["server_state"]) == 24 + len(state)
    assert whole["server_state"].keys() >= state
    assert whole["torrents"][A].keys() == row.keys() - {"hash"} | torrent
    assert list(whole["torrents"][A]) == sorted(whole["torrents"][A])


async def test_peers_are_none_under_a_count_of_their_own(stand: Stand, person: Face) -> None:
    await stand.library.accept(a_draft(A))
    nobody = {"full_update": True, "peers": {}, "rid": 1, "show_flags": True}

    async def peers(rid: int) -> Any:
        return (await person.get("sync/torrentPeers", hash=A, rid=str(rid))).json

    assert await peers(0) == nobody
    assert await peers(0) == nobody
    assert await peers(1) == {"rid": 2}
    assert await peers(1) == {"rid": 3}
    assert await peers(3) == {"rid": 4}
    assert await peers(1) == {**nobody, "rid": 5}


async def test_peers_of_a_torrent_that_is_not_there_are_not_found(person: Face) -> None:
    for query in ({"hash": C}, {}):
        answer = await person.get("sync/torrentPeers", **query)

        assert (answer.status, answer.text) == (404, "Not Found")


# -- whatever happens


@dataclass
class Pupil:
    """A client that believes what it is told."""

    headers: dict[str, str]
    rid: int = 0
    knows: dict[str, Any] = field(default_factory=dict)

    def learn(self, told: dict[str, Any]) -> None:
        """Apply an answer as the original's own web page does."""
        self.rid = told["rid"]
        if told.get("full_update"):
            self.knows = {part: {} for part in ("categories", "server_state", "torrents", "trackers")}
            self.knows["tags"] = set()
        for infohash, keys in told.get("torrents", {}).items():
            self.knows["torrents"].setdefault(infohash, {}).update(keys)
        for part in ("categories", "server_state", "trackers"):
            self.knows[part].update(told.get(part, {}))
        self.knows["tags"] |= set(told.get("tags", ()))
        self.knows["tags"] -= set(told.get("tags_removed", ()))
        for part in ("categories", "torrents"):
            for name in told.get(f"{part}_removed", ()):
                del self.knows[part][name]
        for url in told.get("trackers_removed", ()):
            self.knows["trackers"].pop(url, None)


numbers = st.integers(0, 2)
categories = st.sampled_from(["", "films", "tv-sonarr"])
events = st.one_of(
    st.sampled_from([Paused(), Resumed(), RemovalAsked(delete_files=False), Released(False)]),
    st.builds(Recategorised, categories, st.just("/downloads/x")),
    st.builds(Renamed, st.sampled_from(["x", '"hash":"y",', "ü"])),
    st.sampled_from([(), (HERE,), (THERE,), (HERE, THERE)]).map(Retracked),
)
arrs, announced = st.sampled_from(["", "sonarr"]), st.sampled_from([(), (HERE.url,), (HERE.url, THERE.url)])
adds = st.tuples(st.just("add"), st.sampled_from([A, B]), categories, arrs, announced)
moves = st.tuples(st.just("event"), numbers, st.builds(Recategorised, categories, st.just("/downloads/x")))
ends = st.tuples(st.just("event"), numbers, st.just(RemovalAsked(delete_files=False)))
glances = st.tuples(st.just("see"), numbers, st.integers(0, 2))
others = st.one_of(
    st.tuples(st.just("event"), numbers, events),
    st.tuples(st.just("ready"), numbers),
    st.tuples(st.just("category"), categories, st.sampled_from(["", "/else"])),
    st.tuples(st.just("no category"), categories),
    st.tuples(st.just("tag"), st.sampled_from("xy")),
    st.tuples(st.just("no tag"), st.sampled_from("xy")),
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 3600])),
    st.just(("look",)),
)
polls = st.tuples(st.just("poll"), numbers, st.booleans())
kinds = [adds, adds, moves, moves, ends, glances, glances, others, others, others, polls, polls, polls, polls]
deeds = st.sampled_from(kinds).flatmap(lambda kind: kind)
lives = st.lists(st.lists(deeds, min_size=20, max_size=80), min_size=1, max_size=2)
"""What happens, from one start to the next."""


@settings(max_examples=30, deadline=None)
@given(lives)
def test_who_applies_what_it_is_told_knows_everything(
    tmp_path_factory: pytest.TempPathFactory, story: list[list[Any]]
) -> None:
    asyncio.run(_live(tmp_path_factory.mktemp("sync"), story))


async def _live(folder: Path, story: list[list[Any]]) -> None:
    """Go through `story`, with a restart between two of its parts."""
    clock = ManualClock()
    pupils = [
        Pupil(basic(USERNAME, PASSWORD) | {"User-Agent": "one"}),
        Pupil(basic(USERNAME, PASSWORD) | {"User-Agent": "another"}),
        Pupil(basic(SONARR_URL, ARR_KEY)),
    ]
    for part in story:
        async with a_stand(folder, clock=clock) as stand:
            for deed in part:
                await _do(stand, clock, pupils, *deed)
            for number in range(len(pupils)):
                await _do(stand, clock, pupils, "poll", number, True)


async def _do(stand: Stand, clock: ManualClock, pupils: list[Pupil], deed: str, *how: Any) -> None:
    library = stand.library
    match deed, how:
        case "add", how:
            await an_asked(library, *how)
        case "event", (number, event):
            await _happen(library, number, event)
        case "ready", (number,):
            for torrent in library.listed()[number : number + 1]:
                with suppress(StaleEvent):
                    await make_ready(library, torrent)
        case "see", (number, seeders):
            for torrent in library.listed()[number : number + 1]:
                library.observe(torrent.id, Telemetry(seeders=seeders))
        case "category", (name, path):
            await library.put_category(Category(name, path))
        case "no category", (name,):
            await library.drop_categories([name])
        case "tag", (name,):
            await library.put_tags([name])
        case "no tag", (name,):
            await library.drop_tags([name])
        case "wait", (seconds,):
            clock.advance(timedelta(seconds=seconds))
        case "look", ():
            await Face(stand, pupils[0].headers).get("transfer/info")
        case "poll", (number, arrives):
            await _poll(Face(stand, {}), pupils[number], arrives)


async def _happen(library: Library, number: int, event: Event) -> None:
    for torrent in library.all()[number : number + 1]:
        with suppress(StaleEvent, UnknownTorrent):
            await library.record(torrent.id, event)


async def _poll(face: Face, pupil: Pupil, arrives: bool) -> None:
    """Ask; if the answer arrives, the pupil knows what a stranger is told."""
    answer = await told(face, pupil.rid, pupil.headers)
    if not arrives:
        return
    pupil.learn(answer)
    whole = await told(face, 0, pupil.headers | {"User-Agent": "stranger"})
    stranger = Pupil({})
    stranger.learn(whole)
    assert pupil.knows == stranger.knows
    assert await told(face, pupil.rid, pupil.headers) == {"rid": pupil.rid + 1}
    listed = await face.ask("GET", "torrents/info", pupil.headers)
    assert pupil.knows["torrents"].keys() == {row["hash"] for row in listed.json}


def a_state() -> ServerState:
    return ServerState(
        alltime_dl=0,
        connection_status="connected",
        dl_info_data=0,
        dl_info_speed=0,
        dl_rate_limit=0,
        free_space_on_disk=0,
        queueing=True,
        refresh_interval=1500,
    )
