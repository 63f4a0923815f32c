"""The earliest start: the soonest day on which a waiting patient's whole program could begin beside what stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from coordinator.domain.clinic_time import DAY, Day
from coordinator.domain.schedule import PlacedVisit, Plan, Problem
from coordinator.planner.gaps import tighten
from coordinator.planner.grid import Grid, grid_of
from coordinator.planner.native import FAR
from coordinator.planner.program import Program, program_of
from coordinator.planner.run import Effort, never
from coordinator.planner.single import Answer, solve, solver_for

_LOOK = Effort(beam=30, labels=30_000, any_plan=True)
_BEST = Effort(beam=40, labels=20_000)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a clinic could offer one enrollment: the day of its first visit and of its last, and all its visits.

    `start` and `end` are None, and `visits` empty, where no whole program fits.
    """

    enrollment: str
    start: Day | None
    end: Day | None
    visits: tuple[PlacedVisit, ...]
    cost: int


def earliest_starts(
    problem: Problem,
    plan: Plan | None = None,
    *,
    wanted: Collection[str] | None = None,
    canceled: Callable[[], bool] = never,
) -> Iterator[Opening]:
    """One after another, what each waiting enrollment could have if it were the next to be planned.

    Each is looked at by itself, beside the kept visits of all and, where a plan is given, the visits that it holds.
    `wanted` are ids; without it, all that the plan does not hold. Of all programs that start on the earliest day, the
    cheapest is given. Ends early when canceled. An enrollment takes some tens to hundreds of milliseconds.
    """
    held = {each.enrollment for each in plan.visits} if plan is not None else set()
    grid = grid_of(problem)
    _hold(grid, problem, plan, wanted or ())
    for index, enrollment in enumerate(problem.enrollments):
        to_place = len(problem.protocol(enrollment.protocol).visits) > len(enrollment.kept)
        asked = enrollment.id in wanted if wanted is not None else enrollment.id not in held and to_place
        if asked and not canceled():
            yield _opening(grid, index, canceled)


def _hold(grid: Grid, problem: Problem, plan: Plan | None, wanted: Collection[str]) -> None:
    """Takes what the plan holds of others than those wanted."""
    enrollments = {each.id: each for each in problem.enrollments}
    for placed in plan.visits if plan is not None else ():
        enrollment = enrollments[placed.enrollment]
        if placed.enrollment not in wanted and all(placed.visit != kept.visit for kept in enrollment.kept):
            protocol = problem.protocol(enrollment.protocol)
            grid.put(protocol.visit(placed.visit), placed, enrollment.patients)


def _opening(grid: Grid, index: int, canceled: Callable[[], bool]) -> Opening:
    enrollment = grid.problem.enrollments[index]
    program = program_of(grid.problem, enrollment, grid)
    found: tuple[Program, int] | None = None
    for first in _may_be_first(program):
        latest = FAR if found is None else found[1] - 1
        day = _soonest(grid, program, first, latest, canceled)
        if day is not None:
            found = _starting_by(program, first, day), day
    answer = None if found is None else _ask(grid, found[0], _BEST, canceled)
    if answer is None or answer.visits is None:
        return Opening(enrollment.id, None, None, (), 0)
    days = [each.start // DAY for each in (*answer.visits, *enrollment.kept)]
    return Opening(enrollment.id, min(days), max(days), answer.visits, answer.cost)


def _may_be_first(program: Program) -> list[int]:
    """The visits that no other must come before."""
    follows = program.order > -FAR
    np.fill_diagonal(follows, False)
    return [int(visit) for visit in np.flatnonzero(~follows.any(axis=0))]


def _soonest(grid: Grid, program: Program, first: int, latest: int, canceled: Callable[[], bool]) -> int | None:
    """The soonest day, `latest` at most, by which that visit can be with all others following; by halving."""
    low, high = int(program.first_day[first]), min(int(program.last_day[first]), latest)
    if low > high or not _fits(grid, _starting_by(program, first, high), canceled):
        return None
    while low < high:
        middle = (low + high) // 2
        if _fits(grid, _starting_by(program, first, middle), canceled):
            high = middle
        else:
            low = middle + 1
    return high


def _starting_by(program: Program, first: int, day: int) -> Program:
    """The program with one visit on that day (of the grid) at the latest."""
    begin, end = program.first_day.copy(), program.last_day.copy()
    end[first] = min(int(end[first]), day)
    tighten(begin, end, program.links)
    return replace(program, first_day=begin, last_day=end)


def _fits(grid: Grid, program: Program, canceled: Callable[[], bool]) -> bool:
    return _ask(grid, program, _LOOK, canceled).visits is not None


def _ask(grid: Grid, program: Program, effort: Effort, canceled: Callable[[], bool]) -> Answer:
    return solve(solver_for(grid, program), grid, effort=effort, stop=canceled)
