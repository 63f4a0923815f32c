"""Whose week may run full: only their minutes must be remembered from day to day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coordinator.planner.case import Case
from coordinator.planner.chain_frame import RowBook
from coordinator.planner.native import Ints
from coordinator.planner.program import Program

_WEEK = 7


def tracked_people(program: Program, case: Case, book: RowBook) -> tuple[Ints, bool]:
    """(people whose weekly limit this program could reach, whether the search is exact with them).

    It is not where somebody tracked is one of several who could fill a need: then the cheapest choice of a day may use
    up minutes that a dearer one would have spared.
    """
    days = [int(day) for day in np.flatnonzero(program.days)]
    weeks = sorted({int(case.week_of_day[day]) for day in days})
    tracked = []
    for person in range(len(program.staff)):
        most = sum(_most_in_a_week(program, case, chain, person) for chain in program.chains)
        if most and weeks and int(case.week_left[person, weeks].min()) < most:
            tracked.append(person)
    several = any(mask >> p & 1 and mask & (mask - 1) for masks in book.masks for mask in masks for p in tracked)
    return np.array(tracked, np.int64), not several


def _most_in_a_week(program: Program, case: Case, chain: Sequence[int], person: int) -> int:
    """The most minutes of a person that visits of one chain can need within seven days."""
    minutes = [_minutes(program, case, visit, person) for visit in chain]
    best = first = total = 0
    for last in range(len(chain)):
        total += minutes[last]
        while program.order[chain[first], chain[last]] >= _WEEK:
            total -= minutes[first]
            first += 1
        best = max(best, total)
    return best


def _minutes(program: Program, case: Case, visit: int, person: int) -> int:
    shape = program.shape_of[visit]
    fitting = (program.candidates[shape] >> person) & 1
    return int((case.work[shape] * fitting).max(initial=0))
