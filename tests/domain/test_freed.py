"""Freed time: who fits keeps every rule there, takes something of what was freed, and gains by it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from small_clinic import at, broken, program, two_enrollments

from coordinator.domain.cost import total
from coordinator.domain.freed import Freed, fits
from coordinator.domain.schedule import PlacedVisit

THURSDAY = Freed(at(3, 9), at(3, 10), None, {"ana", "ben"})


def standing() -> list[PlacedVisit]:
    """`e1` stands as is ideal; `e2` has its dosing on Tuesday and its integration on Friday, two days late."""
    prep, dosing, integration = program("e2", 0, 13, "ben", "dosing-2")
    return [*program(), prep, replace(dosing, start=at(1, 13)), replace(integration, start=at(4, 13))]


def test_a_visit_comes_forward_to_the_freed_time_with_its_own_people() -> None:
    problem, visits = two_enrollments(), standing()
    (found,) = fits(problem, visits, THURSDAY, [("e2", "i1")])
    assert (found.placed.start, found.placed.staff) == (at(3, 9), {"lead": "ben"})
    assert found.held is not None and found.held.start == at(4, 13)
    moved = [found.placed if each is found.held else each for each in visits]
    assert total(problem, visits, ["e1", "e2"]) - total(problem, moved, ["e1", "e2"]) == found.gain > 0


def test_a_visit_that_would_not_gain_is_not_offered() -> None:
    later = replace(THURSDAY, start=at(4, 9), end=at(4, 10))
    assert fits(two_enrollments(), standing(), later, [("e2", "i1")]) == []


def test_what_holds_no_time_comes_first_and_need_not_gain() -> None:
    visits = [each for each in standing() if (each.enrollment, each.visit) != ("e1", "i1")]
    found = fits(two_enrollments(), visits, THURSDAY, [("e2", "i1"), ("e1", "i1")])
    assert [(each.placed.enrollment, each.held is None) for each in found] == [("e1", True), ("e2", False)]


def test_time_that_was_free_before_is_not_what_was_freed() -> None:
    elsewhere = replace(THURSDAY, room="therapy-1", people={"nia"})
    assert fits(two_enrollments(), standing(), elsewhere, [("e2", "i1")]) == []


def test_a_time_that_is_too_short_fits_nobody() -> None:
    assert fits(two_enrollments(), standing(), replace(THURSDAY, end=at(3, 9, 45)), [("e2", "i1")]) == []


@given(st.integers(0, 9), st.integers(7, 16), st.integers(1, 4), st.sampled_from(["prep", "d1", "i1"]))
def test_whatever_is_offered_keeps_every_rule_inside_the_freed_time(day: int, hour: int, hours: int, code: str) -> None:
    problem, visits = two_enrollments(), standing()
    freed = Freed(at(day, hour), at(day, hour) + 60 * hours, "dosing-1", {"ana", "ben", "eve"})
    for found in fits(problem, visits, freed, [("e2", code)]):
        end = found.placed.start + problem.protocol("short").visit(code).minutes
        assert freed.start <= found.placed.start and end <= freed.end
        assert broken(problem, [found.placed if each is found.held else each for each in visits]) == set()
        assert found.gain > 0
