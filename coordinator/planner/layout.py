"""A program's search before anything is known of the state of the clinic: chains, rows, choices of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coordinator.domain.schedule import Weights
from coordinator.planner.case import Crossing
from coordinator.planner.chain_frame import Chosen, Ends, Frame, RowBook, all_choices, chain_of
from coordinator.planner.continuity import Unit
from coordinator.planner.native import FAR, Ints, Packed
from coordinator.planner.program import Program


@dataclass(frozen=True, slots=True)
class Choices:
    """One choice for the units that chains share: its cost, and for each chain the (number, cost) of its own."""

    cost: int
    chains: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Chains for every choice of people, the rows they use, and what joins them.

    `row_same[row]`: the first row whose costs are the same. `splits[split, chain]`: halves of the finish's cost.
    """

    chains: tuple[Packed, ...]
    choices: tuple[Choices, ...]
    row_visit: Ints
    row_mask: Ints
    row_same: Ints
    splits: Ints
    crossing: Packed
    ends: Ends


def layout_of(
    program: Program,
    units: Sequence[Unit],
    frames: Sequence[Frame],
    shared: Sequence[Unit],
    ends: Ends,
    weights: Weights,
) -> Layout:
    """Lays a program out."""
    book = RowBook(program, units)
    chains: list[Packed] = []
    choices = []
    for some in all_choices(shared):
        lists = []
        for frame in frames:
            mine = []
            for root in frame.choices():
                mine.append((len(chains), _cost(root)))
                chains.append(Packed(chain_of(program, frame, {**some, **root}, book, weights, ends)))
            lists.append(tuple(mine))
        choices.append(Choices(_cost(some), tuple(lists)))
    rows = len(book.visits)
    return Layout(
        tuple(chains),
        tuple(choices),
        np.array(book.visits, np.int64),
        np.array(book.masks, np.int64).reshape(rows, program.candidates.shape[1]),
        np.array(book.same, np.int64),
        _splits(len(frames)),
        Packed(_crossing(program, weights.ideal_gap)),
        ends,
    )


def _cost(chosen: Chosen) -> int:
    return sum(choice.cost for choice in chosen.values())


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
