"""The audit log's actions and details in words, for histories and for the log's own page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from coordinator.domain.spoken import clock
from coordinator.services.gate_lines import NAMES as GATES

WORDS = {
    "access.hold_back": "asked for more pages than a person reads, and was held back",
    "access.refuse": "was refused",
    "audit.export": "exported the audit log",
    "audit.read": "looked at the audit log",
    "booking.add": "booked",
    "booking.cancel": "canceled a booking",
    "booking.change": "changed the booking",
    "busy.add": "added a private calendar",
    "busy.read": "looked at private calendars",
    "busy.remove": "removed a private calendar",
    "clinic.export": "exported the clinic",
    "clinic.found": "founded the clinic",
    "clinic.go_live": "took the clinic over from sheets",
    "clinic.import": "imported the clinic",
    "clinic.open": "opened the clinic on a day",
    "clinic.retention": "changed for how long patients are kept",
    "clinic.sign_in_policy": "changed what is asked of those who sign in",
    "clinic.zone": "changed the clinic's time zone",
    "contact.add": "added a contact",
    "contact.change": "changed a contact",
    "contact.choose": "chose how to be told",
    "contact.end": "ended a contact",
    "contact.read": "looked at contacts",
    "contact.stop": "stopped text messages",
    "draft.change": "changed the draft",
    "draft.publish": "published the draft",
    "draft.read": "looked at the draft",
    "draft.remove": "took a change out of the draft",
    "emergency.close": "closed the record that was opened in an emergency",
    "emergency.list": "looked at the emergencies",
    "emergency.miss": "sought a patient in an emergency, and missed",
    "emergency.open": "opened the record in an emergency",
    "emergency.read": "looked at the record in an emergency",
    "emergency.review": "reviewed an emergency",
    "enrollment.add": "enrolled",
    "enrollment.adjust": "adjusted the enrollment",
    "enrollment.change": "changed the enrollment",
    "enrollment.end": "ended the program early",
    "enrollment.extend": "extended the program",
    "enrollment.finish": "finished the program",
    "enrollment.pause": "paused the program",
    "enrollment.read": "looked at the program",
    "enrollment.relax": "relaxed a wish of the enrollment",
    "enrollment.reopen": "opened the program again",
    "enrollment.resume": "resumed the program",
    "feed.add": "made a calendar feed",
    "feed.change": "changed a calendar feed",
    "feed.fetch": "was fetched by a calendar",
    "feed.policy": "decided what feeds may show",
    "feed.revoke": "ended a calendar feed",
    "feed.rotate": "gave a calendar feed a new address",
    "freed_time.read": "looked at who fits a freed time",
    "gate.list": "looked at the gates ahead",
    "gate.no_go": "found a no-go",
    "gate.open": "opened the gate",
    "gate.policy": "decided when a visit is a no-go",
    "gate.read": "looked at a visit's gates",
    "gate.rules": "decided which gates stand before visits",
    "gate.shut": "shut the gate",
    "hours.add": "added weekly hours",
    "hours.add_extra": "added extra hours",
    "hours.edit": "changed weekly hours",
    "hours.remove": "removed weekly hours",
    "hours.remove_extra": "removed extra hours",
    "insight.export": "exported figures of the insights",
    "insight.read": "looked at the insights",
    "invitation.answer": "answered an invitation",
    "invitations.off": "ended invitations by mail",
    "invitations.on": "asked for invitations by mail",
    "keys.exchange": "went on under a new secret key",
    "keys.rotate": "put contact fields under a new key",
    "note.add": "wrote a note",
    "note.list": "looked at notes",
    "note.read": "read notes",
    "note.remove": "removed a note",
    "notice.bounce": "noted that mail came back",
    "notice.list": "looked at the notices",
    "notice.read": "looked at a notice",
    "notice.retry": "sent a notice again",
    "notice_rule.off": "turned a notice rule off",
    "notice_rule.on": "turned a notice rule on",
    "notice_rule.remove": "removed a notice rule",
    "notice_rule.save": "saved a notice rule",
    "patient.add": "added the patient",
    "patient.edit": "changed the patient",
    "patient.expire": "erased the patient, as the clinic's rule says",
    "patient.list": "looked at a list of patients",
    "patient.read": "looked at the patient",
    "patient.remove": "removed the patient, entered by mistake",
    "patient_answer.give": "answered about a visit",
    "patient_answer.settle": "saw to a patient's answer",
    "proposal.cancel": "stopped the planning",
    "proposal.discard": "discarded the proposal",
    "proposal.hold": "held the times of a proposal",
    "proposal.publish": "published the proposal",
    "proposal.read": "looked at a proposal",
    "proposal.release": "let the times of a proposal go",
    "proposal.request": "asked for a plan",
    "proposal.store": "finished a plan",
    "protocol.convert": "wrote the protocol out visit by visit",
    "protocol.copy": "copied the protocol",
    "protocol.fit": "tried whether the protocol fits",
    "protocol.fit_stop": "stopped trying whether the protocol fits",
    "protocol.publish": "published the protocol",
    "publication.undo": "undid a publication",
    "repair.request": "asked for a repair",
    "repair.take_back": "took back what a repair had put down",
    "room.add": "added a room",
    "room.close": "closed a room for a time",
    "room.edit": "changed a room",
    "room.reopen": "took a room into use again",
    "room.retire": "retired a room",
    "search.list": "searched",
    "staff.add": "added somebody to the team",
    "staff.edit": "changed somebody of the team",
    "staff.leave": "noted that somebody left",
    "staff.return": "noted that somebody is back",
    "swap.accept": "took over a visit",
    "swap.decline": "declined to take over a visit",
    "swap.offer": "asked colleagues to cover a visit",
    "swap.read": "looked at a request to cover",
    "swap.withdraw": "took back a request to cover",
    "team.backup": "named who steps in",
    "team.change": "changed the care team",
    "team.preview": "looked at what a change of the care team would do",
    "team.read": "looked at the care team",
    "time_off.approved": "approved time off",
    "time_off.declined": "declined time off",
    "time_off.read": "looked at time off",
    "time_off.request": "asked for time off",
    "time_off.sick": "noted a sick call",
    "time_off.withdrawn": "withdrew time off",
    "user.access": "changed what a user may do",
    "user.add": "added a user",
    "user.ask_recovery": "asked for a new password",
    "user.change_clinic": "went to another clinic",
    "user.disable": "kept a user out",
    "user.enable": "let a user in again",
    "user.identity_add": "connected a sign-in provider",
    "user.identity_remove": "removed a sign-in provider",
    "user.invite": "invited a user",
    "user.passkey_add": "added a passkey",
    "user.passkey_remove": "removed a passkey",
    "user.password": "set a new password",
    "user.recovery_codes": "made new recovery codes",
    "user.remove": "removed a user",
    "user.second_factor_off": "turned the second factor off",
    "user.second_factor_on": "set up a second factor",
    "user.second_factor_reset": "reset a lost second factor",
    "user.sign_in": "signed in",
    "user.sign_out": "signed out",
    "user.sign_out_elsewhere": "signed out everywhere else",
    "user.signed_out": "signed a user out",
    "visit.cancel": "canceled the visit",
    "visit.change": "changed the visit",
    "visit.enter_held": "entered a visit that took place",
    "visit.late": "said it runs late",
    "visit.late_told": "told who waits",
    "visit.list": "looked at visits",
    "visit.move": "moved the visit",
    "visit.outcome": "recorded the outcome",
    "visit.outcome_undo": "took the outcome back",
    "visit.publish": "published the visit",
    "visit.read": "looked at a visit",
    "visit.restore": "put the visit back",
    "visit.step": "noted",
    "visit.step_undo": "took back",
    "waiting.outlook": "worked out when who waits could begin",
    "waiting.refresh": "asked anew when who waits could begin",
    "waiting.sooner": "found an earlier start for who waits",
    "what_if.request": "asked what more staff or rooms would do",
    "what_if.stop": "stopped working out a what-if",
}
_STAMP = re.compile(r"\d{4}-[01]\d-[0-3]\d(T[0-2]\d:[0-5]\d)?")
SHOWN = 6
"""As many members of a list are named; the others are counted."""


def words_of(action: str) -> str:
    """What was done, as a reader says it."""
    subject, _, verb = action.replace("_", " ").partition(".")
    looked = {"read": f"looked at the {subject}", "list": f"looked at a list of {subject}s"}
    return WORDS.get(action) or looked.get(verb) or f"{subject}: {verb}"


def detail_words(detail: Mapping[str, Any]) -> str:
    """All that an entry says beside its action: “gate: consent signed, valid until: Mar 25, 2027”."""
    told = ((name.replace("_", " "), value_words(value, name)) for name, value in detail.items())
    return ", ".join(f"{name}: {words}" for name, words in told if words)


def value_words(value: Any, name: str = "") -> str:
    """A detail's value as people read it; "" where it says nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{str(key).replace('_', ' ')} {value_words(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return _listed([value_words(each) for each in value])
    return GATES.get(str(value), str(value)) if name == "gate" else _time_words(str(value))


def _listed(parts: Iterable[str]) -> str:
    known = [each for each in parts if each]
    more = len(known) - SHOWN
    return ", ".join(known[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _time_words(text: str) -> str:
    """2027-01-04T09:00 as Jan 4, 2027, 9:00 AM, and 2027-01-04 as Jan 4, 2027; other text as it is."""
    if not _STAMP.fullmatch(text):
        return text
    at = datetime.fromisoformat(text)
    said = f"{at:%b} {at.day}, {at.year}"
    return f"{said}, {clock(at)}" if "T" in text else said
