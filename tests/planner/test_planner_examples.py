"""Worked examples of what planning must do."""

from __future__ import annotations

import time
from dataclasses import replace

from tiny_clinic import LEAD, MONDAY, PROTOCOL, ROOMS, STAFF, at, away, by_visit, problem, talk

from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit
from coordinator.planner.plan import Limits, Progress, plan


def many(count: int) -> tuple[Enrollment, ...]:
    return tuple(Enrollment(f"e{i}", (f"p{i}",), "short", MONDAY) for i in range(count))


def test_one_program_is_planned_at_its_ideal_gaps_and_proven_best() -> None:
    found = plan(problem())
    days = {name: each.start // DAY - MONDAY for name, each in by_visit(found.visits).items()}
    assert days == {"prep": 1, "d1": 3, "i1": 4, "d2": 7, "i2": 8}
    assert found.cost == found.bound == 8 * 10
    assert len({each.staff["lead"] for each in found.visits}) == 1


def test_a_video_visit_has_no_room_and_the_others_have_one_of_their_kind() -> None:
    rooms = {name: each.room for name, each in by_visit(plan(problem()).visits).items()}
    assert rooms["i1"] is None
    assert rooms["d1"] in ("dosing-1", "dosing-2")
    assert rooms["prep"] == "therapy-1"


def test_a_physician_supervises_parts_of_two_dosings_and_works_in_between() -> None:
    """Dr Cole opens and closes both dosings; his own visit of an hour fits only between the two parts."""
    consult = ProtocolVisit("consult", "review", 60, "therapy", (Need("doctor", "physician", 60),))
    protocols = (PROTOCOL, Protocol("check", "One consultation", (consult,)))
    first = PlacedVisit("e1", "d1", at(2, 9), "dosing-1", {"lead": "ana", "supervisor": "cole"})
    running = Enrollment("e1", ("p1",), "short", MONDAY, kept=(first,))
    other = Enrollment("e2", ("p2",), "check", MONDAY + 2, MONDAY + 2, team={"doctor": "cole"})
    short_day = tuple(
        replace(each, booked=(Interval(at(2, 11), at(2, 17)),)) if each.id == "cole" else each for each in STAFF
    )
    made = problem(running, other, protocols=protocols, staff=short_day)
    found = plan(made)
    assert violations(made, found) == []
    assert by_visit(found.visits, "e2")["consult"].start == at(2, 9, 30)


def test_kept_visits_stand_and_bind_the_lead() -> None:
    kept = (
        PlacedVisit("e1", "prep", at(0, 10), "therapy-1", {"lead": "ben"}),
        PlacedVisit("e1", "d1", at(2, 9), "dosing-1", {"lead": "ben", "supervisor": "cole"}),
    )
    made = problem(Enrollment("e1", ("p1",), "short", MONDAY, kept=kept), not_before=at(3, 0))
    found = plan(made)
    assert violations(made, found) == []
    assert {each.staff["lead"] for each in found.visits} == {"ben"}
    assert all(each in found.visits for each in kept)


def test_a_cohort_needs_a_room_with_a_seat_for_each() -> None:
    group = Protocol("group", "One group", (talk("meeting"),))
    rooms = (*ROOMS, replace(ROOMS[2], id="small", seats=2))
    cohort = Enrollment("e1", ("p1", "p2", "p3"), "group", MONDAY)
    found = plan(problem(cohort, protocols=(group,), rooms=rooms))
    assert by_visit(found.visits)["meeting"].room == "therapy-1"
    too_many = Enrollment("e1", tuple(f"p{i}" for i in range(9)), "group", MONDAY)
    assert plan(problem(too_many, protocols=(group,), rooms=rooms)).unplanned != ()


def test_people_and_rooms_have_their_turnover() -> None:
    """Ana needs half an hour after each visit, so that of two visits on one day the second waits."""
    visits = (talk("a"), talk("b"))
    protocol = Protocol("pair", "Two on one day", visits, (Gap("a", "b", 0, 0),))
    alone = (replace(STAFF[0], turnover_minutes=30),)
    made = problem(Enrollment("e1", ("p1",), "pair", MONDAY), protocols=(protocol,), staff=alone)
    found = by_visit(plan(made).visits)
    assert found["b"].start - found["a"].start == 90
    rooms = (replace(ROOMS[2], turnover_minutes=45),)
    found = by_visit(plan(replace(made, staff=STAFF, rooms=rooms)).visits)
    assert found["b"].start - found["a"].start == 105


def test_minutes_between_visits_of_different_days_are_kept() -> None:
    day_later = Gap("a", "b", 0, 1, None, 24 * 60, 26 * 60)
    protocol = Protocol("timed", "A day apart", (talk("a"), talk("b")), (day_later,))
    made = problem(Enrollment("e1", ("p1",), "timed", MONDAY), protocols=(protocol,))
    found = by_visit(plan(made).visits)
    assert 24 * 60 <= found["b"].start - (found["a"].start + 60) <= 26 * 60


def test_a_gap_of_negative_days_lets_the_second_come_first() -> None:
    visits = (talk("a"), ProtocolVisit("lab", "lab", 30, None, (LEAD_SHORT,)))
    protocol = Protocol("lab", "Lab around a visit", visits, (Gap("a", "lab", -3, 3, -2),))
    found = by_visit(plan(problem(Enrollment("e1", ("p1",), "lab", MONDAY), protocols=(protocol,))).visits)
    assert found["lab"].start // DAY - found["a"].start // DAY == -2


LEAD_SHORT = replace(LEAD, minutes=30)


def test_a_sick_day_moves_only_what_it_must() -> None:
    made = problem(*many(3))
    before = plan(made)
    leads = {each.enrollment: each.staff["lead"] for each in before.visits}
    sick = next(name for name, lead in leads.items() if lead == "ana")
    day = by_visit(before.visits, sick)["prep"].start // DAY - MONDAY
    changed = replace(made, staff=away("ana", day, day), previous=before.visits)
    after = plan(changed, Limits(work=60))
    assert violations(changed, after) == []
    assert after.unplanned == ()
    untouched = [e for e in leads if not any(v.start // DAY - MONDAY == day for v in mine(before.visits, e, "ana"))]
    for name in untouched:
        assert by_visit(after.visits, name) == by_visit(before.visits, name)


def mine(visits: tuple[PlacedVisit, ...], enrollment: str, person: str) -> list[PlacedVisit]:
    return [each for each in by_visit(visits, enrollment).values() if person in each.staff.values()]


def test_the_same_seed_and_work_make_the_same_plan() -> None:
    made = problem(*many(6))
    first, second = (replace(plan(made, Limits(work=80, seed=7)), seconds=None) for _ in range(2))
    assert first == second


def test_a_canceled_search_answers_at_once_with_what_it_has() -> None:
    made = problem(*many(8))
    reports: list[Progress] = []
    began = time.monotonic()
    found = plan(made, Limits(work=100_000), report=reports.append, canceled=lambda: bool(reports))
    assert time.monotonic() - began < 5
    assert violations(made, found) == []
    assert len(found.visits) == len(reports[-1].plan.visits)


def test_nothing_to_plan_is_a_plan() -> None:
    empty = plan(replace(problem(), enrollments=()))
    assert (empty.visits, empty.unplanned, empty.cost) == ((), (), 0)
