"""Rooms: what each offers, when it is open, and how it is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import midnight_utc, monday_of
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.exchange.weekly import read_weekly
from coordinator.services.codes import free_code
from coordinator.services.week_hours import WeekLoad, checked_weekly, minutes, weekly_minutes
from coordinator.store import audit, clinics, feeds, room_queries, timeline_queries
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work

KINDS = ("dosing", "therapy", "group", "exam")
"""Kinds of room that every clinic is offered; it may have others."""
WEEKS = 6


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room. `weekly` None is always open; `weeks` is this week and the next, `upcoming` is visits to come."""

    id: int
    code: str
    name: str
    kinds: tuple[str, ...]
    seats: int
    turnover_minutes: int
    weekly: dict[str, Any] | None
    open_minutes: int | None
    weeks: tuple[WeekLoad, ...]
    upcoming: int
    is_retired: bool

    @property
    def this_week(self) -> WeekLoad:
        """The running week."""
        return self.weeks[0]


@dataclass(frozen=True, slots=True)
class RoomDetails:
    """What somebody says of a room. `weekly` is as a form sent it, None for always open."""

    name: str
    kinds: Sequence[str]
    seats: int
    turnover_minutes: int
    weekly: Any


def list_rooms(work: Work, actor: Actor, now: datetime) -> list[RoomView]:
    """Every room of the clinic by name, retired ones last."""
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    monday = monday_of(now.astimezone(zone).date())
    until = monday + timedelta(days=7 * WEEKS)
    used: Counter[tuple[int, date]] = Counter()
    for room_id, start, end in room_queries.used(
        work, actor.clinic_id, midnight_utc(monday, zone), midnight_utc(until, zone)
    ):
        used[room_id, monday_of(start.astimezone(zone).date())] += int((end - start).total_seconds() // 60)
    closed = {each.day for each in timeline_queries.closures(work, actor.clinic_id, monday, until)}
    upcoming = room_queries.upcoming_visits(work, actor.clinic_id, now)
    mondays = [monday + timedelta(days=7 * each) for each in range(WEEKS)]
    return [
        _view(each, tuple(_load(each, day, closed, used[each.id, day]) for day in mondays), upcoming.get(each.id, 0))
        for each in room_queries.listed(work, actor.clinic_id)
    ]


def room(work: Work, actor: Actor, now: datetime, room_id: int) -> RoomView:
    """One room; raises NotFound."""
    room_queries.one(work, actor.clinic_id, room_id)
    return next(each for each in list_rooms(work, actor, now) if each.id == room_id)


def known_kinds(work: Work, actor: Actor) -> list[str]:
    """The kinds that a room may be given: the usual ones and the clinic's own."""
    own = {kind for each in room_queries.listed(work, actor.clinic_id) for kind in each.kinds}
    return [*KINDS, *sorted(own - set(KINDS))]


def add_room(work: Work, actor: Actor, now: datetime, details: RoomDetails) -> int:
    """Adds a room and gives its id; raises InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    record = RoomRecord(
        clinic_id=actor.clinic_id,
        code=free_code(details.name, room_queries.codes(work, actor.clinic_id), otherwise="room"),
        resource_id=new_resource(work, "room"),
    )
    _write(work, record, details)
    work.session.add(record)
    work.session.flush()
    audit.append(work, actor, now, "room.add", "room", record.id, {"code": record.code})
    return record.id


def edit_room(work: Work, actor: Actor, now: datetime, room_id: int, details: RoomDetails) -> None:
    """Changes a room; raises NotFound, and InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    record = room_queries.one(work, actor.clinic_id, room_id)
    if record.name != details.name:
        feeds.raise_all(work, actor.clinic_id, now)  # calendars show rooms by their names
    _write(work, record, details)
    audit.append(work, actor, now, "room.edit", "room", record.id, {"code": record.code})


def retire_room(work: Work, actor: Actor, now: datetime, room_id: int) -> None:
    """Takes a room out of use; raises Conflict while visits are planned in it."""
    clinics.lock(work, actor.clinic_id)
    record = room_queries.one(work, actor.clinic_id, room_id)
    upcoming = room_queries.upcoming_visits(work, actor.clinic_id, now).get(room_id, 0)
    if upcoming:
        visits = "visit is" if upcoming == 1 else "visits are"
        raise Conflict(f"{record.name} cannot be retired: {upcoming} {visits} planned in it. Move them first.")
    record.retired_at = record.retired_at or now
    audit.append(work, actor, now, "room.retire", "room", record.id, {"code": record.code})


def reopen_room(work: Work, actor: Actor, now: datetime, room_id: int) -> None:
    """Takes a retired room into use again."""
    clinics.lock(work, actor.clinic_id)
    record = room_queries.one(work, actor.clinic_id, room_id)
    record.retired_at = None
    audit.append(work, actor, now, "room.reopen", "room", record.id, {"code": record.code})


def _write(work: Work, record: RoomRecord, details: RoomDetails) -> None:
    others = room_queries.listed(work, record.clinic_id)
    if any(each.name.casefold() == details.name.casefold() and each.id != record.id for each in others):
        raise InvalidInput(f"There is already a room called “{details.name}”. Choose another name.", "name")
    record.name, record.kinds = details.name, list(details.kinds)
    record.seats, record.turnover_minutes = details.seats, details.turnover_minutes
    record.weekly = None if details.weekly is None else checked_weekly(details.weekly, "weekly")


def _load(record: RoomRecord, monday: date, closed: Container[date], used: int) -> WeekLoad:
    if record.weekly is None:
        return WeekLoad(monday, 0, used, has_capacity=False)
    hours = read_weekly(record.weekly).days
    available = sum(minutes(spans) for day, spans in enumerate(hours) if monday + timedelta(days=day) not in closed)
    return WeekLoad(monday, available, used)


def _view(record: RoomRecord, weeks: tuple[WeekLoad, ...], upcoming: int) -> RoomView:
    return RoomView(
        id=record.id,
        code=record.code,
        name=record.name,
        kinds=tuple(record.kinds),
        seats=record.seats,
        turnover_minutes=record.turnover_minutes,
        weekly=record.weekly,
        open_minutes=None if record.weekly is None else weekly_minutes(record.weekly),
        weeks=weeks,
        upcoming=upcoming,
        is_retired=record.retired_at is not None,
    )
