"""Gaps between chains: each has a register in the label that remembers the one visit that stands already."""

from __future__ import annotations

from typing import NamedTuple

from coordinator.planner.case import Case
from coordinator.planner.compiled import FAR, Ints, compiled
from coordinator.planner.dag import STAMP
from coordinator.planner.forest import DAY, FIRST, Forest

NEITHER, BOTH, ENOUGH = -1, -2, -3
"""Registers: neither visit stands; both do; the first does, and all that was asked of the second is met by any later day."""


class Crossing(NamedTuple):
    """Gaps between visits of different chains. `ordered`: the second may not come first.

    `next_of`: for each gap whose second visit may be the very next of its chain, that chain; else -1. `node_visit` gives
    the visit that each node's edges place.
    """

    before: Ints
    after: Ints
    low: Ints
    high: Ints
    ideal: Ints
    ordered: Ints
    least: Ints
    most: Ints
    next_of: Ints
    node_visit: Ints
    weight: int


@compiled
def _among(visits: Ints, n: int, visit: int) -> int:
    for i in range(n):
        if visits[i] == visit:
            return i
    return -1


@compiled
def _moment(case: Case, x: int, crossing: Crossing, visit: int, day: int, start: int, ends: bool) -> int:
    """What a register keeps of a visit: its day, and where minutes matter the unit at which it ends or starts."""
    if not case.timed[visit] or start < 0:
        return day * STAMP
    unit = start - day * case.per_day + (case.length[case.shape[visit]] if ends else 0)
    return day * STAMP + unit


@compiled
def _between(crossing: Crossing, case: Case, x: int, first: int, second: int) -> int:
    """The cost of gap x when its visits stand at these moments (end of the first, start of the second); FAR if broken."""
    days = second // STAMP - first // STAMP
    if days < crossing.low[x] or days > crossing.high[x]:
        return FAR
    if crossing.least[x] > -FAR or crossing.most[x] < FAR:
        minutes = (days * case.per_day + second % STAMP - first % STAMP) * case.unit
        if minutes < crossing.least[x] or minutes > crossing.most[x]:
            return FAR
    return abs(days - crossing.ideal[x]) * crossing.weight if crossing.ideal[x] < FAR else 0


@compiled
def _same_day(crossing: Crossing, x: int) -> int:
    """The cost of gap x with both visits on one day; minutes are the block's business."""
    if crossing.low[x] > 0 or crossing.high[x] < 0:
        return FAR
    return abs(crossing.ideal[x]) * crossing.weight if crossing.ideal[x] < FAR else 0


@compiled
def _pending(crossing: Crossing, x: int, register: int, day: int) -> int:
    """The register of a gap that stays open over a day: FAR where it is too late, ENOUGH where all later days do."""
    if register < 0:
        return register
    passed = day - register // 2 // STAMP
    if register % 2 == 0:
        if passed > crossing.high[x]:
            return FAR
        free = crossing.high[x] >= FAR and crossing.ideal[x] >= FAR and crossing.least[x] <= -FAR
        return ENOUGH if free and passed + 1 >= crossing.low[x] else register
    return FAR if -passed < crossing.low[x] else register


@compiled
def _one_placed(crossing: Crossing, case: Case, x: int, register: int, moment: int, second: bool) -> tuple[int, int]:
    """(register, cost) when one visit of gap x is placed and the other is not on the same day."""
    if second:
        if register == NEITHER:
            return (NEITHER, FAR) if crossing.ordered[x] else (2 * moment + 1, 0)
        if register == ENOUGH:
            return BOTH, 0
        return BOTH, _between(crossing, case, x, register // 2, moment)
    if register == NEITHER:
        return 2 * moment, 0
    return BOTH, _between(crossing, case, x, moment, register // 2)


@compiled
def cross(
    crossing: Crossing, case: Case, parent: Ints, label: Ints, first: int, visits: Ints, starts: Ints, n: int
) -> int:
    """Brings the registers (from `first` on) of a label up to its day; the cost of gaps now closed, FAR if one breaks."""
    day = label[DAY]
    total = 0
    for x in range(len(crossing.before)):
        a, b = _among(visits, n, crossing.before[x]), _among(visits, n, crossing.after[x])
        register = parent[first + x]
        cost = 0
        if a >= 0 and b >= 0:
            register, cost = BOTH, _same_day(crossing, x)
        elif b >= 0:
            moment = _moment(case, x, crossing, crossing.after[x], day, starts[b], False)
            register, cost = _one_placed(crossing, case, x, register, moment, True)
        elif a >= 0:
            moment = _moment(case, x, crossing, crossing.before[x], day, starts[a], True)
            register, cost = _one_placed(crossing, case, x, register, moment, False)
        else:
            register = _pending(crossing, x, register, day)
            cost = FAR if register == FAR else 0
        if cost >= FAR:
            return FAR
        label[first + x] = register
        total += cost
    return total


@compiled
def linked_togo(crossing: Crossing, forest: Forest, label: Ints, chains: int, chain: int, half: int, day: int) -> int:
    """Twice the least that a chain has still to pay, the open gap to its very next visit included; 0 without one."""
    node = label[FIRST + chain]
    best = 0
    for x in range(len(crossing.next_of)):
        register = label[FIRST + chains + x]
        if (
            crossing.next_of[x] != chain
            or register < 0
            or register % 2
            or crossing.node_visit[node] != crossing.after[x]
        ):
            continue
        since = register // 2 // STAMP
        least = FAR
        for e in range(forest.edge_ptr[node], forest.edge_ptr[node + 1]):
            days = forest.edge_day[e] - since
            if forest.edge_day[e] <= day or days < crossing.low[x] or forest.togo[half, forest.edge_child[e]] >= FAR:
                continue
            if days > crossing.high[x]:
                break
            cost = forest.edge_cost[e] + forest.edge_extra[e]
            if crossing.ideal[x] < FAR:
                cost += abs(days - crossing.ideal[x]) * crossing.weight
            least = min(least, 2 * cost + forest.togo[half, forest.edge_child[e]])
        best = max(best, least)
    return best
