"""The emulated Arrs talk to a qBittorrent the way the real ones do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from compat.content import SHOW, SINTEL
from compat.emulators.arr import Arr
from compat.emulators.arr_client import ClientFault
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_torrent import read_version
from compat.emulators.arr_wire import basic, cookies_of
from compat.emulators.bench import ManualClock
from compat.emulators.lidarr import Lidarr
from compat.emulators.readarr import Readarr
from compat.emulators.sonarr import (
    SONARR_V3,
    SONARR_V4,
    SONARR_V4_COOKIE_ONLY,
    SONARR_V4_EXACT_OK,
    Sonarr,
)
from compat.emulators.whisparr import Whisparr
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent, routes

PROBE, VERSION = "GET app/webapiVersion", "GET app/webapiVersion"
LOGIN = "POST auth/login"


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        yield qbit


@pytest.fixture
async def sonarr(tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        yield sonarr


async def test_the_test_button_holds_its_conversation_in_order(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, post_import_category="done", priority_first=True)

    assert await sonarr.test_client() == []

    assert routes(qbit.requests) == [
        PROBE, LOGIN, VERSION, VERSION, "GET app/preferences",
        PROBE, VERSION, VERSION, "GET torrents/categories",
        "POST torrents/createCategory", "GET torrents/categories",
        "POST torrents/createCategory", "GET torrents/categories",
        "GET app/preferences", "GET torrents/info",
    ]  # fmt: skip
    assert qbit.told("createCategory") == [{"category": "tv-sonarr"}, {"category": "done"}]
    assert qbit.requests[-1].query == {"category": "tv-sonarr"}


async def test_requests_look_like_those_of_the_program(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.test_client()

    for request in qbit.requests:
        assert request.headers["User-Agent"] == "Sonarr/4.0.18.2978 (ubuntu 22.04)"
        assert request.headers["Authorization"] == basic(USERNAME, PASSWORD)
        assert not {"Referer", "Origin", "Accept"} & set(request.headers)
    probe, login, version = qbit.requests[:3]
    assert "Cookie" not in probe.headers
    assert "Cookie" not in login.headers
    assert version.headers["Cookie"] == "SID=fakeSid1"


@pytest.mark.parametrize(
    ("setting", "change"),
    [
        ("username", {"login_answer": "Fails."}),
        ("host", {"version": "v4.6.7"}),
        ("host", {"version": "1.4"}),
        ("", {"preferences": {"max_ratio_enabled": True, "max_ratio_act": 3, "dht": True}}),
        ("", {"rows": {"x": {"hash": "x", "category": "tv-sonarr"}}}),
        ("priority", {"preferences": {"queueing_enabled": False}}),
    ],
)
async def test_the_test_button_finds_what_is_wrong(
    qbit: FakeQbittorrent, sonarr: Sonarr, setting: str, change: dict[str, Any]
) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, priority_first=True)
    for name, value in change.items():
        setattr(qbit, name, value)

    failures = await sonarr.test_client()

    assert [(failure.setting, failure.is_warning) for failure in failures] == [(setting, False)]


async def test_a_category_that_is_not_kept_fails_the_test(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    qbit.fault("POST /torrents/createCategory", status=200)

    assert [failure.message for failure in await sonarr.test_client()] == ["Configuration of label failed"]


async def test_no_category_is_only_a_warning(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, category="")

    assert [failure.is_warning for failure in await sonarr.test_client()] == [True]
    assert qbit.requests[-1].query == {}


async def test_an_empty_login_answer_is_enough_for_newer_releases(
    qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    qbit.login_answer = ""
    verdicts = {}
    for number, flavour in enumerate((SONARR_V4, SONARR_V4_COOKIE_ONLY, SONARR_V4_EXACT_OK, SONARR_V3)):
        async with Sonarr(tmp_path / str(number), flavour) as sonarr:
            sonarr.uses(qbit.address, USERNAME, PASSWORD)
            verdicts[sonarr.flavour.version] = await sonarr.test_client() == []

    assert verdicts == {"4.0.18.2978": True, "4.0.17.2967": True, "4.0.16.2941": False, "3.0.10.1567": False}


@pytest.mark.parametrize("kind", [Lidarr, Readarr, Whisparr])
async def test_older_relatives_need_the_exact_login_answer(
    qbit: FakeQbittorrent, tmp_path: Path, kind: type[Lidarr] | type[Readarr] | type[Whisparr]
) -> None:
    qbit.login_answer = ""
    async with kind(tmp_path / "library") as arr:
        arr.uses(qbit.address, USERNAME, PASSWORD)

        assert [failure.setting for failure in await arr.test_client()] == ["username"]


async def test_the_release_with_the_cookie_alone_never_sends_basic(
    qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    async with Sonarr(tmp_path / "library", SONARR_V4_COOKIE_ONLY) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.poll()

    assert not [request for request in qbit.requests if "Authorization" in request.headers]


async def test_an_api_key_replaces_the_login(tmp_path: Path) -> None:
    async with FakeQbittorrent(tmp_path, open_to_all=True) as qbit, Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, api_key="fake-web-api-key")

        await sonarr.poll()

        assert qbit.calls("POST /auth/login") == 0
        assert {request.headers["Authorization"] for request in qbit.requests} == {"Bearer fake-web-api-key"}


async def test_a_lost_session_leads_to_one_new_login(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.poll()
    qbit.sid = "fakeSid2"

    await sonarr.poll()

    assert qbit.calls("POST /auth/login") == 2


async def test_a_second_403_is_an_error(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    qbit.fault("GET /app/preferences", status=403, times=2)

    with pytest.raises(ClientFault, match="preferences answered 403"):
        await sonarr.poll()

    assert qbit.calls("POST /auth/login") == 2


async def test_401_leads_to_no_login(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.poll()
    qbit.fault("GET /app/preferences", status=401)

    with pytest.raises(ClientFault):
        await sonarr.poll()

    assert qbit.calls("POST /auth/login") == 1


async def test_redirects_are_read_instead_of_followed(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    elsewhere = {"Location": f"{qbit.url}torrents/info"}
    qbit.fault("GET /torrents/info", status=302, headers=elsewhere, body="<html></html>")

    with pytest.raises(ClientFault, match="not JSON"):
        await sonarr.poll()

    assert qbit.calls("GET /torrents/info") == 1


async def test_the_choice_of_api_lasts_ten_minutes(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    clock = ManualClock()
    async with Sonarr(tmp_path / "library", clock=clock) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        seen = []
        for pause in (0, 599, 2):
            clock.advance(pause)
            qbit.requests.clear()
            await sonarr.poll()
            seen.append(routes(qbit.requests))

    usual = [VERSION, "GET app/preferences", "GET torrents/info"]
    assert seen == [[PROBE, LOGIN, VERSION, *usual], usual, [PROBE, VERSION, *usual]]


@pytest.mark.parametrize(
    "change",
    [
        {"hash": None},
        {"name": None},
        {"size": "1000"},
        {"size": 1.5},
        {"size": 2**63},
        {"seeding_time": 1e3},
        {"progress": "1"},
        {"state": 3},
        {"eta": True},
    ],
)
async def test_one_odd_torrent_spoils_the_whole_poll(
    qbit: FakeQbittorrent, sonarr: Sonarr, change: dict[str, object]
) -> None:
    await sonarr.grab(SINTEL)
    await sonarr.grab(SHOW)
    qbit.rows[SINTEL.infohash] |= change

    with pytest.raises(ClientFault, match="Unable to read"):
        await sonarr.poll()

    assert sonarr.queue == []


async def test_nulls_and_foreign_members_are_no_trouble(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)
    row = qbit.rows[SINTEL.infohash]
    qbit.rows[SINTEL.infohash] = {key.upper(): value for key, value in row.items()} | {
        "category": "tv-sonarr", "ratio": None, "new_thing": {},
    }  # fmt: skip

    await sonarr.poll()

    assert [(one.download_id, one.status) for one in sonarr.queue] == [
        (SINTEL.infohash.upper(), "downloading")
    ]


@pytest.mark.parametrize(
    ("state", "sonarr_says", "readarr_says"),
    [
        ("error", "warning", "warning"),
        ("missingFiles", "warning", "warning"),
        ("stalledDL", "warning", "warning"),
        ("metaDL", "queued", "queued"),
        ("forcedMetaDL", "queued", "downloading"),
        ("checkingResumeData", "queued", "queued"),
        ("pausedDL", "paused", "paused"),
        ("stoppedDL", "paused", "downloading"),
        ("moving", "downloading", "downloading"),
        ("stalledUP", "completed", "completed"),
        ("pausedUP", "completed", "completed"),
        ("stoppedUP", "completed", "downloading"),
        ("allocating", "downloading", "downloading"),
    ],
)
async def test_states_mean_what_each_program_takes_them_for(
    qbit: FakeQbittorrent, tmp_path: Path, state: str, sonarr_says: str, readarr_says: str
) -> None:
    said: dict[str, str] = {}
    arrs: list[Arr] = [Sonarr(tmp_path / "tv"), Readarr(tmp_path / "books")]
    for arr in arrs:
        async with arr:
            arr.uses(qbit.address, USERNAME, PASSWORD, category="shared")
            await arr.grab(SINTEL)
            qbit.rows[SINTEL.infohash] |= {"state": state, "content_path": "/nowhere/at/all"}
            await arr.poll()
            said[arr.flavour.name] = arr.queue[0].status

    assert said == {"Sonarr": sonarr_says, "Readarr": readarr_says}


async def test_metadata_without_dht_is_a_warning(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)
    qbit.preferences["dht"] = False
    qbit.rows[SINTEL.infohash]["state"] = "metaDL"

    await sonarr.poll()

    assert sonarr.queue[0].status == "warning"


async def test_a_failing_client_is_left_alone_after_five_minutes(
    qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    clock = ManualClock()
    fault = qbit.fault("GET /torrents/info", status=500, times=None)
    async with Sonarr(tmp_path / "library", clock=clock) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        for pause in (0, 300, 59):
            clock.advance(pause)
            with pytest.raises(ClientFault):
                await sonarr.poll()
        asked_while_disabled = qbit.calls("GET /torrents/info")
        fault.lift()
        clock.advance(2)

        await sonarr.poll()

    assert asked_while_disabled == 2
    assert qbit.calls("GET /torrents/info") == 3


def test_versions_may_stand_between_spaces() -> None:
    assert read_version(" 2.9.3\n") == (2, 9, 3)


def test_cookies_are_cut_at_the_first_signs() -> None:
    assert cookies_of(["SID=a=b; path=/", "QBT_SID_8080=c"]) == {"SID": "a=b", "QBT_SID_8080": "c"}


def test_secrets_stay_out_of_every_repr(tmp_path: Path) -> None:
    sonarr = Sonarr(tmp_path / "library")
    sonarr.uses("http://127.0.0.1:1", "someone", "fake-password")

    assert "fake-password" not in repr(sonarr.settings)
    assert "tracker.example" not in repr(Offer.of(SINTEL))
