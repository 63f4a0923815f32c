"""A person's working hours as a clinic keeps them, and the same said as one week with time off.

A clinic thinks in patterns that change over the year, alternate weeks, extra hours on a date, breaks and time off. The
planner knows one week and intervals of time off. `flatten` says the first in terms of the second, minute for minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coordinator.domain.clinic_time import DAY, Day, monday_of, weekday_of
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.spans import Spans, clipped, union, without

NO_HOURS = WeeklyHours(((),) * 7)


@dataclass(frozen=True, slots=True)
class HoursPattern:
    """Weekly hours from `valid_from` to `valid_to` (both included; None: for good), in every `every`-th week.

    Weeks are counted from the Monday of the week of `valid_from`, or of `anchor` where given, so two patterns with
    `every` 2, begun a week apart, are alternate weeks. Of two patterns for the same weeks the later one holds.
    """

    weekly: WeeklyHours
    valid_from: date
    valid_to: date | None = None
    every: int = 1
    anchor: date | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError("a pattern repeats every week or more seldom")

    def cycle(self) -> tuple[int, int]:
        """Which weeks it is for: `every`, and the week within it."""
        monday = monday_of(self.anchor or self.valid_from)
        return self.every, monday.toordinal() // 7 % self.every

    def holds_on(self, day: date) -> bool:
        """Whether the date lies within its validity and in one of its weeks."""
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            return False
        every, phase = self.cycle()
        return monday_of(day).toordinal() // 7 % every == phase


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a person works: the patterns without the breaks, and the extra hours, but never during time off.

    Extra hours are meant as they stand: breaks do not cut them.
    """

    patterns: tuple[HoursPattern, ...] = ()
    extra: tuple[Interval, ...] = ()
    breaks: WeeklyHours = NO_HOURS
    time_off: tuple[Interval, ...] = ()

    def on(self, day: Day) -> Spans:
        """The minutes after midnight at which the person works on a day (a date's ordinal)."""
        regular = union(span for pattern in self._holding(day) for span in pattern.weekly.days[weekday_of(day)])
        worked = union((*without(regular, self.breaks.days[weekday_of(day)]), *_on(day, self.extra)))
        return without(worked, _on(day, self.time_off))

    def _holding(self, day: Day) -> list[HoursPattern]:
        """The patterns of a day: for each cycle of weeks the one that began last."""
        latest: dict[tuple[int, int], HoursPattern] = {}
        for pattern in sorted(self.patterns, key=lambda each: each.valid_from):
            if pattern.holds_on(date.fromordinal(day)):
                latest[pattern.cycle()] = pattern
        return list(latest.values())

    def flatten(self, first: Day, last: Day) -> tuple[WeeklyHours, tuple[Interval, ...]]:
        """One week and the time off from it that say the same for every minute from `first` to `last`, both included.

        The week is the union over the days; the time off is what a day lacks of it.
        """
        days = {day: self.on(day) for day in range(first, last + 1)}
        week = tuple(
            union(span for day, spans in days.items() if weekday_of(day) == weekday for span in spans)
            for weekday in range(7)
        )
        off = [
            (day * DAY + start, day * DAY + end)
            for day, spans in days.items()
            for start, end in without(week[weekday_of(day)], spans)
        ]
        return WeeklyHours(week), tuple(Interval(start, end) for start, end in union(off))


def _on(day: Day, intervals: tuple[Interval, ...]) -> Spans:
    """The parts of the intervals on a day, in minutes after midnight."""
    midnight = day * DAY
    return clipped(((each.start - midnight, each.end - midnight) for each in intervals), 0, DAY)
