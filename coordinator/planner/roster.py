"""Enrollments placed one after another, each beside those that stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coordinator.domain.cost import cost_alone
from coordinator.domain.schedule import PlacedVisit, Problem
from coordinator.planner.grid import Grid
from coordinator.planner.native import FAR
from coordinator.planner.run import Effort
from coordinator.planner.single import Answer, Solver, solve, solver_of

Standing = Mapping[int, tuple[tuple[PlacedVisit, ...], int]]
"""For each planned enrollment, by number, its visits (kept ones aside) and its cost."""


class Roster:
    """Enrollments by number, each planned or not; the grid always shows exactly what stands."""

    def __init__(self, grid: Grid, stop: Callable[[], bool]) -> None:
        self.grid, self.stop = grid, stop
        self.problem: Problem = grid.problem
        self.enrollments = self.problem.enrollments
        self.protocols = [self.problem.protocol(each.protocol) for each in self.enrollments]
        self.standing: dict[int, tuple[tuple[PlacedVisit, ...], int]] = {}
        self.solves = 0
        self._solvers: dict[int, Solver] = {}

    def solver(self, i: int) -> Solver:
        """An enrollment, prepared; made when first asked for, since a repair looks at few."""
        if i not in self._solvers:
            self._solvers[i] = solver_of(self.grid, i)
        return self._solvers[i]

    def to_place(self, i: int) -> int:
        """How many visits of an enrollment are not kept."""
        return len(self.protocols[i].visits) - len(self.enrollments[i].kept)

    def put(self, i: int, visits: tuple[PlacedVisit, ...], cost: int) -> None:
        """Lets an enrollment stand."""
        self.standing[i] = visits, cost
        protocol, patients = self.protocols[i], self.enrollments[i].patients
        for each in visits:
            self.grid.put(protocol.visit(each.visit), each, patients)

    def solve(self, i: int, below: int = FAR, effort: Effort | None = None) -> Answer:
        """The best place for an enrollment that does not stand, beside those that do."""
        self.solves += 1
        return solve(self.solver(i), self.grid, below, effort, stop=self.stop)

    def solve_alone(self, i: int) -> Answer:
        """The best place for an enrollment in a clinic where no other stands: its bound holds in any plan."""
        return solve(self.solver(i), self.grid, alone=True, stop=self.stop)

    def cost_of(self, i: int, visits: tuple[PlacedVisit, ...]) -> int:
        """What an enrollment's plan costs, without the prices that a search with prices counts."""
        return cost_alone(self.problem, self.enrollments[i], visits)
