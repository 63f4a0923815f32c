"""How each person wants to be told: the channel, consent to text messages, and STOP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.contact_keys import SealedText
from coordinator.store.unit_of_work import Work


class ContactChoiceRecord(ClinicRow, Base):
    """A person's choice. `channel` is mail, sms, chat or app; empty follows each rule.

    `phone` is for people who are not patients; `chat` is the person's name in the clinic's chat. Text messages need
    `consented_at` (noted by `consent_noted_by`) and end with `stopped_at`, which only a later consent takes back.
    """

    __tablename__ = "contact_choices"
    __table_args__ = (
        UniqueConstraint("clinic_id", "recipient_kind", "recipient_id", name="uq_contact_choices_clinic_id_recipient"),
    )

    recipient_kind: Mapped[str]
    recipient_id: Mapped[int]
    channel: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(SealedText, default="")
    chat: Mapped[str] = mapped_column(SealedText, default="")
    consented_at: Mapped[datetime | None]
    consent_noted_by: Mapped[str] = mapped_column(default="")
    stopped_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]

    @property
    def may_text(self) -> bool:
        """Whether text messages are consented to, and not stopped since."""
        return self.consented_at is not None and self.stopped_at is None


def of_people(work: Work, clinic_id: int, kind: str, ids: Iterable[int]) -> dict[int, ContactChoiceRecord]:
    """The choices of people of one kind, by their ids; who chose nothing is left out."""
    query = select(ContactChoiceRecord).where(
        ContactChoiceRecord.clinic_id == clinic_id,
        ContactChoiceRecord.recipient_kind == kind,
        ContactChoiceRecord.recipient_id.in_(list(ids)),
    )
    return {row.recipient_id: row for row in work.session.scalars(query)}


def edit(work: Work, clinic_id: int, kind: str, person: int) -> ContactChoiceRecord:
    """A person's choice to be changed; made where there is none."""
    found = of_people(work, clinic_id, kind, [person]).get(person)
    if found is None:
        found = ContactChoiceRecord(clinic_id=clinic_id, recipient_kind=kind, recipient_id=person)
        work.session.add(found)
        work.session.flush()
    return found


def with_phone(work: Work, clinic_id: int) -> list[tuple[str, int, str]]:
    """(kind, id, number) of the people who are no patients and gave a telephone number."""
    query = select(ContactChoiceRecord).where(ContactChoiceRecord.clinic_id == clinic_id)
    return [(row.recipient_kind, row.recipient_id, row.phone) for row in work.session.scalars(query) if row.phone]
