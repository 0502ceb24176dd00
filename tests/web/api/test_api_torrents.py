"""The torrents of `/api`: list, look, delete, try again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from qbitproxy.core.events import Cached, Event, GaveUp, Paused, Placed, Refused, Seen, Stumbled, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import Accepted, Failed, Fetching, Remote, RemoteFile, Removing, Torrent
from qbitproxy.library import Telemetry
from tests.support import ManualClock, a_draft
from tests.web.stand import Stand, a_stand

HASH, OTHER = "a" * 40, "b" * 40
REMOTE = Remote("realdebrid", "RDID")
FILES = (RemoteFile(id="1", path="bunny.mkv", size=1000, link="https://secret.example/link"),)
PLACED = Placed("/downloads/radarr/Bunny")
TO_READY: tuple[Event, ...] = (Submitted(REMOTE), Cached("Bunny", FILES), PLACED, Seen(""))

ALWAYS = (
    "id debrid_id debrid amount_left auto_tmm completed content_path dl_limit dlspeed downloaded "
    "downloaded_session eta hash progress save_path seq_dl super_seeding"
)
USUALLY = (
    "added_on category completion_on f_l_piece_prio files force_start magnet_uri name num_seeds priority "
    "ratio ratio_limit seeding_time_limit size source state tags total_size up_limit uploaded "
    "uploaded_session upspeed"
)
OURS = "addedOn status phase reason waiting_for retry_at refusals paused arr action remote_state"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


async def given(stand: Stand, *events: Event, infohash: str = HASH, category: str = "radarr") -> Torrent:
    torrent = await stand.library.accept(a_draft(infohash, category))
    for event in events:
        torrent = await stand.library.record(torrent.id, event)
    return torrent


async def listed(stand: Stand) -> list[dict[str, Any]]:
    answer = await stand.client.get("/api/torrents", headers=stand.bearer)
    assert answer.status == 200
    torrents: list[dict[str, Any]] = await answer.json()
    return torrents


async def test_torrent_has_every_name_decypharr_gave_it(stand: Stand) -> None:
    await given(stand)

    (torrent,) = await listed(stand)

    assert torrent.keys() >= {*ALWAYS.split(), *USUALLY.split(), *OURS.split()}
    assert torrent["save_path"].endswith("/")
    assert torrent["hash"] == HASH
    assert isinstance(torrent["added_on"], int)


async def test_newest_torrent_stands_first(stand: Stand, clock: ManualClock) -> None:
    await given(stand, infohash=HASH)
    clock.advance(timedelta(minutes=1))
    await given(stand, infohash=OTHER)

    assert [torrent["hash"] for torrent in await listed(stand)] == [OTHER, HASH]


@pytest.mark.parametrize(
    ("events", "state", "phase"),
    [
        ((), "queued", "accepted"),
        ((Submitted(REMOTE),), "downloading", "fetching"),
        (TO_READY[:2], "downloading", "placing"),
        (TO_READY[:3], "downloading", "confirming"),
        (TO_READY, "pausedUP", "ready"),
        ((Paused(),), "pausedDL", "accepted"),
        ((GaveUp(Reason.NO_SEEDS, "nobody has it"),), "error", "failed"),
    ],
)
async def test_state_is_one_that_scripts_know(
    stand: Stand, events: tuple[Event, ...], state: str, phase: str
) -> None:
    await given(stand, *events)

    (torrent,) = await listed(stand)

    assert (torrent["state"], torrent["status"], torrent["phase"]) == (state, state, phase)


async def test_progress_is_what_was_seen(stand: Stand) -> None:
    torrent = await given(stand, Submitted(REMOTE))
    item = RemoteItem(id="RDID", infohash=HASH, name="Bunny", state=ItemState.FETCHING, detail="downloading")
    stand.library.observe(torrent.id, Telemetry(item=item, progress=0.25, speed=50, seeders=7, done=250))

    (shown,) = await listed(stand)

    assert shown["progress"] == 0.25
    assert (shown["completed"], shown["amount_left"], shown["eta"]) == (250, 750, 15)
    assert (shown["dlspeed"], shown["num_seeds"]) == (50, 7)
    assert shown["remote_state"] == "downloading"
    assert (shown["debrid"], shown["debrid_id"]) == ("realdebrid", "RDID")


@pytest.mark.parametrize("then", [(Paused(),), (GaveUp(Reason.STALLED, "x"),), (PLACED,), (PLACED, Seen(""))])
async def test_what_is_not_under_way_has_no_speed(stand: Stand, then: tuple[Event, ...]) -> None:
    torrent = await given(stand, *TO_READY[:2])
    stand.library.observe(torrent.id, Telemetry(progress=0.9, speed=50, done=900))
    for event in then:
        await stand.library.record(torrent.id, event)

    (shown,) = await listed(stand)

    assert (shown["dlspeed"], shown["eta"]) == (0, 0)


async def test_ready_torrent_is_whole_after_a_restart_too(stand: Stand) -> None:
    await given(stand, *TO_READY)

    (shown,) = await listed(stand)

    assert (shown["progress"], shown["amount_left"], shown["completed"]) == (1.0, 0, 1000)
    assert shown["content_path"] == "/downloads/radarr/Bunny"
    assert shown["completion_on"] > 0


async def test_waiting_torrent_says_why_and_until_when(stand: Stand, clock: ManualClock) -> None:
    retry_at = clock.now() + timedelta(minutes=5)
    await given(stand, Stumbled(Reason.OUTAGE, "realdebrid does not answer", retry_at))

    (shown,) = await listed(stand)

    assert shown["reason"] == "outage"
    assert shown["waiting_for"] == "realdebrid does not answer"
    assert shown["retry_at"] == "2026-01-01T00:05:00Z"


async def test_failed_torrent_says_why(stand: Stand) -> None:
    await given(
        stand,
        Refused("realdebrid", Reason.FILTERED_BY_PROVIDER, "infringing_file"),
        GaveUp(Reason.FILTERED_BY_PROVIDER, "infringing_file"),
    )

    (shown,) = await listed(stand)

    assert (shown["reason"], shown["waiting_for"]) == ("filtered_by_provider", "infringing_file")
    assert shown["refusals"] == [
        {"provider": "realdebrid", "reason": "filtered_by_provider", "detail": "infringing_file"}
    ]


async def test_history_tells_the_whole_story(stand: Stand) -> None:
    await given(stand, *TO_READY)

    answer = await stand.client.get(f"/api/torrents/radarr/{HASH.upper()}", headers=stand.bearer)

    said = await answer.json()
    assert said["torrent"]["hash"] == HASH
    assert [line["event"] for line in said["history"]] == ["added", "submitted", "cached", "placed", "seen"]
    assert said["history"][1]["detail"] == "realdebrid has it as RDID"
    assert "secret.example" not in await answer.text()


async def test_unknown_torrent_has_no_story(stand: Stand) -> None:
    await given(stand)

    for path in (f"/api/torrents/sonarr/{HASH}", f"/api/torrents/radarr/{OTHER}", "/api/torrents/x/y"):
        answer = await stand.client.get(path, headers=stand.bearer)
        assert answer.status == 404
        assert (await answer.json())["status"] == 404


@pytest.mark.parametrize(
    ("query", "release"),
    [({}, None), ({"removeFromDebrid": "true"}, True), ({"removeFromDebrid": "false"}, False)],
)
async def test_delete_asks_for_removal(stand: Stand, query: dict[str, str], release: bool | None) -> None:
    torrent = await given(stand)

    answer = await stand.client.delete(f"/api/torrents/radarr/{HASH}", params=query, headers=stand.bearer)

    assert answer.status == 200
    assert await answer.read() == b""
    removed = stand.library.get(torrent.id)
    assert removed is not None
    assert isinstance(removed.phase, Removing)
    assert removed.phase.delete_files
    assert removed.phase.release_remote is release
    assert await listed(stand) == []


async def test_delete_leaves_the_same_torrent_in_other_categories(stand: Stand) -> None:
    await given(stand, category="radarr")
    await given(stand, category="radarr-4k")

    await stand.client.delete(f"/api/torrents/radarr/{HASH}", headers=stand.bearer)

    assert [torrent["category"] for torrent in await listed(stand)] == ["radarr-4k"]


@pytest.mark.parametrize("category", ["", "tv/4k", "with space", "ümläut", "%2F"])
async def test_any_category_can_stand_in_a_path(stand: Stand, category: str) -> None:
    await given(stand, category=category)
    path = f"/api/torrents/{quote(category, safe='')}/{HASH}"
    url = URL(str(stand.client.make_url("/")).rstrip("/") + path, encoded=True)

    shown = await stand.client.session.get(url, headers=stand.bearer)
    removed = await stand.client.session.delete(url, headers=stand.bearer)

    assert (shown.status, removed.status) == (200, 200)
    assert await listed(stand) == []


@pytest.mark.parametrize("path", ["/api/torrents", "/api/torrents/"])
@pytest.mark.parametrize("between", [",", "|", ", "])
async def test_delete_takes_many_hashes(stand: Stand, path: str, between: str) -> None:
    await given(stand, infohash=HASH)
    await given(stand, infohash=OTHER)
    await given(stand, infohash=OTHER, category="sonarr")

    answer = await stand.client.delete(
        path, params={"hashes": between.join((HASH.upper(), OTHER, "c" * 40))}, headers=stand.bearer
    )

    assert answer.status == 200
    assert await listed(stand) == []


async def test_delete_of_an_unknown_hash_is_fine(stand: Stand) -> None:
    await given(stand)

    for path in (f"/api/torrents/radarr/{OTHER}", f"/api/torrents?hashes={OTHER}", "/api/torrents/x/y"):
        assert (await stand.client.delete(path, headers=stand.bearer)).status == 200
    assert len(await listed(stand)) == 1


@pytest.mark.parametrize(
    "query",
    ["", "hashes=", "hashes=,|,", "removeFromDebrid=true", "hashes=a&removeFromDebrid=perhaps", "hash=a"],
)
async def test_delete_that_names_nothing_deletes_nothing(stand: Stand, query: str) -> None:
    await given(stand)

    answer = await stand.client.delete(f"/api/torrents?{query}", headers=stand.bearer)

    assert answer.status == 400
    assert (await answer.json())["status"] == 400
    assert len(await listed(stand)) == 1


async def test_misspelt_choice_deletes_nothing(stand: Stand) -> None:
    await given(stand)

    answer = await stand.client.delete(
        f"/api/torrents/radarr/{HASH}?removefromdebrid=true", headers=stand.bearer
    )

    assert answer.status == 400
    assert len(await listed(stand)) == 1


async def test_two_deletes_at_once_are_both_fine(stand: Stand) -> None:
    await given(stand)
    path = f"/api/torrents/radarr/{HASH}"

    async with asyncio.TaskGroup() as group:
        both = [group.create_task(stand.client.delete(path, headers=stand.bearer)) for _ in range(2)]

    assert [task.result().status for task in both] == [200, 200]


async def test_failed_torrent_is_tried_again(stand: Stand) -> None:
    torrent = await given(stand, GaveUp(Reason.NO_SEEDS, "nobody has it"))
    assert isinstance(torrent.phase, Failed)

    answer = await stand.client.post(f"/api/torrents/radarr/{HASH}/retry", headers=stand.bearer)

    assert answer.status == 200
    assert (await answer.json())["phase"] == "accepted"
    again = stand.library.get(torrent.id)
    assert again is not None
    assert isinstance(again.phase, Accepted)


async def test_waiting_torrent_stops_waiting(stand: Stand, clock: ManualClock) -> None:
    retry_at = clock.now() + timedelta(minutes=5)
    torrent = await given(stand, Submitted(REMOTE), Stumbled(Reason.OUTAGE, "down", retry_at), Paused())

    await stand.client.post(f"/api/torrents/radarr/{HASH}/retry", headers=stand.bearer)

    again = stand.library.get(torrent.id)
    assert again is not None
    assert isinstance(again.phase, Fetching)
    assert again.retry_at is None
    assert not again.paused


async def test_ready_torrent_has_nothing_to_try_again(stand: Stand) -> None:
    await given(stand, *TO_READY)

    answer = await stand.client.post(f"/api/torrents/radarr/{HASH}/retry", headers=stand.bearer)

    assert answer.status == 409
    assert (await answer.json())["status"] == 409


async def test_unknown_torrent_cannot_be_tried_again(stand: Stand) -> None:
    answer = await stand.client.post(f"/api/torrents/radarr/{HASH}/retry", headers=stand.bearer)

    assert answer.status == 404


async def test_slash_in_place_of_names_is_no_torrent(stand: Stand) -> None:
    for path in ("/api/torrents/radarr", "/api/torrents/radarr/", "/api/torrents/a/b/c"):
        answer = await stand.client.get(path, headers=stand.bearer)
        assert answer.status == 404


async def test_torrent_is_paused_and_resumed(stand: Stand) -> None:
    await given(stand)
    path = f"/api/torrents/radarr/{HASH}"

    for verb, paused in (("pause", True), ("pause", True), ("resume", False), ("resume", False)):
        answer = await stand.client.post(f"{path}/{verb}", headers=stand.bearer)
        assert answer.status == 200
        assert (await answer.json())["paused"] is paused

    said = await (await stand.client.get(path, headers=stand.bearer)).json()
    assert [line["event"] for line in said["history"]] == ["added", "paused", "resumed"]


async def test_nothing_is_paused_that_is_not_there(stand: Stand) -> None:
    for verb in ("pause", "resume"):
        answer = await stand.client.post(f"/api/torrents/radarr/{HASH}/{verb}", headers=stand.bearer)
        assert answer.status == 404


async def test_delete_takes_one_torrent_by_category_and_hash(stand: Stand) -> None:
    await given(stand, category="radarr")
    await given(stand, category="radarr-4k")

    answer = await stand.client.delete(
        "/api/torrents", params={"category": "radarr", "hash": HASH.upper()}, headers=stand.bearer
    )

    assert answer.status == 200
    assert [torrent["category"] for torrent in await listed(stand)] == ["radarr-4k"]
