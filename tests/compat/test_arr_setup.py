"""The emulated Arrs take settings and orders through their API the way the real ones do."""

import sys
from asyncio import StreamReader, create_subprocess_exec, timeout
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from signal import SIGINT
from typing import Any

import pytest
from aiohttp import ClientSession

from compat.content import SHOW, SINTEL
from compat.emulators.radarr import Radarr
from compat.emulators.sonarr import Sonarr
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


async def test_a_refresh_command_polls_in_the_background(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL)

    command = await api("POST", "command", json={"name": "refreshMonitoredDownloads"})
    begun = api.status
    async with timeout(5):
        while (await api("GET", f"command/{command['id']}"))["status"] != "completed":
            pass

    assert (begun, command["name"], command["trigger"]) == (201, "RefreshMonitoredDownloads", "manual")
    assert len(sonarr.imported) == 1


async def test_an_equal_command_is_not_begun_twice(qbit: FakeQbittorrent, api: Caller) -> None:
    qbit.fault("GET /torrents/info", kind="hang")

    first = await api("POST", "command", json={"name": "RefreshMonitoredDownloads"})
    second = await api("POST", "command", json={"name": "RefreshMonitoredDownloads"})
    other = await api("POST", "command", json={"name": "RssSync"})

    assert (first["id"], second["id"], other["id"]) == (1, 1, 2)


async def test_an_unknown_command_is_500(api: Caller) -> None:
    await api("POST", "command", json={"name": "MoviesSearch"})

    assert api.status == 500


async def test_bodies_that_are_no_json_are_400_or_415(api: Caller) -> None:
    statuses = []
    for data, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")):
        await api("POST", "command", data=data, headers={"Content-Type": kind})
        statuses.append(api.status)

    assert statuses == [400, 400, 415]


async def test_media_files_are_those_the_arr_sees(
    http: ClientSession, qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    SHOW.write(qbit.downloads / SHOW.name)
    (qbit.downloads / SHOW.name / "broken.mkv").symlink_to("/nowhere/x.mkv")
    async with Sonarr(tmp_path / "library", sees=[("/data", qbit.downloads)]) as sonarr:
        api = Caller(http, sonarr)
        listed = await api("GET", "filesystem/mediafiles", params={"path": f"/data/{SHOW.name}"})
        unseen = await api("GET", "filesystem/mediafiles", params={"path": str(qbit.downloads)})
        types = [
            (await api("GET", "filesystem/type", params={"path": f"/data/{SHOW.name}{path}"}))["type"]
            for path in ("", "/Caminandes.S01.nfo", "/nothing.mkv")
        ]

    assert {one["relativePath"] for one in listed} == {
        name for name in SHOW.files if name.endswith(".mkv")
    } | {"broken.mkv"}
    assert listed[0] == {
        "path": f"/data/{SHOW.name}/{listed[0]['relativePath']}",
        "relativePath": listed[0]["relativePath"],
        "name": Path(listed[0]["relativePath"]).name,
    }
    assert unseen == []
    assert types == ["folder", "file", "folder"]


async def test_radarr_registers_a_client_that_it_has_tested(
    http: ClientSession, qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    async with Radarr(tmp_path / "library") as radarr:
        api = Caller(http, radarr)
        client = (await api("GET", "downloadclient/schema"))[0]
        values = {"host": "127.0.0.1", "port": int(qbit.origin.rpartition(":")[2]), "username": USERNAME}
        client |= {"name": "fake", "fields": _filled(client, values | {"password": "wrong"})}
        failures = await api("POST", "downloadclient", json=client)
        refused = api.status
        client["fields"] = _filled(client, values | {"password": PASSWORD})
        created = await api("POST", "downloadclient", json=client)
        accepted = api.status
        await api("PUT", "downloadclient/1", json=created | {"removeCompletedDownloads": False})
        await api("POST", "downloadclient", json=client)

        assert (refused, [failure["propertyName"] for failure in failures]) == (400, ["username"])
        assert (accepted, created["id"], api.status) == (201, 1, 400)
        assert {"movieCategory": "radarr", "password": "********"}.items() <= {
            field["name"]: field["value"] for field in created["fields"]
        }.items()
        assert radarr.settings is not None
        assert (radarr.settings.password, radarr.settings.remove_completed) == (PASSWORD, False)
        assert "radarr" in qbit.categories


async def test_a_client_without_category_needs_force(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, category="")
    client = (await api("GET", "downloadclient"))[0]
    statuses = []
    for path in ("downloadclient/test", "downloadclient/test?forceTest=true"):
        await api("POST", path, json=client)
        statuses.append(api.status)

    assert statuses == [400, 200]


async def test_path_mappings_are_checked_then_used(sonarr: Sonarr, api: Caller, tmp_path: Path) -> None:
    mapping = {"host": "127.0.0.1", "remotePath": "/mnt/rd/", "localPath": str(tmp_path)}
    statuses = []
    for body in (mapping | {"localPath": "/not/there"}, mapping | {"remotePath": ""}, mapping, mapping):
        await api("POST", "remotepathmapping", json=body)
        statuses.append(api.status)

    assert statuses == [400, 400, 201, 500]
    assert await api("GET", "remotepathmapping") == [mapping | {"id": 1}]
    assert sonarr.view.mapped("127.0.0.1", "/mnt/rd/x") == str(tmp_path / "x")


async def test_root_folders_are_told(sonarr: Sonarr, api: Caller) -> None:
    folder = (await api("GET", "rootfolder"))[0]

    assert (folder["path"], folder["accessible"]) == (str(sonarr.root), True)


async def test_without_completed_handling_nothing_is_imported(
    qbit: FakeQbittorrent, sonarr: Sonarr, api: Caller
) -> None:
    configuration = await api("GET", "config/downloadclient")
    await api(
        "PUT", "config/downloadclient/1", json=configuration | {"enableCompletedDownloadHandling": False}
    )
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL)

    await sonarr.poll()

    assert (api.status, sonarr.imported, sonarr.queue[0].status) == (202, [], "completed")


async def test_health_is_what_the_last_check_found(sonarr: Sonarr, api: Caller) -> None:
    before = await api("GET", "health")
    await sonarr.check_health()

    after = await api("GET", "health")

    assert before == []
    assert [(entry["source"], entry["type"]) for entry in after] == [("RemotePathMappingCheck", "error")]


async def test_the_command_line_runs_a_whole_import(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    torrent = tmp_path / "sintel.torrent"
    torrent.write_bytes(SINTEL.torrent)
    arguments = ["-m", "compat.emulators.sonarr", "--library", str(tmp_path / "library")]
    arguments += ["--client-url", qbit.address, "--username", USERNAME, "--password", PASSWORD]
    arguments += ["--category", "tv", "--poll-every", "0.05", "--grab", str(torrent)]
    process = await create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    assert process.stdout
    try:
        async with timeout(20):
            await _line(process.stdout, "grabbed")
            qbit.finish(SINTEL)
            imported = await _line(process.stdout, "imported")
            await _line(process.stdout, "removed")
    finally:
        process.send_signal(SIGINT)
        code = await process.wait()

    assert imported.endswith(SINTEL.name)
    assert code == 0


def _filled(client: dict[str, Any], values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**field, "value": values.get(field["name"], field["value"])} for field in client["fields"]]


async def _line(stdout: StreamReader, beginning: str) -> str:
    async for line in stdout:
        if line.decode().startswith(beginning):
            return line.decode().strip()
    raise AssertionError(f"no line begins with {beginning!r}")
