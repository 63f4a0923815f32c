"""Notice rules, and the ledger: one row per notice from owed to settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.reminding import DEFAULT_RULES, Rule
from coordinator.store.base import Base, ClinicRow
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work, insert_ignoring
from coordinator.store.visits import VisitRecord, VisitStaffRecord

OPEN = ("queued", "leased")
"""The statuses of a notice that may still be sent."""


class NoticeRuleRecord(ClinicRow, Base):
    """What the clinic tells whom, and when. `audience` is patient or staff; `minutes_before` is before the start.

    `code` names the rule inside the clinic (visit-48h).
    """

    __tablename__ = "notice_rules"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    what: Mapped[str] = mapped_column(default="visit_ahead")
    audience: Mapped[str]
    minutes_before: Mapped[int]
    channel: Mapped[str] = mapped_column(default="mail")
    active: Mapped[bool] = mapped_column(default=True)


class NoticeRecord(ClinicRow, Base):
    """One message to one recipient about one fact.

    `status`: queued, leased, sent, failed, expired, withdrawn, uncertain. `visit_revision` is the visit's when it was
    owed. `message_id` is the left part of the Message-ID, fixed when the row is made, so that a repeated mail carries
    the same one. `attempts` lists {"at", "result", "reason"}; the result `sending` stands while the mail is on its way.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint(
            "visit_id", "visit_revision", "rule", "recipient_kind", "recipient_id", "channel", name="uq_notices_fact"
        ),
        Index("ix_notices_due", "status", "due_at"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    visit_revision: Mapped[int]
    rule: Mapped[str]
    recipient_kind: Mapped[str]
    recipient_id: Mapped[int]
    channel: Mapped[str]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str] = mapped_column(unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    attempts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]


class LeaseRecord(Base):
    """A named lease that one process holds at a time: `clock` for the scheduler's ticks."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who may be told of a visit: a patient of its enrollment, or a member of staff who is there."""

    visit_id: int
    kind: str
    id: int


def add_default_rules(work: Work, clinic_id: int) -> None:
    """Gives a clinic the rules that a new one begins with; those it has by code stay as they are."""
    rows = [
        {
            "clinic_id": clinic_id,
            "code": rule.code,
            "what": rule.what,
            "audience": rule.audience,
            "minutes_before": rule.minutes_before,
            "channel": rule.channel,
            "active": True,
        }
        for rule in DEFAULT_RULES
    ]
    work.session.execute(insert_ignoring(work, NoticeRuleRecord).values(rows))


def rules(work: Work, clinic_id: int) -> list[tuple[Rule, bool]]:
    """The clinic's rules, those that warn earliest first, each with whether it is active."""
    query = select(NoticeRuleRecord).where(NoticeRuleRecord.clinic_id == clinic_id)
    rows = work.session.scalars(
        query.order_by(NoticeRuleRecord.audience, NoticeRuleRecord.minutes_before.desc(), NoticeRuleRecord.id)
    )
    return [(Rule(row.code, row.audience, row.minutes_before, row.what, row.channel), row.active) for row in rows]


def recipients(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> list[tuple[VisitRecord, list[Recipient]]]:
    """The scheduled ones of the visits, each with everybody who is to be there, named once.

    Staff without an address are left out: scarce equipment is kept as staff. A patient without one is in it, so that
    somebody sees that nobody can be told.
    """
    ids = list(visit_ids)
    visits = select(VisitRecord).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), VisitRecord.status == "scheduled"
    )
    patients = (
        select(VisitRecord.id, EnrollmentPatientRecord.patient_id)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .where(VisitRecord.id.in_(ids))
    )
    staff = (
        select(VisitStaffRecord.visit_id, VisitStaffRecord.staff_id)
        .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
        .where(VisitStaffRecord.visit_id.in_(ids), VisitStaffRecord.canceled_at.is_(None), StaffRecord.email != "")
        .distinct()
    )
    found: dict[int, list[Recipient]] = {each: [] for each in ids}
    for kind, query in (("patient", patients), ("staff", staff)):
        for visit_id, person in work.session.execute(query):
            found[visit_id].append(Recipient(visit_id, kind, person))
    return [(visit, found[visit.id]) for visit in work.session.scalars(visits)]


def visits_ahead(work: Work, clinic_id: int, now: datetime, staff_id: int | None = None) -> list[int]:
    """The scheduled visits that have not begun; all, or those at which a member of staff is to be."""
    query = select(VisitRecord.id).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.status == "scheduled", VisitRecord.starts_at > now
    )
    if staff_id is not None:
        theirs = select(VisitStaffRecord.visit_id).where(VisitStaffRecord.staff_id == staff_id)
        query = query.where(VisitRecord.id.in_(theirs.where(VisitStaffRecord.canceled_at.is_(None))))
    return list(work.session.scalars(query))


def owe(work: Work, owed: Iterable[tuple[VisitRecord, Recipient, Rule]], now: datetime) -> None:
    """Writes notices that are owed, once per visit, revision, rule, recipient and channel, however often it is said."""
    rows = [_row(*each, now) for each in owed]
    if rows:
        work.session.execute(insert_ignoring(work, NoticeRecord), rows)


def _row(visit: VisitRecord, recipient: Recipient, rule: Rule, now: datetime) -> dict[str, Any]:
    return {
        "clinic_id": visit.clinic_id,
        "visit_id": visit.id,
        "visit_revision": visit.revision,
        "rule": rule.code,
        "recipient_kind": recipient.kind,
        "recipient_id": recipient.id,
        "channel": rule.channel,
        "due_at": rule.due_at(visit.starts_at),
        "expires_at": visit.starts_at,
        "status": "queued",
        "reason": "",
        "message_id": uuid4().hex,
        "tries": 0,
        "attempts": [],
        "created_at": now,
    }


def withdraw_for_visit(work: Work, visit_id: int, now: datetime, reason: str) -> None:
    """Withdraws what is not yet sent about a visit; the last check before sending sees it."""
    work.session.execute(
        update(NoticeRecord)
        .where(NoticeRecord.visit_id == visit_id, NoticeRecord.status.in_(OPEN))
        .values(status="withdrawn", reason=reason, settled_at=now)
        .execution_options(synchronize_session=False)
    )
