"""The history of a thing, from the audit log, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.services.visit_cards import local
from coordinator.store import history
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work

WORDS = {
    "enrollment.add": "enrolled",
    "patient.add": "added the patient",
    "proposal.request": "asked for a plan",
    "proposal.cancel": "stopped the planning",
    "proposal.discard": "discarded the proposal",
    "proposal.publish": "published the proposal",
    "visit.publish": "published the visit",
    "visit.move": "moved the visit",
    "visit.change": "changed the visit",
    "visit.cancel": "canceled the visit",
    "visit.outcome": "recorded the outcome",
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change: when (naive clinic time), who, what in words, and what of it is known."""

    at: datetime
    actor: str
    words: str
    detail: str


def lines(
    work: Work, clinic_id: int, zone: ZoneInfo, subjects: Mapping[str, Sequence[int]], most: int = 100
) -> tuple[HistoryLine, ...]:
    """The newest changes of things by kind and ids, the newest first."""
    return tuple(_line(each, zone) for each in history.changes_of(work, clinic_id, subjects, most))


def _line(entry: AuditRecord, zone: ZoneInfo) -> HistoryLine:
    words = WORDS.get(entry.action) or entry.action.replace(".", ": ").replace("_", " ")
    return HistoryLine(local(entry.at, zone), entry.actor, words, _detail(entry))


def _detail(entry: AuditRecord) -> str:
    """The plain values of an entry, such as a code, a time or an outcome; lists and ids say nothing to a reader."""
    plain = [
        str(value).replace("T", " ").replace("_", " ")
        for key, value in entry.detail.items()
        if isinstance(value, str) and value and not key.endswith("_id")
    ]
    return ", ".join(plain)
