"""Visits as pages show them: in clinic time, with names, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import from_utc, wall_clock
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.visit_queries import VisitRows
from coordinator.store.visits import VisitStaffRecord

_NUMBERED = re.compile(r"(?:c\d+\.)?[a-z_-]*?(\d+)[a-z]?$")


@dataclass(frozen=True, slots=True)
class PersonPart:
    """Somebody's part in a visit; clinic time."""

    staff_id: int
    name: str
    need: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class VisitCard:
    """One attempt at a visit. Times are naive clinic time; `room` None is by video.

    `stage` is the status as seen now: scheduled becomes upcoming, now, or over (it ended without an outcome).
    """

    id: int
    enrollment_id: int
    program: str
    who: str
    code: str
    title: str
    kind: str
    course: int | None
    start: datetime
    end: datetime
    room_id: int | None
    room: str | None
    people: tuple[PersonPart, ...]
    status: str
    stage: str
    attempt: int
    revision: int
    is_mine: bool


def card(rows: VisitRows, actor: Actor, now: datetime, zone: ZoneInfo) -> VisitCard:
    """What a page shows of a visit; an auditor sees codes in place of names."""
    visit = rows.visit
    return VisitCard(
        id=visit.id,
        enrollment_id=visit.enrollment_id,
        program=rows.enrollment.code,
        who=who(rows.enrollment, rows.patients, actor),
        code=visit.code,
        title=visit_title(visit.kind, visit.code, visit.course),
        kind=visit.kind,
        course=visit.course,
        start=local(visit.starts_at, zone),
        end=local(visit.ends_at, zone),
        room_id=visit.room_id,
        room=rows.room.name if rows.room else None,
        people=tuple(_part(part, person, zone) for part, person in rows.people),
        status=visit.status,
        stage=stage(visit.status, visit.starts_at, visit.ends_at, now),
        attempt=visit.attempt,
        revision=visit.revision,
        is_mine=any(person.id == actor.staff_id for _, person in rows.people),
    )


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The naive clinic time of a moment, to be shown."""
    return wall_clock(from_utc(moment, zone))


def who(enrollment: EnrollmentRecord, patients: list[PatientRecord], actor: Actor) -> str:
    """The patient by code and name, or the group by its program's code and size."""
    if len(patients) > 1:
        return f"Group {enrollment.code} ({len(patients)} people)"
    if not patients:
        return enrollment.code
    return patients[0].code if actor.access is Access.AUDITOR else f"{patients[0].code} {patients[0].name}".strip()


def visit_title(kind: str, code: str, course: int | None) -> str:
    """A visit in words: “Dosing 3, course 2” for c2.d3."""
    name = kind.replace("_", " ").replace("-", " ").capitalize()
    numbered = _NUMBERED.search(code)
    count = f" {numbered[1]}" if numbered else ""
    return f"{name}{count}, course {course}" if course is not None else f"{name}{count}"


def stage(status: str, starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """A status as it is seen now."""
    if status != "scheduled":
        return status
    if now < starts_at:
        return "upcoming"
    return "now" if now < ends_at else "over"


def _part(part: VisitStaffRecord, person: StaffRecord, zone: ZoneInfo) -> PersonPart:
    return PersonPart(person.id, person.name, part.need, local(part.starts_at, zone), local(part.ends_at, zone))
