"""Services that want somebody logged in before they answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from compat.emulators.bench import Bench
from qbitproxy.core.calls import Http, Login
from qbitproxy.core.faults import Denied, Fault, Unreachable
from qbitproxy.http import connect
from qbitproxy.session import MOST_REFUSALS, REFUSED_REST
from qbitproxy.settings import Secret
from tests.http.desk import a_spec
from tests.support import ManualClock

PASSWORD = "open-sesame"
REST = timedelta(seconds=REFUSED_REST)


class Vault(Bench):
    """Answers to whoever holds the latest session."""

    def __init__(self) -> None:
        super().__init__()
        self.password = PASSWORD
        self.sessions = 0
        self.cookies = True
        self.app.router.add_post("/login", self._login)
        self.app.router.add_get("/gold", self._gold)
        self.app.router.add_post("/gold", self._gold)

    async def _login(self, request: web.Request) -> web.Response:
        if (await request.post())["password"] != self.password:
            return web.Response(status=401)
        self.sessions += 1
        answer = web.Response()
        if self.cookies:
            answer.headers.add("Set-Cookie", f"sid={self.sessions}; HttpOnly; path=/elsewhere")
            answer.headers.add("Set-Cookie", "seen=yes")
        return answer

    async def _gold(self, request: web.Request) -> web.Response:
        if request.headers.get("Cookie") != f"sid={self.sessions}; seen=yes":
            return web.Response(status=403)
        return web.json_response({"bars": 3})


def _refusal(owner: str, status: int, body: bytes) -> Fault | None:
    if status == 200:
        return None
    return Denied(owner, "wrong password") if status == 401 else Unreachable(owner, f"HTTP {status}")


LOGIN = Login(
    path="login",
    form=lambda key: {"password": key} if key else {},
    is_needed=lambda status, body: status == 403,
    refusal=_refusal,
)


@asynccontextmanager
async def a_vault(password: str = PASSWORD) -> AsyncIterator[tuple[Vault, Http, ManualClock]]:
    clock = ManualClock()
    spec = a_spec(login=LOGIN, fault=lambda owner, status, *_: Denied(owner, f"HTTP {status}"))
    async with Vault() as vault, aiohttp.ClientSession() as session:
        yield vault, connect(spec, "front", vault.url, Secret(password), session, clock), clock


@pytest.fixture
async def vault() -> AsyncIterator[tuple[Vault, Http, ManualClock]]:
    async with a_vault() as open_vault:
        yield open_vault


Open = tuple[Vault, Http, ManualClock]


async def test_a_session_is_opened_once_and_its_cookies_go_with_every_call(vault: Open) -> None:
    service, http, _ = vault

    answers = [await http.call("GET", "gold", dict[str, int]) for _ in range(3)]

    assert answers == [{"bars": 3}] * 3
    assert service.calls("POST /login") == 1
    assert service.calls("GET /gold") == 4


async def test_a_session_that_is_over_is_opened_again_and_the_same_call_sent_again(vault: Open) -> None:
    service, http, _ = vault
    await http.call("GET", "gold", dict[str, int])
    service.sessions += 1

    answer = await http.call("POST", "gold", dict[str, int], form={"take": "one"})

    assert answer == {"bars": 3}
    assert [request.form for request in service.requests[-3:]] == [
        {"take": "one"},
        {"password": PASSWORD},
        {"take": "one"},
    ]


async def test_many_calls_that_meet_a_closed_door_log_in_once(vault: Open) -> None:
    service, http, _ = vault

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(http.call("GET", "gold", dict[str, int]))

    assert service.calls("POST /login") == 1


async def test_a_key_that_opens_no_session_is_never_posted() -> None:
    async with a_vault(password="") as (service, http, _):
        with pytest.raises(Denied, match="HTTP 403"):
            await http.call("GET", "gold")

    assert service.calls("POST /login") == 0


async def test_a_login_that_brings_no_cookie_ends_in_the_calls_own_fault(vault: Open) -> None:
    service, http, _ = vault
    service.cookies = False

    with pytest.raises(Denied, match="HTTP 403"):
        await http.call("GET", "gold")

    assert service.calls("POST /login") == 1


async def test_a_refused_password_is_not_tried_again_before_long(vault: Open) -> None:
    service, http, clock = vault
    service.password = "another"

    for _ in range(5):
        with pytest.raises(Denied, match="wrong password"):
            await http.call("GET", "gold")
    assert service.calls("POST /login") == 1

    clock.advance(REST)
    service.password = PASSWORD
    assert await http.call("GET", "gold", dict[str, int]) == {"bars": 3}


async def test_a_password_is_refused_so_often_and_no_more(vault: Open) -> None:
    service, http, clock = vault
    service.password = "another"

    for _ in range(8):
        with pytest.raises(Denied, match="wrong password"):
            await http.call("GET", "gold")
        clock.advance(REST)

    assert service.calls("POST /login") == MOST_REFUSALS


async def test_an_outage_during_a_login_does_not_count_as_a_refusal(vault: Open) -> None:
    service, http, _ = vault
    service.fault("POST /login", status=500, times=MOST_REFUSALS + 1)

    for _ in range(MOST_REFUSALS + 1):
        with pytest.raises(Unreachable):
            await http.call("GET", "gold")

    assert await http.call("GET", "gold", dict[str, int]) == {"bars": 3}
