"""Legality: at which times may one visit stand now, and what refuses every other time. Without a planner.

The other visits stay where they are. A time is legal where some room and some people, or those asked for, keep
every hard rule; each refused time names the first rule that refuses it and the blocker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coordinator.domain.board import Board, Row, bare_row
from coordinator.domain.clinic_time import DAY, Day, Minute, day_of, weekday_of
from coordinator.domain.errors import InvalidInput
from coordinator.domain.layout import lay_visits
from coordinator.domain.legality_people import PeopleFinder, minutes_taken
from coordinator.domain.legality_rooms import RoomFinder
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.rules_program import gap_broken
from coordinator.domain.rules_visit import TIME_RULES
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem
from coordinator.domain.violation import Violation

ROOM_RULE = 6
"""The number of the rules about rooms."""


@dataclass(frozen=True, slots=True)
class StartVerdict:
    """Whether a visit may start then. A legal start comes with a room (None: video) and people for it."""

    start: Minute
    refusal: Violation | None
    room: str | None = None
    staff: Mapping[str, str] | None = None

    @property
    def is_legal(self) -> bool:
        """Whether the visit may start then."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Ask:
    """A room and people (need names to staff ids) that a visit is to have; what is left out is free."""

    room: str | None = None
    staff: Mapping[str, str] = field(default_factory=dict)


def starts(
    problem: Problem,
    visits: Iterable[PlacedVisit],
    enrollment: str,
    visit: str,
    days: Iterable[Day],
    room: str | None = None,
    staff: Mapping[str, str] | None = None,
) -> list[StartVerdict]:
    """A verdict for every start of the grid on some days, in time.

    `visits` are all that stand now, the visit itself among them or not. `room` and `staff` (need names to staff ids)
    are those asked for; what is left out is free. Raises InvalidInput for a visit that is kept, and for names that
    stand for nothing.
    """
    slot = problem.slot_minutes
    wanted = [day * DAY + at for day in sorted(set(days)) for at in range(0, DAY, slot)]
    return places(problem, visits, enrollment, visit, wanted, [[Ask(room, dict(staff or {}))]])[0]


def places(
    problem: Problem,
    visits: Iterable[PlacedVisit],
    enrollment: str,
    visit: str,
    starts: Sequence[Minute],
    asks: Sequence[Sequence[Ask]],
) -> list[list[StartVerdict]]:
    """For each of several choices a verdict for every start; all else is as `starts` has it.

    A choice lists what is asked for, the best first: where a room refuses one, the next is tried.
    """
    days = sorted({day_of(each) for each in starts})
    flat = _searches(problem, visits, enrollment, visit, days, [ask for choice in asks for ask in choice])
    found = iter(flat)
    searches = [[next(found) for _ in choice] for choice in asks]
    return [[_first_legal(choice, each) for each in starts] for choice in searches]


def _first_legal(choice: Sequence[_Search], start: Minute) -> StartVerdict:
    first = choice[0].verdict(start)
    if first.refusal is None or first.refusal.rule != ROOM_RULE:
        return first
    return next((found for each in choice[1:] if (found := each.verdict(start)).is_legal), first)


@dataclass(slots=True)
class _Search:
    """One visit on the board of all others."""

    board: Board
    enrollment: Enrollment
    visit: ProtocolVisit
    rooms: RoomFinder
    people: PeopleFinder
    at_all: dict[Minute, tuple[Row, Violation | None]]
    """What refuses each start whatever the room and the people: the searches on one board share it."""

    def verdict(self, start: Minute) -> StartVerdict:
        if start not in self.at_all:
            row = bare_row(self.enrollment, self.visit, start)
            self.at_all[start] = row, next(self._refusals(row), None)
        row, refusal = self.at_all[start]
        if refusal is not None:
            return StartVerdict(start, refusal)
        room, refusal = self.rooms.find(row)
        if refusal is not None:
            return StartVerdict(start, refusal)
        staff, refusal = self.people.find(row)
        if refusal is not None:
            return StartVerdict(start, refusal)
        return StartVerdict(start, None, room, staff)

    def _refusals(self, row: Row) -> Iterator[Violation]:
        """What refuses the time, whatever the room and the people."""
        for rule in TIME_RULES:
            yield from rule(self.board, row)
        yield from self._other_visits(row)
        yield from self._full_day(row)
        yield from self._gaps(row)

    def _other_visits(self, row: Row) -> Iterator[Violation]:
        for patient in self.enrollment.patients:
            for other in self.board.rows_of_patient.get(patient, ()):
                if other.start < row.end and row.start < other.end:
                    message = f"{row.label} overlaps {other.label} for patient {patient}."
                    yield Violation(3, "patient-overlap", *row.key, message, other.name, (row.key,))

    def _full_day(self, row: Row) -> Iterator[Violation]:
        limit = self.board.protocol_of(self.enrollment).max_visits_per_day
        there = [each for each in self.board.visits_of[self.enrollment.id].values() if each.day == row.day]
        if limit is not None and len(there) >= limit:
            message = f"{self.enrollment.id} has {len(there)} other visits on the day of {row.label}; at most {limit}."
            yield Violation(3, "visits-per-day", *row.key, message, there[-1].name, (row.key,))

    def _gaps(self, row: Row) -> Iterator[Violation]:
        mine = self.board.visits_of[self.enrollment.id]
        for gap in self.board.protocol_of(self.enrollment).gaps:
            if row.visit.id == gap.after and gap.before in mine:
                yield from _seen_from(row, mine[gap.before], gap_broken(gap, mine[gap.before], row))
            elif row.visit.id == gap.before and gap.after in mine:
                yield from _seen_from(row, mine[gap.after], gap_broken(gap, row, mine[gap.after]))


def _seen_from(row: Row, other: Row, found: Iterator[Violation]) -> Iterator[Violation]:
    """The violations as those of the visit that is to move: what blocks it is the other."""
    return (Violation(each.rule, each.name, *row.key, each.message, other.name, (row.key,)) for each in found)


def _searches(
    problem: Problem,
    visits: Iterable[PlacedVisit],
    enrollment_id: str,
    visit_id: str,
    days: list[Day],
    asks: Iterable[Ask],
) -> list[_Search]:
    enrollment = next((each for each in problem.enrollments if each.id == enrollment_id), None)
    if enrollment is None:
        raise InvalidInput(f"There is no enrollment “{enrollment_id}”.")
    visit = next((each for each in problem.protocol(enrollment.protocol).visits if each.id == visit_id), None)
    if visit is None:
        raise InvalidInput(f"“{enrollment_id}” has no visit “{visit_id}”.")
    if any(kept.visit == visit_id for kept in enrollment.kept):
        raise InvalidInput(f"{enrollment_id}/{visit_id} has begun or is over, so it can no longer be moved.")
    others = _near(visits, enrollment_id, visit_id, days)
    board = lay_visits(
        _about(problem, others, enrollment), others, {each.enrollment for each in others} | {enrollment_id}
    )
    asks = list(asks)
    minutes, at_all = minutes_taken(board), dict[Minute, tuple[Row, Violation | None]]()
    rooms = {room: RoomFinder(board, enrollment, visit, room) for room in {ask.room for ask in asks}}
    return [
        _Search(
            board,
            enrollment,
            visit,
            rooms[ask.room],
            PeopleFinder(board, enrollment, visit, dict(ask.staff), minutes),
            at_all,
        )
        for ask in asks
    ]


def _about(problem: Problem, visits: Iterable[PlacedVisit], enrollment: Enrollment) -> Problem:
    """The problem without the enrollments that have nothing to do with the visits: there may be hundreds."""
    ids = {each.enrollment for each in visits}
    kept = (each for each in problem.enrollments if each is enrollment or each.id in ids or each.kept)
    return replace(problem, enrollments=tuple(kept))


def _near(visits: Iterable[PlacedVisit], enrollment: str, visit: str, days: list[Day]) -> list[PlacedVisit]:
    """The other visits that can matter: those of the enrollment, and those in the weeks of the days."""
    if not days:
        return []
    first, last = (days[0] - weekday_of(days[0]) - 1) * DAY, (days[-1] - weekday_of(days[-1]) + 8) * DAY
    return [
        each
        for each in visits
        if (each.enrollment == enrollment and each.visit != visit)
        or (each.enrollment != enrollment and first <= each.start < last)
    ]
