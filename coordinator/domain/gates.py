"""Gates: what must be true before a visit may go ahead, who sees to it, and by when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

GateKind = Literal["clearance", "labs", "consent", "fasting", "ride"]
GATE_KINDS: tuple[GateKind, ...] = get_args(GateKind)

Standing = Literal["open", "shut", "overdue", "missed"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that must be so before a visit. `due_minutes` before the visit's start it should be open.

    `owner` is the role of work that sees to it, and `may_open` are the roles that may open it. Why it is open or shut
    is not kept: this is no medical record.
    """

    kind: GateKind
    owner: str
    due_minutes: int
    may_open: tuple[str, ...]

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


HOUR, DAY_BEFORE = 60, 24 * 60

CLEARANCE = Gate("clearance", "physician", 2 * DAY_BEFORE, ("physician",))
LABS = Gate("labs", "physician", 3 * DAY_BEFORE, ("physician", "nurse"))
CONSENT = Gate("consent", "physician", DAY_BEFORE, ("physician", "therapist"))
FASTING = Gate("fasting", "nurse", 0, ("nurse", "physician", "therapist"))
RIDE = Gate("ride", "coordinator", DAY_BEFORE, ("coordinator", "therapist", "nurse"))
