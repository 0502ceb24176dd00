"""What every Arr adapter tells of its Arr's root folders and download clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from compat.emulators.arr import Arr as Emulator
from compat.emulators.bench import Bench
from qbitproxy.core.faults import Denied
from qbitproxy.core.library_files import LibraryFolder
from qbitproxy.core.ports import Arr, ArrSpec, DownloadClient
from tests.arrs.ground import connected, emulator_of
from tests.compat.fake_qbittorrent import USERNAME, FakeQbittorrent


def a_client(**changes: Any) -> dict[str, Any]:
    """A download client as an Arr lists it."""
    fields = {"host": "qbit", "port": 8080, "useSsl": False, "tvCategory": "tv", "tvImportedCategory": "done"}
    given = {"name": "mine", "enable": True, "implementation": "QBittorrent", **changes}
    given["fields"] = [
        {"name": name, "value": value} for name, value in (fields | given.get("fields", {})).items()
    ]
    return given


async def listed(spec: ArrSpec, session: aiohttp.ClientSession, *clients: Any) -> list[DownloadClient]:
    """What is made of these download clients."""
    async with Bench() as service:
        service.fault("GET *downloadclient", status=200, body=list(clients))
        return await connected(spec, service, session, key="x").clients()


# Root folders


async def test_root_folders_are_told_in_both_spellings(
    spec: ArrSpec, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    sees = [("/data/media", tmp_path / "library")]
    async with emulator_of(spec)(tmp_path / "library", sees=sees) as service:
        arr = connected(spec, service, session, key=service.api_key, mappings={"/srv/media": "/data/media"})

        assert await arr.roots() == [LibraryFolder("/data/media", "/srv/media")]


async def test_the_slash_at_the_end_of_a_root_folder_is_left_out(
    spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    body = [{"path": "/tv/"}, {"path": "/"}, {"path": "C:\\tv\\"}, {"path": 5}]
    async with Bench() as service:
        service.fault("GET *rootfolder", status=200, body=body)

        roots = await connected(spec, service, session, key="x").roots()

    assert roots == [LibraryFolder("/tv", "/tv"), LibraryFolder("/", "/"), LibraryFolder("C:\\tv", "C:\\tv")]


async def test_folders_that_are_nobodys_are_told_where_the_arr_knows(
    spec: ArrSpec, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    sees = [("/data", tmp_path / "library")]
    async with emulator_of(spec)(tmp_path / "library", sees=sees) as service:
        for name in ("Known", "Nobody's"):
            (service.root / name).mkdir()
            (service.root / name / "1.mkv").touch()
        service.holds("Known", [service.root / "Known" / "1.mkv"])

        unmapped = await connected(
            spec, service, session, key=service.api_key, mappings={"/srv": "/data"}
        ).unmapped()

    tells = spec.name not in ("lidarr", "readarr")
    assert unmapped == [LibraryFolder("/data/Nobody's", "/srv/Nobody's")] * tells


async def test_a_root_folder_that_is_not_there_is_told_but_has_no_folders(
    service: Emulator, arr: Arr, tmp_path: Path
) -> None:
    service.root.rename(tmp_path / "away")

    assert [root.path for root in await arr.roots()] == [str(service.root)]
    assert await arr.unmapped() == []


# Download clients


async def test_a_client_is_told_by_its_address(service: Emulator, qbit: FakeQbittorrent, arr: Arr) -> None:
    [client] = await arr.clients()

    assert client == DownloadClient(url=qbit.address, username=USERNAME, category=service.flavour.category)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"urlBase": None}, "http://qbit:8080"),
        ({"urlBase": "/base/"}, "http://qbit:8080/base"),
        ({"useSsl": True, "port": 443}, "https://qbit:443"),
        ({"host": "fd00::5"}, "http://[fd00::5]:8080"),
    ],
)
async def test_an_address_is_put_together(
    spec: ArrSpec, session: aiohttp.ClientSession, fields: dict[str, Any], url: str
) -> None:
    [client] = await listed(spec, session, a_client(fields=fields))

    assert client.url == url


@pytest.mark.parametrize(
    "changes",
    [
        {"implementation": "Transmission"},
        {"enable": False},
        {"fields": {"host": ""}},
        {"fields": {"host": None}},
        {"fields": {"port": "eighty"}},
        {"fields": {"port": None}},
    ],
    ids=str,
)
async def test_what_is_no_qbittorrent_in_use_is_left_out(
    spec: ArrSpec, session: aiohttp.ClientSession, changes: dict[str, Any]
) -> None:
    clients = await listed(spec, session, a_client(**changes), {"id": "odd", "enable": "odd"}, a_client())

    assert [client.url for client in clients] == ["http://qbit:8080"]


async def test_a_wrong_key_is_denied(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession
) -> None:
    stranger = connected(spec, service, session, key="wrong-fake-key")

    for verb in (stranger.roots(), stranger.unmapped(), stranger.clients()):
        with pytest.raises(Denied):
            await verb
