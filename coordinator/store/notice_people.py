"""Who may be told, as whom they are known, and what each of them knows of a visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from coordinator.domain.telling import VIDEO, Appointment
from coordinator.store.base import UtcTime
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord
from coordinator.store.visits import VisitRecord, VisitStaffRecord


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for: `kind` is patient, staff or user, `id` that row's."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach somebody; empty where it is not known."""

    email: str


def recipients(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> list[tuple[VisitRecord, list[Recipient]]]:
    """The scheduled ones of the visits, each with everybody who is to be there, named once.

    Staff without an address are left out: scarce equipment is kept as staff. A patient without one is in it, so that
    somebody sees that nobody can be told.
    """
    ids = list(visit_ids)
    visits = work.session.scalars(
        select(VisitRecord).where(
            VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), VisitRecord.status == "scheduled"
        )
    ).all()
    expected = appointments(work, clinic_id, ids)
    reached = reaches(work, clinic_id, {recipient for _, recipient in expected})
    found: defaultdict[int, list[Recipient]] = defaultdict(list)
    for visit_id, recipient in expected:
        if recipient.kind == "patient" or reached[recipient].email:
            found[visit_id].append(recipient)
    return [(visit, found[visit.id]) for visit in visits]


def appointments(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[tuple[int, Recipient], Appointment]:
    """What everybody, and every piece of equipment, that is to be at scheduled ones of the visits knows of them."""
    ids = list(visit_ids)
    scheduled = VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), VisitRecord.status == "scheduled"
    patients = (
        select(VisitRecord.id, EnrollmentPatientRecord.patient_id, VisitRecord.starts_at, VisitRecord.ends_at,
               VisitRecord.room_id)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .where(*scheduled)
    )  # fmt: skip
    staff = (
        select(VisitRecord.id, VisitStaffRecord.staff_id, func.min(VisitStaffRecord.starts_at, type_=UtcTime),
               func.max(VisitStaffRecord.ends_at, type_=UtcTime), VisitRecord.room_id, RoomRecord.name)
        .join(VisitStaffRecord, VisitStaffRecord.visit_id == VisitRecord.id)
        .outerjoin(RoomRecord, RoomRecord.id == VisitRecord.room_id)
        .where(*scheduled, VisitStaffRecord.canceled_at.is_(None))
        .group_by(VisitRecord.id, VisitStaffRecord.staff_id, VisitRecord.room_id, RoomRecord.name)
    )  # fmt: skip
    found = {
        (visit_id, Recipient("patient", patient)): _appointment(start, end, room_id, "")
        for visit_id, patient, start, end, room_id in work.session.execute(patients)
    }
    for visit_id, person, start, end, room_id, room in work.session.execute(staff):
        found[visit_id, Recipient("staff", person)] = _appointment(start, end, room_id, room)
    return found


def _appointment(start: datetime, end: datetime, room_id: int | None, where: str | None) -> Appointment:
    return Appointment(start, end, VIDEO if room_id is None else where or "")


def revisions(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[int, int]:
    """The revision of each of the visits."""
    query = select(VisitRecord.id, VisitRecord.revision).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(visit_ids))
    )
    return {row.id: row.revision for row in work.session.execute(query)}


def reaches(work: Work, clinic_id: int, wanted: Iterable[Recipient]) -> dict[Recipient, Reach]:
    """How to reach each of the recipients; who is not (or no longer) the clinic's is left out."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for each in wanted:
        ids[each.kind].add(each.id)
    patients = select(PatientRecord.id, PatientRecord.email).where(
        PatientRecord.clinic_id == clinic_id, PatientRecord.id.in_(ids["patient"])
    )
    staff = select(StaffRecord.id, StaffRecord.email).where(
        StaffRecord.clinic_id == clinic_id, StaffRecord.id.in_(ids["staff"])
    )
    users = (
        select(UserRecord.id, UserRecord.email)
        .join(MembershipRecord, MembershipRecord.user_id == UserRecord.id)
        .where(
            MembershipRecord.clinic_id == clinic_id, UserRecord.id.in_(ids["user"]), UserRecord.disabled_at.is_(None)
        )
    )
    return {
        Recipient(kind, row[0]): Reach(row[1])
        for kind, query in (("patient", patients), ("staff", staff), ("user", users))
        if ids[kind]
        for row in work.session.execute(query)
    }


def visits_ahead(work: Work, clinic_id: int, now: datetime, staff_id: int | None = None) -> list[int]:
    """The scheduled visits that have not begun; all, or those at which a member of staff is to be."""
    query = select(VisitRecord.id).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.status == "scheduled", VisitRecord.starts_at > now
    )
    if staff_id is not None:
        theirs = select(VisitStaffRecord.visit_id).where(VisitStaffRecord.staff_id == staff_id)
        query = query.where(VisitRecord.id.in_(theirs.where(VisitStaffRecord.canceled_at.is_(None))))
    return list(work.session.scalars(query))
