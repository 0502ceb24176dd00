"""The emulated AllDebrid nests files, unlocks their links, then serves what is behind them."""

from __future__ import annotations

import pytest

from compat.content import SAME_NAMES, SHOW, SINTEL
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.bench import ManualClock
from tests.compat.alldebrid_client import Client, account


async def a_link(ad: AllDebrid, client: Client) -> str:
    """Return the link of the one file of SINTEL."""
    ad.knows(SINTEL)
    [node] = await client.tree((await client.upload(SINTEL))["id"])
    return node["l"]


# Files


async def test_files_are_nested_inside_the_torrents_folder() -> None:
    async with account() as (ad, client):
        ad.knows(SHOW)

        tree = await client.tree((await client.upload(SHOW))["id"])

        assert [node["n"] for node in tree] == [*list(SHOW.files)[:4], "Sample"]
        [sample] = tree[-1]["e"]
        assert (sample["n"], sample["s"]) == ("caminandes.s01e01.sample.mkv", 64 << 10)
        assert sample["l"].startswith("https://alldebrid.com/f/")


async def test_a_tree_can_come_in_other_shapes() -> None:
    async with account() as (ad, client):
        ad.knows(SAME_NAMES)
        remote_id = (await client.upload(SAME_NAMES))["id"]
        ad.habits.rooted = ad.habits.keyed = ad.habits.nulls = ad.habits.bare = True

        tree = await client.tree(remote_id)

        assert list(tree) == ["0", "1"]
        assert (tree["0"]["n"], tree["1"]) == (SAME_NAMES.name, None)
        assert tree["0"]["e"]["0"]["e"]["0"] == {"n": "Cosmos Laundromat.mkv", "s": 300 << 10}


async def test_files_of_an_unknown_magnet_are_an_error_among_others() -> None:
    async with account(AllDebrid("manual")) as (_, client):
        pending = str((await client.upload(SINTEL))["id"])

        answers = (await client.ask("POST /v4/magnet/files", [("id[]", pending), ("id[]", "42")]))["magnets"]

        assert answers[0] == {"id": pending, "files": []}
        assert (answers[1]["id"], answers[1]["error"]["code"]) == ("42", "MAGNET_INVALID_ID")
        assert await client.code("POST /v4/magnet/files") == "MAGNET_INVALID_ID"


# Links


async def test_a_link_is_unlocked_into_an_address_of_true_bytes() -> None:
    async with account() as (ad, client):
        unlocked = await client.unlock(await a_link(ad, client))

        status, body = await client.raw(f"GET {unlocked['link']}")

        assert (unlocked["filename"], unlocked["filesize"]) == (SINTEL.name, SINTEL.size)
        assert (unlocked["host"], unlocked["max_chunks"], unlocked["path"]) == ("magnet", 8, "")
        assert (status, body) == (200, SINTEL.read(SINTEL.name))


async def test_links_outlive_their_magnet_and_are_the_same_for_the_next() -> None:
    async with account() as (ad, client):
        link = await a_link(ad, client)
        ad.deletes(SINTEL.infohash)

        assert (await client.unlock(link))["filesize"] == SINTEL.size
        assert await a_link(ad, client) == link


async def test_lost_content_has_dead_links_until_it_is_uploaded_anew() -> None:
    async with account() as (ad, client):
        link = await a_link(ad, client)
        ad.loses(SINTEL.infohash)

        assert await client.code("POST /v4/link/unlock", {"link": link}) == "LINK_DOWN"
        assert await a_link(ad, client) == link
        ad.deletes(SINTEL.infohash)
        fresh = await a_link(ad, client)
        assert fresh != link
        assert (await client.unlock(fresh))["filesize"] == SINTEL.size


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("", "LINK_IS_MISSING"),
        ("https://example.org/x", "LINK_HOST_NOT_SUPPORTED"),
        ("https://alldebrid.com/f/nothing", "LINK_DOWN"),
    ],
)
async def test_a_link_that_is_none_is_refused(link: str, code: str) -> None:
    async with account() as (_, client):
        assert await client.code("POST /v4/link/unlock", {"link": link}) == code


async def test_many_links_are_looked_at_in_one_call() -> None:
    async with account() as (ad, client):
        link = await a_link(ad, client)
        form = [("link[]", link), ("link[]", "https://alldebrid.com/f/nothing")]

        good, bad = (await client.ask("POST /v4/link/infos", form))["infos"]

        assert (good["filename"], good["size"]) == (SINTEL.name, SINTEL.size)
        assert bad["error"]["code"] == "LINK_DOWN"
        assert await client.code("POST /v4/link/infos") == "LINK_IS_MISSING"


async def test_an_address_can_take_a_while() -> None:
    async with account() as (ad, client):
        ad.links.delay = 2
        unlocked = await client.unlock(await a_link(ad, client))
        form = {"id": str(unlocked["delayed"])}

        first, second = [await client.ask("POST /v4/link/delayed", form) for _ in range(2)]

        assert (unlocked["link"], first) == ("", {"status": 1, "time_left": 5})
        assert (await client.raw(f"GET {second['link']}"))[0] == 200
        assert await client.code("POST /v4/link/delayed", form) == "DELAYED_INVALID_ID"


async def test_unlocking_can_be_refused_for_one_torrent() -> None:
    async with account() as (ad, client):
        link = await a_link(ad, client)
        ad.refuses(SINTEL.infohash, "LINK_TOO_MANY_DOWNLOADS", at="unlock")

        assert await client.code("POST /v4/link/unlock", {"link": link}) == "LINK_TOO_MANY_DOWNLOADS"


async def test_a_fault_can_be_meant_for_one_torrent() -> None:
    async with account() as (ad, client):
        ad.knows(SHOW)
        ad.fails("POST /v4/*", "GENERIC", times=None, infohash=SINTEL.infohash)
        show = (await client.upload(SHOW))["id"]

        assert await client.code("POST /v4/magnet/upload", {"magnets[]": SINTEL.magnet()}) == "GENERIC"
        assert await client.tree(show)


# Serving


async def test_ranges_are_served_as_asked() -> None:
    async with account() as (ad, client):
        url = (await client.unlock(await a_link(ad, client)))["link"]

        status, body = await client.raw(f"GET {url}", headers={"Range": "bytes=1000-1999"})

        assert (status, body) == (206, SINTEL.read(SINTEL.name, 1000, 2000))


async def test_addresses_end_after_a_day_or_by_command() -> None:
    clock = ManualClock()
    async with account(AllDebrid(clock=clock)) as (ad, client):
        link = await a_link(ad, client)
        url = (await client.unlock(link))["link"]
        clock.advance(24 * 3600)
        old = (await client.raw(f"GET {url}"))[0]
        fresh = (await client.unlock(link))["link"]
        served = (await client.raw(f"GET {fresh}"))[0]
        ad.expire_links()

        assert (old, served, (await client.raw(f"GET {fresh}"))[0]) == (410, 200, 404)


async def test_too_many_connections_are_turned_away() -> None:
    async with account(AllDebrid(connections=1)) as (ad, client):
        url = (await client.unlock(await a_link(ad, client)))["link"]
        ad.fault("GET /dl/*", kind="drip", seconds=60)

        async with client.http.get(url) as first:
            second = (await client.raw(f"GET {url}"))[0]

        assert (first.status, second) == (200, 429)


async def test_the_key_of_another_account_unlocks_a_link_but_sees_nothing_of_the_account() -> None:
    async with account() as (ad, client):
        link = await a_link(ad, client)
        ad.guests["NOT-A-REAL-KEY-OF-A-GUEST"] = None
        client.headers = {"Authorization": "Bearer NOT-A-REAL-KEY-OF-A-GUEST"}

        unlocked = await client.ask("POST /v4/link/unlock", {"link": link})

        assert unlocked["filename"] == SINTEL.name
        assert await client.code("POST /v4.1/magnet/status") == "AUTH_BAD_APIKEY"
