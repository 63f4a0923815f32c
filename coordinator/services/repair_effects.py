"""What publishing a repair changes besides visits: the event itself is put down where the clinic keeps such things.

Team and protocol change before the visits are written, since the rules judge these by them; a room is closed
afterwards, when the visits have left it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, to_utc_at_once
from coordinator.domain.events import (
    Event,
    PatientAway,
    ProtocolChange,
    RoomClosed,
    StaffAway,
    TeamChange,
    from_json,
)
from coordinator.domain.hours import Interval
from coordinator.domain.repairing import dropped
from coordinator.exchange.stamps import write_stamp
from coordinator.services.care_team import leave_until_then
from coordinator.services.desk import Desk, open_desk
from coordinator.services.time_off import approve_requested
from coordinator.services.visit_changes import VisitChange, apply_changes
from coordinator.store import audit, bookings, care_team, enrollments, protocol_queries, visit_writing
from coordinator.store.bookings import NewBooking
from coordinator.store.proposals import ProposalRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work

NOTED = "noted"
"""Where a proposal's detail keeps what publishing it put down besides the visits."""
Note = dict[str, Any]


def event_of(proposal: ProposalRecord) -> Event | None:
    """The event that a proposal repairs; None for one that plans programs."""
    return from_json(proposal.detail["event"]) if "event" in proposal.detail else None


def before_visits(work: Work, actor: Actor, now: datetime, proposal: ProposalRecord) -> None:
    """Puts down the proposal's event as far as the rules must know it when they judge the visits.

    What was put down is kept with the proposal, so that undoing its publication takes it back (services/repair_undone).
    """
    event = event_of(proposal)
    notes: list[Note] = []
    if isinstance(event, StaffAway):
        notes = _note_time_off(open_desk(work, actor, now), event)
    elif isinstance(event, PatientAway):
        notes = _note_patient_away(open_desk(work, actor, now), event)
    elif isinstance(event, TeamChange):
        notes = _change_team(open_desk(work, actor, now), event)
    elif isinstance(event, ProtocolChange):
        notes = _change_protocol(open_desk(work, actor, now), event)
    proposal.detail = {**proposal.detail, NOTED: notes}


def after_visits(work: Work, actor: Actor, now: datetime, proposal: ProposalRecord) -> None:
    """Puts down what may be only once the visits stand where they are to be."""
    event = event_of(proposal)
    if isinstance(event, RoomClosed):
        note = _close_room(open_desk(work, actor, now), event)
        proposal.detail = {**proposal.detail, NOTED: [note]}


def _note_time_off(desk: Desk, event: StaffAway) -> list[Note]:
    """Time off, approved; none where some of it is known already."""
    entry = next(each for each in desk.snapshot.staff if each.id == event.staff_id)
    if any(each.start <= event.start and event.end <= each.end for each in entry.hours.time_off):
        return []
    starts_at, ends_at = to_utc_at_once(event.start, desk.zone), to_utc_at_once(event.end, desk.zone)
    if asked := approve_requested(desk.work, desk.actor, desk.now, event.staff_id, starts_at, ends_at):
        return [{"kind": "time_off", "id": asked, "was": "requested"}]
    record = TimeOffRecord(
        clinic_id=desk.actor.clinic_id,
        staff_id=event.staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
        status="approved",
        note="",
        created_at=desk.now,
    )
    desk.work.session.add(record)
    desk.work.session.flush()
    detail = {"time_off": record.id}
    audit.append(desk.work, desk.actor, desk.now, "time_off.approved", "staff", event.staff_id, detail)
    return [{"kind": "time_off", "id": record.id, "was": "withdrawn"}]


def _note_patient_away(desk: Desk, event: PatientAway) -> list[Note]:
    notes: list[Note] = []
    mine = desk.snapshot.by_id[event.enrollment_id]
    away = [write_stamp(event.start), write_stamp(event.end)]
    for entry in desk.snapshot.enrollments:
        if entry.is_living and not entry.patients.keys().isdisjoint(mine.patients):
            known = entry.enrollment.unavailable
            if not any(each.start <= event.start and event.end <= each.end for each in known):
                enrollments.add_unavailable(desk.work, desk.actor.clinic_id, entry.id, away)
                _note_enrollment(desk, entry.id, {"unavailable": away})
                notes.append({"kind": "unavailable", "enrollment": entry.id, "away": away})
    return notes


def _change_team(desk: Desk, event: TeamChange) -> list[Note]:
    """The new person, for good; the visits before that day stand as they are, whoever is with them."""
    was = care_team.pinned(desk.work, event.enrollment_id).get(event.need)
    enrollments.pin(desk.work, desk.actor.clinic_id, event.enrollment_id, event.need, event.staff_id)
    note = leave_until_then(desk.actor, desk.now, event.need)
    held = desk.snapshot.held[event.enrollment_id].values()
    earlier = [each for each in held if not each.stands(desk.minute) and each.start < event.since * DAY]
    visit_writing.give_leave(desk.work, [each.id for each in earlier], note)
    _note_enrollment(desk, event.enrollment_id, {"need": event.need, "staff": event.staff_id})
    return [
        {
            "kind": "team",
            "enrollment": event.enrollment_id,
            "need": event.need,
            "was": was.id if was else None,
            "leave": [each.id for each in earlier],
            "note": note,
        }
    ]


def _change_protocol(desk: Desk, event: ProtocolChange) -> list[Note]:
    """The new version; visits to come that it has not got are canceled first."""
    entry = desk.snapshot.by_id[event.enrollment_id]
    protocol = protocol_queries.domain_protocol(desk.work, desk.actor.clinic_id, event.version_id)
    lost = dropped(desk.snapshot, desk.minute, entry, protocol)
    was = enrollments.version_of(desk.work, desk.actor.clinic_id, entry.id)
    canceled = apply_changes(
        desk.work, desk.actor, desk.now, [VisitChange(entry.id, each.code, status="canceled") for each in lost]
    )
    enrollments.follow_version(desk.work, desk.actor.clinic_id, entry.id, event.version_id)
    _note_enrollment(desk, entry.id, {"protocol_version": event.version_id})
    return [
        {"kind": "version", "enrollment": entry.id, "was": was, "publication": canceled.publication_id},
    ]


def _close_room(desk: Desk, event: RoomClosed) -> Note:
    """Books the room for the time, as far as no visit is left in it that could not be repaired."""
    entry = next(each for each in desk.snapshot.rooms if each.id == event.room_id)
    left = [each for each in desk.snapshot.visits if each.placed.room == entry.room.id]
    taken = [*entry.room.booked, *(Interval(each.start, each.end) for each in left)]
    new = [
        NewBooking(entry.resource_id, None, entry.id, "booked", start, end, ((start, end),))
        for free in _without(Interval(event.start, event.end), sorted(taken))
        for start, end in [(to_utc_at_once(free.start, desk.zone), to_utc_at_once(free.end, desk.zone))]
    ]
    ids = bookings.add(desk.work, desk.actor.clinic_id, new)
    detail = {"closed": [write_stamp(event.start), write_stamp(event.end)]}
    audit.append(desk.work, desk.actor, desk.now, "room.close", "room", entry.id, detail)
    return {"kind": "room", "room": entry.id, "bookings": ids}


def _without(whole: Interval, taken: list[Interval]) -> Iterator[Interval]:
    """What is left of a stretch without those that are taken, given by start."""
    at = whole.start
    for each in taken:
        if each.meets(at, whole.end):
            if at < each.start:
                yield Interval(at, each.start)
            at = max(at, each.end)
    if at < whole.end:
        yield Interval(at, whole.end)


def _note_enrollment(desk: Desk, enrollment_id: int, detail: dict[str, object]) -> None:
    audit.append(desk.work, desk.actor, desk.now, "enrollment.change", "enrollment", enrollment_id, detail)
