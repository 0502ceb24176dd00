"""The emulated Premiumize is as strict, as odd as the real one: account, transfers."""

from __future__ import annotations

import pytest
from aiohttp import FormData

from compat.content import SHOW, SINTEL
from compat.emulators.bench import ManualClock
from compat.emulators.premiumize import Premiumize
from compat.emulators.premiumize_wire import RateLimit
from tests.compat.premiumize_client import account

# Who may ask, how


@pytest.mark.parametrize("route", ["GET /account/info", "POST /transfer/create", "GET /transfer/list"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic x"}])
async def test_a_call_without_the_key_is_refused_with_http_200(route: str, headers: dict[str, str]) -> None:
    async with account() as (_pm, client):
        client.headers = headers

        answer = await client.ask(route)

        assert (answer.code, answer.json["message"]) == ("authentication_failed", "Not logged in.")


async def test_the_key_may_stand_in_the_query_or_in_the_form() -> None:
    async with account() as (pm, client):
        client.headers = {}

        by_query = await client.ask("GET /account/info", apikey=pm.token)
        by_form = await client.ask("POST /account/info", {"apikey": pm.token})

        assert by_query.json["status"] == by_form.json["status"] == "success"
        assert pm.token not in repr(pm.requests)


async def test_errors_came_without_a_code_once() -> None:
    async with account() as (pm, client):
        pm.habits.coded = False
        client.headers = {}

        assert (await client.ask("GET /account/info")).json == {
            "status": "error",
            "message": "Not logged in.",
        }


async def test_an_unknown_path_is_a_web_page() -> None:
    async with account() as (_pm, client):
        answer = await client.ask("GET /torrents")

        assert (answer.status, answer.body[:1]) == (404, b"<")


async def test_only_forms_are_read() -> None:
    async with account() as (_pm, client):
        client.headers |= {"Content-Type": "application/json"}

        assert (await client.ask("POST /transfer/create")).code == "invalid_request"


async def test_an_account_without_premium_may_look_but_not_create() -> None:
    async with account() as (pm, client):
        pm.knows(SINTEL)
        pm.lapses()

        assert (await client.ask("GET /account/info")).json["premium_until"] is None
        assert (
            await client.ask("POST /transfer/create", {"src": SINTEL.magnet()})
        ).code == "permission_denied"
        assert await client.transfers() == []


@pytest.mark.parametrize("bare", [False, True])
async def test_too_many_calls_are_refused_for_a_minute(bare: bool) -> None:
    clock = ManualClock()
    limit = RateLimit(per_minute=2, bare=bare, retry_after=7)
    async with account(Premiumize(clock=clock, rate_limit=limit)) as (_pm, client):
        for _ in range(2):
            await client.ask("GET /account/info")
        refused = await client.ask("GET /account/info")
        clock.advance(61)

        assert refused.status == 429 if bare else refused.code == "rate_limit_reached"
        assert (await client.ask("GET /account/info")).json["status"] == "success"


# Transfers


@pytest.mark.parametrize("base32", [False, True])
async def test_a_magnet_becomes_a_transfer_that_does_not_tell_its_infohash(base32: bool) -> None:
    async with account() as (pm, client):
        pm.knows(SHOW)

        created = await client.ask("POST /transfer/create", {"src": SHOW.magnet(base32=base32, upper=True)})
        [listed] = await client.transfers()

        assert set(created.json) == {"status", "id", "name", "type"}
        assert (listed["id"], listed["status"], listed["progress"]) == (created.json["id"], "finished", 0)
        assert SHOW.infohash not in str(listed).lower()
        assert (listed["file_id"], listed["name"]) == (None, SHOW.name)


@pytest.mark.parametrize("field", ["src", "file"])
async def test_a_torrent_file_may_come_under_two_names(field: str) -> None:
    async with account() as (pm, client):
        pm.knows(SINTEL)
        form = FormData()
        form.add_field(field, SINTEL.torrent, filename="sintel.torrent")

        await client.ask("POST /transfer/create", form)

        assert [item.infohash for item in pm.items()] == [SINTEL.infohash]


@pytest.mark.parametrize("src", ["", "magnet:?dn=x", "magnet:?xt=urn:btih:12", "https://x.example/a.torrent"])
async def test_what_is_no_torrent_is_refused(src: str) -> None:
    async with account() as (_pm, client):
        assert (await client.ask("POST /transfer/create", {"src": src})).code == "invalid_request"


@pytest.mark.parametrize("code", ["", "invalid_request"])
async def test_a_source_is_accepted_once(code: str) -> None:
    async with account() as (pm, client):
        pm.knows(SINTEL)
        pm.habits.duplicate_code = code
        await client.create(SINTEL)

        again = await client.ask("POST /transfer/create", {"src": SINTEL.magnet(name=False)})

        assert (again.code, again.json["message"]) == (code, "You already added this job.")


async def test_no_more_than_the_slots_are_active() -> None:
    async with account(Premiumize("manual", slots=1)) as (pm, client):
        pm.knows(SINTEL)
        await client.create(SHOW)
        full = await client.ask("POST /transfer/create", {"src": SINTEL.magnet()})
        pm.advance(SHOW.infohash, "error")
        await client.create(SINTEL)

        assert full.code == "account_limit_reached"


async def test_a_full_drive_takes_nothing_more() -> None:
    async with account(Premiumize(space=1)) as (pm, client):
        pm.knows(SINTEL)
        await client.create(SINTEL)

        full = await client.ask("POST /transfer/create", {"src": SHOW.magnet()})

        assert full.json["message"] == "Your space is full! Please delete old files first!"


@pytest.mark.parametrize(
    ("profile", "last"),
    [
        ("uncached", "finished"),
        ("backwards", "finished"),
        ("seeding", "seeding"),
        ("stuck", "running"),
        ("unseeded", "running"),
        ("timeout", "timeout"),
        ("error", "error"),
        ("banned", "banned"),
        ("deleted", "deleted"),
        ("claimed", "queued"),
    ],
)
async def test_courses_end_where_their_name_says(profile: str, last: str) -> None:
    async with account() as (pm, client):
        pm.knows(SHOW, profile=profile)  # type: ignore[arg-type]
        await client.create(SHOW)

        seen = [(await client.transfers())[0]["status"] for _ in range(12)]

        assert seen[-1] == last
        assert seen[0] in ("queued", "banned")


async def test_courses_go_by_the_clock() -> None:
    clock = ManualClock()
    async with account(Premiumize("timed", clock=clock)) as (pm, client):
        pm.knows(SHOW, cached=False)
        await client.create(SHOW)
        seen = []
        for seconds in (0, 1, 5, 8):
            clock.advance(seconds)
            seen.append((await client.transfers())[0]["status"])

        assert seen == ["waiting", "queued", "running", "finished"]


@pytest.mark.parametrize(("layout", "words"), [("sentence", "12% of 3.2 MB"), ("list", "from 9 peers")])
async def test_speed_and_size_stand_in_a_message_alone(layout: str, words: str) -> None:
    async with account(Premiumize("manual")) as (pm, client):
        pm.habits.layout = layout
        pm.knows(SHOW)
        await client.create(SHOW)
        pm.advance(SHOW.infohash, "running", progress=0.125, speed=18_400_000)

        [listed] = await client.transfers()

        assert words in listed["message"]
        assert "18.4 MB/s" in listed["message"]


@pytest.mark.parametrize(("unnamed", "shown"), [("dn", SHOW.name), (None, None), (0, 0)])
async def test_a_transfer_may_be_nameless_at_first(unnamed: object, shown: object) -> None:
    async with account(Premiumize("manual")) as (pm, client):
        pm.habits.unnamed = unnamed
        await client.create(SHOW)

        assert (await client.transfers())[0]["name"] == shown


async def test_a_source_is_shown_in_one_of_three_ways() -> None:
    async with account() as (pm, client):
        pm.knows(SHOW)
        transfer_id, shown = await client.create(SHOW), {}
        for how in ("opaque", "magnet", "empty"):
            pm.habits.src = how
            shown[how] = (await client.transfers())[0]["src"]

        assert shown["opaque"].endswith(f"/api/job/src?id={transfer_id}")
        assert (shown["magnet"], shown["empty"]) == (SHOW.magnet(), None)


async def test_a_failed_transfer_can_be_tried_again() -> None:
    async with account(Premiumize("manual")) as (pm, client):
        transfer_id = await client.create(SHOW)
        too_early = await client.ask("POST /transfer/retry", {"id": transfer_id})
        pm.advance(SHOW.infohash, "error", message="broken")

        await client.ask("POST /transfer/retry", {"id": transfer_id})

        assert too_early.code == "invalid_request"
        assert (await client.transfers())[0]["status"] == "waiting"


@pytest.mark.parametrize("deletes_files", [False, True])
async def test_deleting_a_transfer_may_take_its_files_along(deletes_files: bool) -> None:
    async with account() as (pm, client):
        pm.habits.deletes_files = deletes_files
        pm.knows(SINTEL)
        transfer_id = await client.create(SINTEL)

        await client.ask("POST /transfer/delete", {"id": transfer_id})
        again = await client.ask("POST /transfer/delete", {"id": transfer_id})

        assert again.code == "not_found"
        assert pm.stored() == ([] if deletes_files else [SINTEL.name])


async def test_clearing_drops_what_is_finished_but_leaves_files() -> None:
    async with account() as (pm, client):
        pm.knows(SINTEL)
        await client.create(SINTEL)
        await client.create(SHOW)

        await client.ask("POST /transfer/clearfinished")

        assert [item.infohash for item in pm.items()] == [SHOW.infohash]
        assert pm.stored() == [SINTEL.name]
