"""The plan in the making: which enrollment stands how, what it costs, and what all of it takes in the clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from coordinator.domain.cost import cost_alone
from coordinator.domain.schedule import PlacedVisit, Problem
from coordinator.planner.grid import Grid
from coordinator.planner.in_the_way import Stay, in_the_way, over_the_limit, prices_for, stay_of
from coordinator.planner.native import FAR
from coordinator.planner.run import Effort
from coordinator.planner.single import Answer, Solver, solve, solver_of

Standing = Mapping[int, tuple[tuple[PlacedVisit, ...], int]]
"""A snapshot of a roster: for each planned enrollment its visits (kept ones aside) and its cost."""


class Roster:
    """Enrollments by number, each planned or not; the grid always shows exactly what stands."""

    def __init__(self, grid: Grid, stop: Callable[[], bool]) -> None:
        self.grid, self.stop = grid, stop
        self.problem: Problem = grid.problem
        self.enrollments = self.problem.enrollments
        self.protocols = [self.problem.protocol(each.protocol) for each in self.enrollments]
        self.standing: dict[int, tuple[tuple[PlacedVisit, ...], int]] = {}
        self.stays: dict[int, tuple[Stay, ...]] = {}
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

    @property
    def cost(self) -> int:
        """What the roster costs, with all that is not planned."""
        missing = len(self.enrollments) - len(self.standing)
        return sum(cost for _, cost in self.standing.values()) + missing * self.problem.weights.unplanned

    def missing(self) -> list[int]:
        """The enrollments that are not planned."""
        return [i for i in range(len(self.enrollments)) if i not in self.standing]

    def put(self, i: int, visits: tuple[PlacedVisit, ...], cost: int) -> None:
        """Lets an enrollment stand."""
        self.standing[i] = visits, cost
        self.stays[i] = self.hold(i, visits)

    def take(self, i: int) -> None:
        """Takes an enrollment out."""
        visits, _ = self.standing.pop(i)
        del self.stays[i]
        self.release(i, visits)

    def hold(self, i: int, visits: Iterable[PlacedVisit]) -> tuple[Stay, ...]:
        """Marks as taken what visits of an enrollment need."""
        protocol, patients = self.protocols[i], self.enrollments[i].patients
        for each in visits:
            self.grid.put(protocol.visit(each.visit), each, patients)
        return tuple(stay_of(self.grid, i, protocol, each, patients) for each in visits)

    def release(self, i: int, visits: Iterable[PlacedVisit]) -> None:
        """Frees what `hold` took."""
        for each in visits:
            self.grid.free(self.protocols[i].visit(each.visit), each, self.enrollments[i].patients)

    def solve(self, i: int, below: int = FAR, effort: Effort | None = None) -> Answer:
        """The best place for an enrollment that does not stand, beside those that do."""
        self.solves += 1
        return solve(self.solver(i), self.grid, below, effort, stop=self.stop)

    def solve_alone(self, i: int) -> Answer:
        """The best place for an enrollment in a clinic where no other stands: its bound holds in any plan."""
        return solve(self.solver(i), self.grid, alone=True, stop=self.stop)

    def push_in(self, i: int, price: Mapping[int, int], effort: Effort) -> list[int] | None:
        """Lets an enrollment stand whatever is in its way; who had to go for it, or None if it cannot stand at all."""
        self.solves += 1
        others = [stay for stays in self.stays.values() for stay in stays]
        prices = prices_for(self.solver(i).program, self.grid, others, price)
        answer = solve(self.solver(i), self.grid, FAR, effort, prices=prices, stop=self.stop)
        if answer.visits is None:
            return None
        program = self.solver(i).program
        new = [stay_of(self.grid, i, program.protocol, v, program.enrollment.patients) for v in answer.visits]
        gone = sorted(in_the_way(self.grid, new, others))
        for each in gone:
            self.take(each)
        self.put(i, answer.visits, self.cost_of(i, answer.visits))
        while more := sorted(over_the_limit(self.grid, new, self._others(i))):
            for each in more:
                self.take(each)
            gone += more
        return gone

    def cost_of(self, i: int, visits: tuple[PlacedVisit, ...]) -> int:
        """What an enrollment's plan costs, without the prices that a search with prices counts."""
        return cost_alone(self.problem, self.enrollments[i], visits)

    def _others(self, i: int) -> list[Stay]:
        return [stay for owner, stays in self.stays.items() if owner != i for stay in stays]

    def snapshot(self) -> Standing:
        """What stands, to come back to."""
        return dict(self.standing)

    def restore(self, standing: Standing) -> None:
        """Comes back to a snapshot."""
        for i in list(self.standing):
            if self.standing[i] is not standing.get(i) and self.standing[i] != standing.get(i):
                self.take(i)
        for i, (visits, cost) in standing.items():
            if i not in self.standing:
                self.put(i, visits, cost)
