"""Plans of one problem that differ in kind: the soonest, the one with the same faces, the one at preferred hours."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from coordinator.domain.cost import total
from coordinator.domain.protocol import Continuity, Protocol
from coordinator.domain.schedule import Plan, Problem, Weights
from coordinator.domain.trade_offs import (
    BALANCED,
    PREFERRED_HOURS,
    SAME_FACES,
    SOONEST,
    Facts,
    facts_of,
    in_words,
)
from coordinator.planner.plan import Limits, plan
from coordinator.planner.run import never

_ABOVE_ALL = 200
"""How much more a wish weighs where it comes first: more than all others together come to in a program."""
_UNPLANNED = 100_000_000


@dataclass(frozen=True, slots=True)
class Alternative:
    """A plan and what it is best at (one or several of SOONEST, SAME_FACES, PREFERRED_HOURS, BALANCED).

    `plan.cost` and `plan.bound` are those of the problem itself. `words` says in one sentence what the plan gives, and
    what it costs beside the others.
    """

    kinds: tuple[str, ...]
    plan: Plan
    facts: Facts
    words: str


def alternatives(
    problem: Problem,
    best: Plan,
    limits: Limits | None = None,
    *,
    wanted: Collection[str] | None = None,
    canceled: Callable[[], bool] = never,
) -> tuple[Alternative, ...]:
    """The best plan first, then those that differ from it in kind, each with what it costs in the others.

    `best` is a plan for the problem as it stands; `wanted` are the enrollments (ids) that the comparison is about: by
    default all that have a visit to place. Where a plan is no worse at what another kind is about, it stands for both,
    so that there are one to four, of which no two share a kind. `limits` hold for each search.
    """
    about = set(_to_plan(problem)) if wanted is None else set(wanted)
    found: list[tuple[list[str], Plan, Facts]] = []
    for kind in (BALANCED, SOONEST, SAME_FACES, PREFERRED_HOURS):
        if canceled():
            break
        made = best if kind == BALANCED else _planned_for(problem, best, kind, limits or Limits(), canceled)
        facts = None if made is None else facts_of(problem, made, about)
        if made is not None and facts is not None:
            _add(found, kind, made, facts)
    return tuple(
        Alternative(
            tuple(kinds), made, facts, in_words(kinds, facts, [other for _, _, other in found if other is not facts])
        )
        for kinds, made, facts in found
    )


def _to_plan(problem: Problem) -> list[str]:
    return [each.id for each in problem.enrollments if len(each.kept) < len(problem.protocol(each.protocol).visits)]


def _add(found: list[tuple[list[str], Plan, Facts]], kind: str, made: Plan, facts: Facts) -> None:
    """Adds a plan, unless one that is there already is no worse at what it is about."""
    for kinds, _, other in found:
        if _merit(kind, other) <= _merit(kind, facts):
            kinds.append(kind)
            return
    found.append(([kind], made, facts))


def _merit(kind: str, facts: Facts) -> int:
    """What a kind wants little of."""
    if kind == SOONEST:
        return facts.ends
    if kind == SAME_FACES:
        return facts.changes
    return facts.outside or 0


def _planned_for(problem: Problem, best: Plan, kind: str, limits: Limits, canceled: Callable[[], bool]) -> Plan | None:
    """The plan with one wish above all others, costed as the problem costs it; None where it plans less than `best`."""
    made = plan(_bent(problem, kind), limits, canceled=canceled)
    if len(made.unplanned) > len(best.unplanned):
        return None
    missing = {each.enrollment for each in made.unplanned}
    cost = total(problem, made.visits, [each.id for each in problem.enrollments if each.id not in missing])
    return replace(made, cost=cost, bound=min(best.bound, cost))


def _bent(problem: Problem, kind: str) -> Problem:
    """The problem with one wish above all others."""
    weights = replace(problem.weights, unplanned=_UNPLANNED)
    if kind == SOONEST:
        return replace(problem, weights=replace(weights, finish=_ABOVE_ALL * max(10, weights.finish)))
    if kind == PREFERRED_HOURS:
        return replace(problem, weights=replace(weights, preferred=_ABOVE_ALL * max(30, weights.preferred)))
    return _with_same_faces(problem, weights)


def _with_same_faces(problem: Problem, weights: Weights) -> Problem:
    """A change of people weighs above all, and counts for every need, over the whole program."""
    protocols = tuple(replace(each, continuity=_for_all_needs(each)) for each in problem.protocols)
    return replace(problem, protocols=protocols, weights=replace(weights, continuity=50 * max(500, weights.continuity)))


def _for_all_needs(protocol: Protocol) -> tuple[Continuity, ...]:
    """The hard rules, and a soft one for each need that none of them fixes for the program."""
    hard = [rule for rule in protocol.continuity if rule.hard]
    fixed = {rule.name for rule in hard if rule.scope == "program"}
    names = dict.fromkeys(name for visit in protocol.visits for name in visit.need_names())
    return (*hard, *(Continuity(name, "program", False) for name in names if name not in fixed))
