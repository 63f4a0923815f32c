"""Puts a program and what is taken now together into the arrays that the compiled search reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coordinator.domain.clinic_time import DAY
from coordinator.domain.schedule import Problem
from coordinator.planner.case import Case, Source
from coordinator.planner.free import Free, free_of
from coordinator.planner.grid import ALL, FIXED, Grid
from coordinator.planner.native import FAR, Ints, Packed, library
from coordinator.planner.program import Program


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of all shapes, flat; and what else about shapes never changes."""

    length: Ints
    names: Ints
    work: Ints
    pointer: Ints
    name: Ints
    start: Ints
    minutes: Ints
    shared: Ints
    room_pointer: Ints
    room_list: Ints
    needs_room: Ints


@dataclass(frozen=True, slots=True)
class Prices:
    """What taking a unit costs beyond the rules. cover: [ordinary or shared, person, unit]; begins: prefix sums.

    `days`: 1 for the days on which prices matter; those of others may be anything.
    """

    cover: Ints
    begins: Ints
    room_cover: Ints
    room_begins: Ints
    days: Ints


def parts_of(program: Program, problem: Problem, grid: Grid) -> Parts:
    """The static arrays of a program's shapes. Rooms are places in `program.rooms`."""
    shapes = program.shapes
    flat = [
        (shape.names.index(need.name), need.offset // grid.unit, need.minutes // grid.unit, int(need.shared))
        for shape in shapes
        for need in shape.needs
    ]
    columns = np.array(flat, np.int64).reshape(len(flat), 4)
    work = np.zeros((len(shapes), program.candidates.shape[1]), np.int64)
    for s, shape in enumerate(shapes):
        for need in shape.needs:
            work[s, shape.names.index(need.name)] += 0 if need.shared else need.minutes
    rooms = [
        [place for place, room in enumerate(program.rooms) if shape.room in problem.rooms[room].kinds]
        for shape in shapes
    ]
    return Parts(
        np.array([shape.minutes // grid.unit for shape in shapes], np.int64),
        np.array([len(shape.names) for shape in shapes], np.int64),
        work,
        _pointer([len(shape.needs) for shape in shapes]),
        columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy(), columns[:, 3].copy(),
        _pointer([len(some) for some in rooms]),
        np.array([room for some in rooms for room in some], np.int64),
        np.array([shape.room is not None for shape in shapes], np.int64),
    )  # fmt: skip


def _pointer(counts: list[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def _slots(program: Program, parts: Parts, grid: Grid, free: Free) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """(slot_ptr, slot_t, slot_mask, slot_room, slot_cost)."""
    step, width = grid.problem.slot_minutes // grid.unit, program.candidates.shape[1]
    shapes = len(parts.length)
    source = Source(
        shapes, width, len(program.staff), grid.days, grid.days * grid.per_day, grid.per_day, step,
        free.left[1].shape[1], grid.problem.weights.preferred,
        parts.length, parts.names, program.candidates, parts.work,
        parts.room_pointer, parts.room_list, parts.needs_room,
        parts.pointer, parts.name, parts.start, parts.minutes, parts.shared,
        *free.people, *free.rooms, *free.patient, *free.left,
    )  # fmt: skip
    most = shapes * int(program.days.sum()) * (grid.per_day // step + 1) + 1
    ptr = np.zeros(shapes * grid.days + 1, np.int64)
    starts, rooms, costs = (np.empty(most, np.int64) for _ in range(3))
    masks = np.empty((most, width), np.int64)
    library().slots_of(Packed(source), Packed((ptr, starts, masks, rooms, costs)))
    return ptr, starts, masks, rooms, costs


def case_of(program: Program, parts: Parts, grid: Grid, prices: Prices | None = None, *, alone: bool = False) -> Case:
    """The case as it stands. With prices, what others hold is not in the way but costs its price.

    `alone` leaves the others out altogether.
    """
    problem = grid.problem
    free = free_of(program, grid, FIXED if prices or alone else ALL)
    links = program.links
    kept_ptr, kept_start, kept_end = _kept(program, grid)
    previous_t, previous_who = _previous(program, grid)
    priced = prices or _NO_PRICES
    slots = _slots(program, parts, grid, free)
    return Case(
        grid.days, grid.days * grid.per_day, program.candidates.shape[1],
        grid.per_day, grid.unit, problem.slot_minutes // grid.unit, program.protocol.max_visits_per_day or 99,
        *slots,
        parts.length, parts.names, parts.work,
        parts.pointer, parts.name, parts.start, parts.minutes, parts.shared,
        np.array(program.shape_of, np.int64), program.not_before, program.not_after, _timed(program, grid, *slots[:2]),
        previous_t, previous_who, program.day_cost,
        len(links),
        np.array([each.before for each in links], np.int64),
        np.array([each.after for each in links], np.int64),
        np.array([each.least for each in links], np.int64),
        np.array([each.most for each in links], np.int64),
        kept_ptr, kept_start, kept_end,
        len(program.staff), free.people[3], free.rooms[2], *free.left, free.left[1].shape[1],
        int(prices is not None), priced.cover, priced.begins, priced.room_cover, priced.room_begins,
        problem.weights.moved, problem.weights.restaffed, problem.weights.waiting,
    )  # fmt: skip


def no_prices(people: int, rooms: int, days: int, per_day: int) -> Prices:
    """Nothing costs anything yet."""
    units = days * per_day
    return Prices(
        np.zeros((2, people, units), np.int64), np.zeros((2, people, units + 1), np.int64),
        np.zeros((rooms, units), np.int64), np.zeros((rooms, units + 1), np.int64), np.zeros(days, np.int64),
    )  # fmt: skip


_NO_PRICES = no_prices(1, 1, 1, 1)


_STARTS, _ENDS = 1, 2


def _timed(program: Program, grid: Grid, pointer: Ints, starts: Ints) -> Ints:
    """For each visit whether minutes to visits of other days hang on when it starts (1) or ends (2).

    They do not where any two times of day would do: most gaps of some hours are kept by a night in between.
    """
    timed = np.zeros(len(program.visits), np.int64)
    for link in program.links:
        if not link.timed:
            continue
        before, after = (_times_of_day(program, grid, pointer, starts, visit) for visit in (link.before, link.after))
        length = program.visits[link.before].minutes
        shortest = max(link.low, 1) * DAY + after[0] - before[1] - length
        longest = link.high * DAY + after[1] - before[0] - length
        if shortest < link.least or (link.most < FAR and longest > link.most):
            timed[link.before] |= _ENDS
            timed[link.after] |= _STARTS
    return timed


def _times_of_day(program: Program, grid: Grid, pointer: Ints, starts: Ints, visit: int) -> tuple[int, int]:
    """The earliest and the latest minute of a day at which a visit could start; (0, 0) where it cannot at all."""
    first = program.shape_of[visit] * grid.days
    mine = starts[pointer[first] : pointer[first + grid.days]] % grid.per_day * grid.unit
    return (int(mine.min()), int(mine.max())) if len(mine) else (0, 0)


def _kept(program: Program, grid: Grid) -> tuple[Ints, Ints, Ints]:
    """The enrollment's own kept visits by day: (pointer, starts, ends)."""
    spans = sorted(
        (grid.at(each.start), grid.at(each.start) + program.protocol.visit(each.visit).minutes // grid.unit)
        for each in program.kept.values()
    )
    days = np.array([start // grid.per_day for start, _ in spans], np.int64)
    pointer = np.searchsorted(days, np.arange(grid.days + 1)).astype(np.int64)
    return pointer, np.array([s for s, _ in spans], np.int64), np.array([e for _, e in spans], np.int64)


def _previous(program: Program, grid: Grid) -> tuple[Ints, Ints]:
    """For each visit where it stood before (-FAR: nowhere) and who was there, by name."""
    starts = np.full(len(program.visits), -FAR, np.int64)
    who = np.full((len(program.visits), program.candidates.shape[1]), -1, np.int64)
    place = {person: p for p, person in enumerate(program.staff_ids)}
    for v, visit in enumerate(program.visits):
        before = program.previous.get(visit.id)
        if before is None:
            continue
        starts[v] = grid.at(before.start) if (before.start - grid.minute(0)) % grid.unit == 0 else -FAR + 1
        for n, name in enumerate(visit.need_names()):
            who[v, n] = place.get(before.staff.get(name, ""), -1)
    return starts, who
