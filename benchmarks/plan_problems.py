"""Problems that the project makes itself, with plans known to exist.

A clinic is filled with programs by the planner, one by one, so that all stand together. Then the question is asked
anew: `intake` wants the last few of them planned beside the others, `enroll` the last one alone, `sickday` the same
plan with somebody away for a week. What was planned is the plan known to exist; for a sick day none is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.cost import total
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem
from coordinator.planner.plan import Limits, plan

MONDAY = 739_621
_DAYS = 126
_FULL = ((510, 720), (750, 1050))


@dataclass(frozen=True, slots=True)
class Made:
    """A problem with the cost of a plan known to exist (None: none is known)."""

    name: str
    problem: Problem
    known: int | None


def made_problems(seeds: int = 3) -> Iterator[Made]:
    """All of them, kind by kind."""
    for seed in range(seeds):
        clinic, visits = _filled(Random(seed), 9)
        yield _alone(seed, clinic, visits)
        yield _asked("intake", seed, clinic, visits, 5)
        yield _sick(seed, clinic, visits)


def _filled(random: Random, programs: int) -> tuple[Problem, tuple[PlacedVisit, ...]]:
    enrollments = tuple(
        Enrollment(
            f"e{i:02d}",
            (f"p{i:02d}",),
            random.choice(protocols()).id,
            MONDAY + random.randrange(21),
            weekly=week(random, (((480, 840),), ((720, 1080),), ((480, 1080),)), 0.9),
            preferred=week(random, (((480, 720),), ((780, 1080),)), 1.0) if random.random() < 0.4 else None,
        )
        for i in range(programs)
    )
    problem = Problem(
        "Made clinic",
        "America/Los_Angeles",
        15,
        MONDAY,
        MONDAY + _DAYS - 1,
        _staff(random),
        _rooms(),
        protocols(),
        enrollments,
    )
    found = plan(problem, Limits(work=4 * programs, seed=0))
    out = {each.enrollment for each in found.unplanned}
    left = tuple(each for each in enrollments if each.id not in out)
    return replace(problem, enrollments=left), found.visits


def _alone(seed: int, clinic: Problem, visits: tuple[PlacedVisit, ...]) -> Made:
    """The last program alone: what the others hold is booked."""
    one = clinic.enrollments[-1]
    protocols = {each.id: clinic.protocol(each.protocol) for each in clinic.enrollments}
    booked: dict[str, list[Interval]] = {each.id: [] for each in (*clinic.staff, *clinic.rooms)}
    supervising: dict[str, list[Interval]] = {each.id: [] for each in clinic.staff}
    for placed in visits:
        if placed.enrollment == one.id:
            continue
        visit = protocols[placed.enrollment].visit(placed.visit)
        if placed.room is not None:
            booked[placed.room].append(Interval(placed.start, placed.start + visit.minutes))
        for need in visit.needs:
            taken = supervising if need.shared else booked
            first = placed.start + need.offset
            taken[placed.staff[need.name]].append(Interval(first, first + need.minutes))
    staff = tuple(replace(p, booked=tuple(booked[p.id]), supervising=tuple(supervising[p.id])) for p in clinic.staff)
    rooms = tuple(replace(room, booked=tuple(booked[room.id])) for room in clinic.rooms)
    problem = replace(clinic, staff=staff, rooms=rooms, enrollments=(one,))
    mine = tuple(each for each in visits if each.enrollment == one.id)
    return Made(f"enroll-made-{seed}", problem, total(problem, mine, [one.id]))


def _asked(kind: str, seed: int, clinic: Problem, visits: tuple[PlacedVisit, ...], asked: int) -> Made:
    """The last programs to be planned; the visits of the others are kept."""
    cut = len(clinic.enrollments) - asked
    kept = tuple(
        replace(each, kept=tuple(v for v in visits if v.enrollment == each.id)) for each in clinic.enrollments[:cut]
    )
    problem = replace(clinic, enrollments=(*kept, *clinic.enrollments[cut:]))
    return Made(f"{kind}-made-{seed}", problem, total(problem, visits, [each.id for each in problem.enrollments]))


def _sick(seed: int, clinic: Problem, visits: tuple[PlacedVisit, ...]) -> Made:
    """Everything as published, the first two weeks are past, and the first therapist is away for the third."""
    begins = (MONDAY + 14) * DAY
    past = {(v.enrollment, v.visit) for v in visits if v.start < begins}
    enrollments = tuple(
        replace(each, kept=tuple(v for v in visits if v.enrollment == each.id and (each.id, v.visit) in past))
        for each in clinic.enrollments
    )
    away = replace(clinic.staff[0], time_off=(Interval(begins, begins + 7 * DAY),))
    previous = tuple(v for v in visits if (v.enrollment, v.visit) not in past)
    staff = (away, *clinic.staff[1:])
    problem = replace(clinic, staff=staff, enrollments=enrollments, previous=previous, not_before=begins)
    return Made(f"sickday-made-{seed}", problem, None)


def protocols() -> tuple[Protocol, ...]:
    """Two long programs and a short one."""
    return _courses("two-courses", 2, 4), _courses("one-course", 1, 6), _series(5)


def week(random: Random, choices: tuple[tuple[tuple[int, int], ...], ...], share: float) -> WeeklyHours:
    """The same hours on most days from Monday to Friday."""
    hours = random.choice(choices)
    return WeeklyHours(tuple(hours if day < 5 and random.random() < share else () for day in range(7)))


def _staff(random: Random) -> tuple[Staff, ...]:
    therapists = [
        Staff(f"th-{i}", f"Therapist {i}", ("therapist",), week(random, (_FULL,), 0.95), max_minutes_per_day=390)
        for i in range(5)
    ]
    doctors = [
        Staff(f"dr-{i}", f"Doctor {i}", ("physician",), week(random, (_FULL,), 1.0), supervises=2) for i in (1, 2)
    ]
    others = [Staff("nu-1", "Nutritionist 1", ("nutritionist",), week(random, (_FULL,), 1.0))]
    return (*therapists, *doctors, *others)


def _rooms() -> tuple[Room, ...]:
    dosing = [Room(f"dosing-{i}", f"Dosing {i}", ("dosing",), 1, 15) for i in (1, 2, 3)]
    return (*dosing, *(Room(f"talk-{i}", f"Room {i}", ("therapy", "consult"), 2) for i in (1, 2, 3)))


def _courses(name: str, courses: int, sessions: int) -> Protocol:
    """Courses of dosings, each with its integration, and a nutritionist every other week beside them."""
    visits = [ProtocolVisit("eval", "evaluation", 60, "consult", (Need("physician", "physician", 60),))]
    gaps: list[Gap] = []
    before, wait = "eval", (1, 10, 3)
    for course in range(1, courses + 1):
        for number in range(1, sessions + 1):
            d, i = f"c{course}.d{number}", f"c{course}.i{number}"
            needs = (Need("lead", "therapist", 120), Need("supervisor", "physician", 120, 0, True))
            visits.append(ProtocolVisit(d, "dosing", 120, "dosing", needs, course))
            visits.append(ProtocolVisit(i, "integration", 60, "therapy", (Need("lead", "therapist", 60),), course))
            gaps += [Gap(before, d, *wait), Gap(d, i, 1, 3, 1)]
            if number > 1:
                gaps.append(Gap(f"c{course}.i{number - 1}", d, 1))
            before, wait = d, (3, 7, 4)
        before, wait = f"c{course}.i{sessions}", (5, 14, 7)
    for number in range(1, courses + 2):
        needs = (Need("diet", "nutritionist", 45),)
        visits.append(ProtocolVisit(f"n{number}", "nutrition", 45, "consult", needs))
        gaps.append(Gap("eval", "n1", 0, 14, 5) if number == 1 else Gap(f"n{number - 1}", f"n{number}", 10, 18, 14))
    same = (Continuity("lead", "program", True), Continuity("supervisor", "course", False))
    return Protocol(name, name, tuple(visits), tuple(gaps), same, 2)


def _series(count: int) -> Protocol:
    needs = (Need("lead", "therapist", 90), Need("supervisor", "physician", 30, 0, True))
    visits = tuple(ProtocolVisit(f"s{i}", "dosing", 90, "dosing", needs, 1) for i in range(1, count + 1))
    gaps = tuple(Gap(f"s{i}", f"s{i + 1}", 5, 10, 7) for i in range(1, count))
    return Protocol("series", "series", visits, gaps, (Continuity("lead", "program", False),), 1)
