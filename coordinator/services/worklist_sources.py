"""Every source of the worklist, in one place, and the worklist that they make together."""

from __future__ import annotations

from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.services import (
    cover_items,
    emergency_items,
    feed_items,
    gate_items,
    integration,
    invitation_items,
    notice_items,
    pace,
    patient_answer_items,
    planning_items,
    running_late,
    visit_items,
    waiting,
)
from coordinator.services.desk import LOOKS_BACK
from coordinator.services.worklist import COORDINATORS, Item, Source, sifted
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work

SOURCES: tuple[Source, ...] = (
    emergency_items.unreviewed,
    pace.hurried_users,
    running_late.late_visits,
    patient_answer_items.unanswered,
    visit_items.without_outcome,
    notice_items.failed_notices,
    gate_items.shut_gates,
    integration.alerts,
    invitation_items.declined,
    planning_items.broken_visits,
    cover_items.sick_calls,
    cover_items.requests_to_decide,
    cover_items.offers_to_answer,
    planning_items.proposals_to_decide,
    planning_items.incomplete_programs,
    waiting.could_begin_sooner,
    planning_items.waiting_programs,
    planning_items.jobs_under_way,
    feed_items.undecided_policy,
)
"""One line per source; the order is that of items which are equally urgent and old."""


def worklist(work: Work, actor: Actor, now: datetime) -> tuple[Item, ...]:
    """What needs somebody now, as far as it is the actor's."""
    sees_all = actor.access in COORDINATORS
    snapshot = snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK) if sees_all else None
    return sifted((item for source in SOURCES for item in source(work, actor, now, snapshot)), actor)
