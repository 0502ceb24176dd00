"""Logging in, staying in, being thrown out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qbitproxy.core.caller import Caller
from qbitproxy.settings.sections import ServerSettings
from tests.support import ManualClock
from tests.web.stand import PASSWORD, RULES, USERNAME, Stand, a_stand, usual_settings

CREDENTIALS = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


async def test_login_sets_a_cookie_that_scripts_cannot_read(stand: Stand) -> None:
    answer = await stand.client.post("/login", json=CREDENTIALS, allow_redirects=False)

    assert answer.status == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.cookies["auth-session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["secure"]
    assert (await stand.client.get("/api/torrents")).status == 200


async def test_cookie_set_over_tls_is_never_sent_without_it(tmp_path: Path) -> None:
    server = ServerSettings(trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand:
        answer = await stand.client.post(
            "/login", json=CREDENTIALS, headers={"X-Forwarded-Proto": "https"}, allow_redirects=False
        )

    assert answer.cookies["auth-session"]["secure"]


async def test_stranger_cannot_pretend_to_be_a_proxy(stand: Stand) -> None:
    for _ in range(RULES.failures):
        await stand.client.post("/login", json={"username": "x", "password": "x"})

    answer = await stand.client.post(
        "/login",
        json=CREDENTIALS,
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"},
        allow_redirects=False,
    )

    assert answer.status == 429


async def test_ban_hits_the_client_and_not_the_trusted_proxy(tmp_path: Path) -> None:
    server = ServerSettings(trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand:
        for _ in range(RULES.failures):
            await stand.client.post(
                "/login",
                json={"username": "x", "password": "x"},
                headers={"X-Forwarded-For": "198.51.100.9, 192.0.2.7, 127.0.0.2"},
            )

        assert stand.accounts.attempts.banned("192.0.2.7")
        assert not stand.accounts.attempts.banned("198.51.100.9")
        assert not stand.accounts.attempts.banned("127.0.0.1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"admin"',
        b'{"username": "admin"}',
        b'{"username": 1, "password": true}',
        b'{"username": "admin", "password": "fake-password", "remember": true}',
        b'{"username": "admin", "password": "\\ud800"}',
        b"\xff\xfe",
    ],
)
async def test_malformed_login_is_refused_with_a_reason(stand: Stand, body: bytes) -> None:
    answer = await stand.client.post("/login", data=body, headers={"Content-Type": "application/json"})

    assert answer.status == 400
    said = await answer.json()
    assert said["status"] == 400
    assert said["error"]


async def test_wrong_password_is_refused_in_json(stand: Stand) -> None:
    answer = await stand.client.post("/login", json={"username": USERNAME, "password": "wrong"})

    assert answer.status == 401
    assert await answer.json() == {"error": "Invalid credentials", "status": 401}
    assert "Set-Cookie" not in answer.headers


async def test_address_that_keeps_guessing_is_told_to_wait(stand: Stand, clock: ManualClock) -> None:
    for _ in range(RULES.failures):
        await stand.client.post("/login", json={"username": USERNAME, "password": "wrong"})

    refused = await stand.client.post("/login", json=CREDENTIALS, allow_redirects=False)
    clock.advance(RULES.ban)
    welcomed = await stand.client.post("/login", json=CREDENTIALS, allow_redirects=False)

    assert refused.status == 429
    assert refused.headers["Retry-After"] == "600"
    assert welcomed.status == 303


async def test_copied_cookie_is_worth_nothing_after_logout(stand: Stand) -> None:
    await stand.log_in()
    (cookie,) = stand.client.session.cookie_jar

    left = await stand.client.post("/logout", allow_redirects=False)

    assert left.status == 303
    assert left.headers["Location"] == "/login"
    answer = await stand.client.get("/api/torrents", headers={"Cookie": f"auth-session={cookie.value}"})
    assert answer.status == 401


async def test_new_password_ends_every_session(stand: Stand) -> None:
    await stand.log_in()
    other_browser = await stand.accounts.open_session(Caller(name=USERNAME), "web")
    wanted = {"username": "anna", "password": "another", "confirm_password": "another"}
    wanted["current_password"] = PASSWORD

    changed = await stand.client.post("/api/update-auth", json=wanted)

    assert changed.status == 200
    assert "message" in await changed.json()
    assert await stand.accounts.session(other_browser, "web") is None
    assert (await stand.client.get("/api/torrents")).status == 401
    assert (await stand.client.post("/login", json=CREDENTIALS)).status == 401
    fresh = await stand.client.post(
        "/login", json={"username": "anna", "password": "another"}, allow_redirects=False
    )
    assert fresh.status == 303


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"username": "", "password": "x", "confirm_password": "x"}, "Username is required"),
        ({"username": "a\nb", "password": "x", "confirm_password": "x"}, "Username is required"),
        ({"username": "anna", "password": "", "confirm_password": ""}, "Password is required"),
        ({"username": "anna", "password": "x", "confirm_password": "y"}, "Passwords do not match"),
        (
            {"username": "anna", "password": "x", "confirm_password": "x"},
            "Password needs 6 characters or more",
        ),
        ({"username": "", "password": ""}, "Username is required"),
    ],
)
async def test_bad_new_credentials_change_nothing(stand: Stand, wanted: dict[str, str], said: str) -> None:
    await stand.log_in()

    answer = await stand.client.post("/api/update-auth", json=wanted)

    assert answer.status == 400
    assert await answer.json() == {"error": said, "status": 400}
    assert (await stand.client.get("/api/torrents")).status == 200


@pytest.mark.parametrize("proof", [{}, {"current_password": "wrong"}])
async def test_a_browser_left_open_is_not_enough_for_a_new_password(
    stand: Stand, proof: dict[str, str]
) -> None:
    await stand.log_in()
    wanted = {"username": "eve", "password": "another", "confirm_password": "another"}

    statuses = [
        (await stand.client.post("/api/update-auth", json=wanted | proof)).status
        for _ in range(RULES.failures + 1)
    ]

    assert statuses == [403] * RULES.failures + [429]
    assert stand.accounts.username == USERNAME


async def test_a_token_of_the_owner_may_set_a_new_password(stand: Stand) -> None:
    wanted = {"username": "anna", "password": "another", "confirm_password": "another"}

    answer = await stand.client.post("/api/update-auth", json=wanted, headers=stand.bearer)

    assert answer.status == 200
    assert stand.accounts.username == "anna"


async def test_new_token_is_shown_once_and_ends_the_old_one(stand: Stand) -> None:
    answer = await stand.client.post("/api/refresh-token", headers=stand.bearer)

    said = await answer.json()
    assert said["token"] == said["api_token"]
    assert said["message"]
    assert (await stand.client.get("/api/torrents", headers=stand.bearer)).status == 401
    fresh = {"Authorization": f"Bearer {said['token']}"}
    assert (await stand.client.get("/api/torrents", headers=fresh)).status == 200


async def test_session_ends_when_it_is_unused(stand: Stand, clock: ManualClock) -> None:
    await stand.log_in()

    clock.advance(RULES.idle + timedelta(seconds=1))

    assert (await stand.client.get("/api/torrents")).status == 401


async def test_no_secret_reaches_the_log(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        await stand.log_in()
        await stand.client.post("/login", json={"username": "anna", "password": "wrong-fake-password"})
        await stand.client.get("/api/torrents", headers=stand.bearer)
    (cookie,) = stand.client.session.cookie_jar

    said = f"{logs} {caplog.text}"
    for secret in (PASSWORD, "wrong-fake-password", stand.token, cookie.value):
        assert secret not in said
