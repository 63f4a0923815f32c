"""Notice rules, and the ledger: one row per notice from owed to settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.reminding import DEFAULT_RULES, Quiet, Rule, priority
from coordinator.store.base import Base, ClinicRow
from coordinator.store.notice_people import Recipient
from coordinator.store.unit_of_work import Work, insert_ignoring
from coordinator.store.visits import VisitRecord

OPEN = ("queued", "leased")
"""The statuses of a notice that may still be sent."""


class NoticeRuleRecord(ClinicRow, Base):
    """What the clinic tells whom, when and how; as in `reminding.Rule`.

    `code` names the rule inside the clinic (visit-48h).
    """

    __tablename__ = "notice_rules"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    what: Mapped[str] = mapped_column(default="visit_ahead")
    audience: Mapped[str]
    minutes_before: Mapped[int]
    days_before: Mapped[int | None]
    at_minute: Mapped[int | None]
    quiet_first: Mapped[int | None]
    quiet_last: Mapped[int | None]
    working_days: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(default="mail")
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)


class NoticeRecord(ClinicRow, Base):
    """One message to one recipient about one fact.

    `status`: queued, leased, sent, failed, expired, withdrawn, uncertain. `what` says what it is about: visit_ahead (of
    `visit_id`, as of `visit_revision`), changes (of the visits in notice_changes), one of reminding.LOOKED_FOR
    (`content` says which), or message, whose words are in `content`. `topic` names the fact of the latter two.
    `recipient_kind` is patient, contact, staff or user. `message_id` is the left part of the Message-ID, fixed when the
    row is made, so that a repeated mail carries the same one.
    `channel` is the rule's, `via` the one that it takes: the recipient's choice, or mail where that cannot be had.
    `read_at` is for those told in the app alone.
    `attempts` lists {"at", "result", "reason"}; the result `sending` stands while the mail is on its way.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint(
            "visit_id", "visit_revision", "rule", "recipient_kind", "recipient_id", "channel", name="uq_notices_fact"
        ),
        UniqueConstraint("clinic_id", "topic", "recipient_kind", "recipient_id", "channel", name="uq_notices_topic"),
        Index("ix_notices_due", "status", "due_at"),
        Index("ix_notices_recipient", "recipient_kind", "recipient_id"),
    )

    what: Mapped[str] = mapped_column(default="visit_ahead")
    topic: Mapped[str | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    visit_revision: Mapped[int] = mapped_column(default=0)
    rule: Mapped[str]
    recipient_kind: Mapped[str]
    recipient_id: Mapped[int]
    channel: Mapped[str]
    via: Mapped[str] = mapped_column(default="mail")
    priority: Mapped[int] = mapped_column(default=3)
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
    read_at: Mapped[datetime | None]
    attempts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]


class LeaseRecord(Base):
    """A named lease that one process holds at a time: `clock` for the scheduler's ticks."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


def add_default_rules(work: Work, clinic_id: int) -> None:
    """Gives a clinic the rules that a new one begins with; those it has by code stay as they are."""
    rows = [{"clinic_id": clinic_id, "active": True} | rule_columns(rule) for rule in DEFAULT_RULES]
    work.session.execute(insert_ignoring(work, NoticeRuleRecord).values(rows))


def rules(work: Work, clinic_id: int) -> list[tuple[Rule, bool]]:
    """The clinic's rules, those that warn earliest first, each with whether it is active."""
    query = select(NoticeRuleRecord).where(NoticeRuleRecord.clinic_id == clinic_id)
    rows = work.session.scalars(
        query.order_by(NoticeRuleRecord.audience, NoticeRuleRecord.minutes_before.desc(), NoticeRuleRecord.id)
    )
    return [(_rule(row), row.active) for row in rows]


def _rule(row: NoticeRuleRecord) -> Rule:
    return Rule(
        code=row.code,
        audience=row.audience,
        minutes_before=row.minutes_before,
        what=row.what,
        channel=row.channel,
        days_before=row.days_before,
        at=row.at_minute,
        quiet=None if row.quiet_first is None or row.quiet_last is None else Quiet(row.quiet_first, row.quiet_last),
        working_days=row.working_days,
        subject=row.subject,
        text=row.text,
    )


def rule_columns(rule: Rule) -> dict[str, Any]:
    """A rule as the columns of its row."""
    return {
        "code": rule.code,
        "what": rule.what,
        "audience": rule.audience,
        "minutes_before": rule.minutes_before,
        "days_before": rule.days_before,
        "at_minute": rule.at,
        "quiet_first": rule.quiet.first if rule.quiet else None,
        "quiet_last": rule.quiet.last if rule.quiet else None,
        "working_days": rule.working_days,
        "channel": rule.channel,
        "subject": rule.subject,
        "text": rule.text,
    }


@dataclass(frozen=True, slots=True)
class Owed:
    """A reminder that is owed: of which visit, to whom, by which rule, when, and which way it goes."""

    visit: VisitRecord
    recipient: Recipient
    rule: Rule
    due_at: datetime
    via: str


def owe(work: Work, owed: Iterable[Owed], now: datetime) -> None:
    """Writes notices that are owed, once per visit, revision, rule, recipient and channel, however often it is said."""
    insert(work, [_row(each, now) for each in owed])


def _row(owed: Owed, now: datetime) -> dict[str, Any]:
    visit, rule = owed.visit, owed.rule
    return new_row(visit.clinic_id, owed.recipient, now) | {
        "visit_id": visit.id,
        "visit_revision": visit.revision,
        "rule": rule.code,
        "channel": rule.channel,
        "via": owed.via,
        "due_at": owed.due_at,
        "priority": priority(rule.what, visit.starts_at - owed.due_at),
        "expires_at": visit.starts_at,
    }


def new_row(clinic_id: int, recipient: Recipient, now: datetime) -> dict[str, Any]:
    """The columns in which every new notice is the same."""
    return {
        "clinic_id": clinic_id,
        "what": "visit_ahead",
        "topic": None,
        "content": None,
        "visit_id": None,
        "visit_revision": 0,
        "recipient_kind": recipient.kind,
        "recipient_id": recipient.id,
        "channel": "mail",
        "via": "mail",
        "priority": 3,
        "status": "queued",
        "reason": "",
        "message_id": uuid4().hex,
        "tries": 0,
        "attempts": [],
        "created_at": now,
    }


def insert(work: Work, rows: list[dict[str, Any]]) -> None:
    """Writes new notices; one whose fact is told already is passed over."""
    if rows:
        work.session.execute(insert_ignoring(work, NoticeRecord), rows)


def withdraw_for_visit(work: Work, visit_id: int, now: datetime, reason: str) -> None:
    """Withdraws the reminders not yet sent about a visit; the last check before sending sees it."""
    _withdraw(work, now, reason, NoticeRecord.visit_id == visit_id, NoticeRecord.what == "visit_ahead")


def withdraw_topic(work: Work, clinic_id: int, topic: str, now: datetime, reason: str) -> None:
    """Withdraws the messages not yet sent about a fact that is no visit."""
    _withdraw(work, now, reason, NoticeRecord.clinic_id == clinic_id, NoticeRecord.topic == topic)


def _withdraw(work: Work, now: datetime, reason: str, *which: ColumnElement[bool]) -> None:
    work.session.execute(
        update(NoticeRecord)
        .where(*which, NoticeRecord.status.in_(OPEN))
        .values(status="withdrawn", reason=reason, settled_at=now)
        .execution_options(synchronize_session=False)
    )
