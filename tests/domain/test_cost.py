"""The cost of a plan: each penalty by its name, on the visit it comes from, and their sum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from small_clinic import MONDAY, at, changed, clinic, plan_of, program, with_enrollment, with_program

from coordinator.domain.cost import Penalty, penalties, total
from coordinator.domain.hours import WeeklyHours
from coordinator.domain.protocol import Continuity, Gap
from coordinator.domain.schedule import PlacedVisit, Problem, Weights

FREE = Weights(0, 0, 0, 0, 0, 0, 0, 0)


def charged(problem: Problem, visits: list[PlacedVisit], **weights: int) -> list[tuple[Any, ...]]:
    """The penalties, where only some weights count."""
    only = replace(problem, weights=replace(FREE, **weights))
    found = [each for each in penalties(only, plan_of(only, visits)) if each.cost]
    assert total(only, visits, ["e1"]) == sum(each.cost for each in found)
    return [(each.name, each.visit, each.times, each.cost) for each in found]


def test_an_ideal_program_costs_the_days_until_its_end() -> None:
    assert penalties(clinic(), plan_of(clinic(), program())) == [
        Penalty("finish", "e1", "i1", 3, 30, "The program ends 3 days after its earliest date.")
    ]


def test_an_enrollment_that_is_not_planned_costs_its_weight() -> None:
    found = penalties(clinic(), plan_of(clinic(), [], ("e1",)))
    assert [(each.name, each.visit, each.cost) for each in found] == [("unplanned", None, 100_000)]
    assert total(clinic(), [], []) == 100_000


def test_each_further_person_of_a_soft_continuity_rule_costs_once_per_unit() -> None:
    soft = with_program(clinic(), continuity=(Continuity("lead", "program", hard=False),))
    visits = changed(changed(program(), "d1", staff={"lead": "ben", "supervisor": "eve"}), "i1", staff={"lead": "nia"})
    assert charged(soft, visits, continuity=500) == [("continuity", None, 2, 1000)]
    by_course = with_program(clinic(), continuity=(Continuity("lead", "course", hard=False),))
    assert charged(by_course, visits, continuity=500) == [("continuity", None, 1, 500)]
    assert charged(by_course, changed(program(), "prep", staff={"lead": "ben"}), continuity=500) == []


def test_a_gap_costs_each_day_that_it_differs_from_the_ideal() -> None:
    visits = changed(program(), "prep", start=at(1, 9))
    assert charged(clinic(), visits, ideal_gap=20) == [("ideal_gap", "d1", 1, 20)]
    no_ideal = with_program(clinic(), gaps=(Gap("prep", "d1", 1),))
    assert charged(no_ideal, visits, ideal_gap=20) == []


def test_the_days_to_the_last_visit_cost_and_never_less_than_nothing() -> None:
    assert charged(clinic(), program(), finish=10) == [("finish", "i1", 3, 30)]
    late = with_enrollment(clinic(), earliest=MONDAY + 9)
    assert charged(late, program(), finish=10) == []


def test_each_visit_outside_the_preferred_hours_costs() -> None:
    mornings = WeeklyHours((((480, 660),),) * 7)
    assert charged(with_enrollment(clinic(), preferred=mornings), program(), preferred=30) == []
    later = program(hour=10)
    assert charged(with_enrollment(clinic(), preferred=mornings), later, preferred=30) == [("preferred", "d1", 1, 30)]
    nothing_suits = WeeklyHours(((),) * 7)
    assert len(charged(with_enrollment(clinic(), preferred=nothing_suits), later, preferred=30)) == 3


def test_waiting_between_two_visits_of_a_day_costs_each_whole_slot() -> None:
    same_day = changed(program(), "i1", start=at(2, 11, 40))
    assert charged(clinic(), same_day, waiting=1) == [("waiting", "i1", 2, 2)]
    assert charged(clinic(), changed(program(), "i1", start=at(2, 11, 10)), waiting=1) == []


def test_a_visit_that_moved_or_has_other_people_costs() -> None:
    before = clinic(previous=(*program()[:2],))
    assert charged(before, program(), moved=200, restaffed=100) == []
    moved = changed(program(), "prep", start=at(0, 10), room="attic")
    assert charged(before, changed(moved, "prep", room="therapy-1"), moved=200, restaffed=100) == [
        ("moved", "prep", 1, 200)
    ]
    swapped = changed(program(), "d1", staff={"lead": "ben", "supervisor": "eve"})
    assert charged(before, swapped, moved=200, restaffed=100) == [("restaffed", "d1", 1, 100)]
    assert charged(before, changed(program(), "i1", start=at(4, 9)), moved=200) == [], "it was not published before"


def test_kept_visits_count_whether_listed_or_not() -> None:
    kept = with_enrollment(clinic(), kept=tuple(program()))
    assert total(kept, [], ["e1"]) == total(kept, program(), ["e1"]) == 30
