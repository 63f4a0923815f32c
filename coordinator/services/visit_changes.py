"""The one door through which published visits are written: publish, move, cancel, outcomes and the demo all use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import Minute, from_utc, wall_clock, zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.publication import OVERRIDABLE, Placing, broken_by
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, Snapshot, VisitEntry
from coordinator.domain.violation import Violation
from coordinator.services.notices import owe_for_visits
from coordinator.services.visit_writing import placement, visit_claims
from coordinator.store import audit, claims, clinics, enrollments, feeds, notices, visit_writing
from coordinator.store import snapshot as snapshots
from coordinator.store.claims import Claim, Collision
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_writing import Touched

MISSED = frozenset({"canceled", "no_show", "late_cancel"})
"""What became of an attempt that holds nothing any more and does not count."""
TOOK_PLACE = frozenset({"attended", "stopped_early"})
LOOKS_BACK = timedelta(days=8)
"""Visits of programs that are over still count in the limits of the week that they lie in."""
LOOKS_AHEAD = timedelta(days=5 * 366)
"""How far ahead a visit may be put. Every day until then is judged, so a mistyped year must not get far."""


@dataclass(frozen=True, slots=True)
class VisitChange:
    """What becomes of one visit of an enrollment.

    With `placed` it is put there: a new attempt, or a move of the one that holds a time. Without, the attempt that
    holds a time gets `status`: canceled, no_show, late_cancel (it gives its time back), attended or stopped_early.
    `revision_seen` is the visit's revision as the user saw it; None asks nothing.
    """

    enrollment_id: int
    visit: str
    placed: PlacedVisit | None = None
    status: str = "scheduled"
    revision_seen: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Leave to break a rule by its name (see domain.publication.OVERRIDABLE), with the reason, which stays visible."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: visits by id, and whose calendars changed (staff and room ids)."""

    visits: tuple[int, ...]
    staff: frozenset[int]
    rooms: frozenset[int]


class RulesBroken(Conflict):
    """A change would break rules of the clinic; `violations` has all of them."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        more = f" (And {len(violations) - 1} more.)" if len(violations) > 1 else ""
        super().__init__(f"{violations[0].message}{more} Choose another time or other people.")
        self.violations = tuple(violations)


@dataclass(frozen=True, slots=True)
class _Step:
    """A change beside what it changes; `held` None where the visit holds no time yet."""

    change: VisitChange
    entry: EnrollmentEntry
    held: VisitEntry | None


@dataclass(slots=True)
class Desk:
    """What the changes of one transaction share."""

    work: Work
    actor: Actor
    now: datetime
    snapshot: Snapshot
    zone: ZoneInfo
    touched: Touched = field(default_factory=Touched)

    @property
    def minute(self) -> Minute:
        """Now, by the clinic's wall clock."""
        return from_utc(self.now, self.zone)


def open_desk(work: Work, actor: Actor, now: datetime) -> Desk:
    """Locks the clinic and loads it afresh; raises NotFound."""
    clinic = clinics.lock(work, actor.clinic_id)
    snapshot = snapshots.load(work, clinic.id, since=now - LOOKS_BACK)
    return Desk(work, actor, now, snapshot, zone_named(clinic.timezone))


def apply_changes(
    work: Work, actor: Actor, now: datetime, changes: Sequence[VisitChange], overrides: Sequence[Override] = ()
) -> Applied:
    """Makes the changes, all or none, and everything that follows from them: claims, feeds, notices, audit.

    Raises NotFound; RulesBroken where a rule stands against them that is not overridden; Conflict where a visit changed
    since it was seen, or somebody else took a time; InvalidInput for an override that nobody may give.
    """
    desk = open_desk(work, actor, now)
    steps = [step for change in changes if not _is_done(step := _step(desk, change))]
    _check_overrides(overrides)
    allowed = frozenset(each.rule for each in overrides)
    placings = [Placing((step.entry.code, step.change.visit), step.change.placed) for step in steps if _moves(step)]
    broken = broken_by(desk.snapshot, desk.minute, placings)
    refused = [each for each in broken if each.name not in allowed]
    if refused:
        raise RulesBroken(refused)
    return write(desk, steps, _granted(desk, broken, overrides))


def _step(desk: Desk, change: VisitChange) -> _Step:
    entry = desk.snapshot.by_id.get(change.enrollment_id)
    if entry is None or change.visit not in desk.snapshot.protocol_visits[entry.enrollment.protocol]:
        raise NotFound("There is no such visit.")
    held = desk.snapshot.held[entry.id].get(change.visit)
    if change.revision_seen is not None and (held is None or held.revision != change.revision_seen):
        raise Conflict(f"{entry.code}/{change.visit} was changed by somebody else meanwhile. Look at it again.")
    step = _Step(change, entry, held)
    if change.placed is None:
        if held is None:
            raise Conflict(f"{entry.code}/{change.visit} holds no time any more. Look at it again.")
    elif change.placed.start < from_utc(desk.now - LOOKS_BACK, desk.zone) and not _is_done(step):
        raise InvalidInput(f"{entry.code}/{change.visit} would be in the past. Choose a later time.")
    elif change.placed.start > from_utc(desk.now + LOOKS_AHEAD, desk.zone):
        raise InvalidInput(f"{entry.code}/{change.visit} would be more than five years away. Choose an earlier date.")
    elif not entry.is_living:
        raise Conflict(f"{entry.code} is {entry.status}, so its visits stay as they are. Resume the program first.")
    elif held is not None and held.has_begun(desk.minute) and not _is_done(step):
        raise Conflict(f"{entry.code}/{change.visit} has begun already and cannot be moved. Record what became of it.")
    return step


def _is_done(step: _Step) -> bool:
    """Whether the change would change nothing."""
    if step.held is None:
        return False
    wanted, has = step.change.placed, step.held.placed
    if wanted is None:
        return step.change.status == step.held.status
    return (wanted.start, wanted.room, dict(wanted.staff)) == (has.start, has.room, dict(has.staff))


def _moves(step: _Step) -> bool:
    """Whether the change takes time, or gives it back."""
    return step.change.placed is not None or step.change.status in MISSED


def _check_overrides(overrides: Iterable[Override]) -> None:
    for each in overrides:
        if each.rule not in OVERRIDABLE:
            raise InvalidInput(f"The rule “{each.rule}” cannot be overridden. Choose another time or other people.")
        if not each.reason.strip():
            raise InvalidInput("An override needs a reason, which everybody can read later. Write one.", "reason")


def _granted(
    desk: Desk, broken: Iterable[Violation], overrides: Iterable[Override]
) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """For each visit the overrides that it needed."""
    reasons = {each.rule: each.reason.strip() for each in overrides}
    by, at = desk.actor.name, desk.now.isoformat(timespec="seconds")
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for violation in broken:
        note = {"rule": violation.name, "reason": reasons[violation.name], "by": by, "at": at}
        for key in violation.touches:
            if note not in found.setdefault(key, []):
                found[key].append(note)
    return found


def write(desk: Desk, steps: Sequence[_Step], granted: Mapping[tuple[str, str], list[dict[str, Any]]]) -> Applied:
    """Writes the steps, which the rules have passed."""
    held = [step.held.id for step in steps if step.held is not None and _moves(step)]
    claims.give_back(desk.work, held)
    ids = [*_settle(desk, [step for step in steps if step.change.placed is None])]
    ids += place(desk, [(step.entry, step.change.placed, step.held) for step in steps if step.change.placed], granted)
    announce(desk, ids)
    return Applied(tuple(ids), frozenset(desk.touched.staff), frozenset(desk.touched.rooms))


def announce(desk: Desk, visit_ids: Sequence[int]) -> None:
    """Has feeds and reminders follow visits that were written."""
    if not visit_ids:
        return
    clinics.get(desk.work, desk.actor.clinic_id).revision += 1
    feeds.raise_revisions(desk.work, desk.actor.clinic_id, desk.now, desk.touched.owners)
    owe_for_visits(desk.work, desk.actor.clinic_id, desk.now, visit_ids)


def _settle(desk: Desk, steps: Sequence[_Step]) -> Iterable[int]:
    """Records what became of visits; those that are not to be any more leave the calendars and the outbox."""
    for step in steps:
        assert step.held is not None
        status = step.change.status
        leaves = status in ("canceled", "late_cancel")
        visit_writing.set_status(desk.work, desk.now, step.held.id, status, desk.touched, leaves_calendars=leaves)
        notices.withdraw_for_visit(desk.work, step.held.id, desk.now, status)
        action = "visit.cancel" if status == "canceled" else "visit.outcome"
        detail = {**_detail(step.entry, step.held.placed), "outcome": status}
        audit.append(desk.work, desk.actor, desk.now, action, "visit", step.held.id, detail)
        yield step.held.id


def place(
    desk: Desk,
    placings: Sequence[tuple[EnrollmentEntry, PlacedVisit, VisitEntry | None]],
    granted: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> list[int]:
    """Writes visits where they are to be, with their claims; raises Conflict where somebody else has the time."""
    rows = [
        replace(
            placement(desk.snapshot, desk.zone, entry, placed, held.id if held else None),
            overrides=granted.get((entry.code, placed.visit), []),
        )
        for entry, placed, held in placings
    ]
    ids = visit_writing.place(desk.work, desk.actor.clinic_id, desk.now, rows, desk.touched)
    wanted: list[Claim] = []
    for visit_id, (entry, placed, held) in zip(ids, placings, strict=True):
        wanted += visit_claims(desk.snapshot, desk.zone, entry, placed, visit_id)
        if held is not None:
            notices.withdraw_for_visit(desk.work, visit_id, desk.now, "moved")
        _note_place(desk, visit_id, entry, placed, held)
    _take(desk, wanted)
    for entry in {entry.id: entry for entry, _, _ in placings}.values():
        if entry.status == "waiting":
            enrollments.set_status(desk.work, desk.actor.clinic_id, entry.id, "active", desk.now)
    return ids


def _note_place(
    desk: Desk, visit_id: int, entry: EnrollmentEntry, placed: PlacedVisit, held: VisitEntry | None
) -> None:
    detail = _detail(entry, placed)
    if held is None:
        action = "visit.publish"
    else:
        action = "visit.move" if held.start != placed.start else "visit.change"
        detail["from"] = _detail(entry, held.placed)
    audit.append(desk.work, desk.actor, desk.now, action, "visit", visit_id, detail)


def _detail(entry: EnrollmentEntry, placed: PlacedVisit) -> dict[str, Any]:
    return {
        "visit": f"{entry.code}/{placed.visit}",
        "start": wall_clock(placed.start).isoformat(timespec="minutes"),
        "room": placed.room,
        "staff": dict(placed.staff),
    }


def _take(desk: Desk, wanted: Sequence[Claim]) -> None:
    try:
        claims.take(desk.work, desk.actor.clinic_id, wanted)
    except Collision as collision:
        raise Conflict(_said(desk, collision)) from collision


def _said(desk: Desk, collision: Collision) -> str:
    """A collision in words. What takes the time may be another clinic's, and is then not named."""
    names = {entry.resource_id: entry.person.name for entry in desk.snapshot.staff}
    names |= {entry.resource_id: entry.room.name for entry in desk.snapshot.rooms}
    for entry in desk.snapshot.enrollments:
        names |= {resource_id: f"Patient {code}" for code, resource_id in entry.patients.items()}
    others = {visit.id: visit for visit in desk.snapshot.visits}
    other = others.get(collision.visit_id or 0)
    by = f" by {desk.snapshot.by_id[other.enrollment_id].code}/{other.code}" if other else ""
    at = wall_clock(from_utc(collision.starts_at, desk.zone))
    who = names.get(collision.resource_id, "Somebody")
    return f"{who} is taken from {at:%Y-%m-%d %H:%M} on{by}. Look at the schedule again and choose another time."
