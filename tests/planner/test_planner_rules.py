"""No plan ever breaks a rule, says a wrong cost, or claims a bound above its cost."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from random_clinics import clinic

from coordinator.domain.cost import total
from coordinator.domain.rules import misstatements, violations
from coordinator.planner.plan import Limits, plan


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**9), enrollments=st.integers(1, 4))
def test_no_plan_breaks_a_rule(seed: int, enrollments: int) -> None:
    problem = clinic(Random(seed), enrollments=enrollments, visits=5)
    found = plan(problem, Limits(work=15))
    assert violations(problem, found) == []
    assert misstatements(problem, found) == []


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_cost_is_that_of_the_domain_and_the_bound_is_not_above_it(seed: int) -> None:
    problem = clinic(Random(seed), enrollments=2, visits=4)
    found = plan(problem, Limits(work=10))
    unplanned = {each.enrollment for each in found.unplanned}
    planned = [each.id for each in problem.enrollments if each.id not in unplanned]
    assert found.cost == total(problem, found.visits, planned)
    assert 0 <= found.bound <= found.cost


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_every_reported_plan_keeps_the_rules_and_none_is_worse_than_the_one_before(seed: int) -> None:
    problem = clinic(Random(seed), enrollments=3, visits=4)
    reports = []
    last = plan(problem, Limits(work=25), report=reports.append)
    costs = [each.cost for each in reports]
    assert costs == sorted(costs, reverse=True)
    assert all(violations(problem, each.plan) == [] for each in reports)
    assert last.cost == costs[-1]
    assert all(0 <= each.gap <= 1 for each in reports)
    assert all((each.gap == 0) == (each.bound >= each.cost) for each in reports)
