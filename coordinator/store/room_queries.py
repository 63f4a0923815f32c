"""Reading rooms and how they are used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from coordinator.domain.errors import NotFound
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import HOLDING
from coordinator.store.visits import VisitRecord


def listed(work: Work, clinic_id: int) -> list[RoomRecord]:
    """All rooms of the clinic by name; retired ones come last."""
    query = select(RoomRecord).where(RoomRecord.clinic_id == clinic_id)
    return list(
        work.session.scalars(query.order_by(RoomRecord.retired_at.is_not(None), RoomRecord.name, RoomRecord.id))
    )


def one(work: Work, clinic_id: int, room_id: int) -> RoomRecord:
    """The room of that id, if the clinic's; raises NotFound."""
    record = work.session.scalar(select(RoomRecord).where(RoomRecord.clinic_id == clinic_id, RoomRecord.id == room_id))
    if record is None:
        raise NotFound("There is no such room.")
    return record


def codes(work: Work, clinic_id: int) -> set[str]:
    """The codes that are taken."""
    return set(work.session.scalars(select(RoomRecord.code).where(RoomRecord.clinic_id == clinic_id)))


def used(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[tuple[int, datetime, datetime]]:
    """Room, start and end of every visit in a room that shares a moment with `[starts, ends)`."""
    query = select(VisitRecord.room_id, VisitRecord.starts_at, VisitRecord.ends_at).where(
        VisitRecord.clinic_id == clinic_id,
        VisitRecord.room_id.is_not(None),
        VisitRecord.status.in_(HOLDING),
        VisitRecord.starts_at < ends,
        VisitRecord.ends_at > starts,
    )
    return [(room_id, start, end) for room_id, start, end in work.session.execute(query) if room_id is not None]


def upcoming_visits(work: Work, clinic_id: int, after: datetime) -> dict[int, int]:
    """How many scheduled visits each room has that start after a moment."""
    query = (
        select(VisitRecord.room_id, func.count())
        .where(
            VisitRecord.clinic_id == clinic_id,
            VisitRecord.room_id.is_not(None),
            VisitRecord.status == "scheduled",
            VisitRecord.starts_at > after,
        )
        .group_by(VisitRecord.room_id)
    )
    return {room_id: number for room_id, number in work.session.execute(query) if room_id is not None}
