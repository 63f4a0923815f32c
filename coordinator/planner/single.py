"""The best plan for one enrollment beside what is taken, with a proof or the distance from one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from coordinator.domain.clinic_time import DAY
from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import Parts, Prices, case_of, parts_of
from coordinator.planner.chain_frame import Ends, frames_of
from coordinator.planner.continuity import units_of
from coordinator.planner.grid import Grid
from coordinator.planner.layout import Layout, layout_of
from coordinator.planner.native import FAR, Ints
from coordinator.planner.program import Program, program_of
from coordinator.planner.run import Effort, Run, never


@dataclass(frozen=True, slots=True)
class Solver:
    """One enrollment, prepared to be solved again and again as the clinic fills."""

    program: Program
    parts: Parts
    layout: Layout
    constant: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: visits (None: no plan), their cost, and a lower bound on the cost of any plan (FAR: there is
    none). The visits come without the kept ones. `work` counts what was tried."""

    visits: tuple[PlacedVisit, ...] | None
    cost: int
    bound: int
    work: int


def solver_of(grid: Grid, index: int) -> Solver:
    """Prepares the enrollment with that number."""
    problem = grid.problem
    enrollment = problem.enrollments[index]
    program = program_of(problem, enrollment, grid)
    units, constant = units_of(program, problem.weights.continuity)
    frames, shared = frames_of(program, units)
    kept_days = [each.start // DAY - grid.base for each in program.kept.values()]
    ends = Ends(problem.weights.finish, enrollment.earliest - grid.base, max(kept_days, default=-FAR))
    exact = all(unit.exact for unit in units)
    constant += program.constant + _waiting_of_kept(program, grid)
    layout = layout_of(program, frames, shared, ends, problem.weights)
    return Solver(program, parts_of(program, problem, grid), layout, constant, exact)


def _waiting_of_kept(program: Program, grid: Grid) -> int:
    """What the kept visits alone cost: waiting between them, hours not preferred, changes from before."""
    problem = grid.problem
    total = 0
    spans: list[tuple[int, int]] = []
    for visit, each in program.kept.items():
        end = each.start + program.protocol.visit(visit).minutes
        spans.append((each.start, end))
        inside = program.preferred[grid.at(each.start) : grid.at(each.start) + (end - each.start) // grid.unit]
        total += 0 if inside.all() else problem.weights.preferred
        before = program.previous.get(visit)
        if before is not None:
            total += problem.weights.moved * (before.start != each.start)
            total += problem.weights.restaffed * (dict(before.staff) != dict(each.staff))
    spans.sort()
    for (a, end), (b, _) in pairwise(spans):
        if a // DAY == b // DAY:
            total += max(0, b - end) // problem.slot_minutes * problem.weights.waiting
    return total


def solve(
    solver: Solver,
    grid: Grid,
    below: int = FAR,
    effort: Effort | None = None,
    *,
    prices: Prices | None = None,
    alone: bool = False,
    stop: Callable[[], bool] = never,
) -> Answer:
    """The cheapest plan below a cost.

    With prices, what others hold may be taken at its price; `alone` leaves the others out altogether, so that the bound
    holds in any plan. `stop` is asked every few milliseconds.
    """
    program = solver.program
    if not program.visits:
        cost = solver.constant + solver.layout.ends.weight * max(0, solver.layout.ends.least - solver.layout.ends.start)
        return Answer((), cost, cost, 0)
    if not program.possible:
        return Answer(None, FAR, FAR, 0)
    case = case_of(program, solver.parts, grid, prices, alone=alone)
    run = Run(program, solver.layout, case, stop)
    found = run.search(below - solver.constant if below < FAR else FAR, effort or Effort())
    if found.lines is None:
        bound = FAR if found.bound >= FAR else found.bound + solver.constant
        return Answer(None, FAR, bound, found.work)
    bound = min(found.bound, found.least) if not solver.exact or found.short else found.bound
    cost = found.cost + solver.constant
    return Answer(_placed(program, grid, found.lines), cost, min(bound + solver.constant, cost), found.work)


def _placed(program: Program, grid: Grid, lines: Ints) -> tuple[PlacedVisit, ...]:
    problem = grid.problem
    placed = []
    for number, start, room, *who in sorted(lines.tolist()):
        visit = program.visits[number]
        staff = {name: program.staff_ids[person] for name, person in zip(visit.need_names(), who, strict=False)}
        where = None if room < 0 else problem.rooms[program.rooms[room]].id
        placed.append(PlacedVisit(program.enrollment.id, visit.id, grid.minute(start), where, staff))
    return tuple(placed)
