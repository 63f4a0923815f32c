"""Whom feeds can show: whether the owner is still there, and by which name people know it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, union

from coordinator.store import clinics
from coordinator.store.enrollments import CareTeamRecord, EnrollmentRecord
from coordinator.store.feeds import GRACE, Owner
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

PROGRAMS = ("team", "enrollment")


def living_owner(work: Work, clinic_id: int, owner: Owner, now: datetime) -> str | None:
    """The name of a feed's owner, a program's being its code.

    None where the clinic has none such, the person has left, the room has retired, or the program is over.
    """
    kind, owner_id = owner
    if kind == "clinic":
        return clinics.get(work, clinic_id).name if owner_id == clinic_id else None
    return next((name for number, name in living(work, clinic_id, kind, now) if number == owner_id), None)


def living(work: Work, clinic_id: int, kind: str, now: datetime) -> list[tuple[int, str]]:
    """Id and name of every owner of that kind who has not left, by name."""
    if kind in PROGRAMS:
        programs = select(EnrollmentRecord.id, EnrollmentRecord.code).where(
            EnrollmentRecord.clinic_id == clinic_id,
            or_(EnrollmentRecord.over_at.is_(None), EnrollmentRecord.over_at > now - GRACE),
        )
        return [(row[0], row[1]) for row in work.session.execute(programs.order_by(EnrollmentRecord.code))]
    if kind not in {"staff", "room"}:
        return []
    table, gone_at = (StaffRecord, StaffRecord.left_at) if kind == "staff" else (RoomRecord, RoomRecord.retired_at)
    query = select(table.id, table.name).where(table.clinic_id == clinic_id, or_(gone_at.is_(None), gone_at > now))
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(table.name, table.id))]


def is_in_team(work: Work, enrollment_id: int, staff_id: int) -> bool:
    """Whether the person is pinned to the program's care team, or is there at one of its visits."""
    pinned = select(CareTeamRecord.staff_id).where(CareTeamRecord.enrollment_id == enrollment_id)
    there = (
        select(VisitStaffRecord.staff_id)
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .where(VisitRecord.enrollment_id == enrollment_id, VisitStaffRecord.canceled_at.is_(None))
    )
    return staff_id in set(work.session.scalars(union(pinned, there)))
