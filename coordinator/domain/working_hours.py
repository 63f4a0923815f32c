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
        return self._worked(day, self._regular(weekday_of(day), _holding(_turns(self.patterns), day)))

    def _regular(self, weekday: int, holding: tuple[HoursPattern, ...]) -> Spans:
        hours = union(span for pattern in holding for span in pattern.weekly.days[weekday])
        return without(hours, self.breaks.days[weekday])

    def _worked(self, day: Day, regular: Spans) -> Spans:
        extra, off = _on(day, self.extra), _on(day, self.time_off)
        worked = union((*regular, *extra)) if extra else regular
        return without(worked, off) if off else worked

    def flatten(self, first: Day, last: Day) -> tuple[WeeklyHours, tuple[Interval, ...]]:
        """One week and the time off from it that say the same for every minute from `first` to `last`, both included.

        The week is the union over the days; the time off is what a day lacks of it.
        """
        days = self._days(first, last)
        week = tuple(
            union(span for spans in {days[day] for day in days if weekday_of(day) == weekday} for span in spans)
            for weekday in range(7)
        )
        off = [
            (day * DAY + start, day * DAY + end)
            for day, spans in days.items()
            if spans != week[weekday_of(day)]
            for start, end in without(week[weekday_of(day)], spans)
        ]
        return WeeklyHours(week), tuple(Interval(start, end) for start, end in union(off))

    def _days(self, first: Day, last: Day) -> dict[Day, Spans]:
        """`on` for many days: what the patterns say is worked out once for all days that they say it of."""
        turns = _turns(self.patterns)
        known: dict[tuple[int, tuple[int, ...]], Spans] = {}
        edges = {first, *(each.first for each in turns), *(each.last + 1 for each in turns)}
        holding: tuple[HoursPattern, ...] = ()
        days = {}
        for day in range(first, last + 1):
            weekday = weekday_of(day)
            if weekday == 0 or day in edges:  # within a week the patterns change only where one begins or ends
                holding = _holding(turns, day)
            key = weekday, tuple(id(pattern) for pattern in holding)
            if key not in known:
                known[key] = self._regular(weekday, holding)
            days[day] = self._worked(day, known[key])
        return days


@dataclass(frozen=True, slots=True)
class _Turn:
    """A pattern with its dates and weeks as plain numbers, for asking it of many days."""

    pattern: HoursPattern
    cycle: tuple[int, int]
    first: Day
    last: Day

    def holds_on(self, day: Day) -> bool:
        every, phase = self.cycle
        return self.first <= day <= self.last and (day - weekday_of(day)) // 7 % every == phase


def _turns(patterns: tuple[HoursPattern, ...]) -> list[_Turn]:
    """The patterns in the order in which they begin."""
    in_order = sorted(patterns, key=lambda each: each.valid_from)
    return [
        _Turn(each, each.cycle(), each.valid_from.toordinal(), (each.valid_to or date.max).toordinal())
        for each in in_order
    ]


def _holding(turns: list[_Turn], day: Day) -> tuple[HoursPattern, ...]:
    """The patterns of a day: for each cycle of weeks the one that began last."""
    return tuple({turn.cycle: turn.pattern for turn in turns if turn.holds_on(day)}.values())


def _on(day: Day, intervals: tuple[Interval, ...]) -> Spans:
    """The parts of the intervals on a day, in minutes after midnight."""
    midnight = day * DAY
    here = [each for each in intervals if each.meets(midnight, midnight + DAY)]
    return clipped(((each.start - midnight, each.end - midnight) for each in here), 0, DAY) if here else ()
