"""Who may stay the same: each continuity rule asks, in each unit of its scope, for one choice of people.

A unit that lies in one chain is chosen there (a course while the chain runs through it, a program at its root); a unit
that several chains share is chosen before all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from coordinator.domain.protocol import Continuity
from coordinator.planner.program import Program

_ALL_SUBSETS_UP_TO, _PAIRS_UP_TO = 3, 8
_SETS_AT_FIRST, _SETS_AT_MOST = 64, 300
"""How many combinations of choices the units of one course may have: in the first look, and in any."""

ANY = -1
"""Stands for a choice that is left open."""

Key = tuple[int, int | None]
"""A unit: the number of its rule, and its course (None: the program)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of people (mask) that alone may fill the need in a unit, and what that costs."""

    people: int
    cost: int


@dataclass(frozen=True, slots=True)
class _Sets:
    """Who may fill a need that may change hands: `fresh` people at a price each, `free` ones who were there before.

    `kept` counts the people of kept visits, whether or not they are free now.
    """

    fresh: int
    free: int
    kept: int
    weight: int

    def choices(self, breadth: int) -> Iterator[Choice]:
        """Every set of up to `breadth` fresh people, and all larger ones together."""
        people = [p for p in range(self.fresh.bit_length()) if self.fresh >> p & 1]
        for size in range(0 if self.free else 1, breadth + 1):
            for some in combinations(people, size):
                yield Choice(self.free | sum(1 << p for p in some), self._cost(size))
        if breadth < len(people):
            yield Choice(self.fresh | self.free, self._cost(breadth + 1))

    def _cost(self, fresh: int) -> int:
        return self.weight * max(0, fresh + self.kept - 1)

    def unit(self, key: Key, name: str, visits: tuple[int, ...], breadth: int) -> Unit:
        """The unit that weighs sets of up to `breadth` fresh people one by one."""
        return Unit(key, name, visits, tuple(self.choices(breadth)), key[1], self.fresh, breadth, self)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One unit of one continuity rule: its free visits and its choices.

    Sets of up to `breadth` people who were not there before (`fresh`) are choices one by one. Larger ones, where there
    are any, are one choice together, at the cost of the smallest of them.
    """

    key: Key
    name: str
    visits: tuple[int, ...]
    choices: tuple[Choice, ...]
    course: int | None
    fresh: int = 0
    breadth: int = 0
    sets: _Sets | None = None

    def of_breadth(self, breadth: int) -> Unit:
        """The same unit, looked at more or less closely; where one person is to fill the need, there is one look."""
        return self if self.sets is None else self.sets.unit(self.key, self.name, self.visits, breadth)

    @property
    def is_exact(self) -> bool:
        """Whether no choice can understate its cost."""
        return self.breadth >= self.fresh.bit_count()

    def choice(self, number: int) -> Choice:
        """A choice by its number; ANY leaves it open, at the cost of the cheapest."""
        if number != ANY:
            return self.choices[number]
        people = 0
        for each in self.choices:
            people |= each.people
        return Choice(people, min((each.cost for each in self.choices), default=0))

    def is_overstepped(self, people: int) -> bool:
        """Whether a set of people costs more than the choice that allows it."""
        return (people & self.fresh).bit_count() > self.breadth + 1


def units_of(program: Program, weight: int, breadths: Mapping[Key, int]) -> tuple[list[Unit], int]:
    """(all units that leave something to choose, the cost of those that do not).

    Breadths that are left out are the usual, or less where the units of a course would have too many combinations.
    """
    units, constant = [], 0
    for number, rule in enumerate(program.protocol.continuity):
        for course, visits, kept in _scopes(program, rule):
            if not visits:
                constant += 0 if rule.hard else weight * max(0, len(kept) - 1)
            elif rule.hard:
                units.append(_hard(program, (number, course), rule, visits, kept))
            else:
                breadth = breadths.get((number, course))
                units.append(_soft(program, (number, course), rule, visits, kept, weight, breadth))
    return [*_narrowed(units, breadths)], constant


def _narrowed(units: Sequence[Unit], breadths: Mapping[Key, int]) -> Iterator[Unit]:
    """The units with the breadths of the largest lowered, course by course, until the combinations are few enough."""
    together: dict[int | None, list[Unit]] = {}
    for unit in units:
        together.setdefault(unit.course, []).append(unit)
    for course, some in together.items():
        while course is not None and combinations_of(some) > _SETS_AT_FIRST:
            wide = [unit for unit in some if unit.breadth and unit.key not in breadths]
            if not wide:
                break
            widest = max(wide, key=lambda unit: len(unit.choices))
            some[some.index(widest)] = widest.of_breadth(widest.breadth - 1)
        yield from some


def combinations_of(units: Iterable[Unit]) -> int:
    """How many combinations of choices they have."""
    return prod(len(unit.choices) for unit in units)


def broader(units: Sequence[Unit], overstepped: Collection[Unit]) -> dict[Key, int] | None:
    """The breadths of all units with those of some raised; None where the combinations would be too many."""
    wider = [unit.of_breadth(unit.breadth + 1) if unit in overstepped else unit for unit in units]
    for course in {unit.course for unit in wider if unit.course is not None}:
        if combinations_of(unit for unit in wider if unit.course == course) > _SETS_AT_MOST:
            return None
    if any(len(unit.choices) > _SETS_AT_MOST for unit in wider):
        return None
    return {unit.key: unit.breadth for unit in wider}


def _scopes(program: Program, rule: Continuity) -> Iterator[tuple[int | None, list[int], set[str]]]:
    """(course or None, free visits, people of kept visits) for each unit of a rule."""
    units: dict[int | None, tuple[list[int], set[str]]] = {}
    number = {each.id: i for i, each in enumerate(program.visits)}
    for visit in program.protocol.visits:
        if rule.name not in visit.need_names() or (rule.scope == "course" and visit.course is None):
            continue
        free, people = units.setdefault(visit.course if rule.scope == "course" else None, ([], set()))
        if visit.id in number:
            free.append(number[visit.id])
        else:
            people.add(program.kept[visit.id].staff[rule.name])
    for course, (free, people) in units.items():
        yield course, free, people


def _hard(program: Program, key: Key, rule: Continuity, visits: list[int], kept: set[str]) -> Unit:
    """One person for all; kept visits that agree bind to theirs, unless somebody is pinned."""
    common = -1
    if len(kept) == 1 and rule.name not in program.enrollment.team:
        common = sum(1 << p for p, person in enumerate(program.staff_ids) if person in kept)
    for visit in visits:
        common &= candidates_for(program, visit, rule.name)
    choices = tuple(Choice(1 << p, 0) for p in range(len(program.staff)) if common >> p & 1)
    return Unit(key, rule.name, tuple(visits), choices, key[1])


def _soft(
    program: Program, key: Key, rule: Continuity, visits: list[int], kept: set[str], weight: int, breadth: int | None
) -> Unit:
    """Sets of people; those of kept visits cost nothing more."""
    union = 0
    for visit in visits:
        union |= candidates_for(program, visit, rule.name)
    free = sum(1 << p for p, person in enumerate(program.staff_ids) if person in kept and union >> p & 1)
    count = (union & ~free).bit_count()
    if breadth is None:
        breadth = count if count <= _ALL_SUBSETS_UP_TO else 2 if count <= _PAIRS_UP_TO else 1
    return _Sets(union & ~free, free, len(kept), weight).unit(key, rule.name, tuple(visits), min(count, breadth))


def candidates_for(program: Program, visit: int, name: str) -> int:
    """Who can fill a need of a visit, as a mask."""
    shape = program.shape_of[visit]
    return int(program.candidates[shape, program.shapes[shape].names.index(name)])
