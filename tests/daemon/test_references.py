"""A remote item lives as long as anybody refers to it, end to end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from compat.content import SHOW, SINTEL
from compat.emulators.radarr import RADARR_V6
from compat.emulators.sonarr import SONARR_V4
from qbitproxy.clock import SystemClock
from tests.stage import Stage
from tests.support import DEADLINE


class LaterClock(SystemClock):
    """Two hours ahead of the services, so that what they hold is not young."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=2)


async def orphans(person: aiohttp.ClientSession) -> Any:
    async with person.get("/api/orphans") as answer:
        return await answer.json()


async def surveyed(person: aiohttp.ClientSession) -> list[str]:
    """The keys of the remote items that a survey of now finds to be orphans."""
    before = (await orphans(person))["survey"]
    async with person.post("/api/orphans/survey", json={}) as answer:
        assert answer.status == 202
    async with asyncio.timeout(DEADLINE):
        while (found := await orphans(person))["survey"] == before or found["surveying"] is not None:
            await asyncio.to_thread(lambda: None)
    assert found["survey"]["doubts"] == []
    return [orphan["id"] for orphan in found["orphans"] if orphan["kind"] == "item"]


async def test_an_item_goes_with_the_last_of_two_libraries_and_on_a_persons_word(tmp_path: Path) -> None:
    async with Stage(tmp_path, SONARR_V4, RADARR_V6) as stage:
        sonarr, radarr = stage.arrs.values()
        stage.realdebrid.knows(SINTEL)
        stage.realdebrid.knows(SHOW)
        async with stage.running(clock=LaterClock()), stage.person() as person:
            for arr in (sonarr, radarr):
                await arr.grab(SINTEL)
                await stage.imports(SINTEL, arr)
            await sonarr.grab(SHOW)
            await stage.imports(SHOW, sonarr)
            await sonarr.run_until(lambda: not stage.rows())
            assert await surveyed(person) == []

            for file in [file for file in sonarr.shelf.files.values() if SINTEL.name in file.path.parts]:
                sonarr.shelf.delete(file)
            assert await surveyed(person) == []

            for file in list(radarr.shelf.files.values()):
                radarr.shelf.delete(file)
            [orphan] = await surveyed(person)
            async with person.post("/api/orphans/remove", json={"ids": [orphan]}) as answer:
                assert (await answer.json())["asked"] == [orphan]
            async with asyncio.timeout(DEADLINE):
                while len(stage.realdebrid.items()) > 1:
                    await asyncio.to_thread(lambda: None)

            assert [item.infohash for item in stage.realdebrid.items()] == [SHOW.infohash]
            assert stage.identical(SHOW, sonarr)
