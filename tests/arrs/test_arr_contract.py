"""What every Arr adapter promises, whichever Arr it speaks to."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import ALBUM, SHOW, SINTEL
from compat.emulators import sonarr as sonarr_releases
from compat.emulators.arr import Arr as Emulator
from compat.emulators.bench import Bench
from qbitproxy.arrs import ARRS
from qbitproxy.arrs.servarr import fault
from qbitproxy.arrs.sight import spelled
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Unreachable
from qbitproxy.core.ports import Arr, ArrSpec
from qbitproxy.settings import ArrKind
from tests.arrs.ground import connected, emulator_of
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent
from tests.support import DEADLINE

CLIENT = {"name": "ours", "fields": [{"name": "tvCategory", "value": "tv"}]}


async def until(fact: Any) -> None:
    """Wait for something that happens in the background."""
    async with asyncio.timeout(DEADLINE):
        while not fact():
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.005, turn.set_result, None)
            await turn


def test_every_arr_of_the_settings_is_known() -> None:
    assert {name: spec.default_category for name, spec in ARRS.items()} == {
        str(kind): kind.usual_category for kind in ArrKind
    }


# Proof


async def test_ping_names_program_and_version(spec: ArrSpec, service: Emulator, arr: Arr) -> None:
    status = await arr.ping()

    assert (status.app, status.version) == (spec.title, service.flavour.version)


async def test_wrong_key_is_denied_and_not_shown(
    spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession
) -> None:
    stranger = connected(spec, service, session, key="wrong-fake-key")

    rejected, unseen = stranger.reject("a" * 40, "x"), stranger.unseen(["/x"], [])
    for verb in (stranger.ping(), stranger.refresh(), rejected, unseen):
        with pytest.raises(Denied) as caught:
            await verb
        assert "wrong-fake-key" not in f"{caught.value} {caught.value!r}"


async def test_url_base_may_be_given_or_left_out(
    spec: ArrSpec, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with emulator_of(spec)(tmp_path / "library", url_base="/mine") as service:
        for url in (service.url, service.url.rstrip("/"), service.origin, f"{service.origin}/"):
            arr = connected(spec, service, session, key=service.api_key, url=url)
            assert (await arr.ping()).app == spec.title
            await arr.refresh()


@pytest.mark.parametrize(("kind", "other"), [("sonarr", "Radarr"), ("lidarr", "Readarr")])
async def test_another_arr_at_that_address_is_denied(
    kind: str, other: str, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with emulator_of(ARRS[other.lower()])(tmp_path / "library") as service:
        with pytest.raises(Denied, match=f"this is {other}"):
            await connected(ARRS[kind], service, session, key=service.api_key).ping()


async def test_a_host_without_that_api_is_told_in_words(session: aiohttp.ClientSession) -> None:
    async with Bench() as nobody:
        nobody.fault(status=404, times=None)

        with pytest.raises(Unreachable, match="no Sonarr API"):
            await connected(ARRS["sonarr"], nobody, session, key="x").ping()


@pytest.mark.parametrize("flavour", ["SONARR_V3", "SONARR_V4", "SONARR_V4_COOKIE_ONLY", "SONARR_V5"])
async def test_every_release_of_sonarr_is_understood(
    flavour: str, tmp_path: Path, qbit: FakeQbittorrent, session: aiohttp.ClientSession
) -> None:
    release = getattr(sonarr_releases, flavour)
    async with sonarr_releases.Sonarr(tmp_path / "library", release) as service:
        service.uses(qbit.address, USERNAME, PASSWORD)
        arr = connected(ARRS["sonarr"], service, session, key=service.api_key)
        await service.grab(SHOW)
        await service.poll()

        assert (await arr.ping()).version == release.version
        await arr.reject(SHOW.infohash, service.client.settings.category)

        assert service.queue == []


# Sight


def placed(folder: Path, *names: str) -> list[str]:
    """Make small files; return their paths."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return [str(folder / name) for name in names]


def looks(service: Bench) -> list[tuple[str, str]]:
    """What was asked of the file system: (call, path) each."""
    return [
        (request.path.rpartition("/")[2], request.query["path"])
        for request in service.requests
        if "/filesystem/" in request.path
    ]


async def test_a_whole_folder_is_seen_with_one_look(tmp_path: Path, service: Emulator, arr: Arr) -> None:
    suffix = sorted(service.flavour.media)[0]
    paths = placed(tmp_path / "show", f"1{suffix}", f"2{suffix}", f"extras/3{suffix}")

    assert await arr.unseen(paths, []) == []

    assert looks(service) == [("mediafiles", str(tmp_path / "show"))]


async def test_what_is_not_there_is_unseen(tmp_path: Path, service: Emulator, arr: Arr) -> None:
    suffix = sorted(service.flavour.media)[0]
    there = placed(tmp_path / "show", f"1{suffix}", f"2{suffix}")
    absent = str(tmp_path / "show" / f"3{suffix}")

    assert await arr.unseen([*there, absent], []) == [absent]


async def test_a_folder_that_is_not_there_takes_two_looks(
    tmp_path: Path, service: Emulator, arr: Arr
) -> None:
    absent = [str(tmp_path / "gone" / f"{number}.mkv") for number in range(10)]

    assert await arr.unseen(absent, []) == absent

    assert len(looks(service)) == 2


async def test_files_that_are_no_media_are_looked_up_by_themselves(
    tmp_path: Path, service: Emulator, arr: Arr
) -> None:
    suffix = sorted(service.flavour.media)[0]
    paths = placed(tmp_path / "show", f"1{suffix}", f"2{suffix}", "1.srt")
    absent = str(tmp_path / "show" / "2.srt")

    assert await arr.unseen([*paths, absent], []) == [absent]

    assert sorted(look for look, _ in looks(service)) == ["mediafiles", "type", "type"]


async def test_a_single_file_is_asked_for_without_reading_its_folder(
    tmp_path: Path, service: Emulator, arr: Arr
) -> None:
    [path] = placed(tmp_path / "mount", "film.mkv")

    assert await arr.unseen([], [path]) == []

    assert looks(service) == [("type", path)]


async def test_links_are_seen_only_where_their_targets_are(
    tmp_path: Path, spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    targets = placed(tmp_path / "mount" / "show", "1.mkv", "2.mkv")
    links = [str(tmp_path / "downloads" / "show" / Path(target).name) for target in targets]
    (tmp_path / "downloads" / "show").mkdir(parents=True)
    for target, link in zip(targets, links, strict=True):
        os.symlink(target, link)
    downloads = str(tmp_path / "downloads")
    async with emulator_of(spec)(tmp_path / "library", sees=[(downloads, tmp_path / "downloads")]) as service:
        arr = connected(spec, service, session, key=service.api_key)

        assert await arr.unseen(links, targets) == targets


async def test_configured_mappings_go_before_everything(
    tmp_path: Path, spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    ours = tmp_path / "ours"
    paths = placed(ours / "tv" / "show", "1.mkv")
    mappings = {str(ours): "/wrong", str(ours / "tv"): "/data/tv"}
    async with emulator_of(spec)(tmp_path / "library", sees=[("/data", ours)]) as service:
        arr = connected(spec, service, session, key=service.api_key, mappings=mappings)

        assert await arr.unseen(paths, []) == []
        assert await arr.unseen([f"{ours}/tv/show/2.mkv"], []) == ["/data/tv/show/2.mkv"]

        assert not any("remotepathmapping" in request.path for request in service.requests)


async def test_the_arrs_own_mappings_are_tried_then_the_path_itself(
    tmp_path: Path, spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    paths = [*placed(ours, "show/1.mkv"), *placed(other, "show/1.mkv")]
    async with emulator_of(spec)(
        tmp_path / "library", sees=[("/data", ours), (str(other), other)]
    ) as service:
        arr = connected(spec, service, session, key=service.api_key)
        mapping = {"host": "me", "remotePath": f"{ours}/", "localPath": "/data/"}
        url = f"{service.url}api/{service.flavour.api}/remotepathmapping"
        async with session.post(url, json=mapping, headers={"X-Api-Key": service.api_key}) as response:
            assert response.status == 201

        assert await arr.unseen(paths, []) == []
        assert await arr.unseen([f"{ours}/show/2.mkv"], []) == ["/data/show/2.mkv"]


def test_paths_of_a_windows_arr_are_compared_as_windows_does() -> None:
    assert spelled(r"D:\Downloads\Show") == spelled("d:/downloads/show")
    assert spelled(r"\\nas\share\Show") == spelled(r"\\NAS\share\show")
    assert spelled("/downloads/Show") != spelled("/downloads/show")


# Queue


async def test_refresh_makes_it_poll(service: Emulator, qbit: FakeQbittorrent, arr: Arr) -> None:
    await arr.refresh()

    await until(lambda: any(request.path == "/torrents/info" for request in qbit.requests))


@pytest.mark.parametrize("release", [SINTEL, SHOW, ALBUM], ids=lambda release: release.name)
async def test_reject_removes_blocks_and_searches_again(
    service: Emulator, qbit: FakeQbittorrent, arr: Arr, release: Any
) -> None:
    await service.grab(release)
    await service.poll()

    outcome = await arr.reject(release.infohash, service.client.settings.category)

    assert "blocked" in outcome
    assert service.queue == []
    assert len(service.blocklist) == 1
    assert service.ledger.searches == [release.name]
    assert [form["deleteFiles"] for form in qbit.told("delete")] == ["true"]


async def test_what_the_arr_did_not_grab_is_found_in_its_queue_too(
    service: Emulator, qbit: FakeQbittorrent, arr: Arr
) -> None:
    qbit.rows[SINTEL.infohash] = {
        "hash": SINTEL.infohash, "name": SINTEL.name, "category": service.client.settings.category,
        "size": 1000, "progress": 0.25, "eta": 60, "state": "downloading",
        "save_path": str(qbit.downloads), "content_path": "",
    }  # fmt: skip
    await service.poll()

    await arr.reject(SINTEL.infohash, service.client.settings.category)

    assert service.queue == []


async def test_what_another_client_fetches_is_not_rejected(
    service: Emulator, qbit: FakeQbittorrent, arr: Arr
) -> None:
    ours = service.client.settings.category
    service.uses(qbit.address, USERNAME, PASSWORD, category="somebody-elses")
    await service.grab(SINTEL)
    await service.poll()

    with pytest.raises(Missing):
        await arr.reject(SINTEL.infohash, ours)

    assert len(service.queue) == 1
    assert service.blocklist == []
    assert qbit.told("delete") == []


async def test_what_is_not_listed_yet_is_missing_until_the_arr_has_looked(
    service: Emulator, arr: Arr
) -> None:
    await service.grab(SINTEL)

    with pytest.raises(Missing, match="not list"):
        await arr.reject(SINTEL.infohash, service.client.settings.category)
    await until(lambda: service.queue)

    assert "blocked" in await arr.reject(SINTEL.infohash, service.client.settings.category)


async def test_a_download_on_a_later_page_is_found(spec: ArrSpec, session: aiohttp.ClientSession) -> None:
    ids = {1: "A" * 40, 2: "B" * 40}
    async with Bench() as service:
        for page, download_id in ids.items():
            found = {"id": page, "downloadId": download_id, "downloadClient": "ours"}
            records = [found, {"id": "odd"}, {"id": 9}]
            body = {"page": page, "pageSize": 1000, "totalRecords": 1003, "records": records}
            service.fault("GET *queue", status=200, body=body)
        service.fault("GET *downloadclient", status=200, body=[CLIENT])
        service.fault("DELETE *", status=200)
        arr = connected(spec, service, session, key="x")

        await arr.reject("b" * 40, "tv")

        asked = [request.path.rpartition("/")[2] for request in service.requests]
        assert asked == ["queue", "queue", "downloadclient", "2"]
        assert service.requests[-1].query == {"removeFromClient": "true", "blocklist": "true"}


async def test_what_left_the_queue_meanwhile_is_no_fault(
    spec: ArrSpec, session: aiohttp.ClientSession
) -> None:
    record = {"id": 1, "downloadId": "A" * 40, "downloadClient": "ours"}
    async with Bench() as service:
        service.fault("GET *queue", status=200, body={"totalRecords": 1, "records": [record]})
        service.fault("GET *downloadclient", status=200, body=[CLIENT])
        service.fault("DELETE *", status=404, body={"message": "NotFound"})

        outcome = await connected(spec, service, session, key="x").reject("a" * 40, "tv")

    assert "already" in outcome


# Faults


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b"", Denied, "API key"),
        (403, b"<html>", Denied, "API key"),
        (404, b'{"message": "NotFound"}', Missing, "NotFound"),
        (429, b"", Busy, "429"),
        (400, b'[{"errorMessage": "Path does not exist"}, {"errorMessage": "Odd"}]', Unreachable,
         "Path does not exist; Odd"),
        (400, b'{"title": "One or more validation errors occurred."}', Unreachable, "validation"),
        (500, b'{"message": "database is locked", "description": "at NzbDrone.Core"}', Unreachable, "locked"),
        (503, b"<html>", Unreachable, "503"),
    ],
)  # fmt: skip
def test_errors_are_told_without_their_stack_trace(
    status: int, body: bytes, kind: type[Fault], words: str
) -> None:
    told = fault("mine", status, body, None)

    assert type(told) is kind
    assert words in told.detail
    assert "NzbDrone" not in told.detail


async def test_an_arr_that_hangs_is_unreachable(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    spec = ARRS["sonarr"]
    async with sonarr_releases.Sonarr(tmp_path / "library") as service:
        service.fault(kind="hang", times=None)
        quick = replace(spec, http=replace(spec.http, deadline=spec.http.deadline / 600))

        with pytest.raises(Unreachable, match="no answer"):
            await connected(quick, service, session, key=service.api_key).refresh()
