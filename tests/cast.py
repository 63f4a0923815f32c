"""A small clinic with people in it, the same in every test, written straight into the tables.

Ada coordinates Harbor Clinic, Ben is therapist there, and Cy coordinates another clinic, which must see nothing of it.
It is Monday morning, January 4, 2027, seven o'clock in Los Angeles. Nothing is published yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from coordinator.domain.actor import Access, Actor
from coordinator.store.clinics import found
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffHoursRecord, StaffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.users import MembershipRecord, UserRecord

NOW = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
SECRET = "a-secret-key-for-tests-only-0123456789"
PASSWORD = "correct horse battery staple"
# argon2id of PASSWORD, cheap on purpose
PASSWORD_HASH = "$argon2id$v=19$m=64,t=1,p=1$MLhdCdNH/eglKPm8+UD1jg$+xgARcdibSky1SIM35MIAtCKrbOiw/lu31Fz0BFcFbo"
WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
PROTOCOL: dict[str, Any] = {
    "id": "mini",
    "name": "One dosing visit and what surrounds it",
    "visits": [
        {"id": "p1", "kind": "preparation", "minutes": 60, "room": "therapy",
         "needs": [{"as": "lead", "role": "therapist"}]},
        {"id": "c1.d1", "course": 1, "kind": "dosing", "minutes": 120, "room": "dosing",
         "needs": [{"as": "lead", "role": "therapist"},
                   {"as": "supervisor", "role": "physician", "shared": True, "from": 0, "minutes": 30},
                   {"as": "supervisor", "role": "physician", "shared": True, "from": 90, "minutes": 30}]},
        {"id": "c1.i1", "course": 1, "kind": "integration", "minutes": 60, "room": None,
         "needs": [{"as": "lead", "role": "therapist"}]},
    ],
    "gaps": [{"from": "p1", "to": "c1.d1", "min_days": 1, "max_days": 7},
             {"from": "c1.d1", "to": "c1.i1", "min_days": 1, "max_days": 3, "ideal_days": 1}],
    "continuity": [{"as": "lead", "scope": "program", "hard": True}],
    "max_visits_per_day": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there. Staff and rooms are given by their row ids; `eve` is a physician who supervises two at once.

    `first` and `second` are enrollments in `mini` of one patient each, `pat` and `quinn`; both wait for a plan.
    """

    clinic_id: int
    other_clinic_id: int
    ada: Actor
    ben: Actor
    cy: Actor
    ben_staff: int
    dana_staff: int
    eve_staff: int
    dosing_1: int
    dosing_2: int
    therapy_1: int
    protocol_version: int
    pat: int
    quinn: int
    first: int
    second: int


def seat(database: Database, now: datetime = NOW) -> Cast:
    """Writes the clinic and the outsider's; gives the ids."""
    with database.write() as work:
        clinic = found(work, now, "Harbor Clinic", "America/Los_Angeles").id
        other = found(work, now, "Hill Clinic", "America/New_York").id
        ben = add_staff(work, clinic, "th-ben", "Ben Ito", ["therapist"])
        dana = add_staff(work, clinic, "th-dana", "Dana Roy", ["therapist"])
        eve = add_staff(work, clinic, "dr-eve", "Eve Okafor", ["physician"], supervises=2)
        version = add_protocol(work, clinic, PROTOCOL, now)
        pat = add_patient(work, clinic, "p01", "Pat Lee", now)
        quinn = add_patient(work, clinic, "p02", "Quinn Diaz", now)
        return Cast(
            clinic_id=clinic,
            other_clinic_id=other,
            ada=add_user(work, clinic, "ada@example.org", "Ada Moss", Access.COORDINATOR, now),
            ben=add_user(work, clinic, "ben@example.org", "Ben Ito", Access.CLINICIAN, now, ben),
            cy=add_user(work, other, "cy@example.org", "Cy Frost", Access.COORDINATOR, now),
            ben_staff=ben,
            dana_staff=dana,
            eve_staff=eve,
            dosing_1=add_room(work, clinic, "dosing-1", "Dosing room 1", ["dosing"], turnover=15),
            dosing_2=add_room(work, clinic, "dosing-2", "Dosing room 2", ["dosing"], turnover=15),
            therapy_1=add_room(work, clinic, "therapy-1", "Therapy room 1", ["therapy"]),
            protocol_version=version,
            pat=pat,
            quinn=quinn,
            first=add_enrollment(work, clinic, "e01", version, [pat], now),
            second=add_enrollment(work, clinic, "e02", version, [quinn], now),
        )


def add_user(
    work: Work, clinic: int, email: str, name: str, access: Access, now: datetime, staff: int | None = None
) -> Actor:
    """A user with PASSWORD, and the actor that the user is in the clinic."""
    user = UserRecord(email=email, name=name, password_hash=PASSWORD_HASH, created_at=now)
    work.session.add(user)
    work.session.flush()
    work.session.add(MembershipRecord(clinic_id=clinic, user_id=user.id, access=access, staff_id=staff))
    work.session.flush()
    return Actor(clinic, access, name, user.id, staff, "192.0.2.1")


def add_staff(work: Work, clinic: int, code: str, name: str, roles: list[str], supervises: int = 1) -> int:
    """A member of staff who works WEEK."""
    staff = StaffRecord(
        clinic_id=clinic,
        code=code,
        name=name,
        email=f"{code}@example.org",
        roles=roles,
        supervises=supervises,
        resource_id=new_resource(work, "person"),
    )
    work.session.add(staff)
    work.session.flush()
    hours = StaffHoursRecord(clinic_id=clinic, staff_id=staff.id, valid_from=date(2026, 1, 5), weekly=WEEK)
    work.session.add(hours)
    work.session.flush()
    return staff.id


def add_room(work: Work, clinic: int, code: str, name: str, kinds: list[str], seats: int = 1, turnover: int = 0) -> int:
    """A room that is always open."""
    room = RoomRecord(
        clinic_id=clinic,
        code=code,
        name=name,
        kinds=kinds,
        seats=seats,
        turnover_minutes=turnover,
        resource_id=new_resource(work, "room"),
    )
    work.session.add(room)
    work.session.flush()
    return room.id


def add_patient(work: Work, clinic: int, code: str, name: str, now: datetime) -> int:
    """A patient who can be reached by mail."""
    patient = PatientRecord(
        clinic_id=clinic,
        code=code,
        name=name,
        email=f"{code}@example.org",
        resource_id=new_resource(work, "patient"),
        created_at=now,
    )
    work.session.add(patient)
    work.session.flush()
    return patient.id


def add_protocol(work: Work, clinic: int, body: dict[str, Any], now: datetime) -> int:
    """A published version of a protocol."""
    protocol = ProtocolRecord(clinic_id=clinic, code=body["id"], name=body["name"])
    work.session.add(protocol)
    work.session.flush()
    version = ProtocolVersionRecord(clinic_id=clinic, protocol_id=protocol.id, number=1, body=body, published_at=now)
    work.session.add(version)
    work.session.flush()
    return version.id


def add_enrollment(work: Work, clinic: int, code: str, version: int, patients: list[int], now: datetime) -> int:
    """An enrollment that waits for a plan, from January 4 to March 26, 2027."""
    enrollment = EnrollmentRecord(
        clinic_id=clinic,
        code=code,
        protocol_version_id=version,
        earliest=date(2027, 1, 4),
        latest=date(2027, 3, 26),
        created_at=now,
    )
    work.session.add(enrollment)
    work.session.flush()
    for patient in patients:
        work.session.add(EnrollmentPatientRecord(clinic_id=clinic, enrollment_id=enrollment.id, patient_id=patient))
    work.session.flush()
    return enrollment.id
