"""What has caught other programs of this kind, tried on the whole of ours.

Source: the trackers and fixes of Decypharr (DY), its fork by Davixk, RDT-Client (RDT), read 2026-08.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from msgspec.structs import replace

from compat.content import KIB, NAMELESS, SHOW, SINTEL, Release
from compat.emulators.arr import Arr
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_paths import RemotePathMapping
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import PathMapping
from qbitproxy.settings.sections import FetchingSettings
from tests.stage import Stage
from tests.support import DEADLINE

MANY = [
    Release(name=f"Film.{number:02}.mkv", files={f"Film.{number:02}.mkv": 4 * KIB + number})
    for number in range(30)
]


@asynccontextmanager
async def client_of(stage: Stage, arr: Arr) -> AsyncIterator[aiohttp.ClientSession]:
    """What speaks the qBittorrent API as `arr` does; its paths are relative."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(stage.url, cookie_jar=jar) as session:
        login = {"username": arr.url, "password": arr.api_key}
        async with session.post("/api/v2/auth/login", data=login) as answer:
            assert await answer.text() == "Ok."
        yield session


async def state_of(session: aiohttp.ClientSession, release: Release) -> str:
    """What `torrents/info` calls the state of a torrent."""
    async with session.get("/api/v2/torrents/info", params={"hashes": release.infohash}) as answer:
        [row] = await answer.json()
    return str(row["state"])


def hurried(stage: Stage) -> Settings:
    """The stage's settings, with a provider that may be asked as often as we like."""
    settings = stage.settings()
    account = replace(settings.providers["realdebrid"], requests_per_minute=6000)
    return replace(settings, providers={"realdebrid": account})


async def test_an_outage_is_no_failure_of_what_was_asked_for_meanwhile(tmp_path: Path) -> None:
    """Davixk 520f841, 85a0d31: 1,794 failed entries, 700 healthy releases on blocklists."""
    async with Stage(tmp_path) as stage, stage.running(hurried(stage)):
        outage = stage.realdebrid.fault(kind="html", status=502, times=None)
        for release in MANY:
            stage.realdebrid.knows(release)
            await stage.sonarr.grab(release)
        await stage.sonarr.run_until(lambda: outage.fired >= 2 and len(stage.sonarr.queue) == len(MANY))
        assert not stage.sonarr.blocklist

        outage.lift()
        await stage.sonarr.run_until(
            lambda: len(stage.sonarr.imported) == len(MANY) and not stage.sonarr.queue
        )

        assert not stage.sonarr.blocklist


async def test_thirty_torrents_that_wait_for_the_mount_hold_up_no_other(tmp_path: Path) -> None:
    """Davixk 070b677: a slot held during a mount wait of 30 min starved everything else."""
    async with Stage(tmp_path, delayed_mount=True) as stage, stage.running(hurried(stage)):
        for release in [*MANY, SINTEL]:
            stage.realdebrid.knows(release)
        for release in MANY:
            await stage.sonarr.grab(release)
        await stage.sonarr.run_until(lambda: stage.rows() == ["placing"] * len(MANY))

        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: stage.rows().count("placing") == len(MANY) + 1)
        stage.mount.appear(SINTEL)
        await stage.sonarr.run_until(lambda: stage.imported(SINTEL))


async def test_used_up_traffic_is_waited_out(tmp_path: Path) -> None:
    """RDT 789: fair use failed the torrent."""
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        used_up = stage.realdebrid.fails("POST /unrestrict/link", "traffic_exhausted", times=None)
        stage.introduce(stage.sonarr, sequential=True)

        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: used_up.fired)

        async with stage.person() as person, asyncio.timeout(DEADLINE):
            waits = ""
            while "traffic_exhausted" not in waits:
                async with person.get("/api/torrents") as answer:
                    [torrent] = await answer.json()
                    waits = torrent.get("waiting_for", "")
        await stage.sonarr.poll()
        assert not stage.sonarr.blocklist
        assert len(stage.sonarr.queue) == 1


async def test_a_rename_keeps_what_was_placed_alive(tmp_path: Path) -> None:
    """Davixk da386b5: a changed folder name left 2,651 of 60,515 links dangling."""
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SHOW)
        await stage.sonarr.grab(SHOW)
        async with client_of(stage, stage.sonarr) as client, asyncio.timeout(DEADLINE):
            while await state_of(client, SHOW) != "pausedUP":
                pass
            renamed = {"hash": SHOW.infohash, "name": "Something else"}
            async with client.post("/api/v2/torrents/rename", data=renamed) as answer:
                assert answer.status == 200

        await stage.imports(SHOW)

        assert stage.identical(SHOW)


async def test_a_release_that_is_grabbed_again_is_linked_again(tmp_path: Path) -> None:
    """DY 45: it was taken for done already, so it was never imported."""
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)
        shutil.rmtree(stage.sonarr.root)
        stage.sonarr.imported.clear()

        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)


async def test_a_magnet_that_never_finds_its_metadata_is_reported(tmp_path: Path) -> None:
    """RDT: shown as queued for ever, since no Arr has a time limit for that."""
    async with Stage(tmp_path) as stage:
        fetching = FetchingSettings(magnet_patience=timedelta(seconds=1))
        async with stage.running(stage.settings(fetching=fetching)):
            await stage.sonarr.grab(SINTEL)
            await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

            assert stage.realdebrid.items() == []


async def test_an_add_is_answered_while_the_provider_hangs(tmp_path: Path) -> None:
    """DY 284: adds that waited for the provider ended as "download client is unavailable"."""
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.fault(kind="hang", times=None)

        async with asyncio.timeout(DEADLINE / 4):
            for release in MANY:
                await stage.sonarr.grab(release)
            await stage.sonarr.poll()

        assert len(stage.sonarr.queue) == len(MANY)


async def test_a_slow_provider_still_delivers(tmp_path: Path) -> None:
    """RDT 591: a deadline of 10 s for everything together."""
    async with Stage(tmp_path, latency=0.3) as stage, stage.running():
        stage.realdebrid.knows(SHOW)
        stage.introduce(stage.sonarr, sequential=True)

        await stage.sonarr.grab(SHOW)
        await stage.imports(SHOW)

        assert stage.identical(SHOW)


async def test_an_arr_in_a_container_imports_through_its_path_mapping(tmp_path: Path) -> None:
    """RDT 59, 292, 443: save paths were the daemon's own, which the Arr's container did not have."""
    downloads, inside = tmp_path / "downloads", "/data/downloads"
    mount = tmp_path / "mount"
    async with Stage(tmp_path, sees=[(inside, downloads), (str(mount), mount)]) as stage:
        stage.sonarr.view.mappings.append(RemotePathMapping(1, "127.0.0.1", str(downloads), inside))
        settings = stage.settings()
        mapped = replace(
            settings.arrs["sonarr"], path_mappings=(PathMapping(ours=str(downloads), theirs=inside),)
        )
        async with stage.running(replace(settings, arrs={"sonarr": mapped})):
            stage.realdebrid.knows(SHOW)
            await stage.sonarr.grab(SHOW)
            await stage.imports(SHOW)

            assert stage.identical(SHOW)


async def test_an_import_takes_nothing_but_its_own_folder(tmp_path: Path) -> None:
    """Davixk f2b64d7: an empty name stood for the folder of the category, which was deleted."""
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(NAMELESS)
        neighbours = [
            stage.downloads / "tv-sonarr" / "Mine" / "film.mkv",
            stage.downloads / "tv-sonarr" / "loose.mkv",
            stage.downloads / "elsewhere" / "film.mkv",
        ]
        for neighbour in neighbours:
            neighbour.parent.mkdir(parents=True, exist_ok=True)
            neighbour.write_text("mine")

        await stage.sonarr.grab(Offer.from_magnet(NAMELESS.magnet(name=False), title=NAMELESS.name))
        await stage.imports(NAMELESS)
        await stage.sonarr.run_until(lambda: stage.rows() == [])

        assert stage.identical(NAMELESS)
        assert [path.read_text() for path in neighbours] == ["mine"] * len(neighbours)
