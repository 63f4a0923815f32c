"""Published visits and who is there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class VisitRecord(ClinicRow, Base):
    """One attempt at one visit of an enrollment. `code` is the visit's id in the protocol (c1.d1).

    `status`: scheduled, canceled, attended, no_show, late_cancel, stopped_early. All but scheduled, attended and
    stopped_early have given their claims back. `revision` rises with each change that anybody could notice.
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "code", "attempt"),
        Index("ix_visits_clinic_time", "clinic_id", "starts_at"),
    )

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    code: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str]
    course: Mapped[int | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    status: Mapped[str] = mapped_column(default="scheduled")
    revision: Mapped[int] = mapped_column(default=1)
    overrides: Mapped[list[Any]] = mapped_column(default=list)
    changed_at: Mapped[datetime]


class VisitStaffRecord(ClinicRow, Base):
    """One person's part in a visit, as that person's calendar shows it.

    `need` is the need's name. `starts_at`/`ends_at` span the person's part; `parts` lists its pieces where there are
    several, as [offset, minutes] from the visit's start. `sequence` rises on every change of this
    row and never falls; a person who is replaced keeps the row with `canceled_at` set, so that the event is canceled
    in that person's calendar while the visit lives on. `changed_at` is when it last changed.
    """

    __tablename__ = "visit_staff"
    __table_args__ = (
        UniqueConstraint("visit_id", "staff_id", "need"),
        Index("ix_visit_staff_person_time", "staff_id", "starts_at"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    need: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    parts: Mapped[list[Any]] = mapped_column(default=list)
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    canceled_at: Mapped[datetime | None]
