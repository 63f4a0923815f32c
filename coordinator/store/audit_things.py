"""What the things of the audit log are called today: the log itself keeps only their numbers, which never change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.feeds import FeedRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import BookingSeriesRecord, StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord
from coordinator.store.visits import VisitRecord

CALLED: Mapping[str, tuple[Any, InstrumentedAttribute[str]]] = {
    "booking_series": (BookingSeriesRecord, BookingSeriesRecord.title),
    "enrollment": (EnrollmentRecord, EnrollmentRecord.code),
    "feed": (FeedRecord, FeedRecord.name),
    "patient": (PatientRecord, PatientRecord.code),
    "protocol": (ProtocolRecord, ProtocolRecord.name),
    "room": (RoomRecord, RoomRecord.name),
    "staff": (StaffRecord, StaffRecord.name),
}
"""A patient goes by code: whoever reads the log need not learn who is treated here."""


def names(work: Work, clinic_id: int, kind: str, ids: Collection[int]) -> dict[int, str]:
    """The names of the clinic's things of that kind; what is gone, and kinds without names, are left out."""
    if kind == "user":
        found = select(UserRecord.id, UserRecord.name).where(UserRecord.id.in_(ids))
    elif kind in CALLED:
        record, name = CALLED[kind]
        found = select(record.id, name).where(record.clinic_id == clinic_id, record.id.in_(ids))
    else:
        return {}
    return {row[0]: row[1] for row in work.session.execute(found)}


def visits(work: Work, clinic_id: int, ids: Collection[int]) -> dict[int, tuple[str, str, str, int | None]]:
    """Each visit's program, and its kind, code and course."""
    found = (
        select(VisitRecord.id, EnrollmentRecord.code, VisitRecord.kind, VisitRecord.code, VisitRecord.course)
        .join(EnrollmentRecord, EnrollmentRecord.id == VisitRecord.enrollment_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids))
    )
    return {id: (program, kind, code, course) for id, program, kind, code, course in work.session.execute(found)}
