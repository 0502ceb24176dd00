"""The first visitor makes the account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from qbitproxy.settings.sections import ServerSettings
from tests.web.stand import PASSWORD, RULES, USERNAME, Stand, a_stand, usual_settings

CHOSEN = {"username": "anna", "password": "correct horse", "confirm_password": "correct horse"}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}
BEHIND = ServerSettings(trusted_proxies=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def new(tmp_path: Path) -> AsyncIterator[Stand]:
    """An installation that nobody has set up, asked from its own machine."""
    async with a_stand(tmp_path, has_account=False) as stand:
        yield stand


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncIterator[Stand]:
    """The same behind a proxy that says for whom it asks."""
    settings = usual_settings(tmp_path, server=BEHIND)
    async with a_stand(tmp_path, has_account=False, settings=settings) as stand:
        yield stand


@pytest.mark.parametrize("path", ["/", "/repair", "/settings", "/login", "/nowhere"])
async def test_every_page_leads_to_the_set_up(new: Stand, path: str) -> None:
    answer = await new.client.get(path)

    assert answer.url.path == "/setup"
    assert '<form method="post" action="setup"' in await answer.text()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/torrents"), ("POST", "/api/add"), ("POST", "/login"), ("GET", "/api/nowhere")],
)
async def test_scripts_are_told_what_is_missing(new: Stand, method: str, path: str) -> None:
    answer = await new.client.request(method, path, json={})

    assert answer.status == 503
    assert "/setup" in (await answer.json())["error"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/version", "/static/style.css"])
async def test_probes_work_before_the_set_up(new: Stand, path: str) -> None:
    assert (await new.client.get(path)).status == 200


async def test_a_token_made_on_the_machine_works_before_the_set_up(new: Stand) -> None:
    assert (await new.client.get("/api/torrents", headers=new.bearer)).status == 200


async def test_an_arr_works_before_the_set_up(new: Stand) -> None:
    form = {"username": "http://sonarr.example:8989", "password": "fake-arr-key"}

    answer = await new.client.post("/api/v2/auth/login", data=form)

    assert await answer.text() == "Ok."


@pytest.mark.parametrize("kind", ["data", "json"])
async def test_the_first_visitor_is_logged_in_with_what_was_chosen(new: Stand, kind: str) -> None:
    sent: dict[str, Any] = {kind: CHOSEN}

    answer = await new.client.post("/setup", **sent)

    assert answer.url.path == "/"
    assert 'id="torrents"' in await answer.text()
    assert await new.accounts.login("anna", "correct horse", "192.0.2.1") is not None


async def test_there_is_one_set_up(new: Stand) -> None:
    await new.client.post("/setup", data=CHOSEN)
    new.client.session.cookie_jar.clear()

    again = await new.client.post("/setup", data=CHOSEN | {"username": "eve"})
    page = await new.client.get("/setup", allow_redirects=False)

    assert again.status == 409
    assert page.status == 303
    assert new.accounts.username == "anna"


async def test_of_two_who_come_at_once_one_makes_the_account(new: Stand) -> None:
    statuses = {}

    async def come(name: str) -> None:
        chosen = CHOSEN | {"username": name}
        statuses[name] = (await new.client.post("/setup", json=chosen, allow_redirects=False)).status

    async with asyncio.TaskGroup() as group:
        for name in ("anna", "eve"):
            group.create_task(come(name))

    assert sorted(statuses.values()) == [303, 409]
    assert statuses[new.accounts.username] == 303


async def test_an_installation_with_an_account_has_no_set_up(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        answer = await stand.client.post("/setup", json=CHOSEN)

        assert answer.status == 409
        assert await stand.accounts.login(USERNAME, PASSWORD, "192.0.2.1") is not None


async def test_a_visitor_from_elsewhere_needs_the_code(remote: Stand) -> None:
    page = await remote.client.get("/setup", headers=ELSEWHERE)
    assert 'name="code"' in await page.text()

    without = await remote.client.post("/setup", data=CHOSEN, headers=ELSEWHERE)
    wrong = await remote.client.post("/setup", data=CHOSEN | {"code": "AAAA-AAAA"}, headers=ELSEWHERE)
    right = await remote.client.post(
        "/setup", data=CHOSEN | {"code": remote.codes[0].lower()}, headers=ELSEWHERE, allow_redirects=False
    )

    assert [without.status, wrong.status, right.status] == [403, 403, 303]
    assert "not the code" in await wrong.text()


async def test_a_visitor_who_guesses_codes_is_banned(remote: Stand) -> None:
    statuses = [
        (await remote.client.post("/setup", json=CHOSEN, headers=ELSEWHERE)).status
        for _ in range(RULES.failures + 1)
    ]
    right = await remote.client.post("/setup", json=CHOSEN | {"code": remote.codes[0]}, headers=ELSEWHERE)

    assert statuses == [403] * RULES.failures + [429]
    assert right.status == 429
    assert not remote.accounts.exists


async def test_many_visitors_who_guess_make_the_code_worthless(remote: Stand) -> None:
    for last in range(5):
        await remote.client.post("/setup", json=CHOSEN, headers={"X-Forwarded-For": f"192.0.2.{last}"})

    old, new = remote.codes
    by_old = await remote.client.post("/setup", json=CHOSEN | {"code": old}, headers=ELSEWHERE)
    by_new = await remote.client.post(
        "/setup", json=CHOSEN | {"code": new}, headers=ELSEWHERE, allow_redirects=False
    )

    assert [by_old.status, by_new.status] == [403, 303]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "evil.example"},
    ],
)
async def test_whoever_may_come_from_elsewhere_needs_the_code(new: Stand, headers: dict[str, str]) -> None:
    answer = await new.client.post("/setup", json=CHOSEN, headers=headers)

    assert answer.status == 403
    assert not new.accounts.exists


async def test_a_proxy_that_speaks_an_old_version_is_not_this_machine(new: Stand) -> None:
    async with (
        aiohttp.ClientSession(version=aiohttp.HttpVersion10) as nginx,
        nginx.post(new.client.make_url("/setup"), json=CHOSEN) as answer,
    ):
        assert answer.status == 403


async def test_a_trusted_proxy_that_says_for_nobody_is_not_this_machine(remote: Stand) -> None:
    assert (await remote.client.post("/setup", json=CHOSEN)).status == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
async def test_another_site_cannot_set_up_for_its_visitor(new: Stand, headers: dict[str, str]) -> None:
    answer = await new.client.post("/setup", data=CHOSEN, headers=headers)

    assert answer.status == 403
    assert not new.accounts.exists


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"username": " "}, "Username is required"),
        ({"confirm_password": "another horse"}, "Passwords do not match"),
        ({"password": "short", "confirm_password": "short"}, "Password needs 6 characters or more"),
    ],
)
async def test_a_mistake_can_be_put_right(new: Stand, wanted: dict[str, str], said: str) -> None:
    answer = await new.client.post("/setup", data=CHOSEN | wanted)

    assert answer.status == 400
    assert said in await answer.text()
    assert (await new.client.post("/setup", data=CHOSEN, allow_redirects=False)).status == 303
