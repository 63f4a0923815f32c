"""What may become of a program as a whole: paused and resumed, extended, ended early.

Whoever pauses or ends one frees what it holds from now on; that is a publication, which can be undone.
"""

from __future__ import annotations

from datetime import date, datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import date_of
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.snapshot import EnrollmentEntry
from coordinator.services.desk import Desk, open_desk
from coordinator.services.visit_changes import Applied, Basis, VisitChange, apply_changes, let_go_of_holds
from coordinator.store import audit, enrollments
from coordinator.store.unit_of_work import Work

LONGEST_DAYS = 3 * 366
"""How far after its start a program may end."""


def pause(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> Applied:
    """Pauses a program: its visits to come are canceled, which frees people and rooms, and what was held for it.

    Raises NotFound, Conflict.
    """
    return _stop(work, actor, now, enrollment_id, "paused", "pause")


def end(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> Applied:
    """Ends a program early: its visits to come are canceled. Raises NotFound, Conflict."""
    return _stop(work, actor, now, enrollment_id, "ended", "end")


def resume(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> None:
    """Lets a paused program run again; what it lacks is planned next. Raises NotFound, Conflict."""
    desk = open_desk(work, actor, now)
    entry = _entry(desk, enrollment_id)
    if entry.status != "paused":
        raise Conflict(f"{entry.code} is {entry.status}, so there is nothing to resume.")
    status = "active" if desk.snapshot.held[entry.id] else "waiting"
    _set_status(desk, entry, status, "enrollment.resume")


def extend(work: Work, actor: Actor, now: datetime, enrollment_id: int, latest: date) -> None:
    """Lets a program run until a date. Raises NotFound, Conflict, and InvalidInput for a date that cannot be."""
    desk = open_desk(work, actor, now)
    entry = _entry(desk, enrollment_id)
    if entry.status in enrollments.OVER:
        raise Conflict(f"{entry.code} is {entry.status}, so it cannot be extended.")
    last = max((each.end for each in desk.snapshot.held[entry.id].values()), default=0)
    earliest = date.fromordinal(entry.enrollment.earliest)
    if latest < earliest or (last and latest < date_of(last)):
        raise InvalidInput("Choose a date that is not before the program's last visit.", "latest")
    if (latest - earliest).days > LONGEST_DAYS:
        raise InvalidInput("Choose a date within three years of the program's start.", "latest")
    enrollments.set_latest(work, actor.clinic_id, entry.id, latest)
    detail = {"code": entry.code, "latest": latest.isoformat()}
    audit.append(work, actor, now, "enrollment.extend", "enrollment", entry.id, detail)


def _stop(work: Work, actor: Actor, now: datetime, enrollment_id: int, status: str, kind: str) -> Applied:
    desk = open_desk(work, actor, now)
    entry = _entry(desk, enrollment_id)
    if not (entry.is_living or (entry.status == "paused" and status == "ended")):
        raise Conflict(f"{entry.code} is {entry.status} already.")
    ahead = [each for each in desk.snapshot.held[entry.id].values() if not each.has_begun(desk.minute)]
    changes = [VisitChange(entry.id, each.code, status="canceled", revision_seen=each.revision) for each in ahead]
    applied = apply_changes(work, actor, now, changes, basis=Basis(kind))
    let_go_of_holds(work, actor, now, [entry.id])
    _set_status(desk, entry, status, f"enrollment.{kind}")
    return applied


def _entry(desk: Desk, enrollment_id: int) -> EnrollmentEntry:
    entry = desk.snapshot.by_id.get(enrollment_id)
    if entry is None:
        raise NotFound("There is no such program.")
    return entry


def _set_status(desk: Desk, entry: EnrollmentEntry, status: str, action: str) -> None:
    enrollments.set_status(desk.work, desk.actor.clinic_id, entry.id, status, desk.now)
    audit.append(desk.work, desk.actor, desk.now, action, "enrollment", entry.id, {"code": entry.code})
