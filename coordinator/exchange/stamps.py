"""Times, dates and hours as the exchange format writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from coordinator.domain.clinic_time import DAY, WEEKDAYS, Day, Minute
from coordinator.domain.hours import Interval, WeeklyHours


def write_day(day: Day) -> str:
    """A date, YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


def write_clock(minutes: int) -> str:
    """Minutes after midnight, HH:MM; 24:00 for the end of the day."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def write_stamp(minute: Minute) -> str:
    """A time, YYYY-MM-DDTHH:MM."""
    return f"{write_day(minute // DAY)}T{write_clock(minute % DAY)}"


def write_intervals(intervals: Iterable[Interval]) -> list[list[str]]:
    """Pairs of times; an end at midnight after the last date there is is written 24:00."""
    return [[write_stamp(each.start), _write_end(each.end)] for each in intervals]


def write_weekly(weekly: WeeklyHours) -> dict[str, list[list[str]]]:
    """Weekly hours, without the closed days."""
    return {
        name: [[write_clock(starts), write_clock(ends)] for starts, ends in spans]
        for name, spans in zip(WEEKDAYS, weekly.days, strict=True)
        if spans
    }


def _write_end(minute: Minute) -> str:
    if minute // DAY > date.max.toordinal():
        return f"{date.max.isoformat()}T24:00"
    return write_stamp(minute)
