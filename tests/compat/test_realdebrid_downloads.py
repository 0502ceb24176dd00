"""The emulated Real-Debrid unrestricts links, then serves what is behind them."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientError, ClientPayloadError

from compat.content import ALBUM, SHOW, SINTEL
from compat.emulators.bench import ManualClock
from compat.emulators.realdebrid import RealDebrid
from tests.compat.realdebrid_client import Client, account
from tests.support import DEADLINE

NAME = SINTEL.name
HOUR = 3600.0


async def unrestricted(rd: RealDebrid, client: Client) -> str:
    """Return the address of the one file of SINTEL."""
    rd.knows(SINTEL)
    info = await client.fetch(SINTEL)
    return (await client.unrestrict(info["links"][0])).json["download"]


# Links


async def test_links_are_parallel_to_the_selected_files() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW)
        info = await client.fetch(SHOW, "1,3,4")
        selected = [file for file in info["files"] if file["selected"]]

        opened = [(await client.unrestrict(link)).json for link in info["links"]]

        assert [(o["filename"], o["filesize"]) for o in opened] == [
            (file["path"].rpartition("/")[2], file["bytes"]) for file in selected
        ]


async def test_a_mixed_selection_can_be_packed_into_one_rar() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW, packing="rar")
        mixed, videos = await client.fetch(SHOW), await client.fetch(SHOW, "1,2,3")

        opened = (await client.unrestrict(mixed["links"][0])).json
        content = await client.ask(f"GET {opened['download']}")

        assert (len(mixed["links"]), len(videos["links"])) == (1, 3)
        assert opened["filename"] == f"{SHOW.name}.rar"
        assert len(content.body) == opened["filesize"] > SHOW.size


async def test_a_torrent_that_becomes_a_rar_is_compressed_on_the_way() -> None:
    async with account() as (rd, client):
        rd.knows(ALBUM, profile="uncached", packing="rar")
        remote_id = await client.add(ALBUM)
        await client.select(remote_id)

        assert "compressing" in await client.statuses(remote_id, "downloaded")


@pytest.mark.parametrize(("packing", "links"), [("short", 4), ("none", 0)])
async def test_a_downloaded_torrent_can_lack_links(packing: str, links: int) -> None:
    async with account() as (rd, client):
        rd.knows(SHOW, packing=packing)

        info = await client.fetch(SHOW)

        assert (info["status"], len(info["links"])) == ("downloaded", links)


async def test_links_can_appear_one_by_one() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW, packing="one-by-one")
        first = await client.fetch(SHOW)

        later = [len((await client.info(first["id"]))["links"]) for _ in range(5)]

        assert [len(first["links"]), *later] == [1, 2, 3, 4, 5, 5]


async def test_a_long_link_has_to_be_cut() -> None:
    async with account() as (rd, client):
        rd.long_links = True
        rd.knows(SINTEL)
        [link] = (await client.fetch(SINTEL))["links"]

        assert len(link.rpartition("/")[2]) == 26
        assert (await client.unrestrict(link)).error == (404, 7)
        assert (await client.unrestrict(link[:39])).status == 200


async def test_only_known_links_are_opened() -> None:
    async with account() as (_rd, client):
        assert (await client.unrestrict("https://real-debrid.com/d/AAAAAAAAAAAAA")).error == (404, 7)
        assert (await client.unrestrict("https://host.example/file")).error == (503, 16)
        assert (await client.ask("POST /unrestrict/link", form={"password": "x"})).error == (400, 1)


async def test_checking_a_link_tells_its_file() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        [link] = (await client.fetch(SINTEL))["links"]

        checked = (await client.ask("POST /unrestrict/check", form={"link": link})).json

        assert (checked["filename"], checked["filesize"], checked["supported"]) == (NAME, SINTEL.size, 1)
        assert (await client.ask("GET /downloads")).status == 204


async def test_what_is_lost_stays_listed_until_it_is_added_again() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        old = await client.fetch(SINTEL)
        rd.loses(SINTEL.infohash)
        new = await client.fetch(SINTEL)

        assert (await client.info(old["id"]))["status"] == "downloaded"
        assert (await client.ask("POST /unrestrict/check", form={"link": old["links"][0]})).error == (404, 24)
        assert (await client.unrestrict(old["links"][0])).error == (503, 19)
        assert (await client.unrestrict(new["links"][0])).status == 200


async def test_a_release_can_be_refused_at_unrestricting_alone() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        rd.refuses(SINTEL.infohash, at="unrestrict")
        [link] = (await client.fetch(SINTEL))["links"]

        assert (await client.unrestrict(link)).error == (451, 35)
        assert (await client.ask("POST /unrestrict/check", form={"link": link})).status == 200


@pytest.mark.parametrize(
    ("code", "error"),
    [(23, (503, 23)), (36, (503, 36)), (19, (503, 19)), ("bytes_limit_reached", (503, None))],
)
async def test_the_account_can_run_dry(code: int | str, error: tuple[int, int | None]) -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        [link] = (await client.fetch(SINTEL))["links"]
        rd.fails("POST /unrestrict/link", code)

        assert (await client.unrestrict(link)).error == error
        assert (await client.unrestrict(link)).status == 200


# The list of downloads


async def test_every_unrestricting_makes_a_download() -> None:
    clock = ManualClock()
    async with account(RealDebrid(clock=clock)) as (rd, client):
        rd.knows(SINTEL)
        [link] = (await client.fetch(SINTEL))["links"]
        opened = [(await client.unrestrict(link)).json["id"] for _ in range(3)]

        listed = await client.ask("GET /downloads", limit="2")
        deleted = await client.ask(f"DELETE /downloads/delete/{opened[2]}")
        again = await client.ask(f"DELETE /downloads/delete/{opened[2]}")
        left = (await client.ask("GET /downloads")).json
        clock.advance(8 * 24 * HOUR)

        assert [shown["id"] for shown in listed.json] == opened[:0:-1]
        assert listed.headers["X-Total-Count"] == "3"
        assert listed.json[0]["generated"] == "2026-07-18T12:00:00.000Z"
        assert (deleted.status, again.error, len(left)) == (204, (404, 7), 2)
        assert (await client.ask("GET /downloads")).status == 204


async def test_traffic_is_an_empty_list_until_something_was_served() -> None:
    async with account(RealDebrid(clock=ManualClock())) as (rd, client):
        before = await client.ask("GET /traffic/details")
        await client.ask(f"GET {await unrestricted(rd, client)}", headers={"Range": "bytes=0-999"})

        after = (await client.ask("GET /traffic/details")).json
        elsewhen = await client.ask("GET /traffic/details", start="2026-07-01", end="2026-07-17")

        assert before.json == elsewhen.json == (await client.ask("GET /traffic")).json == []
        assert after == {"2026-07-18": {"host": {"real-debrid.com": 1000}, "bytes": 1000}}


# The servers behind the links


async def test_a_download_is_the_file() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        client.headers = {}

        whole = await client.ask(f"GET {url}")
        head = await client.ask(f"HEAD {url}")

        assert whole.body == SINTEL.read(NAME)
        assert (head.status, head.body) == (200, b"")
        for answer in (whole, head):
            assert answer.headers["Content-Length"] == str(SINTEL.size)
            assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000-1999", 1000, 2000),
        ("bytes=3000000-", 3_000_000, SINTEL.size),
        ("bytes=-17", SINTEL.size - 17, SINTEL.size),
        ("bytes=3000000-99999999", 3_000_000, SINTEL.size),
        ("bytes=-99999999", 0, SINTEL.size),
    ],
)
async def test_a_range_is_served_as_one(asked: str, start: int, end: int) -> None:
    async with account() as (rd, client):
        part = await client.ask(f"GET {await unrestricted(rd, client)}", headers={"Range": asked})

        assert part.status == 206
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SINTEL.size}"
        assert part.body == SINTEL.read(NAME, start, end)


async def test_a_range_past_the_end_is_refused() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)

        past = await client.ask(f"GET {url}", headers={"Range": f"bytes={SINTEL.size}-"})

        assert (past.status, past.headers["Content-Range"]) == (416, f"bytes */{SINTEL.size}")


async def test_a_range_of_another_kind_is_ignored() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)

        assert (await client.ask(f"HEAD {url}", headers={"Range": "bytes=0-1,5-6"})).status == 200


async def test_an_address_dies_after_its_time() -> None:
    clock = ManualClock()
    async with account(RealDebrid(clock=clock, link_ttl=HOUR)) as (rd, client):
        url = await unrestricted(rd, client)
        clock.advance(HOUR - 1)
        alive = await client.ask(f"HEAD {url}")
        clock.advance(1)
        dead = await client.ask(f"GET {url}")

        assert alive.status == 200
        assert (dead.status, dead.headers["Content-Type"].partition(";")[0]) == (404, "text/html")


async def test_all_addresses_can_be_made_dead() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.expire_links()

        assert (await client.ask(f"GET {url}")).status == 404
        assert (await client.ask(f"GET {rd.origin}/d/AAAAAAAAAAAAA/x.mkv")).status == 404


async def test_a_download_has_so_many_connections_and_no_more() -> None:
    async with account(RealDebrid(chunks=2)) as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/{id}/{name}", kind="drip", seconds=60, times=2)

        async with client.http.get(url) as first, client.http.get(url) as second:
            third = await client.ask(f"GET {url}")

        assert (first.status, second.status, third.status) == (200, 200, 503)
        assert b"too_many" in third.body


# The servers in trouble


async def test_a_finished_connection_is_free_again() -> None:
    async with account(RealDebrid(chunks=1)) as (rd, client):
        url = await unrestricted(rd, client)

        statuses = [(await client.ask(f"GET {url}")).status for _ in range(3)]

        assert statuses == [200, 200, 200]


@pytest.mark.parametrize(("status", "body"), [(404, "<html>"), (503, "bandwidth limit"), (429, b"")])
async def test_the_servers_can_refuse(status: int, body: object) -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/*", status=status, body=body)

        assert (await client.ask(f"GET {url}")).status == status
        assert (await client.ask(f"GET {url}")).status == 200


@pytest.mark.parametrize("kind", ["reset", "short"])
async def test_a_file_can_break_off(kind: str) -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/*", kind=kind, infohash=SINTEL.infohash)

        async with client.http.get(url) as response:
            assert response.headers["Content-Length"] == str(SINTEL.size)
            with pytest.raises((ClientPayloadError, ClientError)):
                await response.read()


async def test_a_range_can_come_without_bytes() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/*", kind="hollow")

        part = await client.ask(f"GET {url}", headers={"Range": "bytes=10-19"})

        assert (part.status, part.body) == (206, b"")
        assert part.headers["Content-Range"] == f"bytes 10-19/{SINTEL.size}"


async def test_a_range_can_be_overlooked() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/*", kind="unranged")

        whole = await client.ask(f"GET {url}", headers={"Range": "bytes=10-19"})

        assert (whole.status, len(whole.body)) == (200, SINTEL.size)


async def test_a_file_can_come_in_drops() -> None:
    async with account() as (rd, client):
        url = await unrestricted(rd, client)
        rd.fault("GET /d/*", kind="drip", seconds=60)

        async with asyncio.timeout(DEADLINE), client.http.get(url) as response:
            first = await response.content.readany()

        assert 0 < len(first) < SINTEL.size
