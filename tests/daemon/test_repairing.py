"""Repair, end to end: what a service dropped is found through the API and healed where the library has it."""

from __future__ import annotations

from pathlib import Path

from compat.content import SHOW, SINTEL
from tests.stage import Stage


async def test_what_a_service_dropped_is_healed_where_the_library_has_it(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for release in (SHOW, SINTEL):
            stage.realdebrid.knows(release)
        async with stage.running(), stage.person() as person:
            for release in (SHOW, SINTEL):
                await stage.sonarr.grab(release)
                await stage.imports(release)
            await stage.sonarr.run_until(lambda: not any((stage.downloads / "tv-sonarr").iterdir()))
            async with person.post("/api/repair", json={"arr": "sonarr"}) as answer:
                job = await answer.json()
            assert job["status"] == "completed"
            assert job["healthy"] == job["files"] == len(stage.sonarr.imported)

            [item] = [item for item in stage.realdebrid.items() if item.infohash == SINTEL.infohash]
            stage.realdebrid.torrents.delete(item)
            assert not any(path.exists() for path in stage.imported(SINTEL))
            async with person.post("/api/repair", json={"arr": "sonarr"}) as answer:
                job = await answer.json()

            assert (job["status"], job["broken"]) == ("completed", 1)
            [broken] = job["broken_items"]["sonarr"]
            assert (broken["isBroken"], broken["processed"]) == (False, True)
            assert stage.identical(SINTEL)


async def test_what_a_service_holds_without_serving_it_is_added_anew_there(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for release in (SHOW, SINTEL):
            stage.realdebrid.knows(release)
        async with stage.running(), stage.person() as person:
            for release in (SHOW, SINTEL):
                await stage.sonarr.grab(release)
                await stage.imports(release)
            await stage.sonarr.run_until(lambda: not any((stage.downloads / "tv-sonarr").iterdir()))
            async with person.post("/api/repair", json={"arr": "sonarr"}) as answer:
                assert (await answer.json())["broken"] == 0
            [dead] = [item for item in stage.realdebrid.items() if item.infohash == SINTEL.infohash]
            stage.realdebrid.loses(SINTEL.infohash)
            stage.mount.vanish(SINTEL)
            assert not any(path.exists() for path in stage.imported(SINTEL))

            async with person.post("/api/repair", json={"arr": "sonarr"}) as answer:
                job = await answer.json()

            assert (job["status"], job["broken"]) == ("completed", 1)
            [broken] = job["broken_items"]["sonarr"]
            assert (broken["isBroken"], broken["processed"]) == (False, True)
            assert stage.identical(SINTEL)
            [anew] = [item for item in stage.realdebrid.items() if item.infohash == SINTEL.infohash]
            assert anew.id != dead.id
            assert not anew.lost
