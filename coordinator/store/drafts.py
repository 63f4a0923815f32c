"""Drafts: a coordinator's edits of visits that are not published yet, one per visit and person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work


class DraftEditRecord(ClinicRow, Base):
    """What one person wants to become of one visit of an enrollment.

    `starts_at` None cancels it. `revision_seen` is the visit's as the person saw it, None where it had no time.
    `staff` maps each need to a row id, `overrides` each rule that may be broken to the reason.
    """

    __tablename__ = "draft_edits"
    __table_args__ = (UniqueConstraint("user_id", "enrollment_id", "code"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    code: Mapped[str]
    revision_seen: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    staff: Mapped[dict[str, Any]]
    overrides: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


def edits(work: Work, clinic_id: int, user_id: int | None) -> list[DraftEditRecord]:
    """The person's edits in the clinic, the oldest first."""
    query = select(DraftEditRecord).where(DraftEditRecord.clinic_id == clinic_id, DraftEditRecord.user_id == user_id)
    return list(work.session.scalars(query.order_by(DraftEditRecord.id)))


def put(work: Work, edit: DraftEditRecord) -> DraftEditRecord:
    """Keeps an edit in place of an earlier one of the same visit."""
    earlier = work.session.scalar(
        select(DraftEditRecord).where(
            DraftEditRecord.user_id == edit.user_id,
            DraftEditRecord.enrollment_id == edit.enrollment_id,
            DraftEditRecord.code == edit.code,
        )
    )
    if earlier is None:
        work.session.add(edit)
        work.session.flush()
        return edit
    earlier.revision_seen, earlier.changed_at = edit.revision_seen, edit.changed_at
    earlier.starts_at, earlier.room_id = edit.starts_at, edit.room_id
    earlier.staff, earlier.overrides = edit.staff, edit.overrides
    work.session.flush()
    return earlier


def remove(work: Work, clinic_id: int, user_id: int | None, edit_ids: Iterable[int] | None = None) -> int:
    """Lets some edits of a person go, or all; how many they were."""
    mine = delete(DraftEditRecord).where(DraftEditRecord.clinic_id == clinic_id, DraftEditRecord.user_id == user_id)
    if edit_ids is not None:
        mine = mine.where(DraftEditRecord.id.in_(list(edit_ids)))
    return len(work.session.execute(mine.returning(DraftEditRecord.id)).all())
