"""The emulated Arrs send releases to a qBittorrent the way the real ones do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from compat.content import ALBUM, SHOW, SINTEL, Release
from compat.emulators.arr import GrabRefused
from compat.emulators.arr_flavour import InitialState
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_torrent import OddReply, read_version
from compat.emulators.arr_wire import cookies_of, encoded_form
from compat.emulators.radarr import RADARR_V5, Radarr
from compat.emulators.readarr import Readarr
from compat.emulators.sonarr import SONARR_V5, Sonarr
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent, routes

MANY_TRACKERS = Release("Crowded.mkv", {"Crowded.mkv": 10}, trackers=("http://t.example/" + "x" * 1100,))


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        yield qbit


@pytest.fixture
async def sonarr(tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        yield sonarr


async def test_an_api_key_is_refused_where_none_is_known(tmp_path: Path) -> None:
    async with Radarr(tmp_path / "library", RADARR_V5) as radarr:
        with pytest.raises(ValueError, match="does not take this API key"):
            radarr.uses("http://127.0.0.1:1", api_key="fake-web-api-key")


@pytest.mark.parametrize("as_", ["magnet", "torrent"])
async def test_a_grab_is_sent_field_by_field(qbit: FakeQbittorrent, sonarr: Sonarr, as_: Any) -> None:
    sonarr.uses(
        qbit.address, USERNAME, PASSWORD,
        sequential=True, first_last=True, content_layout="Original", ratio_limit=1.5, seeding_time_limit=90,
    )  # fmt: skip

    await sonarr.grab(SINTEL, as_=as_)

    add = sonarr.sent[-1]
    assert add.path == "torrents/add"
    assert add.names == [
        "urls" if as_ == "magnet" else "torrents",
        "category", "paused", "sequentialDownload", "firstLastPiecePrio", "contentLayout",
        "ratioLimit", "seedingTimeLimit",
    ]  # fmt: skip
    given = dict(add.fields)
    assert (given["paused"], given["sequentialDownload"], given["ratioLimit"]) == ("False", "True", "1.5")
    assert SINTEL.infohash in qbit.rows


async def test_a_short_magnet_goes_urlencoded(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)

    assert sonarr.sent[-1].content_type == "application/x-www-form-urlencoded"
    assert qbit.told("add")[0]["urls"] == SINTEL.magnet()


async def test_a_long_magnet_goes_multipart_under_a_boundary_of_dashes(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(MANY_TRACKERS)

    assert re.fullmatch(r"multipart/form-data; boundary=-{29}[0-9a-f]{14}", sonarr.sent[-1].content_type)
    assert b'name="urls"\r\n\r\nmagnet:' in qbit.requests[-1].body
    assert qbit.told("add")[0]["urls"] == MANY_TRACKERS.magnet()


async def test_a_torrent_file_keeps_its_semicolon(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    release = Release('Odd; "Name".mkv', {'Odd; "Name".mkv': 10})

    await sonarr.grab(release, as_="torrent")

    assert b'name="torrents"; filename="Odd; Name.mkv.torrent"' in qbit.requests[-1].body
    assert release.infohash in qbit.rows


async def test_newer_apis_are_asked_for_stopped(tmp_path: Path) -> None:
    sent = []
    async with FakeQbittorrent(tmp_path, version="2.11.4") as qbit:
        for kind in (Sonarr, Readarr):
            async with kind(tmp_path / "library") as arr:
                arr.uses(qbit.address, USERNAME, PASSWORD, initial_state=InitialState.STOP)
                await arr.grab(SINTEL)
                sent.append([arr.sent[-1].value("stopped"), arr.sent[-1].value("paused")])

    assert sent == [["True", None], [None, "True"]]


async def test_what_the_add_cannot_say_is_said_afterwards(tmp_path: Path) -> None:
    async with FakeQbittorrent(tmp_path, version="2.7") as qbit, Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(
            qbit.address, USERNAME, PASSWORD,
            ratio_limit=2.0, priority_first=True, initial_state=InitialState.FORCE_START,
        )  # fmt: skip
        await sonarr.grab(SINTEL)

        assert routes(qbit.requests)[-5:] == [
            "POST torrents/add", "GET torrents/properties", "POST torrents/setShareLimits",
            "POST torrents/topPrio", "POST torrents/setForceStart",
        ]  # fmt: skip
        assert set(qbit.told("add")[0]) == {"urls", "category"}
        limits = {"hashes": SINTEL.infohash, "ratioLimit": "2", "seedingTimeLimit": "-2"}
        assert qbit.told("setShareLimits") == [limits]
        assert qbit.told("setForceStart") == [{"hashes": SINTEL.infohash, "value": "true"}]


async def test_a_torrent_that_never_shows_up_is_looked_for_ten_times(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, priority_first=True)
    qbit.fault("GET /torrents/properties", status=404, times=None)

    await sonarr.grab(SINTEL)

    assert qbit.calls("GET /torrents/properties") == 10
    assert qbit.told("topPrio") == []


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"Fails."), (400, b""), (409, b""), (500, b""), (302, b"")]
)
async def test_a_refused_add_is_told(qbit: FakeQbittorrent, sonarr: Sonarr, status: int, body: bytes) -> None:
    qbit.fault("POST /torrents/add", status=status, body=body)

    with pytest.raises(GrabRefused) as refused:
        await sonarr.grab(SINTEL)

    assert not refused.value.waits
    assert (sonarr.history, sonarr.ledger.pending) == ([], [])


async def test_an_empty_answer_to_an_add_is_a_success(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    qbit.fault("POST /torrents/add", status=200, body=b"")

    await sonarr.grab(SINTEL)

    assert [row.event for row in sonarr.history] == ["grabbed"]


async def test_version_5_keeps_a_refused_release_pending(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    qbit.fault("POST /torrents/add", status=400)
    async with Sonarr(tmp_path / "library", SONARR_V5) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)

        with pytest.raises(GrabRefused):
            await sonarr.grab(SINTEL)

        assert [offer.title for offer in sonarr.ledger.pending] == [SINTEL.name]


async def test_a_failed_login_keeps_the_release_pending(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    sonarr.uses(qbit.address, USERNAME, "wrong")

    with pytest.raises(GrabRefused) as refused:
        await sonarr.grab(SINTEL)

    assert refused.value.waits
    assert [offer.title for offer in sonarr.ledger.pending] == [SINTEL.name]


async def test_a_magnet_without_trackers_needs_dht(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    qbit.preferences["dht"] = False

    with pytest.raises(GrabRefused, match="DHT"):
        await sonarr.grab(ALBUM)

    assert qbit.calls("POST /torrents/add") == 0


async def test_an_add_without_an_answer_ends(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    qbit.fault("POST /torrents/add", kind="hang")
    async with Sonarr(tmp_path / "library", timeout=0.2) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)

        with pytest.raises(GrabRefused, match="TimeoutError"):
            await sonarr.grab(SINTEL)


async def test_the_infohash_is_worked_out_without_the_client() -> None:
    hashes = {
        Offer.from_magnet(SINTEL.magnet(base32=True)).infohash,
        Offer.from_magnet(SINTEL.magnet(upper=True)).infohash,
        Offer.from_torrent(SINTEL.torrent).infohash,
    }

    assert hashes == {SINTEL.infohash.upper()}


def test_a_torrent_file_tells_its_files() -> None:
    assert Offer.from_torrent(SHOW.torrent).files == SHOW.files
    assert Offer.from_torrent(SINTEL.torrent).files == SINTEL.files


def test_v2_only_torrents_have_no_infohash_for_an_arr() -> None:
    release = Release("New.mkv", {"New.mkv": 10}, version="2")

    with pytest.raises(ValueError, match="no v1 infohash"):
        Offer.of(release)
    with pytest.raises(ValueError, match="no v1 infohash"):
        Offer.of(release, "torrent")


@pytest.mark.parametrize("text", ["2", "v2.9.3", "2.9.3.1.1", "", "<html>", "2.x"])
def test_odd_versions_are_refused(text: str) -> None:
    with pytest.raises(OddReply):
        read_version(text)


@pytest.mark.parametrize("value", ["a,b", "a b", 'a"b'])
def test_cookie_values_that_dotnet_refuses_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="refuses"):
        cookies_of([f"SID={value}; path=/"])


def test_forms_are_multipart_from_1025_bytes_on() -> None:
    kinds = [encoded_form([("urls", "x" * size)])[0].partition(";")[0] for size in (1024, 1025)]

    assert kinds == ["application/x-www-form-urlencoded", "multipart/form-data"]
