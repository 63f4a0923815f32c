"""One's own page: my day with my part of each visit, what is next, what waits for me, my time off, my feeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.services import app_notices, booking_views, feed_views, gates, notes, time_off
from coordinator.services.booking_views import OwnBooking
from coordinator.services.feed_views import FeedView
from coordinator.services.gate_lines import GatedVisit, GateLine
from coordinator.services.time_off import Absence
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.services.worklist import Item
from coordinator.services.worklist_sources import worklist
from coordinator.store import audit, clinics, staff_queries, timeline_queries, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

NEXT = 8
FARTHEST = timedelta(days=366)
GONE = ("canceled", "no_show", "late_cancel")


@dataclass(frozen=True, slots=True)
class Part:
    """What one does in a visit: as what, and when; clinic time."""

    need: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit with one's own parts in it. `others` is who else is there."""

    card: VisitCard
    parts: tuple[Part, ...]
    others: tuple[str, ...]

    @property
    def start(self) -> datetime:
        """When one is needed first."""
        return self.parts[0].start if self.parts else self.card.start

    @property
    def is_whole(self) -> bool:
        """Whether one is there from the visit's start to its end."""
        return [(each.start, each.end) for each in self.parts] == [(self.card.start, self.card.end)]

    @property
    def is_off(self) -> bool:
        """Whether it does not take place."""
        return self.card.status in GONE


Entry = OwnVisit | OwnBooking


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The page. `day` is the one shown; `current` is the visit under way or the next one today, if today is shown.

    `to_come` is by day, `gates` those to open before the visits of the next two weeks. `closed` says why the clinic is
    closed on the day.
    """

    staff_id: int
    name: str
    now: datetime
    day: date
    closed: str | None
    entries: tuple[Entry, ...]
    current: OwnVisit | None
    to_come: tuple[tuple[date, tuple[OwnVisit, ...]], ...]
    waits: tuple[Item, ...]
    gates: tuple[tuple[GatedVisit, tuple[GateLine, ...]], ...]
    absences: tuple[Absence, ...]
    feeds: tuple[FeedView, ...]
    unread: int

    @property
    def is_today(self) -> bool:
        """Whether the day shown is today."""
        return self.day == self.now.date()


def own_page(work: Work, actor: Actor, now: datetime, day: date | None = None) -> OwnPage:
    """The actor's own page; raises NotFound for somebody who is not staff here, and InvalidInput for a far day."""
    if actor.staff_id is None:
        raise NotFound("This is a page of the clinic's staff, and you are not linked to anybody of it.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    at = local(now, zone)
    shown = day or at.date()
    if abs(shown - at.date()) > FARTHEST:
        raise InvalidInput("Choose a day within a year of today.")
    person = staff_queries.one(work, actor.clinic_id, actor.staff_id)
    closures = timeline_queries.closures(work, actor.clinic_id, shown, shown)
    visits = _visits_on(work, actor, now, shown, zone)
    booked = booking_views.of_person(work, actor, person.id, shown, shown)
    standing = [each for each in visits if not each.is_off and each.card.stage in ("now", "upcoming")]
    audit.append(work, actor, now, "visit.list", "staff", person.id, {"day": str(shown)})
    return OwnPage(
        staff_id=person.id,
        name=person.name,
        now=at,
        day=shown,
        closed=(closures[0].reason or "The clinic is closed") if closures else None,
        entries=tuple(sorted([*visits, *booked], key=lambda each: each.start)),
        current=standing[0] if standing and shown == at.date() else None,
        to_come=_to_come(work, actor, now, max(shown, at.date()), zone),
        gates=tuple(gates.to_open(work, actor, now)),
        waits=_mine(worklist(work, actor, now), person.id),
        absences=tuple(time_off.absences_of(work, actor, now, person.id)),
        unread=notes.unread(work, actor, now) + app_notices.unread(work, actor, now),
        feeds=tuple(feed_views.list_for(work, actor, now, "staff", person.id).feeds),
    )


def _mine(items: Iterable[Item], staff_id: int) -> tuple[Item, ...]:
    """Of a worklist what is this person's own: a coordinator's has everything."""
    return tuple(each for each in items if staff_id in each.staff)


def _visits_on(work: Work, actor: Actor, now: datetime, day: date, zone: ZoneInfo) -> list[OwnVisit]:
    starts, ends = midnight_utc(day, zone), midnight_utc(day + timedelta(days=1), zone)
    rows = visit_queries.between(work, actor.clinic_id, starts, ends, staff_id=actor.staff_id)
    return [_own(each, actor, now, zone) for each in rows]


def _to_come(
    work: Work, actor: Actor, now: datetime, after: date, zone: ZoneInfo
) -> tuple[tuple[date, tuple[OwnVisit, ...]], ...]:
    """The next visits after a day, by day."""
    assert actor.staff_id is not None
    starts = midnight_utc(after + timedelta(days=1), zone)
    rows = visit_queries.next_of_person(work, actor.clinic_id, actor.staff_id, starts, NEXT)
    visits = [_own(each, actor, now, zone) for each in rows]
    return tuple((day, tuple(group)) for day, group in groupby(visits, key=lambda each: each.card.start.date()))


def _own(rows: VisitRows, actor: Actor, now: datetime, zone: ZoneInfo) -> OwnVisit:
    shown = card(rows, actor, now, zone)
    others = dict.fromkeys(each.name for each in shown.people if each.staff_id != actor.staff_id)
    return OwnVisit(shown, tuple(sorted(_parts(rows, actor, zone), key=lambda each: each.start)), tuple(others))


def _parts(rows: VisitRows, actor: Actor, zone: ZoneInfo) -> Iterable[Part]:
    for part, person in rows.people:
        if person.id == actor.staff_id:
            for start, end in staff_queries.pieces(part, rows.visit.starts_at):
                yield Part(part.need, local(start, zone), local(end, zone))
