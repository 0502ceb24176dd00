"""The real time passes."""

from __future__ import annotations

from datetime import UTC, timedelta

from qbitproxy.clock import SystemClock


async def test_both_clocks_go_on_while_one_sleeps() -> None:
    clock = SystemClock()
    wall, steady = clock.now(), clock.monotonic()

    await clock.sleep(timedelta(milliseconds=5))

    assert clock.monotonic() - steady >= 0.004
    assert clock.now() >= wall
    assert wall.tzinfo is UTC
