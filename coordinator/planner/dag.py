"""A chain of visits as a layered graph: every way to place it on days, and what is still to pay from each state.

A *chain* is a list of visits of which each follows the one before. A node of layer k says: the first k visits are placed;
it holds the days of those that later visits of the chain still refer to, and the set of people chosen for the running
course. Edges place the next visit. What is still to pay (`togo`) is exact for the chain alone, so it never overstates the
cost of the whole program: waiting, and whatever chains do to each other on one day, only come on top.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from coordinator.planner.case import Case, Rows
from coordinator.planner.compiled import FAR, Ints, compiled
from coordinator.planner.rows import slot_least

STAMP = 4096
"""A moment in a node: day * STAMP + unit within the day (0 where only the day matters)."""


class Chain(NamedTuple):
    """One chain with a choice of people for its program-wide needs.

    `row[k, s]` is the row of position k under set s of the course it lies in; `enter`/`leave` mark a course's ends in the
    chain, `set_cost` is paid on entering. `keep_*`: what a node of layer k remembers, and where it comes from (-1: the
    visit just placed). `gap_*`: gaps from remembered visits to position k, days between `gap_low` and `gap_high`.
    """

    visit: Ints
    first_day: Ints
    last_day: Ints
    row: Ints
    sets: Ints
    enter: Ints
    leave: Ints
    set_cost: Ints
    keep_count: Ints
    keep_source: Ints
    gap_ptr: Ints
    gap_slot: Ints
    gap_low: Ints
    gap_high: Ints
    gap_ideal: Ints
    gap_least: Ints
    gap_most: Ints
    ideal_weight: int
    finish_weight: int
    finish_from: int
    finish_least: int


class Dag(NamedTuple):
    """The graph. `togo[f, node]` is twice the cost to go with f halves of the finish cost; `until` the last useful day."""

    edge_ptr: Ints
    edge_child: Ints
    edge_day: Ints
    edge_t: Ints
    edge_row: Ints
    edge_cost: Ints
    edge_extra: Ints
    togo: Ints
    until: Ints
    final: Ints


@compiled
def grown(array: Ints) -> Ints:
    """The array with room for twice as much along its first axis."""
    shape = array.shape
    if len(shape) == 1:
        out = np.zeros(2 * shape[0], np.int64)
        out[: shape[0]] = array
        return out
    return array


@compiled
def grown_table(array: Ints) -> Ints:
    """The two-dimensional array with twice as many rows."""
    out = np.zeros((2 * array.shape[0], array.shape[1]), np.int64)
    out[: array.shape[0]] = array
    return out


@compiled
def hashed(key: Ints) -> int:
    """A hash of whole numbers, to be masked to the size of a table."""
    h = np.uint64(1469598103934665603)
    for value in key:
        h = (h ^ np.uint64(value + 1000003)) * np.uint64(1099511628211)
        h ^= h >> np.uint64(29)
    return np.int64(h & np.uint64(0x3FFFFFFFFFFFFFFF))


@compiled
def _window(chain: Chain, k: int, key: Ints) -> tuple[int, int]:
    low, high = chain.first_day[k], chain.last_day[k]
    for g in range(chain.gap_ptr[k], chain.gap_ptr[k + 1]):
        day = key[1 + chain.gap_slot[g]] // STAMP
        low, high = max(low, day + chain.gap_low[g]), min(high, day + chain.gap_high[g])
    return low, high


@compiled
def _gap_cost(chain: Chain, k: int, key: Ints, day: int) -> int:
    total = 0
    for g in range(chain.gap_ptr[k], chain.gap_ptr[k + 1]):
        if chain.gap_ideal[g] < FAR:
            total += abs(day - key[1 + chain.gap_slot[g]] // STAMP - chain.gap_ideal[g])
    return total * chain.ideal_weight


@compiled
def _minutes_ok(chain: Chain, case: Case, k: int, key: Ints, t: int) -> bool:
    """Whether a start is within the minutes that gaps to remembered visits of earlier days ask for."""
    for g in range(chain.gap_ptr[k], chain.gap_ptr[k + 1]):
        moment = key[1 + chain.gap_slot[g]]
        if moment % STAMP == 0:
            continue
        minutes = (t - (moment // STAMP * case.per_day + moment % STAMP)) * case.unit
        if minutes < chain.gap_least[g] or minutes > chain.gap_most[g]:
            return False
    return True


@compiled
def _child_key(chain: Chain, k: int, key: Ints, chosen: int, moment: int, child: Ints) -> None:
    child[:] = 0
    child[0] = 0 if chain.leave[k] else chosen
    for slot in range(chain.keep_count[k + 1]):
        source = chain.keep_source[k + 1, slot]
        child[1 + slot] = moment if source < 0 else key[1 + source]


@compiled
def _find(table: Ints, keys: Ints, key: Ints, first: int, count: int) -> int:
    """The node of this layer with that key; a new one (`count`) where there is none."""
    mask = len(table) - 1
    at = hashed(key) & mask
    while table[at] >= first:
        if np.array_equal(keys[table[at]], key):
            return table[at]
        at = (at + 1) & mask
    table[at] = count
    return count


@compiled
def _rehashed(keys: Ints, first: int, count: int, size: int) -> Ints:
    table = np.full(size, -1, np.int64)
    for node in range(first, count):
        at = hashed(keys[node]) & (size - 1)
        while table[at] >= first:
            at = (at + 1) & (size - 1)
        table[at] = node
    return table


class _Growing(NamedTuple):
    """The edges while the graph grows: child, day, start, row, cost, extra; and the nodes' keys."""

    edges: Ints
    keys: Ints
    table: Ints


@compiled
def _link(chain: Chain, case: Case, k: int, key: Ints, chosen: int, edge: Ints, g: _Growing, counts: Ints) -> _Growing:
    """Adds one edge (its child is found or made). counts: nodes, edges, first node of the next layer."""
    moment = edge[1] * STAMP
    if edge[2] >= 0 and case.timed[chain.visit[k]]:
        moment += edge[2] + case.length[case.shape[chain.visit[k]]] - edge[1] * case.per_day
    edges, keys, table = g.edges, g.keys, g.table
    child = np.zeros(keys.shape[1], np.int64)
    _child_key(chain, k, key, chosen, moment, child)
    node = _find(table, keys, child, counts[2], counts[0])
    if node == counts[0]:
        if node >= keys.shape[0]:
            keys = grown_table(keys)
        keys[node] = child
        counts[0] += 1
        if 2 * (counts[0] - counts[2]) > len(table):
            table = _rehashed(keys, counts[2], counts[0], 2 * len(table))
    if counts[1] >= edges.shape[0]:
        edges = grown_table(edges)
    edges[counts[1]] = edge
    edges[counts[1], 0] = node
    counts[1] += 1
    return _Growing(edges, keys, table)


@compiled
def _expand(chain: Chain, case: Case, rows: Rows, k: int, key: Ints, grow: _Growing, counts: Ints) -> _Growing:
    """Adds all edges of one node, by day."""
    low, high = _window(chain, k, key)
    visit = chain.visit[k]
    days = rows.cost.shape[1]
    shape = case.shape[visit]
    edge = np.zeros(6, np.int64)
    masks, who = np.zeros(case.slot_mask.shape[1], np.int64), np.zeros(case.slot_mask.shape[1], np.int64)
    for day in range(max(low, 0), min(high, days - 1) + 1):
        extra = _gap_cost(chain, k, key, day)
        for s in range(chain.sets[k]):
            if not chain.enter[k] and s != key[0]:
                continue
            row = chain.row[k, s]
            edge[1], edge[2], edge[3], edge[4] = day, -1, row, rows.cost[row, day]
            edge[5] = extra + (chain.set_cost[k, s] if chain.enter[k] else 0)
            if rows.cost[row, day] >= FAR:
                continue
            if not case.timed[visit]:
                grow = _link(chain, case, k, key, s, edge, grow, counts)
                continue
            for slot in range(case.slot_ptr[shape * days + day], case.slot_ptr[shape * days + day + 1]):
                edge[2] = case.slot_t[slot]
                edge[4] = slot_least(case, visit, slot, rows.mask[row], masks, who)
                if edge[4] < FAR and _minutes_ok(chain, case, k, key, edge[2]):
                    grow = _link(chain, case, k, key, s, edge, grow, counts)
    return grow


@compiled
def _pay_back(chain: Chain, edge_ptr: Ints, edges: Ints, nodes: int, last_layer: int) -> tuple[Ints, Ints]:
    """(togo, until) by going through the graph backward."""
    togo, until = np.full((3, nodes), FAR, np.int64), np.full(nodes, -1, np.int64)
    togo[:, last_layer:] = 0
    until[last_layer:] = FAR
    for node in range(last_layer - 1, -1, -1):
        for e in range(edge_ptr[node], edge_ptr[node + 1]):
            child, day = edges[e, 0], edges[e, 1]
            if togo[0, child] >= FAR:
                continue
            until[node] = max(until[node], day)
            finish = 0
            if child >= last_layer:
                finish = chain.finish_weight * max(0, max(day, chain.finish_least) - chain.finish_from)
            for half in range(3):
                cost = 2 * (edges[e, 4] + edges[e, 5]) + half * finish + togo[half, child]
                togo[half, node] = min(togo[half, node], cost)
    return togo, until


@compiled
def build_dag(chain: Chain, case: Case, rows: Rows) -> Dag:
    """The graph of a chain; node 0 is its root (nothing placed)."""
    length = len(chain.visit)
    width = 1 + chain.keep_source.shape[1]
    grow = _Growing(np.zeros((4096, 6), np.int64), np.zeros((1024, width), np.int64), np.full(1024, -1, np.int64))
    counts = np.array([1, 0, 0])
    edge_ptr = np.zeros(1024, np.int64)
    start = 0
    for k in range(length):
        stop = counts[0]
        counts[2] = stop
        grow.table[:] = -1
        for node in range(start, stop):
            while node + 2 > len(edge_ptr):
                edge_ptr = grown(edge_ptr)
            key = grow.keys[node].copy()
            grow = _expand(chain, case, rows, k, key, grow, counts)
            edge_ptr[node + 1] = counts[1]
        start = stop
    nodes, edges = counts[0], grow.edges
    pointers = np.full(nodes + 1, counts[1], np.int64)
    pointers[: start + 1] = edge_ptr[: start + 1]
    togo, until = _pay_back(chain, pointers, edges, nodes, start)
    final = np.zeros(nodes, np.int64)
    final[start:] = 1
    n = counts[1]
    columns = edges[:n].copy()
    return Dag(
        pointers,
        columns[:, 0].copy(),
        columns[:, 1].copy(),
        columns[:, 2].copy(),
        columns[:, 3].copy(),
        columns[:, 4].copy(),
        columns[:, 5].copy(),
        togo,
        until,
        final,
    )
