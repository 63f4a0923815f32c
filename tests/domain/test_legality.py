"""Which starts of a visit are legal, and what refuses the others: always as the rules themselves would say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_clinic import (
    MONDAY,
    at,
    clinic,
    during,
    program,
    two_enrollments,
    with_enrollment,
    with_program,
    with_room,
    with_staff,
)

from coordinator.domain.errors import InvalidInput
from coordinator.domain.hours import Interval
from coordinator.domain.layout import lay_visits
from coordinator.domain.legality import StartVerdict, starts
from coordinator.domain.rules import broken_on
from coordinator.domain.schedule import PlacedVisit, Problem

WEDNESDAY = MONDAY + 2


def verdict(problem: Problem, minute: int, visit: str = "d1", **asked: object) -> StartVerdict:
    """The verdict on one start of a visit of `e1`."""
    found = starts(problem, program(), "e1", visit, [minute // 1440], **asked)  # type: ignore[arg-type]
    return next(each for each in found if each.start == minute)


def refusal(problem: Problem, minute: int, visit: str = "d1", **asked: object) -> tuple[int, str, str | None]:
    found = verdict(problem, minute, visit, **asked).refusal
    assert found is not None
    return found.rule, found.name, found.blocker


def test_every_start_of_the_grid_has_a_verdict() -> None:
    found = starts(clinic(), program(), "e1", "d1", [WEDNESDAY, WEDNESDAY + 1])
    assert len(found) == 2 * 96
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_a_legal_start_comes_with_a_room_and_people() -> None:
    found = verdict(clinic(), at(2, 13))
    assert found.is_legal
    assert found.room in {"dosing-1", "dosing-2"}
    assert found.staff == {"lead": "ana", "supervisor": "eve"}, "continuity binds the lead"


def test_a_visit_by_video_needs_no_room() -> None:
    found = verdict(clinic(), at(4, 13), "i1")
    assert found.is_legal and found.room is None


def test_each_refusal_names_the_rule_and_the_blocker() -> None:
    busy = with_staff(clinic(), "eve", booked=(during(2, 8, 12),))
    assert refusal(clinic(), at(0, 9)) == (3, "patient-overlap", "e1/prep")
    assert refusal(clinic(), at(0, 11)) == (3, "visits-per-day", "e1/prep")
    assert refusal(clinic(), at(1, 16)) == (4, "staff-hours", "ana")
    assert refusal(busy, at(2, 9)) == (4, "staff-booked", "eve")
    assert refusal(clinic(), at(4, 9)) == (7, "gap", "e1/i1")
    assert refusal(clinic(), at(2, 9), room="therapy-1") == (6, "room-kind", "therapy-1")
    assert refusal(clinic(), at(2, 9), staff={"lead": "ben"}) == (8, "continuity", "ana")
    assert refusal(with_enrollment(clinic(), avoid=("eve",)), at(2, 9)) == (9, "avoided", "eve")
    closed = with_room(with_room(clinic(), "dosing-1", kinds=()), "dosing-2", kinds=())
    assert refusal(closed, at(2, 9)) == (6, "room-kind", None)


def test_another_visit_refuses_what_it_takes() -> None:
    other = program("e2", hour=13, lead="ana")
    found = starts(two_enrollments(), program() + other, "e1", "d1", [WEDNESDAY])
    refused = {each.start: each.refusal for each in found}
    refusal_at_two = refused[at(2, 14)]
    assert refusal_at_two is not None and refusal_at_two.blocker == "e2/d1"
    assert refused[at(2, 15)] is None


def test_a_kept_visit_cannot_be_moved_and_names_must_be_known() -> None:
    kept = with_enrollment(clinic(), kept=(program()[0],))
    for problem, enrollment, visit in ((kept, "e1", "prep"), (clinic(), "e9", "d1"), (clinic(), "e1", "d9")):
        with pytest.raises(InvalidInput):
            starts(problem, program(), enrollment, visit, [WEDNESDAY])
    for asked in ({"room": "attic"}, {"staff": {"lead": "zoe"}}, {"staff": {"pilot": "ana"}}):
        with pytest.raises(InvalidInput):
            starts(clinic(), program(), "e1", "d1", [WEDNESDAY], **asked)  # type: ignore[arg-type]


SHORT = st.builds(
    lambda hour, length: Interval(at(2, hour), at(2, hour + length)), st.integers(8, 16), st.integers(1, 3)
)
SEVERAL = st.lists(SHORT, max_size=2).map(tuple)
WORLDS = st.builds(
    lambda off, booked, elsewhere, room, supervises, turnover, most: _world(
        off, booked, elsewhere, room, supervises, turnover, most
    ),
    SEVERAL,
    SEVERAL,
    SEVERAL,
    SEVERAL,
    st.integers(0, 2),
    st.sampled_from([0, 30]),
    st.sampled_from([None, 60, 120, 240]),
)


def _world(
    off: tuple[Interval, ...],
    booked: tuple[Interval, ...],
    elsewhere: tuple[Interval, ...],
    room: tuple[Interval, ...],
    supervises: int,
    turnover: int,
    most: int | None,
) -> Problem:
    problem = with_program(two_enrollments(), max_visits_per_day=2)
    problem = with_staff(problem, "ana", time_off=off, turnover_minutes=turnover, max_minutes_per_day=most)
    problem = with_staff(problem, "eve", booked=booked, supervising=elsewhere, supervises=supervises)
    return with_room(with_room(problem, "dosing-1", booked=room, turnover_minutes=turnover), "dosing-2", kinds=())


@settings(max_examples=40, deadline=None)
@given(WORLDS, st.integers(8, 14), st.sampled_from(["ana", "ben"]))
def test_a_start_is_legal_just_when_the_rules_find_nothing_broken_there(problem: Problem, hour: int, lead: str) -> None:
    others = [each for each in program() if each.visit != "d1"] + program("e2", hour=hour, lead=lead)
    asked = {"lead": "ana", "supervisor": "eve"}
    for each in starts(problem, others, "e1", "d1", [WEDNESDAY], "dosing-1", asked)[32:68:2]:
        visits = [*others, PlacedVisit("e1", "d1", each.start, "dosing-1", asked)]
        broken = [one for one in broken_on(lay_visits(problem, visits, ["e1", "e2"])) if ("e1", "d1") in one.touches]
        assert each.is_legal == (not broken)
        assert each.refusal is None or (each.refusal.rule, each.refusal.name) in {(b.rule, b.name) for b in broken}


def test_no_days_no_verdicts() -> None:
    assert starts(clinic(), program(), "e1", "d1", []) == []


def test_one_person_cannot_fill_two_needs() -> None:
    alone = replace(
        clinic(), staff=tuple(replace(each, roles=("therapist", "physician")) for each in clinic().staff[:1])
    )
    assert refusal(alone, at(2, 9)) == (4, "different-people", None)
