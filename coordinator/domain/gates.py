"""Gates: what must be true before a visit may go ahead, who sees to it, and by when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

GateKind = Literal["clearance", "labs", "consent", "fasting", "ride"]
GATE_KINDS: tuple[GateKind, ...] = get_args(GateKind)

Standing = Literal["open", "shut", "overdue", "missed"]
Verdict = Literal["go", "waiting", "no_go"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that must be so before a visit. `due_minutes` before the visit's start it should be open.

    `owner` is the role of work that sees to it, and `may_open` are the roles that may open it. `valid_days` is how old
    an opening may be at the visit: it then covers every visit of the program in that time. None: it is for one visit at
    one time. Why it is open or shut is not kept: this is no medical record.
    """

    kind: GateKind
    owner: str
    due_minutes: int
    may_open: tuple[str, ...]
    valid_days: int | None = None

    def due_at(self, visit_start: datetime) -> datetime:
        """When it should be open, for a visit that starts then."""
        return visit_start - timedelta(minutes=self.due_minutes)

    def standing(self, is_open: bool, visit_start: datetime, now: datetime) -> Standing:
        """Where it stands: a shut gate is overdue once it was due, and missed once the visit was to start."""
        if is_open:
            return "open"
        if now >= visit_start:
            return "missed"
        return "overdue" if now >= self.due_at(visit_start) else "shut"

    def opens_for(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles of work may open it."""
        return any(role in self.may_open for role in roles)

    def latest_validity(self, opened_on: date) -> date | None:
        """The last date that an opening made on a date may cover; None where it is for one visit."""
        return None if self.valid_days is None else opened_on + timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True)
class Opening:
    """A gate that somebody opened, for a visit that was to start then; it covers until a date, or that visit alone."""

    id: int
    kind: str
    visit_id: int
    visit_start: datetime
    opened_at: datetime
    opened_by: str
    valid_until: date | None
    patient_id: int | None = None

    def is_for(self, patient_id: int) -> bool:
        """Whether it counts for a patient of a group; None of `patient_id` counts for all of them."""
        return self.patient_id in (None, patient_id)

    def covers(self, gate: Gate, visit_id: int, visit_start: datetime, visit_day: date) -> bool:
        """Whether it opens a gate before a visit. What was for one visit holds no more once that visit is moved."""
        if gate.kind != self.kind:
            return False
        if gate.valid_days is None or self.valid_until is None:
            return (self.visit_id, self.visit_start) == (visit_id, visit_start)
        return visit_day <= self.valid_until


def newest_cover(
    gate: Gate, openings: Iterable[Opening], visit_id: int, visit_start: datetime, visit_day: date
) -> Opening | None:
    """The opening that opens a gate before a visit: the one that lasts longest, the newest of equal ones."""
    found = [each for each in openings if each.covers(gate, visit_id, visit_start, visit_day)]
    return max(found, key=lambda each: (each.valid_until or date.min, each.opened_at, each.id), default=None)


def verdict(all_open: bool, visit_start: datetime, now: datetime, no_go_minutes: int) -> Verdict:
    """Whether the visit goes ahead: *go* once every gate is open, *no-go* where one is shut at the set time before."""
    if all_open:
        return "go"
    return "no_go" if now >= visit_start - timedelta(minutes=no_go_minutes) else "waiting"


HOUR, DAY_BEFORE = 60, 24 * 60
NO_GO_MINUTES = 16 * HOUR
"""When a visit with a shut gate is a no-go, unless the clinic says otherwise: the afternoon before a morning visit."""

CLEARANCE = Gate("clearance", "physician", 2 * DAY_BEFORE, ("physician",), valid_days=28)
LABS = Gate("labs", "physician", 3 * DAY_BEFORE, ("physician", "nurse"), valid_days=28)
CONSENT = Gate("consent", "physician", DAY_BEFORE, ("physician", "therapist"), valid_days=120)
FASTING = Gate("fasting", "nurse", DAY_BEFORE, ("nurse", "physician", "therapist"))
RIDE = Gate("ride", "coordinator", DAY_BEFORE, ("coordinator", "therapist", "nurse"))
