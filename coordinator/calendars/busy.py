"""Busy times out of somebody's calendar: only when, never what. Repeating events are expanded inside limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from coordinator.domain.errors import InvalidInput

MOST_EVENTS = 20_000
MOST_TIMES = 5_000
"""So many busy times of one calendar are kept, before those that touch are joined."""
LONGEST = timedelta(days=92)
"""One event takes no more than this: a calendar that is full for years is a mistake."""
OURS = ".coordinator"

Span = tuple[datetime, datetime]


def read(content: bytes, zone: ZoneInfo, first: datetime, end: datetime) -> list[Span]:
    """When the calendar says that its owner is busy inside `[first, end)`: aware UTC spans, joined, by start.

    Times without a zone, and whole days, are in `zone`. Raises InvalidInput for what is no calendar, or too much.
    """
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InvalidInput("This is no calendar that can be read. Export it as iCalendar (.ics).", "file") from error
    if not calendars:
        raise InvalidInput("There is no calendar in it. Export it as iCalendar (.ics).", "file")
    window = first.astimezone(zone), end.astimezone(zone)
    spans = [span for calendar in calendars for span in _busy(calendar, zone, window)]
    return list(_joined(spans, first, end))


def _busy(calendar: Any, zone: ZoneInfo, window: Span) -> list[Span]:
    events = [each for each in calendar.walk("VEVENT") if _takes_time(each)]
    if len(events) > MOST_EVENTS:
        raise InvalidInput(f"The calendar has more than {MOST_EVENTS:,} events. Export less of it.", "file")
    moved: dict[str, set[datetime]] = {}
    for each in calendar.walk("VEVENT"):
        if each.get("RECURRENCE-ID") is not None:
            moved.setdefault(str(each.get("UID")), set()).add(_moment(each["RECURRENCE-ID"].dt, zone))
    found: list[Span] = []
    for each in events:
        for span in _spans(each, zone, window, moved.get(str(each.get("UID")), set())):
            found.append(span)
            if len(found) > MOST_TIMES:
                raise InvalidInput(f"The calendar has more than {MOST_TIMES:,} busy times. Export less of it.", "file")
    return found + _free_busy(calendar, window)


def _takes_time(event: Any) -> bool:
    """Whether it keeps its owner from other things. Our own visits do not count: they are planned with already."""
    said = (event.get("TRANSP"), event.get("STATUS"), event.get("X-MICROSOFT-CDO-BUSYSTATUS"))
    free = {"TRANSPARENT", "CANCELLED", "FREE"}
    return (
        event.get("DTSTART") is not None
        and not free & {str(each).upper() for each in said}
        and not str(event.get("UID", "")).endswith(OURS)
    )


def _spans(event: Any, zone: ZoneInfo, window: Span, moved: set[datetime]) -> Iterator[Span]:
    start = _moment(event["DTSTART"].dt, zone)
    length = _length(event, zone, start)
    if length <= timedelta(0):
        return
    if event.get("RECURRENCE-ID") is not None or not _repeats(event):
        yield start, start + length
        return
    skipped = moved | {_moment(each.dt, zone) for each in _dates(event.get("EXDATE"))}
    for occurs in _occurrences(event, zone, start, window[0] - length, window[1]):
        if occurs not in skipped:
            # By the wall clock: nine to five is nine to five on both sides of a change of the clocks.
            yield occurs, occurs + length


def _repeats(event: Any) -> bool:
    return event.get("RRULE") is not None or event.get("RDATE") is not None


def _length(event: Any, zone: ZoneInfo, start: datetime) -> timedelta:
    if event.get("DTEND") is not None:
        length = _moment(event["DTEND"].dt, zone) - start
    elif event.get("DURATION") is not None:
        length = event["DURATION"].dt
    else:
        length = timedelta(0) if isinstance(event["DTSTART"].dt, datetime) else timedelta(days=1)
    return min(length, LONGEST)


def _occurrences(event: Any, zone: ZoneInfo, start: datetime, first: datetime, end: datetime) -> Iterator[datetime]:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        for occurs in rrulestr(rule.to_ical().decode(), dtstart=start):
            if occurs >= end:
                break
            if occurs >= first:
                yield occurs
    for each in _dates(event.get("RDATE")):
        value = each.dt[0] if isinstance(each.dt, tuple) else each.dt
        yield _moment(value, zone)
    if not rules:
        yield start


def _dates(found: Any) -> Iterable[Any]:
    for each in found if isinstance(found, list) else [found] if found is not None else []:
        yield from each.dts


def _free_busy(calendar: Any, window: Span) -> list[Span]:
    found: list[Span] = []
    for part in calendar.walk("VFREEBUSY"):
        rows = part.get("FREEBUSY", [])
        for each in rows if isinstance(rows, list) else [rows]:
            if not str(each.params.get("FBTYPE", "BUSY")).upper().startswith("BUSY"):
                continue
            start, last = each.dt
            found.append((start, start + last if isinstance(last, timedelta) else last))
    if len(found) > MOST_TIMES:
        raise InvalidInput(f"The calendar has more than {MOST_TIMES:,} busy times. Export less of it.", "file")
    return [span for span in found if span[0] < window[1] and span[1] > window[0]]


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def _joined(spans: Iterable[Span], first: datetime, end: datetime) -> Iterator[Span]:
    kept: Span | None = None
    inside = ((_utc(start), _utc(last)) for start, last in spans)
    for start, last in sorted((max(a, first), min(b, end)) for a, b in inside if a < end and b > first):
        if kept is not None and start <= kept[1]:
            kept = kept[0], max(kept[1], last)
            continue
        if kept is not None:
            yield kept
        kept = start, last
    if kept is not None:
        yield kept


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
