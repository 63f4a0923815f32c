"""Erasing a patient: the row stays under its code, for visits and the audit log; what says who it was goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, delete, or_, select, update

from coordinator.store.contact_choices import ContactChoiceRecord
from coordinator.store.contacts import ContactRecord
from coordinator.store.emergencies import EmergencyRecord
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.feeds import FeedBodyRecord
from coordinator.store.notes import NoteRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import BookingRecord, BookingSeriesRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord

HOLDS = ("scheduled", "attended", "stopped_early")
"""Visits that stand, or took place."""


def erase(work: Work, record: PatientRecord, now: datetime) -> None:
    """Takes away name, addresses and numbers, the patient's and the contacts', and the notes on their programs.

    Notes on a group's program stay until its last patient is erased.
    """
    record.name = record.email = record.phone = ""
    record.erased_at = now
    work.session.flush()
    for contact in work.session.scalars(select(ContactRecord).where(ContactRecord.patient_id == record.id)):
        contact.name = contact.email = contact.phone = ""
        contact.ended_at = contact.ended_at or now
    chosen = ContactChoiceRecord.recipient_kind == "patient", ContactChoiceRecord.recipient_id == record.id
    work.session.execute(delete(ContactChoiceRecord).where(*chosen))
    known = (
        select(EnrollmentPatientRecord.enrollment_id)
        .join(PatientRecord, PatientRecord.id == EnrollmentPatientRecord.patient_id)
        .where(PatientRecord.clinic_id == record.clinic_id, PatientRecord.erased_at.is_(None))
    )
    alone = NoteRecord.enrollment_id.in_(programs_of(record.id)), NoteRecord.enrollment_id.not_in(known)
    work.session.execute(update(NoteRecord).where(*alone).values(text="", removed_at=now))
    work.session.execute(update(EmergencyRecord).where(EmergencyRecord.patient_id == record.id).values(reason=""))
    # Feeds that may show names are composed anew at their next fetch; until then the name would lie here.
    work.session.execute(delete(FeedBodyRecord).where(FeedBodyRecord.clinic_id == record.clinic_id))
    for table in (BookingRecord, BookingSeriesRecord):
        work.session.execute(update(table).where(table.patient_id == record.id).values(title=""))


def programs_of(patient_id: int) -> Select[int]:
    """The enrollments (ids) of a patient."""
    return select(EnrollmentPatientRecord.enrollment_id).where(EnrollmentPatientRecord.patient_id == patient_id)


def holding(work: Work, patient_id: int) -> str | None:
    """The code of a program of the patient that has a visit which stands or took place."""
    query = select(EnrollmentRecord.code).join(VisitRecord, VisitRecord.enrollment_id == EnrollmentRecord.id)
    return work.session.scalar(
        query.where(EnrollmentRecord.id.in_(programs_of(patient_id)), VisitRecord.status.in_(HOLDS)).limit(1)
    )


def shared(work: Work, patient_id: int) -> str | None:
    """The code of a program that the patient shares with others."""
    others = select(EnrollmentPatientRecord.enrollment_id).where(EnrollmentPatientRecord.patient_id != patient_id)
    mine = EnrollmentRecord.id.in_(programs_of(patient_id)), EnrollmentRecord.id.in_(others)
    return work.session.scalar(select(EnrollmentRecord.code).where(*mine).limit(1))


def is_booked(work: Work, patient_id: int, now: datetime) -> bool:
    """Whether a booking of the patient is still to come."""
    ahead = BookingRecord.patient_id == patient_id, BookingRecord.ends_at > now
    return work.session.scalar(select(BookingRecord.id).where(*ahead).limit(1)) is not None


def living_programs(work: Work, patient_id: int) -> Sequence[int]:
    """The patient's programs that are not over."""
    mine = EnrollmentRecord.id.in_(programs_of(patient_id)), EnrollmentRecord.over_at.is_(None)
    return work.session.scalars(select(EnrollmentRecord.id).where(*mine).order_by(EnrollmentRecord.id)).all()


def due(work: Work, clinic_id: int, before: datetime, most: int) -> Sequence[PatientRecord]:
    """Patients with whom nothing has happened since a moment: no program, visit or booking, and not entered since."""
    came = and_(VisitRecord.ends_at >= before, VisitRecord.status.in_(HOLDS))
    seen = (
        select(EnrollmentPatientRecord.patient_id)
        .join(EnrollmentRecord, EnrollmentRecord.id == EnrollmentPatientRecord.enrollment_id)
        .outerjoin(VisitRecord, VisitRecord.enrollment_id == EnrollmentRecord.id)
        .where(EnrollmentRecord.clinic_id == clinic_id)
        .where(or_(EnrollmentRecord.over_at.is_(None), EnrollmentRecord.over_at >= before, came))
    )
    booked = select(BookingRecord.patient_id).where(
        BookingRecord.patient_id.is_not(None), BookingRecord.ends_at >= before
    )
    query = select(PatientRecord).where(
        PatientRecord.clinic_id == clinic_id,
        PatientRecord.erased_at.is_(None),
        PatientRecord.created_at < before,
        PatientRecord.id.not_in(seen),
        PatientRecord.id.not_in(booked),
    )
    return work.session.scalars(query.order_by(PatientRecord.id).limit(most)).all()
