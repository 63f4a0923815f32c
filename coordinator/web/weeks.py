"""Weekly hours in forms and drawings: {"mon": [["08:00", "12:00"]]}, as the exchange format writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from coordinator.domain.clinic_time import WEEKDAYS
from coordinator.domain.spoken import duration

Weekly = Mapping[str, Sequence[Sequence[str]]]
LABELS = dict(
    zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
_CLOCK = re.compile(r"(\d{1,2})(?::?(\d{2}))?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)


def install(app: Flask) -> None:
    """Gives templates the filters that weeks.html draws with."""
    for each in (first_hour, last_hour, as_hours, week_words, duration):
        app.add_template_filter(each)


def sent(form: Mapping[str, str], name: str) -> dict[str, list[list[str]]]:
    """The hours of a week grid's seven fields. What is no time is left as typed, for the reader of hours to refuse."""
    week = {day: _day(form.get(f"{name}-{day}", "")) for day in WEEKDAYS}
    return {day: spans for day, spans in week.items() if spans}


def start(weekly: Weekly | None, name: str) -> dict[str, Any]:
    """What the seven fields start with, for `Form(start=…)`."""
    return {
        f"{name}-{day}": ", ".join(f"{_said(start)}–{_said(end)}" for start, end in (weekly or {}).get(day, ()))
        for day in WEEKDAYS
    }


def as_hours(text: str) -> float:
    """“08:30” as 8.5."""
    hours, minutes = text.split(":")
    return int(hours) + int(minutes) / 60


def first_hour(weekly: Weekly) -> int:
    """The hour at which a drawing of the week begins: 7, or earlier where the hours do."""
    return min([7, *(int(as_hours(start)) for spans in weekly.values() for start, _ in spans)])


def last_hour(weekly: Weekly) -> int:
    """The hour at which a drawing of the week ends: 19, or later where the hours do."""
    return max([19, *(-int(-as_hours(end) // 1) for spans in weekly.values() for _, end in spans)])


def week_words(weekly: Weekly) -> str:
    """The hours as a sentence, for who cannot see the drawing."""
    days = [
        f"{LABELS[day]} {', '.join(f'{_said(start)} to {_said(end)}' for start, end in weekly[day])}"
        for day in WEEKDAYS
        if weekly.get(day)
    ]
    return "; ".join(days) or "none"


def _said(text: str) -> str:
    """“13:30” as 1:30 PM, “24:00” as 12 AM. What is no time stays as it is."""
    found = re.fullmatch(r"(\d\d):(\d\d)", text)
    if found is None:
        return text
    hour = int(found[1]) % 24
    minutes = "" if found[2] == "00" else f":{found[2]}"
    return f"{hour % 12 or 12}{minutes} {'AM' if hour < 12 else 'PM'}"


def _day(text: str) -> list[list[str]]:
    pieces = [piece.strip() for piece in re.split(r"[,;]", text) if piece.strip()]
    return [_ends(re.split(r"\s*(?:[-–—]|\bto\b)\s*", piece)) for piece in pieces]


def _ends(texts: list[str]) -> list[str]:
    """The times, as 24 hours."""
    *most, last = _in_24_hours(texts)
    return [*most, "24:00" if most and last == "00:00" else last]  # a day that ends at 12 AM ends at midnight


def _in_24_hours(texts: list[str]) -> list[str]:
    """In “1–5 PM” the PM is meant for both; in “9–5 PM” it cannot be."""
    found = [_CLOCK.fullmatch(each) for each in texts]
    if len(found) != 2 or found[0] is None or found[1] is None or not found[1][3] or found[0][3]:
        return [_clock(text, each and each[3]) for text, each in zip(texts, found, strict=True)]
    meant = _clock(texts[0], found[1][3]), _clock(texts[1], found[1][3])
    return list(meant) if meant[0] < meant[1] else [_clock(texts[0], "a"), meant[1]]


def _clock(text: str, half: str | None) -> str:
    """A time as 24 hours; what is none is left as typed. `half` is the a or p of AM and PM."""
    found = _CLOCK.fullmatch(text)
    if found is None or (half and not 1 <= int(found[1]) <= 12):
        return text
    hour = int(found[1]) if not half else int(found[1]) % 12 + 12 * (half.lower() == "p")
    return f"{hour:02d}:{found[2] or '00'}"
