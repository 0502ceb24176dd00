"""Names, origins, methods and keys by which somebody is let in or kept out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from msgspec.structs import replace

from qbitproxy.accounts import Accounts, Cost, TokenKind
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.store import Store
from tests.support import ManualClock
from tests.web.qbit.face import PERSON, Face, a_face
from tests.web.qbit.test_qbit_preferences import known
from tests.web.qbit.test_qbit_profiles import a_person_at
from tests.web.stand import RULES, Stand, a_stand, usual_settings

HOME = "192.0.2.1"


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Face]:
    """A person's client of an installation that has names."""
    server = ServerSettings(
        names=("qbit.example", "*.home.example"), trusted_proxies=(ip_network("127.0.0.0/8"),)
    )
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand:
        yield await a_face(stand)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("qbit.example", 200),
        ("QBIT.example:9999", 200),
        ("a.home.example", 200),
        ("qbit.example.", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8282", 200),
        ("localhost", 200),
        ("evil.example", 401),
        ("qbit.example.evil.example", 401),
        ("[", 401),
    ],
)
async def test_a_request_for_another_name_is_refused(named: Face, host: str, status: int) -> None:
    assert (await named.ask("GET", "app/version", {"Host": host})).status == status


async def test_a_trusted_proxy_says_by_which_name_it_was_reached(named: Face) -> None:
    by_proxy = {"Host": "inside", "X-Forwarded-Host": "qbit.example"}

    assert (await named.ask("GET", "app/version", by_proxy)).status == 200
    assert (await named.ask("GET", "app/version", {"X-Forwarded-Host": "evil.example"})).status == 401


async def test_names_are_checked_on_the_page_and_shown_among_the_preferences(named: Face) -> None:
    async with named.stand.client.get("/login", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421

    assert await known(named, "web_ui_domain_list", "web_ui_host_header_validation_enabled") == {
        "web_ui_domain_list": "qbit.example;*.home.example",
        "web_ui_host_header_validation_enabled": True,
    }


async def test_without_names_every_name_is_fine(person: Face) -> None:
    assert (await person.ask("GET", "app/version", {"Host": "whatever.example"})).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "null"}, 401),
        ({"Origin": "http://here.example:1", "Host": "here.example"}, 401),
        ({"Origin": "https://here.example", "Host": "here.example:443"}, 200),
        ({"Referer": "http://here.example/page", "Host": "here.example"}, 200),
        ({"Referer": "http://evil.example/page"}, 401),
        ({"Origin": "http://here.example", "Referer": "http://evil.example/", "Host": "here.example"}, 200),
    ],
)
async def test_a_browser_on_another_site_is_kept_out(
    person: Face, headers: dict[str, str], status: int
) -> None:
    assert (await person.ask("GET", "app/version", headers)).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_not_implemented_with_or_without_a_session(
    person: Face, stranger: Face, method: str
) -> None:
    for face in person, stranger:
        assert (await face.ask(method, "app/version")).status == 501


async def test_answers_have_the_headers_of_the_original_or_stricter_ones(person: Face) -> None:
    for path in "app/version", "app/nonsense":
        async with person.stand.client.get(f"/api/v2/{path}", headers=person.headers) as answer:
            headers = answer.headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-XSS-Protection"] == "1; mode=block"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def bearing(face: Face, key: str) -> Face:
    return Face(face.stand, {"Authorization": f"Bearer {key}"})


async def test_a_person_makes_a_key_that_opens_the_face_and_nothing_else(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        first = (await person.post("app/rotateAPIKey")).json["apiKey"]
        second = (await person.post("app/rotateAPIKey")).json["apiKey"]
        program = bearing(person, second)

        assert first.startswith("qbt_")
        assert len(second) == len("qbt_") + 28
        assert (await bearing(person, first).get("app/version")).status == 403
        assert (await program.get("app/version")).text == "v5.3.0"
        assert (await program.ask("GET", "app/version", {"Origin": "http://evil.example"})).status == 200
        assert (await program.post("auth/login", **PERSON)).status == 403
        assert (await program.post("auth/logout")).status == 403
        for path in "app/rotateAPIKey", "app/deleteAPIKey", "app/setCookies", "clientdata/store":
            assert (await program.post(path)).status == 403
        async with person.stand.client.get("/api/torrents", headers=program.headers) as answer:
            assert answer.status == 401
        assert (await known(person, "web_ui_api_key"))["web_ui_api_key"] == ""

        deleted = await person.post("app/deleteAPIKey")
        assert (deleted.status, deleted.body) == (204, b"")
        assert (await program.get("app/version")).status == 403


async def test_an_arr_makes_no_key(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path)
    settings = replace(settings, qbittorrent=replace(settings.qbittorrent, profile=ProfileName.V5_3))
    async with a_stand(tmp_path, settings=settings) as stand:
        sonarr = Face(stand, {})
        await sonarr.log_in("http://sonarr.example:8989", "fake-arr-key")

        assert (await sonarr.post("app/rotateAPIKey")).status == 403


async def test_a_key_is_kept_as_a_hash_and_lasts(tmp_path: Path) -> None:
    store = Store(tmp_path / "accounts.db")
    key = await Accounts(store, ManualClock(), RULES, Cost(n=2, r=1, p=1)).tokens.rotate(TokenKind.QBIT)
    token = await Accounts(store, ManualClock(), RULES, Cost(n=2, r=1, p=1)).tokens.rotate()

    again = Accounts(store, ManualClock(), RULES, Cost(n=2, r=1, p=1))
    holder = await again.by_token(key, HOME, TokenKind.QBIT)
    bearer = await again.by_token(token, HOME, TokenKind.API)
    crossed = (
        await again.by_token(token, HOME, TokenKind.QBIT),
        await again.by_token(key, HOME, TokenKind.API),
    )
    await again.tokens.revoke("qbit")
    revoked = await again.by_token(key, HOME, TokenKind.QBIT)
    store.close()

    assert holder is not None
    assert bearer is not None
    assert crossed == (None, None)
    assert revoked is None
    assert key.encode() not in (tmp_path / "accounts.db").read_bytes()


async def test_the_stand_has_no_key_to_begin_with(stand: Stand) -> None:
    assert await stand.accounts.by_token("", HOME, TokenKind.QBIT) is None


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("deflate", False),
        ("", False),
    ],
)
async def test_long_answers_are_packed_for_those_who_take_it(
    person: Face, accepted: str, packed: bool
) -> None:
    headers = {**person.headers, "Accept-Encoding": accepted}
    async with person.stand.client.get("/api/v2/app/preferences", headers=headers) as answer:
        assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
        assert (await answer.json())["locale"] == "en"
        assert "Content-Length" in answer.headers
    async with person.stand.client.get("/api/v2/app/version", headers=headers) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.text() == "v4.6.7"


@pytest.mark.parametrize(("profile", "again"), [("4.6", False), ("5.3", True)])
async def test_a_cookie_that_expires_is_sent_again_while_it_is_used(
    tmp_path: Path, profile: ProfileName, again: bool
) -> None:
    clock, settings = ManualClock(), usual_settings(tmp_path)
    settings = replace(settings, qbittorrent=replace(settings.qbittorrent, profile=profile))
    async with a_stand(tmp_path, settings=settings, clock=clock) as stand:
        person = Face(stand, {})
        [first] = (await person.log_in(**PERSON)).cookies
        assert (await person.get("app/version")).cookies == []

        clock.advance(timedelta(minutes=10))
        renewed = (await person.get("app/version")).cookies

        assert len(renewed) == again
        if again:
            assert renewed[0].partition(";")[0] == first.partition(";")[0]
            assert renewed[0] != first
        clock.advance(timedelta(minutes=10))
        [ended] = (await person.post("auth/logout")).cookies
        assert "1970" in ended
