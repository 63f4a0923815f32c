"""The handoff: a day's visits with who is there, what the team wrote about them, and who is away; to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.services import booking_views, gates, notes
from coordinator.services.booking_views import DayBooking
from coordinator.services.gate_lines import GatedVisit
from coordinator.services.notes import NoteView
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.store import audit, clinics, staff_queries, timeline_queries, visit_queries
from coordinator.store.unit_of_work import Work

NOTES_OF = timedelta(days=14)
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Line:
    """A visit of the day, its gates, and the notes that concern it: its own and its program's of the last two weeks."""

    card: VisitCard
    notes: tuple[NoteView, ...]
    gated: GatedVisit | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """The day. `away` are names; `closed` says why the clinic is closed."""

    day: date
    made_at: datetime
    closed: str | None
    lines: tuple[Line, ...]
    away: tuple[str, ...]
    bookings: tuple[DayBooking, ...]


def handoff(work: Work, actor: Actor, now: datetime, day: date | None = None) -> Handoff:
    """The handoff of a day, tomorrow's by itself: a clinician's own visits, everybody's for coordinators.

    Raises NotAllowed for an auditor, and InvalidInput for a day that is far away.
    """
    if actor.access is Access.AUDITOR:
        raise NotAllowed("Handoffs are for the team and the coordinators.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    at = local(now, zone)
    shown = day or at.date() + timedelta(days=1)
    if abs(shown - at.date()) > FARTHEST:
        raise InvalidInput("Choose a day within a year of today.")
    starts, ends = midnight_utc(shown, zone), midnight_utc(shown + timedelta(days=1), zone)
    only = (actor.staff_id or 0) if actor.access is Access.CLINICIAN else None
    rows = visit_queries.between(work, actor.clinic_id, starts, ends, statuses=visit_queries.HOLDING, staff_id=only)
    cards = [card(each, actor, now, zone) for each in rows]
    gated = gates.of_visits(work, actor, now, rows)
    written = notes.recent(work, actor, {each.enrollment_id for each in cards}, now - NOTES_OF)
    off = staff_queries.time_off(work, actor.clinic_id, starts)
    names = {each.id: each.name for each in staff_queries.listed(work, actor.clinic_id)}
    away = {each.staff_id for each in off if each.status == "approved" and each.starts_at < ends}
    closures = timeline_queries.closures(work, actor.clinic_id, shown, shown)
    audit.append(work, actor, now, "note.list", "clinic", actor.clinic_id, {"handoff": str(shown)})
    return Handoff(
        day=shown,
        made_at=at,
        closed=(closures[0].reason or "The clinic is closed") if closures else None,
        lines=tuple(Line(each, _of(each, written.get(each.enrollment_id, [])), gated.get(each.id)) for each in cards),
        away=tuple(sorted(names[each] for each in away)),
        bookings=tuple(booking_views.by_day(work, actor, shown, shown)),
    )


def _of(shown: VisitCard, written: list[NoteView]) -> tuple[NoteView, ...]:
    return tuple(each for each in written if each.visit_id in (None, shown.id))
