"""Alternatives differ in kind, keep every rule, and say what each gives and costs."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from random_clinics import clinic
from tiny_clinic import MONDAY, PROTOCOL, STAFF, at, problem

from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Enrollment, Problem
from coordinator.domain.trade_offs import PREFERRED_HOURS, SAME_FACES, SOONEST
from coordinator.planner.alternatives import Alternative, alternatives
from coordinator.planner.plan import Limits, plan

FRIDAYS = WeeklyHours(tuple(((540, 1020),) if day == 4 else () for day in range(7)))


def torn() -> Problem:
    """Ana, who could hold every visit, is away in the second week; the patient prefers Fridays."""
    loose = replace(
        PROTOCOL,
        gaps=tuple(replace(gap, max_days=14 if gap.max_days else None, ideal_days=None) for gap in PROTOCOL.gaps),
        continuity=(Continuity("lead", "program", False),),
    )
    week_off = (Interval(at(3, 0), at(14, 0)),)
    ben_at_first = (Interval(at(0, 0), at(3, 0)),)
    staff = tuple(replace(each, time_off={"ana": week_off, "ben": ben_at_first}.get(each.id, ())) for each in STAFF)
    one = Enrollment("e1", ("p1",), "short", MONDAY, preferred=FRIDAYS)
    return problem(one, protocols=(loose,), staff=staff)


def of_kind(some: tuple[Alternative, ...], kind: str) -> Alternative:
    return next(each for each in some if kind in each.kinds)


def test_soonest_same_faces_and_preferred_hours_differ_and_say_what_they_cost() -> None:
    made = torn()
    some = alternatives(made, plan(made))
    soonest, same, preferred = (of_kind(some, kind) for kind in (SOONEST, SAME_FACES, PREFERRED_HOURS))
    assert soonest.facts.ends < same.facts.ends
    assert len(soonest.facts.people["lead"]) == 2
    assert len(same.facts.people["lead"]) == 1
    assert (preferred.facts.outside or 0) < (soonest.facts.outside or 0)
    assert "sooner, but" in soonest.words
    assert "take turns as lead" in soonest.words
    assert "later" in same.words
    assert f"{same.facts.people['lead'][0]} is lead in every visit" in same.words


def test_a_patient_without_wishes_gets_no_words_about_them() -> None:
    made = problem()
    some = alternatives(made, plan(made))
    assert sum(len(each.kinds) for each in some) == 4
    assert not any("preferred" in each.words for each in some)


def test_what_the_clinic_weighs_most_does_not_leave_a_program_out() -> None:
    made = torn()
    made = replace(made, weights=replace(made.weights, unplanned=1500))
    some = alternatives(made, plan(made))
    assert all(each.plan.unplanned == () for each in some)


@pytest.mark.parametrize("seed", range(12))
def test_every_alternative_keeps_the_rules_and_none_is_better_than_the_best_of_its_kind(seed: int) -> None:
    made = clinic(Random(300 + seed), enrollments=1, visits=4)
    some = alternatives(made, plan(made), Limits(work=10))
    for each in some:
        assert violations(made, each.plan) == []
        assert misstatements(made, each.plan) == []
        assert each.words.endswith(".")
    if some:
        assert of_kind(some, SOONEST).facts.ends == min(each.facts.ends for each in some)
        assert of_kind(some, SAME_FACES).facts.changes == min(each.facts.changes for each in some)
        outside = [each.facts.outside for each in some if each.facts.outside is not None]
        assert not outside or of_kind(some, PREFERRED_HOURS).facts.outside == min(outside)
