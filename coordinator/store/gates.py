"""Gates as they stand: who opened which, and until when; and the visits that were a no-go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, exists, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.gates import Opening
from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


class GateOpeningRecord(ClinicRow, Base):
    """A gate that was opened before a visit, by whom and until when. `shut_at` is set once somebody shut it again.

    `valid_until` is the last date that it covers; None covers the one visit, at the time it had then. `patient_id` is
    the one patient of a group that it is for; None is for everybody of the enrollment.
    """

    __tablename__ = "gate_openings"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    kind: Mapped[str]
    visit_starts_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    valid_until: Mapped[date | None]
    shut_at: Mapped[datetime | None]
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))


class NoGoRecord(ClinicRow, Base):
    """A visit that was found to be a no-go, once for each time that it was given."""

    __tablename__ = "no_gos"
    __table_args__ = (UniqueConstraint("visit_id", "visit_revision"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    visit_revision: Mapped[int]
    at: Mapped[datetime]


def gates_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The gates before each visit of each enrollment's protocol version, as JSON."""
    query = (
        select(EnrollmentRecord.id, ProtocolVersionRecord.gates)
        .join(ProtocolVersionRecord, ProtocolVersionRecord.id == EnrollmentRecord.protocol_version_id)
        .where(EnrollmentRecord.id.in_(list(enrollment_ids)))
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def protocols_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, int]:
    """The protocol that each enrollment runs, whichever version."""
    query = (
        select(EnrollmentRecord.id, ProtocolVersionRecord.protocol_id)
        .join(ProtocolVersionRecord, ProtocolVersionRecord.id == EnrollmentRecord.protocol_version_id)
        .where(EnrollmentRecord.id.in_(list(enrollment_ids)))
    )
    return {row[0]: row[1] for row in work.session.execute(query)}


def openings_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, list[Opening]]:
    """The openings that nobody took back, of each enrollment."""
    query = select(GateOpeningRecord).where(
        GateOpeningRecord.enrollment_id.in_(list(enrollment_ids)), GateOpeningRecord.shut_at.is_(None)
    )
    found: defaultdict[int, list[Opening]] = defaultdict(list)
    for row in work.session.scalars(query.order_by(GateOpeningRecord.id)):
        found[row.enrollment_id].append(
            Opening(
                id=row.id,
                kind=row.kind,
                visit_id=row.visit_id,
                visit_start=row.visit_starts_at,
                opened_at=row.opened_at,
                opened_by=row.opened_by,
                valid_until=row.valid_until,
                patient_id=row.patient_id,
            )
        )
    return found


def open_gate(
    work: Work,
    visit: VisitRecord,
    kind: str,
    now: datetime,
    opened_by: str,
    valid_until: date | None,
    patient_id: int | None = None,
) -> None:
    """Writes an opening, for everybody or for one patient of a group."""
    work.session.add(
        GateOpeningRecord(
            clinic_id=visit.clinic_id,
            enrollment_id=visit.enrollment_id,
            visit_id=visit.id,
            kind=kind,
            visit_starts_at=visit.starts_at,
            opened_at=now,
            opened_by=opened_by,
            valid_until=valid_until,
            patient_id=patient_id,
        )
    )
    work.session.flush()


def shut(work: Work, clinic_id: int, opening_ids: Iterable[int], now: datetime) -> None:
    """Takes openings back."""
    mine = GateOpeningRecord.clinic_id == clinic_id, GateOpeningRecord.id.in_(list(opening_ids))
    work.session.execute(update(GateOpeningRecord).where(*mine).values(shut_at=now))


def keep_for(work: Work, opening_ids: Collection[int], patient_ids: Iterable[int]) -> None:
    """Writes openings that were for everybody anew for these patients alone."""
    others = list(patient_ids)
    query = select(GateOpeningRecord).where(GateOpeningRecord.id.in_(opening_ids))
    for row in work.session.scalars(query).all():
        for patient_id in others:
            work.session.add(
                GateOpeningRecord(
                    clinic_id=row.clinic_id,
                    enrollment_id=row.enrollment_id,
                    visit_id=row.visit_id,
                    kind=row.kind,
                    visit_starts_at=row.visit_starts_at,
                    opened_at=row.opened_at,
                    opened_by=row.opened_by,
                    valid_until=row.valid_until,
                    patient_id=patient_id,
                )
            )
    work.session.flush()


def note_no_go(work: Work, visit: VisitRecord, now: datetime) -> None:
    """Remembers that a visit was a no-go at the time that it has."""
    work.session.add(NoGoRecord(clinic_id=visit.clinic_id, visit_id=visit.id, visit_revision=visit.revision, at=now))
    work.session.flush()


def scheduled_before(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[tuple[int, bool]]:
    """The visits that start from one moment to another and have not happened yet, and whether each was a no-go."""
    told = exists().where(NoGoRecord.visit_id == VisitRecord.id, NoGoRecord.visit_revision == VisitRecord.revision)
    query = select(VisitRecord.id, told).where(
        VisitRecord.clinic_id == clinic_id,
        VisitRecord.status == "scheduled",
        VisitRecord.starts_at > starts,
        VisitRecord.starts_at <= ends,
    )
    return [(key, was) for key, was in work.session.execute(query.order_by(VisitRecord.starts_at))]
