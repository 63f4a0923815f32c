"""The best plan for one enrollment beside what is taken, with a proof or the distance from one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import cost_alone
from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import Parts, case_of, parts_of
from coordinator.planner.case import Case
from coordinator.planner.chain_frame import Ends, frames_of
from coordinator.planner.continuity import Key, Unit, broader, units_of
from coordinator.planner.graphs import TooLargeGraph
from coordinator.planner.grid import Grid
from coordinator.planner.layout import Layout, layout_of
from coordinator.planner.native import FAR, Ints
from coordinator.planner.program import Program, program_of
from coordinator.planner.run import Effort, Run, never


@dataclass(slots=True)
class Solver:
    """One enrollment, prepared to be solved again and again as the clinic fills.

    `units` says how large the sets of people are that continuity weighs one by one; the solver that looks closer is
    made when first asked for.
    """

    program: Program
    parts: Parts
    layout: Layout
    constant: int
    units: tuple[Unit, ...]
    _closer: dict[frozenset[Key], Solver | None] = field(default_factory=dict)
    _coarse: Solver | None = None

    @property
    def is_exact(self) -> bool:
        """Whether every set of people is weighed by itself, so that no plan costs more than the search believes."""
        return all(unit.is_exact for unit in self.units)

    def closer(self, grid: Grid, lines: Ints) -> Solver | None:
        """A solver that weighs larger sets: where a plan has more people than its choice paid for, and the sets would
        not be too many."""
        overstepped = [unit for unit in self.units if unit.is_overstepped(_people_in(unit, self.program, lines))]
        keys = frozenset(unit.key for unit in overstepped)
        if not keys:
            return None
        if keys not in self._closer:
            wider = broader(self.units, overstepped)
            self._closer[keys] = None if wider is None else _solver(grid, self.program, self.parts, wider)
        return self._closer[keys]

    def coarse(self, grid: Grid) -> Solver:
        """The solver whose chains remember one visit each, so that their graphs stay small; its bounds are weaker."""
        if self._coarse is None:
            program = program_of(grid.problem, self.program.enrollment, grid, remembered=1)
            self._coarse = _solver(grid, program, self.parts, {})
        return self._coarse


def _people_in(unit: Unit, program: Program, lines: Ints) -> int:
    """Who fills the need of a unit in a plan, as a mask."""
    people = 0
    for number, _, _, *who in lines.tolist():
        if number in unit.visits:
            people |= 1 << who[program.visits[number].need_names().index(unit.name)]
    return people


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
    return solver_for(grid, program_of(problem, enrollment, grid))


def solver_for(grid: Grid, program: Program) -> Solver:
    """Prepares a program, such as one whose days have been narrowed."""
    return _solver(grid, program, parts_of(program, grid.problem, grid), {})


def _solver(grid: Grid, program: Program, parts: Parts, breadths: Mapping[Key, int]) -> Solver:
    weights = grid.problem.weights
    units, constant = units_of(program, weights.continuity, breadths)
    frames, shared = frames_of(program, units)
    kept_days = [each.start // DAY - grid.base for each in program.kept.values()]
    ends = Ends(weights.finish, program.enrollment.earliest - grid.base, max(kept_days, default=-FAR))
    constant += program.constant + _waiting_of_kept(program, grid)
    layout = layout_of(program, units, frames, shared, ends, weights)
    return Solver(program, parts, layout, constant, tuple(units))


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
    alone: bool = False,
    stop: Callable[[], bool] = never,
) -> Answer:
    """The cheapest plan below a cost.

    `alone` leaves the others out altogether, so that the bound holds in any plan. `stop` is asked every few
    milliseconds.
    """
    program = solver.program
    if not program.visits:
        cost = solver.constant + solver.layout.ends.weight * max(0, solver.layout.ends.least - solver.layout.ends.start)
        return Answer((), cost, cost, 0)
    if not program.possible:
        return Answer(None, FAR, FAR, 0)
    case = case_of(program, solver.parts, grid, alone=alone)
    closing = _Closing(grid, case, below, effort or Effort(), stop)
    try:
        return closing.answer(solver)
    except TooLargeGraph:
        return closing.answer_coarsely(solver)


class _Closing:
    """Searches, and where the plan found costs more than its choice of people paid for, again with a closer look."""

    def __init__(self, grid: Grid, case: Case, below: int, effort: Effort, stop: Callable[[], bool]) -> None:
        self.grid, self.case, self.effort, self.stop = grid, case, effort, stop
        self.best: tuple[PlacedVisit, ...] | None = None
        self.cost, self.bound, self.work = below, 0, 0

    def answer(self, solver: Solver) -> Answer:
        looking: Solver | None = solver
        while looking is not None:
            lines = self._look(looking)
            thorough = self.effort.labels and not self.effort.any_plan and not self.stop()
            looking = looking.closer(self.grid, lines) if thorough and lines is not None else None
        if self.best is None:
            return Answer(None, FAR, self.bound, self.work)
        return Answer(self.best, self.cost, min(self.bound, self.cost), self.work)

    def answer_coarsely(self, solver: Solver) -> Answer:
        """The same where a chain's graph is too large; nothing is known where even the coarse one is."""
        try:
            return self.answer(solver.coarse(self.grid))
        except TooLargeGraph:
            return Answer(self.best, self.cost, self.bound, self.work) if self.best else Answer(None, FAR, 0, self.work)

    def _look(self, solver: Solver) -> Ints | None:
        """One search below the best cost known; the lines of its plan."""
        constant = solver.constant
        run = Run(solver.layout, self.case, self.stop)
        found = run.search(self.cost - constant if self.cost < FAR else FAR, self.effort)
        self.work += found.work
        bound = min(found.bound, found.least) if found.short else found.bound
        self.bound = max(self.bound, FAR if bound >= FAR else bound + constant)
        if found.lines is None:
            return None
        visits = placed_visits(solver.program, self.grid, found.lines)
        cost = found.cost + constant
        if not solver.is_exact:
            cost = cost_alone(self.grid.problem, solver.program.enrollment, visits)
        if cost < self.cost:
            self.best, self.cost = visits, cost
        return found.lines


def placed_visits(program: Program, grid: Grid, lines: Ints) -> tuple[PlacedVisit, ...]:
    """The lines of a search as visits with people and rooms."""
    problem = grid.problem
    placed = []
    for number, start, room, *who in sorted(lines.tolist()):
        visit = program.visits[number]
        staff = {name: program.staff_ids[person] for name, person in zip(visit.need_names(), who, strict=False)}
        where = None if room < 0 else problem.rooms[program.rooms[room]].id
        placed.append(PlacedVisit(program.enrollment.id, visit.id, grid.minute(start), where, staff))
    return tuple(placed)
