"""Puts the demo clinic's people down for their programs, through the same form as anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.services import enrollments, protocol_library
from coordinator.services.demo.furnish import Calendar
from coordinator.services.demo.own_protocol import CODE as AFTER_GROUP
from coordinator.services.demo.own_protocol import after_group
from coordinator.services.demo.programs import MOST_WEEKS, PROGRAMS, Program
from coordinator.services.enrollment_form import TypedEnrollment, TypedPatient
from coordinator.store import enrollment_queries
from coordinator.store.protocols import ProtocolRecord
from coordinator.store.unit_of_work import Work


def enroll(
    work: Work, actor: Actor, now: datetime, program: Program, calendar: Calendar, staff: Mapping[str, int]
) -> int:
    """Enrolls the program's people, whoever is new as a new patient; the enrollment's id."""
    earliest = calendar.day(-7 * program.weeks_ago)
    known = {each.name: each.id for each in enrollment_queries.patients(work, actor.clinic_id)}
    typed = TypedEnrollment(
        patients=tuple(_typed(name, known.get(name)) for name in program.people),
        protocol=str(_version(work, actor, now, program.protocol)),
        earliest=earliest.isoformat(),
        latest=(earliest + timedelta(weeks=MOST_WEEKS[program.protocol])).isoformat(),
        preferred=program.preferred,
        team={need: str(staff[code]) for need, code in program.team.items()},
    )
    return enrollments.enroll(work, actor, now, typed)


def _version(work: Work, actor: Actor, now: datetime, code: str) -> int:
    if code != AFTER_GROUP:
        return protocol_library.adopt(work, actor, now, code)
    for record, version in enrollment_queries.published_protocols(work, actor.clinic_id):
        if record.code == code:
            return version.id
    record = ProtocolRecord(template=None, source="This clinic's own.", evidence="")
    return protocol_library.add(work, actor, now, after_group(), record)


def _typed(name: str, patient_id: int | None) -> TypedPatient:
    if patient_id is not None:
        return TypedPatient(id=str(patient_id))
    mail = f"{name.lower().replace(' ', '.')}@example.org"
    return TypedPatient(name=name, email=mail, phone=f"206-555-01{_place(name):02d}")


def _place(name: str) -> int:
    return _everybody(PROGRAMS).index(name)


def _everybody(programs: Iterable[Program]) -> list[str]:
    return list(dict.fromkeys(name for program in programs for name in program.people))
