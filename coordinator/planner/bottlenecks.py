"""What a clinic is shortest of, and when: how full its roles and kinds of room are by weekday and half day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import weekday_of
from coordinator.domain.schedule import Plan, Problem
from coordinator.planner.grid import ALL, Grid, grid_of, hours_row
from coordinator.planner.native import Ints

MORNING, AFTERNOON = 0, 1
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HALVES = ("mornings", "afternoons")
_NEAR = 0.8
"""Times with at least this share of the highest load are named with it."""
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Load:
    """A role (or a kind of room), how much of what it has is taken, and the same for each (weekday, half day).

    Shares run from 0 to 1. `share` counts limits on working time as well as hours; `by_time` counts hours.
    """

    what: str
    is_room: bool
    share: float
    by_time: dict[tuple[int, int], float]

    @property
    def fullest(self) -> tuple[tuple[int, int], ...]:
        """The (weekday, half day) pairs that are fullest, in order of the week."""
        most = max(self.by_time.values(), default=0.0)
        return tuple(sorted(time for time, share in self.by_time.items() if share >= _NEAR * most))

    @property
    def words(self) -> str:
        """Such as “Dosing rooms on Tuesday and Thursday mornings”; without times where these are many."""
        name = f"{self.what.replace('_', ' ')} rooms" if self.is_room else _plural(self.what.replace("_", " "))
        times = self.fullest
        when = "" if len(times) > _MOST_NAMED else f" on {_in_words(times)}"
        return f"{name[0].upper()}{name[1:]}{when}"


def bottlenecks(problem: Problem, plan: Plan) -> tuple[Load, ...]:
    """Every role and kind of room that a visit to be placed needs, fullest first, with the plan's visits in place.

    Days count from the first on which such an enrollment may begin to the last visit of the plan.
    """
    grid = grid_of(problem)
    open_ones = [each for each in problem.enrollments if len(each.kept) < len(problem.protocol(each.protocol).visits)]
    kept = {(each.id, placed.visit) for each in problem.enrollments for placed in each.kept}
    enrollments = {each.id: each for each in problem.enrollments}
    for placed in plan.visits:
        if (placed.enrollment, placed.visit) not in kept:
            enrollment = enrollments[placed.enrollment]
            grid.put(problem.protocol(enrollment.protocol).visit(placed.visit), placed, enrollment.patients)
    visits = [visit for each in open_ones for visit in problem.protocol(each.protocol).visits]
    view = _View(grid, _span(grid, [each.earliest for each in open_ones], plan))
    roles = dict.fromkeys(need.role for visit in visits for need in visit.needs)
    kinds = dict.fromkeys(visit.room for visit in visits if visit.room is not None)
    loads = [view.load(role, False, view.people(role)) for role in roles]
    loads += [view.load(kind, True, view.rooms(kind)) for kind in kinds]
    return tuple(sorted(loads, key=lambda each: (-each.share, each.what)))


def _span(grid: Grid, begins: Sequence[int], plan: Plan) -> tuple[int, int]:
    """The days (of the grid) that count: first, and one after the last."""
    first = max(0, min(begins, default=grid.base) - grid.base)
    last = max((grid.at(each.start) // grid.per_day for each in plan.visits), default=grid.days - 1)
    return first, max(first, last) + 1


@dataclass(frozen=True, slots=True)
class _Row:
    """One person or room in the days that count: units open and units taken, and what its limits leave of the open."""

    open: Ints
    taken: Ints
    most: int


class _View:
    """The days that count."""

    def __init__(self, grid: Grid, span: tuple[int, int]) -> None:
        self.grid, self.first, self.end = grid, *span
        self.units = slice(self.first * grid.per_day, self.end * grid.per_day)
        self.open_days = np.repeat(grid.day_open[self.first : self.end], grid.per_day)

    def people(self, role: str) -> Iterator[_Row]:
        """Those who have a role. A place of supervision is a part of a person."""
        for i, person in enumerate(self.grid.problem.staff):
            if role in person.roles:
                places = max(1, person.supervises)
                taken = (self.grid.work[ALL, i] > 0) + self.grid.shared[ALL, i] / places
                yield self._row(person, hours_row(self.grid, person.weekly, person.time_off), taken, i)

    def rooms(self, kind: str) -> Iterator[_Row]:
        """Those of a kind; turnover counts as taken. A room without hours is open while somebody is there."""
        for i, room in enumerate(self.grid.problem.rooms):
            if kind in room.kinds:
                taken = self.grid.room_use[ALL, i] + self.grid.room_tail[ALL, i] > 0
                somebody = self.grid.staff_open.max(axis=0, initial=0)
                hours = somebody if room.weekly is None else hours_row(self.grid, room.weekly)
                yield self._row(room, hours, taken, None)

    def _row(self, thing: Staff | Room, hours: Ints, taken: Ints, person: int | None) -> _Row:
        booked = hours_row(self.grid, None, thing.booked)[self.units] == 0
        there = hours[self.units] * self.open_days
        used = np.minimum(np.maximum(taken[self.units], booked), 1) * (there > 0)
        return _Row(there, used, self._most(there, person))

    def _most(self, there: Ints, person: int | None) -> int:
        """The open units, as far as the limits of a day and a week let a person work."""
        grid = self.grid
        by_day = there.reshape(-1, grid.per_day).sum(axis=1)
        if person is None:
            return int(by_day.sum())
        by_day = np.minimum(by_day, grid.day_cap[person] // grid.unit)
        weeks = grid.week_of_day[self.first : self.end]
        by_week = np.bincount(weeks - weeks[0], by_day)
        return int(np.minimum(by_week, grid.week_cap[person] // grid.unit).sum())

    def load(self, what: str, is_room: bool, rows: Iterable[_Row]) -> Load:
        """How full some people or rooms are together."""
        some = list(rows)
        taken, most = sum(float(row.taken.sum()) for row in some), sum(row.most for row in some)
        share = min(1.0, taken / most) if most else 1.0
        return Load(what, is_room, share, self._by_time(some))

    def _by_time(self, rows: list[_Row]) -> dict[tuple[int, int], float]:
        grid = self.grid
        weekdays = [weekday_of(grid.base + day) for day in range(self.first, self.end)]
        there = sum((row.open for row in rows), np.zeros(len(self.open_days), np.int64))
        taken = sum((row.taken for row in rows), np.zeros(len(self.open_days)))
        halves = {}
        for weekday in range(7):
            days = [day for day, each in enumerate(weekdays) if each == weekday]
            for half in (MORNING, AFTERNOON):
                part = slice(half * grid.per_day // 2, (half + 1) * grid.per_day // 2)
                room = float(there.reshape(-1, grid.per_day)[days, part].sum())
                if room:
                    halves[weekday, half] = float(taken.reshape(-1, grid.per_day)[days, part].sum()) / room
        return halves


def _in_words(times: Sequence[tuple[int, int]]) -> str:
    """Such as “Tuesday and Thursday mornings and Friday afternoons”."""
    parts = []
    for half in (MORNING, AFTERNOON):
        days = [_WEEKDAYS[weekday] for weekday, each in times if each == half]
        if days:
            listed = days[0] if len(days) == 1 else f"{', '.join(days[:-1])} and {days[-1]}"
            parts.append(f"{listed} {_HALVES[half]}")
    return " and ".join(parts)


def _plural(role: str) -> str:
    return role if role.endswith("s") else f"{role}s"
