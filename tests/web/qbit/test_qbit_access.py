"""Who is let in, who is not, what that costs."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.emulators.sonarr import Sonarr
from qbitproxy.settings import LearningSettings
from qbitproxy.settings.sections import ServerSettings
from tests.support import ManualClock
from tests.web.qbit.face import BUNNY, PERSON, SONARR, SONARR_URL, Face, a_face, basic
from tests.web.stand import ARR_KEY, PASSWORD, RULES, USERNAME, Stand, a_stand, ask, usual_settings

BANNED = "Your IP address has been banned after too many failed authentication attempts."


async def test_an_arr_is_who_its_url_and_key_say(stand: Stand, stranger: Face) -> None:
    answer = await stranger.log_in(SONARR_URL + "/", ARR_KEY)
    await stranger.add(BUNNY, category="tv-sonarr")

    assert answer.text == "Ok."
    assert stand.library.listed()[0].request.arr == "sonarr"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        (SONARR_URL, "wrong"),
        ("http://other.example:8989", ARR_KEY),
        ("", ""),
        (USERNAME, ""),
        ("", PASSWORD),
        ("http://[", ARR_KEY),
        ("nobody", PASSWORD),
    ],
)
async def test_wrong_credentials_open_nothing(stranger: Face, username: str, password: str) -> None:
    answer = await stranger.post("auth/login", username=username, password=password)
    by_basic = await stranger.ask("GET", "app/version", headers=basic(username, password))

    assert (answer.status, answer.text, answer.cookies) == (200, "Fails.", [])
    assert by_basic.status == 403


async def test_credentials_in_the_query_of_a_post_are_ignored(stranger: Face) -> None:
    answer = await stranger.ask("POST", "auth/login", params=PERSON)

    assert answer.text == "Fails."


async def test_a_live_session_is_welcome_without_proof_and_gets_its_cookie_again(person: Face) -> None:
    answer = await person.post("auth/login", username=USERNAME, password="wrong")

    assert answer.text == "Ok."
    assert answer.cookies[0].partition(";")[0] == person.headers["Cookie"]


async def test_an_arr_with_the_cookie_of_somebody_else_gets_its_own(person: Face) -> None:
    await person.add(BUNNY, category="radarr")

    answer = await person.log_in(**SONARR)

    assert answer.text == "Ok."
    assert await person.listed() == []


async def test_sessions_survive_beside_each_other_until_logout(stand: Stand, person: Face) -> None:
    other = await a_face(stand)

    answer = await person.post("auth/logout")

    assert (answer.status, answer.text) == (200, "")
    assert answer.cookies[0].startswith("SID=; expires=")
    assert (await person.get("app/version")).status == 403
    assert (await other.get("app/version")).status == 200


async def test_an_arr_that_was_learned_is_learned_again_after_a_restart(tmp_path: Path) -> None:
    learning = LearningSettings(enabled=True, networks=(ip_network("127.0.0.0/8"),))
    settings = usual_settings(tmp_path, arrs={}, arr_learning=learning)
    async with Sonarr(tmp_path / "sonarr") as sonarr:
        async with a_stand(tmp_path, settings=settings) as stand:
            before = Face(stand, {})
            await before.log_in(sonarr.url, sonarr.api_key)
            assert (await before.get("app/version")).status == 200

        async with a_stand(tmp_path, settings=settings, has_account=False) as stand:
            after = Face(stand, before.headers)
            assert (await after.get("app/version")).status == 403
            assert (await after.log_in(sonarr.url, sonarr.api_key)).text == "Ok."
            await after.add(BUNNY)

            assert [arr["name"] for arr in (await ask(stand, "GET", "/api/arrs"))[1]] == [
                torrent.request.arr for torrent in stand.library.listed()
            ]


async def test_who_is_no_arr_of_the_settings_any_more_has_no_session(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        before = await a_face(stand, SONARR)

    async with a_stand(tmp_path, settings=usual_settings(tmp_path, arrs={}), has_account=False) as stand:
        assert (await Face(stand, before.headers).get("torrents/info")).status == 403


async def test_the_category_of_an_arr_is_that_of_the_settings_of_today(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        before = await a_face(stand, SONARR)

    settings = usual_settings(tmp_path)
    moved = replace(settings, arrs={"sonarr": replace(settings.arrs["sonarr"], category="series")})
    async with a_stand(tmp_path, settings=moved, has_account=False) as stand:
        person, sonarr = await a_face(stand), Face(stand, before.headers)
        await person.add(BUNNY, category="nobody's")
        await person.post("torrents/createCategory", category="series")
        await person.post("torrents/setCategory", hashes=BUNNY.infohash, category="series")

        assert (await sonarr.row())["category"] == "series"


async def test_a_cookie_of_the_page_opens_nothing_here(stand: Stand) -> None:
    await stand.log_in()

    async with stand.client.get("/api/v2/app/version") as answer:
        assert answer.status == 403


async def test_the_cookie_of_qbittorrent_5_2_is_understood(person: Face, stranger: Face) -> None:
    token = person.headers["Cookie"].removeprefix("SID=")

    for cookie in (f"QBT_SID_8282={token}", f'other=x; SID="{token}"', f"SID=stale; QBT_SID_1={token}"):
        assert (await stranger.ask("GET", "app/version", headers={"Cookie": cookie})).status == 200


async def test_too_many_failures_ban_logins_but_not_sessions(
    stand: Stand, person: Face, stranger: Face, clock: ManualClock
) -> None:
    for _ in range(RULES.failures):
        assert (await stranger.post("auth/login", username=USERNAME, password="wrong")).text == "Fails."

    for credentials in (PERSON, SONARR):
        answer = await stranger.post("auth/login", **credentials)
        assert (answer.status, answer.text) == (403, BANNED)
    assert (await stranger.ask("GET", "app/version", headers=basic(**PERSON))).status == 403
    assert (await person.get("app/version")).status == 200
    assert (await person.post("auth/login", **PERSON)).text == "Ok."
    clock.advance(RULES.ban + timedelta(seconds=1))
    assert (await stranger.post("auth/login", **PERSON)).text == "Ok."


async def test_wrong_basic_repeated_by_a_poll_counts_once(stranger: Face) -> None:
    for _ in range(RULES.failures * 3):
        assert (await stranger.ask("GET", "app/version", headers=basic(USERNAME, "wrong"))).status == 403

    assert (await stranger.post("auth/login", **PERSON)).text == "Ok."


async def test_basic_is_checked_anew_after_a_while_and_after_a_new_password(
    stand: Stand, stranger: Face, clock: ManualClock
) -> None:
    async def status() -> int:
        return (await stranger.ask("GET", "app/version", headers=basic(**PERSON))).status

    assert await status() == 200
    clock.advance(timedelta(minutes=1))
    assert await status() == 200
    await stand.accounts.change_password(USERNAME, "another-fake")
    assert await status() == 403


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic ü", "Bearer", "Bearer wrong", "Digest x", "Basic eA=="]
)
async def test_an_odd_authorization_header_is_nobody(stranger: Face, header: str) -> None:
    assert (await stranger.ask("GET", "app/version", headers={"Authorization": header})).status == 403


async def test_a_latin_password_is_understood_from_an_arr(stand: Stand, stranger: Face) -> None:
    await stand.accounts.change_password(USERNAME, "fake:pässwörd")

    for charset in ("utf-8", "iso-8859-1"):
        headers = basic(USERNAME, "fake:pässwörd", charset)
        assert (await stranger.ask("GET", "app/version", headers=headers)).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 401),
        ({"Referer": "http://evil.example/page"}, 401),
        ({"Origin": "http://{name}:9999"}, 401),
        ({"Origin": "null"}, 401),
        ({"Origin": "http://["}, 401),
        ({"Origin": "http://{host}"}, 200),
        ({"Origin": "https://{host}"}, 200),
        ({"Origin": "http://{host}", "Referer": "http://evil.example/"}, 200),
        ({"Referer": "http://{host}/some/page.html"}, 200),
        ({"Origin": "http://proxy.example", "X-Forwarded-Host": "proxy.example"}, 401),
        ({"Origin": "http://ui.example", "Host": "ui.example:80"}, 200),
        ({}, 200),
    ],
)
async def test_pages_of_other_sites_are_401(
    stand: Stand, person: Face, headers: dict[str, str], status: int
) -> None:
    url = stand.client.make_url("/")
    filled = {
        name: value.replace("{host}", url.authority).replace("{name}", url.host or "")
        for name, value in headers.items()
    }

    for path in ("app/version", "no/such/thing"):
        answer = await person.ask("GET", path, headers=filled)
        assert answer.status == (status if path == "app/version" or status == 401 else 404)


async def test_a_foreign_page_cannot_even_log_in(stranger: Face) -> None:
    answer = await stranger.ask(
        "POST", "auth/login", headers={"Referer": "http://evil.example/"}, data=PERSON
    )

    assert (answer.status, answer.text) == (401, "Unauthorized")


async def test_a_script_with_a_token_may_name_any_origin(stand: Stand, stranger: Face) -> None:
    headers = {"Origin": "http://evil.example", **stand.bearer}

    assert (await stranger.ask("GET", "app/version", headers=headers)).status == 200


async def test_behind_a_trusted_proxy_over_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    server = ServerSettings(trusted_proxies=(ip_network("127.0.0.0/8"),), url_base="/qbit")
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand:
        headers = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "p.example",
            "Origin": "https://p.example",
        }
        async with stand.client.post("/qbit/api/v2/auth/login", data=PERSON, headers=headers) as answer:
            assert await answer.text() == "Ok."
            assert answer.headers["Set-Cookie"].endswith("; SameSite=Strict; Secure")
