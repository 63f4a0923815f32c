"""Swaps: a part in a visit that somebody offers to colleagues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.errors import NotFound
from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work


class SwapRecord(ClinicRow, Base):
    """One offer. `staff_id` gives the need away; `asked` and `declined` are ids of colleagues.

    `status`: open, taken, withdrawn. `starts_at` is the visit's start as offered: an offer of a visit that was moved,
    given away otherwise or called off since is nobody's any more.
    """

    __tablename__ = "swaps"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    need: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    asked: Mapped[list[Any]]
    declined: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(default="open")
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


def one(work: Work, clinic_id: int, swap_id: int) -> SwapRecord:
    """The offer of that id, if the clinic's, fresh; raises NotFound."""
    query = select(SwapRecord).where(SwapRecord.clinic_id == clinic_id, SwapRecord.id == swap_id)
    record = work.session.scalar(query.execution_options(populate_existing=True))
    if record is None:
        raise NotFound("There is no such offer.")
    return record


def open_ones(work: Work, clinic_id: int, after: datetime) -> list[SwapRecord]:
    """The open offers of visits that begin after a moment, by start."""
    query = select(SwapRecord).where(
        SwapRecord.clinic_id == clinic_id, SwapRecord.status == "open", SwapRecord.starts_at > after
    )
    return list(work.session.scalars(query.order_by(SwapRecord.starts_at, SwapRecord.id)))
