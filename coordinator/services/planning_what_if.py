"""What-if studies in the planning process: programs that wait, and more like them, in a clinic with a little more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from coordinator.domain.clinic_time import day_of, from_utc, zone_named
from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import Enrollment, Plan, Problem
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.snapshot_problems import planning_problem
from coordinator.planner.bottlenecks import bottlenecks
from coordinator.planner.plan import Limits, plan
from coordinator.planner.what_if import Outcome, Scenario, covering, one_more_person, one_more_room, what_if
from coordinator.services.planning_line import Line, Runner
from coordinator.store import planning_jobs, protocol_queries, snapshot
from coordinator.store.planning_jobs import LeasedJob

SECONDS = 4.0
SECONDS_PER_PROGRAM = 1.0
MOST_SECONDS = 15.0
LOADS = 5
"""How many of the fullest roles and kinds of room are told."""


def study(runner: Runner, job: LeasedJob) -> None:
    """Plans the clinic as it is, then each scenario; each outcome is told as soon as it is there."""
    request = job.request
    with runner.database.read() as work:
        taken = snapshot.load(work, job.clinic_id)
        protocol = protocol_queries.domain_protocol(work, job.clinic_id, request["version"])
    problem = _problem(taken, job, runner.now(), protocol)
    end = day_of(from_utc(runner.now(), zone_named(taken.clinic.timezone))) + 7 * request["weeks"]
    line = Line(runner, job, frozenset(), 0)
    news: dict[str, Any] = {"outcomes": [], "of": len(request["scenarios"]) + 1, "loads": []}
    programs = len(job.enrollments) + request["more"]
    limits = Limits(seconds=min(MOST_SECONDS, SECONDS + SECONDS_PER_PROGRAM * programs))
    start = plan(problem, limits, canceled=line.canceled)
    scenarios = [_scenario(problem, each) for each in request["scenarios"]]
    scenarios = [replace(each, problem=_from(each.problem, start)) for each in scenarios]
    base = plan(_from(problem, start), limits, canceled=line.canceled)
    for each in what_if(problem, scenarios, limits, base=base, canceled=line.canceled):
        if not news["outcomes"]:
            news["loads"] = [
                {"words": one.words, "share": one.share} for one in bottlenecks(problem, _until(each.plan, end))[:LOADS]
            ]
        news["outcomes"].append(_outcome(each))
        line.tell(news)
    line.goes_on()  # writes the last news
    with runner.database.write() as work:
        if runner.going_on():
            planning_jobs.finish(work, job.id, runner.name, runner.now(), "done")
        else:
            planning_jobs.give_back(work, job.id, runner.name)


def _problem(taken: Snapshot, job: LeasedJob, now: datetime, protocol: Protocol) -> Problem:
    """The waiting programs, and so many more patients in one protocol who can come at any time from today on, and are
    to be done within so many weeks."""
    minute = from_utc(now, zone_named(taken.clinic.timezone))
    today, more = day_of(minute), job.request["more"]
    end = today + 7 * job.request["weeks"]
    problem = planning_problem(taken, minute, job.enrollments)
    extra = tuple(
        Enrollment(f"more-{number}", (f"more-{number}",), protocol.id, today, end) for number in range(1, more + 1)
    )
    known = {each.id for each in problem.protocols}
    return replace(
        problem,
        first=min(problem.first, today),
        last=max(problem.last, end),
        protocols=problem.protocols if protocol.id in known else (*problem.protocols, protocol),
        enrollments=(*problem.enrollments, *extra),
    )


def _from(problem: Problem, start: Plan) -> Problem:
    """The problem, to be searched from a plan on, at no cost for what changes.

    The clinic as it is and every scenario go on from the same plan for the same time, so that what a scenario gains is
    not the luck of another search.
    """
    kept = {(visit.enrollment, visit.visit) for each in problem.enrollments for visit in each.kept}
    previous = tuple(each for each in start.visits if (each.enrollment, each.visit) not in kept)
    return replace(problem, previous=previous, weights=replace(problem.weights, moved=0, restaffed=0))


def _until(made: Plan, end: int) -> Plan:
    """What of a plan lies before a day: how full the clinic is counts until then."""
    return replace(made, visits=tuple(each for each in made.visits if day_of(each.start) < end))


def _scenario(problem: Problem, asked: dict[str, Any]) -> Scenario:
    if asked["kind"] == "person":
        return one_more_person(problem, asked["role"], asked["weekdays"])
    if asked["kind"] == "room":
        return one_more_room(problem, asked["room"])
    return covering(problem, asked["staff"], asked["rooms"])


def _outcome(each: Outcome) -> dict[str, Any]:
    names = ("text", "asked", "planned", "more", "sooner", "done_sooner")
    return {name: getattr(each, name) for name in names}
