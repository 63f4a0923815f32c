"""What patients answered to messages about their visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.errors import NotFound
from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.notice_changes import NoticeChangeRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord

CONFIRMED, DECLINED, CALL = "confirmed", "declined", "call"
ANSWERS = (CONFIRMED, DECLINED, CALL)


class PatientAnswerRecord(ClinicRow, Base):
    """The newest answer of a patient about a visit at a time; where the visit has another one now, it counts no more.

    `answer`: confirmed, declined, or call (the patient asks to be called). `settled_at`: since when nobody has to see
    to it any more.
    """

    __tablename__ = "patient_answers"
    __table_args__ = (UniqueConstraint("visit_id", "patient_id", "starts_at"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    starts_at: Mapped[datetime]
    answer: Mapped[str]
    answered_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """An answer, its visit, and who gave it; `patients` is how many come to the visit."""

    record: PatientAnswerRecord
    visit: VisitRecord
    patient: PatientRecord
    patients: int


def notice(work: Work, notice_id: int) -> NoticeRecord | None:
    """The notice whose link is followed, of whichever clinic: nobody has signed in."""
    return work.session.get(NoticeRecord, notice_id)


def asked(work: Work, about: NoticeRecord, now: datetime) -> list[VisitRecord]:
    """The visits to come of a notice's patient that it told of and that still take place, in order of time."""
    told = select(NoticeChangeRecord.visit_id).where(NoticeChangeRecord.notice_id == about.id)
    mine = select(EnrollmentPatientRecord.enrollment_id).where(
        EnrollmentPatientRecord.patient_id == about.recipient_id,
        EnrollmentPatientRecord.clinic_id == about.clinic_id,
    )
    query = (
        select(VisitRecord)
        .where(VisitRecord.clinic_id == about.clinic_id, VisitRecord.enrollment_id.in_(mine))
        .where((VisitRecord.id == about.visit_id) | VisitRecord.id.in_(told))
        .where(VisitRecord.status == "scheduled", VisitRecord.starts_at > now)
        .order_by(VisitRecord.starts_at)
    )
    return list(work.session.scalars(query))


def given(work: Work, patient_id: int, visits: Iterable[VisitRecord]) -> dict[int, PatientAnswerRecord]:
    """What a patient answered about visits as they are now, by visit."""
    times = {visit.id: visit.starts_at for visit in visits}
    query = select(PatientAnswerRecord).where(
        PatientAnswerRecord.patient_id == patient_id, PatientAnswerRecord.visit_id.in_(times)
    )
    return {each.visit_id: each for each in work.session.scalars(query) if each.starts_at == times[each.visit_id]}


def note(work: Work, now: datetime, visit: VisitRecord, patient_id: int, answer: str) -> None:
    """Keeps an answer in the place of an earlier one."""
    row = given(work, patient_id, [visit]).get(visit.id)
    if row is None:
        row = PatientAnswerRecord(
            clinic_id=visit.clinic_id, visit_id=visit.id, patient_id=patient_id, starts_at=visit.starts_at
        )
        work.session.add(row)
    row.answer, row.answered_at, row.settled_at = answer, now, None
    work.session.flush()


def of_visit(work: Work, clinic_id: int, visit_id: int) -> list[AnswerRows]:
    """The answers about a visit as it is now."""
    return _rows(work, _current(clinic_id, PatientAnswerRecord.visit_id == visit_id))


def waiting(work: Work, clinic_id: int, now: datetime) -> list[AnswerRows]:
    """Who cannot come to a visit that is ahead, or asks to be called, and to whom nobody has seen yet."""
    return _rows(
        work,
        _current(
            clinic_id,
            PatientAnswerRecord.answer.in_((DECLINED, CALL)),
            PatientAnswerRecord.settled_at.is_(None),
            VisitRecord.status == "scheduled",
            VisitRecord.starts_at > now,
        ),
    )


def one(work: Work, clinic_id: int, answer_id: int) -> PatientAnswerRecord:
    """An answer of the clinic's by its id; raises NotFound."""
    mine = PatientAnswerRecord.clinic_id == clinic_id, PatientAnswerRecord.id == answer_id
    record = work.session.scalar(select(PatientAnswerRecord).where(*mine))
    if record is None:
        raise NotFound("There is no such answer.")
    return record


_Query = Select[PatientAnswerRecord, VisitRecord, PatientRecord]


def _current(clinic_id: int, *which: ColumnElement[bool]) -> _Query:
    return (
        select(PatientAnswerRecord, VisitRecord, PatientRecord)
        .join(VisitRecord, VisitRecord.id == PatientAnswerRecord.visit_id)
        .join(PatientRecord, PatientRecord.id == PatientAnswerRecord.patient_id)
        .where(PatientAnswerRecord.clinic_id == clinic_id, VisitRecord.starts_at == PatientAnswerRecord.starts_at)
        .where(*which)
        .order_by(VisitRecord.starts_at, PatientRecord.code)
    )


def _rows(work: Work, query: _Query) -> list[AnswerRows]:
    found = work.session.execute(query).all()
    sizes = (
        select(EnrollmentPatientRecord.enrollment_id, func.count())
        .where(EnrollmentPatientRecord.enrollment_id.in_({visit.enrollment_id for _, visit, _ in found}))
        .group_by(EnrollmentPatientRecord.enrollment_id)
    )
    people = {row[0]: row[1] for row in work.session.execute(sizes)} if found else {}
    return [AnswerRows(record, visit, patient, people[visit.enrollment_id]) for record, visit, patient in found]
