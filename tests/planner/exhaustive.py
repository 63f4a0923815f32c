"""Tries every plan of a tiny clinic: slow, simple and beyond doubt."""

from __future__ import annotations

from itertools import permutations, product
from math import prod

from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import total
from coordinator.domain.layout import lay_out
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.rules_visit import ROW_RULES
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned

TOO_MANY = 3000


def least_cost(problem: Problem) -> int | None:
    """The cost of the best plan of the one enrollment, None where it has no plan; LookupError if there are too many."""
    (enrollment,) = problem.enrollments
    plans = _plans(problem, enrollment)
    return min((cost for cost, _ in plans), default=None)


def least_cost_together(problem: Problem) -> int:
    """The cost of the best plan of all enrollments, some left out where they must be; LookupError as above.

    What each costs does not depend on the others, so joint plans are tried from the cheapest on.
    """
    unplanned = problem.weights.unplanned
    nothing: tuple[int, tuple[PlacedVisit, ...]] = (unplanned, ())
    lists = [sorted([*_plans(problem, each), nothing], key=lambda plan: plan[0]) for each in problem.enrollments]
    if prod(len(each) for each in lists) > 40 * TOO_MANY:
        raise LookupError
    for some in sorted(product(*lists), key=lambda plans: sum(cost for cost, _ in plans)):
        visits = tuple(visit for _, mine in some for visit in mine)
        out = tuple(Unplanned(each.id) for each, (_, mine) in zip(problem.enrollments, some, strict=True) if not mine)
        cost = sum(cost for cost, _ in some)
        if not violations(problem, Plan(visits, out, cost)):
            return cost
    raise AssertionError("leaving everything out breaks no rule")


def _plans(problem: Problem, enrollment: Enrollment) -> list[tuple[int, tuple[PlacedVisit, ...]]]:
    """Every plan of one enrollment that breaks no rule while no other stands, with its cost."""
    kept = {each.visit for each in enrollment.kept}
    free = [each for each in problem.protocol(enrollment.protocol).visits if each.id not in kept]
    options = [_options(problem, enrollment, visit) for visit in free]
    if prod(len(each) for each in options) > TOO_MANY:
        raise LookupError
    others = tuple(Unplanned(each.id) for each in problem.enrollments if each is not enrollment)
    left_out = problem.weights.unplanned * len(others)
    found = []
    for some in product(*options):
        visits = (*some, *enrollment.kept)
        cost = total(problem, visits, [enrollment.id])
        if not violations(problem, Plan(visits, others, cost)):
            found.append((cost - left_out, visits))
    return found


def _options(problem: Problem, enrollment: Enrollment, visit: ProtocolVisit) -> list[PlacedVisit]:
    """Every place of a visit that breaks no rule by itself."""
    names = visit.need_names()
    rooms = [None] if visit.room is None else [each.id for each in problem.rooms if visit.room in each.kinds]
    found = []
    for day in range(problem.first, problem.last + 1):
        for start in range(day * DAY, (day + 1) * DAY - visit.minutes + 1, problem.slot_minutes):
            for room, people in product(rooms, permutations([each.id for each in problem.staff], len(names))):
                placed = PlacedVisit(enrollment.id, visit.id, start, room, dict(zip(names, people, strict=True)))
                if _stands_alone(problem, enrollment, placed):
                    found.append(placed)
    return found


def _stands_alone(problem: Problem, enrollment: Enrollment, placed: PlacedVisit) -> bool:
    board, _ = lay_out(problem, Plan((placed, *enrollment.kept), (), 0))
    row = next(each for each in board.rows if not each.kept and each.visit.id == placed.visit)
    return not any(list(rule(board, row)) for rule in ROW_RULES)
