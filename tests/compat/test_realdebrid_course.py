"""The emulated Real-Debrid brings torrents on, or to a bad end, as the real one does."""

import pytest

from compat.content import BOOK, FILTERED, SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.realdebrid import RealDebrid
from tests.compat.realdebrid_client import account

HYBRID = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="hybrid")
V2 = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="2")
UNKNOWN = Release("Coffee.Run.2020", {"Coffee.Run.2020.mkv": 50_000, "info/about.nfo": 300})
VIDEOS = "1,2,3"  # ids of the episodes of SHOW


# From added to downloaded


async def test_uncached_content_takes_a_step_each_time_it_is_looked_at() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL, cached=False)
        remote_id = await client.add(SINTEL)
        await client.select(remote_id)
        seen = []
        while not seen or seen[-1]["status"] != "downloaded":
            seen.append(await client.info(remote_id))

        assert [info["status"] for info in seen] == ["downloading"] * 5 + ["uploading", "downloaded"]
        assert [info["progress"] for info in seen[:5]] == [0, 12.5, 37, 63.5, 88]
        assert [type(info["progress"]) for info in seen[:2]] == [int, float]
        assert all(info["seeders"] and info["speed"] for info in seen[:5])
        assert "seeders" not in seen[5]
        assert "speed" in seen[5]
        assert not {"seeders", "speed"} & seen[6].keys()
        assert [len(info["links"]) for info in seen] == [0] * 6 + [1]


async def test_a_clock_brings_torrents_on() -> None:
    clock = ManualClock()
    async with account(RealDebrid("timed", clock=clock)) as (rd, client):
        rd.knows(SINTEL)
        rd.knows(SHOW, cached=False)
        cached, uncached = await client.add(SINTEL), await client.add(SHOW)
        at_once = await client.info(cached)
        clock.advance(1)
        waiting = [(await client.info(remote_id))["status"] for remote_id in (cached, uncached)]
        clock.advance(3)
        await client.select(cached)
        await client.select(uncached)
        queued = [(await client.info(remote_id))["status"] for remote_id in (cached, uncached)]
        clock.advance(2)
        soon = [(await client.info(remote_id))["status"] for remote_id in (cached, uncached)]
        clock.advance(60)

        assert at_once["status"] == "magnet_conversion"
        assert waiting == ["waiting_files_selection", "magnet_conversion"]
        assert queued == ["queued", "queued"]
        assert soon == ["downloaded", "downloading"]
        assert [item.status for item in rd.items()] == ["downloaded", "downloaded"]


async def test_by_hand_nothing_moves_but_what_is_moved() -> None:
    async with account(RealDebrid("manual")) as (rd, client):
        rd.knows(SINTEL)
        remote_id = await client.add(SINTEL)
        early = [(await client.info(remote_id))["status"] for _ in range(3)]
        rd.advance(SINTEL.infohash)
        await client.select(remote_id)
        queued = (await client.info(remote_id))["status"]
        rd.advance(SINTEL.infohash, "downloading", progress=37, seeders=4)
        moving = await client.info(remote_id)
        rd.advance(SINTEL.infohash, "downloaded")

        assert set(early) == {"magnet_conversion"}
        assert queued == "queued"
        assert (moving["status"], moving["progress"], moving["seeders"]) == ("downloading", 37, 4)
        assert moving["speed"] > 0
        assert len((await client.info(remote_id))["links"]) == 1


@pytest.mark.parametrize("profile", ["dead", "virus", "error"])
async def test_a_torrent_can_end_badly(profile: str) -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL, profile=profile)
        remote_id = await client.add(SINTEL)
        await client.select(remote_id)

        seen = await client.statuses(remote_id, profile)

        assert set(seen) == {"downloading", profile}
        assert (await client.info(remote_id))["links"] == []
        assert (await client.ask("GET /torrents/activeCount")).json["nb"] == 0


async def test_a_magnet_can_end_in_an_error() -> None:
    clock = ManualClock()
    async with account(RealDebrid("timed", clock=clock)) as (rd, client):
        rd.knows(SINTEL, profile="magnet_error")
        remote_id = await client.add(SINTEL)
        clock.advance(59)
        before = await client.info(remote_id)
        clock.advance(2)
        after = await client.info(remote_id)

        assert [before["status"], after["status"]] == ["magnet_conversion", "magnet_error"]
        assert after["files"] == []


async def test_a_torrent_can_get_stuck() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL, profile="stuck")
        remote_id = await client.add(SINTEL)
        await client.select(remote_id)

        last = [await client.info(remote_id) for _ in range(8)][-1]

        assert (last["status"], last["progress"], last["seeders"], last["speed"]) == ("downloading", 63, 0, 0)


async def test_progress_can_go_backwards() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL, profile="backwards")
        remote_id = await client.add(SINTEL)
        await client.select(remote_id)

        progress = [(await client.info(remote_id))["progress"] for _ in range(4)]

        assert progress != sorted(progress)


async def test_a_torrent_can_be_removed_right_after_it_was_added() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL, profile="removed")
        remote_id = await client.add(SINTEL)

        assert (await client.ask(f"GET /torrents/info/{remote_id}")).error == (404, 7)
        assert (await client.ask("GET /torrents")).status == 204


async def test_torrents_come_or_go_behind_our_back() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        ours = (await client.fetch(SINTEL))["id"]
        theirs = rd.added_elsewhere(SINTEL)

        both = [shown["id"] for shown in (await client.ask("GET /torrents")).json]
        rd.deletes(SINTEL.infohash)

        assert both == [theirs.id, ours]
        assert (await client.ask(f"GET /torrents/info/{ours}")).error == (404, 7)


# Slots, filters, verdicts


async def test_slots_are_taken_by_everything_that_is_not_finished() -> None:
    async with account(RealDebrid("manual", slots=2)) as (rd, client):
        rd.knows(SINTEL)
        await client.add(UNKNOWN)
        await client.ask("PUT /torrents/addTorrent", body=SINTEL.torrent)
        full = (await client.ask("GET /torrents/activeCount")).json
        refused = await client.ask("POST /torrents/addMagnet", form={"magnet": BOOK.magnet()})
        rd.advance(SINTEL.infohash, "downloaded")

        assert full == {"nb": 2, "limit": 2, "list": [UNKNOWN.infohash, SINTEL.infohash]}
        assert refused.error == (509, 21)
        assert (await client.ask("GET /torrents/activeCount")).json["nb"] == 1
        assert (await client.add(BOOK)) in {item.id for item in rd.items()}


async def test_slots_can_be_full_at_the_selection_too() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        rd.fails("POST /torrents/selectFiles/{id}", "too_many_active_downloads")
        remote_id = await client.add(SINTEL)

        assert (await client.select(remote_id)).error == (509, 21)
        assert (await client.select(remote_id)).status == 204


async def test_nobody_learns_what_is_cached() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)

        answer = await client.ask(f"GET /torrents/instantAvailability/{SINTEL.infohash}/{SHOW.infohash}")

        assert answer.error == (403, 37)
        assert answer.json["error"] == "disabled_endpoint"


async def test_a_filtered_name_is_refused_from_metadata_but_not_from_a_magnet() -> None:
    async with account() as (rd, client):
        rd.filters_names = True
        by_file = await client.ask("PUT /torrents/addTorrent", body=FILTERED.torrent)
        unknown = await client.add(FILTERED)
        rd.knows(FILTERED)
        known = await client.ask("POST /torrents/addMagnet", form={"magnet": FILTERED.magnet(name=False)})

        assert by_file.error == (451, 35)
        assert (await client.info(unknown))["status"] == "magnet_conversion"
        assert known.error == (451, 35)


async def test_a_filter_that_comes_later_blocks_what_is_downloaded() -> None:
    async with account() as (rd, client):
        rd.knows(FILTERED)
        info = await client.fetch(FILTERED)
        rd.filters_names = True

        listed = (await client.ask("GET /torrents")).json

        assert [shown["status"] for shown in listed] == ["downloaded"]
        assert (await client.unrestrict(info["links"][0])).error == (451, 35)


@pytest.mark.parametrize(
    ("code", "error"), [("infringing_file", (451, 35)), (29, (400, 29)), (28, (403, 28))]
)
async def test_one_release_is_refused(code: int | str, error: tuple[int, int]) -> None:
    async with account() as (rd, client):
        rd.refuses(SINTEL.infohash, code)
        by_magnet = await client.ask("POST /torrents/addMagnet", form={"magnet": SINTEL.magnet()})
        by_file = await client.ask("PUT /torrents/addTorrent", body=SINTEL.torrent)
        other = await client.ask("PUT /torrents/addTorrent", body=SHOW.torrent)

        assert (by_magnet.error, by_file.error, other.status) == (error, error, 201)
