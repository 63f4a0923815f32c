"""The words of notices. No drug, no diagnosis, no program's name, no patient's name; times in the clinic's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import from_utc, wall_clock, zone_words
from coordinator.domain.discretion import is_discreet


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
        subject=f"Reminder: your visit on {_short(occasion)}",
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
        subject=f"Reminder: you are expected on {_short(occasion)}",
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


def _clinic(occasion: Occasion, otherwise: str = "At the clinic") -> str:
    """A clinic whose name would say too much is not named."""
    return occasion.clinic if is_discreet(occasion.clinic) else otherwise


def _code(occasion: Occasion) -> str:
    return f"Code:  {occasion.code}\n" if is_discreet(occasion.code) else ""


def _when(occasion: Occasion) -> str:
    start, end = (_local(each, occasion) for each in (occasion.start, occasion.end))
    day = f"{start:%A}, {start:%B} {start.day}, {start.year}"
    zone = zone_words(occasion.start, occasion.zone)
    return f"When:  {day}\n       {_clock(start)} to {_clock(end)} ({zone})\n"


def _short(occasion: Occasion) -> str:
    start = _local(occasion.start, occasion)
    return f"{start:%A}, {start:%B} {start.day}, at {_clock(start)}"


def _local(moment: datetime, occasion: Occasion) -> datetime:
    return wall_clock(from_utc(moment, occasion.zone))


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
