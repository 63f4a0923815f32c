"""Looks into a record in an emergency, by somebody whose patient it is not, and the mails that tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord


class EmergencyRecord(ClinicRow, Base):
    """A record that `user_id` opened because of `reason`, until `ends_at` or `closed_at`.

    `reviewed_at`: since when an administrator has looked at it, who is `reviewed_by`.
    """

    __tablename__ = "emergencies"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    def is_open(self, now: datetime) -> bool:
        """Whether it still opens the record."""
        return self.closed_at is None and now < self.ends_at


class EmergencyMailRecord(Base):
    """The mail to one administrator. `due_at`: when it is to be tried next, None once it left or was given up."""

    __tablename__ = "emergency_mails"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class EmergencyRows:
    """An emergency, who opened it, and whose record."""

    record: EmergencyRecord
    user: UserRecord
    patient: PatientRecord


def called(work: Work, clinic_id: int, sought: str) -> list[PatientRecord]:
    """The clinic's patients of that whole name or code, in any case."""
    text = sought.strip().lower()
    same = or_(func.lower(PatientRecord.name) == text, func.lower(PatientRecord.code) == text)
    mine = PatientRecord.clinic_id == clinic_id, PatientRecord.erased_at.is_(None)
    return list(work.session.scalars(select(PatientRecord).where(*mine, same).limit(2)))


def get(work: Work, clinic_id: int, emergency_id: int) -> EmergencyRecord | None:
    """The clinic's emergency of that id, or None."""
    found = work.session.get(EmergencyRecord, emergency_id)
    return found if found is not None and found.clinic_id == clinic_id else None


def standing(work: Work, user_id: int, patient_id: int, now: datetime) -> EmergencyRecord | None:
    """The one by which the user sees the patient's record now, or None."""
    query = select(EmergencyRecord).where(EmergencyRecord.user_id == user_id, EmergencyRecord.patient_id == patient_id)
    query = query.where(EmergencyRecord.closed_at.is_(None), EmergencyRecord.ends_at > now)
    return work.session.scalars(query.limit(1)).first()


def listed(work: Work, clinic_id: int, most: int, *, unseen: bool = False) -> list[EmergencyRows]:
    """The clinic's emergencies, the newest first; `unseen`: those that nobody has reviewed."""
    query = (
        select(EmergencyRecord, UserRecord, PatientRecord)
        .join(UserRecord, UserRecord.id == EmergencyRecord.user_id)
        .join(PatientRecord, PatientRecord.id == EmergencyRecord.patient_id)
        .where(EmergencyRecord.clinic_id == clinic_id)
        .order_by(EmergencyRecord.id.desc())
    )
    if unseen:
        query = query.where(EmergencyRecord.reviewed_at.is_(None))
    return [EmergencyRows(*row) for row in work.session.execute(query.limit(most))]


def owe_mails(work: Work, now: datetime, emergency_id: int, user_ids: Iterable[int]) -> None:
    """Owes each of the users a mail about it."""
    work.session.add_all(EmergencyMailRecord(emergency_id=emergency_id, user_id=each, due_at=now) for each in user_ids)


def lease_mails(work: Work, now: datetime, most: int, lease: timedelta) -> list[EmergencyMailRecord]:
    """Mails that are due; they fall due again after the lease, unless `settle_mail` is called before."""
    query = select(EmergencyMailRecord).where(EmergencyMailRecord.due_at <= now).limit(most)
    found = list(work.session.scalars(query.with_for_update(skip_locked=True)))
    for each in found:
        each.due_at, each.tries = now + lease, each.tries + 1
    return found


def settle_mail(work: Work, mail_id: int, due_at: datetime | None) -> None:
    """Records when the mail is to be tried again; None: never."""
    work.session.execute(update(EmergencyMailRecord).where(EmergencyMailRecord.id == mail_id).values(due_at=due_at))
