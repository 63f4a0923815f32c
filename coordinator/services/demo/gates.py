"""The demo clinic's gates: what comes next is open, but for two gates of the visits after today: these wait."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor, system
from coordinator.services import gates
from coordinator.services.gate_lines import GateLine
from coordinator.store import timeline_queries
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work

SHUT = ("ride", "consent", "clearance", "labs")
"""Of the next two visits after today, and of a group's, the first of these is left shut."""
LASTING = "consent"
"""This was opened long ago wherever a program runs. What waits for a group waits for its last patient alone."""


def open_gates(work: Work, clinic_id: int, midnight: datetime) -> None:
    """Opens every gate before the visits of today and of the next day that has any, by those who may."""
    staff = {each.id: each for each in timeline_queries.staff(work, clinic_id)}
    visits = gates.coming(work, system(clinic_id), midnight)
    later = [each for each in visits if each.starts_at >= midnight + timedelta(days=1)]
    near = [each for each in visits if each not in later or each.start.date() == later[0].start.date()]
    spared = dict(zip([each.id for each in later], (SHUT, SHUT[1:]), strict=False))
    for group in [each for each in later if each in near and each.lines[0].patients][:1]:
        spared.setdefault(group.id, SHUT)
    for visit in visits:
        kinds = [each.kind for each in visit.lines]
        shut = next((kind for kind in spared.get(visit.id, ()) if kind in kinds), "")
        wanted = [kind for kind in kinds if kind != shut] if visit in near else [LASTING]
        _open(work, clinic_id, visit.id, midnight, wanted, staff.values(), but_one=shut if visit in near else "")


def _open(
    work: Work,
    clinic_id: int,
    visit_id: int,
    midnight: datetime,
    kinds: Collection[str],
    staff: Collection[StaffRecord],
    *,
    but_one: str,
) -> None:
    """Opens gates of these kinds, and one of a group for all but the last patient."""
    visit = gates.gated_visit(work, system(clinic_id), midnight, visit_id)
    for line in visit.shut:
        if line.kind in kinds:
            at = min(line.due_at, midnight) - timedelta(hours=8)
            gates.open_gate(work, _opener(clinic_id, line, staff), at, visit.id, line.kind)
        for patient in line.patients[:-1] if line.kind == but_one else ():
            at = midnight - timedelta(hours=8)
            opener = _opener(clinic_id, line, staff)
            gates.open_gate(work, opener, at, visit.id, line.kind, patient_id=patient.patient_id)


def _opener(clinic_id: int, line: GateLine, staff: Collection[StaffRecord]) -> Actor:
    """Somebody at the visit who may open it, or the coordinator."""
    person = next(
        (each for each in staff if each.id in line.staff and not set(line.may_open).isdisjoint(each.roles)), None
    )
    if person is None:
        return Actor(clinic_id, Access.COORDINATOR, "Iris Hollander")
    return Actor(clinic_id, Access.CLINICIAN, person.name, staff_id=person.id)
