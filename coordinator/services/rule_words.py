"""Broken rules as people read them: a visit by its title and patient's code, where the rule says its id."""

from __future__ import annotations

import re

from coordinator.domain.snapshot import Snapshot
from coordinator.domain.violation import Violation
from coordinator.services.visit_cards import visit_title

_LABEL = re.compile(r"([\w-]+)/([\w-]+(?:\.[\w-]+)*)(?: at \d{4}-\d\d-\d\d \d\d:\d\d)?")
"""A visit as the rules name it: enrollment, visit and, most often, when."""


def plainly(violation: Violation, snapshot: Snapshot) -> str:
    """The violation's sentence with “It” for its own visit; other programs' visits are named by patient."""
    bare = without_own(violation)
    text = _LABEL.sub(lambda found: _named(found, violation.enrollment, snapshot), bare)
    return f"It {text}" if bare != violation.message else text[:1].upper() + text[1:]


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
