"""When recurrent work begins: after an interval, at a time of day, by a cron expression, within a window."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from msgspec import Struct

FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""The range of minute, hour, day of the month, month, day of the week (0 and 7 are Sunday)."""

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FARTHEST = 8 * 366
"""Days after which an expression such as "0 0 29 2 *" must have had its time."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Window(Struct, frozen=True):
    """A part of each day, perhaps across midnight; all of it from one time to the same."""

    begin: time
    end: time

    def holds(self, at: datetime) -> bool:
        """Whether local time `at` lies in it."""
        now = at.time().replace(tzinfo=None)
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    def next(self, at: datetime) -> datetime:
        """`at` itself, or when the window opens next."""
        if self.holds(at):
            return at
        opens = at.replace(hour=self.begin.hour, minute=self.begin.minute, second=0, microsecond=0)
        return opens if opens >= at else opens + DAY


class Timetable(Struct, frozen=True):
    """When to begin: either `every`, or at the minutes that `cron` names."""

    every: timedelta | None = None
    cron: tuple[frozenset[int], ...] = ()
    days_are_either: bool = False  # day of month and of week are both limited: either will do, as in cron

    def after(self, last: datetime) -> datetime:
        """The first time to begin after `last`, both local."""
        if self.every is not None:
            return last + self.every
        minutes, hours, *_ = self.cron
        day = (last + MINUTE).replace(second=0, microsecond=0)
        for _ in range(FARTHEST):
            if self._is_day(day):
                for hour in sorted(hour for hour in hours if hour >= day.hour):
                    first = day.minute if hour == day.hour else 0
                    for minute in sorted(minute for minute in minutes if minute >= first):
                        return day.replace(hour=hour, minute=minute)
            day = (day + DAY).replace(hour=0, minute=0)
        return datetime.max.replace(tzinfo=last.tzinfo)

    def _is_day(self, day: datetime) -> bool:
        _, _, days, months, weekdays = self.cron
        in_month, in_week = day.day in days, (day.isoweekday() % 7) in weekdays
        suits = (in_month or in_week) if self.days_are_either else (in_month and in_week)
        return day.month in months and suits


def timetable(text: str) -> Timetable:
    """ "12h", "04:00", or five fields of cron. Raises ValueError."""
    text = text.strip()
    if re.fullmatch(r"([0-9]{1,6}[smhd])+", text):
        parts = re.findall(r"([0-9]+)([smhd])", text)
        every = timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))
        if every < MINUTE:
            raise ValueError("is less than a minute")
        return Timetable(every=every)
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        at = _time(text)
        text = f"{at.minute} {at.hour} * * *"
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise ValueError("is neither a duration, nor a time of day, nor five fields of cron")
    cron = [_numbers(field, low, high) for field, (low, high) in zip(fields, FIELDS, strict=True)]
    cron[-1] = frozenset(day % 7 for day in cron[-1])
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Timetable(cron=tuple(cron), days_are_either=either)


def window(text: str) -> Window:
    """ "02:00-06:00". Raises ValueError."""
    begin, _, end = text.partition("-")
    return Window(_time(begin.strip()), _time(end.strip()))


def _time(text: str) -> time:
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        raise ValueError("is not a time of day such as 04:00")
    hour, minute = map(int, text.split(":"))
    return time(hour, minute)


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    """What one field of cron names: "*", "*/15", "1-5", "1,3", "10-20/2"."""
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|[0-9]{1,2}(?:-[0-9]{1,2})?)(?:/([0-9]{1,2}))?", part)
        if match is None:
            raise ValueError(f"has a field that is not understood: {part[:20]!r}")
        span, step = match[1], int(match[2] or 1)
        first, _, last = span.partition("-")
        begin, end = (low, high) if span == "*" else (int(first), int(last or (high if match[2] else first)))
        if not step or not low <= begin <= end <= high:
            raise ValueError(f"has a field out of range: {part[:20]!r}")
        found.update(range(begin, end + 1, step))
    return frozenset(found)
