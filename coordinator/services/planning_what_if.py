"""What-if studies in the planning process: programs that wait, and more like them, in a clinic with a little more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from coordinator.domain.clinic_time import day_of, from_utc, zone_named
from coordinator.domain.cost import cost_alone, total
from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned
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
MOST_SWEEPS = 3
_BRIEF = Limits(seconds=5.0)
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
    base = _base(problem, plan(problem, limits, canceled=line.canceled), line.canceled)
    asked = [_scenario(problem, each) for each in request["scenarios"]]
    for each in _outcomes(problem, base, asked, line.canceled):
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
    extra = [
        Enrollment(f"more-{number}", (f"more-{number}",), protocol.id, today, end) for number in range(1, more + 1)
    ]
    return planning_problem(taken, minute, job.enrollments, extra, protocol)


def _base(problem: Problem, made: Plan, canceled: Callable[[], bool]) -> Plan:
    """The clinic as it is, settled until that gains nothing: a scenario must not gain by being settled once more."""
    for _ in range(MOST_SWEEPS):
        better = _settled(problem, made, canceled)
        if (len(better.unplanned), better.cost) >= (len(made.unplanned), made.cost):
            break
        made = better
    return made


def _outcomes(
    problem: Problem, base: Plan, scenarios: Iterable[Scenario], canceled: Callable[[], bool]
) -> Iterator[Outcome]:
    """The clinic as it is, then each scenario, all gone on from one plan: what a scenario gains is not the luck of
    another search."""
    yield from what_if(problem, [], _BRIEF, base=base, canceled=canceled)
    for each in scenarios:
        better = replace(each, problem=_from(each.problem, _settled(each.problem, base, canceled)))
        yield from list(what_if(problem, [better], _BRIEF, base=base, canceled=canceled))[1:]


def _settled(problem: Problem, start: Plan, canceled: Callable[[], bool]) -> Plan:
    """A plan in which each program in turn got its best place beside the others; those without a place come first."""
    stand = _placed(problem, start)
    waiting = [each for each in problem.enrollments if len(each.kept) < len(problem.protocol(each.protocol).visits)]
    for each in sorted(waiting, key=lambda one: one.id in stand):
        if canceled():
            break
        rest = tuple(
            other if other.id == each.id else replace(other, kept=(*other.kept, *stand.get(other.id, ())))
            for other in problem.enrollments
            if other.id in stand or other.id == each.id or other not in waiting
        )
        made = plan(replace(problem, enrollments=rest, previous=()), _BRIEF, canceled=canceled)
        found = _placed(problem, made).get(each.id)
        if found and (
            each.id not in stand or cost_alone(problem, each, found) < cost_alone(problem, each, stand[each.id])
        ):
            stand[each.id] = found
    names = {each.id for each in problem.enrollments if each not in waiting or each.id in stand}
    visits = [v for each in problem.enrollments if each.id in names for v in (*each.kept, *stand.get(each.id, ()))]
    missing = tuple(Unplanned(each.id) for each in problem.enrollments if each.id not in names)
    return Plan(tuple(visits), missing, total(problem, visits, names))


def _placed(problem: Problem, made: Plan) -> dict[str, tuple[PlacedVisit, ...]]:
    """The visits of each planned program that are not kept."""
    kept = {(visit.enrollment, visit.visit) for each in problem.enrollments for visit in each.kept}
    missing = {each.enrollment for each in made.unplanned}
    found: dict[str, tuple[PlacedVisit, ...]] = {}
    for each in made.visits:
        if each.enrollment not in missing and (each.enrollment, each.visit) not in kept:
            found[each.enrollment] = (*found.get(each.enrollment, ()), each)
    return found


def _from(problem: Problem, start: Plan) -> Problem:
    """The problem, to be searched from a plan on, at no cost for what changes."""
    previous = tuple(each for visits in _placed(problem, start).values() for each in visits)
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
