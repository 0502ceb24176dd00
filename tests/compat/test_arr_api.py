"""The emulated Arrs answer their REST API the way the real ones do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from compat.content import ALBUM, SHOW, SINTEL
from compat.emulators.arr import FAKE_API_KEY, Arr, GrabRefused
from compat.emulators.lidarr import Lidarr
from compat.emulators.readarr import Readarr
from compat.emulators.sonarr import SONARR_V5, Sonarr
from tests.compat.arr_caller import KEY, Caller
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(headers=KEY) as http:
        yield http


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        yield qbit


@pytest.fixture
async def sonarr(tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        yield sonarr


@pytest.fixture
def api(http: ClientSession, sonarr: Sonarr) -> Caller:
    return Caller(http, sonarr)


async def test_ping_needs_no_key(sonarr: Sonarr) -> None:
    async with ClientSession() as http, http.get(f"{sonarr.url}ping") as response:
        assert (response.status, await response.json()) == (200, {"status": "OK"})


@pytest.mark.parametrize("path", ["api", "api/v3/system/status", "api/v3/no/such/thing"])
async def test_without_a_key_everything_is_401_with_an_empty_body(sonarr: Sonarr, path: str) -> None:
    async with ClientSession() as http, http.get(sonarr.url + path) as response:
        assert (response.status, await response.read()) == (401, b"")


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {"X-Api-Key": FAKE_API_KEY}, 200),
        ("", {"Authorization": f"Bearer {FAKE_API_KEY}"}, 200),
        (f"?apikey={FAKE_API_KEY}", {}, 200),
        ("?apikey=wrong", {"X-Api-Key": FAKE_API_KEY}, 401),
        ("", {"X-Api-Key": "wrong"}, 401),
    ],
)
async def test_the_key_is_taken_in_three_ways(
    sonarr: Sonarr, query: str, headers: dict[str, str], status: int
) -> None:
    async with ClientSession() as http, http.get(f"{sonarr.url}api{query}", headers=headers) as response:
        assert response.status == status


async def test_an_arr_says_who_it_is(http: ClientSession, sonarr: Sonarr, api: Caller) -> None:
    async with http.get(f"{sonarr.url}api") as response:
        versions = await response.json()
        version_header = response.headers["X-Application-Version"]

    status = await api("GET", "system/status")

    assert versions == {"current": "v3", "deprecated": []}
    assert (status["appName"], status["version"], version_header) == ("Sonarr", "4.0.18.2978", "4.0.18.2978")


async def test_lidarr_knows_version_1_only(http: ClientSession, tmp_path: Path) -> None:
    async with Lidarr(tmp_path / "library") as lidarr:
        old, new = Caller(http, lidarr, "v1"), Caller(http, lidarr, "v3")
        await old("GET", "system/status")
        await new("GET", "system/status")

    assert (old.status, new.status) == (200, 404)


async def test_version_5_still_serves_version_3_as_deprecated(http: ClientSession, tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library", SONARR_V5) as sonarr:
        async with http.get(f"{sonarr.url}api/v3/health") as response:
            deprecation = response.headers.get("Deprecation")
        async with http.get(f"{sonarr.url}api/v5/health") as response:
            assert "Deprecation" not in response.headers

    assert deprecation == "true"


async def test_a_missing_url_base_is_a_307_that_keeps_the_method(http: ClientSession, tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library", url_base="/sonarr") as sonarr:
        async with http.post(f"{sonarr.origin}/api/v3/command?x=1", allow_redirects=False) as response:
            told = (response.status, response.headers["Location"])
        async with http.get(f"{sonarr.url}api/v3/system/status") as response:
            status = await response.json()

    assert told == (307, "/sonarr/api/v3/command?x=1")
    assert status["urlBase"] == "/sonarr"


async def test_a_season_pack_is_a_queue_record_for_each_episode(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    await sonarr.grab(SHOW)
    await sonarr.poll()

    queue = await api("GET", "queue?pageSize=2")
    rest = await api("GET", "queue?pageSize=2&page=9")

    assert (queue["totalRecords"], len(queue["records"]), rest["page"], len(rest["records"])) == (3, 2, 2, 1)
    records = queue["records"] + rest["records"]
    assert {record["downloadId"] for record in records} == {SHOW.infohash.upper()}
    assert len({record["id"] for record in records}) == len({record["episodeId"] for record in records}) == 3
    assert {(record["status"], record["trackedDownloadState"]) for record in records} == {
        ("downloading", "downloading")
    }
    assert records[0]["timeleft"] == "00:01:00"
    assert not [record for record in records if None in record.values()]


async def test_version_5_has_one_queue_record_for_a_pack(
    http: ClientSession, qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    async with Sonarr(tmp_path / "library", SONARR_V5) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.grab(SHOW)
        await sonarr.poll()
        api = Caller(http, sonarr, "v5")
        record = (await api("GET", "queue"))["records"][0]
        await api("DELETE", f"queue/{record['id']}")

    assert (record["episodeIds"], record["isFullSeason"], "episodeId" in record) == ([1, 2, 3], True, False)
    assert api.status == 204


async def test_unknown_downloads_are_hidden_unless_asked_for(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller, tmp_path: Path
) -> None:
    async with Sonarr(tmp_path / "other") as other:
        other.uses(qbit.address, USERNAME, PASSWORD)
        await other.grab(SINTEL)
    await sonarr.poll()

    hidden = await api("GET", "queue")
    shown = await api("GET", "queue?includeUnknownSeriesItems=true")
    status = await api("GET", "queue/status")

    assert (hidden["totalRecords"], shown["totalRecords"]) == (0, 1)
    assert (status["count"], status["unknownCount"], status["totalCount"]) == (0, 1, 1)


async def test_why_an_import_stopped_is_told(qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller) -> None:
    await sonarr.grab(SINTEL)
    qbit.show(SINTEL, content_path="/not/there")
    await sonarr.poll()

    record = (await api("GET", "queue/details?seriesId=1"))[0]

    assert (record["status"], record["trackedDownloadStatus"]) == ("completed", "warning")
    assert (record["trackedDownloadState"], record["outputPath"]) == ("importPending", "/not/there")
    messages = ["No files found are eligible for import in /not/there"]
    assert record["statusMessages"] == [{"title": SINTEL.name, "messages": messages}]


async def test_a_pending_release_has_no_download_id(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    sonarr.uses(qbit.address, USERNAME, "wrong")
    with pytest.raises(GrabRefused):
        await sonarr.grab(SINTEL)

    record = (await api("GET", "queue"))["records"][0]
    await api("DELETE", f"queue/{record['id']}")

    assert (record["status"], "downloadId" in record) == ("downloadClientUnavailable", False)
    assert sonarr.ledger.pending == []


@pytest.mark.parametrize(("kind", "dated"), [(Lidarr, True), (Readarr, False)])
async def test_neither_music_nor_books_are_told_with_a_language_nor_books_with_a_date(
    http: ClientSession, qbit: FakeQbittorrent, tmp_path: Path, kind: type[Lidarr | Readarr], dated: bool
) -> None:
    arr: Arr
    async with kind(tmp_path / "library") as arr:
        arr.uses(qbit.address, USERNAME, PASSWORD)
        api = Caller(http, arr, "v1")
        await arr.grab(ALBUM)
        await arr.poll()
        arr.uses(qbit.address, USERNAME, "wrong")
        with pytest.raises(GrabRefused):
            await arr.grab(SINTEL)

        queue = (await api("GET", "queue"))["records"]
        history = (await api("GET", "history"))["records"]

    assert sorted(record["status"] for record in queue) == ["downloadClientUnavailable", "downloading"]
    assert not any("languages" in record for record in queue + history)
    assert [("added" in record) for record in queue] == [dated, dated]


async def test_a_command_is_told_in_words_with_the_time_it_began(api: Caller) -> None:
    begun = await api("POST", "command", json={"name": "RefreshMonitoredDownloads"})
    told = await api("GET", "command/1")

    assert (begun["name"], begun["commandName"]) == (
        "RefreshMonitoredDownloads",
        "Refresh Monitored Downloads",
    )
    assert "stateChangeTime" not in begun
    assert told["stateChangeTime"] == told["started"]


async def test_deleting_one_episode_removes_the_whole_pack_from_the_client_first(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    await sonarr.grab(SHOW)
    await sonarr.poll()
    record = (await api("GET", "queue"))["records"][1]

    await api("DELETE", f"queue/{record['id']}?blocklist=true")

    assert api.status == 200
    assert qbit.told("delete") == [{"hashes": SHOW.infohash, "deleteFiles": "true"}]
    assert (await api("GET", "queue"))["totalRecords"] == 0
    assert [row["sourceTitle"] for row in (await api("GET", "blocklist"))["records"]] == [SHOW.name]
    assert sonarr.ledger.searches == [SHOW.name]


async def test_nothing_is_blocklisted_when_the_client_refuses_the_removal(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    await sonarr.grab(SINTEL)
    await sonarr.poll()
    record = (await api("GET", "queue"))["records"][0]
    qbit.fault("POST /torrents/delete", status=500)

    error = await api("DELETE", f"queue/{record['id']}?blocklist=true")

    assert (api.status, sonarr.blocklist, len(sonarr.queue)) == (500, [], 1)
    assert "Traceback" in error["description"]


async def test_many_queue_records_go_at_once(qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller) -> None:
    await sonarr.grab(SHOW)
    await sonarr.grab(SINTEL)
    await sonarr.poll()
    ids = [record["id"] for record in (await api("GET", "queue"))["records"]]

    await api("DELETE", "queue/bulk", json={"ids": [*ids, 1]})
    with_an_unknown_id = (api.status, len(sonarr.queue))
    done = await api("DELETE", "queue/bulk?skipRedownload=true&blocklist=true", json={"ids": ids})

    assert with_an_unknown_id == (404, 2)
    assert (api.status, done, len(qbit.told("delete")), sonarr.ledger.searches) == (200, {}, 2, [])


async def test_changing_the_category_lets_go_of_a_download(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    qbit.categories["done"] = {"name": "done", "savePath": ""}
    sonarr.uses(qbit.address, USERNAME, PASSWORD, post_import_category="done")
    await sonarr.grab(SINTEL)
    await sonarr.poll()
    record = (await api("GET", "queue"))["records"][0]

    await api("DELETE", f"queue/{record['id']}?removeFromClient=false&changeCategory=true")

    assert qbit.rows[SINTEL.infohash]["category"] == "done"
    assert sonarr.queue == []


@pytest.mark.parametrize("path", ["queue/1", "history/failed/99", "command/7", "downloadclient/9", "nothing"])
async def test_unknown_ids_are_404(api: Caller, path: str) -> None:
    method = {"queue/1": "DELETE", "history/failed/99": "POST"}.get(path, "GET")

    assert "message" in await api(method, path)
    assert api.status == 404


async def test_history_is_found_by_the_exact_download_id(sonarr: Sonarr, api: Caller) -> None:
    await sonarr.grab(SHOW)
    await sonarr.grab(SINTEL)

    upper = await api("GET", f"history?downloadId={SHOW.infohash.upper()}&eventType=1")
    lower = await api("GET", f"history?downloadId={SHOW.infohash}")
    newest = (await api("GET", "history?pageSize=1"))["records"][0]
    imports = await api("GET", "history?eventType=3")

    assert (upper["totalRecords"], lower["totalRecords"], imports["totalRecords"]) == (3, 0, 0)
    assert newest["eventType"] == "grabbed"
    assert newest["data"]["torrentInfoHash"] in (SHOW.infohash.upper(), SINTEL.infohash.upper())


async def test_failing_a_grab_does_not_touch_the_client(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    await sonarr.grab(SHOW)
    grabbed = (await api("GET", "history?eventType=1"))["records"][0]["id"]

    await api("POST", f"history/failed/{grabbed}")
    failed = (await api("GET", "history?eventType=4"))["records"]
    await api("POST", f"history/failed/{failed[0]['id']}")

    assert (len(failed), api.status) == (3, 500)
    assert [record.title for record in sonarr.blocklist] == [SHOW.name]
    assert qbit.told("delete") == []


async def test_faults_strike_the_api_of_an_arr_too(sonarr: Sonarr, api: Caller) -> None:
    sonarr.fault("GET /api/v3/health", status=503)

    await api("GET", "health")

    assert (api.status, sonarr.calls("GET /api/v3/health")) == (503, 1)
