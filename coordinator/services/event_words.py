"""Events in words: what happened, and what publishing its repair puts down besides the visits."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, wall_clock
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
from coordinator.domain.spoken import clock, short_day
from coordinator.services.proposals import program_names
from coordinator.store import enrollment_queries, protocol_queries, timeline_queries
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class EventWords:
    """`happened` says the event in one sentence, `noted` what else publishing writes (empty: nothing).

    `done` says that once it is published, without a name: the browser keeps it with the offer to undo.
    """

    happened: str
    noted: str
    done: str = ""


def event_words(work: Work, actor: Actor, event: Event) -> EventWords:
    """The event with names as the actor may read them."""
    if isinstance(event, StaffAway):
        name = _staff(work, actor, event.staff_id)
        return EventWords(
            f"{name} is away {_span(event.start, event.end)}.",
            f"{name}'s time off is approved, or entered where nobody asked for it.",
            "The time off is approved.",
        )
    if isinstance(event, RoomClosed):
        name = _room(work, actor, event.room_id)
        closed = f"{name} is closed {_span(event.start, event.end)}."
        return EventWords(closed, f"{name} is booked for that time.", "The room is booked for that time.")
    if isinstance(event, PatientAway):
        name = _program(work, actor, event.enrollment_id)
        return EventWords(
            f"{name} cannot come {_span(event.start, event.end)}.",
            "The patient is not planned for that time any more.",
            "The absence is noted.",
        )
    if isinstance(event, Amiss):
        return EventWords("Visits are missing, or stand where they cannot be kept any more.", "")
    if isinstance(event, Moved):
        name = _program(work, actor, event.enrollment_id)
        return EventWords(f"A visit of {name} is put at {_moment(event.start)}; what follows makes way.", "")
    return _program_change(work, actor, event)


def _program_change(work: Work, actor: Actor, event: TeamChange | ProtocolChange) -> EventWords:
    program = _program(work, actor, event.enrollment_id)
    if isinstance(event, ProtocolChange):
        protocol = protocol_queries.domain_protocol(work, actor.clinic_id, event.version_id)
        return EventWords(
            f"What is left of {program} follows {protocol.name}.",
            "The program runs that version from then on.",
            "The program runs the new version.",
        )
    name = _staff(work, actor, event.staff_id)
    since = _day(event.since * DAY)
    return EventWords(
        f"From {since} on, {name} is {event.need} for {program}.",
        f"{name} stays {event.need} from then on, whatever is planned again.",
        "The care team is changed.",
    )


def _staff(work: Work, actor: Actor, staff_id: int) -> str:
    people = timeline_queries.staff_by_code(work, actor.clinic_id).values()
    return next((each.name for each in people if each.id == staff_id), "Somebody")


def _room(work: Work, actor: Actor, room_id: int) -> str:
    rooms = timeline_queries.rooms_by_code(work, actor.clinic_id).values()
    return next((each.name for each in rooms if each.id == room_id), "A room")


def _program(work: Work, actor: Actor, enrollment_id: int) -> str:
    rows = enrollment_queries.several(work, actor.clinic_id, [enrollment_id])
    return program_names(work, actor, {enrollment_id})[enrollment_id].who if rows else "A program"


def _span(start: Minute, end: Minute) -> str:
    """“on Mon, Jan 4”, “from Mon, Jan 4 to Fri, Jan 8”, or with times where these are not whole days."""
    if start % DAY == 0 and end % DAY == 0:
        last = end - DAY
        return f"on {_day(start)}" if last <= start else f"from {_day(start)} to {_day(last)}"
    if end % DAY == 0:  # nobody calls it 12 AM of the next day
        until = "the end of the day" if end - start < DAY else f"the end of {_day(end - DAY)}"
        return f"from {_moment(start)} to {until}"
    return f"from {_moment(start)} to {_moment(end)}"


def _day(minute: Minute) -> str:
    return short_day(wall_clock(minute))


def _moment(minute: Minute) -> str:
    return f"{_day(minute)}, {clock(wall_clock(minute))}"
