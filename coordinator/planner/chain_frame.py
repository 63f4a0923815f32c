"""From a program's chains and continuity to the arrays of one chain with its people chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from coordinator.domain.schedule import Weights
from coordinator.planner.case import Chain
from coordinator.planner.continuity import Choice, Unit
from coordinator.planner.gaps import Link, reversed_link
from coordinator.planner.native import Ints
from coordinator.planner.program import Program

Chosen = Mapping[Unit, Choice]
"""A choice for each of some units."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A course within a chain: places [first, last], and the units chosen anew on entering it."""

    first: int
    last: int
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One chain without people: what it remembers, its gaps, its segments and the units chosen at its root."""

    visits: tuple[int, ...]
    segments: tuple[Segment, ...]
    root_units: tuple[Unit, ...]
    keep_count: Ints
    keep_source: Ints
    gap_ptr: Ints
    gaps: Ints


def all_choices(units: Sequence[Unit]) -> Iterator[Chosen]:
    """Every way to choose for some units."""
    for some in product(*(unit.choices for unit in units)):
        yield dict(zip(units, some, strict=True))


def frames_of(program: Program, units: Sequence[Unit]) -> tuple[list[Frame], list[Unit]]:
    """(a frame for each chain, the units that several chains share)."""
    frames, shared = [], []
    home: dict[int, list[Unit]] = {c: [] for c in range(len(program.chains))}
    for unit in units:
        chains = {c for c, chain in enumerate(program.chains) if set(chain) & set(unit.visits)}
        if len(chains) == 1:
            home[chains.pop()].append(unit)
        else:
            shared.append(unit)
    for c, chain in enumerate(program.chains):
        segments, root = _segments(chain, home[c])
        frames.append(_frame(program, chain, segments, root))
    return frames, shared


def _segments(chain: Sequence[int], units: Sequence[Unit]) -> tuple[list[Segment], list[Unit]]:
    """(segments that do not overlap, units left for the root)."""
    place = {visit: k for k, visit in enumerate(chain)}
    courses: dict[int, list[Unit]] = {}
    for unit in units:
        if unit.course is not None:
            courses.setdefault(unit.course, []).append(unit)
    segments: list[Segment] = []
    for some in courses.values():
        places = [place[visit] for unit in some for visit in unit.visits]
        new = Segment(min(places), max(places), tuple(some))
        if all(new.last < old.first or old.last < new.first for old in segments):
            segments.append(new)
    inside = {unit for segment in segments for unit in segment.units}
    return segments, [unit for unit in units if unit not in inside]


def _frame(program: Program, chain: tuple[int, ...], segments: list[Segment], root: list[Unit]) -> Frame:
    place = {visit: k for k, visit in enumerate(chain)}
    mine = [_forward(link, place) for link in program.inside if link.before in place and link.after in place]
    kept = [
        sorted({place[e.before] for e in mine if place[e.before] < k <= place[e.after]}) for k in range(len(chain) + 1)
    ]
    width = max([1, *(len(some) for some in kept)])
    count = np.array([len(some) for some in kept], np.int64)
    source = np.full((len(chain) + 1, width), -1, np.int64)
    for k in range(1, len(chain) + 1):
        for slot, position in enumerate(kept[k]):
            source[k, slot] = -1 if position == k - 1 else kept[k - 1].index(position)
    rows, pointer = [], [0]
    for k, visit in enumerate(chain):
        rows += [
            (kept[k].index(place[link.before]), link.low, link.high, link.ideal, link.least, link.most)
            for link in mine
            if link.after == visit
        ]
        pointer.append(len(rows))
    gaps = np.array(rows, np.int64).reshape(len(rows), 6)
    return Frame(chain, tuple(segments), tuple(root), count, source, np.array(pointer, np.int64), gaps)


def _forward(link: Link, place: Mapping[int, int]) -> Link:
    return link if place[link.before] < place[link.after] else reversed_link(link)


class RowBook:
    """Numbers each (visit, people allowed) pair that a search needs; grows as choices are made.

    `same[row]`: the first row whose costs are the same."""

    def __init__(self, program: Program, units: Sequence[Unit]) -> None:
        self._program = program
        self._bearing: list[list[tuple[Unit, int]]] = [[] for _ in program.visits]
        for unit in units:
            for visit in unit.visits:
                self._bearing[visit].append((unit, program.visits[visit].need_names().index(unit.name)))
        self._allowed: list[list[int]] = program.candidates[list(program.shape_of)].tolist()
        self._number: dict[tuple[int, ...], int] = {}
        self._alike: dict[tuple[int, ...], int] = {}
        self.visits: list[int] = []
        self.masks: list[list[int]] = []
        self.same: list[int] = []

    def row(self, visit: int, *chosen: Chosen) -> int:
        """The number of a visit's row under the choices made."""
        masks = self._allowed[visit].copy()
        for unit, name in self._bearing[visit]:
            for some in chosen:
                if unit in some:
                    masks[name] &= some[unit].people
        key = (visit, *masks)
        number = self._number.get(key)
        if number is None:
            number = self._number[key] = len(self.visits)
            self.visits.append(visit)
            self.masks.append(masks)
            alike = -1 - self._program.shape_of[visit] if self._program.plain[visit] else visit
            self.same.append(self._alike.setdefault((alike, *masks), number))
        return number

    def mask_table(self) -> Ints:
        """The people allowed in each row, by name."""
        return np.array(self.masks, np.int64).reshape(len(self.visits), self._program.candidates.shape[1])


@dataclass(frozen=True, slots=True)
class Ends:
    """How the finish is paid: weight, day it counts from, and the last day of what stands already."""

    weight: int
    start: int
    least: int


def chain_of(program: Program, frame: Frame, chosen: Chosen, book: RowBook, weights: Weights, ends: Ends) -> Chain:
    """The chain with its people chosen (`chosen`: shared units and those at the root)."""
    length = len(frame.visits)
    sets = [1] * length
    enter, leave = np.zeros(length, np.int64), np.zeros(length, np.int64)
    options: list[list[Chosen]] = [[{}] for _ in range(length)]
    for segment in frame.segments:
        here = list(all_choices(segment.units))
        enter[segment.first] = leave[segment.last] = 1
        for k in range(segment.first, segment.last + 1):
            options[k], sets[k] = here, len(here)
    row, cost = np.zeros((length, max([1, *sets])), np.int64), np.zeros((length, max([1, *sets])), np.int64)
    for k, visit in enumerate(frame.visits):
        for s, some in enumerate(options[k]):
            row[k, s] = book.row(visit, chosen, some)
            cost[k, s] = sum(choice.cost for choice in some.values()) if enter[k] else 0
    visits = np.array(frame.visits, np.int64)
    gaps = frame.gaps
    return Chain(
        length, row.shape[1], frame.keep_source.shape[1],
        visits, program.first_day[visits], program.last_day[visits], row, np.array(sets, np.int64), enter, leave, cost,
        frame.keep_count, frame.keep_source, frame.gap_ptr,
        gaps[:, 0].copy(), gaps[:, 1].copy(), gaps[:, 2].copy(), gaps[:, 3].copy(), gaps[:, 4].copy(),
        gaps[:, 5].copy(), weights.ideal_gap, ends.weight, ends.start, ends.least,
    )  # fmt: skip
