"""Breaking the glass: a clinician opens the record of a patient who is not theirs, with a reason, for an hour.

Nobody is asked before, since there is no time; everything is said afterwards: mail to every administrator, an item on
the worklist until one of them has reviewed it, and the audit log. The record can be read, and nothing in it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.services import contacts, patients
from coordinator.services.contacts import Contact
from coordinator.services.patients import PatientView
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.store import audit, clinics, emergencies, patient_queries, users, visit_queries
from coordinator.store.emergencies import EmergencyRecord, EmergencyRows
from coordinator.store.unit_of_work import Work

LASTS = timedelta(hours=1)
LEAST_REASON, MOST_REASON = 10, 300
BACK, AHEAD = timedelta(days=14), timedelta(days=28)
MOST = 200
MISSED = "No patient has this whole name or code. Check the spelling; the try is in the log."


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that lies open. `until` is naive clinic time; visits are those about now, in order of time."""

    id: int
    until: datetime
    patient: PatientView
    contacts: tuple[Contact, ...]
    visits: tuple[VisitCard, ...]


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """One line of the list; times are naive clinic time. An auditor reads no reason, which may name somebody."""

    id: int
    who: str
    code: str
    reason: str
    opened: datetime
    ended: datetime
    is_open: bool
    reviewed: datetime | None


def open_record(work: Work, actor: Actor, now: datetime, sought: str, reason: str) -> int | None:
    """Opens the record of the patient of that whole name or code, and tells; the emergency's id.

    None where there is no such patient, which the log keeps. Raises InvalidInput for a reason that says nothing, for a
    name of several patients, and for a patient whom the actor sees anyway.
    """
    if not LEAST_REASON <= len(reason.strip()) <= MOST_REASON:
        raise InvalidInput(f"Say why in {LEAST_REASON} to {MOST_REASON} characters.", field="reason")
    found = emergencies.called(work, actor.clinic_id, sought)
    if not found:
        audit.append(work, actor, now, "emergency.miss", "clinic", actor.clinic_id)
        return None
    if len(found) > 1:
        raise InvalidInput("Several patients have this name. Type the code instead.", field="sought")
    (patient,) = found
    if _is_theirs(work, actor, patient.id):
        raise InvalidInput("This patient is yours: open the record from the list of patients.", field="sought")
    assert actor.user_id is not None
    standing = emergencies.standing(work, actor.user_id, patient.id, now)
    if standing is not None:
        return standing.id
    record = EmergencyRecord(
        clinic_id=actor.clinic_id, user_id=actor.user_id, patient_id=patient.id, reason=reason.strip(), opened_at=now,
        ends_at=now + LASTS,
    )  # fmt: skip
    work.session.add(record)
    work.session.flush()
    told = [each.user_id for each in users.administrators(work, actor.clinic_id)]
    emergencies.owe_mails(work, now, record.id, told)
    audit.append(work, actor, now, "emergency.open", "patient", patient.id, {"emergency": record.id})
    return record.id


def opened(work: Work, actor: Actor, now: datetime, emergency_id: int) -> Opened:
    """The record as it lies open to the actor; raises NotFound for anybody else's, and once the time is over."""
    record = _own(work, actor, emergency_id)
    if not record.is_open(now):
        raise NotFound("This record is closed.")
    reader = replace(actor, access=Access.COORDINATOR)  # to read with, in this function alone
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    patient = patients.patient(work, reader, now, record.patient_id)
    audit.append(work, actor, now, "emergency.read", "patient", record.patient_id, {"emergency": record.id})
    rows = [
        each
        for program in patient.programs
        for each in visit_queries.of_enrollment(work, actor.clinic_id, program.enrollment_id)
        if each.visit.status in visit_queries.HOLDING and now - BACK <= each.visit.starts_at <= now + AHEAD
    ]
    return Opened(
        id=record.id,
        until=local(record.ends_at, zone),
        patient=patient,
        contacts=contacts.of_patients(work, reader, [record.patient_id]).get(record.patient_id, ()),
        visits=tuple(sorted((card(each, reader, now, zone) for each in rows), key=lambda each: each.start)),
    )


def close(work: Work, actor: Actor, now: datetime, emergency_id: int) -> None:
    """Closes the record before its time; raises NotFound for anybody else's."""
    record = _own(work, actor, emergency_id)
    if record.is_open(now):
        record.closed_at = now
        audit.append(work, actor, now, "emergency.close", "patient", record.patient_id, {"emergency": record.id})


def listed(work: Work, actor: Actor, now: datetime) -> list[EmergencyView]:
    """The clinic's emergencies, the newest first."""
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    audit.append(work, actor, now, "emergency.list", "clinic", actor.clinic_id)
    return [_view(each, actor, now, zone) for each in emergencies.listed(work, actor.clinic_id, MOST)]


def review(work: Work, actor: Actor, now: datetime, emergency_id: int) -> None:
    """An administrator has looked at it; raises NotFound."""
    record = emergencies.get(work, actor.clinic_id, emergency_id)
    if record is None:
        raise NotFound("There is no such emergency.")
    if record.reviewed_at is None:
        record.reviewed_at, record.reviewed_by = now, actor.user_id
        audit.append(work, actor, now, "emergency.review", "patient", record.patient_id, {"emergency": record.id})


def _own(work: Work, actor: Actor, emergency_id: int) -> EmergencyRecord:
    record = emergencies.get(work, actor.clinic_id, emergency_id)
    if record is None or record.user_id != actor.user_id:
        raise NotFound("There is no such emergency.")
    return record


def _is_theirs(work: Work, actor: Actor, patient_id: int) -> bool:
    try:
        patient_queries.one(work, actor.clinic_id, patient_id, actor.staff_id or patients.NOBODY)
    except NotFound:
        return False
    return True


def _view(rows: EmergencyRows, actor: Actor, now: datetime, zone: ZoneInfo) -> EmergencyView:
    record = rows.record
    return EmergencyView(
        id=record.id,
        who=rows.user.name,
        code=rows.patient.code,
        reason="" if actor.access is Access.AUDITOR else record.reason,
        opened=local(record.opened_at, zone),
        ended=local(record.closed_at or record.ends_at, zone),
        is_open=record.is_open(now),
        reviewed=local(record.reviewed_at, zone) if record.reviewed_at else None,
    )
