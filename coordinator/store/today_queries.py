"""What waits for somebody: programs without a plan, or that lost a visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, func, select

from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import HOLDING
from coordinator.store.visits import VisitRecord, VisitStaffRecord


def waiting(work: Work, clinic_id: int) -> list[tuple[int, datetime]]:
    """The enrollments that wait for their first plan, by id, and since when; the oldest first."""
    query = select(EnrollmentRecord.id, EnrollmentRecord.created_at).where(
        EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.status == "waiting"
    )
    return [(key, since) for key, since in work.session.execute(query.order_by(EnrollmentRecord.id))]


def newest_loss(work: Work, clinic_id: int, enrollment_ids: Iterable[int]) -> dict[int, datetime]:
    """When each enrollment last lost a visit: canceled, or missed."""
    query = (
        select(VisitRecord.enrollment_id, func.max(VisitRecord.changed_at))
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.enrollment_id.in_(list(enrollment_ids)))
        .where(VisitRecord.status.not_in(HOLDING))
        .group_by(VisitRecord.enrollment_id)
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def time_off_over(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[int, datetime]:
    """When the time off that a visit lies in was asked for, by visit; visits outside any are left out."""
    query = (
        select(VisitStaffRecord.visit_id, func.max(TimeOffRecord.created_at))
        .join(TimeOffRecord, TimeOffRecord.staff_id == VisitStaffRecord.staff_id)
        .where(VisitStaffRecord.clinic_id == clinic_id, VisitStaffRecord.visit_id.in_(list(visit_ids)))
        .where(VisitStaffRecord.canceled_at.is_(None), TimeOffRecord.status == "approved")
        .where(TimeOffRecord.starts_at < VisitStaffRecord.ends_at, TimeOffRecord.ends_at > VisitStaffRecord.starts_at)
        .group_by(VisitStaffRecord.visit_id)
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def has_visits(work: Work, clinic_id: int) -> bool:
    """Whether anything was ever published in the clinic."""
    return bool(work.session.scalar(select(exists().where(VisitRecord.clinic_id == clinic_id))))
