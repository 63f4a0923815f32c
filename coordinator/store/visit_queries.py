"""Reading visits with everything a page shows of them, in three queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

HOLDING = ("scheduled", "attended", "stopped_early")
"""The statuses in which an attempt holds its time."""


@dataclass(frozen=True, slots=True)
class VisitRows:
    """A visit with its enrollment, room (None: video), the people who are there, and the patients."""

    visit: VisitRecord
    enrollment: EnrollmentRecord
    room: RoomRecord | None
    people: list[tuple[VisitStaffRecord, StaffRecord]] = field(default_factory=list)
    patients: list[PatientRecord] = field(default_factory=list)


def one(work: Work, clinic_id: int, visit_id: int) -> VisitRows | None:
    """The visit of that id, if it is the clinic's."""
    found = _filled(work, _visits(clinic_id).where(VisitRecord.id == visit_id))
    return found[0] if found else None


def several(work: Work, clinic_id: int, visit_ids: Collection[int]) -> list[VisitRows]:
    """Those visits of the clinic, by start."""
    return _filled(work, _visits(clinic_id).where(VisitRecord.id.in_(visit_ids))) if visit_ids else []


def of_enrollment(work: Work, clinic_id: int, enrollment_id: int) -> list[VisitRows]:
    """Every attempt of the enrollment, by start."""
    return _filled(work, _visits(clinic_id).where(VisitRecord.enrollment_id == enrollment_id))


def between(
    work: Work,
    clinic_id: int,
    starts: datetime,
    ends: datetime,
    *,
    statuses: Sequence[str] | None = None,
    staff_id: int | None = None,
) -> list[VisitRows]:
    """The visits that share a moment with `[starts, ends)`, by start; of one person, or of all."""
    query = _visits(clinic_id).where(VisitRecord.starts_at < ends, VisitRecord.ends_at > starts)
    if statuses is not None:
        query = query.where(VisitRecord.status.in_(statuses))
    if staff_id is not None:
        query = query.where(_is_there(staff_id))
    return _filled(work, query)


def next_of_person(work: Work, clinic_id: int, staff_id: int, after: datetime, most: int) -> list[VisitRows]:
    """The person's next scheduled visits that start after a moment."""
    query = _visits(clinic_id).where(
        VisitRecord.status == "scheduled", VisitRecord.starts_at > after, _is_there(staff_id)
    )
    return _filled(work, query.limit(most))


def next_of_patients(
    work: Work,
    clinic_id: int,
    patient_ids: Sequence[int],
    kind: str,
    after: datetime,
    most: int,
    staff_id: int | None = None,
) -> list[VisitRows]:
    """The next scheduled visits of some patients, or of a kind by its name; of one member of staff, or of all."""
    theirs = select(EnrollmentPatientRecord.enrollment_id).where(EnrollmentPatientRecord.patient_id.in_(patient_ids))
    query = _visits(clinic_id).where(
        VisitRecord.status == "scheduled",
        VisitRecord.starts_at > after,
        or_(VisitRecord.enrollment_id.in_(theirs), VisitRecord.kind == kind),
    )
    if staff_id is not None:
        query = query.where(_is_there(staff_id))
    return _filled(work, query.limit(most))


def without_outcome(
    work: Work, clinic_id: int, ended_before: datetime, most: int, *, staff_id: int | None = None
) -> list[VisitRows]:
    """Scheduled visits that are over, the newest first; of one person, or of all."""
    query = _visits(clinic_id).where(VisitRecord.status == "scheduled", VisitRecord.ends_at <= ended_before)
    if staff_id is not None:
        query = query.where(_is_there(staff_id))
    return _filled(work, query.order_by(None).order_by(VisitRecord.starts_at.desc()).limit(most))


def _visits(clinic_id: int) -> Select[VisitRecord, EnrollmentRecord, RoomRecord]:
    return (
        select(VisitRecord, EnrollmentRecord, RoomRecord)
        .join(EnrollmentRecord, EnrollmentRecord.id == VisitRecord.enrollment_id)
        .outerjoin(RoomRecord, RoomRecord.id == VisitRecord.room_id)
        .where(VisitRecord.clinic_id == clinic_id)
        .order_by(VisitRecord.starts_at, VisitRecord.id)
    )


def _is_there(staff_id: int) -> ColumnElement[bool]:
    return exists().where(
        and_(
            VisitStaffRecord.visit_id == VisitRecord.id,
            VisitStaffRecord.staff_id == staff_id,
            VisitStaffRecord.canceled_at.is_(None),
        )
    )


def _filled(work: Work, query: Select[VisitRecord, EnrollmentRecord, RoomRecord]) -> list[VisitRows]:
    found = [VisitRows(visit, enrollment, room) for visit, enrollment, room in work.session.execute(query)]
    people = _people_of(work, [each.visit.id for each in found])
    patients = patients_of(work, {each.enrollment.id for each in found})
    for each in found:
        each.people.extend(people[each.visit.id])
        each.patients.extend(patients[each.enrollment.id])
    return found


def _people_of(work: Work, visit_ids: Iterable[int]) -> dict[int, list[tuple[VisitStaffRecord, StaffRecord]]]:
    """Who is at each visit, in the order the needs were written. A person replaced is in it only when all were."""
    ids = list(visit_ids)
    query = (
        select(VisitStaffRecord, StaffRecord)
        .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
        .where(VisitStaffRecord.visit_id.in_(ids))
        .order_by(VisitStaffRecord.id)
    )
    found: defaultdict[int, list[tuple[VisitStaffRecord, StaffRecord]]] = defaultdict(list)
    for part, person in work.session.execute(query) if ids else ():
        found[part.visit_id].append((part, person))
    for visit_id, parts in found.items():
        present = [each for each in parts if each[0].canceled_at is None]
        found[visit_id] = present or parts
    return found


def patients_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, list[PatientRecord]]:
    """The patients of each enrollment, by code."""
    ids = list(enrollment_ids)
    query = (
        select(EnrollmentPatientRecord.enrollment_id, PatientRecord)
        .join(PatientRecord, PatientRecord.id == EnrollmentPatientRecord.patient_id)
        .where(EnrollmentPatientRecord.enrollment_id.in_(ids))
        .order_by(PatientRecord.code)
    )
    found: defaultdict[int, list[PatientRecord]] = defaultdict(list)
    for enrollment_id, patient in work.session.execute(query) if ids else ():
        found[enrollment_id].append(patient)
    return found
