"""Enrollments: one patient's, or one cohort's, run through one protocol version."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work

OVER = ("finished", "ended")
"""The statuses of a program that has no more visits to come."""


class EnrollmentRecord(ClinicRow, Base):
    """An enrollment. `status`: waiting (not yet published), active, paused, finished, ended; `over_at` is since when it
    is one of the last two.

    `weekly`, `preferred`, `unavailable` (pairs of local stamps) and `avoid` (codes of staff) are as in the exchange
    format.
    """

    __tablename__ = "enrollments"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_versions.id"))
    status: Mapped[str] = mapped_column(default="waiting")
    earliest: Mapped[date]
    latest: Mapped[date | None]
    weekly: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    preferred: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    unavailable: Mapped[list[Any]] = mapped_column(default=list)
    avoid: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    over_at: Mapped[datetime | None]


class EnrollmentPatientRecord(ClinicRow, Base):
    """A patient of an enrollment; a cohort has several."""

    __tablename__ = "enrollment_patients"
    __table_args__ = (UniqueConstraint("enrollment_id", "patient_id"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)


class CareTeamRecord(ClinicRow, Base):
    """Who is pinned to a need's name (`need`, the format's `as`) for an enrollment."""

    __tablename__ = "care_team"
    __table_args__ = (UniqueConstraint("enrollment_id", "need"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    need: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


def set_status(work: Work, clinic_id: int, enrollment_id: int, status: str, now: datetime) -> None:
    """Records what stage an enrollment is in."""
    mine = EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.id == enrollment_id
    values = {"status": status, "over_at": now if status in OVER else None}
    work.session.execute(update(EnrollmentRecord).where(*mine).values(values))


def add_unavailable(work: Work, clinic_id: int, enrollment_id: int, away: list[str]) -> None:
    """Adds a stretch (a pair of local stamps) in which the patients cannot come."""
    record = _one(work, clinic_id, enrollment_id)
    record.unavailable = [*record.unavailable, away]


def drop_unavailable(work: Work, clinic_id: int, enrollment_id: int, away: list[str]) -> None:
    """Takes such a stretch away again."""
    record = _one(work, clinic_id, enrollment_id)
    record.unavailable = [each for each in record.unavailable if each != away]


def set_latest(work: Work, clinic_id: int, enrollment_id: int, latest: date) -> None:
    """Sets the last date of an enrollment."""
    _one(work, clinic_id, enrollment_id).latest = latest
    work.session.flush()


def version_of(work: Work, clinic_id: int, enrollment_id: int) -> int:
    """The protocol version that an enrollment follows."""
    return _one(work, clinic_id, enrollment_id).protocol_version_id


def follow_version(work: Work, clinic_id: int, enrollment_id: int, version_id: int) -> None:
    """Puts an enrollment under another protocol version."""
    _one(work, clinic_id, enrollment_id).protocol_version_id = version_id
    work.session.flush()


def pin(work: Work, clinic_id: int, enrollment_id: int, need: str, staff_id: int) -> None:
    """Pins somebody to a need's name, in place of whoever was."""
    query = select(CareTeamRecord).where(
        CareTeamRecord.clinic_id == clinic_id,
        CareTeamRecord.enrollment_id == enrollment_id,
        CareTeamRecord.need == need,
    )
    record = work.session.scalar(query)
    if record is None:
        record = CareTeamRecord(clinic_id=clinic_id, enrollment_id=enrollment_id, need=need, staff_id=staff_id)
        work.session.add(record)
    record.staff_id = staff_id
    work.session.flush()


def unpin(work: Work, clinic_id: int, enrollment_id: int, need: str) -> None:
    """Leaves it to the planner who fills a need."""
    mine = CareTeamRecord.clinic_id == clinic_id, CareTeamRecord.enrollment_id == enrollment_id
    work.session.execute(delete(CareTeamRecord).where(*mine, CareTeamRecord.need == need))


def _one(work: Work, clinic_id: int, enrollment_id: int) -> EnrollmentRecord:
    query = select(EnrollmentRecord).where(
        EnrollmentRecord.clinic_id == clinic_id, EnrollmentRecord.id == enrollment_id
    )
    return work.session.scalars(query.execution_options(populate_existing=True)).one()
