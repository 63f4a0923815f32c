"""Messages told in the app: one's own of the last weeks, and which are read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.services.visit_cards import local
from coordinator.store import clinics, notice_log
from coordinator.store.unit_of_work import Work

SHOWN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class AppNotice:
    """One message; naive clinic time. `visit_id` is what it is about, where that is one visit."""

    id: int
    subject: str
    text: str
    at: datetime
    visit_id: int | None
    is_read: bool


def told(work: Work, actor: Actor, now: datetime) -> tuple[AppNotice, ...]:
    """What the actor was told in the app, unread first, then the newest first."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = notice_log.told_in_app(work, actor.clinic_id, actor.staff_id, actor.user_id, now - SHOWN)
    found = (
        AppNotice(
            each.id,
            (each.content or {}).get("subject", ""),
            (each.content or {}).get("text", ""),
            local(each.settled_at or each.due_at, zone),
            each.visit_id,
            each.read_at is not None,
        )
        for each in rows
    )
    return tuple(sorted(found, key=lambda each: each.is_read))


def unread(work: Work, actor: Actor, now: datetime) -> int:
    """How many of them the actor has not read."""
    rows = notice_log.told_in_app(work, actor.clinic_id, actor.staff_id, actor.user_id, now - SHOWN)
    return sum(each.read_at is None for each in rows)


def mark_read(work: Work, actor: Actor, now: datetime, ids: Collection[int]) -> None:
    """Notes that one's own messages are read; others' are passed over."""
    for each in notice_log.told_in_app(work, actor.clinic_id, actor.staff_id, actor.user_id, now - SHOWN):
        if each.id in ids:
            each.read_at = each.read_at or now
