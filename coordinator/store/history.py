"""What the audit log holds about some things, as their pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, or_, select

from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work


def changes_of(work: Work, clinic_id: int, subjects: Mapping[str, Sequence[int]], most: int = 100) -> list[AuditRecord]:
    """The newest changes (reads are left out) of things by kind and ids, the newest first."""
    wanted = [
        and_(AuditRecord.subject_kind == kind, AuditRecord.subject_id.in_([str(each) for each in ids]))
        for kind, ids in subjects.items()
        if ids
    ]
    if not wanted:
        return []
    query = select(AuditRecord).where(
        AuditRecord.clinic_id == clinic_id,
        or_(*wanted),
        AuditRecord.action.not_like("%.read"),
        AuditRecord.action.not_like("%.list"),
    )
    return list(work.session.scalars(query.order_by(AuditRecord.number.desc()).limit(most)))
