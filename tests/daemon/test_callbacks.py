"""Somebody else is told of what is finished, whatever happens to him or to us meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import web

from compat.content import SINTEL
from qbitproxy.settings import Settings
from qbitproxy.settings.sections import WebhookSettings
from tests.stage import Stage
from tests.support import DEADLINE


class Receiver:
    """Hears callbacks; answers 503 to them while it is out of order."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.refused: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.out_of_order = False
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        heard = self.refused if self.out_of_order else self.told
        heard.put_nowait(await request.json())
        return web.Response(status=503 if self.out_of_order else 200)

    def settings(self, stage: Stage) -> Settings:
        """The stage's settings, with everything told to this receiver."""
        nearby = (ip_network("127.0.0.0/8"),)
        return stage.settings(webhooks=WebhookSettings(callback_url=self.url, allow_private=nearby))


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/told", receiver.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/told"
        yield receiver
    finally:
        await runner.cleanup()


def let_the_wait_pass(stage: Stage) -> None:
    """Make every callback that waits for its next try due; the daemon is not running."""
    with closing(sqlite3.connect(stage.state / "qbitproxy.db")) as database:
        database.execute("UPDATE delivery SET due = '2026-01-01T00:00:00+00:00' WHERE due IS NOT NULL")
        database.commit()


async def test_a_callback_tells_of_the_finished_torrent_without_any_key(tmp_path: Path) -> None:
    async with a_receiver() as receiver, Stage(tmp_path) as stage:
        async with stage.running(receiver.settings(stage)), asyncio.timeout(DEADLINE):
            stage.realdebrid.knows(SINTEL)
            await stage.sonarr.grab(SINTEL)
            await stage.imports(SINTEL)
            story = await receiver.told.get()

        assert (story["status"], story["type"]) == ("completed", "torrent.completed")
        assert story["torrent"]["hash"] == SINTEL.infohash
        assert stage.sonarr.api_key not in str(story)
        assert stage.realdebrid.token not in str(story)


async def test_a_receiver_that_was_down_across_a_restart_is_told_once_it_is_up(tmp_path: Path) -> None:
    async with a_receiver() as receiver, Stage(tmp_path) as stage, asyncio.timeout(DEADLINE):
        receiver.out_of_order = True
        stage.realdebrid.knows(SINTEL)
        async with stage.running(receiver.settings(stage)):
            await stage.sonarr.grab(SINTEL)
            await stage.imports(SINTEL)
            missed = await receiver.refused.get()
        let_the_wait_pass(stage)

        receiver.out_of_order = False
        async with stage.running(receiver.settings(stage)):
            story = await receiver.told.get()

        assert story == missed
        assert receiver.told.empty()
