"""Other bookings as pages show them: what is to come, and what may be chosen for a new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.services.visit_cards import local
from coordinator.store import audit, bookings, clinics, enrollment_queries, room_queries, staff_queries
from coordinator.store.staff import BookingRecord, BookingSeriesRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series in clinic time. `days` is its dates to come, `left_out` the dates of its rhythm that it has not."""

    id: int
    purpose: str
    title: str
    people: tuple[str, ...]
    room: str | None
    patient: str | None
    start: datetime
    end: datetime
    every: int
    until: date | None
    days: tuple[date, ...]
    left_out: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom and what a booking may take: (id, name)."""

    staff: tuple[tuple[int, str], ...]
    rooms: tuple[tuple[int, str], ...]
    patients: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """Other work of a person, in clinic time."""

    title: str
    start: datetime
    end: datetime
    room: str | None


def to_come(work: Work, actor: Actor, now: datetime) -> list[SeriesView]:
    """The series that are not over, the next one first."""
    rows: defaultdict[int, list[BookingRecord]] = defaultdict(list)
    for each in bookings.to_come(work, actor.clinic_id, now):
        rows[each.series_id or 0].append(each)
    records = {each.id: each for each in bookings.series(work, actor.clinic_id, list(rows))}
    patients = {each.patient_id for each in records.values() if each.patient_id}
    if patients:
        audit.append(work, actor, now, "patient.list", "clinic", actor.clinic_id, {"patients": sorted(patients)})
    return _views(work, actor, [(records[key], found) for key, found in rows.items()])


def one(work: Work, actor: Actor, now: datetime, series_id: int) -> SeriesView:
    """One series; raises NotFound."""
    record = bookings.one_series(work, actor.clinic_id, series_id)
    if record.patient_id is not None:
        audit.append(work, actor, now, "patient.read", "patient", record.patient_id, {"booking_series": series_id})
    return _views(work, actor, [(record, bookings.to_come(work, actor.clinic_id, now, series_id))])[0]


def choices(work: Work, actor: Actor, now: datetime) -> Choices:
    """Who works here, the rooms in use, and the patients, by name."""
    patients = enrollment_queries.patients(work, actor.clinic_id)
    audit.append(work, actor, now, "patient.list", "clinic", actor.clinic_id)
    return Choices(
        staff=tuple(
            (each.id, each.name) for each in staff_queries.listed(work, actor.clinic_id) if each.left_at is None
        ),
        rooms=tuple(
            (each.id, each.name) for each in room_queries.listed(work, actor.clinic_id) if each.retired_at is None
        ),
        patients=tuple((each.id, f"{each.name} ({each.code})") for each in patients),
    )


@dataclass(frozen=True, slots=True)
class DayBooking:
    """One date of a booking, in clinic time, with all that it takes; a patient is not named here."""

    series_id: int
    title: str
    start: datetime
    end: datetime
    people: tuple[str, ...]
    room: str | None
    staff_ids: frozenset[int]
    room_id: int | None


def by_day(work: Work, actor: Actor, first: date, last: date) -> list[DayBooking]:
    """The clinic's bookings from the first day to the last, by start; a clinician's own."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = bookings.between(
        work, actor.clinic_id, midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    )
    if not rows:
        return []
    parts: defaultdict[tuple[int, datetime], list[BookingRecord]] = defaultdict(list)
    for each in rows:
        parts[each.series_id or 0, each.starts_at].append(each)
    staff = {each.id: each.name for each in staff_queries.listed(work, actor.clinic_id)}
    rooms = {each.id: each.name for each in room_queries.listed(work, actor.clinic_id)}
    found = [_day_booking(series_id, each, zone, staff, rooms) for (series_id, _), each in parts.items()]
    return [each for each in found if actor.access is not Access.CLINICIAN or actor.staff_id in each.staff_ids]


def _day_booking(
    series_id: int, parts: list[BookingRecord], zone: ZoneInfo, staff: dict[int, str], rooms: dict[int, str]
) -> DayBooking:
    people = [each.staff_id for each in parts if each.staff_id is not None]
    room_id = next((each.room_id for each in parts if each.room_id is not None), None)
    return DayBooking(
        series_id=series_id,
        title=parts[0].title or "Other work",
        start=local(parts[0].starts_at, zone),
        end=local(parts[0].ends_at, zone),
        people=tuple(staff[each] for each in people),
        room=rooms.get(room_id or 0),
        staff_ids=frozenset(people),
        room_id=room_id,
    )


def of_person(work: Work, actor: Actor, staff_id: int, first: date, last: date) -> list[OwnBooking]:
    """A person's other work from the first day to the last, by start."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    starts, ends = midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    rows = bookings.of_person(work, actor.clinic_id, staff_id, starts, ends)
    series = {
        each.id: each for each in bookings.series(work, actor.clinic_id, {r.series_id for r in rows if r.series_id})
    }
    rooms = {each.id: each.name for each in room_queries.listed(work, actor.clinic_id)}
    return [
        OwnBooking(
            each.title or "Other work",
            local(each.starts_at, zone),
            local(each.ends_at, zone),
            rooms.get(series[each.series_id].room_id or 0) if each.series_id else None,
        )
        for each in rows
    ]


def _views(
    work: Work, actor: Actor, found: Iterable[tuple[BookingSeriesRecord, list[BookingRecord]]]
) -> list[SeriesView]:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    staff = {each.id: each.name for each in staff_queries.listed(work, actor.clinic_id)}
    rooms = {each.id: each.name for each in room_queries.listed(work, actor.clinic_id)}
    is_blind = actor.access is Access.AUDITOR
    patients = {
        each.id: each.code if is_blind else f"{each.code} {each.name}".strip()
        for each in enrollment_queries.patients(work, actor.clinic_id)
    }
    return [_view(record, rows, zone, staff, rooms, patients) for record, rows in found]


def _view(
    record: BookingSeriesRecord,
    rows: Iterable[BookingRecord],
    zone: ZoneInfo,
    staff: dict[int, str],
    rooms: dict[int, str],
    patients: dict[int, str],
) -> SeriesView:
    midnight = datetime.combine(record.first_day, datetime.min.time())
    return SeriesView(
        id=record.id,
        purpose=record.purpose,
        title=record.title,
        people=tuple(staff[each] for each in record.staff),
        room=rooms.get(record.room_id or 0),
        patient=patients.get(record.patient_id or 0),
        start=midnight + timedelta(minutes=record.starts),
        end=midnight + timedelta(minutes=record.ends),
        every=record.every,
        until=record.until,
        days=tuple(dict.fromkeys(local(each.starts_at, zone).date() for each in rows)),
        left_out=tuple(date.fromisoformat(each) for each in record.left_out),
    )
