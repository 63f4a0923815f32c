"""What insights are counted from: programs and every attempt at their visits, in four queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt at a visit."""

    id: int
    code: str
    kind: str
    starts_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class ProgramRows:
    """A program that has visits in the period, with every attempt at its visits."""

    version_id: int
    created_at: datetime
    attempts: tuple[AttemptRow, ...]


def programs(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[ProgramRows]:
    """The programs with a visit that starts in `[starts, ends)`."""
    visited = select(VisitRecord.enrollment_id).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.starts_at >= starts, VisitRecord.starts_at < ends
    )
    visits = (
        select(
            VisitRecord.enrollment_id, VisitRecord.id, VisitRecord.code, VisitRecord.kind, VisitRecord.starts_at,
            VisitRecord.status,
        )
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.enrollment_id.in_(visited))
        .order_by(VisitRecord.id)
    )  # fmt: skip
    attempts: defaultdict[int, list[AttemptRow]] = defaultdict(list)
    for enrollment_id, visit_id, code, kind, starts_at, status in work.session.execute(visits):
        attempts[enrollment_id].append(AttemptRow(visit_id, code, kind, starts_at, status))
    enrollments = select(EnrollmentRecord.id, EnrollmentRecord.protocol_version_id, EnrollmentRecord.created_at).where(
        EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.id.in_(attempts)
    )
    return [
        ProgramRows(version_id, created_at, tuple(attempts[enrollment_id]))
        for enrollment_id, version_id, created_at in work.session.execute(enrollments.order_by(EnrollmentRecord.id))
    ]


def versions(work: Work, clinic_id: int, ids: set[int]) -> list[ProtocolVersionRecord]:
    """Those protocol versions of the clinic."""
    query = select(ProtocolVersionRecord).where(
        ProtocolVersionRecord.clinic_id == clinic_id, ProtocolVersionRecord.id.in_(ids)
    )
    return list(work.session.scalars(query))


def stages(work: Work, clinic_id: int) -> dict[str, int]:
    """How many programs there are in each status."""
    query = (
        select(EnrollmentRecord.status, func.count())
        .where(EnrollmentRecord.clinic_id == clinic_id)
        .group_by(EnrollmentRecord.status)
    )
    return {row[0]: row[1] for row in work.session.execute(query)}
