"""What the emulated TorBox shows of its torrents, which bytes are behind its links."""

from __future__ import annotations

import pytest

from compat.content import SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.mount import Mount
from compat.emulators.torbox import TorBox
from compat.emulators.torbox_items import DAY
from tests.compat.torbox_client import FRESH, Client, account


async def added(tb: TorBox, client: Client, release: Release, **known: object) -> int:
    tb.knows(release, **known)  # type: ignore[arg-type]
    return (await client.create(release)).json["data"]["torrent_id"]


# The list


async def test_nothing_listed_is_a_404_that_succeeds_and_an_unknown_id_one_that_fails() -> None:
    async with account() as (_, client):
        empty = await client.ask("GET /torrents/mylist", **FRESH)
        unknown = await client.ask("GET /torrents/mylist", id=7, **FRESH)

        assert (empty.status, empty.data, empty.json["error"]) == (404, None, "ITEM_NOT_FOUND")
        assert unknown.error == (404, "ITEM_NOT_FOUND")


async def test_a_list_is_shown_again_unless_it_is_asked_for_afresh_in_lower_case() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (_, client):
        await client.ask("GET /torrents/mylist")
        await client.create(SINTEL)

        stale = await client.ask("GET /torrents/mylist", bypass_cache="True")
        fresh = await client.ask("GET /torrents/mylist", **FRESH)

        assert (stale.status, fresh.status) == (404, 200)


async def test_pages_show_the_newest_first() -> None:
    async with account() as (tb, client):
        ids = [await added(tb, client, release) for release in (SINTEL, SHOW)]

        first = await client.ask("GET /torrents/mylist", limit=1, **FRESH)
        tb.one_too_many = True
        both = await client.ask("GET /torrents/mylist", limit=1, **FRESH)

        assert [item["id"] for item in first.json["data"]] == ids[:0:-1]
        assert [item["id"] for item in both.json["data"]] == ids[::-1]


async def test_whatever_has_been_null_may_be_null_and_hashes_in_capitals() -> None:
    async with account() as (tb, client):
        torrent_id = await added(tb, client, SINTEL)
        tb.sparse, tb.upper_case, tb.by_id_as_list = True, True, True

        [shown] = (await client.ask("GET /torrents/mylist", id=torrent_id)).json["data"]

        assert (shown["hash"], shown["name"], shown["progress"]) == (SINTEL.infohash.upper(), None, None)


# Ways through life


@pytest.mark.parametrize(
    ("profile", "states"),
    [
        ("uncached", ["downloading"] * 5 + ["completed", "uploading (no peers)", "cached"]),
        ("stuck", ["downloading"] * 3 + ["stalled (no seeds)"] * 5),
        ("unseeded", ["metaDL"] * 8),
        ("fails", ["downloading"] * 2 + ["failed - Download failed"] * 6),
        ("recovers", ["downloading"] * 2 + ["failed (Retrying)", "downloading"]),
        ("storing", ["downloading"] * 2 + ["completed"] + ["uploading (no peers)"] * 5),
    ],
)
async def test_a_torrent_goes_its_way_one_look_at_a_time(profile: str, states: list[str]) -> None:
    async with account() as (tb, client):
        torrent_id = await added(tb, client, SINTEL, profile=profile)

        seen = [(await client.shown(torrent_id))["download_state"] for _ in states]

        assert seen == states


async def test_with_time_a_torrent_without_seeds_is_incomplete_then_gone() -> None:
    clock = ManualClock()
    async with account(TorBox("timed", clock=clock)) as (tb, client):
        torrent_id = await added(tb, client, SINTEL, profile="unseeded")

        clock.advance(2 * DAY)
        assert (await client.shown(torrent_id))["download_state"] == "incomplete"
        clock.advance(60)
        assert tb.items() == []


async def test_content_nobody_asks_for_goes_after_a_month() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (tb, client):
        torrent_id = await added(tb, client, SINTEL)
        clock.advance(20 * DAY)
        await client.link(torrent_id)
        clock.advance(20 * DAY)
        assert (await client.shown(torrent_id))["download_present"] is True

        clock.advance(11 * DAY)
        shown = await client.shown(torrent_id)

        assert (shown["download_finished"], shown["download_present"], shown["active"]) == (
            True,
            False,
            False,
        )
        assert (await client.link(torrent_id)).error == (400, None)


async def test_a_mount_shows_what_is_present(tmp_path) -> None:
    async with account() as (tb, client):
        Mount(tmp_path).attach(tb)
        torrent_id = await added(tb, client, SHOW)

        assert (tmp_path / SHOW.name / "Sample" / "caminandes.s01e01.sample.mkv").is_file()
        await client.control(torrent_id, "delete")
        assert list(tmp_path.iterdir()) == []


# Links


async def test_links_give_true_bytes_whole_and_by_the_range() -> None:
    async with account() as (tb, client):
        torrent_id = await added(tb, client, SHOW, file_ids=[4, 3, 2, 1, 0])
        path = next(iter(SHOW.files))
        url = (await client.link(torrent_id, 4)).json["data"]

        whole = await client.ask(f"GET {url}")
        part = await client.ask(f"GET {url}", headers={"Range": "bytes=5-9"})
        beyond = await client.ask(f"GET {url}", headers={"Range": f"bytes={SHOW.files[path]}-"})

        assert whole.body == SHOW.read(path)
        assert (part.status, part.body) == (206, SHOW.read(path, 5, 10))
        assert beyond.status == 416


async def test_a_link_may_be_followed_and_is_the_same_for_a_while() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (tb, client):
        torrent_id = await added(tb, client, SINTEL)

        first = (await client.link(torrent_id)).json["data"]
        redirect = await client.link(torrent_id, redirect="true")
        clock.advance(61)
        later = (await client.link(torrent_id)).json["data"]

        assert (redirect.status, redirect.headers["Location"]) == (307, first)
        assert later != first


async def test_a_link_is_unknown_at_first_and_dead_after_hours() -> None:
    clock = ManualClock()
    async with account(TorBox(clock=clock)) as (tb, client):
        tb.links.warm_up = 1
        torrent_id = await added(tb, client, SINTEL)
        url = (await client.link(torrent_id)).json["data"]

        statuses = []
        for seconds in (0, 1, 3 * 3600):
            clock.advance(seconds)
            statuses.append((await client.ask(f"GET {url}")).status)

        assert statuses == [400, 200, 400]


async def test_infected_files_and_unknown_ones_have_no_link() -> None:
    async with account() as (tb, client):
        torrent_id = await added(tb, client, SINTEL, infected=[SINTEL.name])

        assert (await client.link(torrent_id)).status == 400
        assert (await client.link(torrent_id, 9)).error == (404, "ITEM_NOT_FOUND")
        assert (await client.link(torrent_id + 1)).error == (404, "ITEM_NOT_FOUND")
        assert (await client.link(torrent_id, zip_link="true")).status == 400


async def test_head_may_be_refused_and_connections_are_counted() -> None:
    async with account() as (tb, client):
        tb.links.head, tb.links.connections = False, 0
        url = (await client.link(await added(tb, client, SINTEL))).json["data"]

        assert (await client.ask(f"HEAD {url}")).status == 405
        assert (await client.ask(f"GET {url}")).status == 429


async def test_deleting_may_fail_though_it_worked_and_work_though_it_did_not() -> None:
    async with account() as (tb, client):
        torrent_id = await added(tb, client, SINTEL)
        tb.deletion = "pretends"
        assert (await client.control(torrent_id, "delete")).data is None
        assert len(tb.items()) == 1

        tb.deletion = "fails-afterwards"
        assert (await client.control(torrent_id, "delete")).error == (500, "DATABASE_ERROR")
        assert tb.items() == []
