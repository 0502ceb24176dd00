"""What leaves us over HTTP, what comes back, what goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct

from qbitproxy.core.calls import Upload
from qbitproxy.core.faults import Busy, Missing, Refusal, Unreachable
from qbitproxy.http import LARGEST_ANSWER, connect
from qbitproxy.settings import Secret
from tests.http.desk import KEY, a_desk, a_spec
from tests.support import ManualClock


class Echo(Struct):
    method: str
    query: list[tuple[str, str]]
    type: str
    body: str


async def test_a_call_carries_the_key_and_our_name_below_the_whole_base_url() -> None:
    async with a_desk() as (desk, http):
        echo = await http.call("GET", "echo", Echo, query=[("path", "/a b+c&d"), ("path", "ü")])

    assert echo.query == [("path", "/a b+c&d"), ("path", "ü")]
    [request] = desk.requests
    assert (request.path, request.headers["X-Key"]) == ("/echo", KEY)
    assert request.headers["User-Agent"].startswith("qbitproxy/")


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        ({"form": {"a": "x y", "b": "ü"}}, "application/x-www-form-urlencoded", "a=x+y&b=%C3%BC"),
        ({"json": {"ids": [1]}}, "application/json", '{"ids":[1]}'),
        ({"body": b"d4:infoe"}, "application/octet-stream", "d4:infoe"),
    ],
)
async def test_content_is_sent_in_the_form_it_was_given(
    content: dict[str, object], kind: str, body: str
) -> None:
    async with a_desk() as (_, http):
        echo = await http.call("PUT", "echo", Echo, **content)

    assert (echo.method, echo.type, echo.body) == ("PUT", kind, body)


async def test_an_upload_is_a_file_beside_the_fields_of_its_form() -> None:
    async with a_desk() as (desk, http):
        upload = Upload("files[]", "Sintel.torrent", b"d4:info\r\n\xffe")
        await http.call("POST", "echo", form=[("tag", "a"), ("tag", "ü")], upload=upload)

    [request] = desk.requests
    assert request.fields == [("tag", "a"), ("tag", "ü")]
    assert request.uploads == [("files[]", "Sintel.torrent", b"d4:info\r\n\xffe")]
    assert "d4:info" not in repr(upload)


async def test_an_answer_without_content_is_what_the_caller_calls_empty() -> None:
    async with a_desk() as (_, http):
        assert await http.call("GET", "nothing", list[int], empty=[]) == []
        assert await http.call("DELETE", "nothing") is None


async def test_an_answer_that_is_no_json_can_be_had_as_it_is() -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", status=200, body=b"2026-07-18T14:03:21+0200")

        assert await http.call("GET", "echo", bytes) == b"2026-07-18T14:03:21+0200"


async def test_an_answer_that_lost_its_body_is_not_an_empty_one() -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /counted", kind="hollow")

        with pytest.raises(Unreachable, match="odd answer"):
            await http.call("GET", "counted", list[int], empty=[])


async def test_a_page_comes_with_its_headers() -> None:
    async with a_desk() as (_, http):
        numbers, headers = await http.page("counted", list[int])

    assert (numbers, headers["x-total-count"]) == ([1, 2], "2")


async def test_an_answer_of_another_shape_is_no_answer() -> None:
    async with a_desk() as (_, http):
        with pytest.raises(Unreachable, match="odd answer"):
            await http.call("GET", "counted", Echo)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("html", 200, "web page"),
        ("half", 200, "odd answer"),
        ("short", 200, "broke off"),
        ("reset", 200, "connection failed|broke off"),
        ("gzip", 200, "connection failed|broke off"),
        ("answer", 502, "HTTP 502"),
    ],
)
async def test_trouble_on_the_way_says_nothing_but_that_there_is_no_answer(
    kind: str, status: int, words: str
) -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", kind=kind, status=status, times=None)  # type: ignore[arg-type]

        with pytest.raises(Unreachable, match=words) as caught:
            await http.call("GET", "echo", Echo, query={"token": "hidden-token"})

    assert "hidden-token" not in str(caught.value)
    assert KEY not in str(caught.value)


async def test_an_endpoint_may_look_for_the_key_in_its_query() -> None:
    def in_query(key: str, path: str) -> dict[str, str]:
        return {"token": key} if path == "echo" else {}

    async with a_desk(query=in_query) as (desk, http):
        said = await http.call("GET", "echo", dict, query={"a": 1})
        await http.call("GET", "nothing")
        desk.fault("GET /echo", kind="reset")
        with pytest.raises(Unreachable) as caught:
            await http.call("GET", "echo")

    assert said["query"] == [["a", "1"], ["token", KEY]]
    assert desk.requests[1].query == {}
    assert KEY not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(("headers", "wait"), [({}, 3600), ({"Retry-After": "90"}, 90)])
async def test_a_throttle_answer_may_last_for_what_its_body_stands_for(
    headers: dict[str, str], wait: int
) -> None:
    async with a_desk(throttled_for=lambda status, body: 3600.0 if b"hour" in body else None) as (desk, http):
        desk.fault("GET /echo", status=429, headers=headers, body={"error": "hour"})

        with pytest.raises(Unreachable):
            await http.call("GET", "echo")
        with pytest.raises(Busy, match="slow down") as caught:
            await http.call("GET", "echo")

    assert caught.value.retry_after == wait


@pytest.mark.parametrize(("hangs_up", "times", "calls"), [(True, 1, 2), (True, 2, 2), (False, 1, 1)])
async def test_a_call_cut_off_by_a_service_that_hangs_up_is_sent_once_more(
    hangs_up: bool, times: int, calls: int
) -> None:
    async with a_desk(hangs_up=hangs_up) as (desk, http):
        desk.fault("POST /echo", kind="drop", times=times)

        if calls > times:
            await http.call("POST", "echo", Echo, form={"a": "b"})
        else:
            with pytest.raises(Unreachable, match="connection failed"):
                await http.call("POST", "echo", Echo, form={"a": "b"})

    assert [request.body for request in desk.requests] == [b"a=b"] * calls


async def test_silence_ends_at_the_deadline() -> None:
    async with a_desk(deadline=timedelta(seconds=0.05)) as (desk, http):
        desk.fault("GET /echo", kind="hang")

        with pytest.raises(Unreachable, match=r"no answer within 0.05 s"):
            await http.call("GET", "echo", Echo)


async def test_nobody_listening_is_told_with_host_and_port() -> None:
    async with a_desk() as (desk, http):
        await desk.__aexit__(None, None, None)

        with pytest.raises(Unreachable, match=r"cannot connect to 127\.0\.0\.1:\d+"):
            await http.call("GET", "echo", Echo)


@pytest.mark.parametrize("address", ["nowhere", "http://10.0.0..2", f"http://{'a' * 64}.example"])
async def test_an_address_that_is_none_is_unreachable(address: str) -> None:
    async with aiohttp.ClientSession() as session:
        http = connect(a_spec(), "front", address, Secret(KEY), session, ManualClock())

        with pytest.raises(Unreachable):
            await http.call("GET", "echo")


async def test_the_specs_table_names_the_fault_with_the_configured_owner() -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", status=404)

        with pytest.raises(Missing) as caught:
            await http.call("GET", "echo", Echo)

    assert (caught.value.owner, caught.value.detail) == ("front", "not there")


async def test_a_redirect_to_the_same_host_is_sent_again_with_key_and_body() -> None:
    async with a_desk() as (desk, http):
        desk.fault("POST /echo", status=307, headers={"Location": "/base/echo?moved=1"})

        echo = await http.call("POST", "echo", Echo, form={"a": "1"}, query={"old": "1"})

    assert (echo.query, echo.body) == ([("moved", "1")], "a=1")
    assert [request.headers["X-Key"] for request in desk.requests] == [KEY, KEY]


@pytest.mark.parametrize(
    ("status", "target"),
    [(307, "http://elsewhere.invalid/"), (307, "http://[odd"), (302, "/base/echo"), (301, "")],
)
async def test_no_other_redirect_is_followed(status: int, target: str) -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", status=status, headers={"Location": target})

        with pytest.raises(Unreachable, match="redirect"):
            await http.call("GET", "echo", Echo)

    assert len(desk.requests) == 1


async def test_redirects_in_circles_come_to_an_end() -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", status=308, headers={"Location": "/base/echo"}, times=None)

        with pytest.raises(Unreachable, match="circles"):
            await http.call("GET", "echo", Echo)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 15.0),  # never shorter than our own first freeze
        ("90", 90.0),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
        ("soon", 15.0),
        ("999999999", 3600.0),
    ],
)
async def test_a_throttled_account_is_left_alone_for_as_long_as_it_asks(given: str, seconds: float) -> None:
    clock = ManualClock()
    async with a_desk(clock) as (desk, http):
        desk.fault("GET /echo", status=429, headers={"Retry-After": given})

        with pytest.raises(Unreachable) as first:
            await http.call("GET", "echo", Echo)
        with pytest.raises(Busy) as second:
            await http.call("GET", "counted", list[int])
        clock.advance(timedelta(seconds=seconds))
        await http.call("GET", "counted", list[int])

    assert (first.value.retry_after, second.value.retry_after) == (seconds, seconds)
    assert len(desk.requests) == 2


async def test_each_throttle_answer_in_a_row_freezes_the_account_for_longer() -> None:
    clock = ManualClock()
    waits: list[float | None] = []
    async with a_desk(clock) as (desk, http):
        desk.fault("GET /echo", status=429, times=None)
        for _ in range(5):
            with pytest.raises(Unreachable) as caught:
                await http.call("GET", "echo", Echo)
            waits.append(caught.value.retry_after)
            clock.advance(timedelta(seconds=waits[-1] or 0))

    assert waits == [15, 30, 60, 120, 120]


async def test_a_refusal_by_a_throttled_account_is_asked_again_later() -> None:
    clock = ManualClock()
    async with a_desk(clock) as (desk, http):
        desk.fault("GET /echo", status=429)
        desk.fault("GET /echo", status=451, times=None)
        with pytest.raises(Unreachable):
            await http.call("GET", "echo", Echo)
        clock.advance(timedelta(seconds=16))

        with pytest.raises(Busy, match="to be confirmed"):
            await http.call("GET", "echo", Echo)
        clock.advance(timedelta(seconds=60))
        with pytest.raises(Refusal):
            await http.call("GET", "echo", Echo)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async with a_desk() as (desk, http):
        desk.fault("GET /echo", status=200, body=b"[" + bytes(LARGEST_ANSWER))

        with pytest.raises(Unreachable, match="larger than we read"):
            await http.call("GET", "echo", Echo)


async def test_an_account_may_be_spoken_to_through_a_proxy_of_its_own() -> None:
    asked: list[str] = []

    async def forward(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return web.json_response({"method": "through", "query": [], "type": "", "body": ""})

    runner = web.ServerRunner(web.Server(forward))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            proxy = Secret(f"http://user:NOT-A-KEY@127.0.0.1:{port}")
            http = connect(
                a_spec(),
                "front",
                "http://service.example/api/",
                Secret(KEY),
                session,
                ManualClock(),
                proxy=proxy,
            )
            echo = await http.call("GET", "echo", Echo)
    finally:
        await runner.cleanup()

    assert echo.method == "through"
    assert asked == ["http://service.example/api/echo"]
