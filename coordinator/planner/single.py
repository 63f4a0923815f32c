"""The best plan for one enrollment beside what is taken, with a proof or the distance from one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from coordinator.domain.clinic_time import DAY
from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import Parts, Prices, case_of, parts_of
from coordinator.planner.case import Case, Rows
from coordinator.planner.chain_frame import Chosen, Ends, Frame, RowBook, all_choices, chain_of, frames_of
from coordinator.planner.compiled import FAR, Ints
from coordinator.planner.continuity import Unit, units_of
from coordinator.planner.crossing import Crossing
from coordinator.planner.dag import Dag, build_dag
from coordinator.planner.forest import BEST, BEST_COST, FIRST, LEFT_BEHIND, SHORT, TRIED, Forest
from coordinator.planner.grid import Grid
from coordinator.planner.program import Program, program_of
from coordinator.planner.retrace import retrace
from coordinator.planner.rows import fill_rows
from coordinator.planner.search import explore

_FIRST_BEAM = 40
_MOST_LABELS = 150_000


@dataclass(frozen=True, slots=True)
class Solver:
    """One enrollment, prepared to be solved again and again as the clinic fills."""

    program: Program
    parts: Parts
    frames: tuple[Frame, ...]
    shared: tuple[Unit, ...]
    constant: int
    ends: Ends
    exact: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: visits (None: no plan) with their cost, and a lower bound on the cost of any plan (FAR:
    there is none). `work` counts what was tried."""

    visits: tuple[PlacedVisit, ...] | None
    cost: int
    bound: int
    work: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: labels a day in the first pass, labels in the exact pass (0: no exact pass)."""

    beam: int = _FIRST_BEAM
    labels: int = _MOST_LABELS


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
    return Solver(
        program,
        parts_of(program, problem, grid),
        tuple(frames),
        tuple(shared),
        constant + program.constant,
        ends,
        exact,
    )


@dataclass(frozen=True, slots=True)
class _Combination:
    """A choice of people for all chains: its graphs, what the choice costs, and its least total cost."""

    dags: tuple[Dag, ...]
    cost: int
    bound: int


def solve(
    solver: Solver, grid: Grid, below: int = FAR, effort: Effort = Effort(), prices: Prices | None = None
) -> Answer:
    """The cheapest plan below a cost. The visits come without the kept ones; costs are those of the search."""
    program = solver.program
    if not program.visits:
        return Answer((), solver.constant + _finish_of_kept(solver), solver.constant + _finish_of_kept(solver), 0)
    if not program.possible:
        return Answer(None, FAR, FAR, 0)
    case = case_of(program, solver.parts, grid, prices)
    search = _Search(solver, grid, case, below - solver.constant if below < FAR else FAR)
    return search.run(effort)


def solve_alone(solver: Solver, grid: Grid, effort: Effort = Effort()) -> Answer:
    """The best plan in the clinic with nothing in it but what stands whatever happens: its bound holds in any plan."""
    program = solver.program
    if not program.visits or not program.possible:
        return solve(solver, grid, FAR, effort)
    return _Search(solver, grid, case_of(program, solver.parts, grid, layers=1), FAR).run(effort)


def _finish_of_kept(solver: Solver) -> int:
    return solver.ends.weight * max(0, solver.ends.least - solver.ends.start)


class _Search:
    """One run: graphs for every choice of people, then the search over each that may hold the best plan."""

    def __init__(self, solver: Solver, grid: Grid, case: Case, below: int) -> None:
        self.solver, self.grid, self.case = solver, grid, case
        self.book = RowBook(solver.program)
        self.best, self.found = below, None
        self.work = 0
        self.short = False
        self.splits = _splits(len(solver.frames))

    def run(self, effort: Effort) -> Answer:
        """Searches all combinations, least bound first."""
        combinations = sorted(self._combinations(), key=lambda each: each.bound)
        least = min([each.bound for each in combinations], default=FAR)
        if least >= FAR:
            return Answer(None, FAR, FAR, 0)
        left: list[tuple[int, _Combination]] = []
        for each in combinations:
            if each.bound < self.best:
                left.append((self._explore(each, effort.beam, effort.labels), each))
        bound = self.best
        for value, each in sorted(left, key=lambda pair: pair[0]):
            if value < self.best and effort.labels:
                value = self._explore(each, 1 << 40, effort.labels)
            bound = min(bound, max(value, each.bound))
        if not self.solver.exact or self.short:
            bound = min(bound, least)
        constant = self.solver.constant
        return Answer(self.found, self.best + constant, min(bound, self.best) + constant, self.work)

    def _combinations(self) -> Iterator[_Combination]:
        weights = self.grid.problem.weights
        plans: list[tuple[int, list[list[tuple[Chosen, int]]]]] = []
        chains = []
        for shared in all_choices(self.solver.shared):
            lists = []
            for frame in self.solver.frames:
                mine = []
                for root in frame.choices():
                    chain = chain_of(
                        self.solver.program, frame, {**shared, **root}, self.book, weights, self.solver.ends
                    )
                    mine.append((len(chains), _cost(root)))
                    chains.append(chain)
                lists.append(mine)
            plans.append((_cost(shared), lists))
        self.rows = self._rows()
        dags = [build_dag(chain, self.case, self.rows) for chain in chains]
        for cost, lists in plans:
            for some in product(*lists):
                here = tuple(dags[number] for number, _ in some)
                total = cost + sum(extra for _, extra in some)
                bound = total + self._least(here)
                if bound < FAR // 4:
                    yield _Combination(here, total, bound)

    def _least(self, dags: Sequence[Dag]) -> int:
        return (
            int(
                max(sum(int(dag.togo[half, 0]) for dag, half in zip(dags, split, strict=True)) for split in self.splits)
                + 1
            )
            // 2
        )

    def _rows(self) -> Rows:
        visits = np.array(self.book.visits, np.int64)
        masks = np.array(self.book.masks, np.int64).reshape(len(visits), -1)
        rows = Rows(visits, masks, np.zeros((len(visits), self.grid.days), np.int64))
        fill_rows(self.case, rows, 0)
        return rows

    def _explore(self, each: _Combination, beam: int, most_labels: int) -> int:
        """Searches one combination; returns what its plans cost at least (the best cost where it is exhausted)."""
        forest = _forest(each.dags, self.splits, self.solver.ends)
        crossing = _crossing(self.solver, self.grid, each.dags, self.rows)
        most = self.solver.program.most_a_day
        labels, tally = explore(
            self.case, self.rows, forest, crossing, self.best - each.cost, beam, max(most_labels, 20_000), most
        )
        self.work += int(tally[TRIED])
        self.short = self.short or bool(tally[SHORT])
        if tally[BEST] >= 0:
            self.best = int(tally[BEST_COST]) + each.cost
            width = FIRST + len(each.dags) + len(crossing.before) + len(forest.tracked)
            lines = retrace(self.case, self.rows, labels, int(tally[BEST]), width, forest.tracked, most)
            self.found = _placed(self.solver.program, self.grid, lines)
        left = (int(tally[LEFT_BEHIND]) + 1) // 2 + each.cost
        return min(left, self.best)


def _cost(chosen: Chosen) -> int:
    return sum(choice.cost for choice in chosen.values())


def _splits(chains: int) -> Ints:
    """Ways to lay the cost of the finish on the chains, in halves."""
    whole = [tuple(2 * (c == at) for c in range(chains)) for at in range(chains)]
    halves = [tuple(int(c in (a, b)) for c in range(chains)) for a in range(chains) for b in range(a)]
    return np.array(whole + halves, np.int64)


def _forest(dags: Sequence[Dag], splits: Ints, ends: Ends) -> Forest:
    nodes = np.cumsum([0, *(len(dag.final) for dag in dags)])
    edges = np.cumsum([0, *(len(dag.edge_day) for dag in dags)])
    pointers = [dag.edge_ptr[:-1] + edges[i] for i, dag in enumerate(dags)]
    return Forest(
        nodes[:-1].astype(np.int64),
        np.concatenate([*pointers, edges[-1:]]).astype(np.int64),
        np.concatenate([dag.edge_child + nodes[i] for i, dag in enumerate(dags)]),
        np.concatenate([dag.edge_day for dag in dags]),
        np.concatenate([dag.edge_t for dag in dags]),
        np.concatenate([dag.edge_row for dag in dags]),
        np.concatenate([dag.edge_cost for dag in dags]),
        np.concatenate([dag.edge_extra for dag in dags]),
        np.concatenate([dag.togo for dag in dags], axis=1),
        np.concatenate([dag.until for dag in dags]),
        np.concatenate([dag.final for dag in dags]),
        splits,
        np.zeros(0, np.int64),
        ends.weight, ends.start, ends.least,
    )  # fmt: skip


def _crossing(solver: Solver, grid: Grid, dags: Sequence[Dag], rows: Rows) -> Crossing:
    across = solver.program.across
    chain_of_visit = {visit: c for c, chain in enumerate(solver.program.chains) for visit in chain}
    node_visit = np.concatenate([_placed_next(dag, rows) for dag in dags])
    return Crossing(
        np.array([each.before for each in across], np.int64),
        np.array([each.after for each in across], np.int64),
        np.array([each.low for each in across], np.int64),
        np.array([each.high for each in across], np.int64),
        np.array([each.ideal for each in across], np.int64),
        np.array([int(each.ordered) for each in across], np.int64),
        np.array([each.least if each.timed else -FAR for each in across], np.int64),
        np.array([each.most if each.timed else FAR for each in across], np.int64),
        np.array([chain_of_visit[each.after] for each in across], np.int64),
        node_visit,
        grid.problem.weights.ideal_gap,
    )


def _placed_next(dag: Dag, rows: Rows) -> Ints:
    """For each node the visit that its edges place (-1: none)."""
    out = np.full(len(dag.final), -1, np.int64)
    has = dag.edge_ptr[1:] > dag.edge_ptr[:-1]
    out[has] = rows.visit[dag.edge_row[dag.edge_ptr[:-1][has]]]
    return out


def _placed(program: Program, grid: Grid, lines: Ints) -> tuple[PlacedVisit, ...]:
    problem = grid.problem
    placed = []
    for number, start, room, *who in sorted(lines.tolist()):
        visit = program.visits[number]
        staff = {name: program.staff_ids[person] for name, person in zip(visit.need_names(), who, strict=False)}
        where = None if room < 0 else problem.rooms[program.rooms[room]].id
        placed.append(PlacedVisit(program.enrollment.id, visit.id, grid.minute(start), where, staff))
    return tuple(placed)
