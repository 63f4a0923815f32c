"""Runs Timefold on a problem file, in a virtual environment that has nothing of ours but `domain` and `exchange`.

What it leaves broken when its time is up is taken out, program by program, until the rest stands.
"""

import json
from collections import Counter
from pathlib import Path

from timefold.solver import SolverFactory
from timefold.solver.config import (
    Duration,
    EnvironmentMode,
    ScoreDirectorFactoryConfig,
    SolverConfig,
    TerminationConfig,
)

from benchmarks.timefold_model import NAMES, NOBODY, Busy, Means, Quarter, Spacing, Visit, rules
from coordinator.domain.clinic_time import DAY, weekday_of
from coordinator.domain.cost import total
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned
from coordinator.exchange.plan import write_plan
from coordinator.exchange.problem import read_problem


def quarter_of(problem: Problem) -> Quarter:
    """The problem as entities and facts."""
    days = [day for day in range(problem.first, problem.last + 1) if day not in problem.closures]
    busy = [Busy(p.id, i.start, i.end) for p in problem.staff for i in (*p.time_off, *p.booked)]
    busy += [Busy(p.id, *gap) for p in problem.staff for gap in _closed(p.weekly.days, days)]
    busy += [Busy(r.id, i.start, i.end) for r in problem.rooms for i in r.booked]
    busy += [Busy(r.id, *gap) for r in problem.rooms if r.weekly for gap in _closed(r.weekly.days, days)]
    means = [Means(p.id, p.supervises, p.max_minutes_per_day or 1440) for p in problem.staff]
    spacings = [
        Spacing(e.id, g.before, g.after, g.min_days, 9999 if g.max_days is None else g.max_days,
                -1000 if g.ideal_days is None else g.ideal_days)
        for e in problem.enrollments for g in problem.protocol(e.protocol).gaps
    ]  # fmt: skip
    return Quarter(
        busy, means, spacings, [v for n, e in enumerate(problem.enrollments) for v in _visits(problem, e, n, days)]
    )


def _closed(weekly: tuple[tuple[tuple[int, int], ...], ...], days: list[int]) -> list[tuple[int, int]]:
    """The stretches of those days outside weekly hours. A day is a date's ordinal; the first was a Monday."""
    gaps = []
    for day in days:
        at = day * DAY
        for opens, closes in weekly[weekday_of(day)]:
            if day * DAY + opens > at:
                gaps.append((at, day * DAY + opens))
            at = day * DAY + closes
        gaps.append((at, (day + 1) * DAY))
    return gaps


def _visits(problem: Problem, one: Enrollment, number: int, days: list[int]) -> list[Visit]:
    protocol, made = problem.protocol(one.protocol), []
    last = problem.last if one.latest is None else one.latest
    for visit in protocol.visits:
        starts = [
            day * DAY + at for day in days if one.earliest <= day <= last
            for at in range(0, DAY - visit.minutes + 1, problem.slot_minutes)
            if _stands(one, day * DAY + at, visit.minutes)
        ]  # fmt: skip
        kinds = [r for r in problem.rooms if visit.room in r.kinds and r.seats >= len(one.patients)]
        names = visit.need_names()
        hard, soft, shared, people = [], [], [], []
        for n in range(NAMES):
            name = names[n] if n < len(names) else ""
            rules_of = [rule for rule in protocol.continuity if rule.name == name]
            scopes = [
                (rule.hard, f"{one.id} {name} {visit.course if rule.scope == 'course' else ''}") for rule in rules_of
            ]
            hard.append(next((scope for is_hard, scope in scopes if is_hard), NOBODY))
            soft.append(next((scope for is_hard, scope in scopes if not is_hard), NOBODY))
            needs = [need for need in visit.needs if need.name == name]
            shared.append(bool(needs) and all(need.shared for need in needs))
            able = [p.id for p in problem.staff if needs and all(need.role in p.roles for need in needs)]
            people.append([p for p in able if p not in one.avoid and one.team.get(name, p) == p] if needs else [NOBODY])
        turnover = max((r.turnover_minutes for r in kinds), default=0)
        made.append(
            Visit(f"{one.id} {visit.id}", one.id, visit.id, one.patients[0], visit.minutes, turnover, one.earliest,
                  protocol.max_visits_per_day or 99, *hard, *soft, *shared,
                  starts, [r.id for r in kinds] or [NOBODY], *people)
        )  # fmt: skip
        _begin(made[-1], number)
    return made


def _begin(visit: Visit, number: int) -> None:
    """A room and people to begin with, other ones for each program, so that construction has starts alone to choose."""
    visit.room = visit.rooms[number % len(visit.rooms)]
    visit.who0 = visit.people0[number % len(visit.people0)]
    visit.who1 = visit.people1[number % len(visit.people1)]
    visit.who2 = visit.people2[number % len(visit.people2)]


def _stands(one: Enrollment, start: int, minutes: int) -> bool:
    if one.weekly is not None and not one.weekly.contains(start, start + minutes):
        return False
    return not any(each.meets(start, start + minutes) for each in one.unavailable)


def plan_of(problem: Problem, solved: Quarter) -> Plan:
    """What stands when programs that break a rule are taken out, most broken first."""
    unset = {each.program for each in solved.visits if each.start is None}
    placed = {
        one.id: tuple(_placed(problem, one, each) for each in solved.visits if each.program == one.id)
        for one in problem.enrollments
        if one.id not in unset
    }
    while True:
        visits = tuple(visit for mine in placed.values() for visit in mine)
        out = tuple(Unplanned(each.id) for each in problem.enrollments if each.id not in placed)
        made = Plan(visits, out, total(problem, visits, list(placed)))
        broken = Counter(each.enrollment for each in violations(problem, made) if each.enrollment in placed)
        if not broken:
            return made
        del placed[broken.most_common(1)[0][0]]


def _placed(problem: Problem, one: Enrollment, each: Visit) -> PlacedVisit:
    names = problem.protocol(one.protocol).visit(each.visit).need_names()
    staff = dict(zip(names, (each.who0, each.who1, each.who2), strict=False))
    return PlacedVisit(one.id, each.visit, each.start, None if each.room == NOBODY else each.room, staff)


def main(source: str, target: str, seconds: str) -> None:
    """Plans a problem file into a plan file."""
    problem = read_problem(Path(source).read_text(encoding="utf-8"))
    config = SolverConfig(
        solution_class=Quarter,
        entity_class_list=[Visit],
        environment_mode=EnvironmentMode.NO_ASSERT,
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(milliseconds=int(1000 * float(seconds)))),
    )
    solved = SolverFactory.create(config).build_solver().solve(quarter_of(problem))
    made = plan_of(problem, solved)
    Path(target).write_text(json.dumps(write_plan(made, problem)), encoding="utf-8")
