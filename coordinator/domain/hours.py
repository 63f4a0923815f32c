"""Hours: when a person, a room or a patient can be had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coordinator.domain.clinic_time import DAY, Minute, weekday_of


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open stretch of clinic time, `[start, end)`."""

    start: Minute
    end: Minute

    def meets(self, start: Minute, end: Minute) -> bool:
        """Whether `[start, end)` shares a minute with this interval."""
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours that repeat every week: for Monday to Sunday, sorted disjoint `(from, to)` in minutes after midnight.

    Touching stretches are one (08:00–12:00 and 12:00–17:00 hold a visit from 11:30 to 12:30).
    """

    days: tuple[tuple[tuple[int, int], ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError("weekly hours have seven days")

    def contains(self, start: Minute, end: Minute) -> bool:
        """Whether `[start, end)`, which lies on one day, is wholly inside the hours."""
        first = start // DAY * DAY
        at = start
        for opens, closes in self.days[weekday_of(start // DAY)]:
            if first + opens <= at < first + closes:
                at = first + closes
        return at >= end


def first_meeting(intervals: Iterable[Interval], start: Minute, end: Minute) -> Interval | None:
    """The first of the intervals that shares a minute with `[start, end)`."""
    return next((each for each in intervals if each.meets(start, end)), None)
