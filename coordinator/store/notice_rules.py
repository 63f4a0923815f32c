"""Writing a clinic's rules, and what their texts must not name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from coordinator.domain.reminding import Rule
from coordinator.store.notices import OPEN, NoticeRecord, NoticeRuleRecord, rule_columns
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord
from coordinator.store.unit_of_work import Work


def save(work: Work, clinic_id: int, rule: Rule, active: bool, instead_of: str | None) -> None:
    """Writes a rule under its code, in the place of another where one is named."""
    values = {**rule_columns(rule), "active": active}
    if instead_of is None:
        work.session.add(NoticeRuleRecord(clinic_id=clinic_id, **values))
        work.session.flush()
        return
    mine = NoticeRuleRecord.clinic_id == clinic_id, NoticeRuleRecord.code == instead_of
    work.session.execute(update(NoticeRuleRecord).where(*mine).values(values))


def remove(work: Work, clinic_id: int, code: str) -> bool:
    """Removes a rule; False where there is none of that code."""
    mine = NoticeRuleRecord.clinic_id == clinic_id, NoticeRuleRecord.code == code
    removed = work.session.execute(delete(NoticeRuleRecord).where(*mine).returning(NoticeRuleRecord.id))
    return removed.first() is not None


def withdraw(work: Work, clinic_id: int, code: str, now: datetime, reason: str) -> int:
    """Withdraws what a rule still owes; how many."""
    mine = NoticeRecord.clinic_id == clinic_id, NoticeRecord.rule == code, NoticeRecord.status.in_(OPEN)
    values = {"status": "withdrawn", "reason": reason, "settled_at": now}
    changed = work.session.execute(update(NoticeRecord).where(*mine).values(values).returning(NoticeRecord.id))
    return len(changed.all())


def telling_names(work: Work, clinic_id: int) -> list[str]:
    """Names that no text may hold: of the clinic's protocols, and of its patients."""
    protocols = select(ProtocolRecord.code, ProtocolRecord.name).where(ProtocolRecord.clinic_id == clinic_id)
    patients = select(PatientRecord.name).where(PatientRecord.clinic_id == clinic_id, PatientRecord.name != "")
    found = [name for row in work.session.execute(protocols) for name in row]
    return [*found, *work.session.scalars(patients)]
