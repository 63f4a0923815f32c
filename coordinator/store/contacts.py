"""People outside the clinic who belong to a patient's care, and what each may be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.contact_keys import SealedText
from coordinator.store.unit_of_work import Work


class ContactRecord(ClinicRow, Base):
    """Somebody outside the clinic. `may_be_told` lists topics; the patient agreed to them on `agreed_on`.

    `ended_at` is set where the contact is none any more; the row stays, for what was told until then.
    """

    __tablename__ = "contacts"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(SealedText, default="")
    email: Mapped[str] = mapped_column(SealedText, default="")
    may_be_told: Mapped[list[Any]] = mapped_column(default=list)
    agreed_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


def of_patients(work: Work, clinic_id: int, patient_ids: Iterable[int]) -> dict[int, list[ContactRecord]]:
    """The contacts of each patient that are not ended, the oldest first."""
    query = select(ContactRecord).where(
        ContactRecord.clinic_id == clinic_id,
        ContactRecord.patient_id.in_(list(patient_ids)),
        ContactRecord.ended_at.is_(None),
    )
    found: defaultdict[int, list[ContactRecord]] = defaultdict(list)
    for each in work.session.scalars(query.order_by(ContactRecord.id)):
        found[each.patient_id].append(each)
    return found


def one(work: Work, clinic_id: int, patient_id: int, contact_id: int) -> ContactRecord | None:
    """The patient's contact of that id that is not ended."""
    query = select(ContactRecord).where(
        ContactRecord.id == contact_id,
        ContactRecord.clinic_id == clinic_id,
        ContactRecord.patient_id == patient_id,
        ContactRecord.ended_at.is_(None),
    )
    return work.session.scalar(query)


def add(work: Work, record: ContactRecord) -> int:
    """Writes a contact and gives its id."""
    work.session.add(record)
    work.session.flush()
    return record.id
