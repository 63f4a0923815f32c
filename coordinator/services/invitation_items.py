"""What invitations put on the worklist: visits to come that somebody who is expected there has declined."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.spoken import clock
from coordinator.services.visit_cards import local
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import clinics, invitations
from coordinator.store.unit_of_work import Work


def declined(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """One item for each visit and person."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    for each in invitations.declined(work, actor.clinic_id, now):
        at = local(each.starts_at, zone)
        yield Item(
            kind="invitation.declined",
            key=f"{each.visit_id}-{each.staff_id}",
            title=f"{each.name} declined a visit on {at:%A}, {at:%B} {at.day}, at {clock(at)}",
            detail="The visit stands. Ask whether it can be kept, or give it another time or person.",
            owner="Coordinator",
            since=each.answered_at,
            action=Action("Open the visit", "visits.page", {"visit_id": each.visit_id}),
            urgency=Urgency.SOON,
            due=each.starts_at,
        )
