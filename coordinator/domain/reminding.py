"""When a notice falls due, when it stops being of use, and how long to wait before trying again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.telling import CANCELED, CHANGED, CHANGES

PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 30, 60))
"""Waits after the first, second, … failed try; the last one repeats."""

CHANGE_DELAY = timedelta(minutes=3)
"""How long after a publication people are told of it: that long it can be undone, or followed by more changes."""

MOST_DELAY = timedelta(minutes=9)
"""Changes that follow each other put a message off, but by no more than this in all."""

MOST_UNCERTAIN = 3
"""How often a mail may be repeated of which nobody knows whether it arrived."""


VISIT_AHEAD, GATE_DUE, WINDOW_CLOSING, PROGRAM_FINISHED, SCHEDULE_TOMORROW = (
    "visit_ahead", "gate_due", "window_closing", "program_finished", "schedule_tomorrow",
)  # fmt: skip
LOOKED_FOR = (GATE_DUE, WINDOW_CLOSING, PROGRAM_FINISHED, SCHEDULE_TOMORROW)
"""What no publication owes: the worker looks for it."""
WHATS = (VISIT_AHEAD, *CHANGES, *LOOKED_FOR)
"""What a rule may be about."""

AUDIENCES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((VISIT_AHEAD, *CHANGES), ("patient", "guardian", "lead", "staff", "coordinator")),
    GATE_DUE: ("lead", "staff", "owner", "coordinator"),
    WINDOW_CLOSING: ("patient", "guardian", "lead", "coordinator"),
    PROGRAM_FINISHED: ("patient", "guardian", "lead", "coordinator"),
    SCHEDULE_TOMORROW: ("staff",),
}
"""Who may be told of it. `staff` is everyone who works at the visit, `owner` who may see to what is due."""

CHANNELS = ("mail", "sms", "chat", "app")
"""How a message may be told: by mail, as a text message, in the clinic's chat, or in the app alone."""

MOST_TEXTS_A_DAY, MOST_TEXTS_A_WEEK = 1, 3
"""How many text messages a patient gets at most on a day of the clinic's, and in seven days; the rest goes by mail."""


def over_the_cap(today: int, week: int) -> str:
    """Why a patient's message does not leave as a text message, empty where it may.

    `today` and `week` are those that left, and those of today that are waiting and go first.
    """
    if today >= MOST_TEXTS_A_DAY:
        return "By mail: a patient gets one text message a day at most."
    if week >= MOST_TEXTS_A_WEEK:
        return "By mail: a patient gets three text messages in seven days at most."
    return ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing leaves, as minutes after midnight; they may go past midnight."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What a clinic tells whom, when and how.

    `what` is one of WHATS, `audience` one of those that it may be told to. It leaves `minutes_before` (elapsed time, so
    “2 hours before” holds on the nights when clocks change) or, with `days_before`, `at` a minute of that day. Changes
    are told CHANGE_DELAY after they are published. `working_days` counts, and leaves on, working days only. `subject`
    and `text` are templates; empty ones are the default's.
    """

    code: str
    audience: str
    minutes_before: int = 0
    what: str = VISIT_AHEAD
    channel: str = "mail"
    days_before: int | None = None
    at: int | None = None
    quiet: Quiet | None = None
    working_days: bool = False
    subject: str = ""
    text: str = ""


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

URGENT = timedelta(hours=6)
"""A reminder that leaves later than so long before its visit goes before earlier ones."""


def priority(what: str, ahead: timedelta) -> int:
    """The order in which messages that are due leave, and in which a patient's few text messages are given out.

    Canceled before changed before two hours before two days. `ahead` is how long before its visit a reminder leaves.
    """
    if what == VISIT_AHEAD:
        return 2 if ahead <= URGENT else 3
    return {CANCELED: 0, CHANGED: 1}.get(what, 3)


def next_try(now: datetime, tries: int, expires_at: datetime) -> datetime:
    """When to try again after `tries` tries (1 or more), but no later than the moment it is of no use."""
    pause = PAUSES[min(tries, len(PAUSES)) - 1]
    return min(now + pause, expires_at)
