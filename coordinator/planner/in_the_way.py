"""What stands in the way: prices for taking what others have, and who must go when it is taken all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.assemble import Prices
from coordinator.planner.grid import ALL, FIXED, Grid, Presence
from coordinator.planner.native import Ints
from coordinator.planner.program import Program


@dataclass(frozen=True, slots=True)
class Stay:
    """One placed visit as units: who is there when, the room, and the patients (numbers of the grid)."""

    owner: int
    day: int
    start: int
    end: int
    room: int
    patients: tuple[int, ...]
    presences: tuple[Presence, ...]


def stay_of(grid: Grid, owner: int, protocol: Protocol, placed: PlacedVisit, patients: Sequence[str]) -> Stay:
    """A placed visit as a stay."""
    visit = protocol.visit(placed.visit)
    start = grid.at(placed.start)
    return Stay(
        owner,
        start // grid.per_day,
        start,
        start + visit.minutes // grid.unit,
        -1 if placed.room is None else grid.rooms[placed.room],
        tuple(grid.patients[each] for each in patients),
        tuple(grid.presences(visit, placed)),
    )


def prices_for(program: Program, grid: Grid, others: Iterable[Stay], price: Mapping[int, int]) -> Prices:
    """The price of each unit of a program's people and rooms, from who holds it; `price` is by owner."""
    units = grid.days * grid.per_day
    staff = {person: p for p, person in enumerate(program.staff)}
    rooms = {room: p for p, room in enumerate(program.rooms)}
    cover = np.zeros((2, len(staff), units), np.int64)
    begins = np.zeros((2, len(staff), units + 1), np.int64)
    room_cover, room_begins = np.zeros((len(rooms), units), np.int64), np.zeros((len(rooms), units + 1), np.int64)
    for each in others:
        cost = price[each.owner]
        for presence in each.presences:
            if presence.person in staff:
                _price_presence(cover, begins, staff[presence.person], presence, grid, cost)
        if each.room in rooms:
            end = each.end + int(grid.room_turn[each.room])
            room_cover[rooms[each.room], each.start : end] += cost
            room_begins[rooms[each.room], each.start] += cost
    return Prices(cover, _before(begins), room_cover, _before(room_begins))


def _price_presence(cover: Ints, begins: Ints, person: int, each: Presence, grid: Grid, cost: int) -> None:
    """Ordinary needs meet everything; shared needs meet ordinary work, and sharing only where places are few."""
    end = each.end + (0 if each.shared else int(grid.staff_turn[each.person]))
    cover[0, person, each.start : end] += cost
    begins[0, person, each.start] += cost
    part = cost
    if each.shared:
        taken = int(grid.shared[ALL, each.person, each.start : each.end].max(initial=0))
        part = cost // taken if taken and taken >= grid.supervises[each.person] else 0
    cover[1, person, each.start : end] += part
    begins[1, person, each.start] += part


def _before(begins: Ints) -> Ints:
    """begins[t]: the sum of all that begins before t."""
    out = np.zeros_like(begins)
    out[..., 1:] = np.cumsum(begins[..., :-1], axis=-1)
    return out


def in_the_way(grid: Grid, new: Sequence[Stay], others: Iterable[Stay]) -> set[int]:
    """The owners that cannot stay beside the new stays (limits of minutes aside)."""
    by_day: dict[int, list[Stay]] = {}
    for each in others:
        by_day.setdefault(each.day, []).append(each)
    hit: set[int] = set()
    for stay in new:
        there = [each for day in (stay.day - 1, stay.day, stay.day + 1) for each in by_day.get(day, ())]
        hit |= {each.owner for each in there if _collide(grid, stay, each)}
        hit |= _too_many_shared(grid, stay, [each for each in there if each.owner not in hit])
    return hit


def _collide(grid: Grid, a: Stay, b: Stay) -> bool:
    if set(a.patients) & set(b.patients) and a.start < b.end and b.start < a.end:
        return True
    if a.room >= 0 and a.room == b.room:
        turn = int(grid.room_turn[a.room])
        if a.start < b.end + turn and b.start < a.end + turn:
            return True
    return any(_meet(grid, p, q) for p in a.presences for q in b.presences)


def _meet(grid: Grid, p: Presence, q: Presence) -> bool:
    if p.person != q.person or (p.shared and q.shared):
        return False
    turn = int(grid.staff_turn[p.person])
    return p.start < q.end + (0 if q.shared else turn) and q.start < p.end + (0 if p.shared else turn)


def _too_many_shared(grid: Grid, stay: Stay, there: Sequence[Stay]) -> set[int]:
    """Owners to send away so that the stay's shared needs find a place."""
    gone: set[int] = set()
    for need in stay.presences:
        if not need.shared:
            continue
        standing = grid.shared[FIXED, need.person]
        for t in range(need.start, need.end):
            sharing = [
                each.owner for each in there if each.owner not in gone
                for q in each.presences if q.shared and q.person == need.person and q.start <= t < q.end
            ]  # fmt: skip
            spare = int(grid.supervises[need.person]) - 1 - int(standing[t])
            gone |= set(sharing[max(spare, 0) :])
    return gone


def over_the_limit(grid: Grid, new: Sequence[Stay], others: Iterable[Stay]) -> set[int]:
    """Owners to send away so that nobody in the (already placed) new stays works longer than a day or week allows."""
    gone: set[int] = set()
    all_others = list(others)
    for stay in new:
        week = int(grid.week_of_day[stay.day])
        for need in stay.presences:
            over_day = grid.day_minutes[ALL, need.person, stay.day] - grid.day_cap[need.person]
            over_week = grid.week_minutes[ALL, need.person, week] - grid.week_cap[need.person]
            if need.shared or (over_day <= 0 and over_week <= 0):
                continue
            for each in all_others:
                same_week = int(grid.week_of_day[each.day]) == week
                worked = sum(p.end - p.start for p in each.presences if p.person == need.person and not p.shared)
                relevant = each.day == stay.day if over_day > 0 else same_week
                if each.owner in gone or not worked or not relevant:
                    continue
                gone.add(each.owner)
                break
    return gone
