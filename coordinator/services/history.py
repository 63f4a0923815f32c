"""The history of a thing, from the audit log, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from coordinator.services.visit_cards import local
from coordinator.store import history
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work

WORDS = {
    "enrollment.add": "enrolled",
    "keys.rotate": "put contact fields under a new key",
    "patient.remove": "removed the patient, entered by mistake",
    "patient.expire": "erased the patient, as the clinic's rule says",
    "clinic.retention": "changed for how long patients are kept",
    "patient.add": "added the patient",
    "proposal.request": "asked for a plan",
    "proposal.cancel": "stopped the planning",
    "proposal.discard": "discarded the proposal",
    "proposal.publish": "published the proposal",
    "visit.publish": "published the visit",
    "visit.move": "moved the visit",
    "visit.change": "changed the visit",
    "visit.cancel": "canceled the visit",
    "visit.restore": "put the visit back",
    "visit.outcome": "recorded the outcome",
    "visit.outcome_undo": "took the outcome back",
    "repair.take_back": "took back what a repair had put down",
    "booking.change": "changed the booking",
    "gate.rules": "decided which gates stand before visits",
    "publication.undo": "undid a publication",
    "team.change": "changed the care team",
    "team.backup": "named who steps in",
    "contact.add": "added a contact",
    "contact.change": "changed a contact",
    "contact.end": "ended a contact",
    "visit.step": "noted",
    "visit.step_undo": "took back",
    "visit.late": "said it runs late",
    "visit.late_told": "told who waits",
    "gate.open": "opened the gate",
    "gate.shut": "shut the gate",
    "gate.no_go": "found a no-go",
    "enrollment.pause": "paused the program",
    "enrollment.resume": "resumed the program",
    "enrollment.extend": "extended the program",
    "enrollment.end": "ended the program early",
    "enrollment.finish": "finished the program",
    "enrollment.reopen": "opened the program again",
    "user.sign_in": "signed in",
    "user.sign_out": "signed out",
    "user.signed_out": "signed a user out",
    "user.sign_out_elsewhere": "signed out everywhere else",
    "user.add": "added a user",
    "user.disable": "kept a user out",
    "user.enable": "let a user in again",
    "user.access": "changed what a user may do",
    "user.password": "set a new password",
    "user.ask_recovery": "asked for a new password",
    "user.second_factor_on": "set up a second factor",
    "user.second_factor_off": "turned the second factor off",
    "user.second_factor_reset": "reset a lost second factor",
    "user.passkey_add": "added a passkey",
    "user.passkey_remove": "removed a passkey",
    "user.identity_add": "connected a sign-in provider",
    "user.identity_remove": "removed a sign-in provider",
    "user.recovery_codes": "made new recovery codes",
    "emergency.open": "opened the record in an emergency",
    "emergency.read": "looked at the record in an emergency",
    "emergency.close": "closed the record that was opened in an emergency",
    "emergency.review": "reviewed an emergency",
    "emergency.list": "looked at the emergencies",
    "emergency.miss": "sought a patient in an emergency, and missed",
    "clinic.sign_in_policy": "changed what is asked of those who sign in",
    "audit.read": "looked at the audit log",
    "audit.export": "exported the audit log",
    "feed.fetch": "was fetched by a calendar",
}
MANY = {
    "visit.publish": "published {} visits",
    "visit.move": "moved {} visits",
    "visit.change": "changed {} visits",
    "visit.cancel": "canceled {} visits",
    "visit.restore": "put {} visits back",
    "visit.outcome": "recorded {} outcomes",
}
"""Words for several entries of one act."""
TELLING = ("code", "visit", "start", "outcome", "status", "reason", "gate", "patient", "step", "valid_until", "latest")
"""The parts of an entry that are shown."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change: when (naive clinic time), who, what in words, and what of it is known."""

    at: datetime
    actor: str
    words: str
    detail: str


def lines(
    work: Work, clinic_id: int, zone: ZoneInfo, subjects: Mapping[str, Sequence[int]], most: int = 400
) -> tuple[HistoryLine, ...]:
    """The newest changes of things by kind and ids, the newest first."""
    entries = history.changes_of(work, clinic_id, subjects, most)
    return tuple(_group(list(group), zone) for _, group in groupby(entries, key=_together))


def _together(entry: AuditRecord) -> tuple[str, str, datetime]:
    """Entries of one act, such as the visits of one publication, follow each other and are shown as one line."""
    return entry.action, entry.actor, entry.at


def _group(entries: list[AuditRecord], zone: ZoneInfo) -> HistoryLine:
    first = entries[0]
    if len(entries) == 1 or first.action not in MANY:
        return _line(first, zone)
    return HistoryLine(local(first.at, zone), first.actor, MANY[first.action].format(len(entries)), "")


def _line(entry: AuditRecord, zone: ZoneInfo) -> HistoryLine:
    return HistoryLine(local(entry.at, zone), entry.actor, words_of(entry.action), _detail(entry))


def words_of(action: str) -> str:
    """What was done, as a reader says it."""
    subject, _, verb = action.replace("_", " ").partition(".")
    looked = {"read": f"looked at the {subject}", "list": f"looked at a list of {subject}s"}
    return WORDS.get(action) or looked.get(verb) or f"{subject}: {verb}"


def _detail(entry: AuditRecord) -> str:
    """What of an entry says something to a reader: a move's times, otherwise its plain words and codes."""
    before = entry.detail.get("from")
    if isinstance(before, dict) and before.get("start") and entry.detail.get("start"):
        return f"from {_at(before['start'])} to {_at(entry.detail['start'])}"
    return ", ".join(
        _at(value) if key == "start" else value.replace("_", " ")
        for key, value in entry.detail.items()
        if isinstance(value, str) and value and key in TELLING
    )


def _at(stamp: str) -> str:
    """2027-01-04T09:00 as Jan 4, 2027, 9:00 AM."""
    at = datetime.fromisoformat(stamp)
    return f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"
