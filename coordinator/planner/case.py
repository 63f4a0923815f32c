"""What the compiled functions share: one enrollment's problem as arrays. Times are grid units, costs whole numbers."""

from __future__ import annotations

from typing import NamedTuple

from coordinator.planner.compiled import Ints


class Case(NamedTuple):
    """One enrollment among everything that is taken.

    A *shape* is what visits of the same minutes, room and needs have in common; a *slot* is a start at which some people
    and rooms are free for a shape; a *row* is a visit with the people allowed for each of its need names. Sets of people
    and rooms are bit masks.
    """

    per_day: int
    unit: int
    slot: int
    max_per_day: int
    # slots, ordered by shape and day: slot_ptr[shape * days + day]
    slot_ptr: Ints
    slot_t: Ints
    slot_mask: Ints
    slot_room: Ints
    slot_cost: Ints
    # shapes
    length: Ints
    names: Ints
    work: Ints
    part_ptr: Ints
    part_name: Ints
    part_start: Ints
    part_length: Ints
    part_shared: Ints
    # visits that are still free
    shape: Ints
    not_before: Ints
    not_after: Ints
    timed: Ints
    previous_t: Ints
    previous_who: Ints
    day_cost: Ints
    # gaps between free visits: what they say about minutes on one day
    gap_from: Ints
    gap_to: Ints
    gap_least: Ints
    gap_most: Ints
    # the enrollment's own kept visits, by day
    kept_ptr: Ints
    kept_start: Ints
    kept_end: Ints
    # people, rooms
    staff_turn: Ints
    room_turn: Ints
    day_left: Ints
    week_left: Ints
    week_of_day: Ints
    # prices of what is in the way: staff x units, rooms x units
    priced: int
    cover: Ints
    begins: Ints
    room_cover: Ints
    room_begins: Ints
    # weights
    moved: int
    restaffed: int
    waiting: int


class Rows(NamedTuple):
    """The rows of one search, and their least cost on each day."""

    visit: Ints
    mask: Ints
    cost: Ints
