"""What visits put on the worklist: outcomes that nobody recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.snapshot import Snapshot
from coordinator.services.visit_cards import VisitCard, card
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import clinics, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

MOST = 200
"""Nobody works off more at one sitting; the next look shows the rest."""
LATE = timedelta(days=1)
"""After this an outcome that is missing is urgent: what follows the visit depends on it."""


def without_outcome(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """Visits that are over and of which nobody said what became of them; their people's, and the coordinator's."""
    only = (actor.staff_id or 0) if actor.access is Access.CLINICIAN else None
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    for rows in visit_queries.without_outcome(work, actor.clinic_id, now, MOST, staff_id=only):
        shown = card(rows, actor, now, zone)
        place: dict[str, int | str] = {"visit_id": shown.id}
        yield Item(
            kind="visit.outcome",
            key=str(shown.id),
            title=f"{shown.who}: how did it go?",
            detail=f"{shown.title}, {shown.start:%a, %b} {shown.start.day}",
            owner=_lead(shown),
            since=rows.visit.ends_at,
            action=Action(
                "Attended", "visits.outcome", {"visit_id": shown.id}, {"outcome": "attended", "next": "today"}
            ),
            urgency=Urgency.NOW if now - rows.visit.ends_at > LATE else Urgency.SOON,
            staff=_people(rows),
            subject=Action("Open", "visits.page", place),
        )


def _lead(shown: VisitCard) -> str:
    """Who should say how it went: the lead, else whoever was there first."""
    leads = [each.name for each in shown.people if each.need == "lead"] or [each.name for each in shown.people]
    return leads[0] if leads else "Coordinator"


def _people(rows: VisitRows) -> frozenset[int]:
    return frozenset(person.id for part, person in rows.people if part.canceled_at is None)
