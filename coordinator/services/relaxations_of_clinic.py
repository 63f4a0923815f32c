"""Relaxations that change the clinic for everybody: hours, time off, limits and roles of people, rooms, closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import DAY, from_utc, zone_named
from coordinator.domain.errors import Conflict, NotAllowed, NotFound
from coordinator.domain.relaxing import Act
from coordinator.exchange.values import parsed_clock, parsed_day
from coordinator.services import hours, time_off
from coordinator.services.hours import PatternDetails
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, staff_queries, timeline_queries
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


def relax_clinic(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    """Makes the change; raises NotAllowed, NotFound, and Conflict where the thing is not as it was."""
    _ACTS[act["on"]](work, actor, now, act)


def _limit(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    person = _person(work, actor, act)
    setattr(person, act["field"], act["value"])
    audit.append(work, actor, now, "staff.edit", "staff", person.id, {act["field"]: act["value"]})


def _role(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    person = _person(work, actor, act)
    person.roles = [*person.roles, act["role"]]
    audit.append(work, actor, now, "staff.edit", "staff", person.id, {"role": act["role"]})


def _time_off(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    """Withdraws the time off; hours that are missing for another reason are added for these days."""
    person, zone = _person(work, actor, act), zone_named(clinics.get(work, actor.clinic_id).timezone)
    start, end = (_minute(each) for each in act["span"])
    for each in staff_queries.time_off(work, actor.clinic_id, now, person.id):
        if each.status == "approved" and (from_utc(each.starts_at, zone), from_utc(each.ends_at, zone)) == (start, end):
            time_off.decide(work, actor, now, each.id, "withdrawn")
            return
    if end - start > DAY:
        raise Conflict(f"This time of {person.name} is no time off that can be withdrawn. Change the hours instead.")
    day = date.fromordinal(start // DAY)
    hours.add_extra(work, actor, now, person.id, day, start % DAY, end - start // DAY * DAY)


def _staff_hours(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    """A new weekly pattern from today on, the old one with that day's hours."""
    person = _person(work, actor, act)
    current = [each for each in hours.hours_of(work, actor, now, person.id).patterns if each.is_now]
    if len(current) != 1 or current[0].every != 1:
        raise Conflict(f"{person.name} works in alternate weeks. Change these hours on their own page.")
    pattern = current[0]
    weekly = {**pattern.weekly, act["day"]: act["hours"]}
    today = local(now, ZoneInfo(clinics.get(work, actor.clinic_id).timezone)).date()
    details = PatternDetails(max(today, pattern.valid_from), pattern.valid_to, 1, weekly)
    if pattern.valid_from == today:
        hours.edit_pattern(work, actor, now, person.id, pattern.id, details)
    else:
        hours.add_pattern(work, actor, now, person.id, details)


def _room_hours(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    room = _room(work, actor, act)
    room.weekly = {**(room.weekly or {}), act["day"]: act["hours"]}
    audit.append(work, actor, now, "room.edit", "room", room.id, {"day": act["day"], "hours": act["hours"]})


def _room_kind(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    room = _room(work, actor, act)
    room.kinds = [*room.kinds, act["kind"]]
    audit.append(work, actor, now, "room.edit", "room", room.id, {"kind": act["kind"]})


def _seats(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    room = _room(work, actor, act)
    room.seats = act["value"]
    audit.append(work, actor, now, "room.edit", "room", room.id, {"seats": act["value"]})


def _closure(work: Work, actor: Actor, now: datetime, act: Act) -> None:
    if actor.access not in (Access.ADMINISTRATOR, Access.SYSTEM):
        raise NotAllowed("Only an administrator opens the clinic on a day on which it is closed. Ask one.")
    days = [date.fromisoformat(each) for each in act["days"]]
    for day in days:
        for each in timeline_queries.closures(work, actor.clinic_id, day, day):
            work.session.delete(each)
    work.session.flush()
    audit.append(work, actor, now, "clinic.open", "clinic", actor.clinic_id, {"days": act["days"]})


_ACTS: Mapping[str, Callable[[Work, Actor, datetime, Act], None]] = {
    "limit": _limit,
    "role": _role,
    "time-off": _time_off,
    "staff-hours": _staff_hours,
    "room-hours": _room_hours,
    "room-kind": _room_kind,
    "seats": _seats,
    "closure": _closure,
}


def _person(work: Work, actor: Actor, act: Act) -> StaffRecord:
    person = timeline_queries.staff_by_code(work, actor.clinic_id).get(act["staff"])
    if person is None:
        raise NotFound("There is no such member of staff.")
    return person


def _room(work: Work, actor: Actor, act: Act) -> RoomRecord:
    room = timeline_queries.rooms_by_code(work, actor.clinic_id).get(act["room"])
    if room is None:
        raise NotFound("There is no such room.")
    return room


def _minute(stamp: str) -> int:
    day, _, clock = stamp.partition("T")
    return parsed_day(day) * DAY + parsed_clock(clock, True)
