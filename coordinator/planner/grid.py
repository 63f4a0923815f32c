"""The clinic as arrays: who and what is taken when, in units that divide every time of the problem.

A unit is the greatest common divisor of all times that matter (15 minutes where everything lies on quarter hours). The
time axis runs over whole days from `base`; index `t` is the unit that begins at `base * 1440 + t * unit` minutes.
There are two layers: what stands whatever happens (FIXED), and all that stands (ALL).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coordinator.domain.clinic_time import DAY, Minute, skipped, wall_clock, week_of, weekday_of, zone_named
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.schedule import PlacedVisit, Problem
from coordinator.planner.native import Ints

FIXED, ALL = 0, 1
_NO_LIMIT = 1 << 30

Counts = npt.NDArray[np.int16]
"""How many things cover a unit."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One person at one part of a placed visit: units `[start, end)`."""

    person: int
    start: int
    end: int
    shared: bool


Make = Callable[[Sequence[int]], tuple[Ints, ...]]
"""Works out rows for some people or rooms (numbers)."""


class Known:
    """Rows that were worked out before, while what stands does not change; by default nothing is kept."""

    def __init__(self, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._first: dict[tuple[str, tuple[int, ...]], tuple[Sequence[object], tuple[Ints, ...]]] = {}

    def rows(self, kind: str, numbers: Sequence[int], things: Sequence[object], make: Make) -> tuple[Ints, ...]:
        """The rows of some people or rooms, made anew for those that are no longer the same thing as at first."""
        if not self._keeps:
            return make(numbers)
        key = kind, tuple(numbers)
        if key not in self._first:
            self._first[key] = things, make(numbers)
        before, rows = self._first[key]
        changed = [at for at, thing in enumerate(things) if thing is not before[at]]
        if not changed:
            return rows
        fresh = make([numbers[at] for at in changed])
        rows = tuple(each.copy() for each in rows)
        for row, new in zip(rows, fresh, strict=True):
            row[changed] = new
        return rows

    def forget(self) -> None:
        """What stands has changed."""
        self._first.clear()


@dataclass(slots=True)
class Grid:
    """Static hours and all that is taken. `*_use` count what covers a unit, `*_tail` what its turnover blocks."""

    problem: Problem
    unit: int
    per_day: int
    base: int
    days: int
    staff: dict[str, int]
    rooms: dict[str, int]
    patients: dict[str, int]
    day_open: Ints
    week_of_day: Ints
    touchable: Ints
    staff_open: Ints
    room_open: Ints
    supervises: Ints
    staff_turn: Ints
    room_turn: Ints
    day_cap: Ints
    week_cap: Ints
    known: Known = field(default_factory=Known)
    work: Counts = field(init=False)
    work_tail: Counts = field(init=False)
    shared: Counts = field(init=False)
    room_use: Counts = field(init=False)
    room_tail: Counts = field(init=False)
    patient_use: Counts = field(init=False)
    day_minutes: Ints = field(init=False)
    week_minutes: Ints = field(init=False)

    def __post_init__(self) -> None:
        units = self.days * self.per_day
        people, rooms = len(self.staff), len(self.rooms)
        self.work, self.work_tail, self.shared = (np.zeros((2, people, units), np.int16) for _ in range(3))
        self.room_use, self.room_tail = (np.zeros((2, rooms, units), np.int16) for _ in range(2))
        self.patient_use = np.zeros((2, len(self.patients), units), np.int16)
        self.day_minutes = np.zeros((2, people, self.days), np.int64)
        self.week_minutes = np.zeros((2, people, int(self.week_of_day[-1]) + 1), np.int64)

    def sharing(self, problem: Problem) -> Grid:
        """A grid for a variant of the problem: what is taken is shared, what is static is its own."""
        other = copy(self)
        other.problem = problem
        other.day_open = _open_days(problem, self.base, self.days)
        for name in ("staff_open", "room_open", "supervises", "day_cap", "week_cap"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def at(self, minute: Minute) -> int:
        """The unit that a minute lies in."""
        return (minute - self.base * DAY) // self.unit

    def minute(self, t: int) -> Minute:
        """The minute at which a unit begins."""
        return self.base * DAY + t * self.unit

    def presences(self, visit: ProtocolVisit, placed: PlacedVisit) -> Iterator[Presence]:
        """Who is where for a placed visit, part by part."""
        start = self.at(placed.start)
        for need in visit.needs:
            first = start + need.offset // self.unit
            yield Presence(self.staff[placed.staff[need.name]], first, first + need.minutes // self.unit, need.shared)

    def put(self, visit: ProtocolVisit, placed: PlacedVisit, patients: Sequence[str], *, fixed: bool = False) -> None:
        """Takes everything that a placed visit needs; `fixed`: whatever happens."""
        self._change(visit, placed, patients, slice(FIXED if fixed else ALL, 2), 1)

    def free(self, visit: ProtocolVisit, placed: PlacedVisit, patients: Sequence[str]) -> None:
        """Frees what a placed visit took that was not fixed."""
        self._change(visit, placed, patients, slice(ALL, 2), -1)

    def _change(
        self, visit: ProtocolVisit, placed: PlacedVisit, patients: Sequence[str], layers: slice, sign: int
    ) -> None:
        for each in self.presences(visit, placed):
            self._change_person(each, layers, sign)
        start = self.at(placed.start)
        end = start + visit.minutes // self.unit
        if placed.room is not None:
            room = self.rooms[placed.room]
            self.room_use[layers, room, start:end] += sign
            self.room_tail[layers, room, end : end + self.room_turn[room]] += sign
        for patient in patients:
            self.patient_use[layers, self.patients[patient], start:end] += sign

    def _change_person(self, each: Presence, layers: slice, sign: int) -> None:
        person, start, end = each.person, each.start, each.end
        if each.shared:
            self.shared[layers, person, start:end] += sign
            return
        self.work[layers, person, start:end] += sign
        if self.staff_turn[person]:
            self.work_tail[layers, person, end : end + self.staff_turn[person]] += sign
        day, minutes = start // self.per_day, (end - start) * self.unit * sign
        self.day_minutes[layers, person, day] += minutes
        self.week_minutes[layers, person, self.week_of_day[day]] += minutes


def grid_of(problem: Problem) -> Grid:
    """Lays the clinic out, with all kept visits and all supervision outside the problem in place."""
    unit = _unit(problem)
    days = [problem.first, problem.last, *(each.start // DAY for each in _kept(problem))]
    base = min(days)
    count = max(days) - base + 1
    span = _Span(unit, DAY // unit, base, count)
    grid = Grid(
        problem,
        unit,
        DAY // unit,
        base,
        count,
        {each.id: i for i, each in enumerate(problem.staff)},
        {each.id: i for i, each in enumerate(problem.rooms)},
        {name: i for i, name in enumerate(dict.fromkeys(p for e in problem.enrollments for p in e.patients))},
        _open_days(problem, base, count),
        _weeks(base, count),
        _touchable(problem, span),
        _rows([span.open(each.weekly, (*each.time_off, *each.booked)) for each in problem.staff], span),
        _rows([span.open(each.weekly, each.booked) for each in problem.rooms], span),
        np.array([each.supervises for each in problem.staff], np.int64),
        np.array([each.turnover_minutes // unit for each in problem.staff], np.int64),
        np.array([each.turnover_minutes // unit for each in problem.rooms], np.int64),
        _caps(each.max_minutes_per_day for each in problem.staff),
        _caps(each.max_minutes_per_week for each in problem.staff),
    )
    _take_what_stands(grid)
    return grid


@dataclass(frozen=True, slots=True)
class _Span:
    """The time axis."""

    unit: int
    per_day: int
    base: int
    days: int

    def open(self, weekly: WeeklyHours | None, taken: Iterable[Interval]) -> Ints:
        """1 for each unit inside the weekly hours (None: always) and outside all intervals."""
        row = np.ones(self.days * self.per_day, np.int64) if weekly is None else self._weekly(weekly)
        zero, units = self.base * DAY, len(row)
        for each in taken:
            first, last = (each.start - zero) // self.unit, (each.end - zero) // self.unit
            if last > 0 and first < units:
                row[max(first, 0) : last] = 0
        return row

    def _weekly(self, weekly: WeeklyHours) -> Ints:
        week = np.zeros((7, self.per_day), np.int64)
        for day, hours in enumerate(weekly.days):
            for opens, closes in hours:
                week[day, opens // self.unit : closes // self.unit] = 1
        days = (np.arange(self.days) + weekday_of(self.base)) % 7
        return week[days].reshape(-1)

    def clip(self, interval: Interval) -> tuple[int, int]:
        """The units of an interval, cut to the axis."""
        zero, units = self.base * DAY, self.days * self.per_day
        first, last = (interval.start - zero) // self.unit, (interval.end - zero) // self.unit
        return min(max(first, 0), units), min(max(last, 0), units)


def hours_row(grid: Grid, weekly: WeeklyHours | None, taken: Iterable[Interval] = ()) -> Ints:
    """1 for each unit inside weekly hours and outside the intervals."""
    return _Span(grid.unit, grid.per_day, grid.base, grid.days).open(weekly, taken)


def _take_what_stands(grid: Grid) -> None:
    problem = grid.problem
    span = _Span(grid.unit, grid.per_day, grid.base, grid.days)
    for i, person in enumerate(problem.staff):
        for interval in person.supervising:
            first, last = span.clip(interval)
            grid.shared[:, i, first:last] += 1
    for enrollment in problem.enrollments:
        protocol = problem.protocol(enrollment.protocol)
        for each in enrollment.kept:
            grid.put(protocol.visit(each.visit), each, enrollment.patients, fixed=True)


def _kept(problem: Problem) -> list[PlacedVisit]:
    return [each for enrollment in problem.enrollments for each in enrollment.kept]


def _unit(problem: Problem) -> int:
    times = {DAY, problem.slot_minutes}
    for weekly in _all_weekly(problem):
        times.update(minute for day in weekly.days for stretch in day for minute in stretch)
    for interval in _all_intervals(problem):
        times.update((interval.start % DAY, interval.end % DAY))
    for protocol in problem.protocols:
        for visit in protocol.visits:
            times.add(visit.minutes)
            times.update(minute for need in visit.needs for minute in (need.offset, need.minutes))
    times.update(each.turnover_minutes for each in problem.staff)
    times.update(each.turnover_minutes for each in problem.rooms)
    times.update(each.start % DAY for each in _kept(problem))
    return math.gcd(*times)


def _all_weekly(problem: Problem) -> Iterator[WeeklyHours]:
    for person in problem.staff:
        yield person.weekly
    for weekly in (
        *(r.weekly for r in problem.rooms),
        *(h for e in problem.enrollments for h in (e.weekly, e.preferred)),
    ):
        if weekly is not None:
            yield weekly


def _all_intervals(problem: Problem) -> Iterator[Interval]:
    for person in problem.staff:
        yield from (*person.time_off, *person.booked, *person.supervising)
    for room in problem.rooms:
        yield from room.booked
    for enrollment in problem.enrollments:
        yield from enrollment.unavailable


def _open_days(problem: Problem, base: int, count: int) -> Ints:
    days = range(base, base + count)
    return np.array([problem.first <= d <= problem.last and d not in problem.closures for d in days], np.int64)


def _weeks(base: int, count: int) -> Ints:
    """For each day the number of its ISO week, counted from the first."""
    names = [week_of(base + day) for day in range(count)]
    order = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], np.int64)


def _touchable(problem: Problem, span: _Span) -> Ints:
    """1 where a visit may start or end: 0 for times that the zone's spring change skips. One more than the units."""
    zone = zone_named(problem.timezone)
    row = np.ones(span.days * span.per_day + 1, np.int64)
    for day in range(span.days):
        if zone.utcoffset(wall_clock((span.base + day) * DAY)) != zone.utcoffset(
            wall_clock((span.base + day + 1) * DAY)
        ):
            for t in range(day * span.per_day, (day + 1) * span.per_day):
                row[t] = not skipped(span.base * DAY + t * span.unit, zone)
    return row


def _rows(rows: list[Ints], span: _Span) -> Ints:
    return np.array(rows, np.int64).reshape(len(rows), span.days * span.per_day)


def _caps(limits: Iterable[int | None]) -> Ints:
    return np.array([_NO_LIMIT if each is None else each for each in limits], np.int64)
