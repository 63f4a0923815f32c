"""Quarters of a whole clinic, made by the project, with a plan known to exist that owes nothing to the planner.

A patient person with a calendar books one program after another, as they ask. What they booked is the known plan. Then
everything is asked for at once, in another order, with little more time than the known plan takes, and much of what
the known plan leaves free is booked for other things.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from benchmarks.plan_peers import first_fit
from benchmarks.plan_problems import MONDAY, Made, protocols, week
from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import total
from coordinator.domain.hours import Interval
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem

_DAYS = 182
_FULL = ((510, 720), (750, 1050))
_TAKEN = 0.6
"""The share of free half days that is booked for other things."""


def quarter(kind: str, seed: int, programs: int) -> Made:
    """A clinic's quarter, or with many programs that of a large clinic."""
    random = Random(1000 + seed)
    clinic = Problem(
        "Made clinic", "America/Los_Angeles", 15, MONDAY, MONDAY + _DAYS - 1,
        _staff(random, programs), _rooms(programs), protocols(), _enrollments(random, programs),
    )  # fmt: skip
    known = first_fit(clinic)
    missing = {each.enrollment for each in known.unplanned}
    planned = [each for each in clinic.enrollments if each.id not in missing]
    asked = [_asked(random, each, known.visits) for each in planned]
    random.shuffle(asked)
    taken = _taken(random, clinic, known.visits)
    problem = replace(
        clinic,
        enrollments=tuple(asked),
        staff=tuple(replace(each, booked=tuple(taken[each.id])) for each in clinic.staff),
        rooms=tuple(replace(each, booked=tuple(taken[each.id])) for each in clinic.rooms),
    )
    return Made(f"{kind}-made-{seed}", problem, total(problem, known.visits, [each.id for each in asked]))


def _enrollments(random: Random, programs: int) -> tuple[Enrollment, ...]:
    some = [
        Enrollment(
            f"e{i:02d}",
            (f"p{i:02d}",),
            random.choice(protocols()).id,
            MONDAY + random.randrange(80),
            weekly=week(random, (((480, 840),), ((720, 1080),), ((480, 1080),)), 0.9),
            preferred=week(random, (((480, 720),), ((780, 1080),)), 1.0) if random.random() < 0.4 else None,
        )
        for i in range(programs)
    ]
    return tuple(sorted(some, key=lambda each: each.earliest))


def _asked(random: Random, each: Enrollment, visits: tuple[PlacedVisit, ...]) -> Enrollment:
    """An enrollment with little more time than it was given; its lead is sometimes pinned."""
    mine = [visit for visit in visits if visit.enrollment == each.id]
    latest = max(visit.start // DAY for visit in mine) + random.randrange(15)
    leads = {visit.staff["lead"] for visit in mine if "lead" in visit.staff}
    team = {"lead": leads.pop()} if len(leads) == 1 and random.random() < 0.3 else {}
    return replace(each, latest=min(latest, MONDAY + _DAYS - 1), team=team)


def _taken(random: Random, clinic: Problem, visits: tuple[PlacedVisit, ...]) -> dict[str, list[Interval]]:
    """Half days of people and rooms in which the known plan has nothing, taken for other things."""
    used: dict[str, set[tuple[int, int]]] = {each.id: set() for each in (*clinic.staff, *clinic.rooms)}
    for visit in visits:
        half = visit.start // DAY, visit.start % DAY // (DAY // 2)
        for one in (*visit.staff.values(), visit.room):
            if one is not None:
                used[one] |= {half, (half[0], 1)} if half[1] == 0 else {half}
    return {
        one: [
            Interval(day * DAY + half * DAY // 2, day * DAY + (half + 1) * DAY // 2)
            for day in range(clinic.first, clinic.last + 1)
            for half in (0, 1)
            if (day, half) not in halves and random.random() < _TAKEN
        ]
        for one, halves in used.items()
    }


def _staff(random: Random, programs: int) -> tuple[Staff, ...]:
    count = max(3, programs // 6)
    therapists = (
        Staff(f"th-{i}", f"Therapist {i}", ("therapist",), week(random, (_FULL,), 0.95), max_minutes_per_day=390)
        for i in range(count)
    )
    doctors = (
        Staff(f"dr-{i}", f"Doctor {i}", ("physician",), week(random, (_FULL,), 1.0), supervises=2)
        for i in range(max(2, programs // 15))
    )
    others = (
        Staff(f"nu-{i}", f"Nutritionist {i}", ("nutritionist",), week(random, (_FULL,), 1.0))
        for i in range(max(1, programs // 30))
    )
    return (*therapists, *doctors, *others)


def _rooms(programs: int) -> tuple[Room, ...]:
    count = max(2, programs // 10)
    dosing = (Room(f"dosing-{i}", f"Dosing {i}", ("dosing",), 1, 15) for i in range(count))
    return (*dosing, *(Room(f"talk-{i}", f"Room {i}", ("therapy", "consult"), 2) for i in range(count)))
