"""Small random clinics that use everything a problem can say."""

from __future__ import annotations

from random import Random

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem

MONDAY = 739_621
"""An ordinal that is a Monday."""

assert MONDAY % 7 == 1


def clinic(random: Random, *, enrollments: int = 2, visits: int = 4, days: int = 10, slot: int = 30) -> Problem:
    """A problem with that many enrollments of up to that many visits over that many days."""
    staff = tuple(_person(random, name, days) for name in ("ana", "ben", "cleo", "dan")[: random.randint(2, 4)])
    rooms = tuple(_room(random, name, days) for name in ("red", "blue", "green")[: random.randint(1, 3)])
    protocols = tuple(_protocol(random, f"p{i}", random.randint(1, visits)) for i in range(random.randint(1, 2)))
    some = tuple(_enrollment(random, f"e{i}", random.choice(protocols), staff, days) for i in range(enrollments))
    problem = Problem(
        "Random clinic",
        "America/Los_Angeles",
        slot,
        MONDAY,
        MONDAY + days - 1,
        staff,
        rooms,
        protocols,
        some,
        frozenset({MONDAY + 2} if random.random() < 0.2 else ()),
        MONDAY * DAY + 600 if random.random() < 0.2 else None,
    )
    return _with_history(random, problem)


def _hours(random: Random, share: float) -> WeeklyHours:
    def day() -> tuple[tuple[int, int], ...]:
        if random.random() > share:
            return ()
        return random.choice((((540, 780), (780, 960)), ((540, 720), (750, 1020)), ((480, 1080),), ((600, 840),)))

    return WeeklyHours(tuple(day() for _ in range(7)))


def _intervals(random: Random, days: int, most: int) -> tuple[Interval, ...]:
    found = []
    for _ in range(random.randint(0, most)):
        start = (MONDAY + random.randrange(days)) * DAY + random.choice((540, 600, 690, 780))
        found.append(Interval(start, start + random.choice((30, 60, 150, DAY))))
    return tuple(found)


def _person(random: Random, name: str, days: int) -> Staff:
    roles = tuple(random.sample(("therapist", "physician"), random.randint(1, 2)))
    return Staff(
        name,
        name.title(),
        roles,
        _hours(random, 0.85),
        time_off=_intervals(random, days, 1),
        booked=_intervals(random, days, 3),
        supervising=_intervals(random, days, 1) if random.random() < 0.3 else (),
        max_minutes_per_day=random.choice((None, None, 120, 180)),
        max_minutes_per_week=random.choice((None, None, 180, 300)),
        supervises=random.choice((0, 1, 1, 2)),
        turnover_minutes=random.choice((0, 0, 30)),
    )


def _room(random: Random, name: str, days: int) -> Room:
    kinds = tuple(random.sample(("therapy", "dosing"), random.randint(1, 2)))
    weekly = None if random.random() < 0.4 else _hours(random, 0.9)
    return Room(name, name, kinds, random.randint(1, 3), random.choice((0, 0, 30)), weekly, _intervals(random, days, 2))


def _protocol(random: Random, name: str, count: int) -> Protocol:
    visits = tuple(_visit(random, f"v{i}", i) for i in range(count))
    gaps = [_gap(random, f"v{random.randrange(i)}", f"v{i}") for i in range(1, count) if random.random() < 0.85]
    names = {need.name for visit in visits for need in visit.needs}
    continuity = tuple(
        Continuity(each, random.choice(("program", "course")), random.random() < 0.4)
        for each in sorted(names)
        if random.random() < 0.6
    )
    return Protocol(name, name, visits, tuple(gaps), continuity, random.choice((None, 1, 2)))


def _visit(random: Random, name: str, number: int) -> ProtocolVisit:
    minutes = random.choice((30, 60, 60, 120))
    needs = []
    if random.random() < 0.9:
        needs.append(Need("lead", "therapist", minutes))
    if minutes == 120 and random.random() < 0.4:
        needs += [Need("supervisor", "physician", 30, 0, True), Need("supervisor", "physician", 30, 90, True)]
    elif random.random() < 0.4:
        needs.append(Need("supervisor", "physician", minutes, 0, random.random() < 0.7))
    room = random.choice((None, "therapy", "therapy", "dosing"))
    return ProtocolVisit(name, "dosing", minutes, room, tuple(needs), random.choice((None, 1, 1, 2)))


def _gap(random: Random, before: str, after: str) -> Gap:
    least = random.choice((0, 0, 1, 1, 2, -2))
    most = random.choice((None, max(least, 0), max(least, 0) + 2, max(least, 0) + 5))
    ideal = random.choice((None, 1, 2, max(least, 0)))
    if random.random() < 0.2:
        return Gap(before, after, least, most, ideal, 0 if least < 0 else random.choice((0, 60, 1440)), None)
    if random.random() < 0.15:
        return Gap(before, after, least, most, ideal, None, random.choice((120, 2000)))
    return Gap(before, after, least, most, ideal)


def _enrollment(random: Random, name: str, protocol: Protocol, staff: tuple[Staff, ...], days: int) -> Enrollment:
    patients = tuple(f"{name}-{i}" for i in range(random.choice((1, 1, 1, 2))))
    if random.random() < 0.15:
        patients = (*patients, "shared-patient")
    preferred = _hours(random, 0.5) if random.random() < 0.5 else None
    return Enrollment(
        name,
        patients,
        protocol.id,
        MONDAY + random.choice((0, 0, 1)),
        random.choice((None, MONDAY + days - 2)),
        None if random.random() < 0.4 else _hours(random, 0.9),
        _intervals(random, days, 2),
        preferred,
        {"lead": random.choice(staff).id} if _has(protocol, "lead") and random.random() < 0.2 else {},
        (random.choice(staff).id,) if random.random() < 0.15 else (),
    )


def _has(protocol: Protocol, name: str) -> bool:
    return any(need.name == name for visit in protocol.visits for need in visit.needs)


def _with_history(random: Random, problem: Problem) -> Problem:
    """Some visits kept, some with a place before: wherever it is, since both may stand against the rules."""
    enrollments, previous = [], []
    for each in problem.enrollments:
        protocol = problem.protocol(each.protocol)
        kept = []
        for number, visit in enumerate(protocol.visits):
            chance = random.random()
            if chance < 0.15:
                kept.append(_placed(random, problem, each, visit, number))
            elif chance < 0.35:
                previous.append(_placed(random, problem, each, visit, number + 1))
        enrollments.append(
            Enrollment(
                each.id, each.patients, each.protocol, each.earliest, each.latest, each.weekly, each.unavailable,
                each.preferred, each.team, each.avoid, tuple(kept),
            )
        )  # fmt: skip
    return Problem(
        problem.clinic, problem.timezone, problem.slot_minutes, problem.first, problem.last, problem.staff,
        problem.rooms, problem.protocols, tuple(enrollments), problem.closures, problem.not_before, tuple(previous),
    )  # fmt: skip


def _placed(random: Random, problem: Problem, each: Enrollment, visit: ProtocolVisit, day: int) -> PlacedVisit:
    names = visit.need_names()
    people = random.sample([person.id for person in problem.staff], len(names))
    start = (problem.first + min(day, problem.last - problem.first)) * DAY + random.choice((540, 600, 660, 720))
    room = None if visit.room is None else random.choice(problem.rooms).id
    return PlacedVisit(each.id, visit.id, start, room, dict(zip(names, people, strict=True)))
