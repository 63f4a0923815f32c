"""The day of a visit: arrived, in the room, started, running late, monitoring done, left; each step can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import gates
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, visit_queries, visit_steps
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows
from coordinator.store.visit_steps import VisitStepRecord

STEPS = {
    "arrived": "Arrived",
    "in_room": "In the room",
    "started": "Started",
    "monitored": "Monitoring done",
    "left": "Left with the ride",
}
AFTER_DOSING = ("monitored", "left")
"""Steps that only a dosing visit has."""
MOST_LATE = 240


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step, when it was taken (naive clinic time; None: not yet) and by whom; `is_next` is the one that comes now."""

    step: str
    label: str
    at: datetime | None
    by: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class VisitDay:
    """The day of a visit. `late` is by how many minutes it runs late, `said` whether somebody said so.

    `may_step` is whether steps may be taken now: on the day itself, until its outcome is recorded.
    """

    visit_id: int
    steps: tuple[StepLine, ...]
    late: int
    said: bool
    expected_end: datetime
    may_step: bool

    @property
    def newest(self) -> StepLine | None:
        """The last step that was taken."""
        return next((each for each in reversed(self.steps) if each.at is not None), None)


def of_visits(work: Work, actor: Actor, now: datetime, rows: Sequence[VisitRows]) -> dict[int, VisitDay]:
    """The day of each of these visits, which the caller has found that the actor may see."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    taken = visit_steps.of_visits(work, [each.visit.id for each in rows])
    today = local(now, zone).date()
    found = {}
    for each in rows:
        visit, day = each.visit, local(each.visit.starts_at, zone).date()
        # a visit that was moved to another day begins anew
        standing = (step for step in taken.get(visit.id, ()) if local(step.at, zone).date() == day)
        steps = {step.step: step for step in standing}
        wanted = [name for name in STEPS if visit.kind == "dosing" or name not in AFTER_DOSING]
        last = max((wanted.index(name) for name in steps if name in wanted), default=-1)
        minutes = _late(steps, visit.starts_at)
        found[visit.id] = VisitDay(
            visit_id=visit.id,
            steps=tuple(
                StepLine(
                    name,
                    STEPS[name],
                    local(steps[name].at, zone) if name in steps else None,
                    steps[name].by if name in steps else "",
                    number == last + 1,
                )
                for number, name in enumerate(wanted)
            ),
            late=minutes,
            said="late" in steps,
            expected_end=local(visit.ends_at + timedelta(minutes=minutes), zone),
            may_step=visit.status == "scheduled" and day == today and actor.access is not Access.AUDITOR,
        )
    return found


def of_visit(work: Work, actor: Actor, now: datetime, visit_id: int) -> VisitDay | None:
    """The day of one visit; None where no step was taken and none may be."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    found = of_visits(work, actor, now, [rows] if rows else []).get(visit_id)
    return found if found and (found.may_step or found.newest) else None


def step(work: Work, actor: Actor, now: datetime, visit_id: int, name: str) -> None:
    """Takes a step; one that was taken already stays as it is.

    Raises NotFound for a visit that is not the actor's and a step that it has not, and Conflict on another day, where
    the outcome is recorded, and for the start of a visit with a shut gate.
    """
    rows, day = _open_day(work, actor, now, visit_id)
    line = next((each for each in day.steps if each.step == name), None)
    if line is None:
        raise NotFound("There is no such step.")
    if name == "started":
        _refuse_shut(work, actor, now, rows)
    if line.at is None:
        visit_steps.take(work, rows.visit, name, now, actor.name)
        _note(work, actor, now, "visit.step", rows, {"step": name})


def undo(work: Work, actor: Actor, now: datetime, visit_id: int, name: str) -> None:
    """Takes a step back; raises as `step`."""
    rows, _ = _open_day(work, actor, now, visit_id)
    if name not in (*STEPS, "late"):
        raise NotFound("There is no such step.")
    visit_steps.undo(work, visit_id, name, now)
    _note(work, actor, now, "visit.step_undo", rows, {"step": name})


def late(work: Work, actor: Actor, now: datetime, visit_id: int, minutes: int) -> None:
    """Says that the visit will end so many minutes late; raises as `step`, and InvalidInput."""
    if not 1 <= minutes <= MOST_LATE:
        raise InvalidInput(f"Say how late in minutes, from 1 to {MOST_LATE}.", "minutes")
    rows, _ = _open_day(work, actor, now, visit_id)
    visit_steps.undo(work, visit_id, "late", now)
    visit_steps.take(work, rows.visit, "late", now, actor.name, minutes)
    _note(work, actor, now, "visit.late", rows, {"minutes": minutes})


def may_see(actor: Actor, rows: VisitRows) -> bool:
    """Whether the visit is the actor's: a clinician must have a part in it."""
    return actor.access is not Access.CLINICIAN or any(person.id == actor.staff_id for _, person in rows.people)


def _open_day(work: Work, actor: Actor, now: datetime, visit_id: int) -> tuple[VisitRows, VisitDay]:
    clinics.lock(work, actor.clinic_id)
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or not may_see(actor, rows):
        raise NotFound("There is no such visit.")
    day = of_visits(work, actor, now, [rows])[visit_id]
    if rows.visit.status != "scheduled":
        raise Conflict("What became of this visit is recorded already, so its day is over.")
    if not day.may_step:
        raise Conflict("This is not the day of the visit. Come back when it is.")
    return rows, day


def _refuse_shut(work: Work, actor: Actor, now: datetime, rows: VisitRows) -> None:
    gated = gates.of_visits(work, actor, now, [rows]).get(rows.visit.id)
    if gated is not None and gated.shut:
        names = ", ".join(each.name for each in gated.shut)
        raise Conflict(f"This visit is no go: {names} {'is' if len(gated.shut) == 1 else 'are'} shut. Open it first.")


def _late(steps: dict[str, VisitStepRecord], starts_at: datetime) -> int:
    """By how many minutes a visit runs late: as somebody said, otherwise as it started."""
    said, started = steps.get("late"), steps.get("started")
    if said is not None:
        return said.minutes or 0
    return max(0, int((started.at - starts_at).total_seconds()) // 60) if started else 0


def _note(work: Work, actor: Actor, now: datetime, action: str, rows: VisitRows, facts: dict[str, str | int]) -> None:
    detail = {"visit": f"{rows.enrollment.code}/{rows.visit.code}", **facts}
    audit.append(work, actor, now, action, "visit", rows.visit.id, detail)
