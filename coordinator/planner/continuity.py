"""Who may stay the same: each continuity rule asks, in each unit of its scope, for one choice of people.

A unit that lies in one chain is chosen there (a course while the chain runs through it, a program at its root); a unit
that several chains share is chosen before all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from coordinator.domain.protocol import Continuity
from coordinator.planner.program import Program

_ALL_SUBSETS_UP_TO = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of people (mask) that alone may fill the need in a unit, and what that costs."""

    people: int
    cost: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of one continuity rule: its free visits and its choices. `exact`: no choice understates its cost."""

    name: str
    visits: tuple[int, ...]
    choices: tuple[Choice, ...]
    course: int | None
    exact: bool


def units_of(program: Program, weight: int) -> tuple[list[Unit], int]:
    """(all units that leave something to choose, the cost of those that do not)."""
    units, constant = [], 0
    for rule in program.protocol.continuity:
        for course, visits, kept in _scopes(program, rule):
            if not visits:
                constant += 0 if rule.hard else weight * max(0, len(kept) - 1)
                continue
            units.append(_unit(program, rule, course, visits, kept, weight))
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


def _unit(
    program: Program, rule: Continuity, course: int | None, visits: list[int], kept: set[str], weight: int
) -> Unit:
    masks = [candidates_for(program, visit, rule.name) for visit in visits]
    place = {person: p for p, person in enumerate(program.staff_ids)}
    outside = len([person for person in kept if person not in place])
    known = sum(1 << place[person] for person in kept if person in place)
    if rule.hard:
        bound = -1
        if len(kept) == 1 and rule.name not in program.enrollment.team:
            bound = known
        common = bound
        for mask in masks:
            common &= mask
        choices = [Choice(1 << p, 0) for p in range(len(program.staff)) if common >> p & 1]
        return Unit(rule.name, tuple(visits), tuple(choices), course, True)
    union = 0
    for mask in masks:
        union |= mask
    people = [p for p in range(len(program.staff)) if union >> p & 1]
    sets, exact = _sets(people, known)
    choices = [Choice(mask, weight * (_count(mask | known) + outside - 1)) for mask in sets]
    if not exact:
        choices.append(Choice(union, weight * (_count(known) + outside + _ALL_SUBSETS_UP_TO - 1)))
    return Unit(rule.name, tuple(visits), tuple(choices), course, exact)


def _sets(people: Sequence[int], known: int) -> tuple[list[int], bool]:
    """(sets of people to choose from as masks, whether these are all). People of kept visits cost nothing more."""
    fresh = [p for p in people if not known >> p & 1]
    free = sum(1 << p for p in people if known >> p & 1)
    most = len(fresh) if len(fresh) <= _ALL_SUBSETS_UP_TO else 2
    sizes = range(0 if free else 1, most + 1)
    sets = [free | sum(1 << p for p in some) for size in sizes for some in combinations(fresh, size)]
    return sets, most == len(fresh)


def _count(mask: int) -> int:
    return mask.bit_count()


def candidates_for(program: Program, visit: int, name: str) -> int:
    """Who can fill a need of a visit, as a mask."""
    shape = program.shape_of[visit]
    return int(program.candidates[shape, program.shapes[shape].names.index(name)])
