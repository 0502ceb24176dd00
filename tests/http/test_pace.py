"""Turns of one account."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from qbitproxy.clock import SystemClock
from qbitproxy.core.calls import Limit, Purpose
from qbitproxy.pace import LATE, Pace
from tests.http.desk import a_spec
from tests.support import DEADLINE, ManualClock


async def take(pace: Pace, name: str, turns: list[str], *, purpose: Purpose = Purpose.ADD) -> None:
    turn = await pace.turn(purpose)
    turns.append(name)
    pace.answered(turn, "", pace.passed(""))


async def settle(rounds: int = 5) -> None:
    """Let every task run until it waits for something."""
    for _ in range(rounds):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done


async def test_an_unlimited_account_never_waits() -> None:
    pace = Pace(ManualClock(), a_spec())

    async with asyncio.timeout(DEADLINE):
        for _ in range(1000):
            await pace.turn()


async def test_calls_beyond_the_burst_wait_until_its_time_is_over() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(requests_per_minute=100, burst=20))  # twenty within any twelve seconds
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(take(pace, str(number), turns))
        await settle(30)
        at_once = len(turns)
        clock.advance(timedelta(seconds=11.9))
        await settle(30)
        just_before = len(turns)
        clock.advance(timedelta(seconds=0.2))

    assert (at_once, just_before, len(turns)) == (20, 20, 30)


async def test_a_call_counts_from_its_answer_as_the_service_may_have_seen_it_late() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(requests_per_minute=60))  # one a second
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        turn = await pace.turn()
        clock.advance(timedelta(seconds=0.9))
        pace.answered(turn, "", pace.passed(""))
        group.create_task(take(pace, "next", turns))
        await settle()
        clock.advance(timedelta(seconds=0.9))
        await settle()
        too_early = list(turns)
        clock.advance(timedelta(seconds=0.2))

    assert (too_early, turns) == ([], ["next"])


async def test_a_call_on_its_way_holds_its_place_for_a_while() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(requests_per_minute=60))  # one a second
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        await pace.turn()
        group.create_task(take(pace, "next", turns))
        await settle()
        for _ in range(4):
            clock.advance(timedelta(seconds=1))
            await settle()
        too_early = list(turns)
        clock.advance(timedelta(seconds=LATE))

    assert (too_early, turns) == ([], ["next"])


async def test_foreground_calls_go_before_background_calls_that_came_earlier() -> None:
    pace = Pace(SystemClock(), a_spec(requests_per_minute=1200))  # one each 50 ms
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        await take(pace, "before", [])
        for number in range(3):
            group.create_task(take(pace, f"background {number}", turns, purpose=Purpose.POLL))
        await settle()
        for number in range(2):
            group.create_task(take(pace, f"foreground {number}", turns))

    assert turns[0] == "background 0"  # it stood at the gate already
    assert turns[1:] == ["foreground 0", "foreground 1", "background 1", "background 2"]


async def test_background_calls_keep_to_their_share() -> None:
    pace = Pace(ManualClock(), a_spec(background_per_minute=1))  # one a minute
    await pace.turn(Purpose.REPAIR)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pace.turn(Purpose.REPAIR)
    await pace.turn()


async def test_who_leaves_the_line_holds_up_nobody() -> None:
    pace = Pace(SystemClock(), a_spec(requests_per_minute=1200))
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        await take(pace, "before", [])
        leaving = [group.create_task(take(pace, f"leaving {number}", turns)) for number in range(3)]
        group.create_task(take(pace, "staying", turns))
        await settle()
        for task in leaving:
            task.cancel()

    assert turns == ["staying"]


async def test_whoever_is_called_up_just_as_he_leaves_passes_the_turn_on() -> None:
    pace = Pace(SystemClock(), a_spec(requests_per_minute=60000))
    turns: list[str] = []

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(take(pace, "first", turns))
        second = group.create_task(take(pace, "second", turns))
        group.create_task(take(pace, "third", turns))
        await settle()
        second.cancel()

    assert "third" in turns


def test_throttle_answers_of_calls_under_way_together_count_once() -> None:
    pace = Pace(ManualClock(), a_spec())

    assert [pace.freeze(None) for _ in range(3)] == [15, 15, 15]
    assert pace.freeze(40) == 40
    assert pace.is_in_doubt()


def test_a_closed_gate_stops_no_other() -> None:
    pace = Pace(ManualClock(), a_spec(freezes=(5.0,)))

    pace.freeze(None, "create")

    assert (pace.closed_for("create"), pace.closed_for("read")) == (5.0, 0.0)
    assert pace.is_in_doubt("create")
    assert not pace.is_in_doubt("read")


def test_a_gate_is_full_before_the_service_has_to_say_so() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(limits=(Limit(2, timedelta(hours=1), "create"),)))
    pace.passed("create")
    clock.advance(timedelta(minutes=10))
    pace.passed("create")

    assert pace.closed_for("create") == 50 * 60
    assert pace.closed_for("read") == 0

    clock.advance(timedelta(minutes=50))
    assert pace.closed_for("create") == 0


def test_a_limit_counts_calls_from_their_answers_too() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(limits=(Limit(1, timedelta(minutes=1), "create"),)))
    passed = pace.passed("create")
    clock.advance(timedelta(seconds=20))

    pace.answered(0.0, "create", passed)

    assert pace.closed_for("create") == 60


def test_a_limit_of_the_account_counts_every_gate() -> None:
    pace = Pace(ManualClock(), a_spec(limits=(Limit(2, timedelta(minutes=1)),)))
    pace.passed("create")
    pace.passed("read")

    assert pace.closed_for("read") == pace.closed_for("") == 60


async def test_a_limit_of_a_moment_is_waited_for() -> None:
    clock = ManualClock()
    pace = Pace(clock, a_spec(limits=(Limit(1, timedelta(seconds=1), "create"),)))
    turns: list[float] = []

    async def create() -> None:
        await pace.room("create")
        pace.answered(0.0, "create", pace.passed("create"))
        turns.append(clock.monotonic())

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(create())
        await settle()
        assert (pace.closed_for("create"), turns) == (0, [0.0])
        for _ in range(2):
            clock.advance(timedelta(seconds=1))
            await settle()

    assert turns == [0.0, 1.0, 2.0]
