"""What stands in the way of a booking, in words: a visit, another booking, a time held for a proposal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.spoken import short_day, span
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.store import claims, visit_queries
from coordinator.store.bookings import NewBooking, bookings_named
from coordinator.store.claims import ClaimRecord
from coordinator.store.resources import BLOCK
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Taken:
    """A date on which something cannot be booked, and why; the words are a whole clause without a period."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Taker:
    """What has a time: its words, and when in clinic time."""

    words: str
    start: datetime
    end: datetime


def taken(
    work: Work, actor: Actor, now: datetime, zone: ZoneInfo, wanted: Sequence[NewBooking], names: Mapping[int, str]
) -> list[Taken]:
    """The wanted bookings that meet what is claimed, one line each, by date; `names` is by resource."""
    if not wanted:
        return []
    starts, ends = min(each.starts_at for each in wanted), max(each.ends_at for each in wanted)
    rows = claims.of_resources(work, names, starts, ends)
    pairs = [(each, row) for each in wanted if (row := next(_in_the_way(each, rows), None)) is not None]
    takers = _takers(work, actor, now, zone, [row for _, row in pairs])
    found = []
    for each, row in pairs:
        by = takers[row.id]
        day = local(each.starts_at, zone).date()
        found.append(
            Taken(day, f"{names[each.resource_id]} has {by.words} on {short_day(day)}, {span(by.start, by.end)}")
        )
    return sorted(found, key=lambda line: line.day)


def _in_the_way(wanted: NewBooking, rows: Iterable[ClaimRecord]) -> Iterator[ClaimRecord]:
    first, last = (wanted.resource_id * BLOCK + number for number in wanted.part.value)
    return (
        row
        for row in rows
        if row.first <= last and first <= row.last
        if row.starts_at < wanted.ends_at and wanted.starts_at < row.ends_at
    )


def _takers(work: Work, actor: Actor, now: datetime, zone: ZoneInfo, rows: Sequence[ClaimRecord]) -> dict[int, Taker]:
    """What each claim is for. Another clinic's is not named: only that the time is taken."""
    own = [row for row in rows if row.clinic_id == actor.clinic_id]
    visits = {
        each.visit.id: card(each, actor, now, zone)
        for each in visit_queries.several(work, actor.clinic_id, {row.visit_id for row in own if row.visit_id})
    }
    titles = bookings_named(work, actor.clinic_id, {row.booking_id for row in own if row.booking_id})
    return {row.id: _taker(row, visits, titles, zone) for row in rows}


def _taker(row: ClaimRecord, visits: Mapping[int, VisitCard], titles: Mapping[int, str], zone: ZoneInfo) -> Taker:
    start, end = local(row.starts_at, zone), local(row.ends_at, zone)
    if row.visit_id is not None and row.visit_id in visits:
        shown = visits[row.visit_id]
        return Taker(f"{shown.title} of {shown.who}", shown.start, shown.end)
    if row.booking_id is not None and row.booking_id in titles:
        return Taker(f"“{titles[row.booking_id]}”" if titles[row.booking_id] else "another booking", start, end)
    return Taker("a time held for a proposal" if row.proposal_id else "other work", start, end)
