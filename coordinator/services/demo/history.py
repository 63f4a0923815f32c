"""What has happened in the demo clinic so far: programs were published, and visits took place, or did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from datetime import UTC, datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.schedule import Plan, Problem
from coordinator.domain.snapshot_problems import planning_problem
from coordinator.services import outcomes, schedule
from coordinator.services.schedule import VisitChange
from coordinator.store import snapshot, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

Planner = Callable[[Problem], Plan]
"""Problem in, plan out: handed in by the command, since of the services only planning may load the planner."""

Missed = Set[tuple[int, str]]
"""Visits to which nobody came at first, by enrollment and code."""

EVERY_STOPPED = 37
"""One dosing visit in so many was stopped early."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def publish(work: Work, actor: Actor, now: datetime, enrollment_id: int, planner: Planner) -> bool:
    """Plans an enrollment beside everything that is published, and publishes that; False where no plan was found."""
    taken = snapshot.load(work, actor.clinic_id)
    minute = from_utc(now, zone_named(taken.clinic.timezone))
    found = planner(planning_problem(taken, minute, (enrollment_id,)))
    code = taken.by_id[enrollment_id].code
    if code in {each.enrollment for each in found.unplanned}:
        return False
    changes = [VisitChange(enrollment_id, each.visit, each) for each in found.visits if each.enrollment == code]
    schedule.apply_changes(work, actor, now, changes)
    return True


def keep_up(work: Work, actor: Actor, until: datetime, planner: Planner, missed: Missed) -> None:
    """Records what became of every visit that ended before a moment; what was missed is planned anew an hour later."""
    for rows in _due(work, actor, until):
        if rows.visit.attempt == 1 and (rows.enrollment.id, rows.visit.code) in missed:
            _took_place(work, actor, rows.visit.ends_at - timedelta(minutes=1))
            outcomes.record(work, actor, rows.visit.ends_at, rows.visit.id, "no_show")
            publish(work, actor, rows.visit.ends_at + timedelta(hours=1), rows.enrollment.id, planner)
    _took_place(work, actor, until)


def _due(work: Work, actor: Actor, until: datetime) -> list[VisitRows]:
    found = visit_queries.between(work, actor.clinic_id, LONG_AGO, until, statuses=["scheduled"])
    return [each for each in found if each.visit.ends_at <= until]


def _took_place(work: Work, actor: Actor, until: datetime) -> None:
    """Records all that ended before a moment in one go, the last visits of programs by themselves: they finish them."""
    due = _due(work, actor, until)
    lasts = _last_of_programs(work, actor, due)
    changes = [_change(each) for each in due if each.visit.id not in lasts]
    if changes:
        schedule.apply_changes(work, actor, until, changes)
    for visit_id in lasts:
        outcomes.record(work, actor, until, visit_id, "attended")


def _change(rows: VisitRows) -> VisitChange:
    is_short = rows.visit.kind == "dosing" and rows.visit.id % EVERY_STOPPED == 0
    return VisitChange(rows.enrollment.id, rows.visit.code, status="stopped_early" if is_short else "attended")


def _last_of_programs(work: Work, actor: Actor, due: Sequence[VisitRows]) -> list[int]:
    """The visits after which their program is over."""
    mine = Counter(each.enrollment.id for each in due)
    last = {each.enrollment.id: each.visit.id for each in due}
    open_still = {
        enrollment_id: sum(
            each.visit.status == "scheduled"
            for each in visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
        )
        for enrollment_id in mine
    }
    return [visit_id for enrollment_id, visit_id in last.items() if open_still[enrollment_id] == mine[enrollment_id]]
