"""Every recipe of docs/recipes.md, run as a reader would against a running daemon."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from msgspec import Struct

from compat.content import SHOW, SINTEL
from qbitproxy.settings.sections import WebhookSettings
from tests.stage import Stage, claimed_port
from tests.support import DEADLINE

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BEGINNING, *SECTIONS = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
PROLOGUES = {language: code for language, code in BLOCK.findall(BEGINNING) if "export" not in code}
RECIPES = {
    section.partition("\n")[0]: (language, code)
    for section in SECTIONS
    for language, code in BLOCK.findall(section)
}


class Desk(Struct):
    """Where somebody tries the recipes."""

    stage: Stage
    environ: dict[str, str]

    async def run(self, title: str, **environ: str) -> list[str]:
        """The lines that a recipe prints; it has to succeed."""
        async with self.started(title, **environ) as process, asyncio.timeout(DEADLINE):
            said, complaint = await process.communicate()
        assert process.returncode == 0, complaint.decode()
        return said.decode().splitlines()

    @asynccontextmanager
    async def started(self, title: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
        language, code = RECIPES[title]
        command = ("bash", "-euo", "pipefail", "-c") if language == "sh" else (sys.executable, "-c")
        process = await asyncio.create_subprocess_exec(
            *command,
            f"{PROLOGUES[language]}\n{code}",
            cwd=self.stage.folder,
            env=self.environ | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def wait_for(self, infohash: str) -> None:
        """Wait until a torrent of category films is ready."""
        async with self.stage.person() as person, asyncio.timeout(DEADLINE):
            while True:
                async with person.get(f"/api/torrents/films/{infohash}") as answer:
                    if (await answer.json())["torrent"]["phase"] == "ready":
                        return


async def listening(port: int) -> None:
    """Wait until somebody answers there."""
    async with asyncio.timeout(DEADLINE):
        while True:
            with suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return await writer.wait_closed()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A daemon whose Real-Debrid has Sintel, and a receiver in its own network that it may tell."""
    async with Stage(tmp_path) as stage:
        stage.realdebrid.knows(SINTEL)
        nearby = (ip_network("127.0.0.0/8"),)
        stage.save_settings(stage.settings(webhooks=WebhookSettings(allow_private=nearby)))
        async with stage.process() as process:
            assert await stage.answering(process)
            async with stage.person() as person, person.post("/api/refresh-token") as answer:
                token = (await answer.json())["token"]
            environ = {"QBITPROXY": stage.url, "API_TOKEN": token, "MAGNET": SINTEL.magnet()}
            own = {"HOME": str(tmp_path), "FOLDER": str(tmp_path), "NO_PROXY": "127.0.0.1"}
            yield Desk(stage, {"PATH": os.environ["PATH"]} | environ | own)


async def test_a_magnet_link_is_added(desk: Desk) -> None:
    assert await desk.run("Add a magnet link") == [SINTEL.infohash]


async def test_what_is_no_magnet_link_is_explained(desk: Desk) -> None:
    (said,) = await desk.run("Add a magnet link", MAGNET="magnet:?xt=nothing")

    assert said.startswith("URL magnet:?xt=nothing: ")


async def test_torrent_files_are_added(desk: Desk) -> None:
    for release in (SHOW, SINTEL):
        (desk.stage.folder / f"{release.name}.torrent").write_bytes(release.torrent)

    names = await desk.run("Add every .torrent file of a folder")

    assert sorted(names) == sorted([SHOW.name, SINTEL.name])


async def test_a_torrent_is_waited_for(desk: Desk) -> None:
    (path,) = await desk.run("Wait until a torrent is ready")

    assert Path(path).is_relative_to(desk.stage.downloads / "films")
    assert Path(path).name in [each.name for each in (desk.stage.downloads / "films").iterdir()]


async def test_changes_are_followed(desk: Desk) -> None:
    async with desk.started("Follow every change as it happens") as watching:
        await desk.run("Add a magnet link")
        async with asyncio.timeout(DEADLINE):
            said, complaint = await watching.communicate()

    assert said.decode().strip() == SINTEL.name, complaint.decode()


async def test_a_list_is_read_page_by_page(desk: Desk) -> None:
    await desk.run("Wait until a torrent is ready")

    assert await desk.run("Read a long list page by page") == [f"pausedUP {SINTEL.name}"]


async def test_what_failed_is_tried_again(desk: Desk) -> None:
    desk.stage.realdebrid.refuses(SINTEL.infohash)
    (said,) = await desk.run("Wait until a torrent is ready")
    assert said.startswith("failed: ")
    desk.stage.realdebrid.verdicts.clear()

    (why,) = await desk.run("Find what failed, and try it again")

    assert why.startswith(f"{SINTEL.name}: ")
    await desk.wait_for(SINTEL.infohash)


async def test_a_category_is_paused_and_goes_on(desk: Desk) -> None:
    await desk.run("Add a magnet link")

    assert await desk.run("Pause a whole category, and go on with it") == []
    await desk.wait_for(SINTEL.infohash)


async def test_a_receiver_believes_only_us(desk: Desk) -> None:
    title = "Receive webhooks, and believe only ours"
    with claimed_port() as claim:
        port = claim.getsockname()[1]
        heard = await heard_by(desk, title, port)

    assert heard == f"torrent.completed {SINTEL.name}"


async def heard_by(desk: Desk, title: str, port: int) -> str:
    """What a recipe prints first once a torrent is ready; it is told something forged as well."""
    async with desk.stage.person() as person:
        async with person.get("/api/webhooks") as answer:
            key = (await answer.json())["signing_key"]
        async with desk.started(title, SIGNING_KEY=key, PORT=str(port)) as receiver:
            await listening(port)
            form = {"arr": "films", "urls": SINTEL.magnet(), "callbackUrl": f"http://127.0.0.1:{port}/"}
            async with person.post("/api/add", json=form) as answer:
                assert "errors" not in await answer.json()
            assert receiver.stdout is not None
            async with asyncio.timeout(DEADLINE):
                heard = (await receiver.stdout.readline()).decode().strip()
            forged = {"webhook-id": "x", "webhook-timestamp": "0", "webhook-signature": "v1,x"}
            async with person.post(f"http://127.0.0.1:{port}/", data=b"{}", headers=forged) as answer:
                assert answer.status == 401
    return heard


async def test_nothing_dead_is_sent_again(desk: Desk) -> None:
    assert await desk.run("Send again what a receiver missed") == ["0"]


async def test_a_setting_is_changed(desk: Desk) -> None:
    said = await desk.run("Change a setting")

    assert (said[0], said[-1]) == ("success", "5")


async def test_the_token_is_changed(desk: Desk) -> None:
    await desk.run("Change the token")

    kept = desk.stage.folder / "qbitproxy.token"
    assert kept.stat().st_mode & 0o077 == 0
    desk.environ["API_TOKEN"] = kept.read_text().strip()
    assert await desk.run("Add a magnet link") == [SINTEL.infohash]


async def test_a_request_is_found_again(desk: Desk) -> None:
    request_id, *_ = await desk.run("Find out what was wrong with a request")

    assert re.fullmatch("[0-9a-f]{16}", request_id)


def test_every_recipe_is_run_by_a_test_of_this_module() -> None:
    here = Path(__file__).read_text()

    assert [title for title in RECIPES if f'"{title}"' not in here] == []
