"""The day of a visit, step by step: who did what when, and what was undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


class VisitStepRecord(ClinicRow, Base):
    """A step of a visit's day: arrived, in_room, started, late, monitored or left. `minutes` is how late, for late.

    `undone_at` is set where somebody took it back; the row stays.
    """

    __tablename__ = "visit_steps"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    step: Mapped[str]
    minutes: Mapped[int | None]
    at: Mapped[datetime]
    by: Mapped[str]
    undone_at: Mapped[datetime | None]


def of_visits(work: Work, visit_ids: Iterable[int]) -> dict[int, list[VisitStepRecord]]:
    """The steps of each visit that stand, in the order in which they were taken."""
    query = select(VisitStepRecord).where(
        VisitStepRecord.visit_id.in_(list(visit_ids)), VisitStepRecord.undone_at.is_(None)
    )
    found: defaultdict[int, list[VisitStepRecord]] = defaultdict(list)
    for each in work.session.scalars(query.order_by(VisitStepRecord.at, VisitStepRecord.id)):
        found[each.visit_id].append(each)
    return found


def take(work: Work, visit: VisitRecord, step: str, now: datetime, by: str, minutes: int | None = None) -> None:
    """Writes a step."""
    row = VisitStepRecord(clinic_id=visit.clinic_id, visit_id=visit.id, step=step, minutes=minutes, at=now, by=by)
    work.session.add(row)
    work.session.flush()


def undo(work: Work, visit_id: int, step: str, now: datetime) -> None:
    """Takes a step back."""
    standing = VisitStepRecord.visit_id == visit_id, VisitStepRecord.step == step, VisitStepRecord.undone_at.is_(None)
    work.session.execute(update(VisitStepRecord).where(*standing).values(undone_at=now))


def late_visits(work: Work, clinic_id: int, starts: datetime, ends: datetime) -> list[int]:
    """The scheduled visits between two moments that were said to run late or to have started."""
    query = (
        select(VisitRecord.id)
        .join(VisitStepRecord, VisitStepRecord.visit_id == VisitRecord.id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.status == "scheduled")
        .where(VisitRecord.starts_at < ends, VisitRecord.ends_at > starts)
        .where(VisitStepRecord.step.in_(("late", "started")), VisitStepRecord.undone_at.is_(None))
    )
    return sorted(set(work.session.scalars(query)))
