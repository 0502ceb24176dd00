"""Many webhooks to a receiver that often fails, while the daemon is killed twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import msgspec
from aiohttp import web

from benchmarks import rig
from benchmarks.strain import verdict
from qbitproxy.notifiers.callback import receiver_of
from qbitproxy.outbox import Delivery, Outbox
from qbitproxy.settings import ServerSettings, Settings, WebhookSettings
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.store import Store

FAILING = 0.3  # of all tries
SEED = 7
KILLS = (0.3, 0.7)  # when so much was delivered
LOOK = 0.02  # seconds
MOST_TWICE = 0.001


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What arrived."""

    events: int
    lost: int
    twice: int  # deliveries beyond the first of an event
    tries: int
    lasted: float  # seconds


class Receiver:
    """Fails at random, remembers what it took."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.tries = 0
        self.url = ""
        self._chance = random.Random(SEED)  # noqa: S311 - the same luck each time

    async def hear(self, request: web.Request) -> web.Response:
        self.tries += 1
        if self._chance.random() < FAILING:
            return web.Response(status=503)
        self.taken[request.headers["webhook-id"]] += 1
        return web.Response(status=204)


async def measured(folder: Path, count: int) -> Delivered:
    """Queue `count` events, deliver them all across two kills."""
    async with a_receiver() as receiver:
        (folder / "state").mkdir()
        await queue(folder / "state" / "qbitproxy.db", receiver.url, count)
        chosen = settings(folder, receiver.url)
        began, password = time.perf_counter(), ""
        for share in (*KILLS, 1.0):
            async with rig.qbitproxy(folder, chosen, password) as daemon:
                password = daemon.password
                while len(receiver.taken) < share * count:
                    await asyncio.sleep(LOOK)
                if share < 1:
                    os.kill(daemon.pid, signal.SIGKILL)
        lasted = time.perf_counter() - began
    return Delivered(
        events=count,
        lost=count - len(receiver.taken),
        twice=receiver.taken.total() - len(receiver.taken),
        tries=receiver.tries,
        lasted=lasted,
    )


def settings(folder: Path, url: str) -> Settings:
    """A daemon that may call its own host and does not wait long."""
    return Settings(
        server=ServerSettings(port=rig.free_port()),
        files=FilesSettings(download_root=str(folder / "downloads")),
        webhooks=WebhookSettings(
            callback_url=url, allow_private=(ip_network("127.0.0.0/8"),), first_retry=timedelta(seconds=1)
        ),
    )


async def queue(path: Path, url: str, count: int) -> None:
    """Put `count` events of as many torrents into the outbox."""
    now = datetime.now(UTC)
    deliveries = [
        Delivery(
            event_id=f"event-{number}",
            torrent=number + 1,
            kind="torrent.completed",
            receiver=receiver_of(url),
            url=url,
            payload=msgspec.json.encode({"id": f"event-{number}", "type": "torrent.completed"}),
            created=now,
            due=now,
        )
        for number in range(count)
    ]
    with closing(Store(path)) as store:
        await Outbox(store).put(deliveries)


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    """Somebody who hears webhooks."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/told", receiver.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/told"
        yield receiver
    finally:
        await runner.cleanup()


def table(found: Delivered) -> Iterator[str]:
    """What became of all of them."""
    yield "## Webhooks to a receiver that often fails\n"
    yield (
        f"One receiver that answers 503 to {FAILING:.0%} of the tries; the daemon is killed twice. "
        "An event counts as twice when the daemon was killed between its answer and our note of it.\n"
    )
    yield "| What | Measured | Goal |\n| --- | --- | --- |"
    yield f"| events | {found.events:,} | |"
    yield f"| lost | {found.lost} | 0 |"
    yield f"| delivered twice | {found.twice} ({found.twice / found.events:.2%}) | under {MOST_TWICE:.1%} |"
    yield f"| tries | {found.tries:,} | |"
    yield f"| until the last, starts included | {found.lasted:.0f} s | |"
    yield verdict(
        {"nothing lost": not found.lost, "hardly anything twice": found.twice < MOST_TWICE * found.events}
    )
