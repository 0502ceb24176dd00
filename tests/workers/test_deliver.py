"""Webhooks on their way to receivers that fail, hang, come back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web
from msgspec import Struct

from qbitproxy.notifiers.callback import Callback, receiver_of
from qbitproxy.notifiers.discord import Discord
from qbitproxy.notifiers.signature import Signer
from qbitproxy.notifiers.ways import TARGET, Ways
from qbitproxy.outbox import Delivery, Outbox, State
from qbitproxy.store import Store
from qbitproxy.turns import breathe
from qbitproxy.workers.deliver import DAY, Deliver, Persistence
from qbitproxy.workers.pulse import Pulse
from tests.support import DEADLINE
from tests.workers.desk import WatchedClock, at_work

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PERSISTENCE = Persistence(first_retry=10 * SECOND, give_up=3 * DAY)
SIGNER = Signer(b"a fake key of 24 bytes..")
Hear = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Post(Struct):
    """An outbox with its worker, which is not at work yet."""

    outbox: Outbox
    deliver: Deliver
    clock: WatchedClock
    pulse: Pulse

    async def send(self, url: str, *event_ids: str, torrent: int = 0) -> None:
        """Queue one delivery for each event."""
        now = self.clock.now()
        await self.outbox.put(
            [
                Delivery(
                    event_id=event_id,
                    torrent=torrent,
                    kind="torrent.completed",
                    receiver=url if url.startswith(TARGET) else receiver_of(url),
                    url=url,
                    payload=msgspec.json.encode(event_id),
                    created=now,
                    due=now,
                )
                for event_id in event_ids
            ]
        )

    async def listed(self) -> list[Delivery]:
        """Every delivery, the oldest first."""
        return (await self.outbox.listed(None, 2**62, 1000))[::-1]

    async def until(self, fact: Callable[[list[Delivery]], bool], step: timedelta = SECOND) -> list[Delivery]:
        """Let time pass, step by step, until `fact` holds of all deliveries."""
        async with asyncio.timeout(DEADLINE):
            while not fact(found := await self.listed()):
                self.clock.advance(step)
        return found

    async def next_try(self, delivery: Delivery) -> Delivery:
        """What comes of `delivery`, the only one, once it is due; the worker is not at work."""
        assert delivery.due is not None
        self.clock.advance(delivery.due - self.clock.now())
        await self.deliver.serve(delivery.receiver)
        [tried] = await self.listed()
        return tried


@asynccontextmanager
async def a_post(folder: Path, deadline: timedelta = 5 * SECOND, **targets: str) -> AsyncIterator[Post]:
    """`targets` are addresses of channels by their names in the settings."""
    clock = WatchedClock()
    pulse = Pulse(clock)
    async with aiohttp.ClientSession() as session:
        with closing(Store(folder / "qbitproxy.db")) as store:
            channels = {name: Discord(session, url, deadline, timedelta()) for name, url in targets.items()}
            outbox, ways = Outbox(store), Ways(Callback(session, deadline, SIGNER), channels)
            yield Post(outbox, Deliver(outbox, ways, PERSISTENCE, pulse, clock), clock, pulse)


@asynccontextmanager
async def a_receiver(hear: Hear) -> AsyncIterator[str]:
    """The URL of somebody who hears webhooks."""
    app = web.Application()
    app.router.add_post("/told", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/told"
    finally:
        await runner.cleanup()


def settled(deliveries: list[Delivery]) -> bool:
    return all(delivery.due is None for delivery in deliveries)


async def test_a_webhook_carries_its_id_its_time_and_a_signature_over_both(tmp_path: Path) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=204)

    async with a_receiver(hear) as url, a_post(tmp_path) as post, at_work(post.deliver.run):
        await post.send(url, "event-1")
        [delivery] = await post.until(settled)

    [(headers, body)] = heard
    assert headers["webhook-id"] == "event-1"
    expected = SIGNER.headers("event-1", post.clock.now(), body)
    assert headers["webhook-signature"].startswith("v1,")
    assert expected.keys() <= headers.keys()
    assert (delivery.state, delivery.attempts, delivery.outcome) == (State.DELIVERED, 1, "delivered")


async def test_a_receiver_that_fails_is_tried_again_less_and_less_often_up_to_once_a_day(
    tmp_path: Path,
) -> None:
    waits: list[timedelta] = []

    async def hear(_: web.Request) -> web.Response:
        return web.Response(status=503)

    async with a_receiver(hear) as url, a_post(tmp_path) as post:
        await post.send(url, "event-1")
        [delivery] = await post.listed()
        while delivery.due is not None:
            delivery = await post.next_try(delivery)
            if delivery.due is not None and delivery.tried is not None:
                waits.append(delivery.due - delivery.tried)

    assert waits[:4] == [10 * SECOND, 20 * SECOND, 40 * SECOND, 80 * SECOND]
    assert waits == sorted(waits)
    assert waits[-1] == DAY
    assert delivery.tried is not None
    assert delivery.tried - delivery.created <= PERSISTENCE.give_up
    assert (delivery.state, delivery.outcome) == (State.DEAD, "answered 503")


async def test_a_dead_delivery_goes_out_again_when_a_person_asks_for_it(tmp_path: Path) -> None:
    well = False

    async def hear(_: web.Request) -> web.Response:
        return web.Response(status=200 if well else 410)

    async with a_receiver(hear) as url, a_post(tmp_path) as post, at_work(post.deliver.run):
        await post.send(url, "event-1", "event-2")
        [first, second] = await post.until(settled, HOUR)
        assert {first.state, second.state} == {State.DEAD}

        well = True
        assert await post.outbox.replay(post.clock.now(), first.id) == 1
        assert await post.outbox.replay(post.clock.now(), 12345) == 0
        [first, second] = await post.until(settled)
        assert (first.state, second.state) == (State.DELIVERED, State.DEAD)

        assert await post.outbox.replay(post.clock.now()) == 1
        [_, second] = await post.until(settled)
        assert second.state is State.DELIVERED


async def test_one_torrents_events_arrive_in_order_though_the_first_fails(tmp_path: Path) -> None:
    refused: Counter[str] = Counter()
    told: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        event = await request.json()
        if event == "failed" and refused[event] < 3:
            refused[event] += 1
            return web.Response(status=500)
        told.append(event)
        return web.Response()

    async with a_receiver(hear) as url, a_post(tmp_path) as post, at_work(post.deliver.run):
        await post.send(url, "failed", "completed", torrent=7)
        await post.send(url, "of another", torrent=8)
        await post.until(settled)

    assert told == ["of another", "failed", "completed"]


async def test_a_receiver_that_hangs_keeps_no_other_waiting(tmp_path: Path) -> None:
    told, end = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await end.wait()
        return web.Response()

    async def hear(_: web.Request) -> web.Response:
        told.set()
        return web.Response()

    async with a_receiver(hang) as slow, a_receiver(hear) as quick, a_post(tmp_path, HOUR) as post:
        await post.send(slow, "event-1", "event-2")
        await post.send(quick, "event-1")
        async with at_work(post.deliver.run), asyncio.timeout(DEADLINE):
            await told.wait()
            end.set()


async def test_what_was_cut_short_by_the_end_of_the_process_is_sent_again(tmp_path: Path) -> None:
    heard: list[str] = []
    arrived, end = asyncio.Event(), asyncio.Event()

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.json())
        arrived.set()
        await end.wait()
        return web.Response()

    async with a_receiver(hear) as url:
        async with a_post(tmp_path) as post:
            await post.send(url, "event-1")
            async with at_work(post.deliver.run), asyncio.timeout(DEADLINE):
                await arrived.wait()
        end.set()
        async with a_post(tmp_path) as post, at_work(post.deliver.run):
            await post.until(settled)

    assert heard == ["event-1", "event-1"]


async def test_many_receivers_that_take_their_time_are_no_silence_of_ours(tmp_path: Path) -> None:
    silent: list[str] = []

    async with a_post(tmp_path) as post:

        async def hear(_: web.Request) -> web.Response:
            post.clock.advance(15 * SECOND)
            await breathe()
            silent.extend(post.pulse.silent())
            return web.Response()

        async with a_receiver(hear) as url, at_work(post.deliver.run):
            await post.send(url, *(f"event-{number}" for number in range(20)))
            await post.until(settled)

    assert silent == []


async def test_the_same_event_for_the_same_url_is_one_delivery(tmp_path: Path) -> None:
    async with a_post(tmp_path) as post:
        await post.send("http://a.example/hook", "event-1")
        await post.send("http://a.example/hook", "event-1")
        await post.send("http://b.example/hook", "event-1")

        assert [each.receiver for each in await post.listed()] == ["http://a.example", "http://b.example"]


async def test_old_deliveries_go_once_they_are_settled(tmp_path: Path) -> None:
    async with a_post(tmp_path) as post:
        await post.send("http://a.example/hook", "event-1", "event-2")
        [first, _] = await post.listed()
        await post.outbox.settle([msgspec.structs.replace(first, due=None, state=State.DELIVERED)])

        assert await post.outbox.trim(post.clock.now() + DAY) == 1
        assert [each.event_id for each in await post.listed()] == ["event-2"]
        assert await post.outbox.counts() == {State.WAITING: 1, State.DELIVERED: 0, State.DEAD: 0}


def test_a_receiver_is_told_apart_without_what_its_url_may_hold_as_a_secret() -> None:
    assert receiver_of("https://user:pass@hooks.example:8443/T00/SECRET?key=fake") == (
        "https://hooks.example:8443"
    )


async def test_a_message_that_nobody_can_put_into_words_takes_no_other_with_it(tmp_path: Path) -> None:
    async def hear(_: web.Request) -> web.Response:
        return web.Response()

    async with a_receiver(hear) as url, a_post(tmp_path, phone=url) as post, at_work(post.deliver.run):
        await post.send(f"{TARGET}phone", "of-a-newer-release")  # after a way back to this one
        await post.send(url, "event-1")
        found = await post.until(settled, HOUR)

    assert [delivery.state for delivery in found] == [State.DEAD, State.DELIVERED]
    assert "see the log" in found[0].outcome
