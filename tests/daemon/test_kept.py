"""What is never let go of: what a library may play, what was never ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL
from compat.emulators.radarr import RADARR_V6
from compat.emulators.sonarr import SONARR_V4
from tests.person import a_person
from tests.stage import Stage


async def test_what_one_library_plays_outlives_the_download_of_another(tmp_path: Path) -> None:
    async with Stage(tmp_path, SONARR_V4, RADARR_V6) as stage, stage.running():
        sonarr, radarr = stage.arrs.values()
        stage.realdebrid.knows(SINTEL)
        await sonarr.grab(SINTEL)
        await stage.imports(SINTEL, sonarr)
        await sonarr.run_until(lambda: stage.rows() == [])
        stage.introduce(radarr, sequential=True)

        await radarr.grab(SINTEL)
        await stage.imports(SINTEL, radarr)
        await radarr.run_until(lambda: stage.rows() == [])

        assert stage.identical(SINTEL, radarr)
        assert stage.identical(SINTEL, sonarr)


@pytest.mark.parametrize("skew", [0, 7200])
async def test_an_item_that_was_in_the_account_before_stays_there(tmp_path: Path, skew: int) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.skew = skew  # its dates claim to be UTC
        stage.realdebrid.knows(SINTEL)
        theirs = stage.realdebrid.added_elsewhere(SINTEL)
        theirs.added -= 3600
        stage.introduce(stage.sonarr, sequential=True)

        await stage.sonarr.grab(SINTEL)
        await stage.imports(SINTEL)
        await stage.sonarr.run_until(lambda: stage.rows() == [])

        assert stage.realdebrid.items() == [theirs]


async def test_somebody_elses_slow_item_is_given_up_but_not_taken_away(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SHOW, profile="stuck")
        theirs = stage.realdebrid.added_elsewhere(SHOW, downloaded=False)
        theirs.added -= 3600

        await stage.sonarr.grab(SHOW)
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

        assert stage.realdebrid.items() == [theirs]


async def test_a_person_who_wants_it_gone_from_the_service_is_obeyed(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        theirs = stage.realdebrid.added_elsewhere(SINTEL)
        theirs.added -= 3600
        stage.sonarr.completed_handling = False
        await stage.sonarr.grab(SINTEL)

        async with a_person(stage) as person:
            [torrent] = await person.until(lambda torrents: torrents[0]["phase"] == "ready")
            path = f"/api/torrents/{torrent['category']}/{torrent['hash']}"
            await person.delete(f"{path}?removeFromDebrid=true")
            await person.until(lambda torrents: not torrents)

        await stage.sonarr.run_until(lambda: not stage.realdebrid.items())
