"""What the clinic could offer each waiting program: when it could begin and end, as worked out last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import PlanningJobRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord

KIND = "outlook"
"""What a planning job's request calls the work of finding these."""


class OutlookRecord(ClinicRow, Base):
    """`starts` and `ends` are None where no whole program fits; `before` is what `starts` was the time before."""

    __tablename__ = "outlooks"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), unique=True)
    starts: Mapped[date | None]
    ends: Mapped[date | None]
    before: Mapped[date | None]
    computed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NewOutlook:
    """What was found for one enrollment."""

    enrollment_id: int
    starts: date | None
    ends: date | None


def by_enrollment(work: Work, clinic_id: int) -> dict[int, OutlookRecord]:
    """The clinic's outlooks by enrollment."""
    query = select(OutlookRecord).where(OutlookRecord.clinic_id == clinic_id)
    return {each.enrollment_id: each for each in work.session.scalars(query)}


def write(work: Work, clinic_id: int, now: datetime, found: Iterable[NewOutlook]) -> None:
    """Puts new outlooks in the place of the old ones."""
    known = by_enrollment(work, clinic_id)
    for each in found:
        record = known.get(each.enrollment_id)
        if record is None:
            record = OutlookRecord(clinic_id=clinic_id, enrollment_id=each.enrollment_id)
            work.session.add(record)
        else:
            record.before = record.starts
        record.starts, record.ends, record.computed_at = each.starts, each.ends, now
    work.session.flush()


def forget(work: Work, clinic_id: int, enrollment_id: int) -> None:
    """Drops what was found for an enrollment whose wishes or rules have changed: it is to be found anew."""
    mine = OutlookRecord.clinic_id == clinic_id, OutlookRecord.enrollment_id == enrollment_id
    work.session.execute(delete(OutlookRecord).where(*mine))


def waiting(work: Work, clinic_id: int) -> list[int]:
    """The enrollments that wait for their first plan, the oldest first."""
    query = select(EnrollmentRecord.id).where(
        EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.status == "waiting"
    )
    return list(work.session.scalars(query.order_by(EnrollmentRecord.id)))


def sooner(work: Work, clinic_id: int) -> set[int]:
    """The waiting enrollments that could begin sooner than was known the time before."""
    query = select(OutlookRecord.enrollment_id).where(
        OutlookRecord.clinic_id == clinic_id, OutlookRecord.starts < OutlookRecord.before
    )
    return set(work.session.scalars(query)) & set(waiting(work, clinic_id))


def is_being_found(work: Work, clinic_id: int) -> bool:
    """Whether a job is under way that finds them."""
    query = select(PlanningJobRecord.request).where(
        PlanningJobRecord.clinic_id == clinic_id, PlanningJobRecord.status.in_(("queued", "running"))
    )
    return any(each.get("kind") == KIND for each in work.session.scalars(query))


def oldest(work: Work, clinic_id: int, enrollment_ids: list[int]) -> datetime | None:
    """When the oldest of these was found; None where one is missing."""
    query = select(func.count(), func.min(OutlookRecord.computed_at)).where(
        OutlookRecord.clinic_id == clinic_id, OutlookRecord.enrollment_id.in_(enrollment_ids)
    )
    number, since = work.session.execute(query).one()
    return since if number == len(enrollment_ids) else None


def freed_since(work: Work, clinic_id: int, since: datetime, now: datetime) -> bool:
    """Whether time that lies ahead was given back since: a visit was canceled, or a program ended or paused."""
    gone = or_(
        VisitRecord.status.in_(("canceled", "late_cancel", "no_show")),
        VisitRecord.enrollment_id.in_(
            select(EnrollmentRecord.id).where(EnrollmentRecord.status.in_(("ended", "paused", "finished")))
        ),
    )
    query = select(VisitRecord.id).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.changed_at > since, VisitRecord.starts_at > now, gone
    )
    return work.session.scalar(query.limit(1)) is not None
