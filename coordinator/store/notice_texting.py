"""How many text messages a recipient had, and which are about to leave: what the cap goes by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from coordinator.store.notices import OPEN, NoticeRecord
from coordinator.store.unit_of_work import Work

LEFT = ("sent", "uncertain")


def left_since(work: Work, notice: NoticeRecord, since: datetime) -> int:
    """The text messages that left, or perhaps left, to a notice's recipient since a moment."""
    return _count(work, notice, NoticeRecord.status.in_(LEFT), NoticeRecord.settled_at >= since)


def go_first(work: Work, notice: NoticeRecord, until: datetime) -> int:
    """Those to the recipient that are due until a moment and more urgent, or as urgent and owed earlier."""
    urgent = or_(
        NoticeRecord.priority < notice.priority,
        and_(NoticeRecord.priority == notice.priority, NoticeRecord.id < notice.id),
    )
    return _count(work, notice, NoticeRecord.status.in_(OPEN), NoticeRecord.due_at < until, urgent)


def _count(work: Work, notice: NoticeRecord, *which: ColumnElement[bool]) -> int:
    query = select(func.count(NoticeRecord.id)).where(
        NoticeRecord.clinic_id == notice.clinic_id,
        NoticeRecord.recipient_kind == notice.recipient_kind,
        NoticeRecord.recipient_id == notice.recipient_id,
        NoticeRecord.via == "sms",
        NoticeRecord.id != notice.id,
        *which,
    )
    return work.session.scalar(query) or 0
