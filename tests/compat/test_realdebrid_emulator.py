"""The emulated Real-Debrid is as strict, as odd as the real one: torrents, account, listing."""

import json
import re

import pytest
from aiohttp import MultipartWriter

from compat.content import SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.realdebrid import RealDebrid
from tests.compat.realdebrid_client import account

HYBRID = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="hybrid")
V2 = Release("Spring", {"Spring.mkv": 40_000, "Spring.srt": 900}, version="2")
UNKNOWN = Release("Coffee.Run.2020", {"Coffee.Run.2020.mkv": 50_000, "info/about.nfo": 300})
VIDEOS = "1,2,3"  # ids of the episodes of SHOW


# Who may ask


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic x"}])
async def test_a_call_without_the_token_is_refused(headers: dict[str, str]) -> None:
    async with account() as (_rd, client):
        client.headers = headers

        answer = await client.ask("GET /user")

        assert answer.error == (401, 8)


async def test_the_token_may_stand_in_the_query() -> None:
    async with account() as (rd, client):
        client.headers = {}

        assert (await client.ask("GET /user", auth_token=rd.token)).status == 200
        assert rd.token not in repr(rd.requests)


async def test_time_hosts_link_checks_need_no_token() -> None:
    async with account(RealDebrid(clock=ManualClock())) as (rd, client):
        client.headers = {}
        rd.skew = 7200

        assert (await client.ask("GET /time")).body == b"2026-07-18 14:00:00"
        assert (await client.ask("GET /time/iso")).body == b"2026-07-18T14:00:00+0200"
        assert list((await client.ask("GET /hosts")).json) == ["real-debrid.com"]
        assert (await client.ask("GET /hosts/domains")).json == ["real-debrid.com"]
        assert (await client.ask("GET /hosts/regex")).status == 200
        assert (await client.ask("GET /hosts/status")).error == (401, 8)
        assert (await client.ask("POST /unrestrict/check", form={"link": "https://x.example/"})).error[
            1
        ] == 16


@pytest.mark.parametrize(("code", "status"), [(8, 401), (14, 403), (22, 403), (10, 401)])
async def test_an_account_can_be_shut_while_running(code: int, status: int) -> None:
    async with account() as (rd, client):
        rd.denies(code)
        shut = await client.ask("GET /torrents")
        rd.denies(None)
        opened = await client.ask("GET /user")

        assert shut.error == (status, code)
        assert opened.status == 200


async def test_a_disabled_token_is_worth_nothing() -> None:
    async with account() as (_rd, client):
        assert (await client.ask("GET /disable_access_token")).status == 204
        assert (await client.ask("GET /user")).error == (401, 8)


async def test_lapsed_premium_keeps_torrents_listed_while_adds_are_refused() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        downloaded = await client.fetch(SINTEL)
        rd.lapses(20)

        user = (await client.ask("GET /user")).json
        add = await client.ask("POST /torrents/addMagnet", form={"magnet": SINTEL.magnet()})

        assert (user["type"], user["premium"]) == ("free", 0)
        assert add.error == (503, 20)
        assert (await client.unrestrict(downloaded["links"][0])).error == (503, 20)
        assert len((await client.ask("GET /torrents")).json) == 1


async def test_the_device_flow_ends_with_a_token_that_works() -> None:
    async with account() as (rd, client):
        oauth = f"{rd.origin}/oauth/v2"
        grant = {"grant_type": "http://oauth.net/grant_type/device/1.0"}
        device = (await client.ask(f"GET {oauth}/device/code", client_id="X", new_credentials="yes")).json
        query = {"client_id": "X", "code": device["device_code"]}
        early = await client.ask(f"GET {oauth}/device/credentials", **query)
        rd.approves(device["user_code"])

        mine = (await client.ask(f"GET {oauth}/device/credentials", **query)).json
        first = (await client.ask(f"POST {oauth}/token", form=mine | grant | {"code": query["code"]})).json
        refresh = mine | grant | {"code": first["refresh_token"]}
        second = (await client.ask(f"POST {oauth}/token", form=refresh)).json
        client.headers = {"Authorization": f"Bearer {second['access_token']}"}
        user = await client.ask("GET /user")
        rd.oauth.revoke()

        assert early.status == 403
        assert user.status == 200
        assert first["access_token"] != second["access_token"]
        assert (await client.ask(f"POST {oauth}/token", form=refresh)).status == 403


# What a call looks like


async def test_json_is_pretty_printed_with_tabs_with_slashes_escaped() -> None:
    async with account() as (_rd, client):
        answer = await client.ask("GET /user")

        assert answer.headers["Content-Type"].startswith("application/json")
        assert b'\n\t"avatar": "https:\\/\\/' in answer.body


async def test_an_unknown_path_or_a_wrong_verb_is_told() -> None:
    async with account() as (_rd, client):
        assert (await client.ask("GET /torrents/nothing")).error == (404, 3)
        assert (await client.ask("POST /torrents")).error == (405, 4)
        assert (await client.ask("POST /torrents/addTorrent", body=SINTEL.torrent)).error == (405, 4)


async def test_a_json_body_is_no_form() -> None:
    async with account() as (_rd, client):
        as_json = {"Content-Type": "application/json"}
        body = json.dumps({"magnet": SINTEL.magnet()}).encode()

        assert (await client.ask("POST /torrents/addMagnet", body=body, headers=as_json)).error == (400, 1)
        assert (await client.ask("POST /unrestrict/link", body=b'{"link": "x"}', headers=as_json)).error == (
            400,
            1,
        )


async def test_a_torrent_comes_as_raw_bytes_or_not_at_all() -> None:
    async with account() as (rd, client):
        form = MultipartWriter("form-data")
        form.append(SINTEL.torrent)

        assert (await client.ask("PUT /torrents/addTorrent", body=form)).error == (400, 30)
        assert (await client.ask("PUT /torrents/addTorrent", body=b"<html>")).error == (400, 30)
        assert (await client.ask("PUT /torrents/addTorrent", body=V2.torrent)).error == (400, 30)
        assert rd.items() == []


async def test_a_magnet_needs_a_hash_in_hex() -> None:
    async with account() as (rd, client):
        for magnet in (SINTEL.magnet(base32=True), V2.magnet()):
            assert (await client.ask("POST /torrents/addMagnet", form={"magnet": magnet})).error == (400, 2)
        assert (await client.ask("POST /torrents/addMagnet", form={"magnet": ""})).error == (400, 1)
        no_magnet = await client.ask(
            "POST /torrents/addMagnet", form={"magnet": "https://x.example/a.torrent"}
        )

        assert (no_magnet.status, no_magnet.body) == (404, b"")
        assert rd.items() == []


# Adding, selecting


async def test_every_add_makes_another_torrent() -> None:
    async with account() as (rd, client):
        magnet = {"magnet": SINTEL.magnet(upper=True)}

        answers = [await client.ask("POST /torrents/addMagnet", form=magnet) for _ in range(2)]

        ids = [answer.json["id"] for answer in answers]
        assert [answer.status for answer in answers] == [201, 201]
        assert len(set(ids)) == 2
        assert all(re.fullmatch("[0-9A-Z]{13}", remote_id) for remote_id in ids)
        assert answers[0].json["uri"] == f"{rd.url}torrents/info/{ids[0]}"
        assert {item.infohash for item in rd.items()} == {SINTEL.infohash}
        assert rd.calls("POST /torrents/addMagnet") == 2


async def test_an_unknown_magnet_stays_without_metadata() -> None:
    async with account() as (_rd, client):
        remote_id = await client.add(UNKNOWN)

        infos = [await client.info(remote_id) for _ in range(5)]

        assert {info["status"] for info in infos} == {"magnet_conversion"}
        assert (infos[0]["files"], infos[0]["links"], infos[0]["bytes"]) == ([], [], 0)
        assert infos[0]["seeders"] == 0
        assert infos[0]["original_filename"] == UNKNOWN.name


async def test_a_magnet_without_a_name_is_shown_by_its_hash() -> None:
    async with account() as (_rd, client):
        form = {"magnet": UNKNOWN.magnet(name=False)}
        added = await client.ask("POST /torrents/addMagnet", form=form)

        assert (await client.info(added.json["id"]))["original_filename"] == UNKNOWN.infohash


async def test_an_unknown_torrent_file_has_files_but_no_bytes() -> None:
    async with account() as (rd, client):
        added = await client.ask("PUT /torrents/addTorrent", body=UNKNOWN.torrent)
        before = await client.info(added.json["id"])
        await client.select(added.json["id"], "1")
        seen = [await client.info(added.json["id"]) for _ in range(4)]

        assert added.status == 201
        assert before["status"] == "waiting_files_selection"
        assert [file["path"] for file in before["files"]] == ["/Coffee.Run.2020.mkv", "/info/about.nfo"]
        assert before["hash"] == UNKNOWN.infohash
        assert {(info["status"], info["seeders"]) for info in seen} == {("downloading", 0)}

        rd.advance(UNKNOWN.infohash, "downloaded")
        link = (await client.info(added.json["id"]))["links"][0]
        assert (await client.unrestrict(link)).error == (503, 19)


async def test_the_v1_part_of_a_hybrid_torrent_counts() -> None:
    async with account() as (_rd, client):
        added = await client.ask("PUT /torrents/addTorrent", body=HYBRID.torrent)

        info = await client.info(added.json["id"])

        assert info["hash"] == HYBRID.infohash
        assert [file["path"] for file in info["files"]] == ["/Spring.mkv", "/Spring.srt"]


async def test_cached_content_is_downloaded_once_selected() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW)
        remote_id = await client.add(SHOW)
        before = await client.info(remote_id)
        selected = await client.select(remote_id, VIDEOS)
        after = await client.info(remote_id)

        assert before["status"] == "waiting_files_selection"
        assert before["bytes"] == before["original_bytes"] == SHOW.size
        assert not {"ended", "speed", "seeders"} & before.keys()
        assert (selected.status, selected.body) == (204, b"")
        assert (after["status"], after["progress"]) == ("downloaded", 100)
        assert after["bytes"] == sum(list(SHOW.files.values())[:3])
        assert [file["selected"] for file in after["files"]] == [1, 1, 1, 0, 0]
        assert [file["id"] for file in after["files"]] == [1, 2, 3, 4, 5]
        assert after["filename"] == after["original_filename"] == SHOW.name
        assert len(after["links"]) == 3
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", after["ended"])


async def test_one_file_out_of_several_changes_the_filename() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW)

        info = await client.fetch(SHOW, "2")

        assert info["filename"] == "Caminandes.S01E02.Gran.Dillama.1080p.mkv"
        assert info["original_filename"] == SHOW.name


async def test_files_are_selected_once() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW)
        remote_id = await client.add(SHOW)
        await client.select(remote_id, "1")

        again = await client.select(remote_id, "2")

        assert again.error == (202, 31)
        assert (await client.info(remote_id))["files"][1]["selected"] == 0


async def test_a_selection_must_name_files_of_the_torrent() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW)
        remote_id = await client.add(SHOW)
        missing = await client.ask(f"POST /torrents/selectFiles/{remote_id}", form={})

        assert missing.error == (404, 1)
        assert missing.json["error_details"] == "{files} is missing"
        assert (await client.select(remote_id, "")).error == (404, 1)
        assert (await client.select(remote_id, "1,x")).error == (400, 2)
        assert (await client.select(remote_id, "1,99")).error == (404, 2)
        assert (await client.select("AAAAAAAAAAAAA")).error == (404, 7)
        assert (await client.info(remote_id))["status"] == "waiting_files_selection"


@pytest.mark.parametrize(("lost", "status"), [(True, "waiting_files_selection"), (False, "downloaded")])
async def test_a_selection_before_the_metadata_is_accepted_but_lost(lost: bool, status: str) -> None:
    clock = ManualClock()
    async with account(RealDebrid("timed", clock=clock)) as (rd, client):
        rd.knows(SINTEL)
        rd.torrents.loses_early_selection = lost
        remote_id = await client.add(SINTEL)
        early = await client.select(remote_id)
        clock.advance(20)

        assert early.status == 204
        assert (await client.info(remote_id))["status"] == status


async def test_file_ids_need_not_be_in_order() -> None:
    async with account() as (rd, client):
        rd.knows(SHOW, file_ids=(7, 3, 12, 1, 2))

        info = await client.fetch(SHOW, "12,7")

        assert [file["id"] for file in info["files"]] == [7, 3, 12, 1, 2]
        names = [(await client.unrestrict(link)).json["filename"] for link in info["links"]]
        assert [name[:16] for name in names] == ["Caminandes.S01E0"] * 2
        assert [name[16] for name in names] == ["1", "3"]


async def test_deleting_is_final() -> None:
    async with account() as (rd, client):
        rd.knows(SINTEL)
        info = await client.fetch(SINTEL)

        assert (await client.ask(f"DELETE /torrents/delete/{info['id']}")).status == 204
        assert (await client.ask(f"DELETE /torrents/delete/{info['id']}")).error == (404, 7)
        assert (await client.ask(f"GET /torrents/info/{info['id']}")).error == (404, 7)
        assert (await client.unrestrict(info["links"][0])).error == (404, 7)
        assert rd.items() == []


def test_the_command_line_wants_a_name_with_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    from compat.emulators.realdebrid import main

    with pytest.raises(SystemExit):
        main(["--knows", "no-size"])

    assert "NAME:BYTES" in capsys.readouterr().err
