"""The planner's door: a problem in, the best plan that the limits allow out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coordinator.domain.cost import total
from coordinator.domain.schedule import PlacedVisit, Plan, Problem, Unplanned
from coordinator.planner.grid import grid_of
from coordinator.planner.many import Improver
from coordinator.planner.roster import Roster, Standing

_NO_LIMIT = 1 << 60
_SECONDS_BETWEEN_REPORTS = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: after `seconds` of clock time, or after `work` searches for one program.

    The same seed and work give the same plan whatever the machine's load, as long as `seconds` does not cut in. Without
    either, the planner stops where it expects little more.
    """

    seconds: float | None = None
    work: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """The best plan so far. `share` is how much of the work is done, 0 to 1 (None: not known)."""

    planned: int
    enrollments: int
    cost: int
    bound: float
    plan: Plan
    share: float | None

    @property
    def gap(self) -> float:
        """By what part of its cost, at most, the best plan could cost less: 0 is proven best."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


def plan(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    report: Callable[[Progress], None] | None = None,
    canceled: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found. `report` is called with each better plan at once, and about twice a second while there is
    none; `canceled` is asked several times a second; a canceled search returns the best plan so far. Enrollments
    without a plan stand in `unplanned`, without a reason (`explain` finds it)."""
    return _Run(problem, limits, report, canceled).plan()


class _Run:
    """One call of `plan`."""

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        report: Callable[[Progress], None] | None,
        canceled: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.limits, self.report, self.canceled = problem, limits, report, canceled
        self.began = self.told = time.monotonic()
        self.roster = Roster(grid_of(problem), self._stop)
        work = _NO_LIMIT if limits.work is None and limits.seconds is not None else limits.work
        self.improver = Improver(self.roster, limits.seed, work, self._stop, self._tell)

    def plan(self) -> Plan:
        """Runs to the end of the limits."""
        self.improver.run()
        return self._as_plan(self.improver.best)

    def _stop(self) -> bool:
        if self.limits.seconds is not None and time.monotonic() - self.began >= self.limits.seconds:
            return True
        return self.canceled is not None and self.canceled()

    def _tell(self, standing: Standing, is_new: bool) -> None:
        now = time.monotonic()
        if self.report is None or not (is_new or now - self.told >= _SECONDS_BETWEEN_REPORTS):
            return
        self.told = now
        found = self._as_plan(standing)
        share = min(1.0, max(self._shares(), default=0.0)) if self.limits.seconds or self.limits.work else None
        count = len(self.problem.enrollments)
        self.report(Progress(count - len(found.unplanned), count, found.cost, found.bound, found, share))

    def _shares(self) -> Iterator[float]:
        if self.limits.work:
            yield self.roster.solves / self.limits.work
        if self.limits.seconds:
            yield (time.monotonic() - self.began) / self.limits.seconds

    def _as_plan(self, standing: Standing) -> Plan:
        visits: list[PlacedVisit] = []
        planned, unplanned = [], []
        for i, enrollment in enumerate(self.problem.enrollments):
            if i in standing:
                planned.append(enrollment.id)
                visits += sorted((*enrollment.kept, *standing[i][0]), key=lambda each: (each.start, each.visit))
            else:
                unplanned.append(Unplanned(enrollment.id))
        cost = total(self.problem, visits, planned)
        bound = min(cost, self.improver.bound)
        return Plan(tuple(visits), tuple(unplanned), cost, bound, time.monotonic() - self.began)
