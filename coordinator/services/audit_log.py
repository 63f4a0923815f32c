"""The audit log on its screen: who did what, when and from where; filters, export, and whether the chain is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.exchange.csv_writing import write_csv
from coordinator.services.audit_things import Things, named_detail, subject_words, things_of
from coordinator.services.audit_words import detail_words, words_of
from coordinator.services.visit_cards import local
from coordinator.store import audit, audit_log, clinics
from coordinator.store.audit import AuditRecord, Verified
from coordinator.store.audit_log import Wanted
from coordinator.store.unit_of_work import Work

PAGE = 100
LONGEST = 300
PART = 20_000
"""Entries verified in one go: about a second's work."""

WHAT = ("", "changes", "reads")
COLUMNS = ("number", "at (UTC)", "who", "from", "action", "thing", "id", "detail", "seal")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked for; days are the clinic's, both included."""

    user_id: int | None = None
    kind: str = ""
    subject: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: `at` is naive clinic time, `words` what was done, `subject` to what."""

    number: int
    at: datetime
    actor: str
    address: str
    words: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log. `older` is where the next page begins, None on the last."""

    lines: tuple[Line, ...]
    older: int | None
    people: tuple[tuple[int, str], ...]
    kinds: tuple[str, ...]


def log(work: Work, actor: Actor, now: datetime, wanted: Filter, before: int | None = None) -> Log:
    """The newest entries that the filter lets through, below number `before`. Reading the log is in the log, too."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    found = audit_log.entries(work, actor.clinic_id, _wanted(work, actor, wanted), before=before, most=PAGE + 1)
    things = things_of(work, actor.clinic_id, found[:PAGE])
    audit.append(work, actor, now, "audit.read", "audit", actor.clinic_id, _asked(wanted))
    return Log(
        lines=tuple(_line(each, local(each.at, zone), things) for each in found[:PAGE]),
        older=found[PAGE - 1].number if len(found) > PAGE else None,
        people=tuple(audit_log.people(work, actor.clinic_id)),
        kinds=tuple(audit_log.subject_kinds(work, actor.clinic_id)),
    )


def export(work: Work, actor: Actor, now: datetime, wanted: Filter) -> Iterator[str]:
    """The filtered log as lines of CSV, the oldest entry first, each with its seal; the export is in the log, too."""
    audit.append(work, actor, now, "audit.export", "audit", actor.clinic_id, _asked(wanted))
    entries = audit_log.all_entries(work, actor.clinic_id, _wanted(work, actor, wanted))
    return write_csv(COLUMNS, (_row(each) for each in entries))


def verified(work: Work, actor: Actor, after: int) -> Verified:
    """Follows the next part of the clinic's chain."""
    return audit.verify_part(work, actor.clinic_id, after, PART)


def _wanted(work: Work, actor: Actor, asked: Filter) -> Wanted:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    return Wanted(
        user_id=asked.user_id,
        subject_kind=asked.kind,
        subject_id=asked.subject,
        what=asked.what,
        since=midnight_utc(asked.since, zone) if asked.since else None,
        until=midnight_utc(asked.until + timedelta(days=1), zone) if asked.until else None,
    )


def _asked(wanted: Filter) -> Mapping[str, Any]:
    asked = {"user": wanted.user_id, "kind": wanted.kind, "subject": wanted.subject, "what": wanted.what}
    days = {name: day.isoformat() for name, day in (("since", wanted.since), ("until", wanted.until)) if day}
    return {name: value for name, value in asked.items() if value} | days


def _line(entry: AuditRecord, at: datetime, things: Things) -> Line:
    return Line(
        entry.number,
        at,
        entry.actor,
        entry.address,
        words_of(entry.action),
        subject_words(entry, things),
        _short(detail_words(named_detail(entry, things))),
    )


def _short(told: str) -> str:
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"


def _row(entry: AuditRecord) -> tuple[object, ...]:
    return (
        entry.number, entry.at.isoformat(timespec="seconds"), entry.actor, entry.address, entry.action,
        entry.subject_kind, entry.subject_id, json.dumps(entry.detail, ensure_ascii=False, sort_keys=True), entry.mac,
    )  # fmt: skip
