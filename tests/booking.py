"""Visits written straight into the tables, with the notices they owe: for tests that are not about publishing."""

from __future__ import annotations

from datetime import datetime, timedelta

from cast import Cast
from sqlalchemy import delete, select

from coordinator.services.notices import owe_changes, owe_for_visits, remember
from coordinator.store import notices
from coordinator.store.notices import NoticeRecord, NoticeRuleRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


def add_reminders(work: Work, clinic_id: int) -> None:
    """The default rules about visits ahead alone."""
    notices.add_default_rules(work, clinic_id)
    work.session.execute(delete(NoticeRuleRecord).where(NoticeRuleRecord.what != "visit_ahead"))


def book(
    work: Work, cast: Cast, now: datetime, start: datetime, code: str = "p1", *, enrollment: int | None = None
) -> int:
    """A published hour of Pat's with Ben in therapy room 1, and what is owed about it."""
    visit = VisitRecord(
        clinic_id=cast.clinic_id,
        enrollment_id=enrollment or cast.first,
        code=code,
        kind="preparation",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        room_id=cast.therapy_1,
        changed_at=now,
    )
    work.session.add(visit)
    work.session.flush()
    work.session.add(
        VisitStaffRecord(
            clinic_id=cast.clinic_id,
            visit_id=visit.id,
            staff_id=cast.ben_staff,
            need="lead",
            starts_at=start,
            ends_at=visit.ends_at,
            changed_at=now,
        )
    )
    work.session.flush()
    owe_for_visits(work, cast.clinic_id, now, [visit.id])
    return visit.id


def move(work: Work, cast: Cast, now: datetime, visit_id: int, start: datetime) -> None:
    """Moves a visit as a publication does."""
    visit = work.session.get_one(VisitRecord, visit_id)
    before = remember(work, cast.clinic_id, [visit_id])
    visit.starts_at, visit.ends_at = start, start + timedelta(hours=1)
    for part in work.session.scalars(select(VisitStaffRecord).where(VisitStaffRecord.visit_id == visit_id)):
        part.starts_at, part.ends_at = visit.starts_at, visit.ends_at
    visit.revision += 1
    work.session.flush()
    notices.withdraw_for_visit(work, visit_id, now, "The visit was moved.")
    owe_for_visits(work, cast.clinic_id, now, [visit_id])
    owe_changes(work, cast.clinic_id, now, before, [visit_id])


def cancel(work: Work, cast: Cast, now: datetime, visit_id: int) -> None:
    """Cancels a visit as a publication does."""
    visit = work.session.get_one(VisitRecord, visit_id)
    before = remember(work, cast.clinic_id, [visit_id])
    visit.status = "canceled"
    visit.revision += 1
    work.session.flush()
    notices.withdraw_for_visit(work, visit_id, now, "The visit was canceled.")
    owe_changes(work, cast.clinic_id, now, before, [visit_id])


def ledger(database: Database) -> list[NoticeRecord]:
    """Every notice, the oldest first."""
    with database.read() as work:
        return list(work.session.scalars(select(NoticeRecord).order_by(NoticeRecord.due_at, NoticeRecord.id)))
