"""Publishing in tests: programs of the fixed clinic's protocol `mini`, and the rows that they become."""

from __future__ import annotations

from datetime import date, time, timedelta

from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.clinic_time import Minute, minute_at
from coordinator.domain.schedule import PlacedVisit
from coordinator.services.schedule import VisitChange, apply_changes
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

MONDAY = date(2027, 1, 4)


def at(day: int, hour: int, minute: int = 0) -> Minute:
    """A time so many days after Monday, January 4."""
    return minute_at(MONDAY + timedelta(days=day), time(hour, minute))


def program(code: str, first_day: int, hour: int, dosing: str = "dosing-1", lead: str = "th-ben") -> list[PlacedVisit]:
    """The three visits of `mini` on successive days at one hour."""
    return [
        PlacedVisit(code, "p1", at(first_day, hour), "therapy-1", {"lead": lead}),
        PlacedVisit(code, "c1.d1", at(first_day + 1, hour), dosing, {"lead": lead, "supervisor": "dr-eve"}),
        PlacedVisit(code, "c1.i1", at(first_day + 2, hour), None, {"lead": lead}),
    ]


def changes(enrollment_id: int, placed: list[PlacedVisit]) -> list[VisitChange]:
    return [VisitChange(enrollment_id, each.visit, each) for each in placed]


def put(database: Database, cast: Cast, enrollment_id: int, placed: list[PlacedVisit]) -> None:
    with database.write() as work:
        apply_changes(work, cast.ada, NOW, changes(enrollment_id, placed))


def visit_row(database: Database, enrollment_id: int, code: str, attempt: int = 1) -> VisitRecord:
    with database.read() as work:
        return work.session.scalars(
            select(VisitRecord).where(
                VisitRecord.enrollment_id == enrollment_id, VisitRecord.code == code, VisitRecord.attempt == attempt
            )
        ).one()
