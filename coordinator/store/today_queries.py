"""What waits for somebody: programs without a plan, notices that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


@dataclass(frozen=True, slots=True)
class FailedNotice:
    """A notice that did not go out, and the visit that it is about."""

    id: int
    visit_id: int
    recipient_kind: str
    reason: str


def waiting(work: Work, clinic_id: int) -> list[int]:
    """Ids of the enrollments that wait for their first plan, the oldest first."""
    query = select(EnrollmentRecord.id).where(
        EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.status == "waiting"
    )
    return list(work.session.scalars(query.order_by(EnrollmentRecord.id)))


def failed_notices(work: Work, clinic_id: int, now: datetime, most: int) -> list[FailedNotice]:
    """Notices that failed, about visits that are still ahead, the nearest visit first."""
    query = (
        select(NoticeRecord)
        .join(VisitRecord, VisitRecord.id == NoticeRecord.visit_id)
        .where(NoticeRecord.clinic_id == clinic_id, NoticeRecord.status == "failed", VisitRecord.starts_at > now)
        .order_by(VisitRecord.starts_at, NoticeRecord.id)
        .limit(most)
    )
    return [
        FailedNotice(each.id, each.visit_id, each.recipient_kind, each.reason) for each in work.session.scalars(query)
    ]


def has_visits(work: Work, clinic_id: int) -> bool:
    """Whether anything was ever published in the clinic."""
    return bool(work.session.scalar(select(exists().where(VisitRecord.clinic_id == clinic_id))))
