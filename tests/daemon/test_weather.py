"""What goes wrong around us, seen from the Arr."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from compat.emulators.arr_torrent import Status
from qbitproxy.settings.sections import FetchingSettings
from tests.stage import Stage
from tests.support import DEADLINE


async def torrents(stage: Stage) -> list[dict[str, Any]]:
    """What `/api/torrents` says to the person who installed the daemon."""
    async with stage.person() as person, person.get("/api/torrents") as answer:
        listed: list[dict[str, Any]] = await answer.json()
    return listed


def waits(stage: Stage) -> bool:
    return any(one.status is not Status.COMPLETED for one in stage.sonarr.queue)


async def test_a_delayed_mount_is_waited_for_and_never_becomes_an_import_error(tmp_path: Path) -> None:
    async with Stage(tmp_path, delayed_mount=True) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: stage.realdebrid.items() and waits(stage))
        async with asyncio.timeout(DEADLINE):
            while "does not show it yet" not in (await torrents(stage))[0].get("waiting_for", ""):
                await stage.sonarr.poll()
        assert not stage.sonarr.imported

        stage.mount.release_all()
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)


async def test_a_folder_the_arr_does_not_see_is_named_as_the_arr_would_and_is_no_import_error(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with Stage(tmp_path, sees=[("/data", elsewhere)]) as stage:
        settings = stage.settings()
        files = replace(settings.files, confirm_patience=timedelta(seconds=2))
        async with stage.running(replace(settings, files=files)):
            stage.realdebrid.knows(SINTEL)
            await stage.sonarr.grab(SINTEL)
            await stage.sonarr.run_until(
                lambda: any(one.status is Status.WARNING for one in stage.sonarr.queue)
            )

            (torrent,) = await torrents(stage)

    assert torrent["state"] == "error"
    assert "sonarr does not see" in str(torrent)
    assert "path_mappings" in str(torrent)
    assert not stage.sonarr.blocklist
    assert not stage.sonarr.imported


async def test_an_outage_fails_nothing_and_is_recovered_from(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SINTEL)
        outage = stage.realdebrid.fault(status=503, body=b"<html>down</html>", times=None)
        await stage.sonarr.grab(SINTEL)
        await stage.sonarr.run_until(lambda: outage.fired >= 2 and waits(stage))
        assert not stage.sonarr.blocklist

        outage.lift()
        await stage.imports(SINTEL)

        assert stage.identical(SINTEL)


async def test_a_release_that_is_not_cached_is_let_go_of_and_reported(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage, stage.running():
        stage.realdebrid.knows(SHOW, profile="stuck")

        await stage.sonarr.grab(SHOW)
        await stage.sonarr.run_until(lambda: stage.sonarr.blocklist)

        assert stage.realdebrid.items() == []


async def test_a_waiting_torrent_holds_no_slot_of_another(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        patient = FetchingSettings(uncached=True, probe=timedelta(minutes=5))
        async with stage.running(stage.settings(fetching=patient)):
            stage.realdebrid.knows(SHOW, profile="stuck")
            stage.realdebrid.knows(SINTEL)
            await stage.sonarr.grab(SHOW)
            await stage.sonarr.run_until(lambda: waits(stage))

            await stage.sonarr.grab(SINTEL)
            await stage.sonarr.run_until(lambda: stage.imported(SINTEL))
