"""The line between a planning process and the job that it runs: news go out, the wish to stop comes in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coordinator.domain.errors import Conflict
from coordinator.planner.plan import Progress
from coordinator.store import planning_jobs
from coordinator.store.planning_jobs import LeasedJob
from coordinator.store.unit_of_work import Database

Clock = Callable[[], datetime]

SECONDS_BETWEEN_WRITES = 0.5
MOST_STEPS = 60
"""How many better plans a job remembers at most; of more, every second one is let go, so that the first ones stay."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One planning process's means. `name` is unique among all; `going_on` turns False when it has to leave."""

    database: Database
    now: Clock
    name: str
    lease_seconds: float
    going_on: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class Line:
    """The line between planner and job: progress goes out, the wish to stop comes in, twice a second at most."""

    runner: Runner
    job: LeasedJob
    codes: frozenset[str]
    cost_of_others: int
    _asked_at: datetime | None = None
    _news: dict[str, Any] | None = None
    _stopped: bool = field(default=False)
    _began: datetime | None = None
    _steps: list[list[float]] = field(default_factory=list)
    _better: int = 0

    def report(self, progress: Progress) -> None:
        """Keeps the newest progress, of the wanted programs alone, for the next writing."""
        missing = sum(each.enrollment in self.codes for each in progress.plan.unplanned)
        planned, cost = len(self.codes) - missing, progress.cost - self.cost_of_others
        self._keep(planned, cost)
        self._news = {
            "planned": planned,
            "enrollments": len(self.codes),
            "cost": cost,
            "bound": max(0, progress.bound - self.cost_of_others),
            "share": progress.share,
            "better": self._better,
            "steps": self._steps,
        }
        self.canceled()

    def _keep(self, planned: int, cost: int) -> None:
        """Remembers a plan better than the one before; the planner reports the same one again as time passes."""
        self._began = self._began or self.runner.now()
        if self._steps and self._steps[-1][1:] == [planned, cost]:
            return
        if len(self._steps) == MOST_STEPS:
            self._steps = self._steps[::2]
        self._steps.append([round((self.runner.now() - self._began).total_seconds(), 1), planned, cost])
        self._better += 1

    def canceled(self) -> bool:
        """Whether the planner should stop now. Asking renews the lease."""
        now = self.runner.now()
        waited = None if self._asked_at is None else (now - self._asked_at).total_seconds()
        if not self._stopped and (waited is None or waited >= SECONDS_BETWEEN_WRITES):
            self._asked_at = now
            with suppress(Conflict):  # the database is busy: no reason to give up, and it is asked again soon
                self._stopped = not self.goes_on()
        return self._stopped

    def tell(self, news: dict[str, Any]) -> None:
        """Keeps news of another sort of work for the next writing."""
        self._news = news
        self.canceled()

    @property
    def stopped(self) -> bool:
        """Whether somebody wants no more of this, as far as is known."""
        return self._stopped

    def goes_on(self) -> bool:
        """Writes the news; False once the job was canceled or lost, or this process has to leave."""
        news, self._news = self._news, None
        with self.runner.database.write() as work:
            wanted = planning_jobs.report(
                work, self.job.id, self.runner.name, self.runner.now(), self.runner.lease_seconds, news
            )
        return wanted and self.runner.going_on()
