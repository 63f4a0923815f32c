"""Running planning jobs: one snapshot, the planner outside of any transaction, the rules, and the proposal.

The only service that loads the planner; it runs in the planning process and in the command.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from coordinator.domain.actor import system
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.cost import penalties, total
from coordinator.domain.errors import Conflict, DomainError
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem, Unplanned
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.snapshot_problems import STANDING, planning_problem
from coordinator.exchange.plan import write_plan
from coordinator.planner.explain import explained
from coordinator.planner.native import NoCompiler
from coordinator.planner.plan import Limits, Progress, plan
from coordinator.services.trouble import frames
from coordinator.store import audit, planning_jobs, snapshot
from coordinator.store.planning_jobs import LeasedJob
from coordinator.store.unit_of_work import Database

Clock = Callable[[], datetime]

SECONDS_BETWEEN_WRITES = 0.5
MOST_TRIES = 3
"""How many workers may die of a job before it counts as failed."""

SECONDS = 10.0
SECONDS_PER_PROGRAM = 5.0
MOST_SECONDS = 120.0
SECONDS_TO_EXPLAIN = 20.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """One planning process's means. `name` is unique among all; `going_on` turns False when it has to leave."""

    database: Database
    now: Clock
    name: str
    lease_seconds: float
    going_on: Callable[[], bool] = lambda: True


def run_next_job(runner: Runner) -> bool:
    """Runs the oldest job that waits, to its end; False where none does."""
    job = _lease(runner)
    if job is None:
        return False
    try:
        if job.tries > MOST_TRIES:
            _finish(
                runner, job, "failed", "The planner stopped in the middle of this several times. Try fewer programs."
            )
        else:
            _run(runner, job)
    except (DomainError, NoCompiler) as error:
        _finish(runner, job, "failed", str(error))
    except Exception as error:
        _log.error("planning.failure", job=job.id, kind=type(error).__name__, frames=frames(error))
        _finish(runner, job, "failed", "The planner failed. Try again; if it fails again, the worker's log says where.")
    return True


def _lease(runner: Runner) -> LeasedJob | None:
    with runner.database.read() as work:
        if not planning_jobs.waiting(work, runner.now()):
            return None
    with runner.database.write() as work:
        return planning_jobs.lease(work, runner.now(), runner.name, runner.lease_seconds)


def _run(runner: Runner, job: LeasedJob) -> None:
    with runner.database.read() as work:
        taken = snapshot.load(work, job.clinic_id)
    problem = _problem(taken, job, runner.now())
    line = _Line(runner, job, _codes(taken, job), _cost_of_others(taken, job, problem))
    found = plan(problem, _limits(job), report=line.report, canceled=line.canceled)
    if found.unplanned:
        found = _explained(runner, line, problem, found)
    if not line.goes_on():
        _leave(runner, job)
        return
    faults = [*violations(problem, found), *misstatements(problem, found)]
    if faults:
        _log.error("planning.broken_plan", job=job.id, rules=sorted({each.name for each in faults}))
        _finish(runner, job, "failed", f"The planner made a plan that breaks a rule: {faults[0].message} Try again.")
        return
    _store(runner, job, taken, problem, found)


def _problem(taken: Snapshot, job: LeasedJob, now: datetime) -> Problem:
    minute = from_utc(now, zone_named(taken.clinic.timezone))
    return planning_problem(taken, minute, job.enrollments)


def _explained(runner: Runner, line: _Line, problem: Problem, found: Plan) -> Plan:
    """The plan with the reasons for what it leaves out, under the names that people know."""
    until = runner.now() + timedelta(seconds=SECONDS_TO_EXPLAIN)
    told = explained(problem, found, canceled=lambda: line.canceled() or runner.now() > until)
    return replace(told, unplanned=tuple(_under_own_names(each) for each in told.unplanned))


def _under_own_names(each: Unplanned) -> Unplanned:
    """Published programs stand in the problem under a name that says so, and that nobody else uses."""
    changes = tuple(replace(change, text=change.text.replace(STANDING, "")) for change in each.relaxations)
    return replace(each, reason=each.reason.replace(STANDING, ""), relaxations=changes)


def _codes(taken: Snapshot, job: LeasedJob) -> frozenset[str]:
    return frozenset(entry.code for entry in taken.enrollments if entry.id in job.enrollments)


def _cost_of_others(taken: Snapshot, job: LeasedJob, problem: Problem) -> int:
    """What the published programs cost in the problem, whatever is planned: it says nothing about these."""
    mine = _codes(taken, job)
    others = [each for each in problem.enrollments if each.id not in mine]
    kept = [visit for each in others for visit in each.kept]
    unplanned = problem.weights.unplanned * len(mine)
    return total(problem, kept, [each.id for each in others]) - unplanned


def _limits(job: LeasedJob) -> Limits:
    return Limits(seconds=min(MOST_SECONDS, SECONDS + SECONDS_PER_PROGRAM * len(job.enrollments)))


def _store(runner: Runner, job: LeasedJob, taken: Snapshot, problem: Problem, found: Plan) -> None:
    now = runner.now()
    mine = _codes(taken, job)
    reasons = [asdict(each) for each in penalties(problem, found) if each.enrollment in mine]
    with runner.database.write() as work:
        if not planning_jobs.finish(work, job.id, runner.name, now, "done"):
            return  # somebody else took the job over, and will store what that comes to
        proposal_id = planning_jobs.add_proposal(
            work, job, now, write_plan(found, problem), reasons, taken.clinic.revision
        )
        audit.append(work, system(job.clinic_id), now, "proposal.store", "proposal", proposal_id, {"job": job.id})


def _leave(runner: Runner, job: LeasedJob) -> None:
    """Ends a job that was canceled; one that this process only has to leave goes back to the others."""
    with runner.database.write() as work:
        if runner.going_on():
            planning_jobs.finish(work, job.id, runner.name, runner.now(), "canceled")
        else:
            planning_jobs.give_back(work, job.id, runner.name)


def _finish(runner: Runner, job: LeasedJob, status: str, failure: str) -> None:
    with runner.database.write() as work:
        planning_jobs.finish(work, job.id, runner.name, runner.now(), status, failure)


@dataclass(slots=True)
class _Line:
    """The line between planner and job: progress goes out, the wish to stop comes in, twice a second at most."""

    runner: Runner
    job: LeasedJob
    codes: frozenset[str]
    cost_of_others: int
    _asked_at: datetime | None = None
    _news: dict[str, Any] | None = None
    _stopped: bool = field(default=False)

    def report(self, progress: Progress) -> None:
        """Keeps the newest progress, of the wanted programs alone, for the next writing."""
        missing = sum(each.enrollment in self.codes for each in progress.plan.unplanned)
        self._news = {
            "planned": len(self.codes) - missing,
            "enrollments": len(self.codes),
            "cost": progress.cost - self.cost_of_others,
            "bound": max(0, progress.bound - self.cost_of_others),
            "share": progress.share,
        }
        self.canceled()

    def canceled(self) -> bool:
        """Whether the planner should stop now. Asking renews the lease."""
        now = self.runner.now()
        waited = None if self._asked_at is None else (now - self._asked_at).total_seconds()
        if not self._stopped and (waited is None or waited >= SECONDS_BETWEEN_WRITES):
            self._asked_at = now
            with suppress(Conflict):  # the database is busy: no reason to give up, and it is asked again soon
                self._stopped = not self.goes_on()
        return self._stopped

    def goes_on(self) -> bool:
        """Writes the news; False once the job was canceled or lost, or this process has to leave."""
        news, self._news = self._news, None
        with self.runner.database.write() as work:
            wanted = planning_jobs.report(
                work, self.job.id, self.runner.name, self.runner.now(), self.runner.lease_seconds, news
            )
        return wanted and self.runner.going_on()
