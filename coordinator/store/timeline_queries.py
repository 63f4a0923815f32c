"""The rows of the schedule: staff and rooms, and when they can be had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from coordinator.store.clinics import ClosureRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import BookingRecord, ExtraHoursRecord, StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Away:
    """What shades the schedule of staff between two moments."""

    hours: list[StaffHoursRecord]
    extra: list[ExtraHoursRecord]
    time_off: list[TimeOffRecord]
    bookings: list[BookingRecord]


def staff(work: Work, clinic_id: int) -> list[StaffRecord]:
    """Who works in the clinic, by name."""
    query = select(StaffRecord).where(StaffRecord.clinic_id == clinic_id, StaffRecord.left_at.is_(None))
    return list(work.session.scalars(query.order_by(StaffRecord.name, StaffRecord.id)))


def staff_by_code(work: Work, clinic_id: int) -> dict[str, StaffRecord]:
    """Everybody who works or worked in the clinic, by code."""
    query = select(StaffRecord).where(StaffRecord.clinic_id == clinic_id)
    return {each.code: each for each in work.session.scalars(query)}


def rooms(work: Work, clinic_id: int) -> list[RoomRecord]:
    """The clinic's rooms in use, by name."""
    query = select(RoomRecord).where(RoomRecord.clinic_id == clinic_id, RoomRecord.retired_at.is_(None))
    return list(work.session.scalars(query.order_by(RoomRecord.name, RoomRecord.id)))


def rooms_by_code(work: Work, clinic_id: int) -> dict[str, RoomRecord]:
    """All rooms that the clinic has or had, by code."""
    query = select(RoomRecord).where(RoomRecord.clinic_id == clinic_id)
    return {each.code: each for each in work.session.scalars(query)}


def closures(work: Work, clinic_id: int, first: date, last: date) -> list[ClosureRecord]:
    """The closures from `first` to `last`, both included."""
    query = select(ClosureRecord).where(
        ClosureRecord.clinic_id == clinic_id, ClosureRecord.day >= first, ClosureRecord.day <= last
    )
    return list(work.session.scalars(query.order_by(ClosureRecord.day)))


def away(work: Work, clinic_id: int, starts: datetime, ends: datetime, staff_ids: Iterable[int]) -> Away:
    """Hours of these staff, and their approved time off, extra hours and bookings that meet `[starts, ends)`."""
    ids = list(staff_ids)
    hours = select(StaffHoursRecord).where(
        StaffHoursRecord.clinic_id == clinic_id,
        StaffHoursRecord.staff_id.in_(ids),
        or_(StaffHoursRecord.valid_to.is_(None), StaffHoursRecord.valid_to >= starts.date()),
    )
    extra = select(ExtraHoursRecord).where(
        ExtraHoursRecord.clinic_id == clinic_id,
        ExtraHoursRecord.staff_id.in_(ids),
        ExtraHoursRecord.starts_at < ends,
        ExtraHoursRecord.ends_at > starts,
    )
    time_off = select(TimeOffRecord).where(
        TimeOffRecord.clinic_id == clinic_id,
        TimeOffRecord.staff_id.in_(ids),
        TimeOffRecord.status == "approved",
        TimeOffRecord.starts_at < ends,
        TimeOffRecord.ends_at > starts,
    )
    return Away(
        hours=list(work.session.scalars(hours)),
        extra=list(work.session.scalars(extra)),
        time_off=list(work.session.scalars(time_off)),
        bookings=bookings(work, clinic_id, starts, ends),
    )


def bookings(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[BookingRecord]:
    """Other work of staff and rooms that meets `[starts, ends)`."""
    query = select(BookingRecord).where(
        BookingRecord.clinic_id == clinic_id, BookingRecord.starts_at < ends, BookingRecord.ends_at > starts
    )
    return list(work.session.scalars(query))
