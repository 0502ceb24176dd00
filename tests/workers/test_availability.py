"""What providers said they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from qbitproxy.core.faults import Unreachable
from qbitproxy.workers.availability import BELIEVED, Availability, Inquiry
from tests.support import ManualClock


class Desk:
    """Answers when it is let to."""

    def __init__(self, *held: str) -> None:
        self.held = frozenset(held)
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.down = False

    async def ask(self, infohashes: Sequence[str]) -> frozenset[str]:
        self.asked.append(list(infohashes))
        await self.open.wait()
        if self.down:
            raise Unreachable("one", "down")
        return self.held & set(infohashes)


async def test_what_was_said_is_believed_for_a_while() -> None:
    clock, desk = ManualClock(), Desk("a")
    availability, inquiry = Availability(clock), Inquiry(100, desk.ask)

    await availability.learn("one", "a", inquiry)
    await availability.learn("one", "b", inquiry)

    assert (availability.holds("one", "a"), availability.holds("one", "b")) == (True, False)
    assert not availability.is_known("two", "a")
    clock.advance(BELIEVED)
    assert not availability.is_known("one", "a")
    assert availability.holds("one", "a") is None


async def test_those_who_ask_while_a_call_is_under_way_share_the_next() -> None:
    desk = Desk(*"abcdefghij")
    availability, inquiry = Availability(ManualClock()), Inquiry(4, desk.ask)
    desk.open.clear()

    async with asyncio.TaskGroup() as group:
        for name in "abcdefghij":
            group.create_task(availability.learn("one", name, inquiry))
        await _breath()
        desk.open.set()

    assert [len(batch) for batch in desk.asked] == [1, 4, 4, 1]
    assert all(availability.holds("one", name) for name in "abcdefghij")


async def test_a_call_that_fails_leaves_everything_unknown_but_is_not_repeated_at_once() -> None:
    desk = Desk("a")
    desk.down = True
    availability, inquiry = Availability(ManualClock()), Inquiry(100, desk.ask)

    await availability.learn("one", "a", inquiry)

    assert availability.is_known("one", "a")
    assert availability.holds("one", "a") is None


async def test_who_leaves_while_waiting_spoils_nobody_elses_answer() -> None:
    desk = Desk("a", "b")
    availability, inquiry = Availability(ManualClock()), Inquiry(100, desk.ask)
    desk.open.clear()

    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(availability.learn("one", "a", inquiry))
        staying = group.create_task(availability.learn("one", "b", inquiry))
        await _breath()
        leaving.cancel()
        desk.open.set()
        await staying

    assert availability.holds("one", "b") is True


async def _breath() -> None:
    """Let every task run until it waits for something."""
    for _ in range(5):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done
