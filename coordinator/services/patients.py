"""Patients: who is treated, how far along, and when next. Codes stand for names where names do not belong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries, feeds, patient_queries
from coordinator.store.patient_queries import ProgramRows, Progress
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work

PER_PAGE = 50
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Program:
    """One of a patient's programs. Visits are counted: attended, in the schedule, and in all by the protocol.

    `next_at` is naive clinic time.
    """

    enrollment_id: int
    code: str
    protocol: str
    status: str
    earliest: date
    attended: int
    scheduled: int
    total: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class PatientView:
    """A patient; an auditor sees the code in place of the name, and no way to reach them. Newest program first."""

    id: int
    code: str
    name: str
    email: str
    phone: str
    programs: tuple[Program, ...]

    @property
    def current(self) -> Program | None:
        """The program that matters most: one that runs, else one that waits or is paused, else the newest."""
        order = {"active": 0, "waiting": 1, "paused": 2}
        return min(self.programs, key=lambda each: order.get(each.status, 3), default=None)


@dataclass(frozen=True, slots=True)
class PatientList:
    """A page of patients."""

    patients: tuple[PatientView, ...]
    total: int
    page: int
    last_page: int


def list_patients(work: Work, actor: Actor, now: datetime, sought: str = "", page: int = 1) -> PatientList:
    """The patients whose name or code holds what is sought, or whose whole e-mail address it is, by name.

    Clinicians see those in whose programs they have a part.
    """
    page = max(page, 1)
    # An auditor must not find out names by searching for them.
    sought = "" if actor.access is Access.AUDITOR else sought.strip()
    first, only = (page - 1) * PER_PAGE, _treated_by(actor)
    records, total = patient_queries.page(work, actor.clinic_id, sought, first, PER_PAGE, only)
    found = _views(work, actor, now, records)
    audit.append(work, actor, now, "patient.list", "clinic", actor.clinic_id, {"patients": [each.id for each in found]})
    return PatientList(tuple(found), total, page, max(1, -(-total // PER_PAGE)))


def patient(work: Work, actor: Actor, now: datetime, patient_id: int) -> PatientView:
    """One patient with every program; raises NotFound, also for a clinician without a part in any."""
    record = patient_queries.one(work, actor.clinic_id, patient_id, _treated_by(actor))
    audit.append(work, actor, now, "patient.read", "patient", record.id)
    return _views(work, actor, now, [record])[0]


def add_patient(work: Work, actor: Actor, now: datetime, name: str, email: str, phone: str) -> int:
    """Adds a patient under the next free code and gives the id; raises InvalidInput beside a field."""
    _refuse_wrong(email, phone)
    clinics.lock(work, actor.clinic_id)
    record = enrollment_queries.add_patient(work, actor.clinic_id, now, name, email, phone)
    audit.append(work, actor, now, "patient.add", "patient", record.id, {"code": record.code})
    return record.id


def edit_patient(work: Work, actor: Actor, now: datetime, patient_id: int, name: str, email: str, phone: str) -> None:
    """Changes how a patient is called and reached; raises NotFound, and InvalidInput beside a field."""
    _refuse_wrong(email, phone)
    clinics.lock(work, actor.clinic_id)  # a publication raises the same feeds, in another order
    record = patient_queries.one(work, actor.clinic_id, patient_id)
    changed = [
        field
        for field, old, new in (
            ("name", record.name, name), ("email", record.email, email), ("phone", record.phone, phone)
        )
        if old != new
    ]  # fmt: skip
    record.name, record.email, record.phone = name, email, phone
    if "name" in changed:
        feeds.raise_all(work, actor.clinic_id, now)  # calendars of the higher privacy levels show it
    audit.append(work, actor, now, "patient.edit", "patient", record.id, {"changed": changed})


NOBODY = 0
"""A staff id that no row has."""


def _treated_by(actor: Actor) -> int | None:
    """Whose patients a reader sees: a clinician's own, everybody's for all others."""
    return (actor.staff_id or NOBODY) if actor.access is Access.CLINICIAN else None


def _refuse_wrong(email: str, phone: str) -> None:
    if email and not _ADDRESS.fullmatch(email):
        raise InvalidInput(f"“{email}” is no e-mail address. Write it as name@example.org, or leave it empty.", "email")
    if len(phone) > 40:
        raise InvalidInput("The phone number has more than 40 characters. Shorten it.", "phone")


def _views(work: Work, actor: Actor, now: datetime, records: Sequence[PatientRecord]) -> list[PatientView]:
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    rows = patient_queries.programs_of(work, actor.clinic_id, [each.id for each in records], _treated_by(actor))
    progress = patient_queries.progress_of(work, {each.enrollment.id for each in rows}, now)
    is_blind = actor.access is Access.AUDITOR
    return [
        PatientView(
            id=record.id,
            code=record.code,
            name=record.code if is_blind else record.name,
            email="" if is_blind else record.email,
            phone="" if is_blind else record.phone,
            programs=tuple(_program(each, progress, zone) for each in rows if each.patient_id == record.id),
        )
        for record in records
    ]


def _program(rows: ProgramRows, progress: dict[int, Progress], zone: ZoneInfo) -> Program:
    done = progress.get(rows.enrollment.id, Progress())
    return Program(
        enrollment_id=rows.enrollment.id,
        code=rows.enrollment.code,
        protocol=rows.protocol.name,
        status=rows.enrollment.status,
        earliest=rows.enrollment.earliest,
        attended=done.attended,
        scheduled=done.scheduled,
        total=len(rows.version.body["visits"]),
        next_at=local(done.next_at, zone) if done.next_at else None,
    )
