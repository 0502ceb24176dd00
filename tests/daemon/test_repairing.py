"""Repair, end to end: what a service dropped is found through the API and healed where the library has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from compat.content import SHOW, SINTEL
from tests.stage import Stage


@asynccontextmanager
async def a_library(folder: Path) -> AsyncIterator[tuple[Stage, aiohttp.ClientSession, Any]]:
    """A healthy library of two releases, a person who looks after it, the item that SINTEL plays from."""
    async with Stage(folder) as stage:
        for release in (SHOW, SINTEL):
            stage.realdebrid.knows(release)
        async with stage.running(), stage.person() as person:
            for release in (SHOW, SINTEL):
                await stage.sonarr.grab(release)
                await stage.imports(release)
            await stage.sonarr.run_until(lambda: not any((stage.downloads / "tv-sonarr").iterdir()))
            job = await repaired(person)
            assert job["status"] == "completed"
            assert job["healthy"] == job["files"] == len(stage.sonarr.imported)
            assert job["broken"] == 0
            yield stage, person, item_of(stage)


def item_of(stage: Stage) -> Any:
    [item] = [item for item in stage.realdebrid.items() if item.infohash == SINTEL.infohash]
    return item


async def repaired(person: aiohttp.ClientSession) -> Any:
    """A job, once it is over."""
    async with person.post("/api/repair", json={"arr": "sonarr"}) as answer:
        return await answer.json()


async def is_healed(stage: Stage, person: aiohttp.ClientSession) -> None:
    """SINTEL cannot be played; one job mends that."""
    assert not any(path.exists() for path in stage.imported(SINTEL))

    job = await repaired(person)

    assert (job["status"], job["broken"]) == ("completed", 1)
    [broken] = job["broken_items"]["sonarr"]
    assert (broken["isBroken"], broken["processed"]) == (False, True)
    assert stage.identical(SINTEL)


async def test_what_a_service_dropped_is_healed_where_the_library_has_it(tmp_path: Path) -> None:
    async with a_library(tmp_path) as (stage, person, item):
        stage.realdebrid.torrents.delete(item)

        await is_healed(stage, person)


async def test_what_a_service_holds_without_serving_it_is_added_anew_there(tmp_path: Path) -> None:
    async with a_library(tmp_path) as (stage, person, dead):
        stage.realdebrid.loses(SINTEL.infohash)
        stage.mount.vanish(SINTEL)

        await is_healed(stage, person)

        anew = item_of(stage)
        assert anew.id != dead.id
        assert not anew.lost
