"""When a notice falls due, when it stops being of use, and how long to wait before trying again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.telling import CHANGES

PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 30, 60))
"""Waits after the first, second, … failed try; the last one repeats."""

CHANGE_DELAY = timedelta(minutes=3)
"""How long after a publication people are told of it: that long it can be undone, or followed by more changes."""

MOST_DELAY = timedelta(minutes=9)
"""Changes that follow each other put a message off, but by no more than this in all."""

MOST_UNCERTAIN = 3
"""How often a mail may be repeated of which nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a clinic tells whom, and how long before: `audience` is patient or staff.

    `what` is visit_ahead, or one of `telling.CHANGES`, which are told CHANGE_DELAY after they are published.
    The time before is elapsed time, so “2 hours before” holds on the nights when clocks change.
    """

    code: str
    audience: str
    minutes_before: int
    what: str = "visit_ahead"
    channel: str = "mail"

    def due_at(self, start: datetime) -> datetime:
        """When the notice about something that starts then is to leave; aware, in the zone of `start`."""
        return start - timedelta(minutes=self.minutes_before)

    def is_owed(self, start: datetime, now: datetime) -> bool:
        """Whether a visit booked (or moved) at `now` still gets this notice: not once its time has passed."""
        return now <= self.due_at(start) < start


DEFAULT_RULES = (
    Rule("patient-48h", "patient", 48 * 60),
    Rule("patient-2h", "patient", 2 * 60),
    Rule("staff-48h", "staff", 48 * 60),
    Rule("staff-2h", "staff", 2 * 60),
    *(
        Rule(f"{audience}-{what.removeprefix('visit_')}", audience, 0, what)
        for audience in ("patient", "staff")
        for what in CHANGES
    ),
)
"""The rules that a new clinic begins with."""


def next_try(now: datetime, tries: int, expires_at: datetime) -> datetime:
    """When to try again after `tries` tries (1 or more), but no later than the moment it is of no use."""
    pause = PAUSES[min(tries, len(PAUSES)) - 1]
    return min(now + pause, expires_at)
