"""Reading patients with their programs: a fixed number of queries however many they are.

`treated_by` is a staff id that narrows everything to the programs in which that person has a part; None is all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CompoundSelect, String, func, or_, select, type_coerce, union

from coordinator.domain.errors import NotFound
from coordinator.store.contact_keys import ring_of
from coordinator.store.enrollments import CareTeamRecord, EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


@dataclass(frozen=True, slots=True)
class ProgramRows:
    """One of a patient's enrollments with its protocol."""

    patient_id: int
    enrollment: EnrollmentRecord
    protocol: ProtocolRecord
    version: ProtocolVersionRecord


@dataclass(frozen=True, slots=True)
class Progress:
    """Of an enrollment: how many visits were attended, how many stand in the schedule, and when the next begins."""

    attended: int = 0
    scheduled: int = 0
    next_at: datetime | None = None


def page(
    work: Work, clinic_id: int, sought: str, offset: int, most: int, treated_by: int | None
) -> tuple[list[PatientRecord], int]:
    """Some of the patients whose name or code holds what is sought, or whose address it is; and how many in all."""
    where = [*_found(work, clinic_id, sought), *_treated(treated_by)]
    total = work.session.scalar(select(func.count()).select_from(PatientRecord).where(*where)) or 0
    query = select(PatientRecord).where(*where).order_by(func.lower(PatientRecord.name), PatientRecord.id)
    return list(work.session.scalars(query.offset(offset).limit(most))), total


def one(work: Work, clinic_id: int, patient_id: int, treated_by: int | None = None) -> PatientRecord:
    """The patient of that id, if the clinic's; raises NotFound."""
    mine = PatientRecord.clinic_id == clinic_id, PatientRecord.id == patient_id, PatientRecord.erased_at.is_(None)
    query = select(PatientRecord).where(*mine)
    record = work.session.scalar(query.where(*_treated(treated_by)))
    if record is None:
        raise NotFound("There is no such patient.")
    return record


def programs_of(work: Work, clinic_id: int, patient_ids: Collection[int], treated_by: int | None) -> list[ProgramRows]:
    """Every enrollment of these patients, the newest first."""
    query = (
        select(EnrollmentPatientRecord.patient_id, EnrollmentRecord, ProtocolRecord, ProtocolVersionRecord)
        .join(EnrollmentRecord, EnrollmentRecord.id == EnrollmentPatientRecord.enrollment_id)
        .join(ProtocolVersionRecord, ProtocolVersionRecord.id == EnrollmentRecord.protocol_version_id)
        .join(ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id)
        .where(EnrollmentPatientRecord.clinic_id == clinic_id, EnrollmentPatientRecord.patient_id.in_(patient_ids))
        .order_by(EnrollmentRecord.id.desc())
    )
    if treated_by is not None:
        query = query.where(EnrollmentRecord.id.in_(programs_with(treated_by)))
    return [ProgramRows(*row) for row in work.session.execute(query)]


def progress_of(work: Work, enrollment_ids: Collection[int], now: datetime) -> dict[int, Progress]:
    """How far along each enrollment is; an enrollment without visits is left out."""
    query = (
        select(
            VisitRecord.enrollment_id,
            func.count().filter(VisitRecord.status.in_(("attended", "stopped_early"))),
            func.count().filter(VisitRecord.status == "scheduled"),
            func.min(VisitRecord.starts_at).filter(VisitRecord.status == "scheduled", VisitRecord.starts_at > now),
        )
        .where(VisitRecord.enrollment_id.in_(enrollment_ids))
        .group_by(VisitRecord.enrollment_id)
    )
    return {row[0]: Progress(row[1], row[2], row[3]) for row in work.session.execute(query)}


def _treated(staff_id: int | None) -> list[ColumnElement[bool]]:
    if staff_id is None:
        return []
    theirs = select(EnrollmentPatientRecord.patient_id).where(
        EnrollmentPatientRecord.enrollment_id.in_(programs_with(staff_id))
    )
    return [PatientRecord.id.in_(theirs)]


def programs_with(staff_id: int) -> CompoundSelect[int]:
    """The enrollments (ids) in which somebody is pinned, or is at a visit."""
    at_visits = (
        select(VisitRecord.enrollment_id)
        .join(VisitStaffRecord, VisitStaffRecord.visit_id == VisitRecord.id)
        .where(VisitStaffRecord.staff_id == staff_id, VisitStaffRecord.canceled_at.is_(None))
    )
    return union(select(CareTeamRecord.enrollment_id).where(CareTeamRecord.staff_id == staff_id), at_visits)


def _found(work: Work, clinic_id: int, sought: str) -> list[ColumnElement[bool]]:
    mine = [PatientRecord.clinic_id == clinic_id, PatientRecord.erased_at.is_(None)]
    if not sought:
        return mine
    columns = (PatientRecord.name, PatientRecord.code)
    holds = (func.lower(column).contains(sought.lower(), autoescape=True) for column in columns)
    marks = ring_of(work.session.get_bind().dialect).marks(sought)
    return [*mine, or_(*holds, type_coerce(PatientRecord.email_mark, String).in_(marks))]


def phones(work: Work, clinic_id: int) -> list[tuple[int, str]]:
    """(id, telephone number) of every patient of the clinic."""
    query = select(PatientRecord.id, PatientRecord.phone).where(PatientRecord.clinic_id == clinic_id)
    return [(row.id, row.phone) for row in work.session.execute(query)]
