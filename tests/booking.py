"""Visits written straight into the tables, with the notices they owe: for tests that are not about publishing."""

from __future__ import annotations

from datetime import datetime, timedelta

from cast import Cast
from sqlalchemy import select

from coordinator.services.notices import owe_for_visits
from coordinator.store import notices
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


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
    visit.starts_at, visit.ends_at = start, start + timedelta(hours=1)
    visit.revision += 1
    work.session.flush()
    notices.withdraw_for_visit(work, visit_id, now, "The visit was moved.")
    owe_for_visits(work, cast.clinic_id, now, [visit_id])


def cancel(work: Work, cast: Cast, now: datetime, visit_id: int) -> None:
    """Cancels a visit as a publication does."""
    visit = work.session.get_one(VisitRecord, visit_id)
    visit.status = "canceled"
    visit.revision += 1
    work.session.flush()
    notices.withdraw_for_visit(work, visit_id, now, "The visit was canceled.")


def ledger(database: Database) -> list[NoticeRecord]:
    """Every notice, the oldest first."""
    with database.read() as work:
        return list(work.session.scalars(select(NoticeRecord).order_by(NoticeRecord.due_at, NoticeRecord.id)))
