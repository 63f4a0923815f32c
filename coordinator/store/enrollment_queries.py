"""Enrollments with their protocol, patients and team: reading and adding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from coordinator.store.enrollments import CareTeamRecord, EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.resources import new_resource
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work

FIRST_PATIENT = 1001
FIRST_ENROLLMENT = 1


@dataclass(frozen=True, slots=True)
class EnrollmentRows:
    """An enrollment with the protocol version that it runs."""

    enrollment: EnrollmentRecord
    protocol: ProtocolRecord
    version: ProtocolVersionRecord


def one(work: Work, clinic_id: int, enrollment_id: int) -> EnrollmentRows | None:
    """The enrollment of that id, if it is the clinic's."""
    return next(iter(_select(work, clinic_id, [enrollment_id])), None)


def listed(work: Work, clinic_id: int, *, status: str | None = None) -> list[EnrollmentRows]:
    """All enrollments, or those of one status, the oldest first."""
    return _select(work, clinic_id, None, status)


def several(work: Work, clinic_id: int, enrollment_ids: Iterable[int]) -> list[EnrollmentRows]:
    """Those of the ids that are the clinic's, the oldest first."""
    return _select(work, clinic_id, list(enrollment_ids))


def _select(
    work: Work, clinic_id: int, ids: list[int] | None = None, status: str | None = None
) -> list[EnrollmentRows]:
    query = (
        select(EnrollmentRecord, ProtocolRecord, ProtocolVersionRecord)
        .join(ProtocolVersionRecord, ProtocolVersionRecord.id == EnrollmentRecord.protocol_version_id)
        .join(ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id)
        .where(EnrollmentRecord.clinic_id == clinic_id)
        .order_by(EnrollmentRecord.id)
    )
    if ids is not None:
        query = query.where(EnrollmentRecord.id.in_(ids))
    if status is not None:
        query = query.where(EnrollmentRecord.status == status)
    return [EnrollmentRows(*row) for row in work.session.execute(query)]


def team_of(work: Work, enrollment_id: int) -> list[tuple[str, StaffRecord]]:
    """Who is pinned to which need's name."""
    query = (
        select(CareTeamRecord.need, StaffRecord)
        .join(StaffRecord, StaffRecord.id == CareTeamRecord.staff_id)
        .where(CareTeamRecord.enrollment_id == enrollment_id)
        .order_by(CareTeamRecord.id)
    )
    return [(need, person) for need, person in work.session.execute(query)]


def published_protocols(work: Work, clinic_id: int) -> list[tuple[ProtocolRecord, ProtocolVersionRecord]]:
    """The newest published version of each of the clinic's protocols, by name."""
    newest = (
        select(ProtocolVersionRecord.protocol_id, func.max(ProtocolVersionRecord.number).label("number"))
        .where(
            ProtocolVersionRecord.clinic_id == clinic_id,
            ProtocolVersionRecord.published_at.is_not(None),
            ProtocolVersionRecord.only_for.is_(None),
        )
        .group_by(ProtocolVersionRecord.protocol_id)
        .subquery()
    )
    query = (
        select(ProtocolRecord, ProtocolVersionRecord)
        .join(ProtocolVersionRecord, ProtocolVersionRecord.protocol_id == ProtocolRecord.id)
        .join(
            newest,
            (newest.c.protocol_id == ProtocolRecord.id) & (newest.c.number == ProtocolVersionRecord.number),
        )
        .order_by(ProtocolRecord.name, ProtocolRecord.id)
    )
    return [(protocol, version) for protocol, version in work.session.execute(query)]


def patients(work: Work, clinic_id: int) -> list[PatientRecord]:
    """All patients of the clinic, by code; but for those who were erased."""
    mine = PatientRecord.clinic_id == clinic_id, PatientRecord.erased_at.is_(None)
    return list(work.session.scalars(select(PatientRecord).where(*mine).order_by(PatientRecord.code)))


def patient_codes(work: Work, clinic_id: int) -> Sequence[str]:
    """Every code that a patient of the clinic has, or had before being erased."""
    return work.session.scalars(select(PatientRecord.code).where(PatientRecord.clinic_id == clinic_id)).all()


def add_patient(work: Work, clinic_id: int, now: datetime, name: str, email: str, phone: str) -> PatientRecord:
    """A new patient under the next free code (P-1001, P-1002 …). The caller holds the clinic's lock."""
    codes = patient_codes(work, clinic_id)
    patient = PatientRecord(
        clinic_id=clinic_id,
        code=f"P-{_next_number(codes, 'P-', FIRST_PATIENT)}",
        name=name,
        email=email,
        phone=phone,
        resource_id=new_resource(work, "patient"),
        created_at=now,
    )
    work.session.add(patient)
    work.session.flush()
    return patient


def next_code(work: Work, clinic_id: int) -> str:
    """The next free enrollment code (E-0001, E-0002 …). The caller holds the clinic's lock."""
    codes = work.session.scalars(select(EnrollmentRecord.code).where(EnrollmentRecord.clinic_id == clinic_id))
    return f"E-{_next_number(codes, 'E-', FIRST_ENROLLMENT):04d}"


def add(work: Work, enrollment: EnrollmentRecord, patient_ids: Iterable[int], team: Mapping[str, int]) -> int:
    """Writes an enrollment with its patients and its pinned people (need's name to staff id); gives its id."""
    work.session.add(enrollment)
    work.session.flush()
    clinic_id, enrollment_id = enrollment.clinic_id, enrollment.id
    work.session.add_all(
        EnrollmentPatientRecord(clinic_id=clinic_id, enrollment_id=enrollment_id, patient_id=each)
        for each in patient_ids
    )
    work.session.add_all(
        CareTeamRecord(clinic_id=clinic_id, enrollment_id=enrollment_id, need=need, staff_id=staff_id)
        for need, staff_id in team.items()
    )
    work.session.flush()
    return enrollment_id


def add_protocol(work: Work, protocol: ProtocolRecord, version: ProtocolVersionRecord) -> ProtocolVersionRecord:
    """Writes a protocol with its first version."""
    work.session.add(protocol)
    work.session.flush()
    version.protocol_id = protocol.id
    work.session.add(version)
    work.session.flush()
    return version


def _next_number(codes: Iterable[str], prefix: str, first: int) -> int:
    taken = [int(code.removeprefix(prefix)) for code in codes if re.fullmatch(re.escape(prefix) + "[0-9]{1,9}", code)]
    return max([first - 1, *taken]) + 1
