"""How many requests of an account have left something in the audit log lately, at whichever clinic and process.

The entries of one request share its time, so that times are counted: an act that writes fifty entries is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, distinct, func, select

from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord


def asked_since(work: Work, user_id: int, sinces: Sequence[datetime], now: datetime) -> list[int]:
    """How many requests came after each of the times, of which the first is the oldest."""
    counts = [func.count(distinct(case((AuditRecord.at > each, AuditRecord.at)))) for each in sinces]
    query = select(*counts).where(AuditRecord.user_id == user_id, AuditRecord.at > sinces[0], AuditRecord.at <= now)
    return list(work.session.execute(query).one())


def time_of(work: Work, user_id: int, now: datetime, number: int) -> datetime | None:
    """When the request was that is so many back from now; the last one is number 1."""
    query = select(AuditRecord.at).distinct().where(AuditRecord.user_id == user_id, AuditRecord.at <= now)
    return work.session.scalar(query.order_by(AuditRecord.at.desc()).offset(number - 1).limit(1))


def hurried(work: Work, clinic_id: int, since: datetime) -> list[UserRecord]:
    """Who of the clinic was too fast since then, the last one first."""
    query = select(UserRecord).join(MembershipRecord, MembershipRecord.user_id == UserRecord.id)
    query = query.where(MembershipRecord.clinic_id == clinic_id, UserRecord.hurried_at > since)
    return list(work.session.scalars(query.order_by(UserRecord.hurried_at.desc())))
