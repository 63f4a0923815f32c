"""Running planning jobs: one snapshot, the planner outside of any transaction, the rules, and the proposal.

With its siblings `planning_*` the only service that loads the planner; it runs in the planning process and in the
command.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from coordinator.domain.actor import system
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.cost import penalties, total
from coordinator.domain.errors import DomainError
from coordinator.domain.relaxing import meaning
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem, Unplanned
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.snapshot_problems import STANDING, planning_problem
from coordinator.exchange.plan import write_plan
from coordinator.planner.alternatives import alternatives
from coordinator.planner.explain import explained
from coordinator.planner.native import NoCompiler
from coordinator.planner.plan import Limits, plan
from coordinator.services.planning_fit import fit
from coordinator.services.planning_line import Line, Runner
from coordinator.services.planning_made import Made, as_alternative
from coordinator.services.planning_outlook import find_outlooks
from coordinator.services.planning_repairs import Repair, repair_of
from coordinator.services.planning_what_if import study
from coordinator.services.trouble import frames
from coordinator.store import audit, outlooks, planning_jobs, snapshot
from coordinator.store.planning_jobs import FIT, WHAT_IF, LeasedJob, NewProposal

__all__ = ["Runner", "run_next_job"]

MOST_TRIES = 3
"""How many workers may die of a job before it counts as failed."""

SECONDS = 10.0
SECONDS_PER_PROGRAM = 5.0
MOST_SECONDS = 120.0
SECONDS_TO_EXPLAIN = 20.0
SECONDS_PER_KIND = 4.0
"""How long to look for each other kind of plan."""

_log = structlog.get_logger(__name__)


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
            _STUDIES.get(job.request.get("kind", ""), _run)(runner, job)
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
        taken = snapshot.load(work, job.clinic_id, without_holds_of=job.enrollments)
        repair = repair_of(work, job, taken, runner.now())
    problem = repair.problem(job.enrollments) if repair else _problem(taken, job, runner.now())
    line = Line(runner, job, _codes(taken, job), _cost_of_others(taken, job, problem))
    found = plan(problem, _limits(job), report=line.report, canceled=line.canceled)
    if repair:
        found = repair.settled(problem, found, lambda one: plan(one, _limits(job), canceled=line.canceled))
    if found.unplanned and not line.stopped:
        found = _explained(runner, line, problem, found)
    made = _in_kinds(problem, found, line) if _deserves_choice(job, found, repair) else [Made(found)]
    if not line.goes_on() and (not runner.going_on() or _is_bare(found, line.codes)):
        _leave(runner, job)
        return
    faults = [*violations(problem, found), *misstatements(problem, found)]
    if faults:
        _log.error("planning.broken_plan", job=job.id, rules=sorted({each.name for each in faults}))
        _finish(runner, job, "failed", f"The planner made a plan that breaks a rule: {faults[0].message} Try again.")
        return
    others = [each for each in made[1:] if not violations(problem, each.plan)]
    more = repair.detail(problem) if repair else {}
    if found.unplanned:
        more["acts"] = {
            each.enrollment: [meaning(problem, way.patch) for way in each.relaxations] for each in found.unplanned
        }
    _store(runner, job, taken, problem, [made[0], *others], more)


def _deserves_choice(job: LeasedJob, found: Plan, repair: Repair | None) -> bool:
    """Whether other kinds of plan are worth looking for: for one program that is planned."""
    return repair is None and len(job.enrollments) == 1 and not found.unplanned


def _in_kinds(problem: Problem, found: Plan, line: Line) -> list[Made]:
    """The plan first, then those that differ from it in kind, each with what sets it apart."""
    made = alternatives(
        problem, found, Limits(seconds=SECONDS_PER_KIND), wanted=line.codes, canceled=line.canceled
    )  # fmt: skip
    if len(made) < 2:
        return [Made(found)]
    return [Made(each.plan, {"alternative": as_alternative(each)}) for each in made]


def _is_bare(found: Plan, codes: Collection[str]) -> bool:
    """Whether a plan that was stopped has nothing worth keeping."""
    return {each.enrollment for each in found.unplanned} >= set(codes)


def _problem(taken: Snapshot, job: LeasedJob, now: datetime) -> Problem:
    minute = from_utc(now, zone_named(taken.clinic.timezone))
    return planning_problem(taken, minute, job.enrollments)


def _explained(runner: Runner, line: Line, problem: Problem, found: Plan) -> Plan:
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


def _store(
    runner: Runner, job: LeasedJob, taken: Snapshot, problem: Problem, made: Sequence[Made], more: dict[str, Any]
) -> None:
    now = runner.now()
    mine = _codes(taken, job)
    weighed = replace(problem, weights=taken.clinic.weights)
    new = [
        NewProposal(
            write_plan(each.plan, problem),
            [asdict(one) for one in penalties(weighed, each.plan) if one.enrollment in mine],
            taken.clinic.revision,
            {**more, **each.detail},
        )
        for each in made
    ]
    with runner.database.write() as work:
        if not planning_jobs.finish(work, job.id, runner.name, now, "done"):
            return  # somebody else took the job over, and will store what that comes to
        for each in new:
            proposal_id = planning_jobs.add_proposal(work, job, now, each)
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


_STUDIES: Mapping[str, Callable[[Runner, LeasedJob], None]] = {
    outlooks.KIND: find_outlooks,
    WHAT_IF: study,
    FIT: fit,
}
"""Work for the planner that leads to no proposal, by what the request calls it."""
