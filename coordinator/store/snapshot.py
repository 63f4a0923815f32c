"""The clinic's rows as one domain snapshot: the only place that loads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, or_, select

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY, Minute, from_utc, midnight_utc, monday_of, zone_named
from coordinator.domain.hours import Interval
from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import Enrollment, PlacedVisit, Weights
from coordinator.domain.snapshot import (
    LIVING,
    ClinicFacts,
    EnrollmentEntry,
    RoomEntry,
    Snapshot,
    StaffEntry,
    VisitEntry,
)
from coordinator.domain.working_hours import HoursPattern, WorkingHours
from coordinator.store import busy, clinics, json_values
from coordinator.store.clinics import ClosureRecord
from coordinator.store.enrollments import CareTeamRecord, EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.holds import Holds
from coordinator.store.patients import PatientRecord
from coordinator.store.protocol_queries import snapshot_name
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import BookingRecord, ExtraHoursRecord, StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

HOLDING = ("scheduled", "attended", "stopped_early")
"""The statuses in which an attempt holds its time."""
FOREVER = (date.max.toordinal() + 1) * DAY

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Near:
    """A program and days: of other programs only the visits about these days are loaded."""

    first: date
    last: date
    enrollment_id: int


def load(
    work: Work,
    clinic_id: int,
    since: datetime | None = None,
    without_holds_of: Collection[int] = (),
    near: Near | None = None,
) -> Snapshot:
    """The clinic as the open transaction sees it; raises NotFound.

    What proposals hold counts as booked, but not where a proposal is for one of `without_holds_of` (enrollments). With
    `since`, what ended before it is left out of bookings and of programs that are paused or over. Whoever changes
    something locks the clinic first (`clinics.lock`), and loads after that. With `near` it is a part of the clinic, to
    look for places of one visit in.
    """
    work.session.flush()
    loading = _Loading(work, clinic_id, since, Holds(work, clinic_id, without_holds_of), near)
    return Snapshot(
        clinic=loading.clinic(),
        staff=tuple(loading.staff()),
        rooms=tuple(loading.rooms()),
        protocols=tuple(loading.protocols.values()),
        enrollments=tuple(loading.enrollments()),
        visits=tuple(loading.visits()),
    )


class _Loading:
    """Loads one clinic; each table is read once."""

    def __init__(self, work: Work, clinic_id: int, since: datetime | None, holds: Holds, near: Near | None) -> None:
        self.near = near
        self.work, self.clinic_id, self.since, self.holds = work, clinic_id, since, holds
        self.read: dict[type[Any], Sequence[Any]] = {}
        self.record = clinics.get(work, clinic_id)
        self.zone = zone_named(self.record.timezone)
        self.protocols = self._protocols()
        self.staff_codes = {row.id: row.code for row in self._rows(StaffRecord)}
        self.room_codes = {row.id: row.code for row in self._rows(RoomRecord)}
        self.bookings = self._bookings()
        self.enrollment_codes = {row.id: row.code for row in self._rows(EnrollmentRecord)}

    def _rows(self, table: type[Any]) -> Sequence[Any]:
        """A table's columns for this clinic, by id: plain rows, which are never stale as kept objects may be."""
        if table not in self.read:
            columns = [getattr(table, column.key) for column in table.__table__.columns]
            query = select(*columns).where(table.clinic_id == self.clinic_id).order_by(table.id)
            self.read[table] = self.work.session.execute(query).all()
        return self.read[table]

    def _bookings(self) -> Sequence[Any]:
        names = (BookingRecord.staff_id, BookingRecord.room_id, BookingRecord.patient_id, BookingRecord.kind)
        query = select(*names, BookingRecord.starts_at, BookingRecord.ends_at)
        query = query.where(BookingRecord.clinic_id == self.clinic_id).order_by(BookingRecord.id)
        if self.since is not None:
            query = query.where(BookingRecord.ends_at > self.since)
        private = busy.as_bookings(self.clinic_id, self.since)
        return [*self.work.session.execute(query), *self.work.session.execute(private)]

    def clinic(self) -> ClinicFacts:
        return ClinicFacts(
            id=self.clinic_id,
            name=self.record.name,
            timezone=self.record.timezone,
            slot_minutes=self.record.slot_minutes,
            revision=self.record.revision,
            weights=Weights(**self.record.weights),
            closures=frozenset(row.day.toordinal() for row in self._rows(ClosureRecord)),
        )

    def staff(self) -> Iterable[StaffEntry]:
        hours = _grouped(self._rows(StaffHoursRecord), lambda row: row.staff_id)
        extra = _grouped(self._rows(ExtraHoursRecord), lambda row: row.staff_id)
        off = _grouped(self._rows(TimeOffRecord), lambda row: row.staff_id)
        bookings = _grouped(self.bookings, lambda row: row.staff_id)
        for row in self._rows(StaffRecord):
            time_off = self._intervals(each for each in off[row.id] if each.status == "approved")
            if row.left_at is not None:
                time_off = (*time_off, Interval(from_utc(row.left_at, self.zone), FOREVER))
            patterns = tuple(_pattern(each) for each in hours[row.id])
            working = WorkingHours(patterns, extra=self._intervals(extra[row.id]), time_off=time_off)
            yield StaffEntry(row.id, row.resource_id, self._person(row, bookings[row.id]), working)

    def _person(self, row: Row[Any], bookings: list[Any]) -> Staff:
        return Staff(
            id=row.code,
            name=row.name,
            roles=tuple(row.roles),
            weekly=json_values.weekly({}),
            booked=self._intervals(
                [*(b for b in bookings if b.kind == "booked"), *self.holds.work_of(row.resource_id)]
            ),
            supervising=self._intervals(
                [*(b for b in bookings if b.kind == "supervising"), *self.holds.supervision_of(row.resource_id)]
            ),
            max_minutes_per_day=row.max_minutes_per_day,
            max_minutes_per_week=row.max_minutes_per_week,
            supervises=row.supervises,
            turnover_minutes=row.turnover_minutes,
        )

    def rooms(self) -> Iterable[RoomEntry]:
        bookings = _grouped(self.bookings, lambda row: row.room_id)
        for row in self._rows(RoomRecord):
            held = self.holds.of_room(row.resource_id, row.turnover_minutes)
            booked = self._intervals([*bookings[row.id], *held])
            if row.retired_at is not None:
                booked = (*booked, Interval(from_utc(row.retired_at, self.zone), FOREVER))
            room = Room(
                id=row.code,
                name=row.name,
                kinds=tuple(row.kinds),
                seats=row.seats,
                turnover_minutes=row.turnover_minutes,
                weekly=None if row.weekly is None else json_values.weekly(row.weekly),
                booked=booked,
            )
            yield RoomEntry(row.id, row.resource_id, room)

    def _protocols(self) -> dict[int, Protocol]:
        """By version id."""
        in_use = select(EnrollmentRecord.protocol_version_id).where(EnrollmentRecord.clinic_id == self.clinic_id)
        query = (
            select(
                ProtocolVersionRecord.id, ProtocolRecord.code, ProtocolVersionRecord.number, ProtocolVersionRecord.body
            )
            .join(ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id)
            .where(ProtocolVersionRecord.id.in_(in_use))
            .order_by(ProtocolVersionRecord.id)
        )
        return {
            version: json_values.protocol(snapshot_name(code, number), body)
            for version, code, number, body in self.work.session.execute(query)
        }

    def enrollments(self) -> Iterable[EnrollmentEntry]:
        patients = self._patients()
        elsewhere = self._seen_outside()
        team = _grouped(self._rows(CareTeamRecord), lambda row: row.enrollment_id)
        known = set(self.staff_codes.values())
        for row in self._rows(EnrollmentRecord):
            enrollment = Enrollment(
                id=row.code,
                patients=tuple(patients[row.id]),
                protocol=self.protocols[row.protocol_version_id].id,
                earliest=row.earliest.toordinal(),
                latest=None if row.latest is None else row.latest.toordinal(),
                weekly=None if row.weekly is None else json_values.weekly(row.weekly),
                unavailable=(
                    *json_values.intervals(row.unavailable),
                    *elsewhere[row.id],
                    *self._held_of_patients(patients[row.id]),
                ),
                preferred=json_values.weekly(row.preferred) if row.preferred else None,
                team={each.need: self.staff_codes[each.staff_id] for each in team[row.id]},
                avoid=tuple(code for code in row.avoid if code in known),
            )
            yield EnrollmentEntry(row.id, row.status, enrollment, patients[row.id])

    def _seen_outside(self) -> defaultdict[int, tuple[Interval, ...]]:
        """For each enrollment when its patients are seen outside every program: they are not free then."""
        bookings = _grouped(self.bookings, lambda row: row.patient_id)
        found: defaultdict[int, tuple[Interval, ...]] = defaultdict(tuple)
        for row in self._rows(EnrollmentPatientRecord):
            found[row.enrollment_id] += self._intervals(bookings[row.patient_id])
        return found

    def _held_of_patients(self, patients: Mapping[str, int]) -> tuple[Interval, ...]:
        return self._intervals(each for resource_id in patients.values() for each in self.holds.of_patient(resource_id))

    def _patients(self) -> defaultdict[int, dict[str, int]]:
        """For each enrollment its patients' codes, with their resources."""
        query = (
            select(EnrollmentPatientRecord.enrollment_id, PatientRecord.code, PatientRecord.resource_id)
            .join(PatientRecord, PatientRecord.id == EnrollmentPatientRecord.patient_id)
            .where(EnrollmentPatientRecord.clinic_id == self.clinic_id)
            .order_by(EnrollmentPatientRecord.id)
        )
        found: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for enrollment_id, code, resource_id in self.work.session.execute(query):
            found[enrollment_id][code] = resource_id
        return found

    def visits(self) -> Iterable[VisitEntry]:
        columns = [getattr(VisitRecord, column.key) for column in VisitRecord.__table__.columns]
        query = (
            select(*columns, EnrollmentRecord.protocol_version_id)
            .join(EnrollmentRecord, EnrollmentRecord.id == VisitRecord.enrollment_id)
            .where(VisitRecord.clinic_id == self.clinic_id, VisitRecord.status.in_(HOLDING))
            .order_by(VisitRecord.starts_at, VisitRecord.id)
        )
        if self.since is not None:
            query = query.where(EnrollmentRecord.status.in_(LIVING) | (VisitRecord.ends_at > self.since))
        if self.near is not None:
            query = query.where(self._is_near(self.near))
        people = self._people()
        for row in self.work.session.execute(query):
            yield self._visit(row, people[row.id])

    def _is_near(self, near: Near) -> ColumnElement[bool]:
        """Of the program, about the days, or in their weeks where somebody with a weekly limit comes."""
        limited = (
            select(VisitStaffRecord.visit_id)
            .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
            .where(VisitStaffRecord.clinic_id == self.clinic_id, StaffRecord.max_minutes_per_week.is_not(None))
        )
        monday, sunday = monday_of(near.first), monday_of(near.last) + timedelta(days=6)
        return or_(
            VisitRecord.enrollment_id == near.enrollment_id,
            self._is_about(near),
            and_(self._starts_in(monday, sunday), VisitRecord.id.in_(limited)),
        )

    def _is_about(self, near: Near) -> ColumnElement[bool]:
        """On the days, or so near that a turnover may reach into them; a visit lasts half a day at most."""
        first, after = (midnight_utc(each, self.zone) for each in (near.first, near.last + timedelta(days=1)))
        reach = timedelta(hours=6)
        return and_(
            VisitRecord.starts_at > first - timedelta(days=1),
            VisitRecord.ends_at > first - reach,
            VisitRecord.starts_at < after + reach,
        )

    def _starts_in(self, first: date, last: date) -> ColumnElement[bool]:
        starts, ends = midnight_utc(first, self.zone), midnight_utc(last + timedelta(days=1), self.zone)
        return and_(starts <= VisitRecord.starts_at, ends > VisitRecord.starts_at)

    def _visit(self, row: Any, people: dict[str, str]) -> VisitEntry:
        start = from_utc(row.starts_at, self.zone)
        room = None if row.room_id is None else self.room_codes[row.room_id]
        placed = PlacedVisit(self.enrollment_codes[row.enrollment_id], row.code, start, room, people)
        # The end by the wall clock: on the night of the autumn change it differs from that of `ends_at`.
        end = start + self.protocols[row.protocol_version_id].visit(row.code).minutes
        names = (row.attempt, row.kind, row.course)
        overrides = frozenset(each["rule"] for each in row.overrides)
        return VisitEntry(row.id, row.enrollment_id, *names, placed, end, row.status, row.revision, overrides)

    def _people(self) -> defaultdict[int, dict[str, str]]:
        """For each visit who fills which need now."""
        query = (
            select(VisitStaffRecord.visit_id, VisitStaffRecord.need, VisitStaffRecord.staff_id)
            .where(VisitStaffRecord.clinic_id == self.clinic_id, VisitStaffRecord.canceled_at.is_(None))
            .order_by(VisitStaffRecord.id)
        )
        if self.near is not None:
            query = query.join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id).where(self._is_near(self.near))
        found: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for visit_id, need, staff_id in self.work.session.execute(query):
            found[visit_id][need] = self.staff_codes[staff_id]
        return found

    def _intervals(self, rows: Iterable[Any]) -> tuple[Interval, ...]:
        return tuple(_interval(row.starts_at, row.ends_at, self.zone) for row in rows)


def _interval(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Interval:
    start = from_utc(starts_at, zone)
    return Interval(start, max(start, _minute_after(ends_at, zone)))


def _minute_after(moment: datetime, zone: ZoneInfo) -> Minute:
    """The minute at which something is over: what ends at 9:00:30 takes all of that minute."""
    return from_utc(moment, zone) + (moment.second > 0 or moment.microsecond > 0)


def _pattern(row: Any) -> HoursPattern:
    return HoursPattern(json_values.weekly(row.weekly), row.valid_from, row.valid_to, row.every)


def _grouped(rows: Iterable[V], key: Callable[[V], K]) -> defaultdict[K, list[V]]:
    found: defaultdict[K, list[V]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
