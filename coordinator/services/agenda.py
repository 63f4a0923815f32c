"""The schedule as lists of visits and other bookings by day: the list and the month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import InvalidInput
from coordinator.services import booking_views
from coordinator.services.booking_views import DayBooking
from coordinator.services.schedule_views import MISSED, ScheduleView, filtered
from coordinator.services.visit_cards import VisitCard, card
from coordinator.store import audit, clinics, timeline_queries, visit_queries
from coordinator.store.unit_of_work import Work

LONGEST = 45
"""Days that may be asked for at once."""


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """One day. `closed` is why the clinic is closed, None where it is not; `kinds` counts visits that stand."""

    day: date
    closed: str | None
    visits: tuple[VisitCard, ...]
    bookings: tuple[DayBooking, ...] = ()

    @property
    def entries(self) -> tuple[VisitCard | DayBooking, ...]:
        """Visits and other bookings by their start."""
        return tuple(sorted([*self.visits, *self.bookings], key=attrgetter("start")))

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """How many visits of each kind stand, the most frequent first."""
        return tuple(Counter(each.kind for each in self.visits if each.status not in MISSED).most_common())


def agenda(
    work: Work, actor: Actor, now: datetime, first: date, last: date, wanted: ScheduleView
) -> tuple[AgendaDay, ...]:
    """The days from `first` to `last`, both included; a clinician sees their own visits. Raises InvalidInput."""
    if not 0 <= (last - first).days < LONGEST:
        raise InvalidInput(f"Ask for 1 to {LONGEST} days.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    starts, ends = midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    closed = {each.day: each.reason for each in timeline_queries.closures(work, actor.clinic_id, first, last)}
    which = filtered(work, actor, wanted)
    staff_id = actor.staff_id if actor.access is Access.CLINICIAN else None
    found: dict[date, list[VisitCard]] = {}
    if actor.access is not Access.CLINICIAN or staff_id is not None:
        for rows in visit_queries.between(work, actor.clinic_id, starts, ends, staff_id=staff_id):
            shown = card(rows, actor, now, zone)
            if which.shows(shown):
                found.setdefault(shown.start.date(), []).append(shown)
    booked: dict[date, list[DayBooking]] = {}
    for each in booking_views.by_day(work, actor, first, last):
        if which.shows_booking(each.staff_ids, each.room_id):
            booked.setdefault(each.start.date(), []).append(each)
    audit.append(work, actor, now, "visit.list", "clinic", actor.clinic_id, {"first": str(first), "last": str(last)})
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return tuple(AgendaDay(day, closed.get(day), tuple(found.get(day, ())), tuple(booked.get(day, ()))) for day in days)
