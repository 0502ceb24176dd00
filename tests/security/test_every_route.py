"""Every route, asked with every kind of credential."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from qbitproxy.core.caller import Caller, Scope
from qbitproxy.settings.peers import ArrKind, ArrSettings
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.web.needs import NEEDS, Needs, Open, Own, name_of
from tests.security.credentials import (
    REFUSED,
    WORTHLESS,
    Credential,
    cookie_with,
    key_of_the_face,
    session,
)
from tests.support import ManualClock
from tests.web.stand import COOKIE_KEY, USERNAME, Stand, a_stand, usual_settings

FACE = "/api/v2/{action}"
FILL = {"category": "radarr", "file": "start.js", "hash": "a" * 40, "id": "1", "name": "nobody"}

PUBLIC = {
    *("GET /health", "GET /ready", "GET /version", "GET /static"),
    *("GET /setup", "POST /setup", "GET /login", "POST /login", "POST /logout"),
}
ADDS = {"POST /api/add"}
OF_ARRS = {"POST /api/arrs/{name}/events"}
LETS_IN = {"GET /settings", "GET /api/sessions", "GET /api/tokens", "GET /api/webhooks"}
"""What is read here could let somebody in, or pass for us."""


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


def routes(stand: Stand) -> set[str]:
    """Every route that the application has, but the qBittorrent Web API; HEAD is GET."""
    app: web.Application = stand.client.app
    found = {
        name_of(route.method, route.resource, "")
        for route in app.router.routes()
        if route.resource is not None
    }
    return {name for name in found if FACE not in name}


def needed(name: str) -> Scope | Own | None:
    """The scope that a route should ask for, by rule; None is public, ARR is for no caller but one."""
    if name in PUBLIC:
        return None
    if name in OF_ARRS:
        return Own.ARR
    if name in ADDS:
        return Scope.ADD
    return Scope.READ if name.startswith("GET ") and name not in LETS_IN else Scope.ADMIN


def covers(scope: Scope, need: Scope | Own | None) -> bool:
    return need is None or (isinstance(need, Scope) and scope.covers(need))


async def ask(stand: Stand, name: str, headers: dict[str, str], method: str = "") -> tuple[int, str]:
    """The status of a route, where it leads; its body is of no interest."""
    verb, _, path = name.partition(" ")
    path = re.sub(r"\{(\w+)\}", lambda found: FILL[found[1]], path)
    path = path + "/style.css" if path.endswith("/static") else path
    async with stand.client.request(method or verb, path, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


def was_refused(name: str, status: int, location: str) -> bool:
    return status in REFUSED or (location == "/login" and name != "POST /logout")


def declared(stand: Stand) -> Needs:
    """What every route says that it needs."""
    app: web.Application = stand.client.app
    return app[NEEDS]


def test_every_route_says_what_it_needs_and_no_other_does(stand: Stand) -> None:
    assert routes(stand) == declared(stand).keys()


async def test_below_a_url_base_the_same_is_needed(tmp_path: Path, stand: Stand) -> None:
    (tmp_path / "below").mkdir()
    server = ServerSettings(url_base="/qbp")
    settings = usual_settings(tmp_path / "below", server=server)
    async with a_stand(tmp_path / "below", settings=settings) as below:
        token = await below.accounts.tokens.create("mine", Scope.READ)
        headers = {"Authorization": f"Bearer {token}"}
        names = sorted(routes(stand))

        inside = {
            name: (await ask(below, name.replace(" ", " /qbp", 1), headers))[0] in REFUSED for name in names
        }

    token = await stand.accounts.tokens.create("mine", Scope.READ)
    outside = {
        name: (await ask(stand, name, {"Authorization": f"Bearer {token}"}))[0] in REFUSED for name in names
    }
    assert inside == outside


def test_what_they_need_follows_the_rule(stand: Stand) -> None:
    needs = {name: None if isinstance(need, Open) else need for name, need in declared(stand).items()}

    assert needs == {name: needed(name) for name in needs}


async def test_a_cookie_made_with_our_key_would_open_everything(stand: Stand) -> None:
    token = await stand.accounts.open_session(Caller(name=USERNAME), "web")

    answered = await ask(stand, "GET /api/torrents", cookie_with(COOKIE_KEY, token))

    assert answered == (200, "")


@pytest.mark.parametrize("credential", [*WORTHLESS, key_of_the_face], ids=lambda each: each.__name__)
async def test_what_is_not_public_is_closed_to(
    stand: Stand, clock: ManualClock, credential: Credential
) -> None:
    headers = await credential(stand, clock)

    answered = {name: await ask(stand, name, headers) for name in sorted(routes(stand))}

    wrong = {name: got for name, got in answered.items() if was_refused(name, *got) is (name in PUBLIC)}
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
@pytest.mark.parametrize("scope", Scope)
async def test_a_token_opens_what_its_scope_covers(stand: Stand, scope: Scope, scheme: str) -> None:
    token = await stand.accounts.tokens.create("mine", scope)
    headers = {"Authorization": f"{scheme} {token}"}

    answered = {name: await ask(stand, name, headers) for name in sorted(routes(stand))}

    open_to_it = {name for name, got in answered.items() if not was_refused(name, *got)}
    assert open_to_it == {name for name in answered if covers(scope, needed(name))}
    assert {answered[name][0] for name in answered.keys() - open_to_it - OF_ARRS} <= {403}


async def test_what_an_arr_has_for_its_webhook_opens_that_alone(stand: Stand) -> None:
    headers = stand.of_arr("sonarr")
    names = sorted(routes(stand) - OF_ARRS - PUBLIC)

    answered = {name: await ask(stand, name, headers) for name in names}
    face = await stand.client.get("/api/v2/app/version", headers=headers)
    told = await stand.client.post("/api/arrs/sonarr/events", headers=headers, json={})

    assert {name for name, got in answered.items() if not was_refused(name, *got)} == set()
    assert (face.status, told.status) == (403, 200)


async def test_the_webhook_of_an_arr_is_open_to_nobody_else(tmp_path: Path, clock: ManualClock) -> None:
    arrs = {name: ArrSettings(kind=ArrKind.SONARR, category=name) for name in ("first", "second")}
    (tmp_path / "two").mkdir()
    settings = usual_settings(tmp_path / "two", arrs=arrs)
    async with a_stand(tmp_path / "two", clock=clock, settings=settings) as stand:
        tokens = [{"Authorization": f"Bearer {stand.hooks.secret('first')}"}, stand.bearer]
        headers = [stand.of_arr("second"), *tokens, await session(stand, clock)]

        statuses = [
            (await stand.client.post("/api/arrs/first/events", headers=each, json={})).status
            for each in headers
        ]

    assert statuses == [401] * len(headers)


async def test_the_webhook_of_an_arr_has_no_login_to_be_switched_off(stand: Stand) -> None:
    await stand.accounts.unlock(True)

    answer = await stand.client.post("/api/arrs/sonarr/events", json={})

    assert answer.status == 401


async def test_a_scope_that_is_too_small_is_named(stand: Stand) -> None:
    token = await stand.accounts.tokens.create("mine", Scope.READ)

    answer = await stand.client.post("/api/add", headers={"Authorization": f"Bearer {token}"})

    assert await answer.json() == {"error": "this needs the scope add, the token has read", "status": 403}


async def test_a_session_opens_everything_to_its_own_site_alone(stand: Stand, clock: ManualClock) -> None:
    headers = await session(stand, clock)
    others = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
    names = sorted(routes(stand) - {"POST /logout", "POST /api/update-auth"})  # they end or ask again

    own = {name: (await ask(stand, name, headers))[0] for name in names}
    foreign = {
        name: {(await ask(stand, name, headers | other))[0] for other in others}
        for name in names
        if not name.startswith("GET ")
    }

    assert {name: status for name, status in own.items() if status in REFUSED} == dict.fromkeys(OF_ARRS, 401)
    assert {name: statuses for name, statuses in foreign.items() if statuses != {403}} == {}


async def test_the_head_of_a_route_needs_what_the_route_needs(stand: Stand) -> None:
    token = await stand.accounts.tokens.create("mine", Scope.READ)
    headers = {"Authorization": f"Bearer {token}"}

    reads = [name for name in sorted(routes(stand)) if name.startswith("GET ")]

    answered = {name: (await ask(stand, name, headers, "HEAD"))[0] for name in reads}

    closed = {name for name, status in answered.items() if status in REFUSED}
    assert closed == LETS_IN
