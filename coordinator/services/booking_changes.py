"""Changing a booking: one date of it, or that date and all that follow. What is over stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict
from coordinator.domain.repeating import ONCE
from coordinator.domain.spoken import long_day
from coordinator.services.bookings import Booked, BookingDetails, book
from coordinator.services.visit_cards import local
from coordinator.store import audit, bookings, clinics, feeds
from coordinator.store.staff import BookingRecord, BookingSeriesRecord
from coordinator.store.unit_of_work import Work


def change(
    work: Work,
    actor: Actor,
    now: datetime,
    series_id: int,
    day: date,
    details: BookingDetails,
    *,
    and_following: bool,
    leave_out_taken: bool = False,
) -> Booked:
    """Puts new details in the place of a date of a series, or of that date and all that follow; gives what came of it.

    The new bookings are a series of their own; the old one keeps what is left of it. All or nothing: where the new ones
    cannot be, the old ones stay. Raises NotFound, Conflict for a date that is over or canceled already, and as `book`.
    """
    clinics.lock(work, actor.clinic_id)
    record, rows = _rows(work, actor, now, series_id, day)
    going = [each for each, at in rows if at == day or (and_following and at > day)]
    feeds.raise_revisions(work, actor.clinic_id, now, bookings.owners_of(going))
    bookings.remove(work, going)
    wanted = details if and_following and record.every else replace(details, rhythm=ONCE)
    booked = book(work, actor, now, wanted, leave_out_taken)
    if and_following:
        _end_before(record, day)
    else:
        record.left_out = sorted({*record.left_out, day.isoformat()})
    bookings.drop_if_empty(work, record)
    detail = {"day": day.isoformat(), "following": and_following, "becomes": booked.series_id}
    audit.append(work, actor, now, "booking.change", "booking_series", series_id, detail)
    return booked


def details_on(work: Work, actor: Actor, now: datetime, series_id: int, day: date) -> BookingDetails:
    """What is booked on a date that may still be changed, as a form begins; raises as `change`."""
    record, _ = _rows(work, actor, now, series_id, day)
    rhythm = replace(ONCE, every=record.every, until=record.until)
    return BookingDetails(
        record.purpose,
        record.title,
        record.staff,
        record.room_id,
        record.patient_id,
        day,
        record.starts,
        record.ends,
        rhythm,
    )


def _rows(
    work: Work, actor: Actor, now: datetime, series_id: int, day: date
) -> tuple[BookingSeriesRecord, list[tuple[BookingRecord, date]]]:
    """The series and what is to come of it, each with its date."""
    record = bookings.one_series(work, actor.clinic_id, series_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    found = bookings.to_come(work, actor.clinic_id, now, series_id)
    rows = [(each, local(each.starts_at, zone).date()) for each in found if each.starts_at > now]
    if day not in {at for _, at in rows}:
        raise Conflict(f"“{record.title}” has nothing to change on {long_day(day)}. Load the page again.")
    return record, rows


def _end_before(record: BookingSeriesRecord, day: date) -> None:
    """The series ends before a date; what it left out later is not its own any more."""
    if record.every:
        record.until = day - timedelta(days=1)
    record.left_out = [each for each in record.left_out if each < day.isoformat()]
