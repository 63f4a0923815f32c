"""The ledger as a queue: leasing what is due, and what became of each notice.

Every change here is conditional on the lease, so a worker that lost it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select, update

from coordinator.domain.reminding import VISIT_AHEAD
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Brief, Work


def is_any_due(work: Work, now: datetime) -> bool:
    """Whether `lease_due` would find one; reading alone, so that asking often disturbs nobody."""
    return work.session.scalar(select(NoticeRecord.id).where(_is_due(now)).limit(1)) is not None


def lease_due(work: Work, now: datetime, worker: str, limit: int, lease_seconds: float) -> list[int]:
    """Leases up to `limit` notices whose time has come, or whose worker let its lease pass; their ids, oldest first.

    Two workers never get the same one: PostgreSQL skips rows that another has locked, SQLite writes alone.
    """
    due = (
        select(NoticeRecord.id)
        .where(_is_due(now))
        .order_by(NoticeRecord.due_at, NoticeRecord.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(work.session.scalars(due))
    if ids:
        values = {"status": "leased", "leased_by": worker, "leased_until": now + timedelta(seconds=lease_seconds)}
        work.session.execute(update(NoticeRecord).where(NoticeRecord.id.in_(ids)).values(values))
    return ids


def _is_due(now: datetime) -> ColumnElement[bool]:
    waiting = and_(
        NoticeRecord.status == "queued",
        NoticeRecord.due_at <= now,
        or_(NoticeRecord.next_try_at.is_(None), NoticeRecord.next_try_at <= now),
    )
    abandoned = and_(NoticeRecord.status == "leased", NoticeRecord.leased_until <= now)
    return or_(waiting, abandoned)


def plain(work: Work, ids: Sequence[int]) -> list[int]:
    """Those of the notices that are reminders by mail, not tried yet, in the order given."""
    query = select(NoticeRecord.id).where(
        NoticeRecord.id.in_(list(ids)),
        NoticeRecord.what == VISIT_AHEAD,
        NoticeRecord.via == "mail",
        NoticeRecord.tries == 0,
    )
    found = set(work.session.scalars(query))
    return [each for each in ids if each in found]


def release(work: Work, ids: Sequence[int], worker: str, next_try_at: datetime | None) -> None:
    """Gives leased notices back untried."""
    work.session.execute(
        update(NoticeRecord)
        .where(NoticeRecord.id.in_(list(ids)), NoticeRecord.status == "leased", NoticeRecord.leased_by == worker)
        .values(status="queued", leased_by=None, leased_until=None, next_try_at=next_try_at)
    )


def mark_sending(notice: NoticeRecord, now: datetime, lease_seconds: float) -> None:
    """Notes, before the mail leaves, that a try began; it stays so where the worker dies before the answer."""
    notice.tries += 1
    notice.leased_until = now + timedelta(seconds=lease_seconds)
    notice.attempts = [*notice.attempts, {"at": now.isoformat(), "result": "sending", "reason": ""}]


def settle(notice: NoticeRecord, now: datetime, status: str, reason: str) -> None:
    """Ends the notice's life: sent, failed, expired, withdrawn or uncertain."""
    notice.status, notice.reason = status, reason
    notice.settled_at, notice.leased_until = now, None


def left(work: Work, key: str) -> NoticeRecord | None:
    """The notice whose mail of that key left, or perhaps left, locked."""
    query = select(NoticeRecord).where(NoticeRecord.message_id == key, NoticeRecord.status.in_(("sent", "uncertain")))
    return work.session.scalars(query.with_for_update()).first()


def try_later(notice: NoticeRecord, reason: str, at: datetime) -> None:
    """Queues the notice again for a later try."""
    notice.status, notice.reason, notice.next_try_at = "queued", reason, at
    notice.leased_by = notice.leased_until = None


def tried(work: Work, notice_id: int, worker: str) -> NoticeRecord | None:
    """A notice whose mail this worker just handed over, locked; withdrawn meanwhile or not.

    None where another worker has taken it over.
    """
    query = select(NoticeRecord).where(NoticeRecord.id == notice_id, NoticeRecord.leased_by == worker)
    return work.session.scalars(query.with_for_update()).first()


def note_result(notice: NoticeRecord, result: str, reason: str) -> None:
    """Completes the try that `mark_sending` began."""
    last: dict[str, Any] = {**notice.attempts[-1], "result": result, "reason": reason}
    notice.attempts = [*notice.attempts[:-1], last]


_NOTICES = cast(Table, NoticeRecord.__table__)
_MINE = and_(_NOTICES.c.id == bindparam("notice"), _NOTICES.c.leased_by == bindparam("worker"))
_BEGIN = (
    update(_NOTICES)
    .where(_MINE, _NOTICES.c.status == "leased", _NOTICES.c.expires_at > bindparam("at"))
    .values(tries=bindparam("count"), leased_until=bindparam("until"), attempts=bindparam("made"))
)
_STANDS = select(_NOTICES.c.id).where(_MINE, _NOTICES.c.status == "leased", _NOTICES.c.expires_at > bindparam("at"))
_TAKE_BACK = update(_NOTICES).where(_MINE).values(tries=bindparam("count"), attempts=bindparam("made"))
_NOTE_SENT = (
    update(_NOTICES)
    .where(_MINE)
    .values(
        status="sent",
        reason=bindparam("why"),
        settled_at=bindparam("at"),
        leased_until=None,
        attempts=bindparam("made"),
    )
)
"""Written once, and past the session: made anew for each notice they would cost as much as sending does."""


def begin(
    brief: Brief, notice_id: int, worker: str, now: datetime, lease_seconds: float, tries: list[dict[str, Any]]
) -> bool:
    """As `mark_sending`, without reading; False for a notice that was withdrawn, is another worker's, or has expired
    by now.
    """
    until = now + timedelta(seconds=lease_seconds)
    values = {"notice": notice_id, "worker": worker, "at": now, "until": until, "count": len(tries), "made": tries}
    return bool(brief.execute(_BEGIN, values).rowcount)


def stands(work: Work, notice_id: int, worker: str, now: datetime) -> bool:
    """Whether a notice that `begin` put on record is still to be sent: not withdrawn since, and of use."""
    values = {"notice": notice_id, "worker": worker, "at": now}
    return work.session.connection().execute(_STANDS, values).first() is not None


def take_back(brief: Brief, notice_id: int, worker: str, tries: list[dict[str, Any]]) -> None:
    """What `begin` noted is undone, for a mail that did not leave after all; a notice that is leased stays so."""
    values = {"notice": notice_id, "worker": worker, "count": len(tries), "made": tries}
    brief.execute(_TAKE_BACK, values)


def note_sent(
    brief: Brief, notice_id: int, worker: str, now: datetime, tries: list[dict[str, Any]], reason: str
) -> None:
    """Ends a notice whose mail left, withdrawn meanwhile or not; nothing where another worker has taken it over."""
    values = {"notice": notice_id, "worker": worker, "at": now, "why": reason, "made": tries}
    brief.execute(_NOTE_SENT, values)
