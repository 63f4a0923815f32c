"""The texts that a rule has until somebody writes others: no drug, no diagnosis, no program's or patient's name.

Each pair of what is told and to whom has one; `staff` is for everybody who works.
"""

from __future__ import annotations

from coordinator.domain.notice_template import Template
from coordinator.domain.reminding import (
    GATE_DUE,
    PROGRAM_FINISHED,
    SCHEDULE_TOMORROW,
    VISIT_AHEAD,
    WINDOW_CLOSING,
)
from coordinator.domain.telling import CHANGES

_END = "\nThis message was sent automatically. Please do not reply.\n"
_STOP = "Reply STOP to end these."
_INSIDE = "\nThe details are in the schedule, after signing in.\n" + _END
_ANSWER = "To confirm, to say that you cannot come, or to be called: {answer}\n"
_WHEN = "When:  {day}, {year}\n       {time} to {until} ({zone})\nWhere: {where}\n"

_CHANGES = {
    "patient": Template(
        "{headline}",
        "Hello,\n\n{changes}\nAll times are {zone}.\nIf a time does not suit you, please call {clinic}.\n"
        "To answer: {answer}\n" + _END,
        "{headline}. {now} {sender} {answer} " + _STOP,
    ),
    "guardian": Template(
        "{headline}",
        "Hello,\n\nYou are told of visits to {clinic} as was agreed.\n\n{changes}\nAll times are {zone}.\n"
        "If you have a question, please call {clinic}.\n" + _END,
        "{headline}. {now} {sender} " + _STOP,
    ),
    "staff": Template("{headline}", "Hello,\n\n{changes}\nAll times are {zone}." + _INSIDE, "{headline}. {now}"),
}

DEFAULTS: dict[tuple[str, str], Template] = {
    (VISIT_AHEAD, "patient"): Template(
        "Reminder: your visit on {day}, at {time}",
        f"Hello,\n\nThis is a reminder of your visit.\n\n{_WHEN}\n"
        f"If you cannot come, please call {{clinic}}.\n{_ANSWER}{_END}",
        "Reminder: your visit on {day}, at {time}. {sender} {answer} " + _STOP,
    ),
    (VISIT_AHEAD, "guardian"): Template(
        "Reminder: a visit on {day}, at {time}",
        f"Hello,\n\nThis is a reminder of a visit, as was agreed.\n\n{_WHEN}\n"
        f"If you have a question, please call {{clinic}}.\n{_END}",
        "Reminder: a visit on {day}, at {time}. {sender} " + _STOP,
    ),
    (VISIT_AHEAD, "staff"): Template(
        "Reminder: you are expected on {day}, at {time}",
        f"Hello,\n\nYou are expected at a visit.\n\n{_WHEN}Code:  {{code}}\n{_INSIDE}",
        "Reminder: you are expected on {day}, at {time}.",
    ),
    **{(what, group): template for what in CHANGES for group, template in _CHANGES.items()},
    (GATE_DUE, "staff"): Template(
        "Still open before {day}, at {time}",
        "Hello,\n\nBefore this visit something is still open: {task}.\n\n"
        "When:  {day}, {year}\n       {time} ({zone})\nCode:  {code}\n"
        "\nAfter signing in, the visit's page says who may see to it.\n" + _END,
        "Still open before {day}, at {time}: {task}.",
    ),
    (WINDOW_CLOSING, "patient"): Template(
        "Please arrange your next visit",
        "Hello,\n\nYour next visit should take place by {day}, {year}, and has no time yet.\n"
        "Please call {clinic} to arrange it.\n" + _END,
        "Your next visit should be by {day} and has no time yet. Please call {clinic}. " + _STOP,
    ),
    (WINDOW_CLOSING, "guardian"): Template(
        "Please help to arrange a visit",
        "Hello,\n\nA visit should take place by {day}, {year}, and has no time yet.\n"
        "Please call {clinic} to arrange it.\n" + _END,
        "A visit should be by {day} and has no time yet. Please call {clinic}. " + _STOP,
    ),
    (WINDOW_CLOSING, "staff"): Template(
        "A visit has to take place by {day}",
        "Hello,\n\nA visit that has no time yet has to take place by {day}, {year}, {time} ({zone}).\n"
        "Code:  {code}\n\nAfter signing in, the program's page offers times.\n" + _END,
        "A visit without a time has to take place by {day}, {time}.",
    ),
    (PROGRAM_FINISHED, "patient"): Template(
        "Your visits are complete",
        "Hello,\n\nAll the visits that we planned with you have taken place. Thank you for coming.\n"
        "If you have a question, please call {clinic}.\n" + _END,
        "All the visits that we planned with you have taken place. Thank you. {sender} " + _STOP,
    ),
    (PROGRAM_FINISHED, "guardian"): Template(
        "The visits are complete",
        "Hello,\n\nAll the visits that were planned have taken place. Thank you for your help.\n"
        "If you have a question, please call {clinic}.\n" + _END,
        "All the visits that were planned have taken place. Thank you. {sender} " + _STOP,
    ),
    (PROGRAM_FINISHED, "staff"): Template(
        "All visits have taken place: {code}",
        "Hello,\n\nAll planned visits have taken place.\n\nCode:  {code}\n" + _END,
        "All planned visits have taken place: {code}.",
    ),
    (SCHEDULE_TOMORROW, "staff"): Template(
        "Your schedule for {day}",
        "Hello,\n\nYou are expected at:\n\n{visits}\nAll times are {zone}." + _INSIDE,
        "{day}: {visits}",
    ),
}

FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    VISIT_AHEAD: (
        ("clinic", "the clinic's name, or “the clinic” where the name would say too much"),
        ("sender", "the clinic's name with a period, or nothing where it would say too much"),
        ("day", "Friday, January 8"), ("year", "2027"), ("time", "10:00 AM"), ("until", "11:00 AM"),
        ("zone", "Los Angeles time, PST"),
        ("where", "the clinic or, for staff, the room; “By video”"), ("code", "the program's code, for staff alone"),
        ("answer", "the link to answer by, for patients alone"),
    ),
    **dict.fromkeys(
        CHANGES,
        (
            ("clinic", "the clinic's name"), ("sender", "the clinic's name with a period"),
            ("headline", "Changed: your visit on Friday, January 8, at 10:00 AM"),
            ("changes", "what was and what is so now, line by line"), ("now", "the new time, where there is one alone"),
            ("zone", "Los Angeles time"), ("answer", "the link to answer by, for patients alone"),
        ),
    ),
    GATE_DUE: (
        ("task", "what is still open"), ("day", "the visit's day"), ("year", "2027"), ("time", "10:00 AM"),
        ("zone", "Los Angeles time, PST"), ("code", "the program's code"), ("clinic", "the clinic's name"),
    ),
    WINDOW_CLOSING: (
        ("day", "the last day"), ("year", "2027"), ("time", "the last time, for staff"), ("zone", "the clinic's zone"),
        ("code", "the program's code, for staff alone"), ("clinic", "the clinic's name"),
    ),
    PROGRAM_FINISHED: (
        ("clinic", "the clinic's name"), ("sender", "the clinic's name with a period"),
        ("code", "the program's code, for staff alone"),
    ),
    SCHEDULE_TOMORROW: (
        ("day", "tomorrow"), ("year", "2027"), ("visits", "one line each"), ("zone", "Los Angeles time"),
        ("clinic", "the clinic's name"),
    ),
}  # fmt: skip
"""The fields of each kind of message, with an example or what they hold."""


def group_of(audience: str) -> str:
    """Which of the kinds of readers an audience, or a recipient's kind, is: patient, guardian or staff."""
    return {"patient": "patient", "guardian": "guardian", "contact": "guardian"}.get(audience, "staff")
