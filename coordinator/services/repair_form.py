"""An event as a form, a link or a worklist item states it: plain text by field name, read into what it means.

`kind` names the event (domain.events.KINDS). Times are local, YYYY-MM-DDTHH:MM, in `start` and `end`; a date alone is
its midnight, or the end of that day for `end`. `staff`, `room`, `enrollment`, `visit` and `version` are row ids; a
visit that is moved names its room's code, and its people as `staff-<need>` with their codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute
from coordinator.domain.errors import InvalidInput, NotFound
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
from coordinator.exchange.values import parsed_clock, parsed_day
from coordinator.store import visit_queries
from coordinator.store.unit_of_work import Work

LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class TypedEvent:
    """The form as it was sent. `enrollments` are all values of `enrollment`; `fields` has the rest."""

    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)
    enrollments: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """One field."""
        return self.fields.get(name, "").strip()


def read(work: Work, actor: Actor, typed: TypedEvent) -> Event:
    """The event that a form means; raises InvalidInput beside a field, and NotFound for a visit that is not there."""
    reader = _READERS.get(typed.kind)
    if reader is None:
        raise InvalidInput("Choose what happened.", "kind")
    return reader(work, actor, typed)


def _staff_away(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    return StaffAway(_id(typed.text("staff"), "staff"), *_span(typed))


def _room_closed(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    return RoomClosed(_id(typed.text("room"), "room"), *_span(typed))


def _patient_away(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    return PatientAway(_program(typed), *_span(typed))


def _amiss(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    if not typed.enrollments:
        raise InvalidInput("Choose a program.", "enrollment")
    return Amiss(tuple(sorted({_id(each, "enrollment") for each in typed.enrollments})))


def _moved(work: Work, actor: Actor, typed: TypedEvent) -> Event:
    rows = visit_queries.one(work, actor.clinic_id, _id(typed.text("visit"), "visit"))
    if rows is None:
        raise NotFound("There is no such visit.")
    people = {part.need: person.code for part, person in rows.people if part.canceled_at is None}
    wished = {name.removeprefix("staff-"): each for name, each in typed.fields.items() if name.startswith("staff-")}
    room = typed.text("room") or (rows.room.code if rows.room else None)
    return Moved(rows.enrollment.id, rows.visit.code, _minute(typed, "start"), room, people | wished)


def _team_change(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    since = _minute(typed, "since") // DAY
    return TeamChange(_program(typed), typed.text("need"), _id(typed.text("staff"), "staff"), since)


def _protocol_change(_work: Work, _actor: Actor, typed: TypedEvent) -> Event:
    return ProtocolChange(_program(typed), _id(typed.text("version"), "version"))


_READERS: Mapping[str, Callable[[Work, Actor, TypedEvent], Event]] = {
    "staff-away": _staff_away,
    "room-closed": _room_closed,
    "patient-away": _patient_away,
    "amiss": _amiss,
    "moved": _moved,
    "team-change": _team_change,
    "protocol-change": _protocol_change,
}


_CALLED = {"enrollment": "program", "staff": "person", "version": "protocol"}
"""What people call the fields that have another name in the form."""


def _program(typed: TypedEvent) -> int:
    return _id(typed.enrollments[0] if typed.enrollments else "", "enrollment")


def _id(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise InvalidInput(f"Choose a {_CALLED.get(name, name)}.", name)
    return int(text)


def _span(typed: TypedEvent) -> tuple[Minute, Minute]:
    return _minute(typed, "start"), _minute(typed, "end", DAY)


def _minute(typed: TypedEvent, name: str, otherwise: int = 0) -> Minute:
    """A local time; `otherwise` is the time of day where only a date is given."""
    day, _, clock = typed.text(name).partition("T")
    try:
        return parsed_day(day) * DAY + (parsed_clock(clock[:5], True) if clock else otherwise)
    except ValueError:
        raise InvalidInput("Choose a date, and a time such as 14:30.", name) from None
