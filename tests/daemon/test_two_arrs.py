"""Two Arrs that want the same infohash share one remote item."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from compat.content import SINTEL
from compat.emulators.radarr import RADARR_V6
from compat.emulators.sonarr import SONARR_V4
from qbitproxy.settings.sections import FetchingSettings
from tests.stage import Stage

ADDS = "POST /torrents/addMagnet"


@pytest.mark.parametrize("sequential", [False, True], ids=["link", "download"])
async def test_both_arrs_import_what_is_fetched_once(tmp_path: Path, sequential: bool) -> None:
    async with Stage(tmp_path, SONARR_V4, RADARR_V6) as stage, stage.running():
        sonarr, radarr = stage.arrs.values()
        stage.realdebrid.knows(SINTEL)
        for arr in (sonarr, radarr):
            stage.introduce(arr, sequential=sequential)

        async with asyncio.TaskGroup() as group:
            for arr in (sonarr, radarr):
                group.create_task(arr.grab(SINTEL))
        await stage.imports(SINTEL, sonarr)
        await stage.imports(SINTEL, radarr)

        assert stage.identical(SINTEL, sonarr)
        assert stage.identical(SINTEL, radarr)
        assert stage.realdebrid.calls(ADDS) == 1


async def test_the_remote_item_is_released_with_the_last_of_two_downloads(tmp_path: Path) -> None:
    async with Stage(tmp_path, SONARR_V4, RADARR_V6) as stage, stage.running():
        sonarr, radarr = stage.arrs.values()
        stage.realdebrid.knows(SINTEL)
        for arr in (sonarr, radarr):
            stage.introduce(arr, sequential=True)
            await arr.grab(SINTEL)

        await stage.imports(SINTEL, sonarr)
        await sonarr.run_until(lambda: len(stage.rows()) == 1)
        assert len(stage.realdebrid.items()) == 1

        await stage.imports(SINTEL, radarr)
        await radarr.run_until(lambda: not stage.realdebrid.items())


async def test_an_arr_that_changes_its_mind_takes_nothing_from_the_other(tmp_path: Path) -> None:
    async with Stage(tmp_path, SONARR_V4, RADARR_V6) as stage:
        fetching = FetchingSettings(uncached=True)
        async with stage.running(stage.settings(fetching=fetching)):
            sonarr, radarr = stage.arrs.values()
            stage.realdebrid.knows(SINTEL, profile="stuck")
            for arr in (sonarr, radarr):
                await arr.grab(SINTEL)
                await arr.run_until(lambda arr=arr: arr.queue and stage.realdebrid.items())

            await sonarr.remove(sonarr.queue[0])
            await sonarr.run_until(lambda: stage.rows() == ["fetching"])
            assert sonarr.queue == []
            assert len(stage.realdebrid.items()) == 1

            await radarr.poll()
            await radarr.remove(radarr.queue[0])
            await radarr.run_until(lambda: not stage.realdebrid.items())
