"""Busy times of private calendars: where they come from, and when; never what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, delete, func, insert, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work

Span = tuple[datetime, datetime]


class BusyCalendarRecord(ClinicRow, Base):
    """One calendar of one person. `address` is a secret of this person's; empty for a file that was handed in.

    `next_at` is when it is read again, None for a file. `failure` is why it could not be read the last time.
    """

    __tablename__ = "busy_calendars"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    etag: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    failure: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class BusyTimeRecord(ClinicRow, Base):
    """A stretch of time in which a person is not to be planned with."""

    __tablename__ = "busy_times"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("busy_calendars.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


def add(work: Work, calendar: BusyCalendarRecord) -> BusyCalendarRecord:
    """Writes a new calendar; its id is set."""
    work.session.add(calendar)
    work.session.flush()
    return calendar


def get(work: Work, clinic_id: int, calendar_id: int) -> BusyCalendarRecord | None:
    """The calendar of that id, if it is the clinic's."""
    mine = BusyCalendarRecord.clinic_id == clinic_id, BusyCalendarRecord.id == calendar_id
    return work.session.scalar(select(BusyCalendarRecord).where(*mine))


def of_person(work: Work, clinic_id: int, staff_id: int, now: datetime) -> list[tuple[BusyCalendarRecord, int]]:
    """A person's calendars, the oldest first, each with how many of its times are still to come."""
    ahead = (
        select(func.count())
        .where(BusyTimeRecord.calendar_id == BusyCalendarRecord.id, BusyTimeRecord.ends_at > now)
        .scalar_subquery()
    )
    query = select(BusyCalendarRecord, ahead).where(
        BusyCalendarRecord.clinic_id == clinic_id, BusyCalendarRecord.staff_id == staff_id
    )
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(BusyCalendarRecord.id))]


def due(work: Work, now: datetime, most: int) -> list[tuple[int, int]]:
    """Id and clinic of calendars that are to be read now, the longest overdue first."""
    query = select(BusyCalendarRecord.id, BusyCalendarRecord.clinic_id).where(BusyCalendarRecord.next_at <= now)
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(BusyCalendarRecord.next_at).limit(most))]


def put(work: Work, calendar: BusyCalendarRecord, spans: Iterable[Span]) -> None:
    """The times of a calendar, in place of those it had."""
    work.session.execute(delete(BusyTimeRecord).where(BusyTimeRecord.calendar_id == calendar.id))
    rows = [
        {
            "clinic_id": calendar.clinic_id, "calendar_id": calendar.id, "staff_id": calendar.staff_id,
            "starts_at": starts, "ends_at": ends,
        }
        for starts, ends in spans
    ]  # fmt: skip
    if rows:
        work.session.execute(insert(BusyTimeRecord), rows)


def remove(work: Work, calendar: BusyCalendarRecord) -> None:
    """Forgets a calendar and its times."""
    put(work, calendar, ())
    work.session.delete(calendar)
    work.session.flush()


def as_bookings(clinic_id: int, since: datetime | None) -> Select[Any]:
    """The clinic's busy times as rows that look like bookings of staff."""
    busy = BusyTimeRecord
    names: tuple[Any, ...] = (
        busy.staff_id,
        null().label("room_id"),
        null().label("patient_id"),
        literal("booked").label("kind"),
    )
    query = select(*names, busy.starts_at, busy.ends_at).where(busy.clinic_id == clinic_id).order_by(busy.id)
    return query if since is None else query.where(busy.ends_at > since)
