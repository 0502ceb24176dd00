"""The emulated TorBox is as strict, as odd as the real one: who may ask, adding, the queue, limits."""

from __future__ import annotations

import pytest

from compat import bencode
from compat.content import ALBUM, BOOK, SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.torbox import TorBox
from compat.emulators.torbox_wire import RateLimit
from tests.compat.torbox_client import FRESH, account

HOUR = 3600.0


# Who may ask


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "NO_AUTH"), ({"Authorization": "Bearer other"}, "BAD_TOKEN"), ({"Authorization": "x"}, "NO_AUTH")],
)
async def test_a_call_without_the_key_is_refused(headers: dict[str, str], code: str) -> None:
    async with account() as (_, client):
        client.headers = headers

        assert (await client.ask("GET /user/me")).error == (403, code)


async def test_links_look_for_the_key_in_the_query_alone() -> None:
    async with account() as (tb, client):
        tb.knows(SINTEL)
        torrent_id = (await client.create(SINTEL)).json["data"]["torrent_id"]

        without = await client.ask("GET /torrents/requestdl", torrent_id=torrent_id, file_id=0)

        assert without.error == (403, "NO_AUTH")
        assert (await client.link(torrent_id)).status == 200
        assert tb.token not in repr(tb.requests)


async def test_status_needs_no_key_and_other_paths_are_not_there() -> None:
    async with account() as (tb, client):
        assert (await client.ask(f"GET {tb.origin}/", headers={})).data is None
        assert (await client.ask("GET /torrents/nothing")).error == (404, "ENDPOINT_NOT_FOUND")
        assert (await client.ask("GET /torrents/getqueued")).error == (400, "DEPRECATED")


async def test_a_key_may_be_rotated_and_a_plan_may_end() -> None:
    async with account() as (tb, client):
        tb.lapses()
        assert (await client.create(SINTEL)).error == (403, "PLAN_RESTRICTED_FEATURE")

        tb.rotates_key("another")
        assert (await client.ask("GET /user/me")).error == (403, "BAD_TOKEN")


# Adding


async def test_cached_content_is_present_at_once() -> None:
    async with account() as (tb, client):
        tb.knows(SHOW)

        data = (await client.create(SHOW)).data

        assert isinstance(data, dict)
        assert data["hash"] == SHOW.infohash
        shown = await client.shown(data["torrent_id"])
        assert (shown["download_state"], shown["download_finished"], shown["download_present"]) == (
            "cached",
            True,
            True,
        )
        assert [file["id"] for file in shown["files"]] == [0, 1, 2, 3, 4]
        assert shown["files"][4]["name"] == f"{SHOW.name}/Sample/caminandes.s01e01.sample.mkv"


@pytest.mark.parametrize("magnet", [SINTEL.magnet(upper=True), SINTEL.magnet(base32=True)])
async def test_hashes_are_given_back_in_lower_case_hexadecimal(magnet: str) -> None:
    async with account() as (_, client):
        assert (await client.create(magnet=magnet)).json["data"]["hash"] == SINTEL.infohash


async def test_a_torrent_is_held_once_until_it_is_deleted() -> None:
    async with account() as (tb, client):
        first = (await client.create(SINTEL)).json["data"]["torrent_id"]
        second = (await client.upload(SINTEL.torrent)).json["data"]["torrent_id"]
        deleted = await client.control(first, "delete")
        third = (await client.create(SINTEL)).json["data"]["torrent_id"]

        assert (first == second, first == third) == (True, False)
        assert deleted.data is None
        assert (await client.control(first, "delete")).error == (404, "ITEM_NOT_FOUND")
        assert len(tb.items()) == 1


async def test_exactly_one_of_magnet_and_file_is_taken() -> None:
    async with account() as (_, client):
        neither = await client.create()
        both = await client.upload(SINTEL.torrent, magnet=SINTEL.magnet())

        assert (neither.error, both.error) == ((400, True), (400, True))


@pytest.mark.parametrize("content", [b"", b"d4:infoe", b"<html>"])
async def test_what_is_no_torrent_is_refused(content: bytes) -> None:
    async with account() as (_, client):
        magnet = await client.create(magnet="magnet:?xt=urn:btih:nonsense")
        file = await client.upload(content or b"x")

        assert (magnet.error, file.error) == ((400, "BOZO_TORRENT"), (400, "BOZO_TORRENT"))


async def test_a_torrent_file_says_what_it_is() -> None:
    async with account() as (tb, client):
        unnamed = await client.upload(SINTEL.torrent, "application/octet-stream")
        tb.checks_part_type = False
        lenient = await client.upload(SINTEL.torrent, "application/octet-stream")

        assert (unnamed.error, lenient.status) == ((400, "BOZO_TORRENT"), 200)


async def test_each_call_takes_one_encoding() -> None:
    async with account() as (_, client):
        create = await client.ask("POST /torrents/createtorrent", json={"magnet": SINTEL.magnet()})
        control = await client.ask("POST /torrents/controltorrent", form={"torrent_id": "1"})
        queue = await client.ask("POST /queued/controlqueued", form={"queued_id": "1"})

        for answer in (create, control, queue):
            assert answer.status == 422
            assert list(answer.json) == ["detail"]


async def test_only_cached_content_may_be_asked_for() -> None:
    async with account() as (tb, client):
        tb.knows(SINTEL, cached=False)
        tb.knows(SHOW)

        uncached = await client.create(SINTEL, add_only_if_cached="true")
        cached = await client.create(SHOW, add_only_if_cached="true")

        assert (uncached.error, cached.status) == ((400, "DOWNLOAD_NOT_CACHED"), 200)


async def test_a_torrent_too_large_for_the_plan_is_refused_by_its_file_alone() -> None:
    large = {"name": "Large.mkv", "piece length": 1 << 24, "pieces": bytes(20), "length": 201 << 30}
    async with account(TorBox(plan=1)) as (tb, client):
        content = bencode.encode({"info": large})

        essential = await client.upload(content)
        tb.torrents.plan = 2
        pro = await client.upload(content)

        assert (essential.error, pro.status) == ((400, "DOWNLOAD_TOO_LARGE"), 200)


async def test_a_private_torrent_is_fetched_afresh() -> None:
    private = Release("Private.mkv", {"Private.mkv": 50_000}, private=True)
    async with account() as (tb, client):
        tb.knows(private)

        torrent_id = (await client.upload(private.torrent)).json["data"]["torrent_id"]

        assert (await client.shown(torrent_id))["download_present"] is False


async def test_an_add_may_give_no_id() -> None:
    async with account() as (tb, client):
        tb.answers_null = True

        assert (await client.create(SINTEL)).data is None
        assert len(tb.items()) == 1


# Slots, the queue


async def test_what_finds_no_slot_waits_and_becomes_another_torrent() -> None:
    async with account(TorBox("manual", plan=0)) as (tb, client):
        await client.create(SINTEL)
        parked = (await client.create(SHOW)).json["data"]
        again = await client.create(SHOW)
        listed = await client.ask("GET /queued/getqueued", type="torrent")
        order = {"queued_id": parked["queued_id"], "operation": "start", "type": "torrent"}
        early = await client.ask("POST /queued/controlqueued", json=order)
        tb.deletes(SINTEL.infohash)
        started = await client.ask("POST /queued/controlqueued", json=order)

        assert again.error == (400, "DIFF_ISSUE")
        assert [queued["hash"] for queued in listed.json["data"]] == [SHOW.infohash]
        assert early.error == (400, "ACTIVE_LIMIT")
        assert started.data is None
        assert tb.queue() == []
        assert tb.items()[0].id != parked["queued_id"]


async def test_the_queue_is_swept_every_few_hours() -> None:
    clock = ManualClock()
    async with account(TorBox("manual", plan=0, clock=clock)) as (tb, client):
        await client.create(SINTEL)
        await client.create(SHOW)
        tb.deletes(SINTEL.infohash)

        assert len(tb.queue()) == 1
        clock.advance(3 * HOUR)
        assert (len(tb.queue()), len(tb.items())) == (0, 1)


@pytest.mark.parametrize(("way", "data"), [("list", []), ("null", None), ("404", None)])
async def test_an_empty_queue_is_shown_in_one_of_three_ways(way: str, data: object) -> None:
    async with account() as (tb, client):
        tb.no_queue_as = way  # type: ignore[assignment]

        assert (await client.ask("GET /queued/getqueued", type="torrent")).data == data


async def test_cached_content_takes_no_slot_and_a_full_account_may_refuse() -> None:
    async with account(TorBox("manual", plan=0)) as (tb, client):
        tb.torrents.when_full = "refuse"
        tb.knows(ALBUM)
        await client.create(SINTEL)

        refused = await client.create(SHOW)
        cached = await client.create(ALBUM)

        assert refused.error == (400, "ACTIVE_LIMIT")
        assert refused.json["data"] == {"active_limit": 1, "current_active_downloads": 1}
        assert cached.status == 200


async def test_a_torrent_that_seeds_keeps_its_slot_until_it_is_stopped() -> None:
    async with account() as (tb, client):
        tb.knows(SINTEL, cached=False)
        torrent_id = (await client.create(SINTEL, seed="2")).json["data"]["torrent_id"]
        for _ in range(12):
            await client.shown(torrent_id)

        assert [item.active for item in tb.items()] == [True]
        await client.control(torrent_id, "stop_seeding")
        assert [item.active for item in tb.items()] == [False]


@pytest.mark.parametrize("operation", ["pause", "explode", ""])
async def test_operations_that_are_not_there_are_refused(operation: str) -> None:
    async with account() as (_, client):
        torrent_id = (await client.create(SINTEL)).json["data"]["torrent_id"]

        assert (await client.control(torrent_id, operation)).error == (400, "INVALID_OPTION")


async def test_another_accounts_torrent_may_only_be_deleted() -> None:
    async with account() as (tb, client):
        torrent_id = (await client.create(SINTEL)).json["data"]["torrent_id"]
        tb.items()[0].foreign = True

        assert (await client.control(torrent_id, "resume")).error == (409, "NOT_OWNER")
        assert (await client.control(torrent_id, "delete")).data is None


# What is cached


async def test_the_cache_check_shows_what_is_there_and_forgets_slowly_what_is_not() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (tb, client):
        tb.knows(SHOW)
        both = f"{SHOW.infohash.upper()},{SINTEL.infohash}"

        as_object = await client.ask("GET /torrents/checkcached", hash=both, list_files="true")
        as_list = await client.ask(
            "POST /torrents/checkcached", json={"hashes": [SHOW.infohash]}, format="list"
        )

        assert isinstance(as_object.data, dict)
        assert list(as_object.data) == [SHOW.infohash]
        assert len(as_object.data[SHOW.infohash]["files"]) == 5
        assert as_list.json["data"][0]["size"] == SHOW.size
        tb.torrents.known[SINTEL.infohash] = tb.torrents.known[SHOW.infohash]
        assert (await client.ask("GET /torrents/checkcached", hash=SINTEL.infohash)).data == {}
        clock.advance(HOUR)
        assert (await client.ask("GET /torrents/checkcached", hash=SINTEL.infohash)).data != {}


async def test_the_cache_check_may_promise_what_adding_does_not_find() -> None:
    async with account() as (tb, client):
        tb.stock.claimed.add(SINTEL.infohash)

        checked = await client.ask("GET /torrents/checkcached", hash=SINTEL.infohash)

        assert checked.data == {
            SINTEL.infohash: {"name": SINTEL.infohash, "size": 0, "hash": SINTEL.infohash}
        }
        assert (await client.create(SINTEL, add_only_if_cached="true")).error == (400, "DOWNLOAD_NOT_CACHED")


# Limits


async def test_creating_is_limited_by_the_minute_at_the_edge_and_by_the_hour() -> None:
    clock = ManualClock()
    limits = RateLimit(creates_per_hour=12, headers="all")
    async with account(TorBox(clock=clock, rate_limit=limits)) as (_, client):
        statuses = [(await client.create(SINTEL)).status for _ in range(11)]
        edge = await client.create(SINTEL)
        clock.advance(61)
        hourly = [await client.create(SINTEL) for _ in range(3)][-1]

        assert statuses == [200] * 10 + [429]
        assert edge.headers["Content-Type"].startswith("text/html")
        assert (hourly.status, hourly.json) == (429, {"detail": "12 per 1 hour"})
        assert float(hourly.headers["x-ratelimit-reset"]) > clock.now()
        assert 0 < int(hourly.headers["Retry-After"]) <= HOUR


async def test_every_endpoint_has_a_limit_of_its_own_that_may_come_bare() -> None:
    limits = RateLimit(per_minute=2, headers="none", reset="delta")
    async with account(TorBox(clock=ManualClock(), rate_limit=limits)) as (_, client):
        answers = [await client.ask("GET /user/me") for _ in range(3)]
        other = await client.ask("GET /torrents/mylist", **FRESH)

        assert [answer.status for answer in answers] == [200, 200, 429]
        assert not {"Retry-After", "x-ratelimit-reset"} & set(answers[-1].headers)
        assert other.status == 404


async def test_many_adds_arm_a_cooldown() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (tb, client):
        tb.user.most_creates = (2, 60)
        await client.create(SINTEL)
        await client.create(SHOW)

        refused = await client.create(BOOK)
        tb.user.cooldown_enforced = False
        advisory = await client.create(BOOK)

        assert refused.error == (400, "COOLDOWN_LIMIT")
        assert refused.json["data"] == {
            "cooldown_until": "2026-07-19T12:00:00Z",
            "current_time": "2026-07-18T12:00:00Z",
        }
        assert advisory.status == 200
