"""Protocols and their versions; a published version never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId, ClinicRow


class ProtocolRecord(ClinicRow, Base):
    """A protocol by its code; `template` names the library template it came from, if any."""

    __tablename__ = "protocols"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    template: Mapped[str | None]
    source: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")


class ProtocolVersionRecord(ClinicRow, Base):
    """One version. `body` is the expanded protocol as in the exchange format; `compact` the form people edit.

    `gates` are those before each visit, by the visit's id.
    `only_for` is the enrollment that alone runs it, where a rule was relaxed for this program; None is for everybody.
    """

    __tablename__ = "protocol_versions"
    __table_args__ = (UniqueConstraint("protocol_id", "number"),)

    protocol_id: Mapped[int] = mapped_column(ForeignKey("protocols.id"), index=True)
    number: Mapped[int]
    body: Mapped[dict[str, Any]]
    compact: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    gates: Mapped[dict[str, Any]] = mapped_column(default=dict)
    published_at: Mapped[datetime | None]
    only_for: Mapped[int | None] = mapped_column(BigId)
