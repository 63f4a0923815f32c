"""Whom outside the clinic a patient lets be told what: primary care, psychiatrist, family, guardian, interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidForm, NotFound
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, patient_queries
from coordinator.store import contacts as store
from coordinator.store.contacts import ContactRecord
from coordinator.store.unit_of_work import Work

KINDS = {
    "primary_care": "Primary care",
    "psychiatrist": "Psychiatrist",
    "family": "Family",
    "guardian": "Guardian",
    "interpreter": "Interpreter",
}
TOPICS = {
    "times": "Times of visits, and changes",
    "ride": "When to pick up after a visit",
    "attendance": "Whether the patient came",
    "team": "Who is in the care team",
}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as pages show it; an auditor sees neither name nor how to reach them."""

    id: int
    patient_id: int
    kind: str
    name: str
    phone: str
    email: str
    told: tuple[str, ...]
    agreed_on: date | None


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What the form says."""

    kind: str
    name: str
    phone: str
    email: str
    told: tuple[str, ...]
    agreed_on: date | None


def of_patients(work: Work, actor: Actor, patient_ids: Iterable[int]) -> dict[int, tuple[Contact, ...]]:
    """The contacts of each patient, whom the caller has found that the actor may see."""
    found = store.of_patients(work, actor.clinic_id, patient_ids)
    return {key: tuple(_contact(each, actor) for each in records) for key, records in found.items()}


def contact(work: Work, actor: Actor, now: datetime, patient_id: int, contact_id: int) -> Contact:
    """One contact, to be changed; raises NotFound."""
    audit.append(work, actor, now, "contact.read", "patient", patient_id)
    return _contact(_one(work, actor, patient_id, contact_id), actor)


def add(work: Work, actor: Actor, now: datetime, patient_id: int, details: ContactDetails) -> int:
    """Adds a contact and gives its id; raises NotFound, and InvalidForm."""
    patient_queries.one(work, actor.clinic_id, patient_id)
    _refuse_wrong(work, actor, now, details)
    record = ContactRecord(clinic_id=actor.clinic_id, patient_id=patient_id)
    _fill(record, details)
    contact_id = store.add(work, record)
    _note(work, actor, now, "contact.add", record)
    return contact_id


def change(work: Work, actor: Actor, now: datetime, patient_id: int, contact_id: int, details: ContactDetails) -> None:
    """Changes a contact; raises as `add`."""
    record = _one(work, actor, patient_id, contact_id)
    _refuse_wrong(work, actor, now, details)
    _fill(record, details)
    _note(work, actor, now, "contact.change", record)


def end(work: Work, actor: Actor, now: datetime, patient_id: int, contact_id: int) -> None:
    """Ends a contact: they are told nothing any more. Raises NotFound."""
    record = _one(work, actor, patient_id, contact_id)
    record.ended_at = now
    _note(work, actor, now, "contact.end", record)


def _one(work: Work, actor: Actor, patient_id: int, contact_id: int) -> ContactRecord:
    found = store.one(work, actor.clinic_id, patient_id, contact_id)
    if found is None:
        raise NotFound("There is no such contact.")
    return found


def _contact(record: ContactRecord, actor: Actor) -> Contact:
    is_auditor = actor.access is Access.AUDITOR
    return Contact(
        id=record.id,
        patient_id=record.patient_id,
        kind=record.kind,
        name=KINDS[record.kind] if is_auditor else record.name,
        phone="" if is_auditor else record.phone,
        email="" if is_auditor else record.email,
        told=tuple(record.may_be_told),
        agreed_on=record.agreed_on,
    )


def _fill(record: ContactRecord, details: ContactDetails) -> None:
    record.kind, record.name = details.kind, details.name
    record.phone, record.email = details.phone, details.email
    record.may_be_told, record.agreed_on = list(details.told), details.agreed_on if details.told else None


def _refuse_wrong(work: Work, actor: Actor, now: datetime, details: ContactDetails) -> None:
    wrong = {}
    if details.email and not _ADDRESS.fullmatch(details.email):
        wrong["email"] = "This is no e-mail address. Write it like name@example.org, or leave it empty."
    today = local(now, zone_named(clinics.get(work, actor.clinic_id).timezone)).date()
    if details.told and details.agreed_on is None:
        wrong["agreed_on"] = "Say when the patient agreed to this, or let the contact be told nothing."
    elif details.agreed_on and details.agreed_on > today:
        wrong["agreed_on"] = "This day is still to come. Choose the day on which the patient agreed."
    if wrong:
        raise InvalidForm(wrong)


def _note(work: Work, actor: Actor, now: datetime, action: str, record: ContactRecord) -> None:
    detail = {"contact": record.id, "kind": record.kind, "may_be_told": list(record.may_be_told)}
    audit.append(work, actor, now, action, "patient", record.patient_id, detail)
