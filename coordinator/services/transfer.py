"""A clinic from the exchange format, and to it."""

from __future__ import annotations

from datetime import datetime

from coordinator.domain.actor import Actor, system
from coordinator.domain.clinic_time import DAY, from_utc, zone_named
from coordinator.domain.errors import InvalidInput
from coordinator.domain.rules import violations
from coordinator.domain.schedule import PlacedVisit, Plan, Problem
from coordinator.domain.snapshot import KEPT
from coordinator.domain.snapshot_problems import published_plan
from coordinator.services import visit_placing
from coordinator.services.desk import Desk, open_desk
from coordinator.services.transfer_rows import Rows, book
from coordinator.store import audit, clinics, notices, visit_writing
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work


def import_problem(work: Work, now: datetime, problem: Problem, plan: Plan | None = None) -> int:
    """Makes a clinic of a problem, publishes the plan if there is one, and gives the clinic's id.

    Without a plan the visits that the problem calls `previous` are what is published. Kept visits stay kept until
    somebody moves them; those that ended before `now` count as attended. Raises InvalidInput for a plan that breaks a
    rule, and Conflict where kept visits collide: the database would refuse them.
    """
    if plan is not None:
        _refuse_broken(problem, plan)
    slot_minutes = min(problem.slot_minutes, DAY)  # longer ones say the same: only midnight is on the grid
    clinic = clinics.found(work, now, problem.clinic or "Clinic", problem.timezone, slot_minutes)
    notices.add_default_rules(work, clinic.id)
    rows = Rows(work, clinic, now)
    rows.write(problem)
    actor = system(clinic.id)
    desk = open_desk(work, actor, now)
    _publish(desk, problem, plan)
    desk.snapshot = snapshots.load(work, clinic.id)
    book(desk, problem)
    detail = {"enrollments": len(problem.enrollments), "with_plan": plan is not None}
    audit.append(work, actor, now, "clinic.import", "clinic", clinic.id, detail)
    return clinic.id


def export(work: Work, actor: Actor, now: datetime) -> tuple[Problem, Plan]:
    """The actor's clinic as it is published: the problem, and the plan that its visits are."""
    snapshot = snapshots.load(work, actor.clinic_id)
    minute = from_utc(now, zone_named(snapshot.clinic.timezone))
    audit.append(work, actor, now, "clinic.export", "clinic", actor.clinic_id)
    return published_plan(snapshot, minute)


def _refuse_broken(problem: Problem, plan: Plan) -> None:
    broken = violations(problem, plan)
    if broken:
        more = f" (And {len(broken) - 1} more.)" if len(broken) > 1 else ""
        raise InvalidInput(f"The plan breaks a rule of the problem: {broken[0].message}{more} Nothing was imported.")


def _publish(desk: Desk, problem: Problem, plan: Plan | None) -> None:
    """Writes the kept visits and those of the plan, or else the previous ones."""
    kept = {(each.enrollment, each.visit): each for each in _kept(problem)}
    others = problem.previous if plan is None else plan.visits
    wanted = {(each.enrollment, each.visit): each for each in others} | kept
    entries = desk.snapshot.by_code
    placings = [(entries[each.enrollment], each, None) for each in wanted.values()]
    note = {"rule": KEPT, "reason": "Kept in the file it came from.", "by": desk.actor.name, "at": desk.now.isoformat()}
    ids = visit_placing.place(desk, placings, {key: [note] for key in kept})
    ended = [
        visit_id
        for visit_id, (entry, placed, _) in zip(ids, placings, strict=True)
        if (entry.code, placed.visit) in kept
        and placed.start + desk.snapshot.visit_of(entry, placed.visit).minutes <= desk.minute
    ]
    for visit_id in ended:
        visit_writing.set_status(desk.work, desk.now, visit_id, "attended", desk.touched, leaves_calendars=False)
    visit_placing.announce(desk, ids)


def _kept(problem: Problem) -> list[PlacedVisit]:
    return [each for enrollment in problem.enrollments for each in enrollment.kept]
