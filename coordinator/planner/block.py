"""The visits of one day together: the cheapest choice of starts, people and rooms that can stand side by side.

Visits of one enrollment meet only on a day: the patient is at one place at a time, people and rooms need their turnover,
and minutes of a day and week add up. A depth-first search over the few visits of a day is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from coordinator.planner.case import Case, Rows
from coordinator.planner.compiled import FAR, Ints, compiled
from coordinator.planner.rows import change_cost, cheapest_rooms, next_people, price_of_people, staff_cost


class Choices(NamedTuple):
    """Scratch of the search on one day: the options of each member, and the best choice found."""

    count: Ints
    t: Ints
    who: Ints
    room: Ints
    cost: Ints
    least: Ints
    pick: Ints
    best: Ints
    rooms: Ints
    best_rooms: Ints


@compiled
def choices(members: int, most: int, names: int) -> Choices:
    """Scratch for that many members with that many options each."""
    return Choices(
        np.zeros(members, np.int64),
        np.zeros((members, most), np.int64),
        np.zeros((members, most, max(names, 1)), np.int64),
        np.zeros((members, most), np.int64),
        np.zeros((members, most), np.int64),
        np.zeros(members + 1, np.int64),
        np.zeros(members, np.int64),
        np.zeros(members, np.int64),
        np.zeros(members, np.int64),
        np.zeros(members, np.int64),
    )


@compiled
def _add_option(case: Case, out: Choices, member: int, visit: int, slot: int, who: Ints) -> None:
    n = out.count[member]
    if n >= out.t.shape[1]:
        return
    shape, t = case.shape[visit], case.slot_t[slot]
    rooms, price = cheapest_rooms(case, case.slot_room[slot], t, case.length[shape])
    cost = case.slot_cost[slot] + price + change_cost(case, visit, t) + staff_cost(case, visit, who, case.names[shape])
    if case.priced:
        cost += price_of_people(case, shape, t, who)
    out.t[member, n], out.room[member, n] = t, rooms
    out.cost[member, n] = cost + case.day_cost[visit, t // case.per_day]
    for name in range(case.names[shape]):
        out.who[member, n, name] = who[name]
    out.count[member] = n + 1


@compiled
def _options_of(case: Case, rows: Rows, out: Choices, member: int, row: int, day: int, at: int) -> None:
    """All options of one member on a day (`at` >= 0: at that start only)."""
    visit = rows.visit[row]
    shape = case.shape[visit]
    names = case.names[shape]
    days = rows.cost.shape[1]
    masks, who = np.zeros(max(names, 1), np.int64), np.zeros(max(names, 1), np.int64)
    out.count[member] = 0
    for slot in range(case.slot_ptr[shape * days + day], case.slot_ptr[shape * days + day + 1]):
        t = case.slot_t[slot]
        if t < case.not_before[visit] or t > case.not_after[visit] or (at >= 0 and t != at):
            continue
        for name in range(names):
            masks[name] = case.slot_mask[slot, name] & rows.mask[row, name]
        who[:] = -1
        if names == 0:
            _add_option(case, out, member, visit, slot, who)
        while next_people(masks, names, who):
            _add_option(case, out, member, visit, slot, who)


@compiled
def _turnover_fits(case: Case, va: int, ta: int, wa: Ints, vb: int, tb: int, wb: Ints) -> bool:
    """Whether nobody in both visits is needed in b before the turnover after ordinary work in a ends."""
    sa, sb = case.shape[va], case.shape[vb]
    for i in range(case.part_ptr[sa], case.part_ptr[sa + 1]):
        person = wa[case.part_name[i]]
        if case.part_shared[i] or case.staff_turn[person] == 0:
            continue
        free_at = ta + case.part_start[i] + case.part_length[i] + case.staff_turn[person]
        for j in range(case.part_ptr[sb], case.part_ptr[sb + 1]):
            start = tb + case.part_start[j]
            if wb[case.part_name[j]] == person and start < free_at and start >= ta:
                return False
    return True


@compiled
def _gaps_fit(case: Case, va: int, ta: int, vb: int, tb: int) -> bool:
    """Whether the minutes between two visits of one day are within all gaps between them."""
    for g in range(len(case.gap_from)):
        if case.gap_from[g] == va and case.gap_to[g] == vb:
            minutes = (tb - ta - case.length[case.shape[va]]) * case.unit
        elif case.gap_from[g] == vb and case.gap_to[g] == va:
            minutes = (ta - tb - case.length[case.shape[vb]]) * case.unit
        else:
            continue
        if minutes < case.gap_least[g] or minutes > case.gap_most[g]:
            return False
    return True


@compiled
def _pair_fits(case: Case, rows: Rows, members: Ints, out: Choices, i: int, j: int) -> bool:
    """Whether the options picked for two members can stand side by side (rooms and minutes of the day aside)."""
    va, vb = rows.visit[members[i]], rows.visit[members[j]]
    a, b = out.pick[i], out.pick[j]
    ta, tb = out.t[i, a], out.t[j, b]
    if ta < tb + case.length[case.shape[vb]] and tb < ta + case.length[case.shape[va]]:
        return False
    if ta < tb:
        if not _turnover_fits(case, va, ta, out.who[i, a], vb, tb, out.who[j, b]):
            return False
    elif not _turnover_fits(case, vb, tb, out.who[j, b], va, ta, out.who[i, a]):
        return False
    return _gaps_fit(case, va, ta, vb, tb)


@compiled
def _minutes_fit(case: Case, rows: Rows, members: Ints, out: Choices, n: int, day: int, used: Ints) -> bool:
    """Whether the working minutes of the picked options fit the day and the week (`used`: spent earlier this week)."""
    for i in range(n):
        shape = case.shape[rows.visit[members[i]]]
        for name in range(case.names[shape]):
            person = out.who[i, out.pick[i], name]
            if case.work[shape, name] == 0:
                continue
            total = 0
            for j in range(n):
                other = case.shape[rows.visit[members[j]]]
                for also in range(case.names[other]):
                    if out.who[j, out.pick[j], also] == person:
                        total += case.work[other, also]
            week = case.week_left[person, case.week_of_day[day]] - used[person]
            if total > case.day_left[person, day] or total > week:
                return False
    return True


@compiled
def _room_fits(case: Case, rows: Rows, members: Ints, out: Choices, i: int, room: int) -> bool:
    """Whether member i can have the room beside the rooms already given to members before it."""
    ti = out.t[i, out.pick[i]]
    length = case.length[case.shape[rows.visit[members[i]]]]
    for j in range(i):
        if out.rooms[j] != room:
            continue
        tj = out.t[j, out.pick[j]]
        other = case.length[case.shape[rows.visit[members[j]]]]
        turn = case.room_turn[room]
        if ti < tj + other + turn and tj < ti + length + turn:
            return False
    return True


@compiled
def _rooms_fit(case: Case, rows: Rows, members: Ints, out: Choices, n: int) -> bool:
    """Gives each member a room, `out.rooms` (-1: by video); False where there are not enough."""
    i = 0
    out.rooms[0] = -2
    while i >= 0:
        mask = out.room[i, out.pick[i]]
        if mask < 0:
            given = -1 if out.rooms[i] == -2 else -2
        else:
            room = max(out.rooms[i] + 1, 0)
            while room < 62 and not (mask >> room & 1 and _room_fits(case, rows, members, out, i, room)):
                room += 1
            given = room if room < 62 else -2
        if given == -2:
            i -= 1
            continue
        out.rooms[i] = given
        if i == n - 1:
            return True
        i += 1
        out.rooms[i] = -2
    return False


@compiled
def _waiting(case: Case, rows: Rows, members: Ints, out: Choices, n: int, day: int) -> int:
    """The waiting between the visits of a day, kept ones included, beyond that between the kept ones alone."""
    first, last = case.kept_ptr[day], case.kept_ptr[day + 1]
    total = last - first + n
    starts, ends = np.zeros(total, np.int64), np.zeros(total, np.int64)
    for k in range(first, last):
        starts[k - first], ends[k - first] = case.kept_start[k], case.kept_end[k]
    alone = _waits(starts[: last - first], ends[: last - first], case.slot)
    for i in range(n):
        t = out.t[i, out.pick[i]]
        starts[last - first + i], ends[last - first + i] = t, t + case.length[case.shape[rows.visit[members[i]]]]
    return (_waits(starts, ends, case.slot) - alone) * case.waiting


@compiled
def _waits(starts: Ints, ends: Ints, slot: int) -> int:
    order = np.argsort(starts)
    total = 0
    for k in range(len(order) - 1):
        total += max(0, starts[order[k + 1]] - ends[order[k]]) // slot
    return total


@compiled
def _leaf(case: Case, rows: Rows, members: Ints, out: Choices, n: int, day: int, used: Ints) -> int:
    """What a complete choice costs beyond its options: waiting; FAR where it does not fit."""
    if not _minutes_fit(case, rows, members, out, n, day, used) or not _rooms_fit(case, rows, members, out, n):
        return FAR
    if n == 1 and case.kept_ptr[day] == case.kept_ptr[day + 1]:
        return 0
    return _waiting(case, rows, members, out, n, day)


@compiled
def block_cost(
    case: Case, rows: Rows, out: Choices, day: int, members: Ints, starts: Ints, n: int, used: Ints, limit: int
) -> int:
    """The least cost (below `limit`, else FAR) of the first `n` rows of `members` on a day; the choice is in `out.best`.

    starts: the start each must have, or -1. used: minutes each person has worked for this enrollment earlier this week.
    """
    for i in range(n):
        _options_of(case, rows, out, i, members[i], day, starts[i])
        if out.count[i] == 0:
            return FAR
    out.least[n] = 0
    for i in range(n - 1, -1, -1):
        out.least[i] = out.least[i + 1] + np.min(out.cost[i, : out.count[i]])
    best, level = limit, 0
    spent = np.zeros(n + 1, np.int64)
    out.pick[0] = -1
    while level >= 0:
        out.pick[level] += 1
        if out.pick[level] >= out.count[level]:
            level -= 1
            continue
        cost = spent[level] + out.cost[level, out.pick[level]]
        if cost + out.least[level + 1] >= best or not _fits_before(case, rows, members, out, level):
            continue
        if level < n - 1:
            spent[level + 1] = cost
            level += 1
            out.pick[level] = -1
            continue
        cost += _leaf(case, rows, members, out, n, day, used)
        if cost < best:
            best = cost
            out.best[:n] = out.pick[:n]
            out.best_rooms[:n] = out.rooms[:n]
    return best if best < limit else FAR


@compiled
def _fits_before(case: Case, rows: Rows, members: Ints, out: Choices, level: int) -> bool:
    for lower in range(level):
        if not _pair_fits(case, rows, members, out, lower, level):
            return False
    return True
