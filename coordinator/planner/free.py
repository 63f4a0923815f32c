"""Runs of free units of people, rooms and patients: for each unit, how many units from there on are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coordinator.planner.grid import Grid
from coordinator.planner.native import Ints, library, pointer
from coordinator.planner.program import Program


@dataclass(frozen=True, slots=True)
class Free:
    """Runs of free units of a program's people and rooms."""

    people: tuple[Ints, Ints, Ints, Ints]
    rooms: tuple[Ints, Ints, Ints]
    patient: tuple[Ints, Ints, Ints, Ints]
    left: tuple[Ints, Ints, Ints]


def free_of(program: Program, grid: Grid, layer: int) -> Free:
    """What is free for a program in a layer of the grid."""
    staff, rooms = list(program.staff), list(program.rooms)
    problem, known = grid.problem, grid.known
    work, shared, use = known.rows(
        f"staff {layer}", staff, [problem.staff[i] for i in staff], lambda some: _of_people(grid, layer, some)
    )
    room_idle, room_unused = known.rows(
        f"room {layer}", rooms, [problem.rooms[i] for i in rooms], lambda some: _of_rooms(grid, layer, some)
    )
    patients = np.array([grid.patients[each] for each in program.enrollment.patients], np.int64)
    patient = (grid.patient_use[layer, patients].sum(0) == 0) & (program.patient_open > 0)
    return Free(
        (work, shared, use, grid.staff_turn[staff]),
        (room_idle, room_unused, grid.room_turn[rooms]),
        (_runs(patient[None, :]), _runs((program.preferred > 0)[None, :]), grid.touchable, program.days),
        (
            grid.day_cap[staff][:, None] - grid.day_minutes[layer, staff],
            grid.week_cap[staff][:, None] - grid.week_minutes[layer, staff],
            grid.week_of_day,
        ),
    )


def _of_people(grid: Grid, layer: int, staff: Sequence[int]) -> tuple[Ints, ...]:
    """Free for ordinary work, free for shared, and nothing after it in the way of turnover."""
    numbers = np.array(staff, np.int64)
    work, shared = grid.work[layer, numbers], grid.shared[layer, numbers]
    idle = (work == 0) & (grid.work_tail[layer, numbers] == 0) & (grid.staff_open[numbers] > 0)
    return (
        _runs(idle & (shared == 0)),
        _runs(idle & (shared < grid.supervises[numbers][:, None])),
        _runs((work == 0) & (shared == 0)),
    )


def _of_rooms(grid: Grid, layer: int, rooms: Sequence[int]) -> tuple[Ints, ...]:
    numbers = np.array(rooms, np.int64)
    in_use = grid.room_use[layer, numbers]
    idle = (in_use == 0) & (grid.room_tail[layer, numbers] == 0) & (grid.room_open[numbers] > 0)
    return _runs(idle), _runs(in_use == 0)


def _runs(free: npt.NDArray[np.bool_]) -> Ints:
    out = np.empty((free.shape[0], free.shape[1] + 1), np.int64)
    given = np.ascontiguousarray(free)
    library().runs(given.ctypes, free.shape[0], free.shape[1], pointer(out))
    return out
