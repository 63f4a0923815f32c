"""The ledger as people read it: filtered, newest first, with the names it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select, update

from coordinator.store.notices import NoticeRecord, NoticeRuleRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


@dataclass(frozen=True, slots=True)
class NoticeRows:
    """A notice with its visit and whoever of the two it is for. `minutes_before` None: the rule is gone."""

    notice: NoticeRecord
    visit: VisitRecord
    patient: PatientRecord | None
    staff: StaffRecord | None
    minutes_before: int | None


def of_visit(work: Work, clinic_id: int, visit_id: int) -> list[NoticeRows]:
    """What was ever owed about a visit, in the order it falls due."""
    query = _rows(clinic_id).where(NoticeRecord.visit_id == visit_id)
    return _read(work, query.order_by(NoticeRecord.due_at, NoticeRecord.id))


def one(work: Work, clinic_id: int, notice_id: int) -> NoticeRows | None:
    """The notice of that id, if it is the clinic's."""
    found = _read(work, _rows(clinic_id).where(NoticeRecord.id == notice_id))
    return found[0] if found else None


def page(
    work: Work, clinic_id: int, now: datetime, *, status: str | None, channel: str | None, skip: int, most: int
) -> list[NoticeRows]:
    """A stretch of the log: what has fallen due, the newest first, and then what is to come, the next first."""
    fallen = NoticeRecord.due_at <= now
    order = (fallen.desc(), case((fallen, NoticeRecord.due_at)).desc(), NoticeRecord.due_at, NoticeRecord.id)
    query = _rows(clinic_id).where(*_filter(clinic_id, status, channel))
    return _read(work, query.order_by(*order).offset(skip).limit(most))


def count(work: Work, clinic_id: int, *, status: str | None, channel: str | None) -> int:
    """How many notices a filter leaves."""
    query = select(func.count(NoticeRecord.id)).where(*_filter(clinic_id, status, channel))
    return work.session.scalar(query) or 0


def counts(work: Work, clinic_id: int) -> dict[str, int]:
    """How many notices there are by status."""
    query = select(NoticeRecord.status, func.count(NoticeRecord.id)).where(NoticeRecord.clinic_id == clinic_id)
    return {row.status: row[1] for row in work.session.execute(query.group_by(NoticeRecord.status))}


def set_rule(work: Work, clinic_id: int, code: str, active: bool) -> bool:
    """Turns a rule on or off; False where the clinic has none of that code."""
    changed = work.session.execute(
        update(NoticeRuleRecord)
        .where(NoticeRuleRecord.clinic_id == clinic_id, NoticeRuleRecord.code == code)
        .values(active=active)
        .returning(NoticeRuleRecord.id)
    )
    return changed.first() is not None


def _filter(clinic_id: int, status: str | None, channel: str | None) -> list[ColumnElement[bool]]:
    wanted = [NoticeRecord.clinic_id == clinic_id]
    if status is not None:
        wanted.append(NoticeRecord.status == status)
    if channel is not None:
        wanted.append(NoticeRecord.channel == channel)
    return wanted


def _rows(clinic_id: int) -> Select[NoticeRecord, VisitRecord, PatientRecord, StaffRecord, int]:
    recipient = NoticeRecord.recipient_id
    return (
        select(NoticeRecord, VisitRecord, PatientRecord, StaffRecord, NoticeRuleRecord.minutes_before)
        .join(VisitRecord, VisitRecord.id == NoticeRecord.visit_id)
        .outerjoin(PatientRecord, and_(NoticeRecord.recipient_kind == "patient", PatientRecord.id == recipient))
        .outerjoin(StaffRecord, and_(NoticeRecord.recipient_kind == "staff", StaffRecord.id == recipient))
        .outerjoin(
            NoticeRuleRecord,
            and_(NoticeRuleRecord.clinic_id == NoticeRecord.clinic_id, NoticeRuleRecord.code == NoticeRecord.rule),
        )
        .where(NoticeRecord.clinic_id == clinic_id)
    )


def _read(work: Work, query: Select[NoticeRecord, VisitRecord, PatientRecord, StaffRecord, int]) -> list[NoticeRows]:
    return [NoticeRows(*row) for row in work.session.execute(query)]
