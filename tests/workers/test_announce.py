"""Who is told of what became of a torrent, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import aiohttp
from aiohttp import web

from compat.content import SHOW, SINTEL, Release
from qbitproxy.notifiers.callback import Callback
from qbitproxy.outbox import Delivery, Outbox
from qbitproxy.store import Store
from qbitproxy.workers.announce import OWN_LOOK, READER, Announce, CallbackPolicy
from tests.workers.desk import DEADLINE, Desk, a_desk, at_work

NUDGE = "POST /api/v3/command"
GIVE_UP = timedelta(hours=1)
Hear = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def announcing(desk: Desk, folder: Path, url: str = "") -> AsyncIterator[tuple[Announce, Outbox]]:
    """The worker with an outbox on a database of its own."""
    (folder / "outbox").mkdir()
    async with aiohttp.ClientSession() as session:
        with closing(Store(folder / "outbox" / "qbitproxy.db")) as store:
            outbox, callback = Outbox(store), Callback(session, timedelta(seconds=5))
            policy = CallbackPolicy(url=url, give_up=GIVE_UP)
            yield Announce(desk.hands, desk.pulse, outbox, callback, policy), outbox


@asynccontextmanager
async def a_receiver(hear: Hear) -> AsyncIterator[str]:
    """The URL of somebody who hears callbacks."""
    app = web.Application()
    app.router.add_post("/told", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/told"
    finally:
        await runner.cleanup()


async def becomes_ready(desk: Desk, release: Release, after: timedelta) -> None:
    """A release that is asked for now and ready `after` that."""
    desk.service.knows(release)
    torrent_id = await desk.accept(release)
    desk.clock.advance(after)
    while desk.phase(torrent_id) != "Ready":
        await desk.step(torrent_id)


async def test_an_arr_is_not_nudged_right_after_its_grab_but_later_on(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, announcing(desk, tmp_path) as (announce, _), at_work(announce.run):
        await becomes_ready(desk, SINTEL, OWN_LOOK - timedelta(seconds=1))
        await becomes_ready(desk, SHOW, OWN_LOOK)

        await desk.sonarr.run_until(lambda: desk.sonarr.calls(NUDGE))

        assert desk.sonarr.calls(NUDGE) == 1


async def test_an_arr_that_cannot_be_nudged_holds_up_no_callback(tmp_path: Path) -> None:
    told: asyncio.Queue[None] = asyncio.Queue()

    async def hear(_: web.Request) -> web.Response:
        told.put_nowait(None)
        return web.Response()

    async with (
        a_receiver(hear) as url,
        a_desk(tmp_path) as desk,
        announcing(desk, tmp_path, url) as (announce, _),
    ):
        refused = desk.sonarr.fault(NUDGE, kind="html", status=502, times=None)
        await becomes_ready(desk, SINTEL, OWN_LOOK)

        async with at_work(announce.run), asyncio.timeout(DEADLINE):
            while told.empty():
                await desk.clock.pass_by(timedelta(seconds=1))

        assert refused.fired == 1


async def test_many_receivers_that_take_their_time_are_no_silence_of_ours(tmp_path: Path) -> None:
    silent: list[str] = []
    heard = 0

    async with a_desk(tmp_path) as desk:

        async def hear(_: web.Request) -> web.Response:
            nonlocal heard
            heard += 1
            desk.clock.advance(timedelta(seconds=15))
            silent.extend(desk.pulse.silent())
            return web.Response(status=503)

        async with a_receiver(hear) as url, announcing(desk, tmp_path) as (announce, outbox):
            due = [
                Delivery(journal_seq=seq, url=url, payload=b"{}", due=desk.clock.now()) for seq in range(20)
            ]
            await outbox.queue(due, READER, 0)
            async with at_work(announce.run), asyncio.timeout(DEADLINE):
                while heard < len(due):
                    await desk.clock.pass_by(timedelta(seconds=1))

    assert silent == []


async def test_a_receiver_that_stays_away_is_given_up_after_a_while(tmp_path: Path) -> None:
    heard: list[float] = []

    async with a_desk(tmp_path) as desk:

        async def hear(_: web.Request) -> web.Response:
            heard.append(desk.clock.monotonic())
            return web.Response(status=410)

        async with a_receiver(hear) as url, announcing(desk, tmp_path) as (announce, outbox):
            await outbox.queue(
                [Delivery(journal_seq=1, url=url, payload=b"{}", due=desk.clock.now())], READER, 0
            )
            async with at_work(announce.run):
                for _ in range(300):
                    await desk.clock.pass_by(timedelta(seconds=30))

            assert await outbox.due(desk.clock.now() + timedelta(days=365)) == []

    waits = [later - earlier for earlier, later in pairwise(heard)]
    assert waits == sorted(waits)
    assert len(waits) > 3
    assert heard[-1] - heard[0] <= GIVE_UP.total_seconds()
