"""The hard rules 1 to 5, kept and broken: what a plan may do, and what is reported of one that may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from small_clinic import (
    MONDAY,
    OFFICE,
    PROGRAM,
    at,
    broken,
    changed,
    clinic,
    during,
    program,
    two_enrollments,
    with_enrollment,
    with_program,
    with_staff,
)

from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Gap, Need
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem

ALWAYS = WeeklyHours((((0, DAY),),) * 7)


def test_a_program_that_keeps_every_rule_breaks_none() -> None:
    assert broken(clinic(), program()) == set()


@pytest.mark.parametrize(
    ("visits", "unplanned"),
    [
        (program()[:2], ()),
        ([*program(), program()[0]], ()),
        (program(), ("e1",)),
        (program(), ("e9",)),
        ([*program(), PlacedVisit("e1", "x", at(4, 9), None, {})], ()),
        ([], ("e1", "e1")),
    ],
    ids=["missing", "twice", "planned and unplanned", "unknown unplanned", "unknown visit", "unplanned twice"],
)
def test_rule_1_an_enrollment_is_planned_whole_or_not_at_all(
    visits: list[PlacedVisit], unplanned: tuple[str, ...]
) -> None:
    assert (1, "whole-program") in broken(clinic(), visits, unplanned)
    assert broken(clinic(), [], ("e1",)) == set()


def test_rule_2_a_visit_starts_on_the_grid() -> None:
    assert broken(clinic(), changed(program(), "prep", start=at(0, 9, 15))) == set()
    assert broken(clinic(), changed(program(), "prep", start=at(0, 9, 10))) == {(2, "grid")}


def test_rule_2_a_visit_ends_on_the_day_it_starts() -> None:
    night = with_staff(clinic(), "ana", weekly=ALWAYS)
    assert broken(night, changed(program(), "prep", start=at(0, 23))) == set()
    assert (2, "ends-same-day") in broken(night, changed(program(), "prep", start=at(0, 23, 15)))


def test_rule_2_a_visit_lies_in_the_horizon() -> None:
    assert broken(clinic(first=MONDAY, last=MONDAY + 3), program()) == set()
    assert broken(clinic(last=MONDAY + 2), program()) == {(2, "horizon")}
    assert broken(clinic(first=MONDAY + 1), program()) == {(2, "horizon")}


def test_rule_2_no_visit_before_not_before() -> None:
    assert broken(clinic(not_before=at(0, 9)), program()) == set()
    assert broken(clinic(not_before=at(0, 9, 15)), program()) == {(2, "not-before")}


def test_rule_2_no_visit_on_a_closure() -> None:
    assert broken(clinic(closures=frozenset({MONDAY + 1})), program()) == set()
    assert broken(clinic(closures=frozenset({MONDAY + 2})), program()) == {(2, "closure")}


def test_rule_2_a_visit_lies_between_earliest_and_latest() -> None:
    assert broken(with_enrollment(clinic(), latest=MONDAY + 3), program()) == set()
    assert broken(with_enrollment(clinic(), earliest=MONDAY + 1), program()) == {(2, "enrollment-dates")}
    assert broken(with_enrollment(clinic(), latest=MONDAY + 2), program()) == {(2, "enrollment-dates")}


def test_rule_2_a_visit_neither_starts_nor_ends_in_the_hour_that_spring_skips() -> None:
    sunday = date(2027, 3, 14).toordinal() - MONDAY
    spring = clinic(last=MONDAY + sunday + 7)
    spring = with_staff(with_staff(spring, "ana", weekly=ALWAYS), "eve", weekly=ALWAYS)
    visits = program(day=sunday)
    assert broken(spring, changed(visits, "prep", start=at(sunday, 0, 45))) == set()
    assert broken(spring, changed(visits, "prep", start=at(sunday, 2, 30))) == {(2, "skipped-time")}
    assert broken(spring, changed(visits, "prep", start=at(sunday, 1, 15))) == {(2, "skipped-time")}
    assert broken(replace(spring, timezone="UTC"), changed(visits, "prep", start=at(sunday, 2, 30))) == set()


def test_rule_3_a_visit_lies_in_the_patients_hours() -> None:
    assert broken(with_enrollment(clinic(), weekly=OFFICE), program()) == set()
    mornings = WeeklyHours((((480, 600), (600, 660)),) * 7)
    assert broken(with_enrollment(clinic(), weekly=mornings), program()) == set()
    assert broken(with_enrollment(clinic(), weekly=mornings), program(hour=10)) == {(3, "patient-hours")}


def test_rule_3_a_visit_lies_outside_what_the_patient_cannot() -> None:
    assert broken(with_enrollment(clinic(), unavailable=(during(0, 10, 12),)), program()) == set()
    assert broken(with_enrollment(clinic(), unavailable=(during(0, 9, 10),)), program()) == {(3, "patient-unavailable")}


def test_rule_3_two_visits_of_one_patient_never_overlap() -> None:
    same = clinic(enrollments=(*clinic().enrollments, Enrollment("e2", ("p1", "p2"), "short", MONDAY)))
    visits = program() + program("e2", hour=11, lead="ben")
    assert broken(same, visits) == set()
    assert (3, "patient-overlap") in broken(same, program() + program("e2", hour=10, lead="ben"))


def test_rule_3_at_most_so_many_visits_on_a_day() -> None:
    same_day = with_program(clinic(), gaps=())
    visits = changed(program(), "prep", start=at(2, 8), room="therapy-1")
    assert broken(with_program(same_day, max_visits_per_day=2), visits) == set()
    assert broken(same_day, visits) == {(3, "visits-per-day")}


def test_rule_4_a_visit_names_one_known_person_for_each_need() -> None:
    for staff in ({}, {"lead": "zoe", "supervisor": "eve"}, {"lead": "ana", "supervisor": "eve", "co": "ben"}):
        assert (4, "people-named") in broken(clinic(), changed(program(), "d1", staff=staff))


def test_rule_4_who_fills_a_need_has_its_role() -> None:
    assert broken(clinic(), changed(program(), "d1", staff={"lead": "ana", "supervisor": "nia"})) == {(4, "staff-role")}
    assert (
        broken(
            with_staff(clinic(), "nia", roles=("nurse", "physician")),
            changed(program(), "d1", staff={"lead": "ana", "supervisor": "nia"}),
        )
        == set()
    )


def test_rule_4_different_needs_have_different_people() -> None:
    both = with_staff(clinic(), "ana", roles=("therapist", "physician"))
    found = broken(both, changed(program(), "d1", staff={"lead": "ana", "supervisor": "ana"}))
    assert (4, "different-people") in found


def test_rule_4_people_are_within_their_hours_for_their_part_and_touching_hours_join() -> None:
    split = WeeklyHours((((480, 570), (570, 1020)),) * 7)
    assert broken(with_staff(clinic(), "ana", weekly=split), program()) == set()
    assert broken(clinic(), program(hour=17)) == {(4, "staff-hours")}
    parts = WeeklyHours((((540, 570), (630, 660)),) * 7)
    assert broken(with_staff(clinic(), "eve", weekly=parts), program()) == set(), "the supervisor is needed in parts"


def test_rule_4_people_are_not_off_or_booked_during_their_part() -> None:
    between = (Interval(at(2, 9, 30), at(2, 10, 30)),)
    assert broken(with_staff(clinic(), "eve", time_off=between, booked=between), program()) == set()
    assert broken(with_staff(clinic(), "ana", time_off=between), program()) == {(4, "staff-time-off")}
    assert broken(with_staff(clinic(), "ana", booked=between), program()) == {(4, "staff-booked")}


def test_rule_4_ordinary_work_is_alone() -> None:
    visits = program() + program("e2", hour=9, lead="ana", room="dosing-2")
    assert (4, "staff-overlap") in broken(two_enrollments(), visits)
    later = program("e2", day=4, hour=9, lead="ana", room="dosing-2")
    assert broken(clinic_of_two_weeks(), program() + later) == set()


def clinic_of_two_weeks() -> Problem:
    weekend = with_program(two_enrollments(), gaps=(Gap("prep", "d1", 1), Gap("d1", "i1", 1)))
    for person in ("ana", "eve"):
        weekend = with_staff(weekend, person, weekly=WeeklyHours((((480, 1020),),) * 7))
    return weekend


def test_rule_4_a_shared_and_an_ordinary_need_never_overlap() -> None:
    both = with_staff(two_enrollments(), "eve", roles=("physician", "therapist"))
    visits = program() + program("e2", hour=9, lead="eve", room="dosing-2")
    visits = [each for each in visits if (each.enrollment, each.visit) != ("e2", "d1")]
    visits.append(PlacedVisit("e2", "d1", at(2, 10), "dosing-2", {"lead": "eve", "supervisor": "nia"}))
    assert (4, "staff-overlap") in broken(with_staff(both, "nia", roles=("physician",)), visits)


def test_rule_4_a_person_supervises_at_most_so_many_at_once() -> None:
    visits = program() + program("e2", hour=9, lead="ben", room="dosing-2")
    visits = [replace(each, room=None) if each.visit == "prep" else each for each in visits]
    video = tuple(replace(each, room=None) if each.id == "prep" else each for each in PROGRAM.visits)
    problem = with_program(two_enrollments(), visits=video)
    assert broken(problem, visits) == set()
    assert broken(with_staff(problem, "eve", supervises=1), visits) == {(4, "supervision")}
    elsewhere = (Interval(at(2, 10), at(2, 11)),)
    assert broken(with_staff(problem, "eve", supervising=elsewhere), visits) == {(4, "supervision")}
    assert broken(with_staff(clinic(), "eve", supervises=0), program()) == {(4, "supervision")}


def test_rule_4_after_ordinary_work_a_person_has_a_turnover() -> None:
    visits = program() + program("e2", hour=11, lead="ana", room="dosing-2")
    assert broken(two_enrollments(), visits) == set()
    assert broken(with_staff(two_enrollments(), "ana", turnover_minutes=15), visits) == {(4, "staff-turnover")}
    assert broken(with_staff(clinic(), "ana", turnover_minutes=480, booked=(during(0, 10, 12),)), program()) == set()


def test_rule_4_parts_of_one_visit_need_no_turnover() -> None:
    split = replace(PROGRAM.visits[0], needs=(Need("lead", "therapist", 15), Need("lead", "therapist", 15, 30)))
    problem = with_program(clinic(), visits=(split, *PROGRAM.visits[1:]))
    assert broken(with_staff(problem, "ana", turnover_minutes=60), program()) == set()


def test_rule_5_working_time_stays_within_a_days_and_a_weeks_limit() -> None:
    assert broken(with_staff(clinic(), "ana", max_minutes_per_day=120), program()) == set()
    assert broken(with_staff(clinic(), "ana", max_minutes_per_day=119), program()) == {(5, "minutes-per-day")}
    assert broken(with_staff(clinic(), "ana", max_minutes_per_week=240), program()) == set()
    assert broken(with_staff(clinic(), "ana", max_minutes_per_week=239), program()) == {(5, "minutes-per-week")}
    assert broken(with_staff(clinic(), "eve", max_minutes_per_day=0), program()) == set(), "shared work does not count"
