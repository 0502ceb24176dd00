"""A loop that falls silent is seen from outside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from qbitproxy.workers.pulse import Pulse
from tests.support import ManualClock
from tests.web.stand import Stand, a_stand

EVERY = timedelta(seconds=10)
A_MOMENT = timedelta(milliseconds=1)


async def readiness(stand: Stand) -> int:
    async with stand.client.get("/ready") as answer:
        return answer.status


async def test_a_silent_loop_turns_readiness_red_until_it_is_heard_of_again(tmp_path: Path) -> None:
    clock = ManualClock()
    pulse = Pulse(clock)
    async with a_stand(tmp_path, clock=clock, ready=lambda: not pulse.silent()) as stand:
        pulse.beat("poll", EVERY)
        assert await readiness(stand) == 200

        clock.advance(3 * EVERY)
        assert await readiness(stand) == 200
        clock.advance(A_MOMENT)
        assert await readiness(stand) == 503

        pulse.beat("poll", EVERY)
        assert await readiness(stand) == 200


def test_one_loop_does_not_speak_for_another() -> None:
    clock = ManualClock()
    pulse = Pulse(clock)
    pulse.beat("advance", EVERY)
    pulse.beat("poll", EVERY)

    clock.advance(2 * EVERY)
    pulse.beat("advance", EVERY)
    clock.advance(EVERY + A_MOMENT)

    assert pulse.silent() == ["poll"]
