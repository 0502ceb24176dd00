"""How fast things may go, as clients have set it under the names of qBittorrent's preferences.

Source: qBittorrent 4.6.7, base/bittorrent/bandwidthscheduler.cpp, SessionImpl::downloadSpeedLimit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from msgspec import Struct

USUAL_ALTERNATIVE = 10240  # bytes per second

CHOSEN, CHOSEN_AT = "use_alt_speed_limits", "alt_speed_limits_chosen_at"
"""The preferences that hold which limits were chosen, and when: as a schedule goes on from there."""

EVERY_DAY, WEEKDAYS, WEEKEND, MONDAY = 0, 1, 2, 3
SATURDAY = 5
LONGEST_STRETCH = timedelta(days=8)
"""A schedule that changes anything does so within a week."""


class Limits(Struct, frozen=True):
    """Bytes per second, 0 for no limit."""

    download: int = 0
    upload: int = 0


class Schedule(Struct, frozen=True, kw_only=True):
    """When the alternative limits are in force, in local time."""

    starts: time
    ends: time
    days: int = EVERY_DAY  # or WEEKDAYS, WEEKEND, MONDAY and the days that follow it

    def covers(self, now: datetime) -> bool:
        """Whether the alternative limits are in force; a start after the end leaves out what is between."""
        early, late = sorted((self.starts, self.ends))
        turned = self.starts > self.ends
        between = early <= now.time() <= late and self._is_day(now.weekday())
        return between is not turned

    def changed(self, since: datetime, now: datetime) -> bool:
        """Whether it has switched anything between two moments of one time zone."""
        if now - since > LONGEST_STRETCH:
            return True
        before = self.covers(since)
        return any(self.covers(at) is not before for at in self._moments(since, now))

    def _moments(self, since: datetime, now: datetime) -> Iterator[datetime]:
        """Where it may switch, between two moments, with the later of the two."""
        for days in range((now.date() - since.date()).days + 1):
            date = since.date() + timedelta(days=days)
            for at in (time(), self.starts, self.ends):
                moment = datetime.combine(date, at, now.tzinfo)
                for each in (moment, moment + timedelta(seconds=1)):
                    if since < each < now:
                        yield each
        yield now

    def _is_day(self, weekday: int) -> bool:
        match self.days:
            case 0:
                return True
            case 1:
                return weekday < SATURDAY
            case 2:
                return weekday >= SATURDAY
        return weekday == self.days - MONDAY


def alternative(preferences: Mapping[str, Any], now: datetime) -> bool:
    """Whether the alternative limits are in force; `now` is in local time.

    What a person chose lasts until the schedule switches the next time.
    """
    chosen = preferences.get(CHOSEN) is True
    if preferences.get("scheduler_enabled") is not True:
        return chosen
    schedule = _schedule(preferences)
    chosen_at = _instant(preferences.get(CHOSEN_AT))
    if chosen_at is None or schedule.changed(chosen_at.astimezone(now.tzinfo), now):
        return schedule.covers(now)
    return chosen


def limits(preferences: Mapping[str, Any], now: datetime) -> Limits:
    """The limits in force; `now` is in local time."""
    if alternative(preferences, now):
        down, up = "alt_dl_limit", "alt_up_limit"
        return Limits(
            _whole(preferences, down, USUAL_ALTERNATIVE), _whole(preferences, up, USUAL_ALTERNATIVE)
        )
    return Limits(_whole(preferences, "dl_limit", 0), _whole(preferences, "up_limit", 0))


def lower(*bounds: int) -> int:
    """The lowest of some limits, of which 0 is none."""
    return min(filter(None, bounds), default=0)


def _schedule(preferences: Mapping[str, Any]) -> Schedule:
    def at(name: str, usual: int) -> time:
        hour = _whole(preferences, f"schedule_{name}_hour", usual)
        return time(min(hour, 23), min(_whole(preferences, f"schedule_{name}_min", 0), 59))

    days = _whole(preferences, "scheduler_days", EVERY_DAY)
    return Schedule(starts=at("from", 8), ends=at("to", 20), days=days)


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _whole(preferences: Mapping[str, Any], key: str, usual: int) -> int:
    value = preferences.get(key, usual)
    return max(value, 0) if isinstance(value, int) else usual
