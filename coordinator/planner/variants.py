"""Is there a plan for one enrollment beside what stands, in a problem that differs a little? Answered in milliseconds.

The clinic is laid out once; a variant shares everything with it that its changes leave alone. Only whether there is a
plan matters here: spacing and finish are still weighed, since they guide the search, but all mere wishes are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from coordinator.domain.hours import Interval
from coordinator.domain.schedule import Plan, Problem, Weights
from coordinator.planner.grid import Grid, Known, grid_of, hours_row
from coordinator.planner.native import FAR, Ints
from coordinator.planner.run import Effort
from coordinator.planner.single import solve, solver_of

_EFFORT = Effort(beam=25, labels=30_000, any_plan=True, tries=15_000)


class Variants:
    """One enrollment (by number) of a problem, beside the other enrollments of a plan."""

    def __init__(self, problem: Problem, plan: Plan, index: int, canceled: Callable[[], bool]) -> None:
        self.original, self.problem = problem, _bare(problem)
        self.index, self.canceled = index, canceled
        self.solves = 0
        self._grid = grid_of(self.problem)
        self._free: dict[tuple[str, int], Ints] = {}
        self._holds(plan)
        self._grid.known = Known(keeps=True)
        self._solver = solver_of(self._grid, index)

    def _holds(self, plan: Plan) -> None:
        kept = {(each.id, visit.visit) for each in self.problem.enrollments for visit in each.kept}
        enrollments = {each.id: each for each in self.problem.enrollments}
        for placed in plan.visits:
            enrollment = enrollments[placed.enrollment]
            if (placed.enrollment, placed.visit) in kept or enrollment is self.problem.enrollments[self.index]:
                continue
            visit = self.problem.protocol(enrollment.protocol).visit(placed.visit)
            self._grid.put(visit, placed, enrollment.patients)

    def feasible(self, problem: Problem, *, alone: bool = False) -> bool | None:
        """Whether the enrollment has a plan in a variant of the problem, None where that takes too long to tell.

        `alone`: without the other enrollments.
        """
        self.solves += 1
        bare = _bare(problem)
        grid = self._grid_of(bare)
        solver = solver_of(grid, self.index) if _program_differs(problem, self.original, self.index) else self._solver
        answer = solve(solver, grid, effort=_EFFORT, alone=alone, stop=self.canceled)
        return True if answer.visits is not None else False if answer.bound >= FAR else None

    def hinders(self, plan: Plan, other: str) -> bool:
        """Whether the enrollment could be planned if that other one were not."""
        enrollment = next(each for each in self.problem.enrollments if each.id == other)
        kept = {visit.visit for visit in enrollment.kept}
        theirs = [each for each in plan.visits if each.enrollment == other and each.visit not in kept]
        protocol = self.problem.protocol(enrollment.protocol)
        for placed in theirs:
            self._grid.free(protocol.visit(placed.visit), placed, enrollment.patients)
        self._grid.known.forget()
        answer = bool(self.feasible(self.original))
        for placed in theirs:
            self._grid.put(protocol.visit(placed.visit), placed, enrollment.patients)
        self._grid.known.forget()
        return answer

    def _grid_of(self, problem: Problem) -> Grid:
        """The grid of a variant, which shares all it can with the first."""
        grid = self._grid
        changed = grid.sharing(problem)
        for i, person in enumerate(problem.staff):
            before = self.original.staff[i]
            if person is before:
                continue
            changed.supervises[i] = person.supervises
            changed.day_cap[i] = _cap(person.max_minutes_per_day)
            changed.week_cap[i] = _cap(person.max_minutes_per_week)
            if person.weekly != before.weekly or person.time_off != before.time_off:
                free = hours_row(grid, person.weekly, person.time_off)
                changed.staff_open[i] = free * self._unbooked("staff", i, person.booked)
        for i, room in enumerate(problem.rooms):
            if room is not self.original.rooms[i]:
                changed.room_open[i] = hours_row(grid, room.weekly) * self._unbooked("room", i, room.booked)
        return changed

    def _unbooked(self, what: str, i: int, booked: Iterable[Interval]) -> Ints:
        """1 where nothing is booked; bookings are never lifted, so each row is made once."""
        if (what, i) not in self._free:
            self._free[what, i] = hours_row(self._grid, None, booked)
        return self._free[what, i]


def _cap(limit: int | None) -> int:
    return 1 << 30 if limit is None else limit


def _program_differs(problem: Problem, before: Problem, index: int) -> bool:
    """Whether more than hours and limits of people and rooms has changed."""
    return (
        problem.protocols is not before.protocols
        or problem.enrollments[index] is not before.enrollments[index]
        or problem.closures != before.closures
        or any(a.roles is not b.roles for a, b in zip(problem.staff, before.staff, strict=True))
        or any(a.kinds is not b.kinds or a.seats != b.seats for a, b in zip(problem.rooms, before.rooms, strict=True))
    )


_GUIDE = Weights(unplanned=0, continuity=0, preferred=0, waiting=0, moved=0, restaffed=0)


def _bare(problem: Problem) -> Problem:
    """The problem without anything that only costs."""
    protocols = tuple(
        replace(each, continuity=tuple(rule for rule in each.continuity if rule.hard)) for each in problem.protocols
    )
    return replace(problem, weights=_GUIDE, previous=(), protocols=protocols)
