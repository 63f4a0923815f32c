"""What visits take, as rows of (kind, person or room, start, end, end of turnover, minutes of work), times in units."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import Parts
from coordinator.planner.grid import Grid, Presence
from coordinator.planner.native import FAR, Ints
from coordinator.planner.program import Program

_ORDINARY, _SHARED, _ROOM = range(3)
_COLUMNS = 6


def claims_of(grid: Grid, protocol: Protocol, visits: Iterable[PlacedVisit]) -> Ints:
    """What placed visits take."""
    rows: list[tuple[int, int, int, int, int, int]] = []
    for placed in visits:
        visit = protocol.visit(placed.visit)
        there = list(grid.presences(visit, placed))
        rows += (_claim_of(grid, each, there) for each in there)
        if placed.room is not None:
            room, start = grid.rooms[placed.room], grid.at(placed.start)
            end = start + visit.minutes // grid.unit
            rows.append((_ROOM, room, start, end, end + int(grid.room_turn[room]), 0))
    return np.array(rows, np.int64).reshape(len(rows), _COLUMNS)


def _claim_of(grid: Grid, each: Presence, there: Iterable[Presence]) -> tuple[int, int, int, int, int, int]:
    """A person's part of a visit; no turnover is needed before the same person's next part of work in it."""
    if each.shared:
        return _SHARED, each.person, each.start, each.end, each.end, 0
    free = each.end + int(grid.staff_turn[each.person])
    for other in there:
        if other.person == each.person and not other.shared and other.start >= each.end:
            free = min(free, other.start)
    return _ORDINARY, each.person, each.start, each.end, free, (each.end - each.start) * grid.unit


class ClaimTable:
    """What the visits of one program take, ready to be read off the lines of a search: the same as `claims_of`."""

    def __init__(self, program: Program, parts: Parts, grid: Grid) -> None:
        self._parts, self._unit = parts, grid.unit
        self._staff, self._rooms = np.array(program.staff, np.int64), np.array(program.rooms, np.int64)
        self._staff_turn, self._room_turn = grid.staff_turn[self._staff], grid.room_turn[self._rooms]
        shapes = np.array(program.shape_of, np.int64)
        self._first, self._count = parts.pointer[shapes], np.diff(parts.pointer)[shapes]
        self._length = parts.length[shapes]
        self._next = np.array(list(_next_starts(parts)), np.int64)

    def claims(self, lines: Ints) -> Ints:
        """What lines of (visit, start, room or -1, who fills each name) take."""
        visit, start, room = lines[:, 0], lines[:, 1], lines[:, 2]
        there = room >= 0
        rows = np.empty((int(self._count[visit].sum()) + int(there.sum()), _COLUMNS), np.int64)
        people = len(rows) - int(there.sum())
        self._put_people(rows[:people], lines)
        end = start[there] + self._length[visit[there]]
        rows[people:, 0], rows[people:, 1], rows[people:, 5] = _ROOM, self._rooms[room[there]], 0
        rows[people:, 2], rows[people:, 3], rows[people:, 4] = start[there], end, end + self._room_turn[room[there]]
        return rows

    def _put_people(self, rows: Ints, lines: Ints) -> None:
        parts, count = self._parts, self._count[lines[:, 0]]
        line = np.repeat(np.arange(len(lines)), count)
        part = self._first[lines[line, 0]] + np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        person, shared = lines[line, 3 + parts.name[part]], parts.shared[part] > 0
        began, length = lines[line, 1], parts.minutes[part]
        end = began + parts.start[part] + length
        free = np.minimum(end + self._staff_turn[person], began + self._next[part])
        rows[:, 0], rows[:, 1] = np.where(shared, _SHARED, _ORDINARY), self._staff[person]
        rows[:, 2], rows[:, 3] = end - length, end
        rows[:, 4], rows[:, 5] = np.where(shared, end, free), np.where(shared, 0, length * self._unit)


def _next_starts(parts: Parts) -> Iterable[int]:
    """For each part the start of the next work that whoever fills its name has in the same visit (FAR: none)."""
    for first, last in zip(parts.pointer[:-1].tolist(), parts.pointer[1:].tolist(), strict=True):
        for i in range(first, last):
            end = parts.start[i] + parts.minutes[i]
            later = [
                int(parts.start[j])
                for j in range(first, last)
                if parts.name[j] == parts.name[i] and not parts.shared[j] and parts.start[j] >= end
            ]
            yield min(later, default=FAR)
