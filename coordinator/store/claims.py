"""Claims: a resource taken for a time. The database itself refuses two that collide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class ClaimRecord(ClinicRow, Base):
    """Numbers `first` to `last` (both included) taken for `[starts_at, ends_at)`, by a visit, a booking or a hold."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("first <= last", name="numbers"),
        CheckConstraint("first / 64 = last / 64", name="block"),
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_claims_first_time", "first", "starts_at"),
    )

    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), index=True)
