"""The emulated Debrid-Link is as strict, as odd as the real one."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientError, FormData

from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.debridlink import DebridLink
from compat.emulators.debridlink_items import Naming
from compat.emulators.debridlink_wire import FloodGuard
from compat.emulators.mount import Mount
from tests.compat.debridlink_client import Client, account
from tests.support import DEADLINE

V2 = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="2")
HOUR = 3600.0


def a_form(content: bytes, field: str = "file") -> FormData:
    form = FormData()
    form.add_field(field, content, filename="x.torrent")
    return form


def films(dl: DebridLink, count: int) -> None:
    for number in range(count):
        release = Release(f"Film.{number}.mkv", {f"Film.{number}.mkv": 1000 + number})
        dl.knows(release)
        dl.added_elsewhere(release)


def shown(root: Path) -> int:
    """Count the files below a folder."""
    return sum(path.is_file() for path in root.rglob("*"))


# Who may ask


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic x"}])
async def test_a_call_without_the_key_is_refused(headers: dict[str, str]) -> None:
    async with account() as (_dl, client):
        client.headers = headers

        assert (await client.ask("GET /account/infos")).error == (401, "badToken")


async def test_the_key_may_stand_in_the_query_but_not_in_the_log() -> None:
    async with account() as (dl, client):
        client.headers = {}

        assert (await client.ask("GET /account/infos", access_token=dl.token)).status == 200
        assert dl.token not in repr(dl.requests)


async def test_other_paths_answer_otherwise() -> None:
    async with account() as (dl, client):
        older = await client.ask(f"GET {dl.origin}/api/account/infos")
        unknown = await client.ask("GET /seedbox/nothing")
        dl.shows_shell = True
        shell = await client.ask("GET /seedbox/nothing")

        assert older.json["result"] == "KO"
        assert unknown.error == (404, "unknowR")
        assert (shell.status, shell.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


async def test_an_account_can_be_shut_while_running() -> None:
    async with account() as (dl, client):
        dl.denies("accountLocked")
        shut = await client.ask("GET /seedbox/list")
        dl.denies(None)

        assert shut.error == (403, "accountLocked")
        assert await client.list() == []


async def test_lapsed_premium_keeps_torrents_listed_while_adds_are_refused() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL)
        await client.add(SINTEL)
        dl.lapses()

        user = (await client.ask("GET /account/infos")).value

        assert (user["accountType"], user["premiumLeft"]) == (0, 0)
        assert (await client.ask("POST /seedbox/add", json={"url": SHOW.magnet()})).error[1] == "notFreeHost"
        assert len(await client.list()) == 1


async def test_the_device_flow_ends_with_a_token_that_works_until_the_next() -> None:
    clock = ManualClock()
    async with account(DebridLink(clock=clock)) as (dl, client):
        oauth = f"{dl.origin}/api/oauth"
        device = (await client.ask(f"POST {oauth}/device/code", form={"client_id": "X"})).json
        grant = {"client_id": "X", "code": device["device_code"]}
        grant["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code"
        pending = await client.ask(f"POST {oauth}/token", form=grant)
        dl.approves(device["user_code"])
        first = (await client.ask(f"POST {oauth}/token", form=grant)).json
        again = {"client_id": "X", "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = (await client.ask(f"POST {oauth}/token", form=again)).json

        client.headers = {"Authorization": f"Bearer {first['access_token']}"}
        assert (pending.status, pending.json) == (400, {"error": "authorization_pending"})
        assert (await client.ask("GET /account/infos")).error == (401, "badToken")
        client.headers = {"Authorization": f"Bearer {second['access_token']}"}
        assert (await client.ask("GET /account/infos")).status == 200
        await client.ask(f"POST {oauth}/revoke")
        assert (await client.ask("GET /account/infos")).status == 401


async def test_the_device_flow_can_be_refused_or_run_out() -> None:
    clock = ManualClock()
    async with account(DebridLink(clock=clock)) as (dl, client):
        oauth, grants = f"{dl.origin}/api/oauth", []
        for _ in range(2):
            device = (await client.ask(f"POST {oauth}/device/code", form={"client_id": "X"})).json
            grant = {"client_id": "X", "code": device["device_code"]}
            grants.append(grant | {"grant_type": "http://oauth.net/grant_type/device/1.0"})
        dl.oauth.answer(device["user_code"], approve=False)
        clock.advance(1000)

        late, refused = [(await client.ask(f"POST {oauth}/token", form=grant)).json for grant in grants]
        assert (late["error"], refused["error"]) == ("expired_token", "access_denied")
        unknown = grants[0] | {"code": "other"}
        assert (await client.ask(f"POST {oauth}/token", form=unknown)).json["error"] == "invalid_request"
        assert (await client.ask(f"POST {oauth}/token")).json["error"] == "unsupported_grant_type"
        assert (await client.ask(f"POST {oauth}/device/code")).json["error"] == "invalid_client"


# Adding


async def test_cached_content_is_complete_in_the_answer_to_its_add() -> None:
    async with account() as (dl, client):
        dl.knows(SHOW)

        shown = await client.add(SHOW)

        assert (shown["status"], shown["downloadPercent"], shown["serverId"]) == (100, 100, "")
        assert shown["hashString"] == SHOW.infohash
        assert [(file["name"], file["size"]) for file in shown["files"]] == list(SHOW.files.items())
        assert all(file["downloadUrl"] for file in shown["files"])
        assert shown["totalSize"] == SHOW.size


@pytest.mark.parametrize("how", ["json", "form", "file", "bare hash"])
async def test_a_torrent_may_come_in_any_form(how: str) -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL)
        fields = {"url": SINTEL.infohash.upper() if how == "bare hash" else SINTEL.magnet()}
        route = "POST /seedbox/add"

        if how == "file":
            added = await client.ask(route, form=a_form(SINTEL.torrent))
        elif how == "form":
            added = await client.ask(route, form=fields)
        else:
            added = await client.ask(route, json=fields)

        assert added.value["hashString"] == SINTEL.infohash


async def test_a_bare_hash_works_for_cached_content_only() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL, cached=False)

        bare = await client.ask("POST /seedbox/add", json={"url": SINTEL.infohash})

        assert bare.error == (400, "notAddTorrent")
        assert (await client.add(SINTEL))["status"] == 1


async def test_an_infohash_has_one_id_also_after_it_was_removed() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL)
        first, second = await client.add(SINTEL), await client.add(SINTEL)
        await client.ask(f"DELETE /seedbox/{first['id']}/remove")
        third = await client.add(SINTEL)

        assert first["id"] == second["id"] == third["id"]
        assert len(await client.list()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "badArguments"),
        ({"url": ""}, "badArguments"),
        ({"url": "https://example.org/x.torrent"}, "notAddTorrent"),
        ({"url": SINTEL.magnet(base32=True)}, "notAddTorrent"),
        ({"url": V2.magnet()}, "notAddTorrent"),
        ([], "badArguments"),
    ],
)
async def test_what_is_no_torrent_is_refused(body: object, code: str) -> None:
    async with account() as (_dl, client):
        assert (await client.ask("POST /seedbox/add", json=body)).error == (400, code)


async def test_files_that_are_no_torrent_are_refused() -> None:
    async with account() as (_dl, client):
        route, as_json = "POST /seedbox/add", {"Content-Type": "application/json"}

        assert (await client.ask(route, form=a_form(b"<html>"))).error == (400, "badTorrentFile")
        assert (await client.ask(route, form=a_form(V2.torrent))).error == (400, "badTorrentFile")
        assert (await client.ask(route, form=a_form(SINTEL.torrent, "torrent"))).error[1] == "badArguments"
        assert (await client.ask(route, form={"url": "x"}, headers=as_json)).error[1] == "badArguments"


async def test_an_add_that_is_not_asynchronous_waits_for_metadata() -> None:
    async with account() as (dl, client):
        dl.metadata_delay = 30.0

        with pytest.raises(TimeoutError):
            await client.ask("POST /seedbox/add", json={"url": SINTEL.magnet()}, timeout=0.1)
        shown = await client.add(SINTEL)

        assert (shown["files"], shown["name"]) == ([], SINTEL.name)


async def test_a_torrent_that_waits_sets_out_once_its_files_are_chosen() -> None:
    async with account() as (dl, client):
        dl.knows(SHOW)
        added = await client.ask("POST /seedbox/add", json={"url": SHOW.magnet(), "wait": True})
        waiting = added.value
        unwanted = [file["id"] for file in waiting["files"]][3:]
        route = f"POST /seedbox/{waiting['id']}/config"
        wrong = await client.ask(route, json={"files-unwanted": ["other"]})
        shown = (await client.ask(route, json={"files-unwanted": unwanted})).value

        assert (waiting["wait"], waiting["status"]) == (True, 0)
        assert wrong.error[1] == "badArguments"
        assert (shown["wait"], shown["status"]) == (False, 100)
        assert [bool(file["downloadUrl"]) for file in shown["files"]] == [True] * 3 + [False] * 2
        assert (await client.ask("POST /seedbox/other/config", json={})).error == (404, "badId")


async def test_verdicts_and_servers_are_told_at_the_add_alone() -> None:
    async with account() as (dl, client):
        dl.refuses(SINTEL.infohash, "torrentTooBig")
        refused = await client.ask("POST /seedbox/add", json={"url": SINTEL.magnet()})
        dl.shut_to_servers = True
        shut = await client.ask("POST /seedbox/add", json={"url": SHOW.magnet()})

        assert (refused.error[1], shut.error[1]) == ("torrentTooBig", "serverNotAllowed")
        assert (await client.ask("GET /account/infos")).value["serverDetected"] is True


# Limits


async def test_transfers_and_the_days_torrents_really_count() -> None:
    clock = ManualClock()
    dl = DebridLink("manual", clock=clock, slots=1, per_day=3)
    async with account(dl) as (_, client):
        dl.knows(SINTEL, cached=False)
        await client.add(SINTEL)
        full = await client.ask("POST /seedbox/add", json={"url": SAME_NAMES.magnet()})
        during = await client.limits()
        dl.advance(SINTEL.infohash, "downloaded")
        after = await client.limits()
        films(dl, 2)
        spent = await client.ask("POST /seedbox/add", json={"url": SAME_NAMES.magnet()})
        clock.advance(12 * HOUR)
        await client.add(SAME_NAMES)

        assert (full.error[1], spent.error[1]) == ("maxTransfer", "maxTorrent")
        assert during["activeTransferCount"] == {"current": 1, "value": 1}
        assert after["activeTransferCount"]["current"] == 0
        assert (during["dayCount"]["current"], during["nextResetSeconds"]) == (1, {"value": 12 * HOUR})
        assert (await client.limits())["dayCount"] == {"current": 1, "value": 3}


async def test_a_flooded_route_is_locked_for_an_hour_the_others_are_not() -> None:
    clock = ManualClock()
    async with account(DebridLink(clock=clock, flood_guard=FloodGuard(per_second=2))) as (_dl, client):
        flood = [await client.ask("GET /seedbox/list") for _ in range(3)][-1]
        limits = await client.ask("GET /seedbox/limits")
        clock.advance(HOUR - 1)
        locked = await client.ask("GET /seedbox/list")
        clock.advance(2)

        assert flood.error == locked.error == (429, "floodDetected")
        assert limits.status == 200
        assert await client.list() == []


async def test_a_route_takes_so_many_calls_a_minute() -> None:
    clock = ManualClock()
    async with account(DebridLink(clock=clock, flood_guard=FloodGuard(per_minute=5))) as (_dl, client):
        statuses = []
        for _ in range(6):
            statuses.append((await client.ask("GET /seedbox/list")).status)
            clock.advance(2)

        assert statuses == [200] * 5 + [429]


# Lists


async def test_pages_count_from_0_and_hold_20_to_100() -> None:
    async with account() as (dl, client):
        films(dl, 45)
        answers = [(await client.ask("GET /seedbox/list", page=str(page))).json for page in range(3)]
        small = await client.list(perPage="1")
        large = await client.list(perPage="1000")

        assert [len(answer["value"]) for answer in answers] == [20, 20, 5]
        assert [answer["pagination"]["next"] for answer in answers] == [1, 2, -1]
        assert [answer["pagination"]["previous"] for answer in answers] == [-1, 0, 1]
        assert (len(small), len(large)) == (20, 45)
        assert large[0]["name"] == "Film.44.mkv"
        assert (await client.ask("GET /seedbox/list", page="x")).error[1] == "badArguments"


async def test_an_id_filters_the_list_unless_it_is_unknown() -> None:
    async with account() as (dl, client):
        films(dl, 3)
        known = dl.items()[1].id

        assert [torrent["id"] for torrent in await client.list(ids=known)] == [known]
        assert len(await client.list(ids="0" * 16)) == 3
        dl.unknown_id_lists_all = False
        assert await client.list(ids="0" * 16) == []


async def test_every_page_may_hold_everything() -> None:
    async with account() as (dl, client):
        films(dl, 30)
        dl.pages_are_ignored = True

        assert [len(await client.list(page=page)) for page in "07"] == [30, 30]


async def test_many_files_may_be_listed_as_one_archive_that_can_be_fetched() -> None:
    async with account() as (dl, client):
        dl.knows(SHOW)
        added = await client.add(SHOW)
        dl.zips_above = 4

        [listed] = await client.list()
        [asked] = await client.list(ids=added["id"])
        archive = await client.ask(f"GET {listed['files'][0]['downloadUrl']}")

        assert (listed["isZip"], [file["name"] for file in listed["files"]]) == (True, [f"{SHOW.name}.zip"])
        assert (asked["isZip"], len(asked["files"])) == (False, 5)
        assert len(archive.body) == SHOW.size


@pytest.mark.parametrize(
    ("naming", "name"),
    [
        ("path", "Sample/caminandes.s01e01.sample.mkv"),
        ("base", "caminandes.s01e01.sample.mkv"),
        ("rooted", "Caminandes.S01.1080p/Sample/caminandes.s01e01.sample.mkv"),
    ],
)
async def test_files_are_named_in_one_of_three_ways(naming: Naming, name: str) -> None:
    async with account() as (dl, client):
        dl.names = naming
        dl.knows(SHOW)
        dl.knows(SINTEL)

        assert (await client.add(SHOW))["files"][-1]["name"] == name
        assert (await client.add(SINTEL))["files"][0]["name"] == SINTEL.name


async def test_removing_echoes_whatever_it_is_told() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL)
        added = await client.add(SINTEL)
        dl.remove_works = False
        kept = await client.ask(f"DELETE /seedbox/{added['id']}/remove")
        still = len(dl.items())
        dl.remove_works = True
        gone = await client.ask(f"DELETE /seedbox/{added['id']},other/remove")

        assert (kept.value, still) == ([added["id"]], 1)
        assert (gone.value, dl.items()) == ([added["id"], "other"], [])


async def test_what_is_not_there_any_more_or_not_needed_is_told() -> None:
    async with account() as (_dl, client):
        assert (await client.ask("GET /seedbox/cached", url=SINTEL.infohash)).error == (404, "unknowR")
        assert (await client.ask("GET /downloader/list")).value == []
        assert (await client.ask("GET /downloader/limits")).value["hosters"] == []


# Courses


async def test_uncached_content_takes_a_step_each_time_it_is_looked_at() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL, cached=False)
        await client.add(SINTEL)

        seen = [(await client.list())[0] for _ in range(8)]

        assert [torrent["status"] for torrent in seen] == [1, 4, 4, 4, 4, 4, 8, 100]
        assert [torrent["downloadPercent"] for torrent in seen] == [0, 0, 12.5, 37, 63.5, 88, 100, 100]
        assert [type(torrent["downloadPercent"]) for torrent in seen[1:3]] == [int, float]
        assert all(torrent["downloadSpeed"] and torrent["peersConnected"] for torrent in seen[1:6])
        assert [bool(torrent["files"][0]["downloadUrl"]) for torrent in seen] == [False] * 6 + [True] * 2


async def test_activity_is_a_lighter_look() -> None:
    async with account() as (dl, client):
        dl.knows(SHOW, cached=False)
        added = await client.add(SHOW)
        await client.list()
        await client.list()

        seen = (await client.ask("GET /seedbox/activity", ids=added["id"])).value

        expected = {"status": 4, "downloadPercent": 12.5, "files": [12.5] * 5, "size": SHOW.size}
        assert seen == {added["id"]: expected}


async def test_a_clock_brings_torrents_on() -> None:
    clock = ManualClock()
    async with account(DebridLink("timed", clock=clock)) as (dl, client):
        dl.knows(SINTEL)
        dl.knows(SHOW, cached=False)
        cached, uncached = await client.add(SINTEL), await client.add(SHOW)
        clock.advance(7)
        half_way = (await client.list(ids=uncached["id"]))[0]["downloadPercent"]
        clock.advance(60)

        assert (cached["status"], half_way) == (100, 12.5)
        assert [item.is_complete for item in dl.items()] == [True, True]


async def test_by_hand_nothing_moves_but_what_is_moved() -> None:
    async with account(DebridLink("manual")) as (dl, client):
        dl.knows(SINTEL)
        await client.add(SINTEL)
        early = [(await client.list())[0]["status"] for _ in range(3)]
        dl.advance(SINTEL.infohash, "downloading", progress=37, seeders=4)
        moving = (await client.list())[0]
        dl.advance(SINTEL.infohash, 8, progress=100)
        done = (await client.list())[0]
        with pytest.raises(ValueError, match="no step left"):
            dl.advance(SINTEL.infohash)

        assert early == [1, 1, 1]
        assert (moving["status"], moving["downloadPercent"], moving["peersConnected"]) == (4, 37, 4)
        assert (done["status"], bool(done["files"][0]["downloadUrl"])) == (8, True)


async def test_nobody_can_advance_what_nobody_has() -> None:
    async with account() as (dl, client):
        await client.add(SINTEL)

        with pytest.raises(LookupError):
            dl.advance(SINTEL.infohash, "downloading")
        with pytest.raises(LookupError):
            dl.advance(SHOW.infohash)


async def test_torrents_can_fail_stall_vanish() -> None:
    async with account() as (dl, client):
        for release, profile in ((SINTEL, "error"), (SHOW, "stuck"), (SAME_NAMES, "removed")):
            dl.knows(release, profile=profile)  # type: ignore[arg-type]
            await client.add(release)
        for _ in range(8):
            listed = {torrent["hashString"]: torrent for torrent in await client.list()}

        failed, stuck = listed[SINTEL.infohash], listed[SHOW.infohash]
        assert (failed["error"], failed["errorString"]) == (3, "No data found")
        assert (stuck["downloadPercent"], stuck["peersConnected"]) == (63, 0)
        assert SAME_NAMES.infohash not in listed


# Addresses


async def address(dl: DebridLink, client: Client) -> str:
    """Return the address of the one file of SINTEL."""
    dl.knows(SINTEL)
    return (await client.add(SINTEL))["files"][0]["downloadUrl"]


async def test_an_address_needs_no_key_and_outlives_its_torrent() -> None:
    async with account() as (dl, client):
        url = await address(dl, client)
        dl.deletes(SINTEL.infohash)
        client.headers = {}

        whole = await client.ask(f"GET {url}")
        part = await client.ask(f"GET {url}", headers={"Range": "bytes=10-19"})
        head = await client.ask(f"HEAD {url}")
        beyond = await client.ask(f"GET {url}", headers={"Range": f"bytes={SINTEL.size}-"})

        assert whole.body == SINTEL.read(SINTEL.name)
        assert (part.status, part.body) == (206, SINTEL.read(SINTEL.name, 10, 20))
        assert part.headers["Content-Range"] == f"bytes 10-19/{SINTEL.size}"
        assert (head.headers["Content-Length"], head.body) == (str(SINTEL.size), b"")
        assert beyond.status == 416
        assert dl.token not in url


async def test_an_address_stays_the_same_until_it_expires() -> None:
    clock = ManualClock()
    async with account(DebridLink(clock=clock, url_ttl=HOUR)) as (dl, client):
        dl.cdn.gone_status = 410
        first = await address(dl, client)
        same = (await client.list())[0]["files"][0]["downloadUrl"]
        clock.advance(HOUR + 1)
        gone = await client.ask(f"GET {first}")
        other = (await client.list())[0]["files"][0]["downloadUrl"]
        dl.expire_links()

        assert first == same
        assert (gone.status, first != other) == (410, True)
        assert (await client.ask(f"GET {other}")).status == 410


async def test_lost_content_stays_listed_until_it_is_added_anew() -> None:
    async with account() as (dl, client):
        url = await address(dl, client)
        dl.loses(SINTEL.infohash)
        lost = await client.ask(f"GET {url}")
        [listed] = await client.list()
        await client.ask(f"DELETE /seedbox/{listed['id']}/remove")
        again = await address(dl, client)

        assert (lost.status, listed["files"][0]["downloadUrl"]) == (404, url)
        assert (await client.ask(f"GET {again}")).status == 200


@pytest.mark.parametrize("kind", ["short", "reset"])
async def test_a_file_can_break_off(kind: str) -> None:
    async with account() as (dl, client):
        url = await address(dl, client)
        dl.fault("GET /dl/*", kind=kind, infohash=SINTEL.infohash)  # type: ignore[arg-type]

        with pytest.raises(ClientError):
            await client.ask(f"GET {url}")
        assert (await client.ask(f"GET {url}")).status == 200


async def test_a_range_can_be_ignored() -> None:
    async with account() as (dl, client):
        url = await address(dl, client)
        dl.fault("GET /dl/*", kind="unranged")

        whole = await client.ask(f"GET {url}", headers={"Range": "bytes=10-19"})

        assert (whole.status, len(whole.body)) == (200, SINTEL.size)


async def test_faults_strike_one_torrent_under_any_status() -> None:
    async with account() as (dl, client):
        dl.knows(SINTEL)
        dl.knows(SHOW)
        sintel, show = await client.add(SINTEL), await client.add(SHOW)
        dl.fails("*", "internalError", status=200, infohash=SINTEL.infohash, times=None)

        assert (await client.ask("GET /seedbox/list", ids=show["id"])).status == 200
        assert (await client.ask("GET /seedbox/list", ids=sintel["id"])).error == (200, "internalError")
        added = await client.ask("POST /seedbox/add", form=a_form(SINTEL.torrent))
        assert added.error == (200, "internalError")


# Elsewhere


async def test_a_mount_shows_what_is_complete_until_it_is_removed(tmp_path: Path) -> None:
    mount = Mount(tmp_path)
    async with account() as (dl, client):
        mount.attach(dl)
        dl.knows(SHOW)
        added = await client.add(SHOW)
        during = shown(tmp_path)
        await client.ask(f"DELETE /seedbox/{added['id']}/remove")

        assert (during, shown(tmp_path)) == (5, 0)


async def test_the_emulator_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "compat.emulators.debridlink", "--port", "0", "--knows", "sintel"]
    command += ["--uncached", "Big.Buck.Bunny.mkv:5000", "--rate-limited"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    facts = dict([(await process.stdout.readline()).decode().strip().split("=", 1) for _ in range(4)])
    process.send_signal(signal.SIGTERM)

    async with asyncio.timeout(DEADLINE):
        assert await process.wait() == 0
    assert facts["url"].startswith("http://127.0.0.1:")
    assert facts["magnet[Sintel.2010.1080p.mkv]"] == SINTEL.magnet()
