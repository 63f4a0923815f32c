"""Bookings of people, rooms and patients, with the claims that they take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, select

from coordinator.domain.errors import NotFound
from coordinator.store import claims
from coordinator.store.claims import Claim
from coordinator.store.resources import BLOCK
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import BookingRecord, BookingSeriesRecord
from coordinator.store.unit_of_work import Work

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking of a person, a room or a patient (one of the three ids). `takes` is the parts of its time it claims."""

    resource_id: int
    staff_id: int | None
    room_id: int | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    takes: tuple[Span, ...]
    patient_id: int | None = None
    title: str = ""
    series_id: int | None = None

    @property
    def part(self) -> claims.Part:
        """What of the resource it takes."""
        if self.kind == "supervising":
            return claims.Part.SHARED
        return claims.Part.WHOLE if self.staff_id is not None else claims.Part.USE


def add(work: Work, clinic_id: int, bookings: Sequence[NewBooking]) -> list[int]:
    """Writes bookings, takes their claims and gives their ids; raises Collision where one of the times is taken."""
    records = [
        BookingRecord(
            clinic_id=clinic_id,
            staff_id=each.staff_id,
            room_id=each.room_id,
            patient_id=each.patient_id,
            series_id=each.series_id,
            kind=each.kind,
            title=each.title,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
        for each in bookings
    ]
    work.session.add_all(records)
    work.session.flush()
    claims.take(
        work,
        clinic_id,
        [
            Claim(each.resource_id, each.part, *span, booking_id=record.id, places=BLOCK)
            for each, record in zip(bookings, records, strict=True)
            for span in each.takes
        ],
    )
    return [each.id for each in records]


def of_ids(work: Work, clinic_id: int, ids: Collection[int]) -> list[BookingRecord]:
    """Those of these bookings that are still there."""
    query = select(BookingRecord).where(BookingRecord.clinic_id == clinic_id, BookingRecord.id.in_(ids))
    return list(work.session.scalars(query))


def remove(work: Work, bookings: Collection[BookingRecord]) -> None:
    """Takes bookings away and gives back what they claim."""
    ids = [each.id for each in bookings]
    claims.give_back_bookings(work, ids)
    work.session.execute(delete(BookingRecord).where(BookingRecord.id.in_(ids)))


def owners_of(bookings: Iterable[BookingRecord | NewBooking]) -> set[tuple[str, int]]:
    """Whose feeds show these bookings."""
    found = set[tuple[str, int]]()
    for each in bookings:
        if each.staff_id is not None:
            found.add(("staff", each.staff_id))
        elif each.room_id is not None:
            found.add(("room", each.room_id))
    return found


def drop_if_empty(work: Work, record: BookingSeriesRecord) -> None:
    """Takes a series away that has no booking left, over or to come."""
    work.session.flush()
    left = select(BookingRecord.id).where(BookingRecord.series_id == record.id).limit(1)
    if work.session.scalar(left) is None:
        work.session.delete(record)
        work.session.flush()


def one_series(work: Work, clinic_id: int, series_id: int) -> BookingSeriesRecord:
    """The series of that id, if the clinic's, fresh; raises NotFound."""
    query = select(BookingSeriesRecord).where(
        BookingSeriesRecord.clinic_id == clinic_id, BookingSeriesRecord.id == series_id
    )
    record = work.session.scalar(query.execution_options(populate_existing=True))
    if record is None:
        raise NotFound("There is no such booking.")
    return record


def series(work: Work, clinic_id: int, ids: Collection[int]) -> list[BookingSeriesRecord]:
    """Those series of the clinic, by id."""
    query = select(BookingSeriesRecord).where(
        BookingSeriesRecord.clinic_id == clinic_id, BookingSeriesRecord.id.in_(ids)
    )
    return list(work.session.scalars(query.order_by(BookingSeriesRecord.id)))


def to_come(work: Work, clinic_id: int, after: datetime, series_id: int | None = None) -> list[BookingRecord]:
    """The bookings of series, or of one, that end after a moment, by start."""
    query = select(BookingRecord).where(
        BookingRecord.clinic_id == clinic_id, BookingRecord.series_id.is_not(None), BookingRecord.ends_at > after
    )
    if series_id is not None:
        query = query.where(BookingRecord.series_id == series_id)
    return list(work.session.scalars(query.order_by(BookingRecord.starts_at, BookingRecord.id)))


def of_person(work: Work, clinic_id: int, staff_id: int, starts: datetime, ends: datetime) -> list[BookingRecord]:
    """A person's bookings that meet `[starts, ends)`, by start."""
    query = select(BookingRecord).where(
        BookingRecord.clinic_id == clinic_id,
        BookingRecord.staff_id == staff_id,
        BookingRecord.starts_at < ends,
        BookingRecord.ends_at > starts,
    )
    return list(work.session.scalars(query.order_by(BookingRecord.starts_at, BookingRecord.id)))


@dataclass(frozen=True, slots=True)
class OwnedBooking:
    """A booking as a feed needs it; `room` is the room of the whole series, by name."""

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    room: str | None


def of_owner(
    work: Work, clinic_id: int, owner: tuple[str, int], starts: datetime, ends: datetime
) -> list[OwnedBooking]:
    """The bookings of a person or a room, ("staff" or "room", id), that start in `[starts, ends)`; others own none."""
    kind, owner_id = owner
    if kind not in ("staff", "room"):
        return []
    asked = {"clinic_id": clinic_id, "owner_id": owner_id, "first": starts, "last": ends}
    return [OwnedBooking(*each) for each in work.session.execute(_owned(kind), asked)]


@cache
def _owned(kind: str) -> Select[Any]:
    """Built once: every feed that is made anew asks it."""
    row, series = BookingRecord, BookingSeriesRecord
    owner = row.staff_id if kind == "staff" else row.room_id
    columns: list[Any] = [row.id, row.title, row.starts_at, row.ends_at, series.created_at, RoomRecord.name]
    return (
        select(*columns)
        .join(series, series.id == row.series_id)
        .outerjoin(RoomRecord, RoomRecord.id == series.room_id)
        .where(row.clinic_id == bindparam("clinic_id"), owner == bindparam("owner_id"))
        .where(row.starts_at >= bindparam("first"), row.starts_at < bindparam("last"))
        .order_by(row.starts_at, row.id)
    )


def between(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[BookingRecord]:
    """The bookings of series that start in `[starts, ends)`, by start: one for each person, room and patient."""
    query = select(BookingRecord).where(
        BookingRecord.clinic_id == clinic_id,
        BookingRecord.series_id.is_not(None),
        BookingRecord.starts_at >= starts,
        BookingRecord.starts_at < ends,
    )
    return list(work.session.scalars(query.order_by(BookingRecord.starts_at, BookingRecord.id)))


def bookings_named(work: Work, clinic_id: int, ids: Collection[int]) -> dict[int, str]:
    """The titles of these bookings of the clinic, by id."""
    query = select(BookingRecord.id, BookingRecord.title)
    query = query.where(BookingRecord.clinic_id == clinic_id, BookingRecord.id.in_(ids))
    return {row[0]: row[1] for row in work.session.execute(query)} if ids else {}
