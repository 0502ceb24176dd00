"""Tokens and sessions through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import ManualClock
from tests.web.stand import USERNAME, Stand, a_stand


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


async def create(stand: Stand, **wanted: Any) -> tuple[int, dict[str, Any]]:
    answer = await stand.client.post("/api/tokens", json=wanted, headers=stand.bearer)
    return answer.status, await answer.json()


async def test_a_token_is_shown_once_and_listed_without_it(stand: Stand, clock: ManualClock) -> None:
    end = clock.now() + timedelta(days=90)

    status, made = await create(stand, name="my-script", scope="add", expires=end.isoformat())
    used = await stand.client.get("/api/torrents", headers={"Authorization": f"Token {made['token']}"})
    answer = await stand.client.get("/api/tokens", headers=stand.bearer)

    assert status == 201
    assert used.status == 200
    assert made["token"] not in await answer.text()
    listed = {each["name"]: each for each in await answer.json()}
    assert listed.keys() == {"api", "my-script"}
    assert listed["my-script"] == {
        "name": "my-script",
        "kind": "api",
        "scope": "add",
        "created": "2026-01-01T00:00:00Z",
        "expires": "2026-04-01T00:00:00Z",
        "used": "2026-01-01T00:00:00Z",
        "expired": False,
    }


async def test_what_is_left_out_is_the_least(stand: Stand) -> None:
    _, made = await create(stand, name="x")

    assert (made["scope"], made["expires"]) == ("read", None)


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": "two words"}, 400, "name"),
        ({"name": "a/b"}, 400, "name"),
        ({"name": "x\n"}, 400, "name"),
        ({"name": "x" * 65}, 400, "name"),
        ({"name": "x", "scope": "root"}, 400, "scope"),
        ({"name": "x", "kind": "web"}, 400, "kind"),
        ({"name": "x", "expires": "2025-01-01T00:00:00Z"}, 400, "past"),
        ({"name": "x", "expires": "2027-01-01T00:00:00"}, 400, "expires"),
        ({"name": "x", "token": "of my choice"}, 400, "token"),
        ({"name": "api"}, 409, "api"),
        ({"name": "taken"}, 409, "taken"),
    ],
)
async def test_a_mistake_is_named_and_makes_no_token(
    stand: Stand, wanted: dict[str, Any], status: int, said: str
) -> None:
    await create(stand, name="taken")

    got, answer = await create(stand, **wanted)

    assert got == status
    assert said in f"{answer['error']} {answer.get('detail', '')}"
    assert [row.name for row in stand.accounts.tokens.listed()] == ["api", "taken"]


async def test_a_token_is_revoked_by_its_name(stand: Stand) -> None:
    _, made = await create(stand, name="gone")

    statuses = [
        (await stand.client.delete("/api/tokens/gone", headers=stand.bearer)).status for _ in range(2)
    ]

    assert statuses == [200, 404]
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert (await stand.client.get("/api/torrents", headers=headers)).status == 401


async def test_a_key_for_qbittorrent_clients_has_a_scope_too(stand: Stand) -> None:
    _, made = await create(stand, name="cleaner", scope="read", kind="qbit")
    headers = {"Authorization": f"Bearer {made['token']}"}

    reads = await stand.client.get("/api/v2/torrents/info", headers=headers)
    deletes = await stand.client.post("/api/v2/torrents/delete", headers=headers)

    assert made["token"].startswith("qbt_")
    assert [reads.status, deletes.status] == [200, 403]


async def test_sessions_are_listed_and_ended(stand: Stand) -> None:
    await stand.log_in()
    other = await stand.accounts.open_session((await caller(stand)), "web", "192.0.2.9")
    answer = await stand.client.get("/api/sessions")
    sessions = await answer.json()

    mine, theirs = sorted(sessions, key=lambda each: not each["current"])
    ended = await stand.client.delete(f"/api/sessions/{theirs['id']}")
    again = await stand.client.delete(f"/api/sessions/{theirs['id']}")

    assert [mine["current"], theirs["current"]] == [True, False]
    assert (theirs["name"], theirs["kind"], theirs["address"]) == (USERNAME, "web", "192.0.2.9")
    assert [ended.status, again.status] == [200, 404]
    assert await stand.accounts.session(other, "web") is None
    assert (await stand.client.get("/api/torrents")).status == 200


async def caller(stand: Stand) -> Any:
    found = await stand.accounts.login(USERNAME, "fake-password", "192.0.2.9")
    assert found is not None
    return found
