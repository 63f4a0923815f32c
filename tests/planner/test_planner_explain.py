"""An enrollment without a plan is told why, and each change that is offered makes a plan possible."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

import pytest
from random_clinics import clinic
from tiny_clinic import MONDAY, PROTOCOL, ROOMS, STAFF, at, away, problem

from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PatchOperation, Plan, Problem
from coordinator.exchange.problem import read_problem, write_problem
from coordinator.planner.changes_clinic import clinic_changes
from coordinator.planner.changes_program import program_changes
from coordinator.planner.explain import explain, explained
from coordinator.planner.plan import Limits, plan

NEVER = WeeklyHours(((),) * 7)


def patched(made: Problem, patch: tuple[PatchOperation, ...]) -> Problem:
    """The problem after a JSON Patch on its file."""
    document = copy.deepcopy(write_problem(made))
    for operation in patch:
        *parents, last = [each.replace("~1", "/").replace("~0", "~") for each in operation.path.split("/")[1:]]
        place: Any = document
        for each in parents:
            place = place[int(each)] if isinstance(place, list) else place[each]
        if isinstance(place, list) and operation.op == "add":
            place.insert(len(place) if last == "-" else int(last), operation.value)
        elif operation.op == "remove":
            del place[int(last) if isinstance(place, list) else last]
        else:
            assert operation.op == "add" or last in place
            place[last] = operation.value
    return read_problem(document)


def plannable(made: Problem, found: Plan, enrollment: str) -> bool:
    """Whether the enrollment has a plan when all others stay where they are, or stay away."""
    out = {each.enrollment for each in found.unplanned}
    others = tuple(
        replace(each, weekly=NEVER)
        if each.id in out
        else replace(each, kept=tuple(v for v in found.visits if v.enrollment == each.id))
        for each in made.enrollments
        if each.id != enrollment
    )
    own = next(each for each in made.enrollments if each.id == enrollment)
    again = plan(replace(made, enrollments=(*others, own), previous=()), Limits(work=30))
    return enrollment not in {each.enrollment for each in again.unplanned}


def test_a_pinned_lead_who_is_away_is_named_and_can_be_replaced() -> None:
    pinned = Enrollment("e1", ("p1",), "short", MONDAY, team={"lead": "ana"})
    made = problem(pinned, staff=away("ana", 0, 27))
    found = explained(made, plan(made))
    told = found.unplanned[0]
    assert "Ana Ruiz" in told.reason
    paths = [each.patch[0].path for each in told.relaxations]
    assert "/enrollments/0/team/lead" in paths
    assert "/staff/0/time_off/0" in paths
    assert all(len(each.patch) == 1 for each in told.relaxations)


def test_hours_that_leave_a_patient_hardly_any_time_are_the_reason() -> None:
    made = problem(Enrollment("e1", ("p1",), "short", MONDAY, weekly=NEVER))
    (told,) = explained(made, plan(made)).unplanned
    assert told.relaxations == ()
    assert told.reason.startswith("The hours in which the patient can come are too few for the visits of e1")


def test_the_fewest_steps_are_offered() -> None:
    """The first dosing can only be on day 2; everybody is away from day 3 to 13, and the clinic is closed until 16."""
    staff = tuple(replace(each, time_off=(Interval(at(3, 0), at(14, 0)),)) for each in STAFF)
    protocol = replace(PROTOCOL, visits=(PROTOCOL.visits[1], PROTOCOL.visits[3]), gaps=(PROTOCOL.gaps[2],))
    one = Enrollment("e1", ("p1",), "short", MONDAY + 2, MONDAY + 17)
    closed = frozenset({MONDAY + 14, MONDAY + 15})
    made = problem(one, staff=staff, protocols=(protocol,), closures=closed)
    assert plan(made).unplanned
    told = explain(made, plan(made), "e1")
    gaps = [each for each in told.relaxations if each.patch[0].path.endswith("max_days")]
    assert [each.patch[0].value for each in gaps] == [14]


def test_too_few_seats_are_named() -> None:
    cohort = Enrollment("e1", ("p1", "p2"), "short", MONDAY)
    made = problem(cohort)
    told = explain(made, plan(made), "e1")
    assert "2 seats" in told.reason
    assert [each.patch[0].path for each in told.relaxations][:2] == ["/rooms/0/seats", "/rooms/1/seats"]


def test_a_role_that_nobody_has_is_the_reason() -> None:
    made = problem(staff=STAFF[:2])
    told = explain(made, plan(made), "e1")
    assert told.reason == "Nobody in the clinic is a physician, whom d1 needs."


def test_who_fits_alone_is_told_with_whom_they_compete() -> None:
    one_room = (ROOMS[0], ROOMS[2])
    week = {"latest": MONDAY + 9}
    staff = tuple(replace(each, max_minutes_per_day=120) for each in STAFF if each.id != "ben")
    some = tuple(Enrollment(f"e{i}", (f"p{i}",), "short", MONDAY, **week) for i in range(3))
    made = problem(*some, rooms=one_room, staff=staff)
    found = explained(made, plan(made, Limits(work=60)))
    assert found.unplanned
    for each in found.unplanned:
        assert "fits alone but not beside the others" in each.reason


@pytest.mark.parametrize("seed", range(25))
def test_each_relaxation_makes_a_plan_possible(seed: int) -> None:
    made = clinic(Random(1000 + seed), enrollments=2, visits=3, days=8)
    found = plan(made, Limits(work=12))
    for each in found.unplanned:
        told = explain(made, found, each.enrollment, sets=False)
        assert told.reason.endswith(".")
        for relaxation in told.relaxations:
            assert plannable(patched(made, relaxation.patch), found, each.enrollment), relaxation.text


def test_where_three_things_stand_in_the_way_all_three_are_offered_and_none_can_be_spared() -> None:
    """The three visits are held by one person each, and each of the three is away for good."""
    visits = tuple(
        ProtocolVisit(f"v{i}", "review", 60, "therapy", (Need(role, role, 60),))
        for i, role in enumerate(("nurse", "dietitian", "psychologist"))
    )
    protocol = Protocol("three", "Three people", visits, (Gap("v0", "v1"), Gap("v1", "v2")))
    staff = tuple(
        replace(STAFF[0], id=each.needs[0].role, name=each.needs[0].role.title(), roles=(each.needs[0].role,),
                time_off=(Interval(at(0, 0), at(28, 0)),))
        for each in visits
    )  # fmt: skip
    made = problem(Enrollment("e1", ("p1",), "three", MONDAY), protocols=(protocol,), staff=staff)
    told = explain(made, plan(made), "e1")
    fewest = told.relaxations[0].patch
    assert len(fewest) == 3
    assert not plan(patched(made, fewest)).unplanned
    for left_out in range(3):
        rest = patched(made, tuple(each for i, each in enumerate(fewest) if i != left_out))
        assert plan(rest).unplanned


@pytest.mark.parametrize("seed", (26, 36))
def test_no_smaller_change_of_those_that_may_be_lifted_would_do(seed: int) -> None:
    """The number of changes of the first relaxation is the least: found by trying every one, and every two."""
    made = clinic(Random(4000 + seed), enrollments=1, visits=3, days=6)
    found = plan(made)
    for each in found.unplanned:
        told = explain(made, found, each.enrollment)
        fewest = len(told.relaxations[0].patch) if told.relaxations else 3
        changes = [*program_changes(made, 0), *clinic_changes(made, 0)]
        for some in (some for count in (1, 2) if count < fewest for some in combinations(changes, count)):
            lifted = made
            for change in some:
                lifted = change.apply(lifted, change.most).problem
            assert plan(lifted).unplanned, [change.path for change in some]
