"""A small clinic for worked examples: two therapists, two physicians, three rooms, Mondays to Fridays 9 to 17."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem

MONDAY = 739_621
HOURS = WeeklyHours(tuple(((540, 1020),) if day < 5 else () for day in range(7)))

STAFF = (
    Staff("ana", "Ana Ruiz", ("therapist",), HOURS),
    Staff("ben", "Ben Okafor", ("therapist",), HOURS),
    Staff("cole", "Dr Cole", ("physician",), HOURS, supervises=2),
    Staff("diaz", "Dr Diaz", ("physician",), HOURS),
)
ROOMS = (
    Room("dosing-1", "Dosing room 1", ("dosing",), 1, 15),
    Room("dosing-2", "Dosing room 2", ("dosing",), 1, 15),
    Room("therapy-1", "Therapy room 1", ("therapy",), 4),
)
LEAD = Need("lead", "therapist", 60)


def dosing(name: str, course: int = 1) -> ProtocolVisit:
    """Two hours with a therapist, and a physician for the first and the last half hour."""
    needs = (
        Need("lead", "therapist", 120),
        Need("supervisor", "physician", 30, 0, True),
        Need("supervisor", "physician", 30, 90, True),
    )
    return ProtocolVisit(name, "dosing", 120, "dosing", needs, course)


def talk(name: str, room: str | None = "therapy") -> ProtocolVisit:
    """One hour with a therapist."""
    return ProtocolVisit(name, "integration", 60, room, (LEAD,), 1)


PROTOCOL = Protocol(
    "short",
    "Preparation, two dosings, each with integration",
    (talk("prep"), dosing("d1"), talk("i1", None), dosing("d2"), talk("i2")),
    (
        Gap("prep", "d1", 1, 7, 2),
        Gap("d1", "i1", 1, 3, 1),
        Gap("d1", "d2", 3, 7, 4),
        Gap("i1", "d2", 1),
        Gap("d2", "i2", 1, 3, 1),
    ),
    (Continuity("lead", "program", True), Continuity("supervisor", "course", False)),
    1,
)


def problem(*enrollments: Enrollment, **changes: Any) -> Problem:
    """Four weeks of the clinic, by default with one enrollment."""
    some = enrollments or (Enrollment("e1", ("p1",), "short", MONDAY),)
    made = Problem("Small clinic", "UTC", 15, MONDAY, MONDAY + 27, STAFF, ROOMS, (PROTOCOL,), some)
    return replace(made, **changes)


def at(day: int, hour: int, minute: int = 0) -> int:
    """A minute of the clinic's time, days counted from the first Monday."""
    return (MONDAY + day) * DAY + hour * 60 + minute


def away(person: str, first: int, last: int) -> tuple[Staff, ...]:
    """The staff with one person off from a day to another, both included."""
    off = Interval(at(first, 0), at(last + 1, 0))
    return tuple(replace(each, time_off=(off,)) if each.id == person else each for each in STAFF)


def by_visit(visits: tuple[PlacedVisit, ...], enrollment: str = "e1") -> dict[str, PlacedVisit]:
    """An enrollment's visits by their names."""
    return {each.visit: each for each in visits if each.enrollment == enrollment}
