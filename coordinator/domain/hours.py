"""Hours: when a person, a room or a patient can be had."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

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


_BY_TIME = attrgetter("start", "end")


class IntervalIndex:
    """Intervals to be asked often: each question takes a bisection instead of a walk."""

    __slots__ = ("_reaching", "_starts")

    def __init__(self, intervals: Iterable[Interval]) -> None:
        in_time = sorted(intervals, key=_BY_TIME)
        self._starts = [each.start for each in in_time]
        self._reaching = list(accumulate(in_time, _the_longer))

    def meeting(self, start: Minute, end: Minute) -> Interval | None:
        """One of the intervals that share a minute with `[start, end)`: the one that lasts longest."""
        before = bisect_left(self._starts, end)
        if before == 0 or self._reaching[before - 1].end <= start:
            return None
        return self._reaching[before - 1]


def _the_longer(a: Interval, b: Interval) -> Interval:
    return a if a.end >= b.end else b
