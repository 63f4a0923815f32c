"""Care teams: who is pinned to a need, and who steps in for them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import CareTeamRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


class BackupRecord(ClinicRow, Base):
    """Who steps in for a need of an enrollment when whoever fills it cannot."""

    __tablename__ = "team_backups"
    __table_args__ = (UniqueConstraint("enrollment_id", "need"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"))
    need: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


def pinned(work: Work, enrollment_id: int) -> dict[str, StaffRecord]:
    """Who is pinned to each need's name."""
    query = select(CareTeamRecord.need, StaffRecord).join(StaffRecord, StaffRecord.id == CareTeamRecord.staff_id)
    rows = work.session.execute(query.where(CareTeamRecord.enrollment_id == enrollment_id))
    return {row[0]: row[1] for row in rows}


def backups(work: Work, enrollment_id: int) -> dict[str, StaffRecord]:
    """Who steps in for each need's name."""
    query = select(BackupRecord.need, StaffRecord).join(StaffRecord, StaffRecord.id == BackupRecord.staff_id)
    rows = work.session.execute(query.where(BackupRecord.enrollment_id == enrollment_id))
    return {row[0]: row[1] for row in rows}


def set_backup(work: Work, clinic_id: int, enrollment_id: int, need: str, staff_id: int | None) -> None:
    """Names who steps in for a need, or nobody."""
    mine = BackupRecord.enrollment_id == enrollment_id, BackupRecord.need == need
    work.session.execute(delete(BackupRecord).where(*mine))
    if staff_id is not None:
        row = BackupRecord(clinic_id=clinic_id, enrollment_id=enrollment_id, need=need, staff_id=staff_id)
        work.session.add(row)
    work.session.flush()
