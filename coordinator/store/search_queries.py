"""Finding people and protocols by a part of their names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from coordinator.store import patient_queries
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


def patients(
    work: Work, clinic_id: int, words: str, most: int, treated_by: int | None, *, codes_only: bool
) -> Sequence[PatientRecord]:
    """Patients whose code or name holds the words, by name; of those whom a member of staff treats, or of all."""
    if codes_only:
        query = select(PatientRecord).where(
            PatientRecord.clinic_id == clinic_id,
            PatientRecord.erased_at.is_(None),
            PatientRecord.code.icontains(words, autoescape=True),
        )
        return work.session.scalars(query.order_by(PatientRecord.code).limit(most)).all()
    return patient_queries.page(work, clinic_id, words, 0, most, treated_by)[0]


def staff(work: Work, clinic_id: int, words: str, most: int) -> Sequence[StaffRecord]:
    """Who works in the clinic and has the words in the name or the code."""
    query = select(StaffRecord).where(
        StaffRecord.clinic_id == clinic_id,
        StaffRecord.left_at.is_(None),
        or_(StaffRecord.name.icontains(words, autoescape=True), StaffRecord.code.icontains(words, autoescape=True)),
    )
    return work.session.scalars(query.order_by(func.lower(StaffRecord.name)).limit(most)).all()


def protocols(work: Work, clinic_id: int, words: str, most: int) -> Sequence[ProtocolRecord]:
    """The clinic's protocols with the words in the name or the code."""
    query = select(ProtocolRecord).where(
        ProtocolRecord.clinic_id == clinic_id,
        or_(
            ProtocolRecord.name.icontains(words, autoescape=True), ProtocolRecord.code.icontains(words, autoescape=True)
        ),
    )
    return work.session.scalars(query.order_by(ProtocolRecord.name).limit(most)).all()
