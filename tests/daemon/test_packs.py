"""Packs of several seasons, and releases that are not what they say."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import Release
from qbitproxy.settings.sections import GateSettings, QbittorrentSettings
from tests.person import a_person
from tests.stage import Stage

PACK = Release(
    "Caminandes.S01-S02.1080p.WEB-DL.x264",
    {
        f"Caminandes.S0{season}E0{episode}.1080p.mkv": 3000 + 10 * season + episode
        for season in (1, 2)
        for episode in (1, 2)
    },
)
FAKE = Release("Caminandes.S01E05.1080p", {"setup.exe": 9000, "Caminandes.S01E05.1080p.mkv": 5000})
OTHER = Release("Caminandes.S01E05.E06.1080p", {"Caminandes.S01E05.mkv": 4000, "Caminandes.S01E07.mkv": 4100})


async def test_a_pack_of_seasons_is_imported_season_by_season_and_ends_with_the_last(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(PACK)
        for season in (1, 2):
            stage.sonarr.recognises(f"Caminandes.S0{season}", files=2)

        await stage.sonarr.grab(PACK)
        await stage.sonarr.run_until(lambda: len(stage.sonarr.imported) == len(PACK.files))
        await stage.sonarr.run_until(lambda: not stage.sonarr.queue)

        assert {path.name for path in stage.sonarr.imported} == set(PACK.files)
        assert all(path.read_bytes() == PACK.read(path.name) for path in stage.sonarr.imported)
        assert len(stage.realdebrid.items()) == 1  # the library points at it
        assert not stage.sonarr.blocklist


@pytest.mark.parametrize("moment", ["before:3", "after:3", "before:4", "after:5", "before:7"])
async def test_a_pack_killed_while_it_parts_comes_to_the_same_end(tmp_path: Path, moment: str) -> None:
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(PACK)
        stage.save_settings(stage.settings(qbittorrent=QbittorrentSettings(refresh_arr=False)))
        for season in (1, 2):
            stage.sonarr.recognises(f"Caminandes.S0{season}", files=2)

        async with stage.process("tests.daemon.mortal", DIE_AT=moment) as mortal:
            assert await stage.answering(mortal)
            await stage.sonarr.grab(PACK)
            await stage.sonarr.run_until(lambda: mortal.returncode is not None)
            assert mortal.returncode == -signal.SIGKILL
        stage.sonarr.adopt(stage.sonarr.client.settings)  # forgets its back-off

        async with stage.process() as survivor:
            assert await stage.answering(survivor)
            await stage.sonarr.run_until(lambda: len(stage.sonarr.imported) == len(PACK.files))
            await stage.sonarr.run_until(lambda: not stage.rows())

        assert {path.name for path in stage.sonarr.imported} == set(PACK.files)
        assert stage.realdebrid.calls("POST /torrents/addMagnet") == 1
        assert len(stage.realdebrid.items()) == 1


async def test_seasons_are_listed_beside_the_pack_that_only_waits_for_them(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(PACK)

        await stage.sonarr.grab(PACK)
        async with a_person(stage) as person:
            listed = await person.until(lambda torrents: len(torrents) == 3)

    names = {torrent["name"]: torrent for torrent in listed}
    assert names[PACK.name]["phase"] == "divided"
    seasons = [torrent for name, torrent in names.items() if name != PACK.name]
    assert len({torrent["hash"] for torrent in listed}) == 3
    assert all(len(torrent["hash"]) == 40 and len(torrent["files"]) == 2 for torrent in seasons)


async def test_whoever_removes_the_pack_removes_its_seasons(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        blind = {"sonarr": replace(settings.arrs["sonarr"], confirm=False)}
        async with stage.running(replace(settings, arrs=blind)):
            stage.realdebrid.knows(PACK)
            await stage.sonarr.grab(PACK)
            async with a_person(stage) as person:
                listed = await person.until(lambda torrents: len(torrents) == 3)
                [whole] = [torrent for torrent in listed if torrent["name"] == PACK.name]
                await person.delete(f"/api/torrents/{whole['category']}/{whole['hash']}")
                await person.until(lambda torrents: not torrents)


@pytest.mark.parametrize("switched_off", [False, True])
async def test_a_pack_stays_whole_where_somebody_said_so(tmp_path: Path, switched_off: bool) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        files = replace(settings.files, split_seasons=not switched_off)
        async with stage.running(replace(settings, files=files)):
            stage.realdebrid.knows(PACK)
            await stage.sonarr.grab(PACK)
            async with a_person(stage) as person:
                ready = {True: 1, False: 2}[switched_off]
                await person.until(
                    lambda torrents: sum(torrent["phase"] == "ready" for torrent in torrents) == ready
                )


@pytest.mark.parametrize("release", [FAKE, OTHER])
async def test_what_is_not_what_it_says_is_refused_before_anything_is_imported(
    tmp_path: Path, release: Release
) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(release)

        await stage.sonarr.grab(release, "torrent")
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)
        await stage.sonarr.run_until(lambda: not stage.rows())

        assert not stage.sonarr.imported
        assert not stage.realdebrid.items()


async def test_what_must_be_contained_is_asked_of_the_kind_of_content_it_is_for(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        needs = GateSettings(sizes=False, video=("*.srt",))
        async with stage.running(stage.settings(gate=needs)):
            single = Release("Caminandes.S01E01.1080p", {"Caminandes.S01E01.1080p.mkv": 4000})
            stage.realdebrid.knows(single)

            await stage.sonarr.grab(single)
            await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

            assert not stage.sonarr.imported
