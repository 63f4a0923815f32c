"""Rules and notices in words, as pages say them."""

from __future__ import annotations

from coordinator.domain.reminding import (
    GATE_DUE,
    PROGRAM_FINISHED,
    SCHEDULE_TOMORROW,
    VISIT_AHEAD,
    WINDOW_CLOSING,
    Rule,
)
from coordinator.domain.telling import CANCELED, CHANGED, PUBLISHED

WHAT_WORDS = {
    VISIT_AHEAD: "A visit is ahead",
    PUBLISHED: "Visits are new",
    CHANGED: "A visit is changed",
    CANCELED: "A visit is canceled",
    GATE_DUE: "A gate is due",
    WINDOW_CLOSING: "The time left for a visit runs out",
    PROGRAM_FINISHED: "A program is finished",
    SCHEDULE_TOMORROW: "Staff schedule for tomorrow",
}
AUDIENCE_WORDS = {
    "patient": "Patients",
    "guardian": "Guardians",
    "lead": "The visit's lead",
    "staff": "Everyone on the visit",
    "owner": "Who may open the gate",
    "coordinator": "Coordinators",
}
CHANNEL_WORDS = {"mail": "Mail", "sms": "Text message", "chat": "Chat", "app": "In the app"}


def rule_words(rule: Rule) -> str:
    """When the rule speaks: “48 hours before a visit”, “at 6:00 PM, 1 day before a visit”."""
    subject = {GATE_DUE: "a visit whose gate is shut", WINDOW_CLOSING: "the time for a visit runs out"}
    if rule.what == SCHEDULE_TOMORROW:
        return f"the schedule for tomorrow, {when_words(rule)}"
    if rule.what in (VISIT_AHEAD, *subject):
        return f"{when_words(rule)} {subject.get(rule.what, 'a visit')}"
    return {
        PUBLISHED: "when visits are new",
        CHANGED: "when a visit is changed",
        CANCELED: "when a visit is canceled",
        PROGRAM_FINISHED: "when a program is finished",
    }[rule.what]


def when_words(rule: Rule) -> str:
    """“48 hours before”, “at 6:00 PM, 2 working days before”."""
    if rule.days_before is None:
        return before_words(rule.minutes_before)
    at, kind = rule.at or 0, "working day" if rule.working_days else "day"
    days = f"{rule.days_before} {kind}{'' if rule.days_before == 1 else 's'} before"
    hour = at // 60
    clock = f"{hour % 12 or 12}:{at % 60:02d} {'AM' if hour < 12 else 'PM'}"
    return f"at {clock}, {days if rule.days_before else 'on the day of'}"


def before_words(minutes: int) -> str:
    """“48 hours before”, “30 minutes before”."""
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'} before"
