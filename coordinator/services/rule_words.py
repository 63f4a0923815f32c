"""Broken rules as people read them: visits by title and code of the patient, days and lengths in words, no ids."""

from __future__ import annotations

import re
from datetime import date, datetime

from coordinator.domain.snapshot import Snapshot
from coordinator.domain.spoken import clock, duration, short_day
from coordinator.domain.violation import Violation
from coordinator.services.visit_cards import visit_title

_LABEL = re.compile(r"([\w-]+)/([\w-]+(?:\.[\w-]+)*)(?: at \d{4}-\d\d-\d\d \d\d:\d\d)?")
"""A visit as the rules name it: enrollment, visit and, most often, when."""
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?")
_MINUTES = re.compile(r"\b(\d+) minutes\b")


def plainly(violation: Violation, snapshot: Snapshot, *, by_name: bool = False) -> str:
    """The violation's sentence with “It” for its own visit; other programs' visits are named by patient.

    With `by_name` its own visit is named, too: for a sentence that stands beside several.
    """
    bare = violation.message if by_name else without_own(violation)
    text = _LABEL.sub(lambda found: _named(found, "" if by_name else violation.enrollment, snapshot), bare)
    text = _MINUTES.sub(lambda found: duration(int(found[1])), _STAMP.sub(_moment, text))
    if bare != violation.message:
        return f"It {text}"
    return text if _LABEL.match(bare) else text[:1].upper() + text[1:]


def without_own(violation: Violation) -> str:
    """The violation's sentence as the rules say it, without the name of its own visit in front."""
    own = _LABEL.match(violation.message)
    if own is None or (own[1], own[2]) != (violation.enrollment, violation.visit):
        return violation.message
    return violation.message[own.end() :].lstrip()


def _named(found: re.Match[str], own: str, snapshot: Snapshot) -> str:
    entry = snapshot.by_code.get(found[1])
    visit = None if entry is None else snapshot.protocol_visits[entry.enrollment.protocol].get(found[2])
    if entry is None or visit is None:
        return found[0]
    title = visit_title(visit.kind, visit.id, None)
    course = f" (course {visit.course})" if visit.course is not None else ""
    whose = "" if entry.code == own else f"{' and '.join(entry.patients) if len(entry.patients) < 3 else entry.code}: "
    return f"{whose}{title}{course}"


def _moment(found: re.Match[str]) -> str:
    """“Thu, Jan 7”, “Thu, Jan 7, 9:00 AM”; a day's end is its midnight."""
    day = short_day(date.fromisoformat(found[1]))
    if found[2] is None:
        return day
    return f"{day}, midnight" if found[2] == "24:00" else f"{day}, {clock(datetime.strptime(found[2], '%H:%M'))}"
