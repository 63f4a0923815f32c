"""Patients: a code, a name and how to reach them; nothing clinical."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from coordinator.store.base import Base, ClinicRow
from coordinator.store.contact_keys import MarkedText, SealedText


class PatientRecord(ClinicRow, Base):
    """A patient. `code` stands in for the name wherever the name does not belong.

    `email_mark` finds the patient by the whole address, which is sealed. `erased_at`: since when nothing but the code
    is left.
    """

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(SealedText, default="")
    email_mark: Mapped[str] = mapped_column(MarkedText, default="", server_default="", index=True)
    phone: Mapped[str] = mapped_column(SealedText, default="")
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    @validates("email")
    def _mark(self, _field: str, email: str) -> str:
        self.email_mark = email
        return email
