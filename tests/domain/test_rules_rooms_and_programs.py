"""The hard rules 6 to 9, kept and broken: rooms, gaps, continuity, what is pinned and what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from small_clinic import (
    DOSING_1,
    MONDAY,
    OFFICE,
    at,
    broken,
    changed,
    clinic,
    during,
    plan_of,
    program,
    two_enrollments,
    with_enrollment,
    with_program,
    with_room,
    with_staff,
)

from coordinator.domain.hours import WeeklyHours
from coordinator.domain.protocol import Continuity, Gap
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Enrollment, PlacedVisit


def test_rule_6_a_visit_has_a_room_that_there_is_and_one_by_video_has_none() -> None:
    assert (6, "room-named") in broken(clinic(), changed(program(), "d1", room=None))
    assert (6, "room-named") in broken(clinic(), changed(program(), "d1", room="attic"))
    assert (6, "room-named") in broken(clinic(), changed(program(), "i1", room="therapy-1"))


def test_rule_6_the_room_offers_the_kind_is_open_and_not_booked() -> None:
    assert broken(clinic(), changed(program(), "d1", room="therapy-1")) == {(6, "room-kind")}
    assert broken(with_room(clinic(), "dosing-1", weekly=OFFICE), program()) == set()
    closed = WeeklyHours((((480, 600),),) * 7)
    assert broken(with_room(clinic(), "dosing-1", weekly=closed), program()) == {(6, "room-hours")}
    assert broken(with_room(clinic(), "dosing-1", booked=(during(2, 11, 12),)), program()) == set()
    assert broken(with_room(clinic(), "dosing-1", booked=(during(2, 10, 12),)), program()) == {(6, "room-booked")}


def test_rule_6_the_room_has_a_seat_for_every_patient() -> None:
    cohort = with_enrollment(clinic(), patients=("p1", "p2"))
    assert broken(cohort, program()) == set()
    assert broken(cohort, program(room="dosing-2")) == {(6, "room-seats")}


def test_rule_6_a_room_holds_one_visit_at_a_time_and_then_its_turnover() -> None:
    visits = program() + program("e2", hour=11, lead="ben")
    assert broken(two_enrollments(), visits) == set()
    assert broken(with_room(two_enrollments(), "dosing-1", turnover_minutes=15), visits) == {(6, "room-turnover")}
    assert (6, "room-overlap") in broken(two_enrollments(), program() + program("e2", hour=10, lead="ben"))
    into_booked = replace(DOSING_1, turnover_minutes=60, booked=(during(2, 11, 12),))
    assert broken(with_room(clinic(), "dosing-1", **_fields(into_booked)), program()) == set()


def _fields(room: Any) -> dict[str, Any]:
    return {"turnover_minutes": room.turnover_minutes, "booked": room.booked}


@pytest.mark.parametrize(
    "gap",
    [
        Gap("prep", "d1", 3),
        Gap("prep", "d1", 0, 1),
        Gap("prep", "d1", min_minutes=2821),
        Gap("prep", "d1", max_minutes=2819),
        Gap("d1", "prep"),
    ],
    ids=["too soon", "too late", "too few minutes", "too many minutes", "before it ends"],
)
def test_rule_7_a_gap_is_within_its_bounds(gap: Gap) -> None:
    assert broken(with_program(clinic(), gaps=(gap,)), program()) == {(7, "gap")}


def test_rule_7_a_gap_at_its_bounds_is_kept_and_a_negative_least_allows_the_reverse() -> None:
    exact = Gap("prep", "d1", 2, 2, 2, 2820, 2820)
    assert broken(with_program(clinic(), gaps=(exact, Gap("d1", "prep", -2))), program()) == set()


def test_rule_8_one_person_throughout_the_program_or_each_course() -> None:
    split = changed(program(), "prep", staff={"lead": "ben"})
    assert broken(clinic(), split) == {(8, "continuity")}
    course = with_program(clinic(), continuity=(Continuity("lead", "course", hard=True),))
    assert broken(course, split) == set(), "preparation is in no course"
    assert broken(course, changed(program(), "i1", staff={"lead": "ben"})) == {(8, "continuity")}
    soft = with_program(clinic(), continuity=(Continuity("lead", "program", hard=False),))
    assert broken(soft, split) == set()


def test_rule_8_kept_visits_bind_unless_they_disagree_or_the_team_pins() -> None:
    visits = program(lead="ben")
    kept = with_enrollment(clinic(), kept=(program(lead="ana")[0],))
    visits[0] = program(lead="ana")[0]
    assert broken(kept, visits) == {(8, "continuity")}
    assert broken(with_enrollment(kept, team={"lead": "ben"}), visits) == set()
    disagreeing = [*program(lead="ana")[:1], *program(lead="nia")[1:2], *program(lead="ben")[2:]]
    both_kept = with_enrollment(clinic(), kept=tuple(disagreeing[:2]))
    assert broken(both_kept, disagreeing) == set()


def test_rule_9_pinned_people_fill_their_needs_and_avoided_ones_none() -> None:
    assert broken(with_enrollment(clinic(), team={"lead": "ana"}, avoid=("ben",)), program()) == set()
    assert broken(with_enrollment(clinic(), team={"lead": "ben"}), program()) == {(9, "pinned")}
    assert broken(with_enrollment(clinic(), avoid=("eve",)), program()) == {(9, "avoided")}


def test_rule_9_a_kept_visit_stands_as_given_whatever_the_rules_say_of_it() -> None:
    odd = PlacedVisit("e1", "prep", at(-3, 3, 7), "dosing-1", {"lead": "nia"})
    problem = with_program(with_enrollment(clinic(), kept=(odd,)), gaps=(), continuity=())
    visits = [odd, *program()[1:]]
    assert broken(problem, visits) == set()
    assert broken(problem, changed(visits, "prep", start=at(0, 9))) == {(9, "kept-stands")}
    assert (1, "whole-program") in broken(problem, visits[1:])


def test_rule_9_kept_visits_take_their_people_and_rooms_also_where_their_enrollment_is_unplanned() -> None:
    problem = two_enrollments(
        kept=(PlacedVisit("e2", "d1", at(2, 10), "dosing-1", {"lead": "ana", "supervisor": "eve"}),)
    )
    found = broken(problem, program(), ("e2",))
    assert found == {(4, "staff-overlap"), (6, "room-overlap")}


def test_kept_visits_may_collide_among_themselves() -> None:
    kept = tuple(program())
    problem = clinic(
        enrollments=(
            Enrollment("e1", ("p1",), "short", MONDAY, kept=kept),
            Enrollment("e2", ("p1",), "short", MONDAY, kept=tuple(program("e2"))),
        )
    )
    assert broken(problem, [*kept, *program("e2")]) == set()


def test_a_violation_names_who_is_in_the_way_and_who_takes_part() -> None:
    [found] = violations(
        with_staff(clinic(), "ana", booked=(during(2, 10, 11),)),
        plan_of(clinic(), program()),
    )
    assert (found.enrollment, found.visit, found.blocker) == ("e1", "d1", "ana")
    assert found.touches == (("e1", "d1"),)
    assert "Ana Ruiz" in found.message and "2027-01-06 10:00" in found.message


def test_a_plan_that_misstates_itself_is_told_so() -> None:
    plan = plan_of(clinic(), program())
    assert misstatements(clinic(), replace(plan, stated_status="planned")) == []
    wrong = replace(plan, cost=plan.cost + 1, bound=plan.cost + 2, stated_status="none")
    assert {each.name for each in misstatements(clinic(), wrong)} == {"cost", "bound", "status"}
