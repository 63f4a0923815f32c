"""Which starts are possible at all: for each shape and day, the starts with somebody and some room free for it."""

from __future__ import annotations

import numpy as np

from coordinator.planner.compiled import Ints, compiled


@compiled
def runs(free: Ints) -> Ints:
    """For each row and unit: how many units from there on are free (`free` > 0) without a break."""
    rows, units = free.shape
    out = np.zeros((rows, units + 1), np.int64)
    for row in range(rows):
        for t in range(units - 1, -1, -1):
            out[row, t] = out[row, t + 1] + 1 if free[row, t] > 0 else 0
    return out


@compiled
def _can(person: int, shape: int, name: int, t: int, parts: tuple[Ints, ...], free: tuple[Ints, ...]) -> bool:
    """Whether a person is free for all parts of a need name of a visit that starts at `t`."""
    part_ptr, part_name, part_start, part_length, part_shared = parts
    ordinary, sharing, after, turn = free
    units = ordinary.shape[1] - 1
    for i in range(part_ptr[shape], part_ptr[shape + 1]):
        if part_name[i] != name:
            continue
        start, length = t + part_start[i], part_length[i]
        if part_shared[i]:
            if sharing[person, start] < length:
                return False
        else:
            end = min(start + length, units)
            if ordinary[person, start] < length or after[person, end] < min(turn[person], units - end):
                return False
    return True


@compiled
def _rooms_at(candidates: Ints, t: int, length: int, room_free: Ints, room_after: Ints, room_turn: Ints) -> int:
    """The rooms of a list that can hold a visit over `[t, t + length)`, as a mask of places in the list of all rooms."""
    mask = 0
    end = t + length
    for room in candidates:
        left = room_free.shape[1] - 1 - end
        if room_free[room, t] >= length and room_after[room, end] >= min(room_turn[room], left):
            mask |= 1 << room
    return mask


@compiled
def _people_at(
    shape: int, t: int, candidates: Ints, parts: tuple[Ints, ...], free: tuple[Ints, ...], left: Ints, masks: Ints
) -> bool:
    """Fills `masks` with who can fill each need name of a visit at `t`; False where a name has nobody."""
    for name in range(candidates.shape[0]):
        masks[name] = 0
        for person in range(free[0].shape[0]):
            wanted = candidates[name] >> person & 1
            if wanted and left[name, person] and _can(person, shape, name, t, parts, free):
                masks[name] |= 1 << person
        if masks[name] == 0 and candidates[name] >= 0:
            return False
    return True


@compiled
def _minutes_allow(work: Ints, day_left: Ints, week_left: Ints, out: Ints) -> None:
    """out[name, person]: whether the person's day and week still hold the minutes of that name."""
    for name in range(out.shape[0]):
        for person in range(out.shape[1]):
            out[name, person] = work[name] == 0 or (work[name] <= day_left[person] and work[name] <= week_left[person])


@compiled
def slots_of(
    shapes: tuple[Ints, ...],
    parts: tuple[Ints, ...],
    free: tuple[Ints, ...],
    rooms: tuple[Ints, ...],
    patient: tuple[Ints, ...],
    left: tuple[Ints, ...],
    axis: tuple[int, int, int],
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """All slots: (slot_ptr, slot_t, slot_mask, slot_room, slot_cost); the cost is that of a start not preferred.

    shapes: length, need names, candidates per name, ordinary minutes per name, offset and list of candidate rooms, and
    whether it needs a room. patient: runs of availability, runs of preferred hours, touchable, days allowed.
    axis: units per day, units per slot, weight of a start outside preferred hours.
    """
    length, names, candidates, work, room_ptr, room_list, needs_room = shapes
    patient_free, preferred, touchable, days = patient
    per_day, step, weight = axis
    most = len(length) * len(days) * (per_day // step + 1)
    ptr = np.zeros(len(length) * len(days) + 1, np.int64)
    out_t, out_room, out_cost = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64)
    out_mask = np.zeros((most, candidates.shape[1]), np.int64)
    allow = np.zeros((candidates.shape[1], free[0].shape[0]), np.int64)
    masks = np.zeros(candidates.shape[1], np.int64)
    n = 0
    for shape in range(len(length)):
        for day in range(len(days)):
            ptr[shape * len(days) + day] = n
            if not days[day]:
                continue
            _minutes_allow(work[shape], left[0][:, day], left[1][:, left[2][day]], allow)
            for start in range(0, per_day - length[shape] + 1, step):
                t = day * per_day + start
                if patient_free[0, t] < length[shape] or not touchable[t] or not touchable[t + length[shape]]:
                    continue
                room = -1
                if needs_room[shape]:
                    some = room_list[room_ptr[shape] : room_ptr[shape + 1]]
                    room = _rooms_at(some, t, length[shape], rooms[0], rooms[1], rooms[2])
                    if room == 0:
                        continue
                if _people_at(shape, t, candidates[shape, : names[shape]], parts, free, allow, masks):
                    out_t[n], out_room[n] = t, room
                    out_mask[n] = masks
                    out_cost[n] = 0 if preferred[0, t] >= length[shape] else weight
                    n += 1
    ptr[-1] = n
    return ptr, out_t[:n].copy(), out_mask[:n].copy(), out_room[:n].copy(), out_cost[:n].copy()
