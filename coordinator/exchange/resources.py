"""Staff and rooms of a `kap-problem/1` file, in and out."""

from __future__ import annotations

from typing import Any

from coordinator.domain.clinic import Room, Staff
from coordinator.exchange.nodes import Node
from coordinator.exchange.stamps import write_intervals, write_weekly
from coordinator.exchange.values import free_text, interval, list_of, text, weekly, whole_from

_LIMITS = ("max_minutes_per_day", "max_minutes_per_week")


def read_staff(node: Node) -> Staff:
    """One member of staff."""
    fields = node.fields(
        ("id", "name", "roles", "weekly"),
        ("time_off", "booked", "supervising", "supervises", "turnover_minutes", *_LIMITS),
    )
    return Staff(
        id=fields.read("id", text),
        name=fields.read("name", free_text),
        roles=fields.read("roles", list_of(text)),
        weekly=fields.read("weekly", weekly),
        time_off=fields.maybe("time_off", list_of(interval), ()),
        booked=fields.maybe("booked", list_of(interval), ()),
        supervising=fields.maybe("supervising", list_of(interval), ()),
        max_minutes_per_day=fields.maybe("max_minutes_per_day", whole_from(0), None),
        max_minutes_per_week=fields.maybe("max_minutes_per_week", whole_from(0), None),
        supervises=fields.maybe("supervises", whole_from(0), 1),
        turnover_minutes=fields.maybe("turnover_minutes", whole_from(0), 0),
    )


def read_room(node: Node) -> Room:
    """One room."""
    fields = node.fields(("id", "name", "kinds"), ("weekly", "booked", "seats", "turnover_minutes"))
    return Room(
        id=fields.read("id", text),
        name=fields.read("name", free_text),
        kinds=fields.read("kinds", list_of(text)),
        seats=fields.maybe("seats", whole_from(0), 1),
        turnover_minutes=fields.maybe("turnover_minutes", whole_from(0), 0),
        weekly=fields.maybe("weekly", weekly, None),
        booked=fields.maybe("booked", list_of(interval), ()),
    )


def write_staff(person: Staff) -> dict[str, Any]:
    """The JSON object of a member of staff."""
    found: dict[str, Any] = {
        "id": person.id,
        "name": person.name,
        "roles": list(person.roles),
        "weekly": write_weekly(person.weekly),
        "time_off": write_intervals(person.time_off),
        "booked": write_intervals(person.booked),
        "supervising": write_intervals(person.supervising),
        "supervises": person.supervises,
        "turnover_minutes": person.turnover_minutes,
    }
    for name in _LIMITS:
        if getattr(person, name) is not None:
            found[name] = getattr(person, name)
    return found


def write_room(room: Room) -> dict[str, Any]:
    """The JSON object of a room."""
    found: dict[str, Any] = {
        "id": room.id,
        "name": room.name,
        "kinds": list(room.kinds),
        "seats": room.seats,
        "turnover_minutes": room.turnover_minutes,
        "booked": write_intervals(room.booked),
    }
    if room.weekly is not None:
        found["weekly"] = write_weekly(room.weekly)
    return found
