"""Whose week may run full: only their minutes must be remembered from day to day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coordinator.planner.case import Case
from coordinator.planner.chain_frame import RowBook
from coordinator.planner.native import Ints
from coordinator.planner.program import Program

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Tracking:
    """The people whose weekly limit a program could reach."""

    people: Ints

    def is_sure(self, book: RowBook, rows: Iterable[Ints]) -> bool:
        """Whether a search that uses these rows is exact with them.

        It is not where somebody tracked is one of several who could fill a need: then the cheapest choice of a day may
        use up minutes that a dearer one would have spared.
        """
        watched = sum(1 << person for person in self.people.tolist())
        return not watched or not any(
            mask & watched and mask & (mask - 1) for some in rows for row in some.tolist() for mask in book.masks[row]
        )


def tracking_of(program: Program, case: Case) -> Tracking:
    """Whom to track."""
    weeks = np.unique(case.week_of_day[program.days > 0])
    tracked = []
    bits = (program.candidates[:, :, None] >> np.arange(len(program.staff))) & 1
    by_shape = (case.work[:, :, None] * bits).max(axis=1)
    minutes = by_shape[list(program.shape_of)].T.tolist()
    left = case.week_left[:, weeks].min(axis=1).tolist() if len(weeks) else []
    order = program.order.tolist()
    for person, spare in enumerate(left):
        most = sum(_most_in_a_week(order, minutes[person], chain) for chain in program.chains)
        if most > spare:
            tracked.append(person)
    return Tracking(np.array(tracked, np.int64))


def _most_in_a_week(order: list[list[int]], minutes: list[int], chain: Sequence[int]) -> int:
    """The most minutes that visits of one chain can need within seven days."""
    best = first = total = 0
    for last in range(len(chain)):
        total += minutes[chain[last]]
        while order[chain[first]][chain[last]] >= _WEEK:
            total -= minutes[chain[first]]
            first += 1
        best = max(best, total)
    return best
