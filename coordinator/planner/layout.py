"""A program's search before anything is known of the state of the clinic: chains, rows, choices of people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from coordinator.domain.schedule import Weights
from coordinator.planner.case import Chain, Crossing
from coordinator.planner.chain_frame import Ends, Frame, RowBook, chain_of
from coordinator.planner.continuity import Unit
from coordinator.planner.native import FAR, Ints, Packed
from coordinator.planner.program import Program

Pick = tuple[int, ...]
"""The number of a choice for each outer unit, or ANY."""
Bounds = Sequence[Sequence[int]]
"""For each outer unit what a plan costs at least with each of its choices."""


@dataclass(slots=True)
class Graph:
    """One chain with its people picked, as compiled code reads it; `rows`: those it may use, and what they are like."""

    chain: Packed
    rows: Ints


@dataclass(slots=True)
class Layout:
    """The chains of a program, made for any pick of people in the outer units: those chosen before a chain begins.

    `bearing[chain]`: the outer units that matter to it. `splits[split, chain]`: halves of the finish's cost.
    """

    program: Program
    frames: Sequence[Frame]
    outer: tuple[Unit, ...]
    bearing: tuple[tuple[int, ...], ...]
    book: RowBook
    weights: Weights
    ends: Ends
    splits: Ints
    crossing: Packed
    _graphs: dict[tuple[int, Pick], Graph] = field(default_factory=dict)

    def key(self, chain: int, pick: Pick) -> tuple[int, Pick]:
        """What of a pick matters to a chain: chains of the same key are the same."""
        return chain, tuple(pick[unit] for unit in self.bearing[chain])

    def graph(self, key: tuple[int, Pick]) -> Graph:
        """A chain under a pick."""
        if key not in self._graphs:
            chain, mine = key
            units = [self.outer[unit] for unit in self.bearing[chain]]
            chosen = {unit: unit.choice(number) for unit, number in zip(units, mine, strict=True)}
            made = chain_of(self.program, self.frames[chain], chosen, self.book, self.weights, self.ends)
            self._graphs[key] = Graph(Packed(made), self._rows_of(made))
        return self._graphs[key]

    def _rows_of(self, chain: Chain) -> Ints:
        """Where nobody can be chosen, there are no rows at all."""
        same = np.array(self.book.same, np.int64)
        rows = np.unique(chain.row)
        rows = rows[rows < len(same)]
        return np.union1d(rows, same[rows])

    def cost(self, pick: Pick) -> int:
        """What the choices of a pick cost."""
        return sum(unit.choice(number).cost for unit, number in zip(self.outer, pick, strict=True))


def layout_of(
    program: Program,
    units: Sequence[Unit],
    frames: Sequence[Frame],
    shared: Sequence[Unit],
    ends: Ends,
    weights: Weights,
) -> Layout:
    """Lays a program out."""
    outer = (*shared, *(unit for frame in frames for unit in frame.root_units))
    bearing = tuple(
        tuple(i for i, unit in enumerate(outer) if unit in frame.root_units or i < len(shared)) for frame in frames
    )
    crossing = Packed(_crossing(program, weights.ideal_gap))
    book = RowBook(program, units)
    return Layout(program, frames, outer, bearing, book, weights, ends, _splits(len(frames)), crossing)


def in_order(bounds: Bounds) -> Iterator[tuple[int, Pick]]:
    """Every pick of one choice a unit, by the greatest bound of its choices; choices of bound FAR are left out."""
    for least in sorted({each for some in bounds for each in some if each < FAR}):
        for at in range(len(bounds)):
            lists = [
                [c for c, each in enumerate(some) if each == least or (each < least and i != at)]
                for i, some in enumerate(bounds)
            ]
            lists[:at] = [[c for c in some if bounds[i][c] < least] for i, some in enumerate(lists[:at])]
            yield from ((least, pick) for pick in product(*lists))


def _splits(chains: int) -> Ints:
    """Ways to lay the cost of the finish on the chains, in halves."""
    whole = [tuple(2 * (c == at) for c in range(chains)) for at in range(chains)]
    halves = [tuple(int(c in (a, b)) for c in range(chains)) for a in range(chains) for b in range(a)]
    return np.array(whole + halves, np.int64)


def _crossing(program: Program, weight: int) -> Crossing:
    across = program.across
    chain = {visit: c for c, some in enumerate(program.chains) for visit in some}
    return Crossing(
        len(across),
        np.array([each.before for each in across], np.int64),
        np.array([each.after for each in across], np.int64),
        np.array([each.low for each in across], np.int64),
        np.array([each.high for each in across], np.int64),
        np.array([each.ideal for each in across], np.int64),
        np.array([int(each.ordered) for each in across], np.int64),
        np.array([each.least if each.timed else -FAR for each in across], np.int64),
        np.array([each.most if each.timed else FAR for each in across], np.int64),
        np.array([chain[each.after] for each in across], np.int64),
        weight,
    )
