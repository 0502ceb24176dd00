"""When recurrent work begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.timetable import timetable, window

MONDAY = datetime(2026, 1, 5, 3, 30, 20, tzinfo=UTC)


def day(number: int, hour: int, minute: int = 0, month: int = 1, year: int = 2026) -> datetime:
    return datetime(year, month, number, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("12h", MONDAY + timedelta(hours=12)),
        ("1d12h", MONDAY + timedelta(hours=36)),
        ("04:00", day(5, 4)),
        ("3:30", day(6, 3, 30)),
        ("*/15 * * * *", day(5, 3, 45)),
        ("0 2 * * 7", day(11, 2)),
        ("0 2 * * 0", day(11, 2)),
        ("30 2 1,15 * *", day(15, 2, 30)),
        ("0 2 13 * 3", day(7, 2)),
        ("0 4 */2 * 1", day(5, 4)),
        ("10-20/5 3 * 2 *", day(1, 3, 10, month=2)),
        ("5/30 3 * * *", day(5, 3, 35)),
        ("0 0 29 2 *", day(29, 0, month=2, year=2028)),
    ],
)
def test_the_next_time_is_the_first_that_fits(text: str, at: datetime) -> None:
    assert timetable(text).after(MONDAY) == at


def test_what_never_comes_is_far_away() -> None:
    assert timetable("0 0 31 2 *").after(MONDAY).year == 9999


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "30s",
        "25:00",
        "4:60",
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "x * * * *",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|has|must"):
        timetable(text)


@given(st.integers(0, 59), st.integers(0, 23), st.integers(0, 5000 * 1440))
def test_a_time_of_day_comes_within_a_day(minute: int, hour: int, since: int) -> None:
    last = MONDAY + timedelta(minutes=since)

    at = timetable(f"{minute} {hour} * * *").after(last)

    assert timedelta() < at - last <= timedelta(days=1)
    assert (at.hour, at.minute) == (hour, minute)


@pytest.mark.parametrize(
    ("text", "at", "opens"),
    [
        ("02:00-06:00", day(5, 3), day(5, 3)),
        ("02:00-06:00", day(5, 6), day(6, 2)),
        ("02:00-06:00", day(5, 1), day(5, 2)),
        ("22:00-04:00", day(5, 23), day(5, 23)),
        ("22:00-04:00", day(5, 3), day(5, 3)),
        ("22:00-04:00", day(5, 4), day(5, 22)),
        ("00:00-00:00", day(5, 3), day(5, 3)),  # the whole day
        ("04:00-04:00", day(5, 4), day(5, 4)),
    ],
)
def test_a_window_opens_each_day(text: str, at: datetime, opens: datetime) -> None:
    assert window(text).next(at) == opens


@pytest.mark.parametrize("text", ["02:00", "2-4", "02:00-24:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|must"):
        window(text)
