"""Tries every plan of a tiny clinic with one enrollment: slow, simple and beyond doubt."""

from __future__ import annotations

from itertools import permutations, product
from math import prod

from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import total
from coordinator.domain.layout import lay_out
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.rules_visit import ROW_RULES
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem

TOO_MANY = 3000


def least_cost(problem: Problem) -> int | None:
    """The cost of the best plan of the one enrollment, None where it has no plan; LookupError if there are too many."""
    (enrollment,) = problem.enrollments
    kept = {each.visit for each in enrollment.kept}
    free = [each for each in problem.protocol(enrollment.protocol).visits if each.id not in kept]
    options = [_options(problem, enrollment, visit) for visit in free]
    if prod(len(each) for each in options) > TOO_MANY:
        raise LookupError
    best = None
    for some in product(*options):
        visits = (*some, *enrollment.kept)
        cost = total(problem, visits, [enrollment.id])
        if (best is None or cost < best) and not violations(problem, Plan(visits, (), cost)):
            best = cost
    return best


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
