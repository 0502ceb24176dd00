"""The daemon as a process: its first start, SIGHUP, SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from qbitproxy.core.torrent import Action
from tests.certificates import certify
from tests.hanging_mount import hanging_mount
from tests.stage import Stage
from tests.support import DEADLINE


@asynccontextmanager
async def knocking(stage: Stage) -> AsyncIterator[list[int]]:
    """Ask for `/health` on new connections all the time; the status of every answer. Nobody is refused."""
    statuses: list[int] = []

    async def knock() -> None:
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(stage.url, connector=connector) as session:
            while not done.is_set():
                async with session.get("/health") as answer:
                    statuses.append(answer.status)

    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(knock())
        try:
            yield statuses
        finally:
            done.set()


async def stopped(process: asyncio.subprocess.Process) -> int:
    """The exit code after SIGTERM."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(DEADLINE):
        return await process.wait()


async def starts_reloads_stops(stage: Stage) -> None:
    """A process of the daemon does all three."""
    async with stage.process() as process:
        assert await stage.answering(process)

        process.send_signal(signal.SIGHUP)
        await stage.heard(r'"how":"(reload)"(?s:.)*"started"')

        assert await stopped(process) == 0


async def test_a_first_start_writes_settings_shows_a_code_once_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        port = {"QBITPROXY_SERVER__PORT": str(stage.port)}
        async with stage.process(**port) as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                async with person.get("/") as page:
                    assert page.status == 200
                async with person.get("/api/status") as answer:
                    lacks = [lack["what"] for lack in (await answer.json())["lacks"]]
            assert await stopped(process) == 0

        assert "No debrid account is set up, so nothing is fetched." in lacks
        assert stat.S_IMODE((tmp_path / "qbitproxy.toml").stat().st_mode) == 0o600
        async with stage.process(**port) as process:
            assert await stage.answering(process)
            assert await stopped(process) == 0
        assert stage.said.count("setup code:") == 1


async def test_a_reload_applies_changed_settings_and_refuses_nobody(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        stage.save_settings(settings)
        async with stage.process() as process:
            assert await stage.answering(process)
            async with knocking(stage) as statuses, stage.person() as person:
                files = replace(settings.files, default_action=Action.DOWNLOAD)
                stage.save_settings(replace(settings, files=files))

                process.send_signal(signal.SIGHUP)
                async with asyncio.timeout(DEADLINE):
                    action = ""
                    while action != "download":
                        async with person.get("/api/status") as answer:
                            action = (await answer.json())["default_action"]

            assert set(statuses) == {200}
            assert await stopped(process) == 0


async def test_settings_changed_again_and_again_on_one_connection_lose_no_request(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                for number in range(20):
                    level = {"log": {"level": ("info", "debug")[number % 2]}}
                    async with person.patch("/api/config", json=level) as answer:
                        assert answer.status == 200
            assert await stopped(process) == 0


async def test_a_reload_with_a_mistake_in_the_settings_goes_on_with_those_there_were(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        path = stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            path.write_text("[files]\nkeep_free = 'plenty'\n")

            process.send_signal(signal.SIGHUP)
            await stage.heard("(reload_refused)")

            stage.realdebrid.knows(SINTEL)
            await stage.sonarr.grab(SINTEL)
            await stage.imports(SINTEL)
            assert await stopped(process) == 0


async def test_a_reload_without_a_settings_file_goes_on_with_those_there_were(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        path = stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            path.unlink()

            process.send_signal(signal.SIGHUP)
            await stage.heard("(reload_refused)")

            async with stage.person() as person, person.get("/api/status") as answer:
                assert (await answer.json())["providers"] == ["realdebrid"]
            assert not path.exists()
            assert await stopped(process) == 0


async def test_a_reload_while_the_certificate_is_half_written_serves_with_the_one_before(
    tmp_path: Path,
) -> None:
    certificate, key = certify(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with Stage(tmp_path) as stage:
        settings = stage.settings()
        server = replace(settings.server, tls_certificate=str(certificate), tls_key=str(key))
        stage.save_settings(replace(settings, server=server))
        async with stage.process() as process:
            await stage.heard("(started)")
            certificate.write_text("-----BEGIN CERTIFICATE-----\n")

            process.send_signal(signal.SIGHUP)
            await stage.heard("(reload_refused)")

            secure = stage.url.replace("http:", "https:")
            async with aiohttp.request("GET", f"{secure}/health", ssl=trusting) as answer:
                assert answer.status == 200
            assert await stopped(process) == 0


async def test_a_mount_that_hangs_keeps_it_neither_from_starting_nor_from_reloading_nor_from_stopping(
    tmp_path: Path,
) -> None:
    with hanging_mount(tmp_path / "hanging") as mount:
        async with Stage(tmp_path) as stage:
            settings = stage.settings()
            provider = replace(settings.providers["realdebrid"], mount=str(mount))
            stage.save_settings(replace(settings, providers={"realdebrid": provider}))
            await starts_reloads_stops(stage)


async def test_a_download_root_that_cannot_be_made_is_waited_for(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(SINTEL)
        settings = stage.settings()
        stage.downloads.write_text("in the way")
        stage.save_settings(settings)
        async with stage.process() as process:
            assert await stage.answering(process)
            await stage.sonarr.grab(SINTEL)
            await stage.heard("download_root_missing(?s:.)*(disk_problem)")

            stage.downloads.unlink()
            await stage.imports(SINTEL)
            assert await stopped(process) == 0


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        stage.state.mkdir()
        (stage.state / "qbitproxy.db").write_bytes(b"something else" * 1000)
        async with stage.process() as process:
            assert await process.wait() == 1

    assert f"{stage.state}/qbitproxy.db: file is not a database" in stage.said
    assert "Traceback" not in stage.said


async def test_reloads_on_top_of_each_other_neither_end_the_process_nor_refuse_anybody(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            connector = aiohttp.TCPConnector(force_close=True)
            async with aiohttp.ClientSession(stage.url, connector=connector) as session:
                for _ in range(50):
                    process.send_signal(signal.SIGHUP)
                    async with session.get("/health") as answer:
                        assert answer.status == 200

            assert await stopped(process) == 0


async def test_a_stop_asked_for_during_a_reload_stops(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)

            process.send_signal(signal.SIGHUP)

            assert await stopped(process) == 0


async def test_a_process_stopped_in_mid_link_goes_on_at_its_next_start(tmp_path: Path) -> None:
    async with Stage(tmp_path, delayed_mount=True) as stage:
        stage.realdebrid.knows(SHOW)
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            await stage.sonarr.grab(SHOW)
            await stage.sonarr.run_until(lambda: stage.rows() == ["placing"])

            assert await stopped(process) == 0

        stage.mount.release_all()
        async with stage.process() as process:
            assert await stage.answering(process)
            await stage.imports(SHOW)
            assert await stopped(process) == 0

        assert stage.identical(SHOW)
        assert stage.realdebrid.calls("POST /torrents/addMagnet") == 1


async def test_a_download_root_that_hangs_keeps_it_neither_from_starting_nor_from_reloading(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        with hanging_mount(stage.downloads):
            await starts_reloads_stops(stage)


async def test_a_download_root_that_hangs_keeps_an_add_waiting_and_nobody_else(tmp_path: Path) -> None:
    wish = {"urls": SINTEL.magnet(), "downloadFolder": "films"}
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                with hanging_mount(stage.downloads):
                    with pytest.raises(TimeoutError):
                        await person.post("/api/add", json=wish, timeout=aiohttp.ClientTimeout(total=1))

                    async with asyncio.timeout(DEADLINE), person.get("/health") as answer:
                        assert answer.status == 200
            assert await stopped(process) == 0


@pytest.mark.parametrize("served", [0, 1], ids=["the first byte", "the second file"])
async def test_a_process_stopped_while_it_waits_for_bytes_goes_on_at_its_next_start(
    tmp_path: Path, served: int
) -> None:
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(SHOW)
        silence = stage.realdebrid.fault("GET /d/{id}/{name}", kind="hang", times=None, after=served)
        stage.save_settings()
        stage.introduce(stage.sonarr, sequential=True)
        async with stage.process() as process:
            assert await stage.answering(process)
            await stage.sonarr.grab(SHOW)
            await stage.sonarr.run_until(lambda: silence.fired)

            assert await stopped(process) == 0

        silence.lift()
        async with stage.process() as process:
            assert await stage.answering(process)
            stage.sonarr.adopt(stage.sonarr.client.settings)  # forgets its back-off
            await stage.imports(SHOW)
            assert await stopped(process) == 0

        assert stage.identical(SHOW)


async def test_settings_changed_through_the_api_are_applied_and_refuse_nobody(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        async with stage.process() as process:
            assert await stage.answering(process)
            async with knocking(stage) as statuses, stage.person() as person:
                for action in ("download", "none", "download"):
                    async with person.patch(
                        "/api/config", json={"files": {"default_action": action}}
                    ) as answer:
                        assert answer.status == 200
                    async with asyncio.timeout(DEADLINE):
                        while await _default_action(person) != action:
                            pass

            assert set(statuses) == {200}
            assert await stopped(process) == 0


async def _default_action(person: aiohttp.ClientSession) -> str:
    async with person.get("/api/status") as answer:
        return str((await answer.json())["default_action"])
