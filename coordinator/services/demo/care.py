"""The demo clinic's care teams: who steps in, and whom outside the clinic a patient lets be told what."""

from __future__ import annotations

from collections.abc import Mapping

from coordinator.domain.actor import Actor
from coordinator.services import care_team, contacts
from coordinator.services.contacts import ContactDetails
from coordinator.services.demo.furnish import Calendar
from coordinator.store import enrollment_queries, visit_queries
from coordinator.store.unit_of_work import Work

STEPS_IN = {
    "lead": ("th-samuel", "th-maya"),
    "co": ("th-jonah", "th-tomas"),
    "physician": ("dr-henry", "dr-lucia"),
    "supervisor": ("dr-henry", "dr-lucia"),
    "diet": ("nu-omar", "nu-beth"),
    "nurse": ("rn-daniel", "rn-ruth"),
}
"""For each need who steps in, and who does where the first is in that place already."""

OUTSIDE = (
    ("primary_care", "Dr. Alan Whitmore", "206-555-0171", ("times", "team")),
    ("family", "Sister", "206-555-0172", ("ride",)),
    ("psychiatrist", "Dr. Ines Calder", "206-555-0173", ("times", "attendance")),
    ("guardian", "Mother", "206-555-0174", ("times", "ride", "attendance")),
    ("interpreter", "Bao Tran", "206-555-0175", ("times",)),
    ("family", "Brother", "206-555-0176", ()),
)
"""Kind, name, phone and what each may be told. The first patients have two each, as far as these go."""
PATIENTS = 12


def add_care(work: Work, actor: Actor, calendar: Calendar, staff: Mapping[str, int]) -> None:
    """Names who steps in for every running program, and adds contacts to the first patients of them."""
    now = calendar.midnight(-1)
    seen: list[int] = []
    for rows in enrollment_queries.listed(work, actor.clinic_id, status="active"):
        team = care_team.care_team(work, actor, now, rows.enrollment.id)
        wanted = {
            member.need: next((staff[code] for code in STEPS_IN[member.need] if staff[code] != member.pinned_id), None)
            for member in team.members
            if member.need in STEPS_IN
        }
        care_team.set_backups(work, actor, now, rows.enrollment.id, wanted)
        seen += [each.id for each in visit_queries.patients_of(work, [rows.enrollment.id])[rows.enrollment.id]]
    for number, patient_id in enumerate(list(dict.fromkeys(seen))[:PATIENTS]):
        for offset in (0, 1):
            _add(work, actor, patient_id, OUTSIDE[(number + offset) % len(OUTSIDE)], calendar)


def _add(
    work: Work, actor: Actor, patient_id: int, outside: tuple[str, str, str, tuple[str, ...]], calendar: Calendar
) -> None:
    kind, name, phone, told = outside
    details = ContactDetails(kind, name, phone, "", told, calendar.day(-21) if told else None)
    contacts.add(work, actor, calendar.midnight(0), patient_id, details)
