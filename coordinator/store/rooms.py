"""Rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class RoomRecord(ClinicRow, Base):
    """A room. `weekly` None is always open."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    kinds: Mapped[list[Any]]
    seats: Mapped[int] = mapped_column(default=1)
    turnover_minutes: Mapped[int] = mapped_column(default=0)
    weekly: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    retired_at: Mapped[datetime | None]
