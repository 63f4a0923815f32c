"""Patients who were entered by mistake, and those kept for as long as the clinic's rule says.

The row stays, under its code alone: visits that took place and the audit log, whose entries hold ids and codes but no
names, go on saying what they said, and the chain stays whole. Backups from before still hold the name until the last of
them is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.services import program_actions
from coordinator.store import audit, clinics, erasure, feeds, patient_queries
from coordinator.store.unit_of_work import Database, Work

KEPT = "patients_kept_years"
SET_AT = "patients_kept_set_at"
"""Their names among the clinic's settings."""

THINK_AGAIN = timedelta(days=1)
"""A rule that was just set erases nobody yet: it cannot be taken back afterwards."""

CHOICES = (0, 3, 5, 7, 10, 15)
"""Years that a clinic can choose from; 0 keeps everybody."""

YEAR = timedelta(days=365.25)
AT_ONCE = 100
"""Patients erased in one transaction."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How many years after the last program patients are kept (0: for good), and the codes of whom that is over for."""

    years: int
    due: tuple[str, ...] = ()


def remove_mistaken(work: Work, actor: Actor, now: datetime, patient_id: int) -> str:
    """Erases a patient who was entered by mistake, or twice, and gives the code; programs without visits end.

    Raises NotFound, and Conflict where there is a visit, a booking to come, or a group.
    """
    clinics.lock(work, actor.clinic_id)
    record = patient_queries.one(work, actor.clinic_id, patient_id)
    if held := erasure.holding(work, patient_id):
        raise Conflict(
            f"{record.code} has visits in {held}, so this is more than a mistaken entry. End that program first; where "
            "visits took place, the entry stays."
        )
    if group := erasure.shared(work, patient_id):
        raise Conflict(
            f"{record.code} belongs to the group {group}. End the group’s program and enroll the others anew."
        )
    if erasure.is_booked(work, patient_id, now):
        raise Conflict(f"{record.code} has a booking to come. Cancel it first.")
    for enrollment_id in erasure.living_programs(work, patient_id):
        program_actions.end(work, actor, now, enrollment_id)
    erasure.erase(work, record, now)
    audit.append(work, actor, now, "patient.remove", "patient", patient_id, {"code": record.code})
    return record.code


def rule(work: Work, actor: Actor, now: datetime) -> Rule:
    """The clinic's rule, and for whom it is due now."""
    years = _years(work, actor.clinic_id)
    found = erasure.due(work, actor.clinic_id, now - years * YEAR, AT_ONCE) if years else []
    return Rule(years, tuple(each.code for each in found))


def set_rule(work: Work, actor: Actor, now: datetime, years: int) -> None:
    """Sets for how many years patients are kept; raises InvalidInput for a number that cannot be chosen."""
    if years not in CHOICES:
        raise InvalidInput("Choose one of the times of the list.", "years")
    clinic = clinics.lock(work, actor.clinic_id)
    clinic.settings = {**clinic.settings, KEPT: years, SET_AT: now.isoformat()}
    audit.append(work, actor, now, "clinic.retention", "clinic", clinic.id, {"years": years})


def erase_due(database: Database, now: datetime) -> int:
    """Erases whoever a clinic's rule no longer keeps; how many."""
    with database.read() as work:
        kept = [(each, years) for each, _ in clinics.all_clinics(work) if (years := _in_force(work, each, now))]
        found = [each for each in kept if erasure.due(work, each[0], now - each[1] * YEAR, 1)]
    return sum(_erase(database, clinic_id, now, years) for clinic_id, years in found)


def _erase(database: Database, clinic_id: int, now: datetime, years: int) -> int:
    with database.write() as work:
        clinics.lock(work, clinic_id)
        found = erasure.due(work, clinic_id, now - years * YEAR, AT_ONCE)
        for record in found:
            erasure.erase(work, record, now)
            detail = {"code": record.code, "years": years}
            audit.append(work, system(clinic_id), now, "patient.expire", "patient", record.id, detail)
        feeds.raise_all(work, clinic_id, now)
    return len(found)


def _in_force(work: Work, clinic_id: int, now: datetime) -> int:
    """The years after which patients are to be erased now; 0 for none."""
    set_at = clinics.get(work, clinic_id).settings.get(SET_AT)
    is_new = set_at is None or now - datetime.fromisoformat(set_at) < THINK_AGAIN
    return 0 if is_new else _years(work, clinic_id)


def _years(work: Work, clinic_id: int) -> int:
    return int(clinics.get(work, clinic_id).settings.get(KEPT, 0))
