"""Many programs at once: all that fit, the same again by seed and work, stopped at once, with a bound that holds."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from exhaustive import least_cost_together
from random_clinics import clinic
from tiny_clinic import HOURS, MONDAY, ROOMS, STAFF, problem, talk

from coordinator.domain.clinic import Room
from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import WeeklyHours
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, Plan, Problem
from coordinator.planner.bidding import picked
from coordinator.planner.grid import grid_of
from coordinator.planner.plan import Limits, Progress, plan
from coordinator.planner.single import solver_of

HOUR = Protocol("hour", "One talk", (talk("t1"),))
MORNING = WeeklyHours(tuple(((540, 600),) if day < 5 else () for day in range(7)))


def full_clinic(count: int) -> Problem:
    """One therapist, one hour a day, and as many programs of two talks a week apart as there are places for."""
    week = Protocol("week", "Two talks", (talk("t1"), talk("t2")), (Gap("t1", "t2", 7, 7),))
    enrollments = tuple(Enrollment(f"e{i}", (f"p{i}",), "week", MONDAY, MONDAY + 13) for i in range(count))
    staff = (replace(STAFF[0], weekly=MORNING),)
    return problem(*enrollments, protocols=(week,), staff=staff, rooms=ROOMS[2:])


def busy_clinic(count: int) -> Problem:
    return problem(*(Enrollment(f"e{i}", (f"p{i}",), "short", MONDAY + i // 4) for i in range(count)))


def test_all_are_planned_where_every_place_is_needed() -> None:
    found = plan(full_clinic(5), Limits(work=300))
    assert found.unplanned == ()
    assert violations(full_clinic(5), found) == []
    assert len({each.start for each in found.visits}) == 10


def test_as_many_are_planned_as_there_are_places() -> None:
    found = plan(full_clinic(7), Limits(work=300))
    assert len(found.unplanned) == 2
    assert violations(full_clinic(7), found) == []


def test_who_must_go_elsewhere_does_though_it_costs_more() -> None:
    """Both want Monday at nine; one of them can have nothing else."""
    picky = Enrollment("e2", ("p2",), "hour", MONDAY, MONDAY)
    easy = Enrollment("e1", ("p1",), "hour", MONDAY)
    staff = (replace(STAFF[0], weekly=MORNING),)
    found = plan(problem(easy, picky, protocols=(HOUR,), staff=staff, rooms=ROOMS[2:]), Limits(work=50))
    assert {each.enrollment: each.start // DAY - MONDAY for each in found.visits} == {"e2": 0, "e1": 1}
    assert found.cost == found.bound == 10


def test_one_patient_is_never_at_two_programs_at_once() -> None:
    both = tuple(Enrollment(f"e{i}", ("p1",), "hour", MONDAY, MONDAY) for i in range(3))
    two_hours = WeeklyHours(tuple(((540, 660),) if day < 5 else () for day in range(7)))
    made = problem(*both, protocols=(HOUR,), staff=tuple(replace(each, weekly=two_hours) for each in STAFF))
    found = plan(made, Limits(work=60))
    assert len(found.unplanned) == 1
    assert violations(made, found) == []


def test_turnover_between_parts_of_one_visit_is_in_nobodys_way() -> None:
    """A nurse works at the beginning and at the end of an infusion, and needs time after each."""
    needs = (Need("nurse", "nurse", 30), Need("nurse", "nurse", 30, 45))
    drip = Protocol("drip", "Infusion", (ProtocolVisit("v1", "infusion", 90, "infusion", needs),))
    nurse = replace(STAFF[0], id="nia", roles=("nurse",), turnover_minutes=30, weekly=HOURS)
    rooms = tuple(Room(f"bay-{i}", f"Bay {i}", ("infusion",)) for i in range(3))
    made = problem(
        *(Enrollment(f"e{i}", (f"p{i}",), "drip", MONDAY, MONDAY) for i in range(4)),
        protocols=(drip,), staff=(nurse,), rooms=rooms,
    )  # fmt: skip
    found = plan(made, Limits(work=120))
    assert found.unplanned == ()
    assert violations(made, found) == []


def test_limits_of_working_time_hold_between_programs() -> None:
    staff = (replace(STAFF[0], max_minutes_per_day=120),)
    made = problem(
        *(Enrollment(f"e{i}", (f"p{i}",), "hour", MONDAY, MONDAY + 1) for i in range(5)),
        protocols=(HOUR,), staff=staff,
    )  # fmt: skip
    found = plan(made, Limits(work=120))
    assert len(found.unplanned) == 1
    assert violations(made, found) == []


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    made = busy_clinic(6)
    assert _without_time(plan(made, Limits(work=60, seed=3))) == _without_time(plan(made, Limits(work=60, seed=3)))


def _without_time(made: Plan) -> Plan:
    return replace(made, seconds=None)


def test_progress_only_gets_better_and_is_told_while_nothing_does() -> None:
    reports: list[Progress] = []
    plan(busy_clinic(8), Limits(seconds=1.7), report=reports.append)
    assert [each.planned for each in reports] == sorted(each.planned for each in reports)
    assert [each.cost for each in reports] == sorted((each.cost for each in reports), reverse=True)
    assert [each.bound for each in reports] == sorted(each.bound for each in reports)
    shares = [each.share or 0 for each in reports]
    assert shares == sorted(shares)
    assert all(later - earlier < 0.5 for earlier, later in pairwise(shares))
    assert shares[-1] > 0.5


def test_a_search_ends_within_half_a_second_of_being_canceled() -> None:
    asked = time.monotonic() + 0.6
    found = plan(busy_clinic(16), Limits(seconds=60), canceled=lambda: time.monotonic() > asked)
    assert time.monotonic() - asked < 0.5
    assert found.visits
    assert violations(busy_clinic(16), found) == []


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_never_above_the_best_of_all_plans(seed: int) -> None:
    made = clinic(Random(seed), enrollments=2, visits=2, days=4, slot=240)
    try:
        best = least_cost_together(made)
    except LookupError:
        pytest.skip("too many plans to try")
    found = plan(made, Limits(work=80))
    assert found.bound <= best <= found.cost
    assert len(found.unplanned) == best // made.weights.unplanned


@pytest.mark.parametrize("seed", range(20))
def test_the_people_of_a_place_are_among_those_picked_from_it(seed: int) -> None:
    found = clinic(Random(seed))
    made = plan(found, Limits(work=60))
    missing = {each.enrollment for each in made.unplanned}
    for index, enrollment in enumerate(found.enrollments):
        mine = [each for each in made.visits if each.enrollment == enrollment.id]
        if enrollment.id in missing or not mine:
            continue
        solver = solver_of(grid_of(found), index)
        pick = picked(solver, mine)
        assert len(pick) == len(solver.layout.outer)
        for unit, number in zip(solver.layout.outer, pick, strict=True):
            codes = {solver.program.visits[visit].id for visit in unit.visits}
            who = {each.staff[unit.name] for each in mine if each.visit in codes}
            allowed = unit.choice(number).people
            assert who <= {code for at, code in enumerate(solver.program.staff_ids) if allowed >> at & 1}
