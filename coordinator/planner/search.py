"""The search over all chains of one program together, day by day.

A label says how far each chain is (a node of its graph) after the visits of one day, and what that cost. Labels with the
same state keep only the cheapest. Each is judged by its cost plus what its chains have still to pay, which never
overstates; what cannot beat the best plan known is dropped, so an exhausted search is a proof. With a `beam` only the
best labels of each day go on, and the least estimate among those left behind is the bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from coordinator.planner.block import Choices, block_cost, choices
from coordinator.planner.case import Case, Rows
from coordinator.planner.compiled import FAR, Ints, compiled
from coordinator.planner.crossing import Crossing, cross, linked_togo
from coordinator.planner.dag import grown_table, hashed
from coordinator.planner.forest import (
    BEST,
    BEST_COST,
    COST,
    DAY,
    FIRST,
    LABELS,
    LEFT_BEHIND,
    MEMBERS,
    NEXT,
    PARENT,
    STORED,
    TRIED,
    Forest,
    Ways,
    fill_ways,
    new_ways,
)

_MOST_OPTIONS = 3000


class Tables(NamedTuple):
    """What grows: labels, their hash table, the head of each day's list; and the memory of block costs."""

    labels: Ints
    index: Ints
    heads: Ints
    tally: Ints
    memo: Ints
    scratch: Choices
    used: Ints


class Child(NamedTuple):
    """A label in the making."""

    label: Ints
    rows: Ints
    starts: Ints
    visits: Ints


@compiled
def _estimate(forest: Forest, crossing: Crossing, label: Ints, day: int) -> int:
    """Twice the least that the rest of the program can cost from a label."""
    chains = len(forest.root)
    best = 0
    for split in range(forest.halves.shape[0]):
        total = 0
        for chain in range(chains):
            node = label[FIRST + chain]
            half = forest.halves[split, chain]
            togo = forest.togo[half, node]
            if crossing.next_of.shape[0] and not forest.final[node]:
                togo = max(togo, linked_togo(crossing, forest, label, chains, chain, half, day))
            total += togo
        best = max(best, total)
    return best


@compiled
def _memo_place(memo: Ints, key: Ints) -> int:
    """Where the cost of a block is remembered, or would be."""
    mask = memo.shape[0] - 1
    at = hashed(key) & mask
    for _ in range(32):
        if memo[at, 0] < 0 or np.array_equal(memo[at, : len(key)], key):
            return at
        at = (at + 1) & mask
    return hashed(key) & mask


@compiled
def _block(case: Case, rows: Rows, tables: Tables, day: int, members: Ints, starts: Ints, n: int, plain: bool) -> int:
    """The cost of the visits of a day, from memory where nothing else bears on it."""
    if not plain or n > 4 or np.max(starts[:n]) >= 0:
        return block_cost(case, rows, tables.scratch, day, members, starts, n, tables.used, FAR)
    key = np.full(5, -1, np.int64)
    key[0] = day
    key[1 : n + 1] = members[:n]
    place = _memo_place(tables.memo, key)
    if not np.array_equal(tables.memo[place, :5], key):
        cost = block_cost(case, rows, tables.scratch, day, members, starts, n, tables.used, FAR)
        tables.memo[place, :5] = key
        tables.memo[place, 5] = cost
    return tables.memo[place, 5]


@compiled
def _weigh(case: Case, rows: Rows, forest: Forest, tables: Tables, child: Child, parent: Ints, cost: int) -> int:
    """The cost of a child's visits on its day; writes the week minutes of tracked people into it."""
    day, n = child.label[DAY], child.label[MEMBERS]
    tracked = len(forest.tracked)
    if tracked == 0:
        if n == 1 and case.kept_ptr[day] == case.kept_ptr[day + 1]:
            return cost
        return _block(case, rows, tables, day, child.rows, child.starts, n, True)
    first = len(child.label) - tracked
    same_week = parent[DAY] >= 0 and case.week_of_day[parent[DAY]] == case.week_of_day[day]
    for i in range(tracked):
        tables.used[forest.tracked[i]] = parent[first + i] if same_week else 0
    cost = _block(case, rows, tables, day, child.rows, child.starts, n, False)
    if cost < FAR:
        for i in range(tracked):
            child.label[first + i] = tables.used[forest.tracked[i]]
            child.label[first + i] += _worked(case, rows, tables.scratch, child, n, forest.tracked[i])
    return cost


@compiled
def _worked(case: Case, rows: Rows, scratch: Choices, child: Child, n: int, person: int) -> int:
    """The minutes of ordinary work of a person in the block just chosen."""
    total = 0
    for i in range(n):
        shape = case.shape[rows.visit[child.rows[i]]]
        for name in range(case.names[shape]):
            if scratch.who[i, scratch.best[i], name] == person:
                total += case.work[shape, name]
    return total


@compiled
def _store(tables: Tables, child: Child) -> Tables:
    """Adds a label, or betters the one with the same state."""
    labels, index, tally = tables.labels, tables.index, tables.tally
    width = len(child.label)
    mask = len(index) - 1
    at = hashed(child.label[DAY:]) & mask
    while index[at] >= 0:
        known = labels[index[at]]
        if np.array_equal(known[DAY:width], child.label[DAY:]):
            if child.label[COST] < known[COST]:
                _write(known, child, known[NEXT])
            tally[STORED] = index[at]
            return tables
        at = (at + 1) & mask
    n = tally[LABELS]
    if n >= labels.shape[0]:
        labels = grown_table(labels)
    index[at] = n
    day = child.label[DAY]
    _write(labels[n], child, tables.heads[day])
    tables.heads[day] = n
    tally[STORED] = n
    tally[LABELS] += 1
    if 2 * tally[LABELS] > len(index):
        index = _reindexed(labels, tally[LABELS], width, 2 * len(index))
    return Tables(labels, index, tables.heads, tally, tables.memo, tables.scratch, tables.used)


@compiled
def _write(label: Ints, child: Child, following: int) -> None:
    width, most = len(child.label), len(child.rows)
    label[:width] = child.label
    label[NEXT] = following
    label[width : width + most] = child.rows
    label[width + most : width + 2 * most] = child.starts


@compiled
def _reindexed(labels: Ints, count: int, width: int, size: int) -> Ints:
    index = np.full(size, -1, np.int64)
    for n in range(count):
        at = hashed(labels[n, DAY:width]) & (size - 1)
        while index[at] >= 0:
            at = (at + 1) & (size - 1)
        index[at] = n
    return index


@compiled
def _join(forest: Forest, rows: Rows, ways: Ways, pick: Ints, child: Child, most: int) -> int:
    """Puts the picked ways of all chains into a child: its nodes and visits; the sum of costs, or FAR if too many."""
    n, cost = 0, 0
    for chain in range(len(pick)):
        way = pick[chain]
        child.label[FIRST + chain] = ways.node[chain, way]
        cost += ways.cost[chain, way]
        for i in range(ways.members[chain, way]):
            if n >= most:
                return FAR
            child.rows[n], child.starts[n] = ways.rows[chain, way, i], ways.starts[chain, way, i]
            child.visits[n] = rows.visit[child.rows[n]]
            n += 1
    child.label[MEMBERS] = n
    return cost


@compiled
def _finish(forest: Forest, day: int) -> int:
    return forest.finish_weight * max(0, max(day, forest.finish_least) - forest.finish_from)


@compiled
def _try_child(
    case: Case, rows: Rows, forest: Forest, crossing: Crossing, tables: Tables, ways: Ways, pick: Ints, child: Child,
    parent: Ints, most: int,
) -> Tables:  # fmt: skip
    """Makes the child that the picked ways lead to, and keeps it where it may still beat the best plan."""
    tally = tables.tally
    cost = _join(forest, rows, ways, pick, child, most)
    if cost >= FAR or child.label[MEMBERS] == 0:
        return tables
    tally[TRIED] += 1
    day, chains = child.label[DAY], len(pick)
    extra = cross(crossing, case, parent, child.label, FIRST + chains, child.visits, child.starts, child.label[MEMBERS])
    if extra >= FAR:
        return tables
    final = True
    for chain in range(chains):
        extra += ways.extra[chain, pick[chain]]
        final = final and forest.final[child.label[FIRST + chain]] == 1
    rest = 2 * _finish(forest, day) if final else _estimate(forest, crossing, child.label, day)
    before = parent[COST] + extra
    if 2 * (before + cost) + rest >= 2 * tally[BEST_COST]:
        return tables
    cost = _weigh(case, rows, forest, tables, child, parent, cost)
    child.label[COST] = before + cost
    if cost >= FAR or 2 * child.label[COST] + rest >= 2 * tally[BEST_COST]:
        return tables
    if final:
        child.label[COST] += _finish(forest, day)
        tally[BEST_COST] = child.label[COST]
    tables = _store(tables, child)
    if final:
        tally[BEST] = tally[STORED]
    return tables


@compiled
def _expand_day(
    case: Case, rows: Rows, forest: Forest, crossing: Crossing, tables: Tables, ways: Ways, child: Child, parent: Ints,
    number: int, day: int,
) -> Tables:  # fmt: skip
    """All children of a label on one later day."""
    chains = len(forest.root)
    kept = case.kept_ptr[day + 1] - case.kept_ptr[day]
    most = min(len(child.rows), case.max_per_day - kept)
    if most <= 0:
        return tables
    several = 0
    for chain in range(chains):
        fill_ways(forest, ways, chain, parent[FIRST + chain], day, most, tables.tally)
        several += ways.count[chain] - 1
    if several == 0:
        return tables
    pick = np.zeros(chains, np.int64)
    chain = 0
    while chain < chains:
        child.label[:] = parent[: len(child.label)]
        child.label[PARENT], child.label[DAY] = number, day
        tables = _try_child(case, rows, forest, crossing, tables, ways, pick, child, parent, most)
        chain = 0
        while chain < chains:
            pick[chain] += 1
            if pick[chain] < ways.count[chain]:
                break
            pick[chain] = 0
            chain += 1
    return tables


@compiled
def _bucket(forest: Forest, crossing: Crossing, tables: Tables, day: int, beam: int) -> Ints:
    """The labels of a day that are worth going on with, best estimate first; what is left behind is tallied."""
    count, n = 0, tables.heads[day]
    while n >= 0:
        count, n = count + 1, tables.labels[n, NEXT]
    numbers, values = np.zeros(count, np.int64), np.zeros(count, np.int64)
    kept, n = 0, tables.heads[day]
    while n >= 0:
        label = tables.labels[n]
        value = 2 * label[COST] + _estimate(forest, crossing, label, day)
        if value < 2 * tables.tally[BEST_COST]:
            numbers[kept], values[kept] = n, value
            kept += 1
        n = label[NEXT]
    order = np.argsort(values[:kept], kind="mergesort")
    for i in range(beam, kept):
        tables.tally[LEFT_BEHIND] = min(tables.tally[LEFT_BEHIND], values[order[i]])
    return numbers[order[:beam]]


@compiled
def _last_day(forest: Forest, label: Ints) -> int:
    """The last day on which some chain must go on."""
    last = FAR
    for chain in range(len(forest.root)):
        last = min(last, forest.until[label[FIRST + chain]])
    return last


@compiled
def _root(forest: Forest, crossing: Crossing, width: int) -> Ints:
    label = np.zeros(width, np.int64)
    chains = len(forest.root)
    label[FIRST : FIRST + chains] = forest.root
    label[FIRST + chains : FIRST + chains + len(crossing.before)] = -1
    label[PARENT], label[NEXT], label[DAY] = -1, -1, -1
    return label


@compiled
def explore(
    case: Case, rows: Rows, forest: Forest, crossing: Crossing, below: int, beam: int, most_labels: int, most: int
) -> tuple[Ints, Ints]:
    """(labels, tally) of a search for a plan cheaper than `below`; `most`: visits a day at most."""
    chains, days = len(forest.root), rows.cost.shape[1]
    width = FIRST + chains + len(crossing.before) + len(forest.tracked)
    tally = np.zeros(7, np.int64)
    tally[BEST], tally[BEST_COST], tally[LEFT_BEHIND] = -1, below, FAR
    names = case.slot_mask.shape[1]
    tables = Tables(
        np.zeros((256, width + 2 * most), np.int64),
        np.full(1024, -1, np.int64),
        np.full(days, -1, np.int64),
        tally,
        np.full((8192, 6), -1, np.int64),
        choices(most, _MOST_OPTIONS if most < 5 else 500, names),
        np.zeros(len(case.staff_turn), np.int64),
    )
    ways = new_ways(chains, most)
    child = _child(width, most)
    root = _root(forest, crossing, width)
    for day in range(0, min(_last_day(forest, root), days - 1) + 1):
        tables = _expand_day(case, rows, forest, crossing, tables, ways, child, root, -1, day)
    for day in range(days):
        bucket = _bucket(forest, crossing, tables, day, beam)
        for number in bucket:
            label = tables.labels[number, :width].copy()
            if tally[LABELS] > most_labels:
                value = 2 * label[COST] + _estimate(forest, crossing, label, day)
                tally[LEFT_BEHIND] = min(tally[LEFT_BEHIND], value)
                continue
            for later in range(day + 1, min(_last_day(forest, label), days - 1) + 1):
                tables = _expand_day(case, rows, forest, crossing, tables, ways, child, label, number, later)
    return tables.labels, tally


@compiled
def _child(width: int, most: int) -> Child:
    return Child(
        np.zeros(width, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64)
    )
