"""The emulated Real-Debrid lists in pages, refuses who asks too often."""

from compat.content import SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.realdebrid_wire import RateLimit
from tests.compat.realdebrid_client import Client, account

HYBRID = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="hybrid")
V2 = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="2")
UNKNOWN = Release("Coffee.Run.2020", {"Coffee.Run.2020.mkv": 50_000, "info/about.nfo": 300})
VIDEOS = "1,2,3"  # ids of the episodes of SHOW


# The listing


async def test_an_empty_account_lists_nothing_at_all() -> None:
    async with account() as (_rd, client):
        answer = await client.ask("GET /torrents")

        assert (answer.status, answer.body, answer.headers["X-Total-Count"]) == (204, b"", "0")


async def pages(client: Client, **query: str) -> tuple[int, list[str]]:
    answer = await client.ask("GET /torrents", **query)
    assert answer.headers["X-Total-Count"] == "5"
    return answer.status, [shown["id"] for shown in answer.json] if answer.body else []


async def test_the_listing_is_newest_first_in_pages() -> None:
    async with account() as (_rd, client):
        newest_first = [await client.add(UNKNOWN) for _ in range(5)][::-1]

        assert await pages(client) == (200, newest_first)
        assert await pages(client, limit="2") == (200, newest_first[:2])
        assert await pages(client, limit="2", page="2") == (200, newest_first[2:4])
        assert await pages(client, limit="2", offset="1") == (200, newest_first[1:3])
        assert await pages(client, limit="2", offset="1", page="1") == (200, newest_first[:2])
        assert await pages(client, limit="2", page="4") == (204, [])
        assert await pages(client, limit="9999") == (200, newest_first)
        assert (await client.ask("GET /torrents", limit="x")).error == (400, 2)


async def test_a_page_holds_5000_at_most() -> None:
    async with account(RealDebrid("manual", slots=6000)) as (rd, client):
        for _ in range(5001):
            rd.torrents.add_magnet(UNKNOWN.magnet())

        assert len((await client.ask("GET /torrents", limit="6000")).json) == 5000
        assert len((await client.ask("GET /torrents")).json) == 100


async def test_a_page_can_come_incomplete() -> None:
    async with account() as (rd, client):
        newest_first = [await client.add(UNKNOWN) for _ in range(5)][::-1]
        rd.lists_at_most = 2

        assert await pages(client) == (200, newest_first[:2])


async def test_active_torrents_can_be_asked_for() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        await client.fetch(SINTEL)
        active = await client.add(UNKNOWN)

        answer = await client.ask("GET /torrents", filter="active")

        assert [shown["id"] for shown in answer.json] == [active]


async def test_the_listing_shows_no_files() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        info = await client.fetch(SINTEL)

        [shown] = (await client.ask("GET /torrents")).json

        assert info.keys() - shown.keys() == {"files", "original_filename", "original_bytes"}


async def test_dates_can_be_local_times_that_claim_to_be_utc() -> None:
    async with account(RealDebrid(clock=ManualClock())) as (rd, client):
        rd.skew = 7200

        assert (await client.info(await client.add(UNKNOWN)))["added"] == "2026-07-18T14:00:00.000Z"


# Rate limits


async def test_a_burst_is_refused_with_34_first_then_bare() -> None:
    clock = ManualClock()
    async with account(RealDebrid(clock=clock, rate_limit=RateLimit(retry_after=7))) as (_rd, client):
        answers = [await client.ask("GET /user") for _ in range(25)]
        clock.advance(9)
        still = await client.ask("GET /user")
        clock.advance(11)
        again = await client.ask("GET /user")

        assert [answer.status for answer in answers] == [200] * 22 + [429] * 3
        assert answers[22].error == (429, 34)
        assert (answers[23].body, answers[23].headers["Retry-After"]) == (b"", "7")
        assert still.status == 429
        assert again.status == 200


async def test_refused_requests_count_against_the_minute() -> None:
    clock = ManualClock()
    async with account(RealDebrid(clock=clock, rate_limit=RateLimit(per_minute=30))) as (_rd, client):
        for _ in range(30):
            await client.ask("GET /user")
        clock.advance(30)

        assert (await client.ask("GET /user")).status == 429
        clock.advance(31)
        assert (await client.ask("GET /user")).status == 200


async def test_a_throttled_add_may_be_called_infringing() -> None:
    clock = ManualClock()
    limit = RateLimit(burst=1, spurious_35=True)
    async with account(RealDebrid(clock=clock, rate_limit=limit)) as (_rd, client):
        await client.ask("GET /user")
        add = {"magnet": SINTEL.magnet()}

        assert (await client.ask("POST /torrents/addMagnet", form=add)).error == (451, 35)
        clock.advance(11)
        assert (await client.ask("POST /torrents/addMagnet", form=add)).status == 201
