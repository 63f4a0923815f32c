"""What the compiled search reads, as arrays: the order of fields is that of the structs in native/kernel.h."""

from __future__ import annotations

from typing import NamedTuple

from coordinator.planner.native import Ints


class Source(NamedTuple):
    """What slots are made from (slots.c). Runs say for each row and unit how many units from there on are free."""

    shapes: int
    width: int
    people: int
    days: int
    units: int
    per_day: int
    step: int
    weeks: int
    outside_preferred: int
    length: Ints
    names: Ints
    candidates: Ints
    work: Ints
    room_ptr: Ints
    room_list: Ints
    needs_room: Ints
    part_ptr: Ints
    part_name: Ints
    part_start: Ints
    part_length: Ints
    part_shared: Ints
    ordinary: Ints
    sharing: Ints
    after: Ints
    staff_turn: Ints
    room_free: Ints
    room_after: Ints
    room_turn: Ints
    patient: Ints
    preferred: Ints
    touchable: Ints
    open: Ints
    day_left: Ints
    week_left: Ints
    week_of_day: Ints


class Case(NamedTuple):
    """One enrollment among everything that is taken.

    A *shape* is what visits of the same minutes, room and needs have in common; a *slot* is a start at which some
    people and rooms are free for a shape (`slot_ptr[shape * days + day]`); a *row* is a visit with the people allowed
    for each of its need names. Sets of people and rooms are bit masks. `gap_*` say what gaps ask of minutes between
    visits of one day; `kept_*` are the enrollment's own kept visits by day. Prices are of what is in the way.
    """

    days: int
    units: int
    width: int
    per_day: int
    unit: int
    slot: int
    max_per_day: int
    slot_ptr: Ints
    slot_t: Ints
    slot_mask: Ints
    slot_room: Ints
    slot_cost: Ints
    length: Ints
    names: Ints
    work: Ints
    part_ptr: Ints
    part_name: Ints
    part_start: Ints
    part_length: Ints
    part_shared: Ints
    shape: Ints
    not_before: Ints
    not_after: Ints
    timed: Ints
    previous_t: Ints
    previous_who: Ints
    day_cost: Ints
    gaps: int
    gap_from: Ints
    gap_to: Ints
    gap_least: Ints
    gap_most: Ints
    kept_ptr: Ints
    kept_start: Ints
    kept_end: Ints
    people: int
    staff_turn: Ints
    room_turn: Ints
    day_left: Ints
    week_left: Ints
    week_of_day: Ints
    weeks: int
    priced: int
    cover: Ints
    begins: Ints
    room_cover: Ints
    room_begins: Ints
    moved: int
    restaffed: int
    waiting: int


class Rows(NamedTuple):
    """The rows of one search, and their least cost on each day."""

    rows: int
    visit: Ints
    mask: Ints
    cost: Ints


class Chain(NamedTuple):
    """One chain with a choice of people for its program-wide needs.

    `row[k, s]` is the row of position k under set s of the course it lies in; `enter`/`leave` mark a course's ends in
    the chain, `set_cost` is paid on entering. `keep_*`: which moments a node of layer k remembers, and where in the
    layer before they come from (-1: the visit just placed). `gap_*`: gaps from remembered visits to position k.
    """

    length: int
    sets_width: int
    keep_width: int
    visit: Ints
    first_day: Ints
    last_day: Ints
    row: Ints
    sets: Ints
    enter: Ints
    leave: Ints
    set_cost: Ints
    keep_count: Ints
    keep_source: Ints
    gap_ptr: Ints
    gap_slot: Ints
    gap_low: Ints
    gap_high: Ints
    gap_ideal: Ints
    gap_least: Ints
    gap_most: Ints
    ideal_weight: int
    finish_weight: int
    finish_from: int
    finish_least: int


class Crossing(NamedTuple):
    """Gaps between visits of different chains. `ordered`: the second may not be first; `chain`: that of the second."""

    gaps: int
    before: Ints
    after: Ints
    low: Ints
    high: Ints
    ideal: Ints
    ordered: Ints
    least: Ints
    most: Ints
    chain: Ints
    weight: int


class Task(NamedTuple):
    """What is searched (search.h). `halves[split, chain]`: how many halves of the finish a chain bears in a split."""

    chains: int
    splits: int
    tracked: int
    most: int
    beam: int
    most_labels: int
    most_tried: int
    finish_weight: int
    finish_from: int
    finish_least: int
    dag: Ints
    halves: Ints
    who_is_tracked: Ints
