"""What became of a visit: attended, missed, or stopped early."""

from __future__ import annotations

from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.schedule import PlacedVisit
from coordinator.services.visit_changes import MISSED, TOOK_PLACE, Applied, VisitChange, apply_changes
from coordinator.store import audit, clinics, enrollments, visit_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work

OUTCOMES = ("attended", "no_show", "late_cancel", "stopped_early")
TAKEN_BACK = frozenset({"no_show", "late_cancel"})


def record(
    work: Work, actor: Actor, now: datetime, visit_id: int, outcome: str, revision_seen: int | None = None
) -> Applied:
    """Records the outcome of an attempt: one of OUTCOMES. A missed one gives its time back and does not count.

    Only a late cancel may be recorded before the visit begins. An outcome may be corrected as long as the attempt
    holds its time. When the last visit of a program took place, the program is finished; where one of a finished
    program turns out to have been missed, the program goes on. Raises NotFound, InvalidInput for an unknown word, and
    Conflict where the visit has not begun, was missed already or changed since it was seen.
    """
    if outcome not in OUTCOMES:
        raise InvalidInput(f"“{outcome}” is no outcome. Choose one of {', '.join(OUTCOMES)}.", "outcome")
    clinics.lock(work, actor.clinic_id)
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    label = f"{rows.enrollment.code}/{rows.visit.code}"
    if rows.visit.status in MISSED:
        said = rows.visit.status.replace("_", " ")
        raise Conflict(f"{label} is recorded as {said} and has given its time back. Plan it anew instead.")
    if rows.visit.starts_at > now and outcome != "late_cancel":
        raise Conflict(f"{label} has not begun yet. Record its outcome when it has.")
    change = VisitChange(rows.enrollment.id, rows.visit.code, status=outcome, revision_seen=revision_seen)
    applied = apply_changes(work, actor, now, [change])
    if outcome in TOOK_PLACE:
        _finish_if_done(work, actor, now, rows.enrollment.id)
    elif rows.enrollment.status == "finished":
        _note_status(work, actor, now, "enrollment.reopen", "active", rows.enrollment.id, rows.enrollment.code)
    return applied


def take_back(work: Work, actor: Actor, now: datetime, visit_id: int) -> Applied:
    """Takes back that an attempt was missed: it stands again where it was, with its people and its room.

    Raises NotFound, and Conflict where it was not missed, was planned again, or somebody else has its time by now.
    """
    clinics.lock(work, actor.clinic_id)
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    if rows.visit.status not in TAKEN_BACK:
        raise Conflict("This visit is not recorded as missed, so there is nothing to take back. Load the page again.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    # a late cancel took its people out of their calendars at that moment; others had left the visit before
    present = [each for each in rows.people if each[0].canceled_at in (None, rows.visit.changed_at)]
    placed = PlacedVisit(
        rows.enrollment.code,
        rows.visit.code,
        from_utc(rows.visit.starts_at, zone),
        rows.room.code if rows.room else None,
        {part.need: person.code for part, person in present},
    )
    change = VisitChange(rows.enrollment.id, rows.visit.code, placed, restores=visit_id, as_it_stood=True)
    try:
        applied = apply_changes(work, actor, now, [change])
    except (Conflict, InvalidInput) as refusal:
        raise Conflict(f"This cannot be taken back any more. {refusal}") from refusal
    audit.append(work, actor, now, "visit.outcome_undo", "visit", visit_id, {"outcome": rows.visit.status})
    return applied


def _finish_if_done(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> None:
    snapshot = snapshots.load(work, actor.clinic_id)
    entry = snapshot.by_id[enrollment_id]
    done = all(visit.status in TOOK_PLACE for visit in snapshot.held[enrollment_id].values())
    if entry.status == "active" and done and snapshot.is_whole(entry):
        _note_status(work, actor, now, "enrollment.finish", "finished", enrollment_id, entry.code)


def _note_status(
    work: Work, actor: Actor, now: datetime, action: str, status: str, enrollment_id: int, code: str
) -> None:
    enrollments.set_status(work, actor.clinic_id, enrollment_id, status, now)
    audit.append(work, actor, now, action, "enrollment", enrollment_id, {"code": code})
