"""Visits for feeds, written straight into the tables: for tests that are not about publishing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import icalendar
from cast import Cast

from coordinator.services.feed_answers import FeedAnswer, fetch
from coordinator.store import feeds
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


def show(work: Work, cast: Cast, now: datetime, start: datetime, **facts: Any) -> int:
    """A published visit of Pat's: an hour of preparation with Ben in therapy room 1, unless `facts` say otherwise."""
    visit = VisitRecord(
        clinic_id=cast.clinic_id,
        enrollment_id=facts.get("enrollment", cast.first),
        code=facts.get("code", "p1"),
        kind=facts.get("kind", "preparation"),
        starts_at=start,
        ends_at=start + timedelta(minutes=facts.get("minutes", 60)),
        room_id=facts.get("room", cast.therapy_1),
        changed_at=now,
    )
    work.session.add(visit)
    work.session.flush()
    put(work, cast, now, visit.id, facts.get("staff", cast.ben_staff), parts=facts.get("parts", []))
    return visit.id


def put(work: Work, cast: Cast, now: datetime, visit_id: int, staff_id: int, need: str = "lead", **facts: Any) -> None:
    """Adds a person to a visit."""
    visit = work.session.get_one(VisitRecord, visit_id)
    row = VisitStaffRecord(
        clinic_id=cast.clinic_id,
        visit_id=visit_id,
        staff_id=staff_id,
        need=need,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        parts=facts.get("parts", []),
        changed_at=now,
    )
    work.session.add(row)
    touch(work, cast, now, staff_id)


def person_of(work: Work, visit_id: int, staff_id: int) -> VisitStaffRecord:
    """The row of a person at a visit."""
    return work.session.query(VisitStaffRecord).filter_by(visit_id=visit_id, staff_id=staff_id).one()


def shift(work: Work, cast: Cast, now: datetime, visit_id: int, start: datetime, staff_id: int | None = None) -> None:
    """Moves a visit and one person's part of it, as a publication does."""
    visit, row = work.session.get_one(VisitRecord, visit_id), person_of(work, visit_id, staff_id or cast.ben_staff)
    length = visit.ends_at - visit.starts_at
    visit.starts_at, visit.ends_at, visit.changed_at = start, start + length, now
    visit.revision += 1
    row.starts_at, row.ends_at, row.changed_at = start, start + length, now
    row.sequence += 1
    touch(work, cast, now, row.staff_id)


def withdraw(work: Work, cast: Cast, now: datetime, visit_id: int, staff_id: int) -> None:
    """Takes a person off a visit that lives on."""
    row = person_of(work, visit_id, staff_id)
    row.canceled_at = row.changed_at = now
    row.sequence += 1
    touch(work, cast, now, staff_id)


def touch(work: Work, cast: Cast, now: datetime, *staff_ids: int) -> None:
    """Raises the revision of what these people's feeds show."""
    work.session.flush()
    feeds.raise_revisions(work, cast.clinic_id, now, [("staff", staff_id) for staff_id in staff_ids])


def fetched(database: Database, token: str, now: datetime) -> FeedAnswer:
    """The feed's answer, which must be there."""
    answer = fetch(database, token, now)
    assert answer is not None
    return answer


def text_of(database: Database, token: str, now: datetime) -> str:
    """The feed's text, unfolded."""
    body = fetched(database, token, now).body
    assert body is not None
    return re.sub("\r\n[ \t]", "", body.decode())


def events_of(database: Database, token: str, now: datetime) -> list[icalendar.Event]:
    """The feed's events as icalendar reads them."""
    body = fetched(database, token, now).body
    assert body is not None
    return icalendar.Calendar.from_ical(body).events
