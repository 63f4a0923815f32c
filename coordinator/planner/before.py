"""Who stood before and still can: the start of a repair."""

from __future__ import annotations

from coordinator.domain.rules import violations
from coordinator.domain.schedule import PlacedVisit, Plan, Problem, Unplanned

_ROUNDS = 6


def still_standing(problem: Problem) -> dict[int, tuple[PlacedVisit, ...]]:
    """For each enrollment (by number) whose visits before are complete and break no rule: those that are not kept."""
    before: dict[str, list[PlacedVisit]] = {each.id: [] for each in problem.enrollments}
    for placed in problem.previous:
        before[placed.enrollment].append(placed)
    standing: dict[str, list[PlacedVisit]] = {}
    for each in problem.enrollments:
        kept = {placed.visit for placed in each.kept}
        free = [placed for placed in before[each.id] if placed.visit not in kept]
        if free and len(free) + len(kept) == len(problem.protocol(each.protocol).visits):
            standing[each.id] = free
    for _ in range(_ROUNDS):
        broken = {each.enrollment for each in violations(problem, _as_plan(problem, standing))} & set(standing)
        if not broken:
            numbers = {each.id: i for i, each in enumerate(problem.enrollments)}
            return {numbers[name]: tuple(visits) for name, visits in standing.items()}
        for name in broken:
            del standing[name]
    return {}


def _as_plan(problem: Problem, standing: dict[str, list[PlacedVisit]]) -> Plan:
    visits = [v for each in problem.enrollments if each.id in standing for v in (*each.kept, *standing[each.id])]
    out = tuple(Unplanned(each.id) for each in problem.enrollments if each.id not in standing)
    return Plan(tuple(visits), out, 0)
