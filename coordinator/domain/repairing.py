"""Repairing what an event breaks: whom it touches, and the problem whose best plan changes the fewest visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from coordinator.domain.clinic_time import DAY, Minute
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.events import (
    Amiss,
    Event,
    Moved,
    PatientAway,
    ProtocolChange,
    RoomClosed,
    StaffAway,
    TeamChange,
)
from coordinator.domain.hours import Interval
from coordinator.domain.protocol import Protocol
from coordinator.domain.publication import Placing, broken_by
from coordinator.domain.rules import violations
from coordinator.domain.schedule import PlacedVisit, Plan, Problem, Weights
from coordinator.domain.snapshot import EnrollmentEntry, Snapshot, VisitEntry
from coordinator.domain.snapshot_problems import planning_problem

CHANGED = 10_000
"""What a changed visit weighs in a repair: above anything that continuity, spacing and an early end can come to."""
UNPLANNED = 10_000_000


def affected(snapshot: Snapshot, now: Minute, event: Event) -> list[int]:
    """The enrollments (ids) that run and have to be planned anew because of the event, in order.

    Raises NotFound for what the clinic has not got, and Conflict or InvalidInput for an event that cannot be.
    """
    if isinstance(event, StaffAway | RoomClosed | PatientAway):
        if event.start >= event.end:
            raise InvalidInput("This ends before it begins. Choose a later end.", "end")
        to_come = [visit for visit in snapshot.visits if not visit.has_begun(now)]
        touched = {visit.enrollment_id for visit in to_come if _hit(snapshot, visit, event)}
        return sorted(each for each in touched if snapshot.by_id[each].is_living)
    if isinstance(event, Amiss):
        return sorted(_running(snapshot, each).id for each in event.enrollment_ids)
    entry = _running(snapshot, event.enrollment_id)
    if isinstance(event, Moved):
        return sorted({entry.id, *_pushed_away(snapshot, now, entry, event)})
    if isinstance(event, TeamChange):
        _refuse_unfit_person(snapshot, entry, event)
    return [entry.id]


def repair_problem(
    snapshot: Snapshot, now: Minute, event: Event, plan_for: Collection[int], protocol: Protocol | None = None
) -> Problem:
    """The problem after the event, beside all other programs as they stand; a changed visit weighs above all else.

    `protocol` is the one that a ProtocolChange leads to.
    """
    after = after_event(snapshot, now, event, protocol)
    problem = planning_problem(after, now, plan_for)
    problem = replace(problem, weights=repair_weights(problem.weights))
    if isinstance(event, Moved):
        return _with_kept(problem, event.enrollment_id, after, [placed_by(snapshot, event)])
    if isinstance(event, TeamChange):
        held = after.held[event.enrollment_id].values()
        earlier = [each.placed for each in held if not each.stands(now) and each.start < event.since * DAY]
        return _with_kept(problem, event.enrollment_id, after, earlier)
    return problem


def repair_weights(weights: Weights) -> Weights:
    """The clinic's weights, with a changed visit above continuity and spacing."""
    return replace(weights, unplanned=UNPLANNED, moved=CHANGED, restaffed=CHANGED)


def after_event(snapshot: Snapshot, now: Minute, event: Event, protocol: Protocol | None = None) -> Snapshot:
    """The clinic with the event in it, before anything is repaired."""
    if isinstance(event, StaffAway):
        staff = [
            replace(each, hours=replace(each.hours, time_off=(*each.hours.time_off, Interval(event.start, event.end))))
            if each.id == event.staff_id
            else each
            for each in snapshot.staff
        ]
        return replace(snapshot, staff=tuple(staff))
    if isinstance(event, RoomClosed):
        rooms = [
            replace(each, room=replace(each.room, booked=(*each.room.booked, Interval(event.start, event.end))))
            if each.id == event.room_id
            else each
            for each in snapshot.rooms
        ]
        return replace(snapshot, rooms=tuple(rooms))
    if isinstance(event, PatientAway):
        return replace(snapshot, enrollments=tuple(_away(snapshot, each, event) for each in snapshot.enrollments))
    if isinstance(event, TeamChange):
        code = next(each.person.id for each in snapshot.staff if each.id == event.staff_id)
        entry = snapshot.by_id[event.enrollment_id]
        return _with_entry(snapshot, entry, team={**entry.enrollment.team, event.need: code})
    if isinstance(event, ProtocolChange) and protocol is not None:
        return _under(snapshot, now, snapshot.by_id[event.enrollment_id], protocol)
    return snapshot


def dropped(snapshot: Snapshot, now: Minute, entry: EnrollmentEntry, protocol: Protocol) -> list[VisitEntry]:
    """The visits to come that a program loses when it follows another protocol.

    Raises Conflict where one that has begun is no visit of that protocol.
    """
    names = {each.id for each in protocol.visits}
    lost = [each for each in snapshot.held[entry.id].values() if each.code not in names]
    begun = next((each for each in lost if each.stands(now)), None)
    if begun is not None:
        raise Conflict(
            f"{entry.code}/{begun.code} has taken place, and {protocol.name} has no such visit."
            " Choose a protocol that has the visits held so far."
        )
    return lost


def placed_by(snapshot: Snapshot, event: Moved) -> PlacedVisit:
    """Where a visit that was moved by hand stands."""
    code = snapshot.by_id[event.enrollment_id].code
    return PlacedVisit(code, event.visit, event.start, event.room, dict(event.staff))


def with_rooms_kept(problem: Problem, plan: Plan) -> Plan:
    """The plan with every visit that keeps its time in the room it had, as far as the rules allow: a room that changes
    without need costs the planner nothing, but people walk to the wrong door."""
    before = {(each.enrollment, each.visit): each for each in problem.previous}
    wanted = {
        key
        for each in plan.visits
        if (old := before.get(key := (each.enrollment, each.visit)))
        and (old.start, old.room) != (each.start, each.room)
        and old.start == each.start
    }
    while wanted:
        visits = tuple(
            replace(each, room=before[key].room) if (key := (each.enrollment, each.visit)) in wanted else each
            for each in plan.visits
        )
        tried = replace(plan, visits=visits)
        refused = {key for each in violations(problem, tried) for key in each.touches} & wanted
        if not refused:
            return tried
        wanted -= refused
    return plan


def _hit(snapshot: Snapshot, visit: VisitEntry, event: StaffAway | RoomClosed | PatientAway) -> bool:
    """Whether a visit needs what the event takes away."""
    entry = snapshot.by_id[visit.enrollment_id]
    if isinstance(event, StaffAway):
        person = _code(((each.id, each.person.id) for each in snapshot.staff), event.staff_id, "member of staff")
        away = Interval(event.start, event.end)
        return any(
            away.meets(start := visit.start + need.offset, start + need.minutes)
            for need in snapshot.visit_of(entry, visit.code).needs
            if visit.placed.staff.get(need.name) == person
        )
    meets = event.start < visit.end and visit.start < event.end
    if isinstance(event, RoomClosed):
        room = _code(((each.id, each.room.id) for each in snapshot.rooms), event.room_id, "room")
        return meets and visit.placed.room == room
    return meets and _shares_patient(entry, _running(snapshot, event.enrollment_id))


def _code(pairs: Iterable[tuple[int, str]], wanted: int, what: str) -> str:
    code = next((code for each, code in pairs if each == wanted), None)
    if code is None:
        raise NotFound(f"There is no such {what}.")
    return code


def _running(snapshot: Snapshot, enrollment_id: int) -> EnrollmentEntry:
    entry = snapshot.by_id.get(enrollment_id)
    if entry is None:
        raise NotFound("There is no such program.")
    if not entry.is_living:
        raise Conflict(f"{entry.code} is {entry.status}, so there is nothing to repair.")
    return entry


def _shares_patient(one: EnrollmentEntry, other: EnrollmentEntry) -> bool:
    return not one.patients.keys().isdisjoint(other.patients)


def _pushed_away(snapshot: Snapshot, now: Minute, entry: EnrollmentEntry, event: Moved) -> set[int]:
    """The other programs whose visits stand where a visit is moved to; raises Conflict where nothing can make way."""
    placed = placed_by(snapshot, event)
    key = (entry.code, event.visit)
    if event.visit not in snapshot.protocol_visits[entry.enrollment.protocol]:
        raise NotFound("There is no such visit.")
    others: set[int] = set()
    for each in broken_by(snapshot, now, [Placing(key, placed)]):
        rest = set(each.touches) - {key}
        if not rest:
            raise Conflict(f"{each.message} Choose another time or other people.")
        others |= {snapshot.by_code[code].id for code, _ in rest}
    return others - {entry.id}


def _refuse_unfit_person(snapshot: Snapshot, entry: EnrollmentEntry, event: TeamChange) -> None:
    person = next((each.person for each in snapshot.staff if each.id == event.staff_id), None)
    if person is None:
        raise NotFound("There is no such member of staff.")
    visits = snapshot.protocol_visits[entry.enrollment.protocol].values()
    roles = {need.role for visit in visits for need in visit.needs if need.name == event.need}
    if not roles:
        raise NotFound("There is no such need.")
    if not roles <= set(person.roles):
        raise InvalidInput(f"{person.name} is not {' and '.join(sorted(roles))}. Choose somebody who is.", "staff")


def _away(snapshot: Snapshot, entry: EnrollmentEntry, event: PatientAway) -> EnrollmentEntry:
    if not _shares_patient(entry, snapshot.by_id[event.enrollment_id]):
        return entry
    unavailable = (*entry.enrollment.unavailable, Interval(event.start, event.end))
    return replace(entry, enrollment=replace(entry.enrollment, unavailable=unavailable))


def _with_entry(snapshot: Snapshot, entry: EnrollmentEntry, **fields: object) -> Snapshot:
    changed = replace(entry, enrollment=replace(entry.enrollment, **fields))  # type: ignore[arg-type]
    return replace(
        snapshot, enrollments=tuple(changed if each.id == entry.id else each for each in snapshot.enrollments)
    )


def _under(snapshot: Snapshot, now: Minute, entry: EnrollmentEntry, protocol: Protocol) -> Snapshot:
    """The clinic with one program under another protocol, without the visits to come that this has not got."""
    lost = {each.id for each in dropped(snapshot, now, entry, protocol)}
    known = {each.id for each in snapshot.protocols}
    protocols = snapshot.protocols if protocol.id in known else (*snapshot.protocols, protocol)
    kept = tuple(each for each in snapshot.visits if each.id not in lost)
    return _with_entry(replace(snapshot, protocols=protocols, visits=kept), entry, protocol=protocol.id)


def _with_kept(problem: Problem, enrollment_id: int, snapshot: Snapshot, kept: list[PlacedVisit]) -> Problem:
    """The problem with more visits of a program kept, which then are none that may change."""
    code = snapshot.by_id[enrollment_id].code
    names = {each.visit for each in kept}
    enrollments = tuple(
        replace(each, kept=(*(old for old in each.kept if old.visit not in names), *kept)) if each.id == code else each
        for each in problem.enrollments
    )
    previous = tuple(each for each in problem.previous if each.enrollment != code or each.visit not in names)
    return replace(problem, enrollments=enrollments, previous=previous)
