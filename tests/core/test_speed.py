"""Which speed limits are in force, when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.speed import Limits, alternative, limits, lower

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
NIGHT = {"schedule_from_hour": 22, "schedule_to_hour": 6}
BOTH = {"dl_limit": 4096, "up_limit": 2048, "alt_dl_limit": 1024, "alt_up_limit": 0}


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def test_nothing_is_limited_until_somebody_says_so() -> None:
    assert limits({}, MONDAY) == Limits(0, 0)
    assert limits({"use_alt_speed_limits": True}, MONDAY) == Limits(10240, 10240)


def test_the_chosen_limits_are_in_force() -> None:
    assert limits(BOTH, MONDAY) == Limits(4096, 2048)
    assert limits({**BOTH, "use_alt_speed_limits": True}, MONDAY) == Limits(1024, 0)


@pytest.mark.parametrize(
    ("preferences", "now", "expected"),
    [
        ({}, at(8), True),
        ({}, at(7, 59), False),
        ({}, at(20), True),
        ({}, at(20, 1), False),
        (NIGHT, at(23), True),
        (NIGHT, at(5), True),
        (NIGHT, at(12), False),
        ({"scheduler_days": 1}, at(12), True),
        ({"scheduler_days": 1}, at(12, day=5), False),
        ({"scheduler_days": 2}, at(12), False),
        ({"scheduler_days": 2}, at(12, day=6), True),
        ({"scheduler_days": 3}, at(12), True),
        ({"scheduler_days": 3}, at(12, day=1), False),
        ({"scheduler_days": 9}, at(12, day=6), True),
        ({"schedule_from_hour": 99, "schedule_from_min": -4}, at(22), False),
    ],
)
def test_a_schedule_says_when(preferences: dict[str, Any], now: datetime, expected: bool) -> None:
    assert alternative({"scheduler_enabled": True, **preferences}, now) is expected


@pytest.mark.parametrize(
    ("chosen_at", "now", "expected"),
    [
        (at(9), at(10), False),
        (at(9), at(20), False),
        (at(9), at(20, 1), False),
        (at(9), at(8, day=1), True),
        (at(9), at(9, day=30), True),
        (at(7), at(7, 30), False),
        (at(7), at(8), True),
    ],
)
def test_a_choice_lasts_until_the_schedule_switches(
    chosen_at: datetime, now: datetime, expected: bool
) -> None:
    preferences = {
        "scheduler_enabled": True,
        "use_alt_speed_limits": False,
        "alt_speed_limits_chosen_at": chosen_at.isoformat(),
    }

    assert alternative(preferences, now) is expected


def test_a_schedule_is_that_of_the_place_it_is_in() -> None:
    tokyo = MONDAY.astimezone(timezone(timedelta(hours=9)))

    assert alternative({"scheduler_enabled": True}, tokyo)  # nine in the morning there, midnight in UTC
    assert not alternative({"scheduler_enabled": True}, MONDAY)


@given(st.lists(st.integers(0, 1 << 40), max_size=4))
def test_of_several_limits_the_lowest_is_kept(bounds: list[int]) -> None:
    kept = lower(*bounds)

    assert kept == (min([bound for bound in bounds if bound] or [0]))


def test_what_is_no_number_counts_as_not_set() -> None:
    assert limits({"dl_limit": "fast", "up_limit": -5}, MONDAY) == Limits(0, 0)
