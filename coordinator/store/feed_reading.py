"""What a feed shows is read from here: the visits of its owner, and who is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, String, bindparam, case, cast, func, null, select

from coordinator.store.base import UtcTime
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.feeds import Owner
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

CANCELED = ("canceled", "late_cancel")
"""The outcomes that give the time back before it has passed; a no-show took the person's time and stays as it was."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a feed covers: what starts in `[first, end)`, for a person the own part."""

    first: datetime
    end: datetime


class Part(NamedTuple):
    """A visit as its owner's calendar shows it; a tuple, as there are thousands.

    `starts`, `ends`, `pieces`, `sequence` and `changed_at` are those of the person's row in a person's feed, else the
    visit's. `visit_starts` and `visit_ends` are None where the visit's are the same. `canceled_at` is when it was
    canceled for this owner: the person was replaced, or the whole visit canceled.
    """

    visit_id: int
    enrollment_id: int
    enrollment: str
    kind: str
    room: str | None
    canceled_at: datetime | None
    starts: datetime
    ends: datetime
    sequence: int
    changed_at: datetime
    pieces: list[Any] | None
    visit_starts: datetime | None
    visit_ends: datetime | None

    @property
    def visit_length(self) -> timedelta:
        """How long the whole visit is."""
        return (self.visit_ends or self.ends) - (self.visit_starts or self.starts)


def parts_of(work: Work, clinic_id: int, owner: Owner, window: Window) -> list[Part]:
    """What the owner's feed shows, by start. A person who fills several needs of a visit has several parts."""
    kind, owner_id = owner
    asked = {"clinic_id": clinic_id, "owner_id": owner_id, "first": window.first, "last": window.end}
    return [Part._make(row) for row in work.session.connection().execute(_parts(kind), asked).all()]


@cache
def _parts(kind: str) -> Select[Any]:
    """Built once for each kind of owner: that takes as long as reading a hundred visits."""
    query = _parts_of_person() if kind == "staff" else _parts_of_place(kind)
    # A person's visits are found by the index of the person's own rows: a clinic has many times as many.
    table = VisitStaffRecord if kind == "staff" else VisitRecord
    query = query.where(table.clinic_id == bindparam("clinic_id"))
    query = query.where(table.starts_at >= bindparam("first"), table.starts_at < bindparam("last"))
    return query.order_by(VisitRecord.starts_at, VisitRecord.id)


def _visits(withdrawn_at: Any, *own: Any) -> Select[Any]:
    visit = VisitRecord
    canceled_at = case((visit.status.in_(CANCELED), visit.changed_at))
    return (
        select(
            visit.id, visit.enrollment_id, EnrollmentRecord.code, visit.kind, RoomRecord.name,
            func.coalesce(withdrawn_at, canceled_at, type_=UtcTime()), *own,
        )
        .join(EnrollmentRecord, EnrollmentRecord.id == visit.enrollment_id)
        .outerjoin(RoomRecord, RoomRecord.id == visit.room_id)
    )  # fmt: skip


def _parts_of_person() -> Select[Any]:
    """Times and pieces that say nothing new stay null: turning a thousand of them into objects takes its time."""
    row, visit = VisitStaffRecord, VisitRecord
    pieces = case((cast(row.parts, String) != "[]", row.parts))
    starts = case((visit.starts_at != row.starts_at, visit.starts_at))
    ends = case((visit.ends_at != row.ends_at, visit.ends_at))
    query = _visits(row.canceled_at, row.starts_at, row.ends_at, row.sequence, row.changed_at, pieces, starts, ends)
    return query.join(row, row.visit_id == visit.id).where(row.staff_id == bindparam("owner_id"))


def _parts_of_place(kind: str) -> Select[Any]:
    """Of a room, a program, or the whole clinic."""
    visit, same = VisitRecord, (null(), null(), null())
    query = _visits(null(), visit.starts_at, visit.ends_at, visit.revision, visit.changed_at, *same)
    if kind == "clinic":
        return query
    return query.where((visit.room_id if kind == "room" else visit.enrollment_id) == bindparam("owner_id"))


def people_of(work: Work, enrollment_id: int) -> dict[int, tuple[str, ...]]:
    """The names of those who are there at each visit of a program, by name."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    query = (
        select(VisitStaffRecord.visit_id, StaffRecord.name)
        .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .where(VisitRecord.enrollment_id == enrollment_id, VisitStaffRecord.canceled_at.is_(None))
        .order_by(StaffRecord.name)
        .distinct()
    )
    for visit_id, name in work.session.execute(query):
        found[visit_id].append(name)
    return {visit_id: tuple(names) for visit_id, names in found.items()}


def patients_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The code and name of each enrollment's patients, by code."""
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    asked = {"enrollment_ids": sorted(enrollment_ids)}
    for enrollment_id, code, name in work.session.connection().execute(_patients(), asked):
        found[enrollment_id].append((code, name))
    return {enrollment_id: tuple(pairs) for enrollment_id, pairs in found.items()}


@cache
def _patients() -> Select[Any]:
    pair, patient = EnrollmentPatientRecord, PatientRecord
    columns: list[Any] = [pair.enrollment_id, patient.code, patient.name]
    return (
        select(*columns)
        .join(patient, patient.id == pair.patient_id)
        .where(pair.enrollment_id.in_(bindparam("enrollment_ids", expanding=True)))
        .order_by(patient.code)
    )
