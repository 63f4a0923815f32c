"""One enrollment's search at prices: what others hold may be taken, if it is worth it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from random import Random

import numpy as np

from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import case_of, no_prices
from coordinator.planner.case import Case
from coordinator.planner.claims import ClaimTable
from coordinator.planner.graphs import TooLargeGraph
from coordinator.planner.grid import Grid
from coordinator.planner.layout import Pick
from coordinator.planner.native import FAR, Ints
from coordinator.planner.program import Program
from coordinator.planner.run import Effort, Found, Run
from coordinator.planner.single import Solver, placed_visits
from coordinator.planner.tracking import tracking_of
from coordinator.planner.traffic import Traffic

_BEAM = 30
_WIDER = 200
_FEW, _DRAWN = 12, 3
_SPARE_EDGES = 60_000
"""So many edges of graphs, of 48 bytes each, every program keeps from one search to the next."""


class Bid:
    """A place for an enrollment. `claims`: what it takes; what it looks like is worked out when asked for."""

    def __init__(self, claims: Ints, visits: Callable[[], tuple[PlacedVisit, ...]]) -> None:
        self.claims, self._visits = claims, visits

    @cached_property
    def visits(self) -> tuple[PlacedVisit, ...]:
        """The visits, kept ones aside."""
        return self._visits()


class Bidder:
    """One enrollment, prepared to be placed again and again as prices change."""

    def __init__(self, solver: Solver, grid: Grid, stop: Callable[[], bool]) -> None:
        self.solver, self.grid = solver, grid
        program = solver.program
        self._staff, self._rooms = np.array(program.staff, np.int64), np.array(program.rooms, np.int64)
        self._least, self._table = _least_minutes(solver), ClaimTable(program, solver.parts, grid)
        self._prices = no_prices(len(self._staff), len(self._rooms), grid.days, grid.per_day)
        self._case = self._beside(())
        self._prices.days[:] = _days_that_matter(self._case)
        self._tracking = tracking_of(program, self._case)
        self._stop = stop
        self._run = self._run_of(self._case, _SPARE_EDGES)
        self._pick: Pick = ()

    @property
    def program(self) -> Program:
        """Whose bids these are."""
        return self.solver.program

    def begin_from(self, visits: Sequence[PlacedVisit]) -> None:
        """Takes the people of a place for the ones picked last, unless it has picked some already."""
        if not self._pick:
            self._pick = picked(self.solver, visits)

    def bid(self, traffic: Traffic, rate: int, draw: Random, busy: Sequence[tuple[int, int]] = ()) -> Bid | None:
        """The cheapest place found at the prices of the moment; None where there is none, whatever it may cost.

        `busy`: units in which its patients are elsewhere.
        """
        if not self.program.possible:
            return None
        traffic.price(self._prices, self._staff, self._least, self._rooms, rate)
        run = self._run_of(self._beside(busy)) if busy else self._run
        for beam, some in ((_BEAM, self._some(draw)), (_WIDER, ())):
            found = _found(run, beam, some)
            if found is not None and found.lines is not None:
                self._pick = found.pick
                return self._bid_of(found.lines)
        return None

    def weigh(self, traffic: Traffic) -> tuple[int | None, Bid | None]:
        """What any place costs at least at the prices of the moment (None: not known), and a cheap one."""
        if not self.program.possible:
            return FAR, None
        traffic.price(self._prices, self._staff, self._least, self._rooms, 0)
        found = _found(self._run, _BEAM, ())
        if found is None or self._stop():
            return None, None
        bound = min(found.bound, found.least) if found.short else found.bound
        least = FAR if bound >= FAR else bound + self.solver.constant
        return least, None if found.lines is None else self._bid_of(found.lines)

    def _run_of(self, case: Case, spare_edges: int = 0) -> Run:
        return Run(self.solver.layout, case, self._stop, self._tracking, spare_edges)

    def _bid_of(self, lines: Ints) -> Bid:
        return Bid(self._table.claims(lines), lambda: placed_visits(self.program, self.grid, lines))

    def _beside(self, busy: Sequence[tuple[int, int]]) -> Case:
        open_hours = self.program.patient_open.copy()
        for start, end in busy:
            open_hours[start:end] = 0
        program = replace(self.program, patient_open=open_hours)
        return case_of(program, self.solver.parts, self.grid, self._prices)

    def _some(self, draw: Random) -> tuple[Pick, ...]:
        """The people picked last, and some drawn picks that differ from it in one choice; none where all are few."""
        sizes = [len(unit.choices) for unit in self.solver.layout.outer]
        if not self._pick or prod(sizes) <= _FEW:
            return ()
        some = [self._pick]
        for _ in range(_DRAWN):
            unit = draw.choice([unit for unit, size in enumerate(sizes) if size > 1])
            some.append((*self._pick[:unit], draw.randrange(sizes[unit]), *self._pick[unit + 1 :]))
        return tuple(dict.fromkeys(some))


def _found(run: Run, beam: int, some: Sequence[Pick]) -> Found | None:
    try:
        return run.search(FAR, Effort(beam, 0), some)
    except TooLargeGraph:
        return None


def picked(solver: Solver, visits: Sequence[PlacedVisit]) -> Pick:
    """The cheapest choices that allow the people of these visits; none where there are no such choices."""
    program = solver.program
    numbers = {visit.id: number for number, visit in enumerate(program.visits)}
    people = {code: 1 << place for place, code in enumerate(program.staff_ids)}
    placed = {numbers[each.visit]: each for each in visits if each.visit in numbers}
    pick = []
    for unit in solver.layout.outer:
        there = 0
        for number in unit.visits:
            if number in placed and unit.name in placed[number].staff:
                there |= people.get(placed[number].staff[unit.name], 0)
        fitting = [(each.cost, at) for at, each in enumerate(unit.choices) if not there & ~each.people]
        if not fitting:
            return ()
        pick.append(min(fitting)[1])
    return tuple(pick)


def _days_that_matter(case: Case) -> Ints:
    """1 for days on which there is a slot, and for those after them, into which turnover may last."""
    slots = np.diff(case.slot_ptr).reshape(-1, case.days).sum(axis=0)
    days = np.zeros(case.days, np.int64)
    days[slots > 0] = 1
    days[1:][slots[:-1] > 0] = 1
    return days


def _least_minutes(solver: Solver) -> Ints:
    """For each person the fewest minutes of work that a visit could ask for (0: none asks for any)."""
    program = solver.program
    bits = (program.candidates[:, :, None] >> np.arange(len(program.staff))) & 1
    asked = np.where((bits > 0) & (solver.parts.work[:, :, None] > 0), solver.parts.work[:, :, None], FAR)
    least = asked.min(axis=(0, 1), initial=FAR)
    return np.where(least >= FAR, 0, least).astype(np.int64)
