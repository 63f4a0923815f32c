"""What the planner is measured against: a patient person with a calendar, who goes back where nothing fits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import total
from coordinator.domain.protocol import Gap, ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned
from coordinator.planner.grid import ALL, Grid, grid_of

_BACKTRACKS = 4000


@dataclass(slots=True)
class Calendar:
    """The clinic as somebody with an ordinary calendar sees it: is this place free for this visit?"""

    problem: Problem
    grid: Grid

    def places(
        self, enrollment: Enrollment, visit: ProtocolVisit, day: int, *, everybody: bool = False
    ) -> Iterator[PlacedVisit]:
        """The places of a visit on a day where people, room and patient are free, in order of time.

        One for each start, or with `everybody` one for each start and choice of people.
        """
        problem = self.problem
        names = visit.need_names()
        rooms = [r for r in problem.rooms if visit.room in r.kinds and r.seats >= len(enrollment.patients)]
        for start in range(day * DAY, (day + 1) * DAY - visit.minutes + 1, problem.slot_minutes):
            if not self._patient_free(enrollment, start, start + visit.minutes):
                continue
            people = [
                [p.id for p in problem.staff if self._can(enrollment, visit, name, p.id, start)] for name in names
            ]
            free = (
                [None] if visit.room is None else [r.id for r in rooms if self._room_free(r.id, start, visit.minutes)]
            )
            for some in product(*people):
                if free and len(set(some)) == len(some):
                    yield PlacedVisit(enrollment.id, visit.id, start, free[0], dict(zip(names, some, strict=True)))
                    if not everybody:
                        break

    def _patient_free(self, enrollment: Enrollment, start: int, end: int) -> bool:
        if self.problem.not_before is not None and start < self.problem.not_before:
            return False
        if enrollment.weekly is not None and not enrollment.weekly.contains(start, end):
            return False
        return not any(each.meets(start, end) for each in enrollment.unavailable)

    def _can(self, enrollment: Enrollment, visit: ProtocolVisit, name: str, person: str, start: int) -> bool:
        grid, i = self.grid, self.grid.staff[person]
        if person in enrollment.avoid or enrollment.team.get(name, person) != person:
            return False
        for need in visit.needs:
            if need.name != name:
                continue
            first = grid.at(start + need.offset)
            span = slice(first, first + need.minutes // grid.unit)
            if need.role not in self.problem.staff[i].roles or not grid.staff_open[i, span].all():
                return False
            if grid.work[ALL, i, span].any() or grid.work_tail[ALL, i, span].any():
                return False
            most = int(grid.supervises[i]) - 1 if need.shared else 0
            if grid.shared[ALL, i, span].max(initial=0) > most:
                return False
        return True

    def _room_free(self, room: str, start: int, minutes: int) -> bool:
        grid, i = self.grid, self.grid.rooms[room]
        first, last = grid.at(start), grid.at(start + minutes)
        if not grid.room_open[i, first:last].all() or grid.room_tail[ALL, i, first:last].any():
            return False
        return not grid.room_use[ALL, i, first : last + int(grid.room_turn[i])].any()


def first_fit(problem: Problem) -> Plan:
    """Each enrollment in turn, each visit at the first place that fits; goes back a visit where none does."""
    began = time.monotonic()
    grid = grid_of(problem)
    calendar = Calendar(problem, grid)
    visits: list[PlacedVisit] = []
    out: list[str] = []
    for enrollment in problem.enrollments:
        found = _fit(calendar, enrollment)
        if found is None or violations(problem, as_plan(problem, [*visits, *found], enrollment.id, out)):
            out.append(enrollment.id)
            continue
        for each in found:
            grid.put(problem.protocol(enrollment.protocol).visit(each.visit), each, enrollment.patients)
        visits += found
    return replace(as_plan(problem, visits, problem.enrollments[-1].id, out), seconds=time.monotonic() - began)


def as_plan(problem: Problem, visits: list[PlacedVisit], upto: str, out: list[str]) -> Plan:
    names = [each.id for each in problem.enrollments]
    later = names[names.index(upto) + 1 :]
    planned = [each for each in names if each not in out and each not in later]
    kept = [v for e in problem.enrollments if e.id in planned for v in e.kept]
    some = [each for each in visits if each.enrollment in planned]
    unplanned = tuple(Unplanned(each) for each in names if each not in planned)
    return Plan((*kept, *some), unplanned, total(problem, (*kept, *some), planned))


def _fit(calendar: Calendar, enrollment: Enrollment) -> list[PlacedVisit] | None:
    problem = calendar.problem
    protocol = problem.protocol(enrollment.protocol)
    kept = {each.visit: each for each in enrollment.kept}
    free = [each for each in protocol.visits if each.id not in kept]
    chosen: list[PlacedVisit] = []
    tries: list[Iterator[PlacedVisit]] = []
    left = _BACKTRACKS
    while len(chosen) < len(free):
        if len(tries) == len(chosen):
            tries.append(_tries(calendar, enrollment, free[len(chosen)], {**kept, **{v.visit: v for v in chosen}}))
        place = next(tries[-1], None)
        left -= 1
        if place is not None:
            chosen.append(place)
            continue
        tries.pop()
        if not chosen or left <= 0:
            return None
        chosen.pop()
    return chosen


def _tries(
    calendar: Calendar, enrollment: Enrollment, visit: ProtocolVisit, standing: dict[str, PlacedVisit]
) -> Iterator[PlacedVisit]:
    """Places of a visit that agree with those that stand, day by day."""
    problem = calendar.problem
    protocol = problem.protocol(enrollment.protocol)
    last = problem.last if enrollment.latest is None else enrollment.latest
    hard = {rule.name for rule in protocol.continuity if rule.hard and rule.scope == "program"}
    leads = {name: v.staff[name] for v in standing.values() for name in v.staff if name in hard}
    pinned = replace(enrollment, team={**leads, **enrollment.team})
    for day in range(max(problem.first, enrollment.earliest), last + 1):
        there = [each for each in standing.values() if each.start // DAY == day]
        if day in problem.closures or len(there) >= (protocol.max_visits_per_day or 99):
            continue
        if not all(_days_fit(gap, visit.id, day, standing) for gap in protocol.gaps):
            continue
        for place in calendar.places(pinned, visit, day):
            if not any(_overlap(place, visit, each, protocol.visit(each.visit)) for each in there):
                yield place


def _days_fit(gap: Gap, visit: str, day: int, standing: dict[str, PlacedVisit]) -> bool:
    before, after = gap.before, gap.after
    if after == visit and before in standing:
        days = day - standing[before].start // DAY
    elif before == visit and after in standing:
        days = standing[after].start // DAY - day
    else:
        return True
    return gap.min_days <= days and (gap.max_days is None or days <= gap.max_days)


def _overlap(a: PlacedVisit, va: ProtocolVisit, b: PlacedVisit, vb: ProtocolVisit) -> bool:
    return a.start < b.start + vb.minutes and b.start < a.start + va.minutes
