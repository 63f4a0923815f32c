"""Notices that wait for a time of the clinic's clock, for when that clock is set anew."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, or_, select

from coordinator.domain.reminding import VISIT_AHEAD
from coordinator.store import notice_changes
from coordinator.store.notice_changes import Known
from coordinator.store.notices import OPEN, NoticeRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


def reminders(work: Work, clinic_id: int, withdrawn_because: str) -> list[tuple[NoticeRecord, VisitRecord]]:
    """Reminders that nobody has tried to send, locked, with their visits; also those withdrawn for that reason."""
    waiting = and_(NoticeRecord.status == "queued", NoticeRecord.tries == 0)
    withdrawn = and_(NoticeRecord.status == "withdrawn", NoticeRecord.reason == withdrawn_because)
    query = (
        select(NoticeRecord, VisitRecord)
        .join(VisitRecord, VisitRecord.id == NoticeRecord.visit_id)
        .where(NoticeRecord.clinic_id == clinic_id, NoticeRecord.what == VISIT_AHEAD, or_(waiting, withdrawn))
        .where(VisitRecord.status == "scheduled", VisitRecord.revision == NoticeRecord.visit_revision)
        .order_by(NoticeRecord.id)
        .with_for_update(of=NoticeRecord)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in work.session.execute(query)]


def news(work: Work, clinic_id: int) -> tuple[list[NoticeRecord], Known]:
    """Messages about changes that nobody has tried to send, locked, and what their recipients know."""
    query = select(NoticeRecord).where(
        NoticeRecord.clinic_id == clinic_id,
        NoticeRecord.what == notice_changes.WHAT,
        NoticeRecord.status == "queued",
        NoticeRecord.tries == 0,
    )
    locked = query.order_by(NoticeRecord.id).with_for_update().execution_options(populate_existing=True)
    found = list(work.session.scalars(locked))
    return found, notice_changes.known(work, found)


def of_days(work: Work, clinic_id: int, whats: Iterable[str]) -> list[NoticeRecord]:
    """Messages about such facts that may still leave, locked."""
    query = select(NoticeRecord).where(
        NoticeRecord.clinic_id == clinic_id, NoticeRecord.what.in_(list(whats)), NoticeRecord.status.in_(OPEN)
    )
    locked = query.order_by(NoticeRecord.id).with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(locked))
