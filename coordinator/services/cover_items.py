"""What cover puts on the worklist: requests to decide, sick calls with visits left, offers to answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.spoken import listed, short_day, span
from coordinator.services.cover_impact import impact, in_words
from coordinator.services.swaps import SwapView, views
from coordinator.services.time_off import is_sick_call
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import staff_queries, swaps
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work

OWNER = "Coordinator"


def requests_to_decide(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Time off that was asked for, with what it touches."""
    if snapshot is None:
        return
    names = {each.id: each.person.name for each in snapshot.staff}
    for record in staff_queries.time_off(work, actor.clinic_id, now):
        if record.status == "requested":
            said = in_words(impact(work, actor, now, record))
            yield _item("time_off.request", f"{names[record.staff_id]} asks for time off", said, record, Urgency.SOON)


def sick_calls(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Sick calls that leave visits without somebody."""
    if snapshot is None:
        return
    names = {each.id: each.person.name for each in snapshot.staff}
    for record in staff_queries.time_off(work, actor.clinic_id, now):
        if is_sick_call(record):
            found = impact(work, actor, now, record)
            if found.touched:
                title = f"{names[record.staff_id]} called in sick"
                yield _item("time_off.sick", title, in_words(found), record, Urgency.NOW)


def offers_to_answer(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """Offers that wait for a yes, for each colleague who has not said no."""
    for view in views(work, actor, now, swaps.open_ones(work, actor.clinic_id, now)):
        if view.state == "open":
            yield _offer(view)


def _item(kind: str, title: str, detail: str, record: TimeOffRecord, urgency: Urgency) -> Item:
    page = Action("Review", "time_off.review", {"time_off_id": record.id})
    return Item(kind, str(record.id), title, detail, OWNER, record.created_at, page, urgency, record.starts_at)


def _offer(view: SwapView) -> Item:
    waiting = [name for name in view.asked if name not in view.declined]
    return Item(
        kind="swap.offer",
        key=str(view.id),
        title=f"{view.giver} asks for cover",
        detail=f"{view.title}, {short_day(view.start)}, {span(view.start, view.end)}",
        owner=listed(waiting) if waiting else "Nobody is left to ask",
        since=view.created_at,
        action=Action("Answer", "swaps.page", {"swap_id": view.id}),
        urgency=Urgency.SOON,
        staff=view.asked_ids,
    )
