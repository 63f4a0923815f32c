"""Hard rules about one visit by itself: days, patients, people, room. Kept visits are subject to none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from coordinator.domain.board import Board, Presence, Row
from coordinator.domain.clinic import Room
from coordinator.domain.clinic_time import DAY, date_of, skipped, wall_clock
from coordinator.domain.hours import Interval, IntervalIndex, first_meeting
from coordinator.domain.violation import Violation

RowRule = Callable[[Board, Row], Iterator[Violation]]


def _broken(rule: int, name: str, row: Row, message: str, blocker: str | None = None) -> Violation:
    return Violation(rule, name, row.enrollment.id, row.visit.id, f"{row.label} {message}", blocker, (row.key,))


def _span(interval: Interval) -> str:
    return f"{wall_clock(interval.start):%Y-%m-%d %H:%M} to {_end(interval.end)}"


def _end(minute: int) -> str:
    if minute % DAY == 0:
        return f"{date_of(minute - 1)} 24:00"
    return f"{wall_clock(minute):%Y-%m-%d %H:%M}"


def on_grid(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: a visit starts at a whole multiple of the slot after midnight."""
    if row.start % DAY % board.problem.slot_minutes:
        yield _broken(2, "grid", row, f"does not start on the grid of {board.problem.slot_minutes} minutes.")


def ends_same_day(_board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: a visit ends on the day it starts, at 24:00 at the latest."""
    if row.end > (row.day + 1) * DAY:
        yield _broken(2, "ends-same-day", row, f"takes {row.visit.minutes} minutes and runs past midnight.")


def in_horizon(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: a visit lies on a day of the horizon."""
    if not board.problem.first <= row.day <= board.problem.last:
        yield _broken(2, "horizon", row, "is outside the days that are planned.")


def not_before(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: no visit starts before `not_before`."""
    bound = board.problem.not_before
    if bound is not None and row.start < bound:
        yield _broken(2, "not-before", row, f"starts before {wall_clock(bound):%Y-%m-%d %H:%M}.")


def time_exists(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: a visit neither starts nor ends at a time that the spring change skips."""
    if skipped(row.start, board.zone) or skipped(row.end, board.zone):
        yield _broken(
            2, "skipped-time", row, f"touches a time that clocks in {board.problem.timezone} skip that night."
        )


def no_closure(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: no visit on a day that the clinic is closed."""
    if row.day in board.problem.closures:
        yield _broken(2, "closure", row, "is on a day that the clinic is closed.", "closure")


def within_dates(_board: Board, row: Row) -> Iterator[Violation]:
    """Rule 2: a visit lies on or between the enrollment's earliest and latest date."""
    enrollment = row.enrollment
    if row.day < enrollment.earliest:
        yield _broken(2, "enrollment-dates", row, f"is before {date_of(enrollment.earliest * DAY)}, the earliest date.")
    elif enrollment.latest is not None and row.day > enrollment.latest:
        yield _broken(2, "enrollment-dates", row, f"is after {date_of(enrollment.latest * DAY)}, the latest date.")


def patient_hours(_board: Board, row: Row) -> Iterator[Violation]:
    """Rule 3: a visit lies inside the weekly hours of the enrollment's patients."""
    weekly = row.enrollment.weekly
    if weekly is not None and not weekly.contains(row.start, row.end):
        yield _broken(3, "patient-hours", row, "is outside the hours that the patient can come.", row.enrollment.id)


def patient_unavailable(_board: Board, row: Row) -> Iterator[Violation]:
    """Rule 3: a visit lies outside the times that the patients are unavailable."""
    hit = first_meeting(row.enrollment.unavailable, row.start, row.end)
    if hit is not None:
        yield _broken(3, "patient-unavailable", row, f"meets the patient's absence, {_span(hit)}.", row.enrollment.id)


def different_people(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 4: needs with different names are filled by different people."""
    people = list(row.placed.staff.values())
    for person in sorted({each for each in people if people.count(each) > 1}):
        yield _broken(4, "different-people", row, f"has {board.staff[person].name} in two places at once.", person)


def role_held(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 4: who fills a need has its role."""
    for presence in row.presences:
        person = board.staff[presence.person]
        if presence.need is not None and presence.need.role not in person.roles:
            yield _broken(4, "staff-role", row, f"needs a {presence.need.role}; {person.name} is none.", person.id)


def staff_hours(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 4: who fills a need is within weekly hours throughout its part of the visit."""
    for presence in row.presences:
        person = board.staff[presence.person]
        if not person.weekly.contains(presence.start, presence.end):
            yield _broken(4, "staff-hours", row, f"is outside the hours of {person.name}.", person.id)


def staff_time_off(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 4: who fills a need is not off during its part of the visit."""
    for presence, hit in _hits(row, board.time_off):
        name = board.staff[presence.person].name
        yield _broken(4, "staff-time-off", row, f"meets the time off of {name}, {_span(hit)}.", presence.person)


def staff_booked(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 4: who fills a need is not booked during its part of the visit."""
    for presence, hit in _hits(row, board.staff_booked):
        name = board.staff[presence.person].name
        yield _broken(4, "staff-booked", row, f"finds {name} booked, {_span(hit)}.", presence.person)


def room_kind(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 6: the room offers the kind that the visit needs."""
    room = _room(board, row)
    if room is not None and row.visit.room not in room.kinds:
        yield _broken(6, "room-kind", row, f"needs a room for {row.visit.room}; {room.name} is none.", room.id)


def room_open(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 6: the room is open throughout the visit."""
    room = _room(board, row)
    if room is not None and room.weekly is not None and not room.weekly.contains(row.start, row.end):
        yield _broken(6, "room-hours", row, f"is outside the hours of {room.name}.", room.id)


def room_free(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 6: the room is not booked during the visit."""
    room = _room(board, row)
    hit = None if room is None else board.room_booked[room.id].meeting(row.start, row.end)
    if room is not None and hit is not None:
        yield _broken(6, "room-booked", row, f"finds {room.name} booked, {_span(hit)}.", room.id)


def room_seats(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 6: the room has a seat for each patient of the enrollment."""
    room = _room(board, row)
    if room is not None and room.seats < len(row.enrollment.patients):
        seats = f"{row.name} needs {len(row.enrollment.patients)} seats; {room.name} has {room.seats}."
        yield Violation(6, "room-seats", row.enrollment.id, row.visit.id, seats, room.id, (row.key,))


def nobody_avoided(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 9: nobody whom the enrollment avoids fills a need."""
    for presence in row.presences:
        if presence.person in row.enrollment.avoid:
            name = board.staff[presence.person].name
            yield _broken(9, "avoided", row, f"has {name}, whom {row.enrollment.id} avoids.", presence.person)


def pinned_people(board: Board, row: Row) -> Iterator[Violation]:
    """Rule 9: the person pinned in the team fills every need of that name."""
    for name, person in row.placed.staff.items():
        pinned = row.enrollment.team.get(name, person)
        if pinned != person:
            who = f"has {board.staff[person].name} as {name}; {board.staff[pinned].name} is pinned."
            yield _broken(9, "pinned", row, who, pinned)


TIME_RULES: tuple[RowRule, ...] = (
    on_grid,
    ends_same_day,
    in_horizon,
    not_before,
    time_exists,
    no_closure,
    within_dates,
    patient_hours,
    patient_unavailable,
)
"""What the time of a visit alone decides."""

ROW_RULES: tuple[RowRule, ...] = (
    *TIME_RULES,
    different_people,
    role_held,
    staff_hours,
    staff_time_off,
    staff_booked,
    room_kind,
    room_open,
    room_free,
    room_seats,
    nobody_avoided,
    pinned_people,
)
"""In order of the exchange format; each looks at one visit that is not kept."""


def _room(board: Board, row: Row) -> Room | None:
    return None if row.placed.room is None else board.rooms[row.placed.room]


def _hits(row: Row, indexes: Mapping[str, IntervalIndex]) -> Iterator[tuple[Presence, Interval]]:
    for presence in row.presences:
        hit = indexes[presence.person].meeting(presence.start, presence.end)
        if hit is not None:
            yield presence, hit
