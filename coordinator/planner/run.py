"""One run of the compiled search: graphs for every choice of people, then a search of each that may hold the best."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from coordinator.planner.case import Case, Task
from coordinator.planner.continuity import ANY
from coordinator.planner.graphs import Graphs, Key
from coordinator.planner.layout import Bounds, Layout, Pick, in_order
from coordinator.planner.native import FAR, STOP, Ints, Packed, library, pointer
from coordinator.planner.tracking import Tracking, tracking_of

_BEST_COST, _LEFT_BEHIND, _TRIED, _SHORT, _LINES, _STOPPED = range(6)
_TALLY = 8
_FEW = 12
_LABELS_OF_A_BEAM = 20_000


def never() -> bool:
    """No reason to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: labels a day in the first pass; labels in all in the exact pass (0: no exact pass).

    `any_plan`: the first plan found will do. `tries` bounds what is tried in all.
    """

    beam: int = 40
    labels: int = 400_000
    any_plan: bool = False
    tries: int = FAR


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: lines of the best plan (None: none below the limit), its cost, a lower bound, the bound of the
    graphs alone, whether some choice was cut off for want of scratch, how much was tried, and the pick of people."""

    lines: Ints | None
    cost: int
    bound: int
    least: int
    short: bool
    work: int
    pick: Pick


@dataclass(frozen=True, slots=True, order=True)
class _Combination:
    """A pick of people for all chains: the least that its plans cost, what the pick itself costs, its graphs' keys."""

    bound: int
    pick: Pick
    cost: int
    keys: tuple[Key, ...]
    sure: bool


class Run:
    """One enrollment, one state of the clinic.

    It can be searched again when nothing but the case's prices has changed; graphs of `spare_edges` are kept for that.
    """

    def __init__(
        self,
        layout: Layout,
        case: Case,
        stop: Callable[[], bool],
        tracking: Tracking | None = None,
        spare_edges: int = 0,
    ) -> None:
        self.layout, self.spare_edges = layout, spare_edges
        self.stop = STOP(lambda: int(stop()))
        self.stopped = stop
        self.case = Packed(case)
        self.tracking: Tracking = tracking or tracking_of(layout.program, case)
        self.graphs = Graphs(layout, self.case, case.days)
        self.lines: Ints | None = None
        self.best, self.work, self.tries, self.short = FAR, 0, FAR, False
        self.pick: Pick = ()
        self.some: Sequence[Pick] = ()

    def search(self, below: int, effort: Effort, some: Sequence[Pick] = ()) -> Found:
        """Searches all picks of people, or only some, for a plan cheaper than `below`, least bound first."""
        self.best, self.some, self.tries = below, some, effort.tries
        self.lines, self.work, self.short, self.pick = None, 0, False, ()
        try:
            left, bound = self._first_pass(effort)
            least = min((each.bound for _, each in left), default=bound)
            bound = min(bound, self._exact_pass(left, effort), self.best)
        finally:
            self.graphs.rest(self.spare_edges)
        return Found(self.lines, self.best, bound, least, self.short, self.work, self.pick)

    def _first_pass(self, effort: Effort) -> tuple[list[tuple[int, _Combination]], int]:
        """Looks with a beam at each pick that may hold the best; (what each comes to at least, a bound on the rest)."""
        left: list[tuple[int, _Combination]] = []
        waiting: list[_Combination] = []
        for least, pick in self._picks():
            while waiting and waiting[0].bound <= least:
                left.append(self._looked_at(heapq.heappop(waiting), effort))
            if least >= self.best or self._enough(effort) or self.stopped():
                return left, min([least, *(each.bound for each in waiting)])
            made = self._combination(pick)
            if made is not None:
                heapq.heappush(waiting, made)
        while waiting and not self._enough(effort):
            left.append(self._looked_at(heapq.heappop(waiting), effort))
        return left, min((each.bound for each in waiting), default=FAR)

    def _enough(self, effort: Effort) -> bool:
        return effort.any_plan and self.lines is not None

    def _looked_at(self, each: _Combination, effort: Effort) -> tuple[int, _Combination]:
        value = self._explore(each, effort.beam, _LABELS_OF_A_BEAM) if each.bound < self.best else self.best
        return max(value, each.bound), each

    def _exact_pass(self, left: list[tuple[int, _Combination]], effort: Effort) -> int:
        """Exhausts what the first pass left open; a lower bound on the cost of all its plans."""
        bound = FAR
        for value, each in sorted(left):
            exact = value
            if value < self.best and effort.labels and not self._enough(effort) and not self.stopped():
                exact = max(value, self._explore(each, FAR, effort.labels))
            bound = min(bound, exact if each.sure else each.bound)
        return bound

    def _picks(self) -> Iterator[tuple[int, Pick]]:
        """Every pick, by what it costs at least; where there are many, each choice is first weighed by itself."""
        if self.some:
            yield from ((0, pick) for pick in self.some)
            return
        sizes = [len(unit.choices) for unit in self.layout.outer]
        if prod(sizes) <= _FEW or sum(size > 1 for size in sizes) < 2:
            yield from in_order([[0] * size for size in sizes]) if sizes else [(0, ())]
            return
        if self._combination((ANY,) * len(sizes)) is not None:
            yield from in_order(self._screened(sizes))

    def _screened(self, sizes: list[int]) -> Bounds:
        """What a plan costs at least with each choice, whatever is chosen elsewhere."""
        bounds = []
        for unit, size in enumerate(sizes):
            picks = [(ANY,) * unit + (choice,) + (ANY,) * (len(sizes) - unit - 1) for choice in range(size)]
            made = [self._combination(pick) if size > 1 else None for pick in picks]
            bounds.append([FAR if each is None else each.bound for each in made] if size > 1 else [0] * size)
        return bounds

    def _combination(self, pick: Pick) -> _Combination | None:
        """The graphs of a pick, None where one of them has no way through."""
        layout = self.layout
        keys = tuple(layout.key(chain, pick) for chain in range(len(layout.frames)))
        togo = [dag.togo for dag in self.graphs.dags(keys)]
        if any(each[0] >= FAR for each in togo):
            return None
        doubled = max(
            sum(each[half] for each, half in zip(togo, split, strict=True)) for split in layout.splits.tolist()
        )
        cost = layout.cost(pick)
        sure = self.tracking.is_sure(layout.book, [layout.graph(key).rows for key in keys])
        return _Combination(cost + (doubled + 1) // 2, pick, cost, keys, sure)

    def _explore(self, each: _Combination, beam: int, most_labels: int) -> int:
        """Searches one combination; returns what its plans cost at least (the best cost where it is exhausted)."""
        program, splits, ends = self.layout.program, self.layout.splits, self.layout.ends
        tracked, dags = self.tracking.people, self.graphs.dags(each.keys)
        task = Packed(Task(
            len(dags), len(splits), len(tracked), program.most_a_day, beam, most_labels,
            max(1, self.tries - self.work),
            ends.weight, ends.start, ends.least,
            np.array([dag.address for dag in dags], np.int64), splits, tracked,
        ))  # fmt: skip
        tally = np.zeros(_TALLY, np.int64)
        tally[_BEST_COST], tally[_LEFT_BEHIND] = min(self.best, FAR) - each.cost, 2 * FAR
        lines = np.empty((len(program.visits), 3 + program.candidates.shape[1]), np.int64)
        library().explore(
            self.case, self.graphs.rows, task, self.layout.crossing, pointer(tally),
            pointer(lines), self.stop,
        )  # fmt: skip
        self.work += int(tally[_TRIED])
        self.short = self.short or bool(tally[_SHORT])
        if tally[_LINES]:
            self.best, self.lines, self.pick = int(tally[_BEST_COST]) + each.cost, lines, each.pick
        left = (int(tally[_LEFT_BEHIND]) + 1) // 2 + each.cost
        return min(left, self.best)
