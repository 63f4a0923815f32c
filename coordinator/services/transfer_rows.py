"""A problem's people, rooms, protocols and enrollments as rows of a new clinic, and what they are booked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY, Minute, monday_of, to_utc_at_once, zone_named
from coordinator.domain.hours import Interval
from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import Enrollment, Problem, Weights
from coordinator.domain.snapshot import elsewhere
from coordinator.domain.spans import union, without
from coordinator.exchange.protocols import write_protocol
from coordinator.exchange.stamps import write_stamp, write_weekly
from coordinator.services.desk import Desk
from coordinator.store import bookings
from coordinator.store.bookings import NewBooking
from coordinator.store.clinics import ClinicRecord, ClosureRecord
from coordinator.store.enrollments import CareTeamRecord, EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Work

EARLIEST, LATEST = date(1, 1, 5).toordinal() * DAY, date(9999, 12, 25).toordinal() * DAY
"""Bounds of what an interval is cut to: beyond them a time has no UTC."""
MOST = 1_000_000
"""Bound of what a number is cut to: nearly two years in minutes, and more seats than any room has."""
WEEK = 7 * DAY
BEFORE = 371
"""Hours hold from so many days before the horizon on."""


class Rows:
    """Writes a problem into an empty clinic; remembers the rows by their ids in the problem."""

    def __init__(self, work: Work, clinic: ClinicRecord, now: datetime) -> None:
        self.work, self.clinic, self.now = work, clinic, now
        self.zone = zone_named(clinic.timezone)
        self.staff: dict[str, StaffRecord] = {}
        self.patients: dict[str, PatientRecord] = {}
        self.versions: dict[str, ProtocolVersionRecord] = {}

    def write(self, problem: Problem) -> None:
        """Writes everything but visits and bookings."""
        standard = asdict(Weights())
        self.clinic.weights = {name: each for name, each in asdict(problem.weights).items() if each != standard[name]}
        self._add(ClosureRecord(clinic_id=self.clinic.id, day=date.fromordinal(day)) for day in problem.closures)
        since = monday_of(date.fromordinal(max(7, problem.first - BEFORE)))
        for person in problem.staff:
            self._staff(person, since)
        self._add(self._room(each) for each in problem.rooms)
        for protocol in problem.protocols:
            self._protocol(protocol)
        for enrollment in problem.enrollments:
            self._enrollment(enrollment)

    def _add(self, records: Iterable[object]) -> None:
        self.work.session.add_all(list(records))
        self.work.session.flush()

    def _staff(self, person: Staff, since: date) -> None:
        record = self.staff[person.id] = StaffRecord(
            clinic_id=self.clinic.id,
            code=person.id,
            name=person.name or person.id,
            roles=list(person.roles),
            max_minutes_per_day=_limit(person.max_minutes_per_day, DAY),
            max_minutes_per_week=_limit(person.max_minutes_per_week, WEEK),
            supervises=min(person.supervises, MOST),
            turnover_minutes=min(person.turnover_minutes, MOST),
            resource_id=new_resource(self.work, "person"),
        )
        self._add([record])
        weekly = write_weekly(person.weekly)
        hours = StaffHoursRecord(clinic_id=self.clinic.id, staff_id=record.id, valid_from=since, weekly=weekly)
        off = [
            TimeOffRecord(
                clinic_id=self.clinic.id,
                staff_id=record.id,
                starts_at=_moment(each.start, self.zone),
                ends_at=_moment(each.end, self.zone),
                created_at=self.now,
            )
            for each in person.time_off
        ]
        self._add([hours, *off])

    def _room(self, room: Room) -> RoomRecord:
        return RoomRecord(
            clinic_id=self.clinic.id,
            code=room.id,
            name=room.name or room.id,
            kinds=list(room.kinds),
            seats=min(room.seats, MOST),
            turnover_minutes=min(room.turnover_minutes, MOST),
            weekly=None if room.weekly is None else write_weekly(room.weekly),
            resource_id=new_resource(self.work, "room"),
        )

    def _protocol(self, protocol: Protocol) -> None:
        record = ProtocolRecord(clinic_id=self.clinic.id, code=protocol.id, name=protocol.name or protocol.id)
        self._add([record])
        version = self.versions[protocol.id] = ProtocolVersionRecord(
            clinic_id=self.clinic.id,
            protocol_id=record.id,
            number=1,
            body=write_protocol(protocol),
            published_at=self.now,
        )
        self._add([version])

    def _enrollment(self, enrollment: Enrollment) -> None:
        record = EnrollmentRecord(
            clinic_id=self.clinic.id,
            code=enrollment.id,
            protocol_version_id=self.versions[enrollment.protocol].id,
            earliest=date.fromordinal(enrollment.earliest),
            latest=None if enrollment.latest is None else date.fromordinal(enrollment.latest),
            weekly=None if enrollment.weekly is None else write_weekly(enrollment.weekly),
            preferred=None if enrollment.preferred is None else write_weekly(enrollment.preferred) or {"mon": []},
            unavailable=[
                [write_stamp(_cut(each.start)), write_stamp(_cut(each.end))] for each in enrollment.unavailable
            ],
            avoid=list(enrollment.avoid),
            created_at=self.now,
        )
        self._add([record])
        mine = {"clinic_id": self.clinic.id, "enrollment_id": record.id}
        self._add(EnrollmentPatientRecord(**mine, patient_id=self._patient(each).id) for each in enrollment.patients)
        team = enrollment.team.items()
        self._add(CareTeamRecord(**mine, need=need, staff_id=self.staff[person].id) for need, person in team)

    def _patient(self, code: str) -> PatientRecord:
        if code not in self.patients:
            resource_id = new_resource(self.work, "patient")
            record = PatientRecord(
                clinic_id=self.clinic.id, code=code, name=code, resource_id=resource_id, created_at=self.now
            )
            self._add([record])
            self.patients[code] = record
        return self.patients[code]


def book(desk: Desk, problem: Problem) -> None:
    """Writes what people and rooms are booked for. A booking that meets a visit, or another one, claims what is left.

    The format allows both: kept visits stand whatever else is said.
    """
    entries = desk.snapshot.enrollments
    taken = elsewhere(desk.snapshot, entries)
    found: list[NewBooking] = []
    for person in problem.staff:
        entry = desk.snapshot.staff_by_code[person.id]
        supervised = [(each.start, each.end) for each in taken.supervising[person.id]]
        busy = [(each.start, each.end) for each in taken.booked[person.id]]
        booked = [(each.start, each.end) for each in person.booked]
        found += _bookings(desk, entry.resource_id, entry.id, None, "booked", person.booked, [*busy, *supervised])
        for each in person.supervising:
            found += _bookings(desk, entry.resource_id, entry.id, None, "supervising", [each], [*busy, *booked])
    for room in problem.rooms:
        place = desk.snapshot.rooms_by_code[room.id]
        used = [(each.start, each.end) for each in taken.rooms[room.id]]
        found += _bookings(desk, place.resource_id, None, place.id, "booked", room.booked, used)
    bookings.add(desk.work, desk.actor.clinic_id, found)


def _bookings(
    desk: Desk,
    resource_id: int,
    staff_id: int | None,
    room_id: int | None,
    kind: str,
    intervals: Iterable[Interval],
    taken: list[tuple[Minute, Minute]],
) -> Iterable[NewBooking]:
    """One booking for each interval; those that overlap become one."""
    for start, end in union((each.start, each.end) for each in intervals):
        spans = [(_moment(a, desk.zone), _moment(b, desk.zone)) for a, b in without([(start, end)], taken)]
        takes = tuple((a, b) for a, b in spans if a < b)
        bounds = _moment(start, desk.zone), _moment(end, desk.zone)
        yield NewBooking(resource_id, staff_id, room_id, kind, *bounds, takes)


def _limit(minutes: int | None, most: int) -> int | None:
    """A limit that nothing can reach is none."""
    return None if minutes is None or minutes >= most else minutes


def _cut(minute: Minute) -> Minute:
    return min(max(minute, EARLIEST), LATEST)


def _moment(minute: Minute, zone: ZoneInfo) -> datetime:
    return to_utc_at_once(_cut(minute), zone)
