"""Invitations by mail: what each person was last sent about each visit, what is so now, and what was answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.notice_people import Recipient
from coordinator.store.notices import insert, new_row
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

WHAT = "invitation"
"""The `what`, and the `rule`, of a notice that carries an invitation."""


class InvitationRecord(ClinicRow, Base):
    """What a person's calendar holds of a visit because of the last mail that left.

    `shown` is a digest of it. `answer` is accepted, declined, tentative, or empty; it is about the visit as it was sent
    last, so a new time takes it back.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("visit_id", "staff_id"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    sequence: Mapped[int]
    shown: Mapped[str]
    is_canceled: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Presence:
    """One person's part in a visit as it is; several rows where several needs are filled."""

    starts: datetime
    ends: datetime
    sequence: int
    is_canceled: bool
    pieces: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """What an invitation has to say, and what was said last (None: nothing yet). `patients` pair code and name."""

    staff: StaffRecord
    parts: tuple[Presence, ...]
    patients: tuple[tuple[str, str], ...]
    last: InvitationRecord | None


@dataclass(frozen=True, slots=True)
class Sending:
    """What a mail says of a visit to a person; fields are as in InvitationRecord."""

    visit_id: int
    staff_id: int
    sequence: int
    shown: str
    is_canceled: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered about a visit; `answer` is as in InvitationRecord."""

    visit_id: int
    staff_id: int
    name: str
    answer: str
    is_canceled: bool
    answered_at: datetime | None
    starts_at: datetime


def owe(work: Work, clinic_id: int, now: datetime, due_at: datetime, visit_ids: Iterable[int]) -> None:
    """Owes an invitation, or its end, to each who has chosen them or still holds one; once per visit and revision."""
    ids = list(visit_ids)
    wanting = (
        select(VisitRecord, StaffRecord.id)
        .join(VisitStaffRecord, VisitStaffRecord.visit_id == VisitRecord.id)
        .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), VisitRecord.ends_at > now)
        .where(StaffRecord.by_invitation, StaffRecord.email != "")
    )
    holding = (
        select(VisitRecord, InvitationRecord.staff_id)
        .join(InvitationRecord, InvitationRecord.visit_id == VisitRecord.id)
        .where(InvitationRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), ~InvitationRecord.is_canceled)
    )
    found = {(visit, staff) for query in (wanting, holding) for visit, staff in work.session.execute(query)}
    ordered = sorted(found, key=lambda pair: (pair[0].starts_at, pair[0].id, pair[1]))
    insert(work, [_row(visit, staff_id, now, due_at) for visit, staff_id in ordered])


def owe_again(work: Work, clinic_id: int, now: datetime, staff_id: int, visit_ids: Iterable[int]) -> None:
    """Owes one person anew, at once, what is so of visits, though they have not changed since the last time."""
    visits = select(VisitRecord).where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(visit_ids)))
    for visit in work.session.scalars(visits):
        insert(work, [_row(visit, staff_id, now, now) | {"rule": f"{WHAT} of {now.isoformat()}"}])


def _row(visit: VisitRecord, staff_id: int, now: datetime, due_at: datetime) -> dict[str, Any]:
    return new_row(visit.clinic_id, Recipient("staff", staff_id), now) | {
        "what": WHAT,
        "rule": WHAT,
        "visit_id": visit.id,
        "visit_revision": visit.revision,
        "due_at": due_at,
        "expires_at": max(visit.ends_at, due_at),
    }


def note_sent(work: Work, clinic_id: int, now: datetime, sending: Sending, *, surely: bool) -> None:
    """Notes what has left. Where nobody knows whether it arrived, the next change is sent in any case."""
    row = one(work, sending.visit_id, sending.staff_id)
    if row is None:
        row = InvitationRecord(clinic_id=clinic_id, visit_id=sending.visit_id, staff_id=sending.staff_id)
        work.session.add(row)
    row.sequence, row.is_canceled, row.sent_at = sending.sequence, sending.is_canceled and surely, now
    row.shown, row.answer, row.answered_at = sending.shown if surely else "", "", None
    work.session.flush()


def facts(work: Work, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], InvitationFacts]:
    """What there is to say for pairs of visit and staff ids."""
    pairs = set(wanted)
    visits, people = {visit for visit, _ in pairs}, {person for _, person in pairs}
    parts: defaultdict[tuple[int, int], list[Presence]] = defaultdict(list)
    rows = select(VisitStaffRecord).where(VisitStaffRecord.visit_id.in_(visits), VisitStaffRecord.staff_id.in_(people))
    for row in work.session.scalars(rows.execution_options(populate_existing=True)):
        canceled = row.canceled_at is not None
        part = Presence(row.starts_at, row.ends_at, row.sequence, canceled, row.parts)
        parts[row.visit_id, row.staff_id].append(part)
    staff = {row.id: row for row in work.session.scalars(select(StaffRecord).where(StaffRecord.id.in_(people)))}
    known = select(InvitationRecord).where(InvitationRecord.visit_id.in_(visits), InvitationRecord.staff_id.in_(people))
    last = {(row.visit_id, row.staff_id): row for row in work.session.scalars(known)}
    patients = _patients(work, visits)
    return {
        pair: InvitationFacts(staff[pair[1]], tuple(parts[pair]), patients[pair[0]], last.get(pair)) for pair in pairs
    }


def _patients(work: Work, visit_ids: Iterable[int]) -> defaultdict[int, tuple[tuple[str, str], ...]]:
    found: defaultdict[int, tuple[tuple[str, str], ...]] = defaultdict(tuple)
    query = (
        select(VisitRecord.id, PatientRecord.code, PatientRecord.name)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .join(PatientRecord, PatientRecord.id == EnrollmentPatientRecord.patient_id)
        .where(VisitRecord.id.in_(list(visit_ids)))
        .order_by(PatientRecord.code)
    )
    for visit_id, code, name in work.session.execute(query):
        found[visit_id] += ((code, name),)
    return found


def wanting(work: Work, clinic_id: int) -> frozenset[Recipient]:
    """Who of the staff has chosen invitations."""
    query = select(StaffRecord.id).where(StaffRecord.clinic_id == clinic_id, StaffRecord.by_invitation)
    return frozenset(Recipient("staff", each) for each in work.session.scalars(query))


def one(work: Work, visit_id: int, staff_id: int) -> InvitationRecord | None:
    """What that person was last sent of that visit."""
    mine = InvitationRecord.visit_id == visit_id, InvitationRecord.staff_id == staff_id
    return work.session.scalar(select(InvitationRecord).where(*mine))


def of_visit(work: Work, clinic_id: int, visit_id: int) -> list[Answer]:
    """What those who were invited to a visit have answered, by name."""
    return _answers(work, clinic_id, InvitationRecord.visit_id == visit_id)


def declined(work: Work, clinic_id: int, now: datetime) -> list[Answer]:
    """Visits to come that somebody who is still expected there has declined, the next first."""
    return _answers(
        work,
        clinic_id,
        InvitationRecord.answer == "declined",
        ~InvitationRecord.is_canceled,
        VisitRecord.starts_at > now,
    )


def _answers(work: Work, clinic_id: int, *which: Any) -> list[Answer]:
    one = InvitationRecord
    columns: list[Any] = [one.visit_id, one.staff_id, StaffRecord.name, one.answer, one.is_canceled, one.answered_at]
    query = (
        select(*columns, VisitRecord.starts_at)
        .join(StaffRecord, StaffRecord.id == one.staff_id)
        .join(VisitRecord, VisitRecord.id == one.visit_id)
        .where(one.clinic_id == clinic_id, *which)
        .order_by(VisitRecord.starts_at, StaffRecord.name)
    )
    rows: Iterable[Any] = work.session.execute(query)
    return [Answer(*row) for row in rows]


def held(work: Work, clinic_id: int, staff_id: int, now: datetime) -> list[int]:
    """The visits to come of which a person holds an invitation."""
    query = (
        select(InvitationRecord.visit_id)
        .join(VisitRecord, VisitRecord.id == InvitationRecord.visit_id)
        .where(InvitationRecord.clinic_id == clinic_id, InvitationRecord.staff_id == staff_id)
        .where(~InvitationRecord.is_canceled, VisitRecord.starts_at > now)
    )
    return list(work.session.scalars(query))
