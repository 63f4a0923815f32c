"""The form beside each drag: a visit as the schedule's dialog shows it, and putting it where the form says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import wall_clock
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.domain.publication import OVERRIDABLE
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import drafts, visits
from coordinator.services.desk import Desk, read_desk
from coordinator.services.visits import TypedMove, VisitView
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Wish:
    """A place as the form says it. With `rule` and `reason` the place may break that rule."""

    enrollment_id: int
    code: str
    typed: TypedMove
    revision_seen: int | None
    rule: str = ""
    reason: str = ""


def place(work: Work, actor: Actor, now: datetime, wish: Wish) -> None:
    """Puts the visit into the draft there. Raises InvalidForm, and as `drafts.put` does.

    What the form leaves out stays as it is: the room and the people of the visit, or of its place in the draft.
    """
    desk = read_desk(work, actor, now)
    key = _key(desk, wish.enrollment_id, wish.code)
    start = visits.typed_start(wish.typed, desk.zone)
    visit = desk.snapshot.visit_of(desk.snapshot.by_code[key[0]], wish.code)
    staff = {need: wish.typed.staff.get(need, "") for need in visit.need_names()}
    unknown = [each for each in staff.values() if each not in desk.snapshot.staff_by_code]
    if unknown or (visit.room and wish.typed.room not in desk.snapshot.rooms_by_code):
        raise InvalidInput("Choose a room and people of this clinic.")
    placed = PlacedVisit(*key, start, wish.typed.room if visit.room else None, staff)
    if wish.rule and not wish.reason.strip():
        raise InvalidInput("An override needs a reason, which everybody can read later. Write one.", "reason")
    leave = {wish.rule: wish.reason.strip()} if wish.rule in OVERRIDABLE else {}
    drafts.put(desk, key, placed, wish.revision_seen, leave)


def cancel(work: Work, actor: Actor, now: datetime, enrollment_id: int, code: str, revision_seen: int | None) -> None:
    """Puts the canceling of a visit into the draft; raises as `drafts.put` does."""
    desk = read_desk(work, actor, now)
    drafts.put(desk, _key(desk, enrollment_id, code), None, revision_seen)


def card(work: Work, actor: Actor, now: datetime, enrollment_id: int, code: str) -> tuple[VisitView, TypedMove | None]:
    """A visit that holds a time, with all that its form offers, and its place in the draft. Raises NotFound."""
    desk = read_desk(work, actor, now)
    entry = desk.snapshot.by_code[_key(desk, enrollment_id, code)[0]]
    held = desk.snapshot.held[entry.id].get(code)
    if held is None:
        raise NotFound("There is no such visit.")
    edit = next((each for each in drafts.unjudged(desk) if each.key == (entry.code, code)), None)
    return visits.visit(work, actor, now, held.id), _typed(edit.placed) if edit and edit.placed else None


def _typed(placed: PlacedVisit) -> TypedMove:
    start = wall_clock(placed.start)
    return TypedMove(str(start.date()), f"{start:%H:%M}", placed.room or "", placed.staff)


def _key(desk: Desk, enrollment_id: int, code: str) -> tuple[str, str]:
    entry = desk.snapshot.by_id.get(enrollment_id)
    if entry is None or code not in desk.snapshot.protocol_visits[entry.enrollment.protocol]:
        raise NotFound("There is no such visit.")
    return entry.code, code
