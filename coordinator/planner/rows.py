"""What a visit costs by itself: for a row (a visit and the people allowed) the least cost on each day."""

from __future__ import annotations

import numpy as np

from coordinator.planner.case import Case, Rows
from coordinator.planner.compiled import FAR, Ints, compiled

_BITS = 62


@compiled
def next_people(masks: Ints, names: int, who: Ints) -> bool:
    """Steps `who` to the next choice of different people, one from each mask; all -1 asks for the first."""
    level = names - 1 if names and who[names - 1] >= 0 else 0
    if names == 0:
        return False
    while level >= 0:
        person = who[level] + 1
        while person < _BITS and not _may_join(masks, who, level, person):
            person += 1
        if person >= _BITS:
            who[level] = -1
            level -= 1
            continue
        who[level] = person
        if level == names - 1:
            return True
        level += 1
    return False


@compiled
def _may_join(masks: Ints, who: Ints, level: int, person: int) -> bool:
    if not masks[level] >> person & 1:
        return False
    for lower in range(level):
        if who[lower] == person:
            return False
    return True


@compiled
def _any_people(masks: Ints, names: int, who: Ints) -> bool:
    """Whether different people can be chosen from the masks at all."""
    for name in range(names):
        if masks[name] == 0:
            return False
    if names < 2:
        return True
    if names == 2:
        return masks[0] != masks[1] or masks[0] & (masks[0] - 1) != 0
    who[:] = -1
    return next_people(masks, names, who)


@compiled
def price_of_people(case: Case, shape: int, t: int, who: Ints) -> int:
    """What stands in the way of these people, at its price."""
    total = 0
    for i in range(case.part_ptr[shape], case.part_ptr[shape + 1]):
        person = who[case.part_name[i]]
        kind = case.part_shared[i]
        start = t + case.part_start[i]
        end = start + case.part_length[i]
        if kind == 0:
            end = min(end + case.staff_turn[person], case.cover.shape[2])
        total += case.cover[kind, person, start] + case.begins[kind, person, end] - case.begins[kind, person, start + 1]
    return total


@compiled
def price_of_room(case: Case, room: int, t: int, length: int) -> int:
    """What stands in the way of a room, at its price."""
    end = min(t + length + case.room_turn[room], case.room_cover.shape[1])
    return case.room_cover[room, t] + case.room_begins[room, end] - case.room_begins[room, t + 1]


@compiled
def cheapest_rooms(case: Case, mask: int, t: int, length: int) -> tuple[int, int]:
    """The rooms of a mask with the least price, and that price."""
    if mask <= 0 or not case.priced:
        return mask, 0
    best, which = FAR, 0
    for room in range(_BITS):
        if mask >> room & 1:
            price = price_of_room(case, room, t, length)
            if price < best:
                best, which = price, 0
            if price == best:
                which |= 1 << room
    return which, best


@compiled
def change_cost(case: Case, visit: int, t: int) -> int:
    """The cost of starting elsewhere than before, where there was a before."""
    previous = case.previous_t[visit]
    return case.moved if previous > -FAR and previous != t else 0


@compiled
def staff_cost(case: Case, visit: int, who: Ints, names: int) -> int:
    """The cost of other people than before, where there was a before."""
    if case.previous_t[visit] <= -FAR:
        return 0
    for name in range(names):
        if case.previous_who[visit, name] != who[name]:
            return case.restaffed
    return 0


@compiled
def _least_staff_cost(case: Case, visit: int, t: int, masks: Ints, who: Ints) -> int:
    """The least cost over all choices of people; FAR where there is none."""
    shape = case.shape[visit]
    names = case.names[shape]
    if not _any_people(masks, names, who):
        return FAR
    before = case.previous_t[visit] > -FAR
    if case.priced == 0 and not before:
        return 0
    if case.priced == 0:
        for name in range(names):
            person = case.previous_who[visit, name]
            if person < 0 or not masks[name] >> person & 1:
                return case.restaffed
        return 0
    best = FAR
    who[:] = -1
    if names == 0:
        return 0
    while next_people(masks, names, who):
        best = min(best, staff_cost(case, visit, who, names) + price_of_people(case, shape, t, who))
    return best


@compiled
def slot_least(case: Case, visit: int, slot: int, allowed: Ints, masks: Ints, who: Ints) -> int:
    """The least cost of a visit at a slot with the people allowed; FAR where it cannot be. `masks`, `who`: scratch."""
    t = case.slot_t[slot]
    if t < case.not_before[visit] or t > case.not_after[visit]:
        return FAR
    for name in range(case.names[case.shape[visit]]):
        masks[name] = case.slot_mask[slot, name] & allowed[name]
    people = _least_staff_cost(case, visit, t, masks, who)
    if people >= FAR:
        return FAR
    _, rooms = cheapest_rooms(case, case.slot_room[slot], t, case.length[case.shape[visit]])
    day = t // case.per_day
    return case.slot_cost[slot] + change_cost(case, visit, t) + people + rooms + case.day_cost[visit, day]


@compiled
def fill_rows(case: Case, rows: Rows, first: int) -> None:
    """Fills `rows.cost` from row `first` on."""
    days = rows.cost.shape[1]
    masks, who = np.zeros(case.slot_mask.shape[1], np.int64), np.zeros(case.slot_mask.shape[1], np.int64)
    for row in range(first, len(rows.visit)):
        visit = rows.visit[row]
        shape = case.shape[visit]
        for day in range(days):
            best = FAR
            for slot in range(case.slot_ptr[shape * days + day], case.slot_ptr[shape * days + day + 1]):
                cost = slot_least(case, visit, slot, rows.mask[row], masks, who)
                best = min(best, cost)
            rows.cost[row, day] = best
