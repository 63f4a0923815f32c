"""The ledger as people read it: filtered, newest first, with the names it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all, update

from coordinator.store.contacts import ContactRecord
from coordinator.store.notice_changes import NoticeChangeRecord
from coordinator.store.notices import NoticeRecord, NoticeRuleRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord
from coordinator.store.visits import VisitRecord


@dataclass(frozen=True, slots=True)
class NoticeRows:
    """A notice with whoever it is for, and the visits that it is about, by start.

    `minutes_before` None: it follows no rule that there is.
    """

    notice: NoticeRecord
    patient: PatientRecord | None
    staff: StaffRecord | None
    user: UserRecord | None
    contact: ContactRecord | None
    minutes_before: int | None
    visits: list[VisitRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of the log; None, or no words, leaves all. `since` and `before` bound when a notice is due."""

    status: str | None = None
    channel: str | None = None
    what: str | None = None
    recipient: str = ""
    since: datetime | None = None
    before: datetime | None = None


def of_visit(work: Work, clinic_id: int, visit_id: int) -> list[NoticeRows]:
    """What was ever owed about a visit, in the order it falls due."""
    changes = select(NoticeChangeRecord.notice_id).where(NoticeChangeRecord.visit_id == visit_id)
    query = _rows(clinic_id).where(or_(NoticeRecord.visit_id == visit_id, NoticeRecord.id.in_(changes)))
    return _read(work, query.order_by(NoticeRecord.due_at, NoticeRecord.id))


def one(work: Work, clinic_id: int, notice_id: int) -> NoticeRows | None:
    """The notice of that id, if it is the clinic's."""
    found = _read(work, _rows(clinic_id).where(NoticeRecord.id == notice_id))
    return found[0] if found else None


def several(work: Work, clinic_id: int, notice_ids: Sequence[int], *, lock: bool = False) -> list[NoticeRows]:
    """Those of the notices that are the clinic's, the oldest first; with `lock`, nobody else changes them."""
    query = _rows(clinic_id).where(NoticeRecord.id.in_(notice_ids)).order_by(NoticeRecord.id)
    if lock:
        query = query.with_for_update(of=NoticeRecord).execution_options(populate_existing=True)
    return _read(work, query)


def page(work: Work, clinic_id: int, now: datetime, wanted: Wanted, *, skip: int, most: int) -> list[NoticeRows]:
    """A stretch of the log: what has fallen due, the newest first, and then what is to come, the next first."""
    fallen = NoticeRecord.due_at <= now
    order = (fallen.desc(), case((fallen, NoticeRecord.due_at)).desc(), NoticeRecord.due_at, NoticeRecord.id)
    query = _rows(clinic_id).where(*_filter(clinic_id, wanted))
    return _read(work, query.order_by(*order).offset(skip).limit(most))


def count(work: Work, clinic_id: int, wanted: Wanted) -> int:
    """How many notices a filter leaves."""
    return work.session.scalar(select(func.count(NoticeRecord.id)).where(*_filter(clinic_id, wanted))) or 0


def counts(work: Work, clinic_id: int) -> dict[str, int]:
    """How many notices there are by status."""
    query = select(NoticeRecord.status, func.count(NoticeRecord.id)).where(NoticeRecord.clinic_id == clinic_id)
    return {row.status: row[1] for row in work.session.execute(query.group_by(NoticeRecord.status))}


def counts_by_visit(work: Work, clinic_id: int, visit_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """For each of the visits that notices are about, how many there are by status."""
    about = select(NoticeRecord.visit_id.label("visit"), NoticeRecord.status.label("status")).where(
        NoticeRecord.clinic_id == clinic_id, NoticeRecord.visit_id.in_(visit_ids)
    )
    changes = (
        select(NoticeChangeRecord.visit_id, NoticeRecord.status)
        .join(NoticeRecord, NoticeRecord.id == NoticeChangeRecord.notice_id)
        .where(NoticeRecord.clinic_id == clinic_id, NoticeChangeRecord.visit_id.in_(visit_ids))
    )
    both = union_all(about, changes).subquery()
    query = select(both.c.visit, both.c.status, func.count()).group_by(both.c.visit, both.c.status)
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for visit_id, status, number in work.session.execute(query):
        found[visit_id][status] = number
    return found


def failed(work: Work, clinic_id: int, now: datetime, most: int) -> list[NoticeRows]:
    """Notices that failed and would still be of use, the most urgent first; without the visits they are about."""
    query = (
        _rows(clinic_id)
        .where(NoticeRecord.status == "failed", NoticeRecord.expires_at > now)
        .order_by(NoticeRecord.expires_at, NoticeRecord.id)
    )
    return [NoticeRows(*row) for row in work.session.execute(query.limit(most))]


def told_in_app(
    work: Work, clinic_id: int, staff_id: int | None, user_id: int | None, since: datetime
) -> list[NoticeRecord]:
    """What one person, as a member of staff and as a user, was told in the app since a moment, the newest first."""
    kind, recipient = NoticeRecord.recipient_kind, NoticeRecord.recipient_id
    mine = or_(and_(kind == "staff", recipient == staff_id), and_(kind == "user", recipient == user_id))
    query = select(NoticeRecord).where(
        NoticeRecord.clinic_id == clinic_id, mine, NoticeRecord.via == "app", NoticeRecord.status == "sent"
    )
    query = query.where(NoticeRecord.settled_at >= since)
    return list(work.session.scalars(query.order_by(NoticeRecord.settled_at.desc(), NoticeRecord.id.desc())))


def set_rule(work: Work, clinic_id: int, code: str, active: bool) -> bool:
    """Turns a rule on or off; False where the clinic has none of that code."""
    changed = work.session.execute(
        update(NoticeRuleRecord)
        .where(NoticeRuleRecord.clinic_id == clinic_id, NoticeRuleRecord.code == code)
        .values(active=active)
        .returning(NoticeRuleRecord.id)
    )
    return changed.first() is not None


def _filter(clinic_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [NoticeRecord.clinic_id == clinic_id]
    asked = (
        (NoticeRecord.status, wanted.status),
        (NoticeRecord.via, wanted.channel),
        (NoticeRecord.what, wanted.what),
    )
    found += [column == value for column, value in asked if value is not None]
    if wanted.recipient:
        found.append(_is_to(wanted.recipient))
    if wanted.since is not None:
        found.append(NoticeRecord.due_at >= wanted.since)
    if wanted.before is not None:
        found.append(NoticeRecord.due_at < wanted.before)
    return found


def _is_to(words: str) -> ColumnElement[bool]:
    """Whether the recipient's code or name, as the log shows it, holds the words; of which clinic, others ask."""
    shown = (
        ("patient", PatientRecord, PatientRecord.code),
        ("staff", StaffRecord, StaffRecord.name),
        ("user", UserRecord, UserRecord.name),
        ("contact", ContactRecord, ContactRecord.name),
    )
    return or_(
        *(
            and_(
                NoticeRecord.recipient_kind == kind,
                NoticeRecord.recipient_id.in_(select(table.id).where(column.icontains(words, autoescape=True))),
            )
            for kind, table, column in shown
        )
    )


_Rows = Select[NoticeRecord, PatientRecord, StaffRecord, UserRecord, ContactRecord, int]


def _rows(clinic_id: int) -> _Rows:
    kind, recipient = NoticeRecord.recipient_kind, NoticeRecord.recipient_id
    return (
        select(NoticeRecord, PatientRecord, StaffRecord, UserRecord, ContactRecord, NoticeRuleRecord.minutes_before)
        .outerjoin(PatientRecord, and_(kind == "patient", PatientRecord.id == recipient))
        .outerjoin(StaffRecord, and_(kind == "staff", StaffRecord.id == recipient))
        .outerjoin(UserRecord, and_(kind == "user", UserRecord.id == recipient))
        .outerjoin(ContactRecord, and_(kind == "contact", ContactRecord.id == recipient))
        .outerjoin(
            NoticeRuleRecord,
            and_(NoticeRuleRecord.clinic_id == NoticeRecord.clinic_id, NoticeRuleRecord.code == NoticeRecord.rule),
        )
        .where(NoticeRecord.clinic_id == clinic_id)
    )


def _read(work: Work, query: _Rows) -> list[NoticeRows]:
    found = [NoticeRows(*row) for row in work.session.execute(query)]
    about = _about(work, [each.notice for each in found])
    for each in found:
        each.visits.extend(about[each.notice.id])
    return found


def _about(work: Work, rows: Sequence[NoticeRecord]) -> Mapping[int, list[VisitRecord]]:
    """The visits that each of the notices is about, by start."""
    pairs = {(row.id, row.visit_id) for row in rows if row.visit_id is not None}
    changes = select(NoticeChangeRecord.notice_id, NoticeChangeRecord.visit_id).where(
        NoticeChangeRecord.notice_id.in_([row.id for row in rows])
    )
    pairs.update((row.notice_id, row.visit_id) for row in work.session.execute(changes))
    query = select(VisitRecord).where(VisitRecord.id.in_({visit_id for _, visit_id in pairs}))
    visits = {visit.id: visit for visit in work.session.scalars(query)}
    found: defaultdict[int, list[VisitRecord]] = defaultdict(list)
    for notice_id, visit_id in sorted(pairs, key=lambda pair: (visits[pair[1]].starts_at, pair)):
        found[notice_id].append(visits[visit_id])
    return found
