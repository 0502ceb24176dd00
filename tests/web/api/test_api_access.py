"""Who gets through to `/api`, how everybody else is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qbitproxy.core.caller import Caller
from qbitproxy.core.ports import Source
from qbitproxy.settings.sections import ServerSettings
from tests.support import ManualClock
from tests.web.stand import PASSWORD, USERNAME, Stand, a_stand, usual_settings

CREDENTIALS = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/arrs"),
        ("POST", "/api/add"),
        ("GET", "/api/torrents"),
        ("DELETE", "/api/torrents"),
        ("DELETE", "/api/torrents/radarr/" + "a" * 40),
        ("GET", "/api/events"),
        ("GET", "/api/status"),
        ("POST", "/api/refresh-token"),
        ("POST", "/api/update-auth"),
        ("GET", "/api/no-such-thing"),
    ],
)
async def test_api_is_closed_without_credentials(stand: Stand, method: str, path: str) -> None:
    answer = await stand.client.request(method, path)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    said = await answer.json()
    assert said["status"] == 401
    assert said["error"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
async def test_api_token_opens_the_api(stand: Stand, scheme: str) -> None:
    answer = await stand.client.get("/api/torrents", headers={"Authorization": f"{scheme} {stand.token}"})

    assert answer.status == 200
    assert await answer.json() == []


async def test_wrong_token_is_not_made_good_by_a_session(stand: Stand) -> None:
    await stand.log_in()

    answer = await stand.client.get("/api/torrents", headers={"Authorization": "Bearer wrong"})

    assert answer.status == 401


async def test_basic_credentials_of_a_proxy_do_not_hide_the_session(stand: Stand) -> None:
    await stand.log_in()

    answer = await stand.client.get("/api/torrents", headers={"Authorization": "Basic cHJveHk6cHJveHk="})

    assert answer.status == 200


async def test_cookie_that_is_no_utf8_is_no_session(stand: Stand) -> None:
    answer = await stand.client.get("/api/torrents", headers={"Cookie": "auth-session=\udcff\udcfe"})

    assert answer.status == 401


@pytest.mark.parametrize("cookie", ["garbage", "gAAAAABgarbage", "%00", ""])
async def test_forged_cookie_is_no_session(stand: Stand, cookie: str) -> None:
    answer = await stand.client.get("/api/torrents", headers={"Cookie": f"auth-session={cookie}"})

    assert answer.status == 401


async def test_qbittorrent_cookie_opens_nothing_here(stand: Stand) -> None:
    sid = await stand.accounts.open_session(Caller(name="sonarr", arr="sonarr"), "qbit")

    answer = await stand.client.get("/api/torrents", headers={"Cookie": f"SID={sid}; auth-session={sid}"})

    assert answer.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_other_site_cannot_use_the_session_of_a_browser(stand: Stand, headers: dict[str, str]) -> None:
    await stand.log_in()

    answer = await stand.client.post("/api/refresh-token", headers=headers)

    assert answer.status == 403
    assert (await answer.json())["status"] == 403
    assert (await stand.client.get("/api/torrents", headers=stand.bearer)).status == 200


async def test_other_site_cannot_log_a_browser_in(stand: Stand) -> None:
    answer = await stand.client.post("/login", json=CREDENTIALS, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status == 403


async def test_own_page_may_use_the_session(stand: Stand) -> None:
    await stand.log_in()
    own = f"http://{stand.client.host}:{stand.client.port}"

    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": own}):
        assert (await stand.client.post("/api/refresh-token", headers=headers)).status == 200


async def test_script_with_a_token_needs_no_origin(stand: Stand) -> None:
    answer = await stand.client.delete(
        "/api/torrents", params={"hashes": "a" * 40}, headers=stand.bearer | {"Origin": "https://x.example"}
    )

    assert answer.status == 200


async def test_wrong_method_is_named_in_json(stand: Stand) -> None:
    answer = await stand.client.get("/api/add", headers=stand.bearer)

    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]
    assert await answer.json() == {"error": "Method Not Allowed", "status": 405}


async def test_unknown_route_is_named_in_json(stand: Stand) -> None:
    answer = await stand.client.get("/api/no-such-thing", headers=stand.bearer)

    assert answer.status == 404
    assert await answer.json() == {"error": "Not Found", "status": 404}


async def test_large_body_is_refused_where_no_source_is_expected(stand: Stand) -> None:
    answer = await stand.client.post(
        "/login", data=b" " * 100_000, headers={"Content-Type": "application/json"}
    )

    assert answer.status == 413
    assert (await answer.json())["status"] == 413


@pytest.mark.parametrize("body", [b'{"arr": ' + b"[" * 20_000, b'{"arr": "\xff"}'], ids=["deep", "no UTF-8"])
async def test_json_that_makes_no_sense_is_the_callers_mistake(stand: Stand, body: bytes) -> None:
    headers = stand.bearer | {"Content-Type": "application/json"}

    answer = await stand.client.post("/api/repair", data=body, headers=headers)

    assert answer.status == 400
    assert (await answer.json())["error"] == "the request does not fit"


async def test_bug_is_logged_and_not_shown(tmp_path: Path) -> None:
    async def broken(url: str) -> Source:
        raise RuntimeError("secret-detail")

    async with a_stand(tmp_path, fetch=broken) as stand:
        with capture_logs() as logs:
            answer = await stand.client.post(
                "/api/add", json={"urls": "http://x.example/y.torrent"}, headers=stand.bearer
            )
            text = await answer.text()

    assert answer.status == 500
    assert "secret-detail" not in text
    assert "Traceback" not in text
    assert [line["event"] for line in logs] == ["request_broke"]


async def test_every_answer_keeps_a_browser_strict(stand: Stand) -> None:
    for path in ("/login", "/version", "/api/torrents", "/static/front.js", "/nowhere"):
        answer = await stand.client.get(path, allow_redirects=False)

        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


async def test_version_and_liveness_are_public(stand: Stand) -> None:
    version = await (await stand.client.get("/version")).json()
    health = await stand.client.get("/health")
    ready = await stand.client.get("/ready")

    assert set(version) == {"version", "channel"}
    assert health.status == 200
    assert ready.status == 200


async def test_readiness_says_when_it_is_not(tmp_path: Path) -> None:
    async with a_stand(tmp_path, ready=lambda: False) as stand:
        answer = await stand.client.get("/ready")

    assert answer.status == 503


async def test_everything_lives_below_the_url_base(tmp_path: Path) -> None:
    server = ServerSettings(url_base="/qbp")
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, server=server)) as stand:
        client = stand.client
        welcomed = await client.post("/qbp/login", json=CREDENTIALS, allow_redirects=False)

        assert welcomed.headers["Location"] == "/qbp/"
        assert welcomed.cookies["auth-session"]["path"] == "/qbp"
        assert (await client.get("/qbp/api/torrents")).status == 200
        assert (await client.get("/qbp/")).status == 200
        assert (await client.get("/qbp", allow_redirects=False)).headers["Location"] == "/qbp/"
        assert (await client.get("/qbp/version")).status == 200
        client.session.cookie_jar.clear()
        refused = await client.get("/qbp/api/torrents", allow_redirects=False)
        assert refused.status == 401
        assert (await refused.json())["status"] == 401
        sent_away = await client.get("/qbp/", allow_redirects=False)
        assert sent_away.headers["Location"] == "/qbp/login"
        assert (await client.get("/api/torrents")).status in (401, 404)
