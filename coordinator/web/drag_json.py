"""What the schedule's script sends while a visit is carried, and what it gets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from werkzeug.datastructures import MultiDict

from coordinator.domain.clinic_time import Minute, minute_at
from coordinator.domain.errors import InvalidInput
from coordinator.services.drags import By, Grab, Places, Span
from coordinator.web.numbers import day_of, row_id


def grab_of(sent: MultiDict[str, str]) -> Grab:
    """What is carried, and from which row."""
    by = sent.get("rows", "")
    if by not in ("staff", "rooms"):
        raise InvalidInput("Rows are staff or rooms.")
    return Grab(sent.get("enrollment", 0, type=row_id), sent.get("visit", ""), cast(By, by), sent.get("row", ""))


def span_of(sent: MultiDict[str, str]) -> Span:
    """The days and hours that are shown, and the one minute of each day that is asked about, if any."""
    try:
        first, last = day_of(sent.get("first", "")), day_of(sent.get("last", ""))
        at = sent.get("at", "")
        minute = None if not at else int(at[:2]) * 60 + int(at[3:5])
        opens, closes = int(sent.get("from", "0")), int(sent.get("till", "24"))
        return Span(first, last, max(0, opens) * 60, min(24, closes) * 60, minute)
    except ValueError:
        raise InvalidInput("Days are written YYYY-MM-DD, a time HH:MM.") from None


def minute_of(stamp: str) -> Minute:
    """A local time written YYYY-MM-DDTHH:MM."""
    try:
        return minute_at(day_of(stamp[:10]), datetime.fromisoformat(stamp).time())
    except ValueError:
        raise InvalidInput("A time is written YYYY-MM-DDTHH:MM.") from None


def places_json(found: Places) -> dict[str, Any]:
    """Runs as [first, last, reason or null], which the script paints."""
    return {
        "revision": found.revision,
        "minutes": found.minutes,
        "slot": found.slot,
        "rows": {
            row: [[run.first.isoformat(), run.last.isoformat(), run.reason] for run in runs]
            for row, runs in found.rows.items()
        },
        "reasons": [{"words": each.words, "override": each.may_override} for each in found.reasons],
    }
