"""A clinic as it stands: everything that the rules and the planner may know, loaded in one place.

The clinic's rows become these dataclasses once; problems, plans and judgments are worked out from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import Day, Minute, day_of
from coordinator.domain.hours import Interval
from coordinator.domain.protocol import Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Weights
from coordinator.domain.working_hours import WorkingHours

LIVING = frozenset({"waiting", "active"})
"""The statuses of an enrollment that is, or is to be, planned; the others are paused or over."""

KEPT = "kept"
"""Stands among the overrides of a visit that a file says is kept: it may break any rule."""

Key = tuple[str, str]
"""An enrollment's code and a visit's."""


@dataclass(frozen=True, slots=True)
class ClinicFacts:
    """The clinic itself; `closures` are date ordinals."""

    id: int
    name: str
    timezone: str
    slot_minutes: int
    revision: int
    weights: Weights
    closures: frozenset[Day]


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """A member of staff. `person` has everything but hours and time off, which `hours` says for any stretch of days."""

    id: int
    resource_id: int
    person: Staff
    hours: WorkingHours

    def staff(self, first: Day, last: Day) -> Staff:
        """The person with one week and the time off from it, exact from `first` to `last`."""
        weekly, other_days = replace(self.hours, time_off=()).flatten(first, last)
        return replace(self.person, weekly=weekly, time_off=(*self.hours.time_off, *other_days))


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """A room."""

    id: int
    resource_id: int
    room: Room


@dataclass(frozen=True, slots=True)
class EnrollmentEntry:
    """An enrollment. `enrollment.id` is its code, `enrollment.protocol` names one of the snapshot's protocols.

    `patients` maps each patient's code to the patient's resource.
    """

    id: int
    status: str
    enrollment: Enrollment
    patients: Mapping[str, int]

    @property
    def code(self) -> str:
        """The enrollment's id in the exchange format."""
        return self.enrollment.id

    @property
    def is_living(self) -> bool:
        """Whether it is, or is to be, planned."""
        return self.status in LIVING


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """The attempt that holds its time: scheduled, attended or stopped early. `placed.visit` is the visit's code.

    `overrides` names the rules that it was allowed to break, until somebody moves it.
    """

    id: int
    enrollment_id: int
    attempt: int
    kind: str
    course: int | None
    placed: PlacedVisit
    end: Minute
    status: str
    revision: int
    overrides: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        """The visit's id in the protocol."""
        return self.placed.visit

    @property
    def start(self) -> Minute:
        """When it starts."""
        return self.placed.start

    def has_begun(self, now: Minute) -> bool:
        """Whether it has begun, or its outcome is recorded: it cannot be moved any more."""
        return self.start <= now or self.status != "scheduled"

    def stands(self, now: Minute) -> bool:
        """Whether it is a kept visit in the format's sense."""
        return KEPT in self.overrides or self.has_begun(now)


@dataclass(frozen=True)
class Snapshot:
    """A clinic's staff, rooms, protocols, enrollments and the visits that hold their time.

    Attempts that were missed or canceled hold nothing, do not count, and are not in it.
    """

    clinic: ClinicFacts
    staff: tuple[StaffEntry, ...]
    rooms: tuple[RoomEntry, ...]
    protocols: tuple[Protocol, ...]
    enrollments: tuple[EnrollmentEntry, ...]
    visits: tuple[VisitEntry, ...] = field(default=())

    @cached_property
    def by_code(self) -> Mapping[str, EnrollmentEntry]:
        """The enrollments by code."""
        return {entry.code: entry for entry in self.enrollments}

    @cached_property
    def by_id(self) -> Mapping[int, EnrollmentEntry]:
        """The enrollments by id."""
        return {entry.id: entry for entry in self.enrollments}

    @cached_property
    def staff_by_code(self) -> Mapping[str, StaffEntry]:
        """The staff by code."""
        return {entry.person.id: entry for entry in self.staff}

    @cached_property
    def rooms_by_code(self) -> Mapping[str, RoomEntry]:
        """The rooms by code."""
        return {entry.room.id: entry for entry in self.rooms}

    @cached_property
    def held(self) -> Mapping[int, Mapping[str, VisitEntry]]:
        """For each enrollment, by id, its visits by code."""
        found: defaultdict[int, dict[str, VisitEntry]] = defaultdict(dict)
        for visit in self.visits:
            found[visit.enrollment_id][visit.code] = visit
        return {entry.id: found[entry.id] for entry in self.enrollments}

    @cached_property
    def protocol_visits(self) -> Mapping[str, Mapping[str, ProtocolVisit]]:
        """For each protocol, by id, its visits by code."""
        return {protocol.id: {visit.id: visit for visit in protocol.visits} for protocol in self.protocols}

    def visit_of(self, entry: EnrollmentEntry, code: str) -> ProtocolVisit:
        """What the protocol says of an enrollment's visit; raises KeyError."""
        return self.protocol_visits[entry.enrollment.protocol][code]

    def is_whole(self, entry: EnrollmentEntry) -> bool:
        """Whether every visit of the program holds a time."""
        return self.protocol_visits[entry.enrollment.protocol].keys() == self.held[entry.id].keys()

    def missing(self, entry: EnrollmentEntry) -> list[str]:
        """The visits of the program that hold no time, in the protocol's order."""
        return [code for code in self.protocol_visits[entry.enrollment.protocol] if code not in self.held[entry.id]]

    def days(self) -> Iterable[Day]:
        """The days of all visits, and the first and last of all living enrollments."""
        yield from (day_of(visit.start) for visit in self.visits)
        for entry in self.enrollments:
            if entry.is_living:
                yield entry.enrollment.earliest
                yield entry.enrollment.latest or entry.enrollment.earliest


@dataclass(slots=True)
class Elsewhere:
    """What programs outside a problem take, as the format says it: intervals of people, rooms and patients."""

    booked: defaultdict[str, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    supervising: defaultdict[str, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    rooms: defaultdict[str, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    patients: defaultdict[str, list[Interval]] = field(default_factory=lambda: defaultdict(list))


def elsewhere(snapshot: Snapshot, entries: Iterable[EnrollmentEntry]) -> Elsewhere:
    """What the visits of these enrollments take."""
    found = Elsewhere()
    for entry in entries:
        for visit in snapshot.held[entry.id].values():
            span = Interval(visit.start, visit.end)
            for need in snapshot.visit_of(entry, visit.code).needs:
                start = visit.start + need.offset
                part = Interval(start, start + need.minutes)
                (found.supervising if need.shared else found.booked)[visit.placed.staff[need.name]].append(part)
            if visit.placed.room is not None:
                found.rooms[visit.placed.room].append(span)
            for patient in entry.enrollment.patients:
                found.patients[patient].append(span)
    return found
