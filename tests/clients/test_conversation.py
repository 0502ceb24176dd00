"""The holder of conversations, with servers that answer badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from compat.clients.conversation import Ask, Conversation, OneOf, Wish, hold
from compat.clients.runs import Server
from compat.clients.talks import TALKS

ANSWER = '[{"hash": "%s", "size": 1.0, "state": "pausedUP"}]' % ("a" * 40)


@asynccontextmanager
async def a_server(answer: str, status: int = 200) -> AsyncIterator[Server]:
    """One that answers everything alike."""

    async def say(_: web.Request) -> web.Response:
        return web.Response(text=answer, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", say)
    async with TestServer(app) as server:
        yield Server(url=str(server.make_url("/")), username="a", password="b", downloads=Path("/downloads"))


async def outcome(ask: Ask, answer: str = ANSWER, status: int = 200) -> object:
    async with a_server(answer, status) as server:
        run = await hold(Conversation(program="any", source="made up", asks=[ask]), server)
    return run.outcomes[ask.step]


async def test_a_need_that_is_met_is_told_by_the_status() -> None:
    ask = Ask(step="look", path="torrents/info", reads={"*.hash": "hash", "0.state": OneOf("pausedUP")})

    assert await outcome(ask) == 200


@pytest.mark.parametrize(
    ("wish", "unmet"),
    [
        ({"*.size": "integer"}, "*.size is 1.0"),
        ({"*.name": "text"}, "*.name is '(absent)'"),
        ({"*.state": OneOf("stoppedUP")}, "*.state is 'pausedUP'"),
    ],
)
async def test_a_field_that_a_program_cannot_read_is_told(wish: dict[str, Wish], unmet: str) -> None:
    assert await outcome(Ask(step="look", path="torrents/info", reads=wish)) == {"unmet": unmet}


async def test_an_empty_list_meets_no_need_of_its_items() -> None:
    ask = Ask(step="look", path="torrents/info", reads={"*.hash": "hash"})

    assert await outcome(ask, "[]") == {"unmet": "nothing at *.hash"}


async def test_another_status_or_text_is_told() -> None:
    assert await outcome(Ask(step="look", path="app/version"), status=404) == {"unmet": "status 404"}
    assert await outcome(Ask(step="add", path="torrents/add", text="Ok."), "Fails.") == {
        "unmet": "the answer is 'Fails.'"
    }


async def test_a_cookie_that_is_not_set_is_told() -> None:
    ask = Ask(step="log in", path="auth/login", gives_cookie="SID")

    assert await outcome(ask, "Ok.") == {"unmet": "the cookies are []"}


@pytest.mark.parametrize("program", TALKS)
def test_no_two_steps_of_a_conversation_are_called_alike(program: str) -> None:
    steps = [ask.step for ask in TALKS[program].asks]

    assert sorted(steps) == sorted(set(steps))
