"""Notice rules, and the ledger: one row per notice from owed to settled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


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
    owed. `message_id` is fixed when the row is made, so that a repeated mail carries the same one.
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
