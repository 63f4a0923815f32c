"""The schedule's timeline: rows of staff or rooms, the visits in them, and when a row cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import InvalidInput
from coordinator.services.timeline_shades import Shade, room_shades, staff_shades
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.store import audit, clinics, timeline_queries, visit_queries
from coordinator.store.unit_of_work import Work

By = Literal["staff", "rooms"]
LONGEST = 45
"""Days that may be asked for at once."""
USUAL_DAY = (8, 18)
"""Hours that a day shows even where nobody works in them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A person or a room. `groups` are the person's roles, or the kinds of visits that the room is for."""

    id: str
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A visit in the rows that it takes. Where the reader may not see it, `card` is None and it is only busy time."""

    rows: tuple[str, ...]
    start: datetime
    end: datetime
    card: VisitCard | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows, blocks and shades from `first` to `last`, both included; naive clinic time.

    `opens` and `closes` are the whole hours that a day should show. `offset` is the zone's now, as ±HH:MM.
    """

    first: date
    last: date
    rows: tuple[Row, ...]
    blocks: tuple[Block, ...]
    shades: tuple[Shade, ...]
    opens: int
    closes: int
    now: datetime
    offset: str


def timeline(work: Work, actor: Actor, now: datetime, first: date, last: date, by: By) -> Timeline:
    """What the schedule shows of these days; raises InvalidInput for a stretch that is too long."""
    if not 0 <= (last - first).days < LONGEST:
        raise InvalidInput(f"Ask for 1 to {LONGEST} days.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    starts, ends = midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    blocks = tuple(_blocks(work, actor, now, zone, starts, ends, by))
    rows, shades = _rows(work, actor, first, last, zone, by)
    opens, closes = _hours([*((each.start, each.end) for each in blocks), *_worked(shades)])
    audit.append(work, actor, now, "visit.list", "clinic", actor.clinic_id, {"first": str(first), "last": str(last)})
    return Timeline(first, last, rows, blocks, shades, opens, closes, local(now, zone), _offset(now, zone))


def _blocks(
    work: Work, actor: Actor, now: datetime, zone: ZoneInfo, starts: datetime, ends: datetime, by: By
) -> Iterable[Block]:
    for rows in visit_queries.between(work, actor.clinic_id, starts, ends):
        shown = card(rows, actor, now, zone)
        is_busy = actor.access is Access.CLINICIAN and not shown.is_mine
        if is_busy and shown.status not in visit_queries.HOLDING:
            continue
        if by == "staff":
            ids = tuple(dict.fromkeys(f"staff:{each.staff_id}" for each in shown.people))
        else:
            ids = (f"room:{shown.room_id}",) if shown.room_id is not None else ()
        if ids:
            yield Block(ids, shown.start, shown.end, None if is_busy else shown)


def _rows(
    work: Work, actor: Actor, first: date, last: date, zone: ZoneInfo, by: By
) -> tuple[tuple[Row, ...], tuple[Shade, ...]]:
    closed = {each.day: each.reason for each in timeline_queries.closures(work, actor.clinic_id, first, last)}
    starts, ends = midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    if by == "staff":
        people = timeline_queries.staff(work, actor.clinic_id)
        away = timeline_queries.away(work, actor.clinic_id, starts, ends, [each.id for each in people])
        shades = [shade for each in people for shade in staff_shades(each, away, days, closed, zone)]
        return tuple(Row(f"staff:{each.id}", each.name, tuple(each.roles)) for each in people), tuple(shades)
    rooms = timeline_queries.rooms(work, actor.clinic_id)
    booked = timeline_queries.bookings(work, actor.clinic_id, starts, ends)
    shades = [shade for each in rooms for shade in room_shades(each, booked, days, closed, zone)]
    return tuple(Row(f"room:{each.id}", each.name, tuple(each.kinds)) for each in rooms), tuple(shades)


def _worked(shades: Sequence[Shade]) -> list[tuple[datetime, datetime]]:
    """The edges of hours: the ends of morning shades and the starts of evening ones."""
    found = []
    for each in shades:
        if each.why != "closed" or each.is_whole_day:
            continue
        if each.start.hour == 0 and each.start.minute == 0:
            found.append((each.end, each.end))
        if each.end.hour == 0 and each.end.minute == 0:
            found.append((each.start, each.start))
    return found


def _hours(spans: Iterable[tuple[datetime, datetime]]) -> tuple[int, int]:
    opens, closes = USUAL_DAY
    for start, end in spans:
        opens = min(opens, start.hour)
        closes = max(closes, 24 if end.date() > start.date() else end.hour + (end.minute > 0))
    return opens, closes


def _offset(now: datetime, zone: ZoneInfo) -> str:
    text = now.astimezone(zone).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
