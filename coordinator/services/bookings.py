"""Other bookings: meetings, maintenance of rooms, patients outside programs; once, or again and again.

They take people, rooms and patients as visits do, and visits and they refuse each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, from_utc, zone_named
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.repeating import ONCE, Rhythm, dates
from coordinator.domain.spoken import long_day
from coordinator.services.booking_collisions import Taken, taken
from coordinator.services.visit_cards import local
from coordinator.services.week_hours import stored_time
from coordinator.store import (
    audit,
    bookings,
    clinics,
    feeds,
    patient_queries,
    room_queries,
    staff_queries,
    timeline_queries,
)
from coordinator.store.bookings import NewBooking
from coordinator.store.claims import Collision
from coordinator.store.staff import BookingRecord, BookingSeriesRecord
from coordinator.store.unit_of_work import Work

PURPOSES = ("meeting", "maintenance", "outside")
"""A meeting of staff, maintenance of a room, a patient outside every program."""
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class BookingDetails:
    """What is to be booked: people, a room and a patient, as far as the purpose has them; minutes after midnight."""

    purpose: str
    title: str
    staff_ids: Sequence[int]
    room_id: int | None
    patient_id: int | None
    day: date
    starts: Minute
    ends: Minute
    rhythm: Rhythm = ONCE


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of it: the series, its dates, and the dates that were left out with the reason."""

    series_id: int
    days: tuple[date, ...]
    left_out: tuple[Taken, ...]


class DatesTaken(Conflict):
    """Some of the dates are taken, and which."""

    def __init__(self, lines: Sequence[Taken], dates_asked: int) -> None:
        days = {line.day for line in lines}
        more = f" (And {len(lines) - MOST_NAMED} more.)" if len(lines) > MOST_NAMED else ""
        said = "; ".join(line.words for line in lines[:MOST_NAMED])
        self.free = dates_asked - len(days)
        remedy = "Choose another time, other people or another room"
        remedy += f", or leave out {_count(len(days), 'taken date')}." if self.free else "."
        super().__init__(f"{said}.{more} {remedy}")
        self.lines = tuple(lines)


def book(work: Work, actor: Actor, now: datetime, details: BookingDetails, leave_out_taken: bool = False) -> Booked:
    """Books all dates, or with `leave_out_taken` those that are free. Meetings and patients skip days of closure.

    Raises NotFound, InvalidInput beside a field, and DatesTaken (a Conflict) where something stands in the way.
    """
    clinics.lock(work, actor.clinic_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    _refuse_impossible(details, now, zone)
    resources = _resources(work, actor, details)
    asked = dates(details.day, details.rhythm)
    closed = _closed(work, actor, details, asked)
    by_day = {each: _of_day(details, resources, each, zone) for each in asked if each not in {c.day for c in closed}}
    names = {resource.resource_id: name for resource, name in resources}
    lines = taken(work, actor, now, zone, [each for day in by_day.values() for each in day], names)
    free = {day: found for day, found in by_day.items() if day not in {line.day for line in lines}}
    if lines and not (leave_out_taken and free):
        raise DatesTaken(lines, len(by_day))
    left_out = tuple(sorted([*closed, *lines], key=lambda line: line.day))
    series_id = _write(work, actor, now, details, free, left_out)
    return Booked(series_id, tuple(free), left_out)


def cancel_day(work: Work, actor: Actor, now: datetime, series_id: int, day: date) -> None:
    """Takes one date out of a series; raises NotFound, and Conflict for a date that is over or canceled already."""
    clinics.lock(work, actor.clinic_id)
    record = bookings.one_series(work, actor.clinic_id, series_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = [each for each in bookings.to_come(work, actor.clinic_id, now, series_id) if _day(each, zone) == day]
    if not rows:
        raise Conflict(f"“{record.title}” has nothing to cancel on {long_day(day)}. Load the page again.")
    feeds.raise_revisions(work, actor.clinic_id, now, bookings.owners_of(rows))
    bookings.remove(work, rows)
    record.left_out = sorted({*record.left_out, day.isoformat()})
    audit.append(work, actor, now, "booking.cancel", "booking_series", series_id, {"days": [day.isoformat()]})


def cancel_rest(work: Work, actor: Actor, now: datetime, series_id: int) -> int:
    """Takes away all that has not begun of a series; how many dates. Raises NotFound."""
    clinics.lock(work, actor.clinic_id)
    record = bookings.one_series(work, actor.clinic_id, series_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = [each for each in bookings.to_come(work, actor.clinic_id, now, series_id) if each.starts_at > now]
    days = sorted({_day(each, zone).isoformat() for each in rows})
    feeds.raise_revisions(work, actor.clinic_id, now, bookings.owners_of(rows))
    bookings.remove(work, rows)
    record.left_out = sorted({*record.left_out, *days})
    audit.append(work, actor, now, "booking.cancel", "booking_series", series_id, {"days": days})
    return len(days)


def _refuse_impossible(details: BookingDetails, now: datetime, zone: ZoneInfo) -> None:
    if details.starts >= details.ends:
        raise InvalidInput("It ends before it begins. Choose a later end.", "ends")
    if details.day.toordinal() * DAY + details.ends <= from_utc(now, zone):
        raise InvalidInput("This is in the past already. Choose a later date or time.", "day")
    if details.purpose == "meeting" and not details.staff_ids:
        raise InvalidInput("A meeting needs people. Choose at least one.", "staff")
    if details.purpose == "maintenance" and details.room_id is None:
        raise InvalidInput("Maintenance needs a room. Choose one.", "room")
    if details.purpose == "outside" and not details.staff_ids:
        raise InvalidInput("A patient is seen by somebody. Choose at least one person.", "staff")
    if details.purpose == "outside" and details.patient_id is None:
        raise InvalidInput("The patient is missing. Choose one, or add the patient first.", "patient")


Resource = tuple[NewBooking, str]
"""A booking still without its times, and the name of what it takes."""


def _resources(work: Work, actor: Actor, details: BookingDetails) -> list[Resource]:
    """What is taken, each once; raises NotFound, and InvalidInput for who left and what is retired."""
    found: list[Resource] = []
    for staff_id in dict.fromkeys(details.staff_ids):
        person = staff_queries.one(work, actor.clinic_id, staff_id)
        if person.left_at is not None:
            raise InvalidInput(f"{person.name} has left. Choose somebody else.", "staff")
        found.append((_blank(person.resource_id, staff_id=person.id), person.name))
    if details.room_id is not None:
        room = room_queries.one(work, actor.clinic_id, details.room_id)
        if room.retired_at is not None:
            raise InvalidInput(f"{room.name} is retired. Choose another room.", "room")
        found.append((_blank(room.resource_id, room_id=room.id), room.name))
    if details.patient_id is not None and details.purpose == "outside":
        patient = patient_queries.one(work, actor.clinic_id, details.patient_id)
        found.append((_blank(patient.resource_id, patient_id=patient.id), f"{patient.code} {patient.name}".strip()))
    return found


def _blank(
    resource_id: int, staff_id: int | None = None, room_id: int | None = None, patient_id: int | None = None
) -> NewBooking:
    return NewBooking(resource_id, staff_id, room_id, "booked", datetime.min, datetime.min, (), patient_id)


def _of_day(details: BookingDetails, resources: Iterable[Resource], day: date, zone: ZoneInfo) -> list[NewBooking]:
    midnight = day.toordinal() * DAY
    starts = stored_time(midnight + details.starts, zone, "starts")
    ends = stored_time(midnight + details.ends, zone, "ends")
    return [
        replace(blank, title=details.title, starts_at=starts, ends_at=ends, takes=((starts, ends),))
        for blank, _ in resources
    ]


def _closed(work: Work, actor: Actor, details: BookingDetails, days: Sequence[date]) -> list[Taken]:
    """The dates on which the clinic is closed; maintenance goes on then."""
    if details.purpose == "maintenance":
        return []
    closures = {each.day: each.reason for each in timeline_queries.closures(work, actor.clinic_id, days[0], days[-1])}
    found = [Taken(day, closures[day] or "The clinic is closed") for day in days if day in closures]
    if len(found) == len(days):
        raise InvalidInput(f"The clinic is closed on {long_day(days[0])}. Choose another date.", "day")
    return found


def _write(
    work: Work,
    actor: Actor,
    now: datetime,
    details: BookingDetails,
    by_day: dict[date, list[NewBooking]],
    left_out: Sequence[Taken],
) -> int:
    record = BookingSeriesRecord(
        clinic_id=actor.clinic_id,
        purpose=details.purpose,
        title=details.title,
        staff=list(dict.fromkeys(details.staff_ids)),
        room_id=details.room_id,
        patient_id=details.patient_id if details.purpose == "outside" else None,
        first_day=details.day,
        starts=details.starts,
        ends=details.ends,
        every=details.rhythm.every,
        until=details.rhythm.until if details.rhythm.every else None,
        left_out=sorted({line.day.isoformat() for line in left_out}),
        created_at=now,
    )
    work.session.add(record)
    work.session.flush()
    try:
        wanted = [replace(each, series_id=record.id) for day in by_day.values() for each in day]
        bookings.add(work, actor.clinic_id, wanted)
        feeds.raise_revisions(work, actor.clinic_id, now, bookings.owners_of(wanted))
    except Collision as collision:  # a person's work in another clinic, a moment ago
        raise Conflict("Somebody else took one of these times a moment ago. Try again.") from collision
    detail = {"purpose": details.purpose, "days": [day.isoformat() for day in by_day]}
    audit.append(work, actor, now, "booking.add", "booking_series", record.id, detail)
    return record.id


def _day(record: BookingRecord, zone: ZoneInfo) -> date:
    return local(record.starts_at, zone).date()


def _count(number: int, what: str) -> str:
    return f"the {what}" if number == 1 else f"the {number} {what}s"
