"""Patients: a code, a name and how to reach them; nothing clinical."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class PatientRecord(ClinicRow, Base):
    """A patient. `code` stands in for the name wherever the name does not belong."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    created_at: Mapped[datetime]
