"""Undoing a repair takes back what its event put down besides the visits; doing it again puts that down again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.errors import Conflict
from coordinator.domain.events import ProtocolChange
from coordinator.services import repair_effects
from coordinator.services.repair_effects import NOTED, Note
from coordinator.store import audit, bookings, enrollments, staff_queries, visit_writing
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work


def publications_of(proposal: ProposalRecord) -> list[int]:
    """The publications that came before the repair's own: visits canceled that a new protocol has not got."""
    found = [each.get("publication") for each in proposal.detail.get(NOTED, ())]
    return [each for each in found if each is not None]


def take_back(work: Work, actor: Actor, now: datetime, proposal: ProposalRecord) -> None:
    """Takes back all that publishing the proposal put down; what was there before it stays."""
    for note in proposal.detail.get(NOTED, ()):
        about = _TAKE[note["kind"]](work, actor, note)
        audit.append(work, actor, now, "repair.take_back", *about, {"proposal": proposal.id, "what": note["kind"]})


def changes_protocol(proposal: ProposalRecord) -> bool:
    """Whether it puts a program under another protocol."""
    return isinstance(repair_effects.event_of(proposal), ProtocolChange)


def put_down_again(work: Work, actor: Actor, now: datetime, proposal: ProposalRecord) -> None:
    """Puts it down once more, before the visits go where they were; a room is closed after they have left it.

    Raises Conflict for another protocol, which cancels visits before the others are placed: that is published anew.
    """
    if changes_protocol(proposal):
        raise Conflict("The repair is open again. Publish it from its page instead.")
    repair_effects.before_visits(work, actor, now, proposal)


def _time_off(work: Work, actor: Actor, note: Note) -> tuple[str, int]:
    record = staff_queries.one_time_off(work, actor.clinic_id, note["id"])
    if record.status == "approved":
        record.status = note["was"]
        work.session.flush()
    return "staff", record.staff_id


def _unavailable(work: Work, actor: Actor, note: Note) -> tuple[str, int]:
    enrollments.drop_unavailable(work, actor.clinic_id, note["enrollment"], note["away"])
    work.session.flush()
    return "enrollment", note["enrollment"]


def _team(work: Work, actor: Actor, note: Note) -> tuple[str, int]:
    if note["was"] is None:
        enrollments.unpin(work, actor.clinic_id, note["enrollment"], note["need"])
    else:
        enrollments.pin(work, actor.clinic_id, note["enrollment"], note["need"], note["was"])
    visit_writing.take_leave_back(work, note["leave"], note["note"])
    return "enrollment", note["enrollment"]


def _version(work: Work, actor: Actor, note: Note) -> tuple[str, int]:
    enrollments.follow_version(work, actor.clinic_id, note["enrollment"], note["was"])
    return "enrollment", note["enrollment"]


def _room(work: Work, actor: Actor, note: Note) -> tuple[str, int]:
    bookings.remove(work, bookings.of_ids(work, actor.clinic_id, note["bookings"]))
    work.session.flush()
    return "room", note["room"]


_TAKE: dict[str, Callable[[Work, Actor, dict[str, Any]], tuple[str, int]]] = {
    "time_off": _time_off,
    "unavailable": _unavailable,
    "team": _team,
    "version": _version,
    "room": _room,
}
