"""Repair and Tautulli as Decypharr documents them, before there is anything that repairs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.stand import Stand, a_stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


async def ask(stand: Stand, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with stand.client.request(method, path, json=body, headers=stand.bearer) as answer:
        return answer.status, await answer.json() if await answer.read() else None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"arr": "sonarr", "mediaIds": ["123"], "autoProcess": True, "async": True},
        {"arrName": "sonarr", "mediaIds": None},
        {"arr": "sonarr", "arrName": "sonarr"},
    ],
)
async def test_repair_says_that_it_is_not_there_yet(stand: Stand, body: dict[str, Any]) -> None:
    status, said = await ask(stand, "POST", "/api/repair", body)

    assert status == 501
    assert said == {"error": "repair is not there yet", "status": 501}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"arr": "nobody"}, 404),
        ({"arrName": "nobody"}, 404),
        ({"arr": "sonarr", "arrName": "radarr"}, 400),
        ({"arrname": "sonarr"}, 400),
        ({"mediaIds": [1]}, 400),
        ([], 400),
    ],
)
async def test_repair_of_what_is_not_there_is_refused(stand: Stand, body: Any, status: int) -> None:
    assert (await ask(stand, "POST", "/api/repair", body))[0] == status


async def test_there_is_no_repair_job(stand: Stand) -> None:
    assert await ask(stand, "GET", "/api/repair/jobs") == (200, [])
    assert await ask(stand, "DELETE", "/api/repair/jobs", {"ids": ["x"]}) == (200, None)
    assert (await ask(stand, "DELETE", "/api/repair/jobs", {"ids": []}))[0] == 400
    for verb in ("process", "stop"):
        status, said = await ask(stand, "POST", f"/api/repair/jobs/x/{verb}")
        assert (status, said["error"]) == (404, "there is no repair job x")


@pytest.mark.parametrize(
    "body",
    [
        {"topic": "tautulli", "type": "movie", "tmdb_id": "603", "tvdb_id": "", "autoProcess": True},
        {"topic": "tautulli", "tvdb_id": 81189},
        {"topic": "tautulli", "arr": "sonarr", "media_id": "7", "fix": True},
    ],
)
async def test_tautulli_is_told_that_repair_is_not_there_yet(stand: Stand, body: dict[str, Any]) -> None:
    status, said = await ask(stand, "POST", "/webhooks/tautulli", body)

    assert (status, said["error"]) == (501, "repair is not there yet")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"topic": "plex", "tmdb_id": "603"}, "the request does not fit"),
        ({"tmdb_id": "603"}, "the request does not fit"),
        ({"topic": "tautulli"}, "Invalid ID"),
        ({"topic": "tautulli", "tmdb_id": "x", "tvdb_id": ""}, "Invalid ID"),
        ({"topic": "tautulli", "colour": "red"}, "the request does not fit"),
    ],
)
async def test_webhook_that_is_not_tautullis_is_refused(stand: Stand, body: Any, said: str) -> None:
    status, problem = await ask(stand, "POST", "/webhooks/tautulli", body)

    assert (status, problem["error"]) == (400, said)


async def test_tautulli_has_to_say_who_it_is(stand: Stand) -> None:
    answer = await stand.client.post("/webhooks/tautulli", json={"topic": "tautulli", "tmdb_id": "603"})

    assert answer.status == 401
    assert (await answer.json())["status"] == 401
