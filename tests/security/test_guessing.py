"""Whoever guesses at one door is kept out of all of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.security.credentials import session
from tests.support import ManualClock
from tests.web.stand import PASSWORD, RULES, USERNAME, Stand, a_stand


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


Door = Callable[[Stand, str], Awaitable[int]]


async def page(stand: Stand, password: str) -> int:
    form = {"username": USERNAME, "password": password}
    return (await stand.client.post("/login", data=form, allow_redirects=False)).status


async def api(stand: Stand, token: str) -> int:
    headers = {"Authorization": f"Bearer {stand.token if token == PASSWORD else token}"}
    return (await stand.client.get("/api/torrents", headers=headers)).status


async def face_login(stand: Stand, password: str) -> int:
    form = {"username": USERNAME, "password": password}
    answer = await stand.client.post("/api/v2/auth/login", data=form)
    return 200 if await answer.text() == "Ok." else max(answer.status, 401)


async def face_basic(stand: Stand, password: str) -> int:
    auth = b64encode(f"{USERNAME}:{password}".encode()).decode()
    return (await stand.client.get("/api/v2/app/version", headers={"Authorization": f"Basic {auth}"})).status


async def face_token(stand: Stand, token: str) -> int:
    headers = {"Authorization": f"Bearer {stand.token if token == PASSWORD else token}"}
    return (await stand.client.get("/api/v2/app/version", headers=headers)).status


async def webhook_of_an_arr(stand: Stand, secret: str) -> int:
    login = f"qbitproxy:{stand.hooks.secret('sonarr') if secret == PASSWORD else secret}"
    headers = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}
    return (await stand.client.post("/api/arrs/sonarr/events", headers=headers, json={})).status


DOORS: list[Door] = [page, api, face_login, face_basic, face_token, webhook_of_an_arr]


def name_of(door: Door) -> str:
    return door.__name__


@pytest.mark.parametrize("door", DOORS, ids=name_of)
async def test_a_guesser_at_one_door_finds_every_door_shut(stand: Stand, door: Door) -> None:
    for number in range(RULES.failures):
        assert await door(stand, f"guess-{number}") in (401, 403)

    stand.client.session.cookie_jar.clear()
    statuses = {name_of(other): await other(stand, PASSWORD) for other in DOORS}

    faces = {"face_login": 403, "face_basic": 403, "face_token": 403}
    assert statuses == {"page": 429, "api": 429, "webhook_of_an_arr": 429} | faces


async def test_doors_open_to_the_right_credentials(stand: Stand) -> None:
    statuses = [await door(stand, PASSWORD) for door in DOORS]

    assert statuses == [303, 200, 200, 200, 200, 200]


async def test_whoever_is_in_stays_in(stand: Stand, clock: ManualClock) -> None:
    headers = await session(stand, clock)
    for number in range(RULES.failures):
        await api(stand, f"guess-{number}")

    assert (await stand.client.get("/api/torrents", headers=headers)).status == 200


async def test_a_webhook_that_is_out_of_date_keeps_nobody_out(stand: Stand) -> None:
    for _ in range(RULES.failures * 2):
        assert await webhook_of_an_arr(stand, "one-of-before") == 401

    assert await face_basic(stand, PASSWORD) == 200


async def test_public_pages_stay_open_to_a_guesser(stand: Stand) -> None:
    for number in range(RULES.failures):
        await api(stand, f"guess-{number}")

    answer = await stand.client.get("/health", headers=stand.bearer)

    assert answer.status == 200


async def test_a_guesser_is_told_how_long_to_wait(stand: Stand) -> None:
    for number in range(RULES.failures):
        await api(stand, f"guess-{number}")

    answer = await stand.client.get("/api/torrents", headers=stand.bearer)

    assert answer.headers["Retry-After"] == str(int(RULES.ban.total_seconds()))
    assert (await answer.json())["status"] == 429
