"""What happens to a running program changes as few of its visits as can be, where a changed visit weighs above all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny_clinic import MONDAY, PROTOCOL, ROOMS, at, away, by_visit, problem

from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem, Weights
from coordinator.planner.plan import plan

FEWEST_CHANGES = Weights(unplanned=10_000_000, moved=10_000, restaffed=10_000)


def running() -> tuple[Problem, dict[str, PlacedVisit]]:
    """A program that is published, on its second day: preparation has taken place."""
    made = problem()
    visits = by_visit(plan(made).visits)
    kept = Enrollment("e1", ("p1",), "short", MONDAY, kept=(visits["prep"],))
    previous = tuple(each for name, each in visits.items() if name != "prep")
    changed = replace(made, enrollments=(kept,), previous=previous, not_before=at(2, 0), weights=FEWEST_CHANGES)
    return changed, visits


def changed_visits(made: Problem, before: dict[str, PlacedVisit]) -> set[str]:
    """The visits that a repair moves or gives to others."""
    found = plan(made)
    assert not found.unplanned
    assert violations(made, found) == []
    assert found.bound == found.cost
    after = by_visit(found.visits)
    return {name for name, each in before.items() if (each.start, each.staff) != (after[name].start, after[name].staff)}


def day(visit: PlacedVisit) -> int:
    return visit.start // DAY - MONDAY


def enrolled(made: Problem, **fields: Any) -> Problem:
    return replace(made, enrollments=(replace(made.enrollments[0], **fields),))


def test_nothing_happened_and_nothing_changes() -> None:
    made, visits = running()
    assert changed_visits(made, visits) == set()


def test_a_physician_who_is_away_for_a_day_is_replaced_and_nothing_moves() -> None:
    made, visits = running()
    physician = visits["d1"].staff["supervisor"]
    off = away(physician, day(visits["d1"]), day(visits["d1"]))
    assert changed_visits(replace(made, staff=off), visits) == {"d1"}


def test_a_patient_who_is_away_for_a_day_moves_one_visit() -> None:
    made, visits = running()
    gone = Interval(at(day(visits["i2"]), 0), at(day(visits["i2"]) + 1, 0))
    assert changed_visits(enrolled(made, unavailable=(gone,)), visits) == {"i2"}


def test_a_room_that_is_closed_for_a_day_costs_nothing_where_there_is_another() -> None:
    made, visits = running()
    closed = Interval(at(day(visits["d1"]), 0), at(day(visits["d1"]) + 1, 0))
    one = tuple(replace(room, booked=(closed,)) if room.id == visits["d1"].room else room for room in ROOMS)
    both = tuple(replace(room, booked=(closed,)) if "dosing" in room.kinds else room for room in ROOMS)
    assert changed_visits(replace(made, rooms=one), visits) == set()
    assert "d1" in changed_visits(replace(made, rooms=both), visits)


@pytest.mark.parametrize(("later", "changed"), [(60, {"d1"}), (DAY, {"d1", "i1", "d2", "i2"})])
def test_a_visit_moved_by_hand_stays_where_it_was_put(later: int, changed: set[str]) -> None:
    """An hour later, the others stay; on Friday, its integration has to wait for Monday, and the rest for that."""
    made, visits = running()
    by_hand = replace(visits["d1"], start=visits["d1"].start + later)
    kept = (*made.enrollments[0].kept, by_hand)
    previous = tuple(each for each in made.previous if each.visit != "d1")
    moved = replace(enrolled(made, kept=kept), previous=previous)
    assert by_visit(plan(moved).visits)["d1"] == by_hand
    assert changed_visits(moved, visits) == changed


def test_a_visit_that_was_missed_is_made_up_and_what_can_stay_stays() -> None:
    made, visits = running()
    after = replace(made, not_before=visits["d1"].start + 121)
    assert "prep" not in (changed := changed_visits(after, visits))
    assert "d1" in changed


@pytest.mark.parametrize("dropped", ["i1", "i2"])
def test_what_is_left_of_a_program_follows_a_shorter_protocol_without_moving(dropped: str) -> None:
    made, visits = running()
    shorter = replace(
        PROTOCOL,
        visits=tuple(each for each in PROTOCOL.visits if each.id != dropped),
        gaps=tuple(each for each in PROTOCOL.gaps if dropped not in (each.before, each.after)),
    )
    previous = tuple(each for each in made.previous if each.visit != dropped)
    changed = replace(made, protocols=(shorter,), previous=previous)
    left = {name: each for name, each in visits.items() if name != dropped}
    assert changed_visits(changed, left) == set()
