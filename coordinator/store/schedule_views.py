"""How each person last looked at the schedule of a clinic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work


class ScheduleViewRecord(ClinicRow, Base):
    """`view` is day, week, month or list; `rows` staff or rooms; `show` which of them ("" for all).

    `hidden` are kinds of visits that are left out; `missed` whether canceled and missed visits are shown.
    """

    __tablename__ = "schedule_views"
    __table_args__ = (UniqueConstraint("clinic_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    view: Mapped[str] = mapped_column(default="day")
    rows: Mapped[str] = mapped_column(default="staff")
    show: Mapped[str] = mapped_column(default="")
    hidden: Mapped[list[Any]] = mapped_column(default=list)
    missed: Mapped[bool] = mapped_column(default=True)


def of(work: Work, clinic_id: int, user_id: int | None) -> ScheduleViewRecord | None:
    """The person's view, if they ever chose one."""
    query = select(ScheduleViewRecord).where(
        ScheduleViewRecord.clinic_id == clinic_id, ScheduleViewRecord.user_id == user_id
    )
    return work.session.scalar(query)
