"""Reading staff with their hours, time off and work: a fixed number of queries however many they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from coordinator.domain.errors import NotFound
from coordinator.store.enrollments import CareTeamRecord
from coordinator.store.staff import ExtraHoursRecord, StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import HOLDING
from coordinator.store.visits import VisitRecord, VisitStaffRecord


@dataclass(frozen=True, slots=True)
class WorkedPart:
    """A person's part in a visit that holds its time, or one piece of a part that has several."""

    staff_id: int
    starts_at: datetime
    ends_at: datetime


def listed(work: Work, clinic_id: int) -> list[StaffRecord]:
    """All staff of the clinic by name; those who left come last."""
    query = select(StaffRecord).where(StaffRecord.clinic_id == clinic_id)
    return list(
        work.session.scalars(query.order_by(StaffRecord.left_at.is_not(None), StaffRecord.name, StaffRecord.id))
    )


def one(work: Work, clinic_id: int, staff_id: int) -> StaffRecord:
    """The member of staff of that id, if the clinic's; raises NotFound."""
    query = select(StaffRecord).where(StaffRecord.clinic_id == clinic_id, StaffRecord.id == staff_id)
    record = work.session.scalar(query)
    if record is None:
        raise NotFound("There is no such member of staff.")
    return record


def codes(work: Work, clinic_id: int) -> set[str]:
    """The codes that are taken."""
    return set(work.session.scalars(select(StaffRecord.code).where(StaffRecord.clinic_id == clinic_id)))


def hours(work: Work, clinic_id: int, staff_id: int | None = None) -> list[StaffHoursRecord]:
    """The weekly patterns of everybody, or of one person, the oldest first."""
    query = select(StaffHoursRecord).where(StaffHoursRecord.clinic_id == clinic_id)
    if staff_id is not None:
        query = query.where(StaffHoursRecord.staff_id == staff_id)
    return list(work.session.scalars(query.order_by(StaffHoursRecord.valid_from, StaffHoursRecord.id)))


def extra_hours(
    work: Work, clinic_id: int, ends_after: datetime, staff_id: int | None = None
) -> list[ExtraHoursRecord]:
    """Extra hours that are not over, of everybody or of one person, by start."""
    query = select(ExtraHoursRecord).where(
        ExtraHoursRecord.clinic_id == clinic_id, ExtraHoursRecord.ends_at > ends_after
    )
    if staff_id is not None:
        query = query.where(ExtraHoursRecord.staff_id == staff_id)
    return list(work.session.scalars(query.order_by(ExtraHoursRecord.starts_at, ExtraHoursRecord.id)))


def time_off(work: Work, clinic_id: int, ends_after: datetime, staff_id: int | None = None) -> list[TimeOffRecord]:
    """Time off that is not over, whatever its status, of everybody or of one person, by start."""
    query = select(TimeOffRecord).where(TimeOffRecord.clinic_id == clinic_id, TimeOffRecord.ends_at > ends_after)
    if staff_id is not None:
        query = query.where(TimeOffRecord.staff_id == staff_id)
    return list(work.session.scalars(query.order_by(TimeOffRecord.starts_at, TimeOffRecord.id)))


def one_time_off(work: Work, clinic_id: int, time_off_id: int) -> TimeOffRecord:
    """The time off of that id, if the clinic's, fresh; raises NotFound."""
    query = select(TimeOffRecord).where(TimeOffRecord.clinic_id == clinic_id, TimeOffRecord.id == time_off_id)
    record = work.session.scalar(query.execution_options(populate_existing=True))
    if record is None:
        raise NotFound("There is no such time off.")
    return record


def worked_parts(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[WorkedPart]:
    """Everybody's parts in visits that share a moment with `[starts, ends)`."""
    query = (
        select(VisitStaffRecord, VisitRecord.starts_at)
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .where(
            VisitStaffRecord.clinic_id == clinic_id,
            VisitStaffRecord.canceled_at.is_(None),
            VisitRecord.status.in_(HOLDING),
            VisitStaffRecord.starts_at < ends,
            VisitStaffRecord.ends_at > starts,
        )
    )
    rows = work.session.execute(query)
    return [WorkedPart(part.staff_id, *piece) for part, visit_start in rows for piece in pieces(part, visit_start)]


def pieces(part: VisitStaffRecord, visit_start: datetime) -> list[tuple[datetime, datetime]]:
    """When a person is really there: the part's pieces, or the whole of it."""
    if not part.parts:
        return [(part.starts_at, part.ends_at)]
    starts = [visit_start + timedelta(minutes=offset) for offset, _ in part.parts]
    return [(start, start + timedelta(minutes=each[1])) for start, each in zip(starts, part.parts, strict=True)]


def upcoming_visits(work: Work, clinic_id: int, staff_ids: Collection[int], after: datetime) -> dict[int, int]:
    """How many scheduled visits each person has that start after a moment."""
    query = (
        select(VisitStaffRecord.staff_id, func.count(VisitStaffRecord.visit_id.distinct()))
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .where(
            VisitStaffRecord.clinic_id == clinic_id,
            VisitStaffRecord.staff_id.in_(staff_ids),
            VisitStaffRecord.canceled_at.is_(None),
            VisitRecord.status == "scheduled",
            VisitStaffRecord.starts_at > after,
        )
        .group_by(VisitStaffRecord.staff_id)
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def programs_of(work: Work, clinic_id: int, staff_id: int, enrollment_ids: Collection[int]) -> set[int]:
    """Those of the enrollments in which the person has a part: in a visit, or in the care team."""
    visits = (
        select(VisitRecord.enrollment_id)
        .join(VisitStaffRecord, VisitStaffRecord.visit_id == VisitRecord.id)
        .where(VisitRecord.clinic_id == clinic_id, VisitStaffRecord.staff_id == staff_id)
        .where(VisitStaffRecord.canceled_at.is_(None), VisitRecord.enrollment_id.in_(enrollment_ids))
    )
    team = select(CareTeamRecord.enrollment_id).where(
        CareTeamRecord.clinic_id == clinic_id,
        CareTeamRecord.staff_id == staff_id,
        CareTeamRecord.enrollment_id.in_(enrollment_ids),
    )
    return set(work.session.scalars(visits.union(team)))
