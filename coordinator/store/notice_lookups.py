"""What the worker looks for to tell: programs that are finished, a day's visits of each person, who belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from coordinator.domain.telling import VIDEO, Appointment
from coordinator.store.base import UtcTime
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.notice_people import Recipient, coordinators, guardians
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


def finished(work: Work, clinic_id: int, since: datetime) -> list[EnrollmentRecord]:
    """The programs that are finished since a moment, with a last visit that ended since then, too."""
    recent = select(VisitRecord.enrollment_id).where(VisitRecord.clinic_id == clinic_id, VisitRecord.ends_at > since)
    query = select(EnrollmentRecord).where(
        EnrollmentRecord.clinic_id == clinic_id,
        EnrollmentRecord.status == "finished",
        EnrollmentRecord.over_at > since,
        EnrollmentRecord.id.in_(recent),
    )
    return list(work.session.scalars(query.order_by(EnrollmentRecord.id)))


def staff_visits(
    work: Work, clinic_id: int, since: datetime, until: datetime, staff_id: int | None = None
) -> dict[int, list[tuple[Appointment, str]]]:
    """For each member of staff the scheduled visits that start in `[since, until)`, with the program's code."""
    query = (
        select(VisitStaffRecord.staff_id, func.min(VisitStaffRecord.starts_at, type_=UtcTime),
               func.max(VisitStaffRecord.ends_at, type_=UtcTime), VisitRecord.room_id, RoomRecord.name,
               EnrollmentRecord.code)
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .join(EnrollmentRecord, EnrollmentRecord.id == VisitRecord.enrollment_id)
        .outerjoin(RoomRecord, RoomRecord.id == VisitRecord.room_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.status == "scheduled")
        .where(VisitRecord.starts_at >= since, VisitRecord.starts_at < until, VisitStaffRecord.canceled_at.is_(None))
        .group_by(VisitRecord.id, VisitStaffRecord.staff_id, VisitRecord.room_id, RoomRecord.name,
                  EnrollmentRecord.code)
    )  # fmt: skip
    if staff_id is not None:
        query = query.where(VisitStaffRecord.staff_id == staff_id)
    found: defaultdict[int, list[tuple[Appointment, str]]] = defaultdict(list)
    for person, start, end, room_id, room, code in work.session.execute(query):
        found[person].append((Appointment(start, end, VIDEO if room_id is None else room or ""), code))
    return found


def of_program(work: Work, clinic_id: int, enrollment_id: int, audience: str) -> list[Recipient]:
    """Who counts as an audience of a whole program: patients, their guardians, who leads its visits, coordinators."""
    if audience == "coordinator":
        return coordinators(work, clinic_id)
    if audience == "lead":
        leads = (
            select(VisitStaffRecord.staff_id)
            .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
            .where(VisitRecord.clinic_id == clinic_id, VisitRecord.enrollment_id == enrollment_id)
            .where(VisitStaffRecord.need == "lead", VisitStaffRecord.canceled_at.is_(None))
            .distinct()
        )
        return [Recipient("staff", each) for each in work.session.scalars(leads.order_by(VisitStaffRecord.staff_id))]
    patients = select(EnrollmentPatientRecord.patient_id).where(
        EnrollmentPatientRecord.clinic_id == clinic_id, EnrollmentPatientRecord.enrollment_id == enrollment_id
    )
    ids = list(work.session.scalars(patients))
    if audience == "guardian":
        return _flat(guardians(work, clinic_id, ids).values())
    return [Recipient("patient", each) for each in ids]


def _flat(lists: Iterable[list[Recipient]]) -> list[Recipient]:
    return [each for some in lists for each in some]
