"""Who may stay the same: each continuity rule asks, in each unit of its scope, for one choice of people.

A unit that lies in one chain is chosen there (a course while the chain runs through it, a program at its root); a unit
that several chains share is chosen before all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

from coordinator.domain.protocol import Continuity
from coordinator.planner.program import Program

_ALL_SUBSETS_UP_TO, _FEW_PEOPLE, _MOST_CHOICES = 3, 9, 400

ANY = -1
"""Stands for a choice that is left open."""

Key = tuple[int, int | None]
"""A unit: the number of its rule, and its course (None: the program)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of people (mask) that alone may fill the need in a unit, and what that costs."""

    people: int
    cost: int


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
    fresh: int
    breadth: int

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

    def can_be_broader(self) -> bool:
        """Whether one person more in each set would leave few enough choices."""
        return len(self.choices) + comb(self.fresh.bit_count(), self.breadth + 1) <= _MOST_CHOICES


def units_of(program: Program, weight: int, breadths: Mapping[Key, int]) -> tuple[list[Unit], int]:
    """(all units that leave something to choose, the cost of those that do not). Breadths left out are the usual."""
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
    return units, constant


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
    return Unit(key, rule.name, tuple(visits), choices, key[1], 0, 0)


def _soft(
    program: Program, key: Key, rule: Continuity, visits: list[int], kept: set[str], weight: int, breadth: int | None
) -> Unit:
    """Sets of people; those of kept visits cost nothing more."""
    union = 0
    for visit in visits:
        union |= candidates_for(program, visit, rule.name)
    free = sum(1 << p for p, person in enumerate(program.staff_ids) if person in kept and union >> p & 1)
    fresh = union & ~free
    count = fresh.bit_count()
    most = min(count, _usual(count) if breadth is None else breadth)
    people = [p for p in range(len(program.staff)) if fresh >> p & 1]
    sizes = range(0 if free else 1, most + 1)
    choices = [
        Choice(free | sum(1 << p for p in some), weight * max(0, size + len(kept) - 1))
        for size in sizes
        for some in combinations(people, size)
    ]
    if most < count:
        choices.append(Choice(union, weight * max(0, most + 1 + len(kept) - 1)))
    return Unit(key, rule.name, tuple(visits), tuple(choices), key[1], fresh, most)


def _usual(people: int) -> int:
    if people <= _ALL_SUBSETS_UP_TO:
        return people
    return 2 if people <= _FEW_PEOPLE else 1


def candidates_for(program: Program, visit: int, name: str) -> int:
    """Who can fill a need of a visit, as a mask."""
    shape = program.shape_of[visit]
    return int(program.candidates[shape, program.shapes[shape].names.index(name)])
