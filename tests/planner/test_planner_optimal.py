"""On tiny clinics the planner's plan is as good as the best of all plans, and its bound is never above that."""

from __future__ import annotations

from random import Random

import pytest
from exhaustive import least_cost
from random_clinics import clinic

from coordinator.planner.plan import plan


@pytest.mark.parametrize("seed", range(30))
def test_the_plan_is_optimal_and_the_bound_holds(seed: int) -> None:
    problem = clinic(Random(seed), enrollments=1, visits=3, days=4, slot=120)
    try:
        best = least_cost(problem)
    except LookupError:
        problem = clinic(Random(seed), enrollments=1, visits=1, days=4, slot=120)
        best = least_cost(problem)
    found = plan(problem)
    if best is None:
        assert [each.enrollment for each in found.unplanned] == ["e0"]
    else:
        assert found.unplanned == ()
        assert found.cost == best
        assert found.bound <= best


def test_most_bounds_are_proofs() -> None:
    problems = [clinic(Random(seed), enrollments=1, visits=3, days=6) for seed in range(60)]
    plans = [plan(problem) for problem in problems]
    planned = [each for each in plans if not each.unplanned]
    proven = [each for each in planned if each.bound == each.cost]
    assert len(planned) >= 15
    assert len(proven) >= 0.9 * len(planned)
