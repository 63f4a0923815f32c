"""Clinics and their closures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId, ClinicRow


class ClinicRecord(Base):
    """A clinic. `revision` rises with every publication; `weights` holds only what differs from the format's defaults.

    `feed_ceiling` is the highest privacy level that its feeds may have (busy, code, kind, initials, full).
    `settings` holds the rest that an administrator may set.
    """

    __tablename__ = "clinics"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str]
    timezone: Mapped[str]
    slot_minutes: Mapped[int] = mapped_column(default=15)
    revision: Mapped[int] = mapped_column(default=0)
    weights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    feed_ceiling: Mapped[str] = mapped_column(default="busy")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class ClosureRecord(ClinicRow, Base):
    """A date on which the clinic is closed."""

    __tablename__ = "closures"
    __table_args__ = (UniqueConstraint("clinic_id", "day"),)

    day: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
