"""Bookings of people and rooms, with the claims that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.store import claims
from coordinator.store.claims import Claim
from coordinator.store.resources import BLOCK
from coordinator.store.staff import BookingRecord
from coordinator.store.unit_of_work import Work

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking of a person or a room (one of the two ids). `takes` is the parts of its time that it claims."""

    resource_id: int
    staff_id: int | None
    room_id: int | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    takes: tuple[Span, ...]


def add(work: Work, clinic_id: int, bookings: Sequence[NewBooking]) -> None:
    """Writes bookings and takes their claims; raises Collision where somebody else has one of the times."""
    records = [
        BookingRecord(
            clinic_id=clinic_id,
            staff_id=each.staff_id,
            room_id=each.room_id,
            kind=each.kind,
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
            Claim(each.resource_id, _part(each), *span, booking_id=record.id, places=BLOCK)
            for each, record in zip(bookings, records, strict=True)
            for span in each.takes
        ],
    )


def _part(booking: NewBooking) -> claims.Part:
    if booking.kind == "supervising":
        return claims.Part.SHARED
    return claims.Part.WHOLE if booking.room_id is None else claims.Part.USE
