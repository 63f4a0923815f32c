"""“Does it fit our clinic?” in the planning process: patients in a protocol that nobody needs to have published.

They are planned together from today on, beside everything that stands; nothing is kept but the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from coordinator.domain.clinic_time import day_of, from_utc, zone_named
from coordinator.domain.cost import penalties
from coordinator.domain.protocol import Protocol
from coordinator.domain.roadmap import ideal_days
from coordinator.domain.schedule import Enrollment, Plan, Problem
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.snapshot_problems import DAYS_AHEAD, STANDING, planning_problem
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.protocols import read_protocol
from coordinator.planner.bottlenecks import bottlenecks
from coordinator.planner.explain import explain
from coordinator.planner.plan import Limits, Progress, plan
from coordinator.services.planning_line import Line, Runner
from coordinator.store import planning_jobs, snapshot
from coordinator.store.planning_jobs import LeasedJob

SECONDS = 4.0
SECONDS_PER_PATIENT = 1.0
SECONDS_TO_EXPLAIN = 20.0
LOADS = 3
"""How many of the fullest roles and kinds of room are told."""
CHANGES = 4
"""How many of the smallest changes are told."""


def fit(runner: Runner, job: LeasedJob) -> None:
    """Plans the patients; tells how many have a place as it goes, then the whole answer."""
    request = job.request
    with runner.database.read() as work:
        taken = snapshot.load(work, job.clinic_id)
    problem, names = _problem(taken, runner, read_protocol(Node(request["body"], "", Faults())), request["patients"])
    line = Line(runner, job, frozenset(), 0)

    def tell(progress: Progress) -> None:
        missing = sum(each.enrollment in names for each in progress.plan.unplanned)
        line.tell({"planned": len(names) - missing})

    limits = Limits(seconds=SECONDS + SECONDS_PER_PATIENT * len(names))
    found = plan(problem, limits, report=tell, canceled=line.canceled)
    line.tell(_answer(problem, found, names, _patience(runner, line)))
    line.goes_on()  # writes the last news
    with runner.database.write() as work:
        if runner.going_on():
            planning_jobs.finish(work, job.id, runner.name, runner.now(), "done")
        else:
            planning_jobs.give_back(work, job.id, runner.name)


def _problem(taken: Snapshot, runner: Runner, protocol: Protocol, patients: int) -> tuple[Problem, list[str]]:
    """The clinic with so many patients more, who can come at any time from today on; and their names."""
    minute = from_utc(runner.now(), zone_named(taken.clinic.timezone))
    today = day_of(minute)
    end = today + max(DAYS_AHEAD, 2 * max(ideal_days(protocol).values(), default=0))
    names = [f"patient {number}" for number in range(1, patients + 1)]
    own = replace(protocol, id=f"{protocol.id}~asked")
    extra = [Enrollment(each, (each,), own.id, today, end) for each in names]
    return planning_problem(taken, minute, [], extra, own), names


def _patience(runner: Runner, line: Line) -> Callable[[], bool]:
    until = runner.now() + timedelta(seconds=SECONDS_TO_EXPLAIN)
    return lambda: line.canceled() or runner.now() > until


def _answer(problem: Problem, found: Plan, names: list[str], impatient: Callable[[], bool]) -> dict[str, Any]:
    missing = [each.enrollment for each in found.unplanned if each.enrollment in names]
    placed = [each for each in names if each not in missing]
    answer: dict[str, Any] = {
        "planned": len(placed),
        "programs": list(_programs(problem, found, placed)),
        "loads": _loads(problem, found, placed),
    }
    if missing and not impatient():
        why = explain(problem, found, missing[0], canceled=impatient)
        answer["reason"] = why.reason.replace(STANDING, "")
        answer["changes"] = [each.text.replace(STANDING, "") for each in why.relaxations[:CHANGES]]
    return answer


def _loads(problem: Problem, found: Plan, names: list[str]) -> list[dict[str, Any]]:
    """How full the clinic is until the last of the programs ends; nothing where none was planned."""
    last = max((day_of(each.start) for each in found.visits if each.enrollment in names), default=None)
    if last is None:
        return []
    until = replace(found, visits=tuple(each for each in found.visits if day_of(each.start) <= last))
    return [
        {"words": each.words, "share": each.share} for each in bottlenecks(replace(problem, last=last), until)[:LOADS]
    ]


def _programs(problem: Problem, found: Plan, names: list[str]) -> Iterator[dict[str, Any]]:
    """For each that was planned: its first and last day, and how its spacing differs from the ideal."""
    off = [each for each in penalties(problem, found) if each.name == "ideal_gap"]
    for name in names:
        days = [day_of(each.start) for each in found.visits if each.enrollment == name]
        mine = [each for each in off if each.enrollment == name]
        yield {
            "first": date.fromordinal(min(days)).isoformat(),
            "last": date.fromordinal(max(days)).isoformat(),
            "off": len(mine),
            "days": sum(each.times for each in mine),
        }
