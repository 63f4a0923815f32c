"""Snapshots: the problem for the planner and the published clinic say exactly what stands, and changes are judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY, Minute, minute_at
from coordinator.domain.cost import total
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.publication import Placing, broken_by, broken_now
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Weights
from coordinator.domain.snapshot import ClinicFacts, EnrollmentEntry, RoomEntry, Snapshot, StaffEntry, VisitEntry
from coordinator.domain.snapshot_problems import planning_problem, published_plan, published_problem
from coordinator.domain.working_hours import NO_HOURS, HoursPattern, WorkingHours

MONDAY = date(2027, 1, 4)
DAYTIME = WeeklyHours(tuple(((480, 1080),) if day < 5 else () for day in range(7)))
LEAD, WATCH = Need("lead", "therapist", 60), Need("watch", "physician", 60, shared=True)
PROTOCOL = Protocol(
    "two",
    "Two visits",
    (
        ProtocolVisit("a", "dosing", 60, "dosing", (LEAD, WATCH), 1),
        ProtocolVisit("b", "integration", 60, None, (LEAD,), 1),
    ),
    gaps=(Gap("a", "b", min_days=1, max_days=3, ideal_days=1),),
    max_visits_per_day=1,
)


def at(day: int, hour: int) -> Minute:
    return minute_at(MONDAY + timedelta(days=day), time(hour))


def person(number: int, code: str, role: str, **more: int) -> StaffEntry:
    hours = WorkingHours((HoursPattern(DAYTIME, MONDAY - timedelta(days=7)),))
    return StaffEntry(number, number, Staff(code, code.title(), (role,), NO_HOURS, **more), hours)


def visits(enrollment_id: int, code: str, day: int, hour: int, lead: str) -> list[VisitEntry]:
    a = PlacedVisit(code, "a", at(day, hour), "room", {"lead": lead, "watch": "eve"})
    b = PlacedVisit(code, "b", at(day + 1, hour), None, {"lead": lead})
    return [
        VisitEntry(enrollment_id * 10 + index, enrollment_id, 1, kind, 1, placed, placed.start + 60, "scheduled", 1)
        for index, (kind, placed) in enumerate((("dosing", a), ("integration", b)))
    ]


def entry(number: int, status: str = "active") -> EnrollmentEntry:
    code = f"e{number}"
    first = MONDAY.toordinal()
    enrollment = Enrollment(code, (f"p{number}",), "two", first, first + 60)
    return EnrollmentEntry(number, status, enrollment, {f"p{number}": 100 + number})


def clinic(*entries: EnrollmentEntry, held: list[VisitEntry]) -> Snapshot:
    return Snapshot(
        clinic=ClinicFacts(1, "Harbor", "America/Los_Angeles", 15, 7, Weights(), frozenset()),
        staff=(
            person(1, "ben", "therapist", max_minutes_per_week=240),
            person(2, "dana", "therapist"),
            person(3, "eve", "physician", supervises=2),
        ),
        rooms=(RoomEntry(1, 9, Room("room", "Room", ("dosing",), turnover_minutes=15)),),
        protocols=(PROTOCOL,),
        enrollments=entries,
        visits=tuple(held),
    )


BUSY = clinic(
    entry(1), entry(2), entry(3, "waiting"),
    held=[*visits(1, "e1", 1, 9, "ben"), *visits(2, "e2", 1, 11, "dana")],
)  # fmt: skip
BEFORE, BETWEEN = at(0, 7), at(1, 12)


def test_the_published_clinic_passes_its_own_rules_with_its_exact_cost() -> None:
    for now in (BEFORE, BETWEEN, at(30, 7)):
        problem, plan = published_plan(BUSY, now)
        assert violations(problem, plan) == []
        assert misstatements(problem, plan) == []
        assert [each.enrollment for each in plan.unplanned] == ["e3"]


def test_what_has_begun_is_kept() -> None:
    kept = {each.id: [visit.visit for visit in each.kept] for each in published_problem(BUSY, BETWEEN).enrollments}
    assert kept == {"e1": ["a"], "e2": ["a"], "e3": []}


def test_an_outcome_recorded_early_keeps_the_visit() -> None:
    held = [replace(each, status="attended") if each.id == 10 else each for each in BUSY.visits]
    problem = published_problem(replace(BUSY, visits=tuple(held)), BEFORE)
    assert [visit.visit for visit in problem.enrollments[0].kept] == ["a"]


def test_a_program_in_part_stands_as_unplanned_with_all_its_visits_kept() -> None:
    part = replace(BUSY, visits=BUSY.visits[1:])
    problem, plan = published_plan(part, BEFORE)
    assert [(each.enrollment, each.reason) for each in plan.unplanned] == [
        ("e1", "e1 is published in part: a still need a time."),
        ("e3", "e3 waits for its plan."),
    ]
    assert [visit.visit for visit in problem.enrollments[0].kept] == ["b"]
    assert violations(problem, plan) == []
    assert misstatements(problem, plan) == []


def test_a_program_that_is_over_takes_its_people_room_and_patient_and_is_gone() -> None:
    shared = replace(entry(3, "waiting"), enrollment=replace(entry(3).enrollment, patients=("p1",)))
    over = clinic(entry(1, "finished"), entry(2), shared, held=list(BUSY.visits))
    problem = published_problem(over, BEFORE)
    ben, _, eve = problem.staff
    dosing, integration = Interval(at(1, 9), at(1, 10)), Interval(at(2, 9), at(2, 10))
    assert ben.booked == (dosing, integration)
    assert eve.supervising == (dosing,)
    assert problem.rooms[0].booked == (dosing,)
    assert [each.id for each in problem.enrollments] == ["e2", "e3"]
    assert problem.enrollments[1].unavailable == (dosing, integration)


def test_the_planner_gets_the_others_kept_and_the_wanted_ones_past_and_previous() -> None:
    problem = planning_problem(BUSY, BETWEEN, [1, 3])
    assert [each.id for each in problem.enrollments] == ["e1", "e3", "e2~published"]
    assert [visit.visit for visit in problem.enrollments[0].kept] == ["a"]
    assert [(each.enrollment, each.visit) for each in problem.previous] == [("e1", "b")]
    assert [visit.visit for visit in problem.enrollments[2].kept] == ["a", "b"]
    assert problem.not_before == BETWEEN
    assert problem.first == at(1, 0) // DAY
    assert problem.last == MONDAY.toordinal() + 60


def test_the_others_cost_nothing_and_break_nothing() -> None:
    problem = planning_problem(BUSY, BEFORE, [3])
    others = tuple(visit for each in problem.enrollments for visit in each.kept)
    mine = tuple(replace(visit.placed, enrollment="e3") for visit in visits(3, "e3", 7, 9, "ben"))
    plan = Plan((*others, *mine), (), cost=0)
    assert violations(problem, plan) == []
    assert total(problem, plan.visits, {"e3", "e1~published", "e2~published"}) == 8 * problem.weights.finish


def test_the_others_count_in_a_persons_week() -> None:
    crowded = clinic(
        entry(1), entry(2), entry(3, "waiting"),
        held=[*visits(1, "e1", 1, 9, "ben"), *visits(2, "e2", 1, 11, "ben")],
    )  # fmt: skip
    problem = planning_problem(crowded, BEFORE, [3])
    others = tuple(visit for each in problem.enrollments for visit in each.kept)
    mine = tuple(visit.placed for visit in visits(3, "e3", 1, 14, "ben"))
    assert [each.name for each in violations(problem, Plan((*others, *mine), (), cost=0))] == ["minutes-per-week"]


def test_patients_whom_the_clinic_does_not_have_find_its_people_at_work() -> None:
    """Their programs may reach beyond those of all others: the hours are exact until then."""
    own = Protocol("new", "New", BUSY.protocols[0].visits)
    extra = Enrollment("more", ("more",), "new", MONDAY.toordinal(), MONDAY.toordinal() + 300)
    problem = planning_problem(BUSY, BEFORE, [], [extra], own)
    assert (problem.last, problem.enrollments[-1]) == (MONDAY.toordinal() + 300, extra)
    kept = [visit for each in problem.enrollments for visit in each.kept]
    mine = [replace(each.placed, enrollment="more") for each in visits(3, "e3", 294, 9, "ben")]
    plan = Plan((*kept, *mine), (), cost=0)
    assert violations(problem, plan) == []


def test_visits_of_weeks_gone_by_are_left_out_for_the_planner() -> None:
    problem = planning_problem(BUSY, at(8, 7), [3])
    assert [each.id for each in problem.enrollments] == ["e3"]


def test_judging_finds_what_a_change_breaks_and_only_that() -> None:
    free = [Placing(("e3", each.code), each.placed) for each in visits(3, "e3", 2, 14, "dana")]
    assert broken_by(BUSY, BEFORE, free) == []
    clash = [Placing(("e3", each.code), each.placed) for each in visits(3, "e3", 1, 9, "dana")]
    assert {each.name for each in broken_by(BUSY, BEFORE, clash)} == {"room-overlap"}
    far = [Placing(("e1", "b"), replace(BUSY.visits[1].placed, start=at(8, 9)))]
    assert [each.name for each in broken_by(BUSY, BEFORE, far)] == ["gap"]
    assert broken_by(BUSY, BEFORE, far, frozenset({"gap"})) == []
    assert [each.name for each in broken_by(BUSY, BEFORE, clash, frozenset({"room-overlap"}))] == ["room-overlap"]


def test_what_was_broken_before_stands_in_the_way_of_the_visits_it_touches_alone() -> None:
    away = replace(BUSY.staff[0].hours, time_off=(Interval(at(1, 0), at(3, 0)),))
    ill = replace(BUSY, staff=(replace(BUSY.staff[0], hours=away), *BUSY.staff[1:]))
    assert {each.name for each in broken_now(ill, BEFORE)} == {"staff-time-off"}
    other = [Placing(("e2", "b"), replace(BUSY.visits[3].placed, start=at(3, 9)))]
    assert broken_by(ill, BEFORE, other) == []
    mine = [Placing(("e1", "b"), replace(BUSY.visits[1].placed, start=at(2, 15)))]
    assert {each.name for each in broken_by(ill, BEFORE, mine)} == {"staff-time-off"}
    gone = [Placing(("e1", "b"), None)]
    assert broken_by(ill, BEFORE, gone) == []


def test_a_program_in_part_is_judged_by_the_visits_that_are_there() -> None:
    only_b = [Placing(("e3", "b"), visits(3, "e3", 2, 14, "dana")[1].placed)]
    assert broken_by(BUSY, BEFORE, only_b) == []


def test_nothing_may_be_put_into_the_past() -> None:
    late = [Placing(("e1", "b"), replace(BUSY.visits[1].placed, start=at(1, 8)))]
    assert "not-before" in {each.name for each in broken_by(BUSY, BETWEEN, late)}
