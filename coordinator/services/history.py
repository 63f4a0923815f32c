"""The history of a thing, from the audit log, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from coordinator.services.audit_words import value_words, words_of
from coordinator.services.visit_cards import local
from coordinator.store import history
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work

MANY = {
    "visit.publish": "published {} visits",
    "visit.move": "moved {} visits",
    "visit.change": "changed {} visits",
    "visit.cancel": "canceled {} visits",
    "visit.restore": "put {} visits back",
    "visit.outcome": "recorded {} outcomes",
}
"""Words for several entries of one act."""
MOST = 400
TELLING = ("code", "start", "outcome", "status", "reason", "gate", "patient", "step", "valid_until", "latest")
"""The parts of an entry that are shown."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change: when (naive clinic time), who, what in words, and what of it is known."""

    at: datetime
    actor: str
    words: str
    detail: str


def lines(
    work: Work, clinic_id: int, zone: ZoneInfo, subjects: Mapping[str, Sequence[int]], titles: Mapping[int, str]
) -> tuple[HistoryLine, ...]:
    """The newest changes of things by kind and ids, the newest first; `titles` say which visit is meant, by its id."""
    entries = history.changes_of(work, clinic_id, subjects, MOST)
    return tuple(_group(list(group), zone, titles) for _, group in groupby(entries, key=_together))


def _together(entry: AuditRecord) -> tuple[str, str, datetime]:
    """Entries of one act, such as the visits of one publication, follow each other and are shown as one line."""
    return entry.action, entry.actor, entry.at


def _group(entries: list[AuditRecord], zone: ZoneInfo, titles: Mapping[int, str]) -> HistoryLine:
    first = entries[0]
    if len(entries) == 1 or first.action not in MANY:
        return HistoryLine(local(first.at, zone), first.actor, words_of(first.action), _detail(first, titles))
    return HistoryLine(local(first.at, zone), first.actor, MANY[first.action].format(len(entries)), "")


def _detail(entry: AuditRecord, titles: Mapping[int, str]) -> str:
    """What of an entry says something to a reader: which visit, a move's times, otherwise its plain words and codes."""
    which = [titles.get(int(entry.subject_id), "")] if entry.subject_kind == "visit" else []
    before = entry.detail.get("from")
    if isinstance(before, dict) and before.get("start") and entry.detail.get("start"):
        said = [f"from {value_words(before['start'])} to {value_words(entry.detail['start'])}"]
    else:
        said = [
            value_words(value, key).replace("_", " ")
            for key, value in entry.detail.items()
            if isinstance(value, str) and key in TELLING
        ]
    return ", ".join(filter(None, [*which, *said]))
