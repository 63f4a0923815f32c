"""The board: a plan laid out beside its problem, so that rules and cost can ask who is where and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from coordinator.domain.clinic_time import DAY, Day, Minute, wall_clock, zone_named
from coordinator.domain.hours import IntervalIndex
from coordinator.domain.protocol import Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """One person at one visit, or at a part of it, for one need; `row` None is supervision outside the problem."""

    person: str
    start: Minute
    end: Minute
    shared: bool
    kept: bool
    row: Row | None = None
    need: Need | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One visit that stands in the plan, or is kept."""

    enrollment: Enrollment
    visit: ProtocolVisit
    placed: PlacedVisit
    kept: bool
    start: Minute
    end: Minute
    day: Day
    presences: tuple[Presence, ...]

    @property
    def key(self) -> tuple[str, str]:
        """(enrollment, visit)."""
        return self.enrollment.id, self.visit.id

    @property
    def name(self) -> str:
        """The visit as messages name it."""
        return f"{self.enrollment.id}/{self.visit.id}"

    @property
    def label(self) -> str:
        """The visit and its start, for messages."""
        return f"{self.name} at {_stamp(self.start)}"


@lru_cache(maxsize=4096)
def _stamp(minute: Minute) -> str:
    """A time as messages write it; a drag asks thousands of times for the same few."""
    return f"{wall_clock(minute):%Y-%m-%d %H:%M}"


def bare_row(enrollment: Enrollment, visit: ProtocolVisit, start: Minute) -> Row:
    """A visit at a time, without room and people as yet."""
    placed = PlacedVisit(enrollment.id, visit.id, start, None, {})
    return Row(enrollment, visit, placed, False, start, start + visit.minutes, start // DAY, ())


def row_of(enrollment: Enrollment, visit: ProtocolVisit, placed: PlacedVisit, kept: bool) -> Row:
    """Lays one visit out; `placed.staff` names a person for each of its needs."""
    row = Row(
        enrollment=enrollment,
        visit=visit,
        placed=placed,
        kept=kept,
        start=placed.start,
        end=placed.start + visit.minutes,
        day=placed.start // DAY,
        presences=(),
    )
    presences = tuple(_presence(row, need) for need in visit.needs)
    object.__setattr__(row, "presences", presences)  # the two name each other
    return row


def _presence(row: Row, need: Need) -> Presence:
    start = row.start + need.offset
    return Presence(row.placed.staff[need.name], start, start + need.minutes, need.shared, row.kept, row, need)


class Board:
    """The visits that stand, with the lookups that the rules share. `planned` are ids of enrollments."""

    def __init__(self, problem: Problem, rows: Iterable[Row], planned: Collection[str]) -> None:
        self.problem = problem
        self.rows = list(rows)
        self.planned = [each for each in problem.enrollments if each.id in planned]
        self.zone = zone_named(problem.timezone)
        self.staff = {each.id: each for each in problem.staff}
        self.rooms = {each.id: each for each in problem.rooms}
        self.protocols = {each.id: each for each in problem.protocols}
        self.visits_of: dict[str, dict[str, Row]] = {each.id: {} for each in problem.enrollments}
        for row in self.rows:
            self.visits_of[row.enrollment.id][row.visit.id] = row

    def protocol_of(self, enrollment: Enrollment) -> Protocol:
        """The protocol that an enrollment runs."""
        return self.protocols[enrollment.protocol]

    @cached_property
    def presences(self) -> dict[str, list[Presence]]:
        """For each person all presences at visits, and places of supervision taken elsewhere, by start."""
        found: dict[str, list[Presence]] = {each: [] for each in self.staff}
        for row in self.rows:
            for presence in row.presences:
                found[presence.person].append(presence)
        for person in self.problem.staff:
            found[person.id] += [
                Presence(person.id, each.start, each.end, shared=True, kept=True) for each in person.supervising
            ]
        for presences in found.values():
            presences.sort(key=lambda each: each.start)
        return found

    @cached_property
    def rows_of_patient(self) -> dict[str, list[Row]]:
        """For each patient all visits, by start."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.rows, key=lambda each: each.start):
            for patient in row.enrollment.patients:
                found[patient].append(row)
        return found

    @cached_property
    def rows_of_room(self) -> dict[str, list[Row]]:
        """For each room all visits, by start."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.rows, key=lambda each: each.start):
            if row.placed.room is not None:
                found[row.placed.room].append(row)
        return found

    @cached_property
    def time_off(self) -> dict[str, IntervalIndex]:
        """Each person's time off."""
        return {each.id: IntervalIndex(each.time_off) for each in self.problem.staff}

    @cached_property
    def staff_booked(self) -> dict[str, IntervalIndex]:
        """What each person is booked for outside the problem."""
        return {each.id: IntervalIndex(each.booked) for each in self.problem.staff}

    @cached_property
    def room_booked(self) -> dict[str, IntervalIndex]:
        """What each room is booked for outside the problem."""
        return {each.id: IntervalIndex(each.booked) for each in self.problem.rooms}
