"""A clinic of four people and three rooms, and one short program, for tests of the rules.

The week begins on Monday, January 4, 2027. Ana and Ben are therapists, Eve is a physician who supervises two at once,
Nia is a nurse. Everybody works from 8:00 to 17:00, Monday to Friday.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY, Minute
from coordinator.domain.cost import total
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned

MONDAY = date(2027, 1, 4).toordinal()

OFFICE = WeeklyHours(tuple(((480, 1020),) if day < 5 else () for day in range(7)))

ANA = Staff("ana", "Ana Ruiz", ("therapist",), OFFICE)
BEN = Staff("ben", "Ben Ito", ("therapist",), OFFICE)
EVE = Staff("eve", "Eve Okafor", ("physician",), OFFICE, supervises=2)
NIA = Staff("nia", "Nia Cole", ("nurse",), OFFICE)

DOSING_1 = Room("dosing-1", "Dosing room 1", ("dosing",), seats=2)
DOSING_2 = Room("dosing-2", "Dosing room 2", ("dosing",))
THERAPY = Room("therapy-1", "Therapy room", ("therapy",), seats=2)

PROGRAM = Protocol(
    id="short",
    name="One dosing visit and what surrounds it",
    visits=(
        ProtocolVisit("prep", "preparation", 60, "therapy", (Need("lead", "therapist", 60),)),
        ProtocolVisit(
            "d1", "dosing", 120, "dosing",
            (Need("lead", "therapist", 120), Need("supervisor", "physician", 30, 0, True),
             Need("supervisor", "physician", 30, 90, True)),
            course=1,
        ),
        ProtocolVisit("i1", "integration", 60, None, (Need("lead", "therapist", 60),), course=1),
    ),
    gaps=(Gap("prep", "d1", 1, 7, 2), Gap("d1", "i1", 1, 3, 1)),
    continuity=(Continuity("lead", "program", hard=True), Continuity("supervisor", "course", hard=False)),
    max_visits_per_day=1,
)  # fmt: skip


def at(day: int, hour: int, minute: int = 0) -> Minute:
    """A minute on the day so many days after the Monday."""
    return (MONDAY + day) * DAY + hour * 60 + minute


def during(day: int, first: int, last: int) -> Interval:
    """From one full hour to another on a day."""
    return Interval(at(day, first), at(day, last))


def program(
    enrollment: str = "e1", day: int = 0, hour: int = 9, lead: str = "ana", room: str = "dosing-1"
) -> list[PlacedVisit]:
    """A program that keeps every rule: preparation, dosing two days later, integration the day after."""
    return [
        PlacedVisit(enrollment, "prep", at(day, hour), "therapy-1", {"lead": lead}),
        PlacedVisit(enrollment, "d1", at(day + 2, hour), room, {"lead": lead, "supervisor": "eve"}),
        PlacedVisit(enrollment, "i1", at(day + 3, hour), None, {"lead": lead}),
    ]


def clinic(**changes: Any) -> Problem:
    """The clinic with one enrollment, `e1` of patient `p1`, for two weeks."""
    problem = Problem(
        clinic="Harbor Clinic",
        timezone="America/Los_Angeles",
        slot_minutes=15,
        first=MONDAY,
        last=MONDAY + 13,
        staff=(ANA, BEN, EVE, NIA),
        rooms=(DOSING_1, DOSING_2, THERAPY),
        protocols=(PROGRAM,),
        enrollments=(Enrollment("e1", ("p1",), "short", MONDAY),),
    )
    return replace(problem, **changes)


def with_staff(problem: Problem, person: str, **changes: Any) -> Problem:
    """The same clinic with one member of staff changed."""
    return replace(
        problem, staff=tuple(replace(each, **changes) if each.id == person else each for each in problem.staff)
    )


def with_room(problem: Problem, room: str, **changes: Any) -> Problem:
    """The same clinic with one room changed."""
    return replace(
        problem, rooms=tuple(replace(each, **changes) if each.id == room else each for each in problem.rooms)
    )


def with_program(problem: Problem, **changes: Any) -> Problem:
    """The same clinic with its protocol changed."""
    return replace(problem, protocols=(replace(problem.protocols[0], **changes),))


def with_enrollment(problem: Problem, **changes: Any) -> Problem:
    """The same clinic with its first enrollment changed."""
    return replace(problem, enrollments=(replace(problem.enrollments[0], **changes), *problem.enrollments[1:]))


def plan_of(problem: Problem, visits: list[PlacedVisit], unplanned: tuple[str, ...] = ()) -> Plan:
    """The plan that holds these visits, with its cost as it is."""
    planned = [each.id for each in problem.enrollments if each.id not in unplanned]
    return Plan(tuple(visits), tuple(map(Unplanned, unplanned)), total(problem, visits, planned))


def changed(visits: list[PlacedVisit], visit: str, **changes: Any) -> list[PlacedVisit]:
    """The visits with the one of that name changed."""
    return [replace(each, **changes) if each.visit == visit else each for each in visits]


def two_enrollments(**changes: Any) -> Problem:
    """The clinic with a second enrollment, `e2` of patient `p2`."""
    return clinic(enrollments=(*clinic().enrollments, Enrollment("e2", ("p2",), "short", MONDAY, **changes)))


def broken(problem: Problem, visits: list[PlacedVisit], unplanned: tuple[str, ...] = ()) -> set[tuple[int, str]]:
    """The rules that a plan of these visits breaks, as (number, name)."""
    return {(each.rule, each.name) for each in violations(problem, plan_of(problem, visits, unplanned))}
