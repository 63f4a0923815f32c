"""Reading the audit log as its screen and its export need it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, not_, or_, select

from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work

READS = (AuditRecord.action.like("%.read"), AuditRecord.action.like("%.list"), AuditRecord.action.like("%.fetch"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: None and empty are all. `since` counts, `until` does not; `what` is changes, reads or empty."""

    user_id: int | None = None
    subject_kind: str = ""
    subject_id: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(work: Work, clinic_id: int, wanted: Wanted, *, before: int | None, most: int) -> list[AuditRecord]:
    """The newest entries that are wanted, with numbers below `before`, the newest first."""
    query = _query(clinic_id, wanted).order_by(AuditRecord.number.desc()).limit(most)
    return list(work.session.scalars(query.where(AuditRecord.number < before) if before is not None else query))


def all_entries(work: Work, clinic_id: int, wanted: Wanted) -> Iterator[AuditRecord]:
    """Every wanted entry, the oldest first, without holding them all at once."""
    query = _query(clinic_id, wanted).order_by(AuditRecord.number)
    yield from work.session.scalars(query.execution_options(yield_per=500))


def people(work: Work, clinic_id: int) -> list[tuple[int, str]]:
    """Everybody who stands in the log, by the name that they had there last."""
    query = select(AuditRecord.user_id, AuditRecord.actor).where(
        AuditRecord.clinic_id == clinic_id, AuditRecord.user_id.is_not(None)
    )
    named = {user_id: name for user_id, name in work.session.execute(query.distinct()) if user_id is not None}
    return sorted(named.items(), key=lambda each: each[1].casefold())


def subject_kinds(work: Work, clinic_id: int) -> list[str]:
    """The kinds of things that stand in the log."""
    query = select(AuditRecord.subject_kind).where(AuditRecord.clinic_id == clinic_id).distinct()
    return sorted(work.session.scalars(query))


def _query(clinic_id: int, wanted: Wanted) -> Select[AuditRecord]:
    query = select(AuditRecord).where(AuditRecord.clinic_id == clinic_id)
    if wanted.user_id is not None:
        query = query.where(AuditRecord.user_id == wanted.user_id)
    if wanted.subject_kind:
        query = query.where(AuditRecord.subject_kind == wanted.subject_kind)
    if wanted.subject_id:
        query = query.where(AuditRecord.subject_id == wanted.subject_id)
    if wanted.what:
        query = query.where(or_(*READS) if wanted.what == "reads" else and_(*map(not_, READS)))
    if wanted.since is not None:
        query = query.where(AuditRecord.at >= wanted.since)
    return query if wanted.until is None else query.where(AuditRecord.at < wanted.until)
