"""One run of the compiled search: graphs for every choice of people, then a search of each that may hold the best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from coordinator.planner.case import Case, Rows, Task
from coordinator.planner.layout import Layout
from coordinator.planner.native import FAR, STOP, Ints, Packed, library, pointer
from coordinator.planner.program import Program
from coordinator.planner.tracking import tracked_people

_BEST_COST, _LEFT_BEHIND, _TRIED, _SHORT, _LINES, _STOPPED = range(6)
_TALLY = 8


def never() -> bool:
    """No reason to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: labels a day in the first pass; labels in all in the exact pass (0: no exact pass).

    `any_plan`: the first plan found will do.
    """

    beam: int = 40
    labels: int = 400_000
    any_plan: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: lines of the best plan (None: none below the limit), its cost, a lower bound, the bound of the
    graphs alone, whether some choice was cut off for want of scratch, and how much was tried."""

    lines: Ints | None
    cost: int
    bound: int
    least: int
    short: bool
    work: int


@dataclass(frozen=True, slots=True)
class _Combination:
    """A choice of people for all chains: its graphs, what the choice costs, and the least that its plans cost."""

    dags: tuple[int, ...]
    cost: int
    bound: int


class Run:
    """One enrollment, one state of the clinic."""

    def __init__(self, program: Program, layout: Layout, case: Case, stop: Callable[[], bool]) -> None:
        self.program, self.layout = program, layout
        self.stop = STOP(lambda: int(stop()))
        self.stopped = stop
        self.case = Packed(case)
        self.tracked, self.sure = tracked_people(program, case, layout.row_mask)
        self.rows = self._fill(case)
        self.lines: Ints | None = None
        self.best, self.work, self.short = FAR, 0, False

    def search(self, below: int, effort: Effort) -> Found:
        """Searches all combinations for a plan cheaper than `below`, least bound first."""
        self.best = below
        dags = [int(library().build_dag(chain, self.case, self.rows)) for chain in self.layout.chains]
        try:
            combinations = sorted(self._combinations(dags), key=lambda each: each.bound)
            least = min([each.bound for each in combinations], default=FAR)
            bound = self._in_turn(combinations, effort)
        finally:
            for dag in dags:
                library().free_dag(dag)
        return Found(self.lines, self.best, bound if self.sure else min(bound, least), least, self.short, self.work)

    def _in_turn(self, combinations: Sequence[_Combination], effort: Effort) -> int:
        """First with a beam, then exactly; returns a lower bound on the cost of all plans."""
        left = []
        for each in combinations:
            if effort.any_plan and self.lines is not None:
                return each.bound
            value = self._explore(each, effort.beam, 20_000) if each.bound < self.best else self.best
            left.append((max(value, each.bound), each))
        bound = FAR
        for value, each in sorted(left, key=lambda pair: pair[0]):
            exact = value
            enough = effort.any_plan and self.lines is not None
            if value < self.best and effort.labels and not enough and not self.stopped():
                exact = max(value, self._explore(each, FAR, effort.labels))
            bound = min(bound, exact)
        return min(bound, self.best)

    def _fill(self, case: Case) -> Packed:
        visits, masks = self.layout.row_visit, self.layout.row_mask
        rows = Packed(Rows(len(visits), visits, masks, np.empty((len(visits), case.days), np.int64)))
        library().fill_rows(self.case, rows, pointer(self.layout.row_same))
        return rows

    def _combinations(self, dags: Sequence[int]) -> Iterator[_Combination]:
        togo = [[int(library().togo_of(dag, half)) for half in range(3)] for dag in dags]
        splits = self.layout.splits.tolist()
        for choices in self.layout.choices:
            alive = [[each for each in chain if togo[each[0]][0] < FAR] for chain in choices.chains]
            for some in product(*alive):
                total = choices.cost + sum(extra for _, extra in some)
                doubled = max(
                    sum(togo[number][half] for (number, _), half in zip(some, split, strict=True)) for split in splits
                )
                yield _Combination(tuple(dags[number] for number, _ in some), total, total + (doubled + 1) // 2)

    def _explore(self, each: _Combination, beam: int, most_labels: int) -> int:
        """Searches one combination; returns what its plans cost at least (the best cost where it is exhausted)."""
        most, splits, ends = self.program.most_a_day, self.layout.splits, self.layout.ends
        task = Packed(Task(
            len(each.dags), len(splits), len(self.tracked), most, beam, most_labels,
            ends.weight, ends.start, ends.least,
            np.array(each.dags, np.int64), splits, self.tracked,
        ))  # fmt: skip
        tally = np.zeros(_TALLY, np.int64)
        tally[_BEST_COST], tally[_LEFT_BEHIND] = min(self.best, FAR) - each.cost, 2 * FAR
        lines = np.empty((len(self.program.visits), 3 + self.program.candidates.shape[1]), np.int64)
        library().explore(
            self.case, self.rows, task, self.layout.crossing, pointer(tally),
            pointer(lines), self.stop,
        )  # fmt: skip
        self.work += int(tally[_TRIED])
        self.short = self.short or bool(tally[_SHORT])
        if tally[_LINES]:
            self.best, self.lines = int(tally[_BEST_COST]) + each.cost, lines
        left = (int(tally[_LEFT_BEHIND]) + 1) // 2 + each.cost
        return min(left, self.best)
