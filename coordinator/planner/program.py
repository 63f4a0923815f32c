"""One enrollment's program as numbers: the visits still free, their shapes, days, gaps and chains.

It depends on the problem alone, not on what other enrollments take, so it is made once and solved many times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coordinator.domain.errors import InvalidInput
from coordinator.domain.protocol import Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem
from coordinator.planner.gaps import (
    MOST_REMEMBERED,
    Link,
    chains_of,
    follows,
    link_of,
    needed_links,
    split_links,
    tighten,
)
from coordinator.planner.grid import Grid, hours_row
from coordinator.planner.native import FAR, Ints

MOST_PEOPLE = MOST_ROOMS = 62
MOST_NAMES, MOST_CHAINS = 8, 24
"""What native/kernel.h has room for: BITS, NAMES and CHAINS there."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What visits of the same minutes, room and needs have in common. `names` are the need names, in order."""

    minutes: int
    room: str | None
    needs: tuple[Need, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """One enrollment, prepared. Visits are numbers into `visits`; days and units are those of the grid."""

    enrollment: Enrollment
    protocol: Protocol
    visits: tuple[ProtocolVisit, ...]
    kept: Mapping[str, PlacedVisit]
    previous: Mapping[str, PlacedVisit]
    shapes: tuple[Shape, ...]
    shape_of: tuple[int, ...]
    staff: tuple[int, ...]
    staff_ids: tuple[str, ...]
    rooms: tuple[int, ...]
    candidates: Ints
    patient_open: Ints
    preferred: Ints
    days: Ints
    first_day: Ints
    last_day: Ints
    not_before: Ints
    not_after: Ints
    day_cost: Ints
    links: tuple[Link, ...]
    order: Ints
    chains: tuple[tuple[int, ...], ...]
    inside: tuple[Link, ...]
    across: tuple[Link, ...]
    constant: int

    @property
    def possible(self) -> bool:
        """Whether the gaps leave every visit a day at all."""
        return not bool(np.any(self.first_day > self.last_day))

    @cached_property
    def plain(self) -> tuple[bool, ...]:
        """For each visit whether its shape alone says what it costs on a day."""
        return tuple(
            visit.id not in self.previous
            and not self.day_cost[v].any()
            and self.not_after[v] >= FAR
            and self.not_before[v] == self.not_before.min()
            for v, visit in enumerate(self.visits)
        )

    @property
    def most_a_day(self) -> int:
        """The most visits on one day that the search considers."""
        return min(self.protocol.max_visits_per_day or 6, 6, max(1, len(self.visits)))


def program_of(problem: Problem, enrollment: Enrollment, grid: Grid, remembered: int = MOST_REMEMBERED) -> Program:
    """Prepares an enrollment; its chains remember so many visits."""
    protocol = problem.protocol(enrollment.protocol)
    kept = {each.visit: each for each in enrollment.kept}
    visits = tuple(each for each in protocol.visits if each.id not in kept)
    shapes, shape_of = _shapes(visits)
    staff, candidates = _candidates(problem, enrollment, shapes)
    windows = _Windows.over(problem, enrollment, grid, visits)
    links = _links(problem, protocol, visits, kept, windows, grid)
    tighten(windows.first, windows.last, links)
    order = follows(links, len(visits))
    needed = needed_links(links, order)
    chains = chains_of(needed, order)
    inside, across = split_links(needed, chains, order, remembered)
    program = Program(
        enrollment, protocol, visits, kept,
        {each.visit: each for each in problem.previous if each.enrollment == enrollment.id},
        shapes, shape_of, staff,
        tuple(problem.staff[i].id for i in staff), _rooms(problem, enrollment, shapes), candidates,
        hours_row(grid, enrollment.weekly, enrollment.unavailable),
        hours_row(grid, enrollment.preferred if _prefers(enrollment) else None),
        windows.days, windows.first, windows.last, windows.not_before, windows.not_after, windows.day_cost,
        tuple(links), order, tuple(tuple(chain) for chain in chains), tuple(inside), tuple(across), windows.constant,
    )  # fmt: skip
    _refuse_too_large(program)
    return program


def _prefers(enrollment: Enrollment) -> bool:
    """Whether there are preferred hours at all; hours on no day are no preference."""
    return enrollment.preferred is not None and any(enrollment.preferred.days)


@dataclass(slots=True)
class _Windows:
    """When each visit may be: days [first, last], starts [not_before, not_after], and what a day costs it."""

    days: Ints
    first: Ints
    last: Ints
    not_before: Ints
    not_after: Ints
    day_cost: Ints
    constant: int

    @staticmethod
    def over(problem: Problem, enrollment: Enrollment, grid: Grid, visits: tuple[ProtocolVisit, ...]) -> _Windows:
        latest = problem.last if enrollment.latest is None else enrollment.latest
        days = grid.day_open.copy()
        numbers = np.arange(grid.days) + grid.base
        days[(numbers < enrollment.earliest) | (numbers > latest)] = 0
        count = len(visits)
        open_days = np.flatnonzero(days)
        first, last = (int(open_days[0]), int(open_days[-1])) if len(open_days) else (0, -1)
        earliest = -FAR if problem.not_before is None else -(-(problem.not_before - grid.minute(0)) // grid.unit)
        return _Windows(
            days,
            np.full(count, first, np.int64),
            np.full(count, last, np.int64),
            np.full(count, earliest, np.int64),
            np.full(count, FAR, np.int64),
            np.zeros((count, grid.days), np.int64),
            0,
        )


def _links(
    problem: Problem,
    protocol: Protocol,
    visits: tuple[ProtocolVisit, ...],
    kept: Mapping[str, PlacedVisit],
    windows: _Windows,
    grid: Grid,
) -> list[Link]:
    """The links between free visits; gaps to kept visits narrow the windows instead."""
    number = {each.id: i for i, each in enumerate(visits)}
    links = []
    for gap in protocol.gaps:
        a, b = number.get(gap.before), number.get(gap.after)
        link = link_of(gap, -1 if a is None else a, -1 if b is None else b, protocol.max_visits_per_day == 1)
        if a is not None and b is not None:
            links.append(link)
        elif a is None and b is None:
            days = _day(grid, kept[gap.after]) - _day(grid, kept[gap.before])
            windows.constant += 0 if link.ideal >= FAR else problem.weights.ideal_gap * abs(days - link.ideal)
        elif a is None:
            end = kept[gap.before].start + protocol.visit(gap.before).minutes
            _after_kept(windows, link, _day(grid, kept[gap.before]), end - grid.minute(0), problem, grid)
        else:
            length = protocol.visit(gap.before).minutes
            _before_kept(windows, link, _day(grid, kept[gap.after]), kept[gap.after].start - grid.minute(0) - length,
                         problem, grid)  # fmt: skip
    return links


def _day(grid: Grid, placed: PlacedVisit) -> int:
    return grid.at(placed.start) // grid.per_day


def _after_kept(windows: _Windows, link: Link, day: int, end: int, problem: Problem, grid: Grid) -> None:
    visit = link.after
    windows.first[visit] = max(windows.first[visit], day + link.low)
    windows.last[visit] = min(windows.last[visit], day + link.high)
    windows.not_before[visit] = max(windows.not_before[visit], -(-(end + link.least) // grid.unit))
    windows.not_after[visit] = min(windows.not_after[visit], (end + link.most) // grid.unit)
    if link.ideal < FAR:
        windows.day_cost[visit] += problem.weights.ideal_gap * np.abs(np.arange(grid.days) - day - link.ideal)


def _before_kept(windows: _Windows, link: Link, day: int, end_at_most: int, problem: Problem, grid: Grid) -> None:
    """`end_at_most`: minutes from the axis' zero at which the visit must start to end as the kept one begins."""
    visit = link.before
    windows.first[visit] = max(windows.first[visit], day - link.high)
    windows.last[visit] = min(windows.last[visit], day - link.low)
    windows.not_after[visit] = min(windows.not_after[visit], (end_at_most - link.least) // grid.unit)
    windows.not_before[visit] = max(windows.not_before[visit], -(-(end_at_most - link.most) // grid.unit))
    if link.ideal < FAR:
        windows.day_cost[visit] += problem.weights.ideal_gap * np.abs(day - np.arange(grid.days) - link.ideal)


def _shapes(visits: tuple[ProtocolVisit, ...]) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
    known: dict[Shape, int] = {}
    shape_of = []
    for each in visits:
        shape = Shape(each.minutes, each.room, each.needs, each.need_names())
        shape_of.append(known.setdefault(shape, len(known)))
    return tuple(known), tuple(shape_of)


def _candidates(problem: Problem, enrollment: Enrollment, shapes: tuple[Shape, ...]) -> tuple[tuple[int, ...], Ints]:
    """(staff that matter, candidates[shape, name] as masks over them)."""
    fitting: dict[tuple[int, int], list[int]] = {}
    for s, shape in enumerate(shapes):
        for n, name in enumerate(shape.names):
            roles = {need.role for need in shape.needs if need.name == name}
            pinned = enrollment.team.get(name)
            fitting[s, n] = [
                i for i, person in enumerate(problem.staff)
                if roles <= set(person.roles) and person.id not in enrollment.avoid and pinned in (None, person.id)
            ]  # fmt: skip
    staff = tuple(sorted({i for each in fitting.values() for i in each}))
    place = {i: p for p, i in enumerate(staff)}
    table = np.zeros((len(shapes), max([1, *(len(shape.names) for shape in shapes)])), np.int64)
    for (s, n), people in fitting.items():
        table[s, n] = sum(1 << place[i] for i in people)
    return staff, table


def _rooms(problem: Problem, enrollment: Enrollment, shapes: tuple[Shape, ...]) -> tuple[int, ...]:
    """The rooms that matter."""
    kinds = {shape.room for shape in shapes}
    fitting = (i for i, room in enumerate(problem.rooms) if kinds & set(room.kinds))
    return tuple(i for i in fitting if problem.rooms[i].seats >= len(enrollment.patients))


def _refuse_too_large(program: Program) -> None:
    """The compiled search has room for so much and no more."""
    what = (
        (len(program.staff), MOST_PEOPLE, "people who could fill its needs"),
        (len(program.rooms), MOST_ROOMS, "rooms that could hold its visits"),
        (max((len(shape.names) for shape in program.shapes), default=0), MOST_NAMES, "needs in one visit"),
        (len(program.chains), MOST_CHAINS, "visits that need not follow each other"),
    )
    for number, most, thing in what:
        if number > most:
            raise InvalidInput(
                f"{program.enrollment.id} has {number} {thing}, and the planner can weigh {most} at most:"
                " name a team, or split the protocol."
            )
