"""What Arrs tell of their libraries, end to end: webhooks are set up, proved, noted for good, taken away."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from base64 import b64encode
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from compat.content import SHOW
from compat.emulators.arr import Arr
from compat.emulators.lidarr import LIDARR_V2
from compat.emulators.radarr import RADARR_V6
from compat.emulators.readarr import READARR
from compat.emulators.sonarr import SONARR_V4
from compat.emulators.whisparr import WHISPARR_V3
from qbitproxy.settings import Secret
from qbitproxy.settings.sections import AccountSettings, ServerSettings
from tests.stage import PASSWORD, Stage
from tests.support import DEADLINE

EVERY_ARR = (SONARR_V4, RADARR_V6, LIDARR_V2, READARR, WHISPARR_V3)


async def test_a_file_that_sonarr_deletes_is_noted_before_a_kill(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(SHOW)
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            await stage.heard("(webhook_settled)")
            await stage.sonarr.grab(SHOW)
            await stage.imports(SHOW)
            await stage.heard('"(Download)"')

            leave_alone(stage.sonarr)
            file = next(iter(stage.sonarr.shelf.files.values()))
            await call(stage.sonarr, "DELETE", f"episodefile/{file.id}")

        assert '"EpisodeFileDelete"' in stage.said
        assert due(stage) == [("sonarr", file.owner)]


async def test_every_arr_tells_of_what_is_removed(tmp_path: Path) -> None:
    async with Stage(tmp_path, *EVERY_ARR) as stage, stage.running():
        for arr in stage.arrs.values():
            await registered(arr)
            leave_alone(arr)
            (arr.root / "Title").mkdir()
            path = arr.root / "Title" / "1.mkv"
            path.touch()
            [file] = arr.holds("Title", [path])
            await arr.forget(arr.shelf.owners[file.owner], deletes_files=True)

        assert due(stage) == [(name, 1) for name in sorted(stage.arrs)]


async def test_whoever_lacks_the_secret_of_an_arr_tells_nothing(tmp_path: Path) -> None:
    event = {"eventType": "SeriesDelete", "series": {"id": 5}}
    async with Stage(tmp_path) as stage, stage.running():
        await registered(stage.sonarr)
        leave_alone(stage.sonarr)
        [webhook] = stage.sonarr.herald.webhooks

        async with aiohttp.ClientSession() as session:
            statuses = []
            for secret in ("wrong-fake-secret", stage.sonarr.api_key, webhook.password):
                before = due(stage)
                login = b64encode(f"qbitproxy:{secret}".encode()).decode()
                headers = {"Authorization": f"Basic {login}"}
                async with session.post(webhook.url, json=event, headers=headers) as answer:
                    statuses.append((answer.status, await answer.read() == b""))

        assert statuses == [(401, False), (401, False), (200, True)]
        assert (before, due(stage)) == ([], [("sonarr", 5)])


async def test_the_secret_stays_the_same_after_a_restart(tmp_path: Path) -> None:
    secrets = []
    async with Stage(tmp_path) as stage:
        for _ in range(2):
            stage.sonarr.herald.webhooks.clear()
            async with stage.running():
                await registered(stage.sonarr)
            secrets.append(stage.sonarr.herald.webhooks[0].password)

    assert secrets[0] == secrets[1]


async def test_a_webhook_goes_when_it_is_switched_off_while_we_run(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings(replace(stage.settings(), account=AccountSettings(password=Secret(PASSWORD))))
        async with stage.process() as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                assert (await sonarr_of(person))["webhook_state"] in ("pending", "registered")
                await registered(stage.sonarr)
                old = stage.sonarr.herald.webhooks[0].password
                async with person.patch("/api/arrs/sonarr", json={"webhook": False}) as answer:
                    assert answer.status == 200
                await stage.sonarr.run_until(lambda: not stage.sonarr.herald.webhooks)
                assert (await sonarr_of(person))["webhook_state"] == "off"
                async with person.patch("/api/arrs/sonarr", json={"webhook": True}) as answer:
                    assert answer.status == 200
                await registered(stage.sonarr)

            assert stage.sonarr.herald.webhooks[0].password != old


async def test_an_arr_that_does_not_reach_us_is_told_of(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        nowhere = ServerSettings(port=stage.port, address="http://127.0.0.1:1")
        async with stage.running(stage.settings(server=nowhere)), stage.person() as person:
            async with asyncio.timeout(DEADLINE):
                while not (problems := (await said(person, "/api/status"))["problems"]):
                    await stage.sonarr.poll()
            sonarr = await sonarr_of(person)

    [problem] = problems
    assert problem.startswith("sonarr does not take our webhook: Unable to send test message")
    assert problem == f"sonarr {sonarr['webhook_problem']}"
    assert (sonarr["webhook_state"], stage.sonarr.herald.webhooks) == ("failed", [])


async def test_below_a_url_base_and_by_its_account_it_is_found_too(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings(
            server=ServerSettings(port=stage.port, url_base="/base"),
            account=AccountSettings(password=Secret(PASSWORD)),
        )
        stage.sonarr.uses(f"{stage.url}/base", "admin", PASSWORD)
        async with stage.running(settings):
            await registered(stage.sonarr)

        assert stage.sonarr.herald.webhooks[0].url == f"{stage.url}/base/api/arrs/sonarr/events"


async def registered(arr: Arr) -> None:
    """Wait until we have set up our webhook there."""
    await arr.run_until(lambda: arr.herald.webhooks)


def leave_alone(arr: Arr) -> None:
    """Keep whoever heeds what was told from looking at the library, so that it stays to be done."""
    arr.fault("GET *", status=503, times=None)


def due(stage: Stage) -> list[tuple[str, int]]:
    """Of whom something was told that is still to be looked at."""
    database = sqlite3.connect(f"file:{stage.state}/qbitproxy.db?mode=ro", uri=True)
    try:
        return list(database.execute("SELECT arr, media FROM reference_due ORDER BY arr, media"))
    finally:
        database.close()


async def call(arr: Arr, method: str, path: str) -> None:
    """Ask an Arr for something, as its own page does."""
    url, headers = f"{arr.url}api/{arr.flavour.api}/{path}", {"X-Api-Key": arr.api_key}
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as answer:
        assert answer.status == 200


async def said(person: aiohttp.ClientSession, path: str) -> Any:
    async with person.get(path) as answer:
        return json.loads(await answer.read())


async def sonarr_of(person: aiohttp.ClientSession) -> Any:
    """Sonarr as we tell of it."""
    [sonarr] = await said(person, "/api/arrs")
    return sonarr
