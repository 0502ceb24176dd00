"""The emulated AllDebrid is as strict, as odd as the real one: calls, magnets, account."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from compat.content import SHOW, SINTEL, Release
from compat.emulators.alldebrid import AllDebrid, main
from compat.emulators.alldebrid_items import EXPIRED, READY
from compat.emulators.alldebrid_wire import RateLimit
from compat.emulators.bench import ManualClock
from compat.emulators.mount import Mount
from tests.compat.alldebrid_client import account
from tests.support import DEADLINE

STATUS, UPLOAD = "POST /v4.1/magnet/status", "POST /v4/magnet/upload"


# Who may ask, how


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "AUTH_MISSING_APIKEY"),
        ({"Authorization": "Basic x"}, "AUTH_MISSING_APIKEY"),
        ({"Authorization": "Bearer other"}, "AUTH_BAD_APIKEY"),
    ],
)
@pytest.mark.parametrize("status", [200, 401])
async def test_a_call_without_the_key_is_refused(headers: dict[str, str], code: str, status: int) -> None:
    async with account() as (ad, client):
        client.headers = headers
        ad.habits.auth_status = status

        assert await client.code("GET /v4/user", status=status) == code


async def test_the_key_may_stand_in_the_query() -> None:
    async with account() as (ad, client):
        client.headers = {}

        user = (await client.ask("GET /v4/user", query={"apikey": ad.token}))["user"]

        assert (user["username"], user["isPremium"], user["limitedHostersQuotas"]) == ("marble", True, [])
        assert ad.token not in repr(ad.requests)


async def test_a_ping_needs_no_key() -> None:
    async with account() as (_, client):
        client.headers = {}

        assert await client.ask("GET /v4/ping") == {"ping": "pong"}


@pytest.mark.parametrize("path", ["/v4/magnet/instant", "/v4.1/nothing", "/v4/user/"])
async def test_what_does_not_exist_is_a_404_in_the_envelope(path: str) -> None:
    async with account() as (_, client):
        assert await client.code(f"POST {path}", status=404) == "404"


async def test_every_path_but_the_old_status_answers_in_both_versions_to_both_methods() -> None:
    async with account() as (ad, client):
        for method in ("GET", "POST"):
            for version in ("v4", "v4.1"):
                await client.ask(f"{method} /{version}/user")
        await client.ask("GET /v4.1/magnet/upload", query={"magnets[0]": SINTEL.magnet()})

        assert await client.code("POST /v4/magnet/status") == "DISCONTINUED"
        ad.habits.old_status = "deprecated"
        assert json.loads((await client.raw("POST /v4/magnet/status"))[1])["deprecated"] is True


async def test_the_owner_may_have_to_consent_to_a_new_place() -> None:
    async with account() as (ad, client):
        token = ad.blocks()
        status, body = await client.raw("GET /v4/user")
        waiting = await client.ask("POST /v4/user/verif", {"token": token})
        await client.ask("POST /v4/user/verif/resend", {"token": token})
        twice = await client.code("POST /v4/user/verif/resend", {"token": token})
        ad.login.verdict = "allowed"

        assert (status, json.loads(body)["error"]["token"]) == (200, token)
        assert (waiting, twice) == ({"verif": "waiting", "resendable": True}, "ALREADY_SENT")
        assert (await client.ask("POST /v4/user/verif", {"token": token}))["apikey"] == ad.token
        assert (await client.ask("GET /v4/user"))["user"]
        assert await client.code("POST /v4/user/verif", {"token": "x"}) == "PIN_EXPIRED"


async def test_a_pin_ends_with_the_key() -> None:
    clock = ManualClock()
    async with account(AllDebrid(clock=clock)) as (ad, client):
        client.headers = {}
        pin = await client.ask("GET /v4.1/pin/get")
        form = {"pin": pin["pin"], "check": pin["check"]}
        early = await client.ask("POST /v4/pin/check", form)
        ad.login.approve(pin["pin"])
        clock.advance(30)
        granted = await client.ask("POST /v4/pin/check", form)
        clock.advance(600)

        assert early == {"activated": False, "expires_in": 600}
        assert granted == {"activated": True, "apikey": ad.token, "expires_in": 570}
        assert await client.code("POST /v4/pin/check", form) == "PIN_EXPIRED"
        assert await client.code("POST /v4/pin/check", {"pin": "X", "check": "Y"}) == "PIN_INVALID"


async def test_lapsed_premium_refuses_adding_and_unlocking_but_lists() -> None:
    async with account() as (ad, client):
        ad.lapses()

        assert (await client.ask("GET /v4/user"))["user"]["premiumUntil"] == 0
        assert await client.code(UPLOAD, {"magnets[]": SINTEL.magnet()}) == "MAGNET_MUST_BE_PREMIUM"
        assert await client.code("POST /v4/link/unlock", {"link": "x"}) == "MUST_BE_PREMIUM"
        assert await client.listed() == []


async def test_a_server_is_kept_from_adding_and_unlocking_only() -> None:
    async with account() as (ad, client):
        ad.bars()

        assert await client.code(UPLOAD, {"magnets[]": SINTEL.magnet()}) == "NO_SERVER"
        assert await client.code("POST /v4/link/unlock", {"link": "x"}) == "NO_SERVER"
        assert (await client.ask("GET /v4/user"))["user"]["isPremium"]


@pytest.mark.parametrize(("status", "retry_after"), [(429, None), (503, 3)])
async def test_too_many_calls_are_turned_away_without_an_envelope(
    status: int, retry_after: int | None
) -> None:
    clock = ManualClock()
    limit = RateLimit(status=status, retry_after=retry_after)
    async with account(AllDebrid(clock=clock, rate_limit=limit)) as (_, client):
        statuses = [(await client.raw("GET /v4/ping"))[0] for _ in range(13)]
        clock.advance(2)
        again = (await client.raw("GET /v4/ping"))[0]
        for _ in range(100):
            clock.advance(0.1)
            statuses.append((await client.raw("GET /v4/ping"))[0])

        assert statuses[:13] == [200] * 12 + [status]
        assert again == 200
        assert limit.refused == 1


async def test_too_many_calls_in_a_minute_are_turned_away_too() -> None:
    clock = ManualClock()
    limit = RateLimit(per_minute=20)
    async with account(AllDebrid(clock=clock, rate_limit=limit)) as (_, client):
        for _ in range(21):
            clock.advance(0.5)
            status, _body = await client.raw("GET /v4/ping")

        assert (status, limit.refused) == (429, 1)


# Uploading


async def test_cached_content_is_ready_with_its_name_at_once() -> None:
    async with account() as (ad, client):
        ad.knows(SHOW)

        uploaded = await client.upload(SHOW.magnet(upper=True))

        assert (uploaded["ready"], uploaded["hash"]) == (True, SHOW.infohash)
        assert (uploaded["name"], uploaded["size"]) == (SHOW.name, SHOW.size)


async def test_an_unknown_magnet_has_no_name_yet() -> None:
    async with account() as (_, client):
        uploaded = await client.upload(SINTEL.infohash.upper())

        assert (uploaded["ready"], uploaded["name"], uploaded["size"]) == (False, "noname", 0)


@pytest.mark.parametrize("field", ["files[]", "files[0]"])
async def test_a_torrent_file_brings_its_name(field: str) -> None:
    async with account() as (_, client):
        uploaded = await client.upload_file(SHOW.torrent, field)

        assert (uploaded["ready"], uploaded["hash"]) == (False, SHOW.infohash)
        assert (uploaded["name"], uploaded["size"]) == (SHOW.name, SHOW.size)


@pytest.mark.parametrize("magnet", ["deadbeef", "magnet:?dn=x", SINTEL.magnet(base32=True)])
async def test_one_bad_magnet_fails_inside_of_a_success(magnet: str) -> None:
    async with account() as (ad, client):
        form = [("magnets[]", magnet), ("magnets[]", SINTEL.magnet())]

        bad, good = (await client.ask(UPLOAD, form))["magnets"]

        assert bad["error"]["code"] == "MAGNET_INVALID_URI"
        assert magnet in bad["error"]["message"]
        assert good["hash"] == SINTEL.infohash
        assert len(ad.items()) == 1


async def test_what_is_not_given_as_a_list_is_not_given() -> None:
    async with account() as (_, client):
        assert await client.code(UPLOAD, {"magnets": SINTEL.magnet()}) == "MAGNET_NO_URI"
        assert await client.code("POST /v4/magnet/upload/file", {"files[]": "x"}) == "MAGNET_INVALID_FILE"
        assert (await client.upload_file(b"no torrent"))["error"]["code"] == "MAGNET_INVALID_FILE"


async def test_a_torrent_that_is_there_already_is_handed_back_whatever_its_state() -> None:
    async with account() as (ad, client):
        ad.knows(SINTEL)
        first = await client.upload(SINTEL)
        again = await client.upload_file(SINTEL.torrent)
        ad.advance(SINTEL.infohash, EXPIRED)
        expired = await client.upload(SINTEL)

        assert first["id"] == again["id"] == expired["id"]
        assert (again["ready"], expired["ready"]) == (True, False)


async def test_slots_are_full_for_one_magnet_the_account_for_the_whole_call() -> None:
    async with account(AllDebrid("manual", slots=1, most=2)) as (ad, client):
        ad.magnets.largest = SHOW.size - 1
        huge = (await client.upload_file(SHOW.torrent))["error"]["code"]
        ad.magnets.largest = SHOW.size
        await client.upload(SINTEL)
        no_slot = (await client.upload(SHOW))["error"]["code"]
        ad.advance(SINTEL.infohash, 15)
        await client.upload(SHOW)

        assert (huge, no_slot) == ("MAGNET_TOO_LARGE", "MAGNET_TOO_MANY_ACTIVE")
        assert await client.code(UPLOAD, {"magnets[]": "a" * 40}) == "MAGNET_TOO_MANY"


async def test_a_refused_torrent_fails_by_itself() -> None:
    async with account() as (ad, client):
        ad.refuses(SINTEL.infohash)

        assert (await client.upload(SINTEL))["error"]["code"] == "MAGNET_UPLOAD_FAILED"
        assert (await client.upload_file(SINTEL.torrent))["error"]["code"] == "MAGNET_UPLOAD_FAILED"
        assert "error" not in await client.upload(SHOW)


# On the way


async def test_uncached_content_takes_a_step_at_every_look() -> None:
    async with account() as (ad, client):
        ad.knows(SINTEL, cached=False)
        remote_id = (await client.upload(SINTEL))["id"]

        seen = [await client.one(remote_id) for _ in range(8)]

        assert [magnet["statusCode"] for magnet in seen] == [1, 1, 1, 1, 1, 2, 3, READY]
        assert seen[2]["downloaded"] == int(SINTEL.size * 0.37)
        assert seen[2]["downloadSpeed"] > 0
        assert "downloaded" not in seen[-1]
        assert "seeders" not in seen[-1]


@pytest.mark.parametrize(
    ("profile", "seconds", "code"),
    [("unseeded", 20 * 60, 7), ("stuck", 72 * 3600, 10), ("dead", 60, 15), ("internal", 0, 9)],
)
async def test_what_cannot_be_had_is_given_up_in_time(profile: str, seconds: float, code: int) -> None:
    clock = ManualClock()
    async with account(AllDebrid("timed", clock=clock)) as (ad, client):
        ad.knows(SINTEL, profile=profile)  # type: ignore[arg-type]
        remote_id = (await client.upload(SINTEL))["id"]
        clock.advance(seconds - 1)
        before = (await client.one(remote_id))["statusCode"]
        clock.advance(8)

        assert before in (0, 1)
        assert (await client.one(remote_id))["statusCode"] == code


async def test_nothing_moves_by_itself_when_it_is_moved_by_hand() -> None:
    async with account(AllDebrid("manual")) as (ad, client):
        ad.knows(SINTEL)
        uploaded = await client.upload(SINTEL)
        before = await client.one(uploaded["id"])
        ad.advance(SINTEL.infohash)

        assert (uploaded["ready"], before["statusCode"]) == (False, 0)
        assert (await client.one(uploaded["id"]))["statusCode"] == READY


async def test_a_torrent_can_vanish() -> None:
    async with account() as (ad, client):
        ad.knows(SINTEL, profile="removed")
        remote_id = (await client.upload(SINTEL))["id"]

        assert await client.code(STATUS, {"id": str(remote_id)}) == "MAGNET_INVALID_ID"
        assert await client.listed() == []


async def test_lists_can_be_narrowed_down() -> None:
    async with account(AllDebrid("manual")) as (ad, client):
        codes = {"active": 1, "ready": READY, "expired": EXPIRED, "error": 7}
        for number, code in enumerate(codes.values()):
            release = Release(f"{number}.mkv", {f"{number}.mkv": 1000})
            ad.knows(release)
            await client.upload(release)
            ad.advance(release.infohash, code)

        narrowed = {status: [m["statusCode"] for m in await client.listed(status=status)] for status in codes}

        assert narrowed == {status: [code] for status, code in codes.items()}
        assert len(await client.listed()) == 4


async def test_one_magnet_is_shown_with_its_files_once_it_is_ready() -> None:
    async with account() as (ad, client):
        ad.knows(SINTEL)
        remote_id = (await client.upload(SINTEL))["id"]

        shown = await client.one(remote_id)
        ad.habits.one_as = "array"
        in_array = await client.one(remote_id)
        ad.habits.one_as = "map"
        in_map = await client.one(remote_id)

        assert shown["files"] == await client.tree(remote_id)
        assert in_array == [shown]  # type: ignore[comparison-overlap]
        assert in_map == {str(remote_id): shown}
        assert "files" not in (await client.listed())[0]


async def test_live_mode_tells_what_has_changed_to_those_who_keep_step() -> None:
    async with account(AllDebrid("manual")) as (ad, client):
        ad.knows(SINTEL)
        sintel, show = await client.upload(SINTEL), await client.upload(SHOW)

        async def live(counter: int) -> dict[str, object]:
            return await client.ask(STATUS, {"session": "7", "counter": str(counter)})

        full, nothing = await live(0), await live(1)
        ad.advance(SINTEL.infohash, 1, seeders=2)
        ad.deletes(SHOW.infohash)
        changed, repeated = await live(2), await live(2)

        assert (full["fullsync"], full["counter"], len(full["magnets"])) == (True, 1, 2)  # type: ignore[arg-type]
        assert nothing == {"magnets": [], "counter": 2, "fullsync": False}
        [moved, gone] = changed["magnets"]  # type: ignore[misc]
        assert (moved["id"], moved["statusCode"], "hash" in moved) == (sintel["id"], 1, False)  # type: ignore[has-type]
        assert gone == {"id": show["id"], "deleted": True}  # type: ignore[has-type]
        assert (repeated["fullsync"], repeated["counter"]) == (True, 1)


async def test_deleting_answers_once() -> None:
    async with account() as (ad, client):
        remote_id = str((await client.upload(SINTEL))["id"])

        await client.ask("POST /v4/magnet/delete", {"id": remote_id})

        assert await client.code("POST /v4/magnet/delete", {"id": remote_id}) == "MAGNET_INVALID_ID"
        assert ad.items() == []


async def test_only_what_failed_can_be_restarted_and_not_twice_in_a_row() -> None:
    clock = ManualClock()
    async with account(AllDebrid("manual", clock=clock)) as (ad, client):
        form = {"id": str((await client.upload(SINTEL))["id"])}
        running = await client.code("POST /v4/magnet/restart", form)
        ad.advance(SINTEL.infohash, 9)
        await client.ask("POST /v4/magnet/restart", form)
        restarted = ad.items()[0].code
        ad.advance(SINTEL.infohash, 9)
        soon = await client.code("POST /v4/magnet/restart", form)
        clock.advance(61)
        several = await client.ask("POST /v4/magnet/restart", [("ids[]", form["id"]), ("ids[]", "1")])

        assert (running, restarted, soon) == ("MAGNET_PROCESSING", 0, "MAGNET_PROCESSING_COOLDOWN")
        assert [sorted(answer) for answer in several["magnets"]] == [
            ["magnet", "message"],
            ["error", "magnet"],
        ]


async def test_a_mount_shows_what_is_ready_until_it_is_deleted(tmp_path: Path) -> None:
    async with account() as (ad, client):
        Mount(tmp_path).attach(ad)
        ad.knows(SHOW)
        uploaded = await client.upload(SHOW)
        shown = shown_in(tmp_path)
        await client.ask("POST /v4/magnet/delete", {"id": str(uploaded["id"])})

        assert shown == {f"{SHOW.name}/{path}" for path in SHOW.files}
        assert shown_in(tmp_path) == set()


def test_the_command_line_wants_a_name_with_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--knows", "no-size"])

    assert "NAME:BYTES" in capsys.readouterr().err


async def test_the_command_line_serves_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "compat.emulators.alldebrid", "--knows", "sintel"]
    emulator = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert emulator.stdout
    async with asyncio.timeout(DEADLINE):
        lines = [(await emulator.stdout.readline()).decode().strip() for _ in range(3)]
        facts = dict(line.split("=", 1) for line in lines)
        headers = {"Authorization": f"Bearer {facts['token']}"}
        form = {"magnets[]": facts[f"magnet[{SINTEL.name}]"]}
        async with ClientSession(facts["url"], headers=headers) as http:
            uploaded = await (await http.post("v4/magnet/upload", data=form)).json()
        emulator.send_signal(signal.SIGTERM)
        code = await emulator.wait()

    assert uploaded["data"]["magnets"][0]["ready"]
    assert code == 0


def shown_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
