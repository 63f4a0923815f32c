"""Hard rules about visits that meet: at a patient, a person or a room, and in a day's or a week's sum.

Kept visits may break these among themselves: a rule is broken only where a visit that is not kept takes part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from coordinator.domain.board import Board, Presence, Row
from coordinator.domain.clinic_time import DAY, date_of, wall_clock, week_of
from coordinator.domain.violation import Violation


class _Stretch(Protocol):
    """What has a start and an end, and may be kept."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kept(self) -> bool: ...


S = TypeVar("S", bound=_Stretch)


def no_patient_twice(board: Board) -> Iterator[Violation]:
    """Rule 3: two visits that share a patient never overlap."""
    for patient, rows in board.rows_of_patient.items():
        for a, b in _following(rows, 0):
            yield _meeting(3, "patient-overlap", a, b, f"{a.label} and {b.label} overlap for patient {patient}.")


def visits_per_day(board: Board) -> Iterator[Violation]:
    """Rule 3: an enrollment has at most `max_visits_per_day` visits on one day."""
    for enrollment in board.problem.enrollments:
        limit = board.protocol_of(enrollment).max_visits_per_day
        if limit is None:
            continue
        for day, rows in _grouped(list(board.visits_of[enrollment.id].values()), lambda row: row.day).items():
            if len(rows) > limit and not _all_kept(rows):
                message = (
                    f"{enrollment.id} has {len(rows)} visits on {date_of(day * DAY)}; at most {limit} are allowed."
                )
                yield _sum_broken(3, "visits-per-day", rows, message, None)


def nobody_twice(board: Board) -> Iterator[Violation]:
    """Rule 4: a person who fills an ordinary need does nothing else during that part."""
    for person, presences in board.presences.items():
        name = board.staff[person].name
        for a, b in _following(presences, 0):
            if not (a.shared and b.shared):
                message = f"{name} is needed by {_label(a)} and by {_label(b)} at the same time."
                yield _at_person(4, "staff-overlap", a, b, message)


def staff_turnover(board: Board) -> Iterator[Violation]:
    """Rule 4: after ordinary work a person has no other need for `turnover_minutes`; parts of one visit excepted."""
    for person in board.problem.staff:
        if not person.turnover_minutes:
            continue
        for a, b in _following(board.presences[person.id], person.turnover_minutes):
            if a.end <= b.start and not a.shared and a.row is not b.row:
                message = f"{person.name} needs {person.turnover_minutes} minutes between {_label(a)} and {_label(b)}."
                yield _at_person(4, "staff-turnover", a, b, message)


def supervision(board: Board) -> Iterator[Violation]:
    """Rule 4: a person fills at most `supervises` shared needs at once, supervision outside the problem included."""
    for person in board.problem.staff:
        for together in _at_once([each for each in board.presences[person.id] if each.shared]):
            if len(together) > person.supervises and not _all_kept(together):
                at = wall_clock(together[-1].start)
                message = (
                    f"{person.name} would supervise {len(together)} at once on {at:%Y-%m-%d %H:%M};"
                    f" at most {person.supervises} are possible."
                )
                yield _sum_broken(4, "supervision", _rows(together), message, person.id)


def minutes_per_day(board: Board) -> Iterator[Violation]:
    """Rule 5: a person's ordinary minutes on a date stay within `max_minutes_per_day`."""
    for person in board.problem.staff:
        if person.max_minutes_per_day is not None:
            days = _grouped(_ordinary(board, person.id), lambda each: each.row.day if each.row else 0)
            yield from _over(days, person.max_minutes_per_day, "minutes-per-day", person.id, person.name)


def minutes_per_week(board: Board) -> Iterator[Violation]:
    """Rule 5: a person's ordinary minutes in an ISO week stay within `max_minutes_per_week`."""
    for person in board.problem.staff:
        if person.max_minutes_per_week is not None:
            weeks = _grouped(_ordinary(board, person.id), lambda each: week_of(each.start // DAY))
            yield from _over(weeks, person.max_minutes_per_week, "minutes-per-week", person.id, person.name)


def one_visit_a_room(board: Board) -> Iterator[Violation]:
    """Rule 6: a room holds one visit at a time, and is empty for its `turnover_minutes` after each."""
    for room_id, rows in board.rows_of_room.items():
        room = board.rooms[room_id]
        for a, b in _following(rows, room.turnover_minutes):
            if b.start < a.end:
                message = f"{a.label} and {b.label} overlap in {room.name}."
                yield _meeting(6, "room-overlap", a, b, message)
            else:
                message = f"{room.name} needs {room.turnover_minutes} minutes between {a.label} and {b.label}."
                yield _meeting(6, "room-turnover", a, b, message)


TOGETHER_RULES = (
    no_patient_twice,
    visits_per_day,
    nobody_twice,
    staff_turnover,
    supervision,
    minutes_per_day,
    minutes_per_week,
    one_visit_a_room,
)


def _following(stretches: Sequence[S], turnover: int) -> Iterator[tuple[S, S]]:
    """Each two, sorted by start and not both kept, of which the second begins before the first and turnover end."""
    for index, a in enumerate(stretches):
        for later in range(index + 1, len(stretches)):
            b = stretches[later]
            if b.start >= a.end + turnover:
                break
            if not (a.kept and b.kept):
                yield a, b


def _at_once(presences: Sequence[Presence]) -> Iterator[list[Presence]]:
    """For each start, all that are there at that moment."""
    there: list[Presence] = []
    for index, presence in enumerate(presences):
        there = [each for each in there if each.end > presence.start] + [presence]
        if index + 1 == len(presences) or presences[index + 1].start > presence.start:
            yield there


K = TypeVar("K", bound=Hashable)


def _grouped(stretches: Sequence[S], key: Callable[[S], K]) -> dict[K, list[S]]:
    found: defaultdict[K, list[S]] = defaultdict(list)
    for each in stretches:
        found[key(each)].append(each)
    return found


def _all_kept(stretches: Sequence[_Stretch]) -> bool:
    return all(each.kept for each in stretches)


def _ordinary(board: Board, person: str) -> list[Presence]:
    return [each for each in board.presences[person] if not each.shared]


def _over(
    groups: Mapping[K, list[Presence]], most: int, name: str, person: str, person_name: str
) -> Iterator[Violation]:
    for presences in groups.values():
        minutes = sum(each.end - each.start for each in presences)
        if minutes > most and not _all_kept(presences):
            when = f"{'on' if name == 'minutes-per-day' else 'in the week of'} {date_of(presences[0].start)}"
            message = f"{person_name} would work {minutes} minutes {when}; at most {most} minutes are allowed."
            yield _sum_broken(5, name, _rows(presences), message, person)


def _rows(presences: Sequence[Presence]) -> list[Row]:
    return list({id(each.row): each.row for each in presences if each.row is not None}.values())


def _label(presence: Presence) -> str:
    if presence.row is not None:
        return presence.row.label
    return f"supervision elsewhere at {wall_clock(presence.start):%Y-%m-%d %H:%M}"


def _at_person(rule: int, name: str, a: Presence, b: Presence, message: str) -> Violation:
    if a.row is None or b.row is None:
        row = a.row or b.row
        assert row is not None, "supervision elsewhere is kept, so its partner is a visit"
        return Violation(rule, name, *row.key, message, a.person, (row.key,))
    return _meeting(rule, name, a.row, b.row, message)


def _meeting(rule: int, name: str, a: Row, b: Row, message: str) -> Violation:
    """The violation stands at the later visit, unless that one is kept."""
    row, other = (a, b) if b.kept else (b, a)
    touches = tuple(dict.fromkeys(each.key for each in (a, b) if not each.kept))
    return Violation(rule, name, *row.key, message, other.name, touches)


def _sum_broken(rule: int, name: str, rows: Sequence[Row], message: str, blocker: str | None) -> Violation:
    """The violation stands at the last visit that is not kept."""
    touches = tuple(row.key for row in sorted(rows, key=lambda row: row.start) if not row.kept)
    return Violation(rule, name, *touches[-1], message, blocker, touches)
