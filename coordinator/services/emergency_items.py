"""What emergencies put on the worklist: records that somebody opened, until an administrator has reviewed it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services.emergencies import MOST
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import emergencies
from coordinator.store.unit_of_work import Work

SEEN_BY = frozenset({Access.ADMINISTRATOR, Access.AUDITOR})


def unreviewed(work: Work, actor: Actor, _now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """One item for each, for those who can do something about it."""
    if actor.access not in SEEN_BY:
        return
    for each in emergencies.listed(work, actor.clinic_id, MOST, unseen=True):
        yield Item(
            kind="emergency.opened",
            key=str(each.record.id),
            title=f"{each.user.name} opened the record of {each.patient.code} in an emergency",
            detail="Somebody else's patient; ask why, and review it",
            owner="Administrator",
            since=each.record.opened_at,
            action=Action("Review", "emergencies.index", {}, anchor=f"emergency-{each.record.id}"),
            urgency=Urgency.NOW,
        )
