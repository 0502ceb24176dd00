"""Emulators log what they are asked, then fail on demand."""

import asyncio
import json

import pytest
from aiohttp import ClientError, ClientPayloadError, web

from compat.content import SHOW, SINTEL
from compat.emulators.bench import Bench, ManualClock
from compat.emulators.realdebrid import RealDebrid
from tests.compat.realdebrid_client import account

GATEWAY = [500, 502, 503, 504]


async def test_calls_are_counted_by_route_or_by_path() -> None:
    async with account() as (rd, client):
        remote_id = await client.add(SINTEL)
        await client.info(remote_id)
        await client.info(remote_id)

        assert rd.calls("GET /torrents/info/{id}") == 2
        assert rd.calls(f"GET /torrents/info/{remote_id}") == 2
        assert rd.calls("* /torrents*") == rd.calls() == 3
        assert [request.status for request in rd.requests] == [201, 200, 200]
        assert rd.requests[0].form == {"magnet": SINTEL.magnet()}
        assert rd.requests[0].size > len(SINTEL.magnet())


async def test_the_log_can_be_shown_without_a_secret() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        info = await client.fetch(SINTEL)
        opened = (await client.unrestrict(info["links"][0])).json
        await client.ask(f"HEAD {opened['download']}", auth_token=rd.token)

        shown = repr(rd.requests)

        assert "POST /torrents/addMagnet" in shown
        for secret in (rd.token, "tracker.example", opened["id"], info["links"][0]):
            assert secret not in shown


@pytest.mark.parametrize("status", GATEWAY)
async def test_a_gateway_answers_with_html_or_with_nothing(status: int) -> None:
    async with account() as (rd, client):
        rd.fault("GET /user", kind="html", status=status)
        rd.fault("GET /user", status=status)

        page, empty, healthy = [await client.ask("GET /user") for _ in range(3)]

        assert (page.status, page.headers["Content-Type"].partition(";")[0]) == (status, "text/html")
        assert (empty.status, empty.body) == (status, b"")
        assert healthy.status == 200


async def test_a_fault_strikes_after_so_many_calls_so_many_times() -> None:
    async with account() as (rd, client):
        fault = rd.fails("GET /user", 25, after=1, times=2)

        statuses = [(await client.ask("GET /user")).status for _ in range(5)]

        assert statuses == [200, 503, 503, 200, 200]
        assert fault.fired == 2


async def test_a_fault_without_an_end_can_be_lifted() -> None:
    async with account() as (rd, client):
        fault = rd.fails("*", "too_many_requests", headers={"Retry-After": "3"}, times=None)
        struck = [await client.ask("GET /user") for _ in range(3)]
        fault.lift()

        assert [answer.error for answer in struck] == [(429, 34)] * 3
        assert struck[0].headers["Retry-After"] == "3"
        assert (await client.ask("GET /user")).status == 200


async def test_a_fault_can_be_about_one_infohash() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        rd.fails("PUT /torrents/addTorrent", 25, infohash=SINTEL.infohash)
        rd.fails("GET /torrents/info/{id}", 7, infohash=SINTEL.infohash, times=2)
        adds = [await client.ask("PUT /torrents/addTorrent", body=r.torrent) for r in (SHOW, SINTEL, SINTEL)]

        asked = [answer.json["id"] for answer in adds if answer.status == 201]
        infos = [(await client.ask(f"GET /torrents/info/{asked[n]}")).status for n in (1, 0, 1, 1)]

        assert [answer.status for answer in adds] == [201, 503, 201]
        assert infos == [404, 200, 404, 200]


@pytest.mark.parametrize("body", [{}, {"error": "internal_error", "error_code": -1}, "<html></html>", []])
async def test_a_listing_can_be_something_else(body: object) -> None:
    async with account() as (rd, client):
        await client.add(SINTEL)
        rd.fault("GET /torrents", status=200, body=body)

        odd, sound = await client.ask("GET /torrents"), await client.ask("GET /torrents")

        assert odd.status == 200
        assert len(odd.body) < 60
        assert len(sound.json) == 1


async def test_an_add_can_succeed_without_an_answer() -> None:
    async with account() as (rd, client):
        rd.fault("POST /torrents/addMagnet", kind="hang-after")

        with pytest.raises(TimeoutError):
            await client.ask("POST /torrents/addMagnet", form={"magnet": SINTEL.magnet()}, timeout=0.2)

        assert [item.infohash for item in rd.items()] == [SINTEL.infohash]


async def test_an_add_can_hang_in_vain() -> None:
    async with account() as (rd, client):
        rd.fault("POST /torrents/addMagnet", kind="hang")

        with pytest.raises(TimeoutError):
            await client.ask("POST /torrents/addMagnet", form={"magnet": SINTEL.magnet()}, timeout=0.2)

        assert rd.items() == []
        assert rd.requests[0].status == 0


async def test_json_can_come_half() -> None:
    async with account() as (rd, client):
        rd.fault("GET /user", kind="half")

        answer = await client.ask("GET /user")

        assert answer.status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.body)


@pytest.mark.parametrize("kind", ["short", "reset", "gzip"])
async def test_a_body_can_break_on_its_way(kind: str) -> None:
    async with account() as (rd, client):
        rd.fault("GET /user", kind=kind)

        with pytest.raises((ClientPayloadError, ClientError)):
            await client.ask("GET /user")

        assert (await client.ask("GET /user")).status == 200


async def test_an_answer_can_be_late() -> None:
    async with account() as (rd, client):
        rd.fault("GET /user", kind="delay", seconds=60)

        with pytest.raises(TimeoutError):
            await client.ask("GET /user", timeout=0.1)

        assert (await client.ask("GET /user")).status == 200


async def test_latency_is_added_to_every_call() -> None:
    async with account(RealDebrid(latency=0.05)) as (_rd, client):
        loop = asyncio.get_running_loop()
        started = loop.time()

        await client.ask("GET /user")

        assert loop.time() - started >= 0.05


async def test_any_service_can_stand_on_it() -> None:
    async def greet(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    bench = Bench(clock=ManualClock(at=5))
    bench.app.router.add_get("/greeting", greet)
    async with account() as (_rd, client), bench:
        answer = await client.ask(f"GET {bench.url}greeting")

        assert answer.body == b"hello"
        assert bench.requests[0].at == 5
