"""The graphs of all chains side by side, and the ways in which each can go on at a day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from coordinator.planner.compiled import FAR, Ints, compiled

COST, PARENT, NEXT, MEMBERS, DAY, FIRST = range(6)
"""Columns of a label; from FIRST on: nodes, crossing registers, week minutes, rows of its visits, their starts."""

LABELS, BEST, BEST_COST, LEFT_BEHIND, TRIED, SHORT, STORED = range(7)
"""Places in `the tally of a search`. SHORT counts choices cut off for want of scratch, after which no bound holds."""

_MOST_ADVANCES = 64


class Forest(NamedTuple):
    """The graphs of all chains, one after another; `root` is each chain's first node."""

    root: Ints
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
    halves: Ints
    tracked: Ints
    finish_weight: int
    finish_from: int
    finish_least: int


class Ways(NamedTuple):
    """Per chain, the ways to go on at one day: the end node, its cost and extra, its visits."""

    count: Ints
    node: Ints
    cost: Ints
    extra: Ints
    members: Ints
    rows: Ints
    starts: Ints


@compiled
def edge_from(forest: Forest, node: int, day: int) -> int:
    """The first edge of a node on that day or later."""
    low, high = forest.edge_ptr[node], forest.edge_ptr[node + 1]
    while low < high:
        middle = (low + high) // 2
        if forest.edge_day[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def fill_ways(forest: Forest, ways: Ways, chain: int, node: int, day: int, most: int, tally: Ints) -> None:
    """All ways in which a chain can go on at a day: not at all, by one visit, or by several."""
    ways.count[chain] = 1
    ways.node[chain, 0], ways.cost[chain, 0], ways.extra[chain, 0], ways.members[chain, 0] = node, 0, 0, 0
    way = 0
    while way < ways.count[chain]:
        at, members = ways.node[chain, way], ways.members[chain, way]
        e = edge_from(forest, at, day) if members < most else forest.edge_ptr[at + 1]
        while e < forest.edge_ptr[at + 1] and forest.edge_day[e] == day:
            n = ways.count[chain]
            if forest.togo[0, forest.edge_child[e]] < FAR:
                if n >= ways.node.shape[1]:
                    tally[SHORT] += 1
                    break
                ways.node[chain, n] = forest.edge_child[e]
                ways.cost[chain, n] = ways.cost[chain, way] + forest.edge_cost[e]
                ways.extra[chain, n] = ways.extra[chain, way] + forest.edge_extra[e]
                ways.members[chain, n] = members + 1
                ways.rows[chain, n] = ways.rows[chain, way]
                ways.starts[chain, n] = ways.starts[chain, way]
                ways.rows[chain, n, members] = forest.edge_row[e]
                ways.starts[chain, n, members] = forest.edge_t[e]
                ways.count[chain] = n + 1
            e += 1
        way += 1


@compiled
def new_ways(chains: int, most: int) -> Ways:
    """Scratch for the ways of that many chains, each of at most `most` visits."""
    shape = (chains, _MOST_ADVANCES)
    return Ways(
        np.zeros(chains, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros((chains, _MOST_ADVANCES, most), np.int64),
        np.zeros((chains, _MOST_ADVANCES, most), np.int64),
    )
