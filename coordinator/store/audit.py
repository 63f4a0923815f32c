"""The audit log: a chain per clinic in which each entry's code covers the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class AuditRecord(ClinicRow, Base):
    """One entry. `number` counts from 1 without holes; `mac` is HMAC-SHA-256 over the entry and `previous`.

    `action` is `<subject>.<verb>`, for example visit.move or patient.read.
    """

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("clinic_id", "number"),)

    number: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None]
    actor: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str]
    mac: Mapped[str]


class AuditHeadRecord(Base):
    """The newest entry of a clinic's chain, kept apart so that cutting the chain's end shows."""

    __tablename__ = "audit_heads"

    clinic_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    mac: Mapped[str]
