"""Turns of one account."""

from __future__ import annotations

import asyncio

import pytest

from qbitproxy.pace import Pace
from tests.support import ManualClock

DEADLINE = 5.0  # seconds


async def take(pace: Pace, name: str, turns: list[str], *, background: bool = False) -> None:
    await pace.turn(background)
    turns.append(name)


async def settle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(5):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done


async def test_an_unlimited_account_never_waits() -> None:
    pace = Pace(ManualClock(), 0, 1, 0)

    async with asyncio.timeout(DEADLINE):
        for _ in range(1000):
            await pace.turn()


async def test_calls_beyond_the_burst_are_spread_evenly() -> None:
    pace = Pace(ManualClock(), 6000, 5, 0)  # one each 10 ms
    began = asyncio.get_running_loop().time()

    async with asyncio.timeout(DEADLINE):
        for _ in range(10):
            await pace.turn()

    assert asyncio.get_running_loop().time() - began >= 0.045


async def test_foreground_calls_go_before_background_calls_that_came_earlier() -> None:
    pace = Pace(ManualClock(), 1200, 1, 0)  # one each 50 ms
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        await pace.turn()
        for number in range(3):
            group.create_task(take(pace, f"background {number}", turns, background=True))
        await settle()
        for number in range(2):
            group.create_task(take(pace, f"foreground {number}", turns))

    assert turns[0] == "background 0"  # it stood at the gate already
    assert turns[1:] == ["foreground 0", "foreground 1", "background 1", "background 2"]


async def test_background_calls_keep_to_their_share() -> None:
    pace = Pace(ManualClock(), 0, 1, 1)  # one a minute
    await pace.turn(background=True)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pace.turn(background=True)
    await pace.turn()


async def test_who_leaves_the_line_holds_up_nobody() -> None:
    pace = Pace(ManualClock(), 1200, 1, 0)
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        await pace.turn()
        leaving = [group.create_task(take(pace, f"leaving {number}", turns)) for number in range(3)]
        group.create_task(take(pace, "staying", turns))
        await settle()
        for task in leaving:
            task.cancel()

    assert turns == ["staying"]


async def test_whoever_is_called_up_just_as_he_leaves_passes_the_turn_on() -> None:
    pace = Pace(ManualClock(), 60000, 1, 0)
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(take(pace, "first", turns))
        second = group.create_task(take(pace, "second", turns))
        group.create_task(take(pace, "third", turns))
        await settle()
        second.cancel()

    assert "third" in turns


def test_throttle_answers_of_calls_under_way_together_count_once() -> None:
    pace = Pace(ManualClock(), 0, 1, 0)

    assert [pace.freeze(None) for _ in range(3)] == [15, 15, 15]
    assert pace.freeze(40) == 40
    assert pace.is_in_doubt()
