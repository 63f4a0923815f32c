"""Writing visits and who is there: attempts, revisions, and the sequence of each person's row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


@dataclass(frozen=True, slots=True)
class Part:
    """One person's presence for one need; `parts` are [offset, minutes] where the presence has several."""

    staff_id: int
    need: str
    starts_at: datetime
    ends_at: datetime
    parts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """A visit to be written: `visit_id` None makes a new attempt, otherwise that one changes."""

    visit_id: int | None
    enrollment_id: int
    code: str
    kind: str
    course: int | None
    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    people: tuple[Part, ...]
    overrides: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Touched:
    """Whom and what a change touches, before and after it: row ids."""

    staff: set[int] = field(default_factory=set)
    rooms: set[int] = field(default_factory=set)
    enrollments: set[int] = field(default_factory=set)

    @property
    def owners(self) -> list[tuple[str, int]]:
        """Those whose calendar feeds show what was changed."""
        kinds = {"staff": self.staff, "room": self.rooms, "team": self.enrollments, "enrollment": self.enrollments}
        return [(kind, each) for kind, ids in kinds.items() for each in ids]


def place(work: Work, clinic_id: int, now: datetime, placements: Sequence[Placement], touched: Touched) -> list[int]:
    """Writes visits in order and gives their ids; notes in `touched` who is concerned."""
    attempts = _attempts(work, {each.enrollment_id for each in placements})
    records = _records(work, [each.visit_id for each in placements if each.visit_id is not None])
    written = []
    for each in placements:
        record = None if each.visit_id is None else records[each.visit_id]
        if record is None:
            attempt = attempts[each.enrollment_id, each.code] + 1
            record = VisitRecord(clinic_id=clinic_id, enrollment_id=each.enrollment_id, attempt=attempt, revision=0)
            work.session.add(record)
        elif record.room_id is not None:
            touched.rooms.add(record.room_id)
        _fill(record, each, now)
        written.append(record)
    work.session.flush()
    rows = _people(work, [record.id for record in written])
    for record, each in zip(written, placements, strict=True):
        touched.rooms.update(() if each.room_id is None else (each.room_id,))
        touched.enrollments.add(each.enrollment_id)
        touched.staff.update(row.staff_id for row in rows[record.id] if row.canceled_at is None)
        touched.staff.update(part.staff_id for part in each.people)
        _seat(work, record, each.people, rows[record.id], now)
    work.session.flush()
    return [record.id for record in written]


def set_status(
    work: Work, now: datetime, visit_id: int, status: str, touched: Touched, *, leaves_calendars: bool
) -> None:
    """Records what became of a visit; `leaves_calendars` cancels it in everybody's."""
    record = _records(work, [visit_id])[visit_id]
    record.status, record.revision, record.changed_at = status, record.revision + 1, now
    touched.enrollments.add(record.enrollment_id)
    if record.room_id is not None:
        touched.rooms.add(record.room_id)
    for row in _people(work, [visit_id])[visit_id]:
        if row.canceled_at is None:
            touched.staff.add(row.staff_id)
            if leaves_calendars:
                _cancel(row, now)
    work.session.flush()


def give_leave(work: Work, visit_ids: Sequence[int], note: dict[str, Any]) -> None:
    """Adds to what visits are allowed to break, with who gave leave and why."""
    for record in _records(work, visit_ids).values():
        record.overrides = [*record.overrides, note]
    work.session.flush()


def take_leave_back(work: Work, visit_ids: Sequence[int], note: dict[str, Any]) -> None:
    """Takes such a note away again."""
    for record in _records(work, visit_ids).values():
        record.overrides = [each for each in record.overrides if each != note]
    work.session.flush()


def _fill(record: VisitRecord, each: Placement, now: datetime) -> None:
    record.code, record.kind, record.course = each.code, each.kind, each.course
    record.starts_at, record.ends_at, record.room_id = each.starts_at, each.ends_at, each.room_id
    record.status, record.overrides = "scheduled", each.overrides
    record.revision, record.changed_at = record.revision + 1, now


def _seat(
    work: Work, record: VisitRecord, people: Iterable[Part], rows: Iterable[VisitStaffRecord], now: datetime
) -> None:
    """Each person's row follows the visit; who is no longer there keeps a canceled one."""
    left = {(row.staff_id, row.need): row for row in rows}
    for part in people:
        row = left.pop((part.staff_id, part.need), None)
        if row is None:
            row = VisitStaffRecord(
                clinic_id=record.clinic_id, visit_id=record.id, staff_id=part.staff_id, need=part.need, sequence=-1
            )
            work.session.add(row)
        # A new room shows in the calendar too, so the sequence rises though nothing else in the row changes.
        row.sequence, row.changed_at, row.canceled_at = row.sequence + 1, now, None
        row.starts_at, row.ends_at, row.parts = part.starts_at, part.ends_at, [list(each) for each in part.parts]
    for row in left.values():
        if row.canceled_at is None:
            _cancel(row, now)


def _cancel(row: VisitStaffRecord, now: datetime) -> None:
    row.canceled_at, row.changed_at, row.sequence = now, now, row.sequence + 1


def _records(work: Work, visit_ids: Sequence[int]) -> dict[int, VisitRecord]:
    query = select(VisitRecord).where(VisitRecord.id.in_(visit_ids)).execution_options(populate_existing=True)
    return {record.id: record for record in work.session.scalars(query)}


def _people(work: Work, visit_ids: Sequence[int]) -> defaultdict[int, list[VisitStaffRecord]]:
    query = select(VisitStaffRecord).where(VisitStaffRecord.visit_id.in_(visit_ids)).order_by(VisitStaffRecord.id)
    found: defaultdict[int, list[VisitStaffRecord]] = defaultdict(list)
    for row in work.session.scalars(query.execution_options(populate_existing=True)):
        found[row.visit_id].append(row)
    return found


def _attempts(work: Work, enrollment_ids: set[int]) -> defaultdict[tuple[int, str], int]:
    """The number of the newest attempt at each visit."""
    query = (
        select(VisitRecord.enrollment_id, VisitRecord.code, func.max(VisitRecord.attempt))
        .where(VisitRecord.enrollment_id.in_(enrollment_ids))
        .group_by(VisitRecord.enrollment_id, VisitRecord.code)
    )
    found: defaultdict[tuple[int, str], int] = defaultdict(int)
    for enrollment_id, code, attempt in work.session.execute(query):
        found[enrollment_id, code] = attempt
    return found
