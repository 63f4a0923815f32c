"""Weekly hours in one cell of a sheet: “mon-fri 8:00-12:00, 13:00-17:00; sat 9:00-13:00”."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coordinator.domain.clinic_time import WEEKDAYS
from coordinator.domain.errors import InvalidInput

_PART = re.compile(r"(?P<days>[a-z]{3}(?:-[a-z]{3})?(?: [a-z]{3})*) +(?P<spans>[0-9].*)")
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
EXAMPLE = "mon-fri 8:00-12:00, 13:00-17:00; sat 9:00-13:00"


def read_hours(text: str) -> dict[str, list[list[str]]]:
    """The hours as the exchange format writes them, not yet checked for overlaps; raises InvalidInput."""
    found: dict[str, list[list[str]]] = {}
    plain = re.sub(r"\s*[-–]\s*", "-", text.strip().lower())
    for part in filter(None, (each.strip() for each in plain.split(";"))):
        match = _PART.fullmatch(part)
        if match is None:
            raise InvalidInput(f"“{part}” are no weekly hours. Write them like {EXAMPLE}.")
        spans = [_span(each.strip()) for each in match["spans"].split(",")]
        for day in _days(match["days"]):
            found.setdefault(day, []).extend(spans)
    return found


def _days(text: str) -> Iterator[str]:
    for each in text.split():
        first, _, last = each.partition("-")
        last = last or first
        if first not in WEEKDAYS or last not in WEEKDAYS or WEEKDAYS.index(first) > WEEKDAYS.index(last):
            raise InvalidInput(f"“{each}” is no day of the week. Write {', '.join(WEEKDAYS)}, or mon-fri.")
        yield from WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]


def _span(text: str) -> list[str]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise InvalidInput(f"“{text}” is no stretch of time. Write it like 8:00-12:00.")
    from_hour, from_minute, to_hour, to_minute = match.groups()
    return [f"{int(from_hour):02d}:{from_minute or '00'}", f"{int(to_hour):02d}:{to_minute or '00'}"]
