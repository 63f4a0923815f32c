"""What feeds put on the worklist: the question that a new clinic's administrator has to answer once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services.feed_policy import policy
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import clinics
from coordinator.store.unit_of_work import Work


def undecided_policy(work: Work, actor: Actor, _now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """One item, for administrators, until somebody has said who hosts the staff's calendars."""
    if actor.access is not Access.ADMINISTRATOR or not policy(work, actor).is_undecided:
        return
    clinic = clinics.get(work, actor.clinic_id)
    yield Item(
        kind="feed.policy",
        key=str(clinic.id),
        title="Who hosts your staff's calendars?",
        detail="Until this is answered, calendar feeds show “Clinic visit” and its time, and no more.",
        owner="Administrator",
        since=clinic.created_at,
        action=Action("Answer", "feed_policy.page"),
        urgency=Urgency.LATER,
    )
