"""Legality says of a start just what the rules would say of the plan with the visit there: over random clinics."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from random_clinics import clinic

from coordinator.domain.legality import starts
from coordinator.domain.rules import violations
from coordinator.domain.schedule import PlacedVisit, Plan, Problem
from coordinator.planner.plan import Limits, plan

DAYS_AROUND = (-1, 0, 1, 2)


def moved(found: Plan, key: tuple[str, str], placed: PlacedVisit) -> Plan:
    """The plan with one visit placed otherwise."""
    rest = tuple(each for each in found.visits if (each.enrollment, each.visit) != key)
    return replace(found, visits=(*rest, placed))


def every_way(problem: Problem, visit: PlacedVisit, start: int) -> list[PlacedVisit]:
    """The visit at a start in every room and with all people, whether they may or not."""
    enrollment = next(each for each in problem.enrollments if each.id == visit.enrollment)
    wanted = problem.protocol(enrollment.protocol).visit(visit.visit)
    rooms = [None] if wanted.room is None else [room.id for room in problem.rooms]
    names = wanted.need_names()
    people = permutations([person.id for person in problem.staff], len(names))
    return [
        replace(visit, start=start, room=room, staff=dict(zip(names, who, strict=True)))
        for room, who in product(rooms, list(people))
    ]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_start_is_legal_exactly_where_some_room_and_people_break_no_rule(seed: int) -> None:
    random = Random(seed)
    made = clinic(random, enrollments=3, visits=4)
    found = plan(made, Limits(work=10))
    kept = {(each.id, visit.visit) for each in made.enrollments for visit in each.kept}
    free = [each for each in found.visits if (each.enrollment, each.visit) not in kept]
    if not free:
        return
    visit = random.choice(free)
    key = visit.enrollment, visit.visit
    days = [visit.start // 1440 + day for day in DAYS_AROUND]
    stands = [*found.visits, *(v for each in made.enrollments for v in each.kept if v not in found.visits)]
    verdicts = starts(made, stands, *key, days)
    legal = [each for each in verdicts if each.is_legal]
    assert visit.start in {each.start for each in legal}
    for each in random.sample(legal, min(6, len(legal))):
        there = replace(visit, start=each.start, room=each.room, staff=each.staff)
        assert violations(made, moved(found, key, there)) == []
    refused = [each for each in verdicts if not each.is_legal and 480 <= each.start % 1440 < 1080]
    for each in random.sample(refused, min(3, len(refused))):
        assert all(violations(made, moved(found, key, one)) for one in every_way(made, visit, each.start)), each
