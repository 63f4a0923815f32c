"""The words of notices. No drug, no diagnosis, no program's name, no patient's name; times in the clinic's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import from_utc, wall_clock, zone_words
from coordinator.domain.discretion import is_discreet
from coordinator.domain.telling import CANCELED, CHANGED, PUBLISHED, VIDEO, Appointment, Difference


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a reminder is about. `start` and `end` are aware; `room` None is by video; `code` is the enrollment's."""

    clinic: str
    zone: ZoneInfo
    start: datetime
    end: datetime
    code: str
    room: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject line and a text."""

    subject: str
    text: str


def patient_reminder(occasion: Occasion) -> Letter:
    """What a patient is told of a visit ahead."""
    place = "By video" if occasion.room is None else _clinic(occasion)
    return Letter(
        subject=f"Reminder: your visit on {_short(occasion.start, occasion.zone)}",
        text=(
            "Hello,\n\n"
            "This is a reminder of your visit.\n\n"
            f"{_when(occasion)}"
            f"Where: {place}\n\n"
            f"If you cannot come, please call {_clinic(occasion, 'the clinic')}.\n\n"
            "This message was sent automatically. Please do not reply.\n"
        ),
    )


def staff_reminder(occasion: Occasion) -> Letter:
    """What a member of staff is told of a visit ahead: the program's code and the room, where they are discreet."""
    room = "By video" if occasion.room is None else occasion.room
    return Letter(
        subject=f"Reminder: you are expected on {_short(occasion.start, occasion.zone)}",
        text=(
            "Hello,\n\n"
            "You are expected at a visit.\n\n"
            f"{_when(occasion)}"
            f"Where: {room if is_discreet(room) else 'See the schedule'}\n"
            f"{_code(occasion)}"
            "\nThe details are in the schedule, after signing in.\n\n"
            "This message was sent automatically. Please do not reply.\n"
        ),
    )


TEXTS = {("visit_ahead", "patient"): patient_reminder, ("visit_ahead", "staff"): staff_reminder}
"""The text for each pair of what is told and to whom."""


def changes_letter(clinic: str, zone: ZoneInfo, audience: str, differences: Sequence[Difference]) -> Letter:
    """What somebody is told of visits that are new, changed or canceled: each before and after, in one message."""
    ordered = sorted(differences, key=lambda each: each.moment)
    groups = {what: [each for each in ordered if each.what == what] for what in _TITLES}
    sections = [
        f"{title}\n{''.join(_changed_lines(each, zone, audience) for each in groups[what])}"
        for what, title in _TITLES.items()
        if groups[what]
    ]
    name = clinic if is_discreet(clinic) else "the clinic"
    close = (
        f"If a time does not suit you, please call {name}.\n"
        if audience == "patient"
        else "The details are in the schedule, after signing in.\n"
    )
    return Letter(
        subject=_changes_subject(ordered, zone, audience),
        text=(
            "Hello,\n\n"
            + ("\n".join(sections))
            + f"\nAll times are {zone_words(ordered[0].moment, zone).split(',')[0]}.\n{close}\n"
            "This message was sent automatically. Please do not reply.\n"
        ),
    )


_TITLES = {CHANGED: "Changed:", CANCELED: "Canceled:", PUBLISHED: "New:"}


def _changes_subject(differences: Sequence[Difference], zone: ZoneInfo, audience: str) -> str:
    kinds = [what for what in _TITLES if any(each.what == what for each in differences)]
    mine = audience == "patient"
    if len(differences) > 1:
        number, some = len(differences), "of your visits" if mine else "visits"
        if kinds == [PUBLISHED]:
            return f"Your next {number} visits" if mine else f"New for you: {number} visits"
        return f"{'Canceled' if kinds == [CANCELED] else 'Changed'}: {number} {some}"
    only = differences[0]
    known = only.before or only.after
    assert known is not None
    word = {PUBLISHED: "New", CHANGED: "Changed", CANCELED: "Canceled"}[only.what]
    return f"{word}: {'your' if mine else 'a'} visit on {_short(known.start, zone)}"


def _changed_lines(each: Difference, zone: ZoneInfo, audience: str) -> str:
    code = f"{each.code}: " if audience == "staff" and is_discreet(each.code) else ""
    if each.before is not None and each.after is not None:
        return (
            f"  {code}before: {_expected(each.before, zone)}\n"
            f"  {' ' * len(code)}now:    {_expected(each.after, zone)}\n"
        )
    known = each.after or each.before
    assert known is not None
    return f"  {code}{_expected(known, zone)}\n"


def _expected(known: Appointment, zone: ZoneInfo) -> str:
    """“Friday, January 8, 2027, 10:00 AM to 11:00 AM PST, by video”."""
    start, end = _local(known.start, zone), _local(known.end, zone)
    letters = known.start.astimezone(zone).tzname() or ""
    where = "by video" if known.where == VIDEO else known.where
    place = f", {where}" if where and is_discreet(where) else ""
    day = f"{start:%A}, {start:%B} {start.day}, {start.year}"
    return f"{day}, {_clock(start)} to {_clock(end)} {letters if letters.isalpha() else 'UTC' + letters}{place}"


def _clinic(occasion: Occasion, otherwise: str = "At the clinic") -> str:
    """A clinic whose name would say too much is not named."""
    return occasion.clinic if is_discreet(occasion.clinic) else otherwise


def _code(occasion: Occasion) -> str:
    return f"Code:  {occasion.code}\n" if is_discreet(occasion.code) else ""


def _when(occasion: Occasion) -> str:
    start, end = (_local(each, occasion.zone) for each in (occasion.start, occasion.end))
    day = f"{start:%A}, {start:%B} {start.day}, {start.year}"
    zone = zone_words(occasion.start, occasion.zone)
    return f"When:  {day}\n       {_clock(start)} to {_clock(end)} ({zone})\n"


def _short(moment: datetime, zone: ZoneInfo) -> str:
    start = _local(moment, zone)
    return f"{start:%A}, {start:%B} {start.day}, at {_clock(start)}"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return wall_clock(from_utc(moment, zone))


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
