"""The torrent object, for every torrent there can be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.faults import Reason
from qbitproxy.core.layout import expected_path
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import (
    Accepted,
    Confirming,
    Failed,
    Fetching,
    Options,
    Phase,
    Placing,
    Ready,
    Remote,
    RemoteFile,
    Request,
    Torrent,
    TorrentFile,
)
from qbitproxy.library import Telemetry
from qbitproxy.settings import ProfileName
from qbitproxy.web.qbit import view
from qbitproxy.web.qbit.profile import PROFILES
from qbitproxy.web.qbit.query import STATES
from qbitproxy.web.qbit.wire import TorrentRow, encode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REMOTE = Remote("realdebrid", "ID")
FILES = (RemoteFile(id="1", path="a.mkv", size=600), RemoteFile(id="2", path="b.mkv", size=300))
PATH = "/downloads/tv/Show"
PROFILE = PROFILES[ProfileName.V4_6]

moments = st.timedeltas(timedelta(days=-2000), timedelta(days=300)).map(lambda distance: NOW + distance)
phases: st.SearchStrategy[Phase] = st.one_of(
    st.just(Accepted()),
    st.builds(Fetching, st.just(REMOTE), moments),
    st.builds(Placing, st.just(REMOTE), moments, st.just("Show"), st.just(FILES)),
    st.builds(Confirming, st.just(REMOTE), moments, st.just("Show"), st.just(FILES), st.just(PATH)),
    st.just(Ready(REMOTE, FILES, PATH)),
    st.just(Failed(Reason.STALLED, "no progress", False)),
)
limits = st.integers(-2, 10**6)
torrents = st.builds(
    Torrent,
    id=st.just(1),
    infohash=st.just("a" * 40),
    category=st.text(),
    name=st.text(),
    save_path=st.just("/downloads/tv"),
    request=st.just(Request()),
    added_at=moments,
    completed_at=st.none() | moments,
    private=st.none() | st.booleans(),
    size=st.none() | st.integers(0, 2**60),
    options=st.builds(
        Options,
        tags=st.lists(st.text()).map(tuple),
        ratio_limit=st.floats(-2, 9999),
        seeding_time_limit=limits,
        inactive_seeding_time_limit=limits,
    ),
    phase=phases,
    paused=st.booleans(),
)
items = st.builds(
    RemoteItem,
    id=st.just("ID"),
    infohash=st.just("a" * 40),
    name=st.text(),
    state=st.sampled_from(ItemState),
    size=st.integers(0, 2**60),
)
telemetry = st.builds(
    Telemetry,
    item=st.none() | items,
    moved_at=st.none() | moments,
    progress=st.floats(),
    speed=st.integers(0, 2**40),
    seeders=st.integers(0, 10**6),
)


@given(torrents, telemetry)
def test_only_a_ready_torrent_is_whole(torrent: Torrent, seen: Telemetry) -> None:
    row = row_of(torrent, seen)
    ready = isinstance(torrent.phase, Ready)

    assert (row.state == "pausedUP") is ready
    assert (row.progress == 1) is ready
    assert (row.amount_left == 0) is ready
    assert 0 <= row.progress <= 1


@given(torrents, telemetry)
def test_every_row_is_json_with_numbers_where_numbers_belong(torrent: Torrent, seen: Telemetry) -> None:
    shown = json.loads(encode(row_of(torrent, seen)), parse_constant=pytest.fail)

    assert list(shown) == sorted(shown)
    assert None not in shown.values()
    assert shown["state"] in STATES
    assert shown["name"]
    assert shown["content_path"] != shown["save_path"]
    assert 0 < shown["eta"] <= 8640000 or shown["amount_left"] < shown["dlspeed"]
    for key, value in shown.items():
        if TorrentRow.__annotations__[key] == "int":
            assert type(value) is int, key


@given(torrents, st.floats(-2, 9999), limits)
def test_a_finished_torrent_has_met_its_goals(torrent: Torrent, ratio: float, minutes: int) -> None:
    options = replace(torrent.options, ratio_limit=ratio, seeding_time_limit=minutes)
    ready = replace(torrent, phase=Ready(REMOTE, FILES, PATH), options=options, completed_at=torrent.added_at)
    row = row_of(ready, Telemetry())

    assert row.ratio >= row.max_ratio
    assert row.seeding_time >= row.max_seeding_time * 60
    assert (row.ratio_limit, row.seeding_time_limit) == (view.number(ratio), minutes)
    assert view.number(float("inf")) == 0


@given(torrents, telemetry, moments)
def test_a_row_stays_the_same_as_long_as_it_says(torrent: Torrent, seen: Telemetry, now: datetime) -> None:
    until = view.same_until(torrent, now)

    assert until > now
    assert row_of(torrent, seen, now) == row_of(torrent, seen, until - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("phase", "state", "speed", "expected"),
    [
        (Accepted(), None, 0, "queuedDL"),
        (Fetching(REMOTE, NOW), None, 0, "queuedDL"),
        (Fetching(REMOTE, NOW), ItemState.CONVERTING, 0, "metaDL"),
        (Fetching(REMOTE, NOW), ItemState.UNPREPARED, 0, "queuedDL"),
        (Fetching(REMOTE, NOW), ItemState.QUEUED, 0, "queuedDL"),
        (Fetching(REMOTE, NOW), ItemState.FETCHING, 9, "downloading"),
        (Fetching(REMOTE, NOW), ItemState.FETCHING, 0, "stalledDL"),
        (Fetching(REMOTE, NOW), ItemState.FAILED, 0, "stalledDL"),
        (Fetching(REMOTE, NOW), ItemState.DONE, 0, "downloading"),
        (Placing(REMOTE, NOW, "Show", FILES), None, 0, "downloading"),
        (Confirming(REMOTE, NOW, "Show", FILES, PATH), None, 0, "moving"),
        (Ready(REMOTE, FILES, PATH), None, 0, "pausedUP"),
        (Failed(Reason.BUG, "", True), None, 0, "error"),
    ],
)
def test_each_phase_has_its_state(phase: Phase, state: ItemState | None, speed: int, expected: str) -> None:
    item = RemoteItem(id="ID", infohash="a" * 40, name="Show", state=state) if state else None
    torrent = a_torrent(phase=phase)
    seen = Telemetry(item=item, speed=speed)

    assert view.state(torrent, seen, PROFILE) == expected
    if expected not in ("pausedUP", "error"):
        assert view.state(replace(torrent, paused=True), seen, PROFILE) == "pausedDL"


def test_size_is_that_of_the_wanted_files_as_soon_as_they_are_known() -> None:
    torrent = a_torrent(size=1000, phase=Placing(REMOTE, NOW, "Show", FILES))

    row = row_of(torrent, Telemetry(progress=0.5, speed=9))
    assert (row.size, row.total_size, row.completed, row.amount_left) == (900, 1000, 450, 450)
    assert (row.eta, row.availability, row.dlspeed) == (50, 1, 9)


def test_size_without_metadata_is_what_the_provider_says() -> None:
    item = RemoteItem(id="ID", infohash="a" * 40, name="", state=ItemState.FETCHING, size=500)
    torrent = a_torrent(phase=Fetching(REMOTE, NOW))

    row = row_of(torrent, Telemetry(item=item, seeders=4))
    assert (row.size, row.total_size, row.availability) == (500, -1, 4)


def test_a_path_is_foreseen_from_the_name() -> None:
    torrent = a_torrent(name="Some.Movie.mkv", files=(TorrentFile("Some.Movie.mkv", 9),))

    assert expected_path(torrent) == "/downloads/tv/Some.Movie"
    assert expected_path(replace(torrent, name="")) != torrent.save_path


def row_of(torrent: Torrent, seen: Telemetry, now: datetime = NOW) -> TorrentRow:
    return view.describe(torrent, seen, now, path=expected_path(torrent), position=3, profile=PROFILE)


def a_torrent(**changes: object) -> Torrent:
    given: dict[str, object] = {
        "id": 1,
        "infohash": "a" * 40,
        "category": "tv",
        "name": "Show",
        "save_path": "/downloads/tv",
        "request": Request(),
        "added_at": NOW,
    }
    return Torrent(**(given | changes))  # type: ignore[arg-type]
