"""What Arrs tell of their libraries at `/api/arrs/{name}/events`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from qbitproxy.references import References
from qbitproxy.store import Store
from qbitproxy.web.middlewares import ARR_BODY
from tests.support import ManualClock
from tests.web.stand import Stand, a_stand

EVENTS = "/api/arrs/sonarr/events"

TEST = {"eventType": "Test", "series": {"id": 1, "title": "Test Title", "path": "C:\\testpath"}}
CHANGES: list[Any] = [
    {"eventType": "Download", "series": {"id": 7, "title": "Title"}, "episodeFile": {"id": 3}},
    {"eventType": "Download", "series": {"id": 7}, "episodeFiles": [{"id": 3}], "fileCount": 1},
    {"eventType": "Download", "movie": {"id": 7}, "remoteMovie": {"tmdbId": 5}, "isUpgrade": True},
    {"eventType": "Download", "artist": {"id": 7}, "album": {"id": 5}, "trackFiles": [{"id": 3}]},
    {"eventType": "Rename", "author": {"id": 7}, "renamedBookFiles": []},
    {"eventType": "EpisodeFileDelete", "series": {"id": 7}, "deleteReason": "missingFromDisk"},
    {"eventType": "MovieFileDelete", "movie": {"id": 7}, "deleteReason": "upgrade"},
    {"eventType": "BookFileDelete", "author": {"id": 7}, "book": {"id": 5}, "bookFile": {"id": 3}},
    {"eventType": "SeriesDelete", "series": {"id": 7}, "deletedFiles": True},
    {"eventType": "AlbumDelete", "artist": {"id": 7}, "album": {"id": 5}, "deletedFiles": False},
    {"eventType": "Retag", "artist": {"id": 7}, "trackFile": {"id": 3}},
    {"eventType": "SomethingOfNextYear", "series": {"id": 7}, "more": [None, {"deep": 1.5}]},
    {"series": {"id": 7}},
]
NOTHING: list[Any] = [
    TEST,
    {"eventType": "Grab", "series": {"id": 7}},
    {"eventType": "ManualInteractionRequired", "series": {"id": 7}},
    {"eventType": "Health", "level": "warning", "message": "Indexers unavailable"},
    {"eventType": "ImportFailure", "trackFiles": []},
    {"eventType": "Download"},
    {"eventType": "Download", "series": None},
    {"eventType": "Download", "series": 7},
    {"eventType": "Download", "series": {"id": "7"}},
    {"eventType": "Download", "series": {"id": True}},
    {"eventType": "Download", "series": {"id": 0}},
    {"eventType": "Download", "series": {"id": -7}},
    {"eventType": "Download", "series": {"id": 2**31}},
    {"eventType": "Download", "series": {"id": 10**30}},
    {},
]
BROKEN = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"Download"',
    b'{"eventType": 5}',
    b'{"eventType": "\xff"}',
    b'{"series": ' + b"[" * 20_000,
    b"\xff\xfe{\x00}\x00",
]


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


async def told(stand: Stand, **sent: Any) -> tuple[int, bytes]:
    async with stand.client.post(EVENTS, headers=stand.of_arr() | sent.pop("headers", {}), **sent) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("event", CHANGES, ids=lambda event: event.get("eventType"))
async def test_whose_files_changed_is_noted(stand: Stand, event: Any) -> None:
    assert await told(stand, json=event) == (200, b"")

    assert await stand.references.due(10) == [("sonarr", 7)]


@pytest.mark.parametrize("event", NOTHING, ids=str)
async def test_what_changes_no_files_is_taken_and_noted_nowhere(stand: Stand, event: Any) -> None:
    assert await told(stand, json=event) == (200, b"")

    assert await stand.references.due(10) == []


async def test_what_was_told_outlives_a_kill(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        for _ in range(2):
            await told(stand, json=CHANGES[0])

        store = Store(tmp_path / "accounts" / "accounts.db")  # as a new process would find it
        due = await References(store, ManualClock()).due(10)
        store.close()

    assert due == [("sonarr", 7)]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:20]))
async def test_what_makes_no_sense_is_refused(stand: Stand, body: bytes) -> None:
    status, said = await told(stand, data=body, headers={"Content-Type": "application/json"})

    assert status == 400
    assert b"does not fit" in said
    assert await stand.references.due(10) == []


async def test_a_body_that_is_no_json_is_refused(stand: Stand) -> None:
    assert (await told(stand, data={"eventType": "Test"}))[0] == 415


async def test_an_album_with_all_its_tracks_fits_and_more_does_not(stand: Stand) -> None:
    statuses = []
    for tracks in (1000, 1100):
        body = json.dumps(CHANGES[3] | {"trackFiles": [{"path": "x" * 980}] * tracks}).encode()
        sent = {"data": BytesIO(body), "headers": {"Content-Type": "application/json"}}
        statuses.append((await told(stand, **sent))[0])

    assert statuses == [200, 413]


async def test_a_stranger_is_refused_before_anything_is_read(stand: Stand) -> None:
    async with stand.client.post(EVENTS, data=BytesIO(b"x" * (ARR_BODY + 1))) as answer:
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="qbitproxy"')


@pytest.mark.parametrize("login", ["%%%", "", "bm8tY29sb24=", "ünicode"])
async def test_a_login_that_makes_no_sense_is_refused(stand: Stand, login: str) -> None:
    async with stand.client.post(EVENTS, json=TEST, headers={"Authorization": f"Basic {login}"}) as answer:
        assert answer.status == 401


async def test_the_user_name_is_of_no_interest(stand: Stand) -> None:
    login = b64encode(f":{stand.hooks.secret('sonarr')}".encode()).decode()

    async with stand.client.post(EVENTS, json=TEST, headers={"Authorization": f"Basic {login}"}) as answer:
        assert answer.status == 200


async def test_an_arr_is_heard_whatever_it_says(stand: Stand) -> None:
    assert stand.hooks.heard("sonarr") == 0

    await told(stand, json=TEST)

    assert stand.hooks.heard("sonarr") == 1


async def test_the_log_says_who_told_what_of_whom(stand: Stand) -> None:
    with structlog.testing.capture_logs() as lines:
        await told(stand, json=CHANGES[0])

    [line] = [line for line in lines if line["event"] == "arr_told"]
    assert (line["arr"], line["kind"], line["owner"], line["log_level"]) == ("sonarr", "Download", 7, "info")
