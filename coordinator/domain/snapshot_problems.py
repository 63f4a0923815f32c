"""What a snapshot says in the exchange format: the clinic as it is published, and the problem for the planner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from coordinator.domain.clinic_time import Day, Minute, date_of, day_of, minute_at, monday_of
from coordinator.domain.cost import total
from coordinator.domain.protocol import Protocol
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned
from coordinator.domain.snapshot import Elsewhere, EnrollmentEntry, Key, Snapshot, elsewhere
from coordinator.domain.violation import Violation

STANDING = "~published"
"""Ends the name under which a published program stands in a planning problem for others."""
DAYS_AHEAD = 280
"""How far the planner looks where an enrollment has no latest date."""


def published_problem(snapshot: Snapshot, now: Minute, excused: Collection[Key] = ()) -> Problem:
    """The clinic as it is: visits that have begun, or have an outcome, or are excused, are kept, the others are judged.

    Programs that are paused or over are what their people and rooms are booked for. A program that is not wholly
    published stands there as one that is not planned, with its visits kept.
    """
    living = [entry for entry in snapshot.enrollments if entry.is_living]
    away = elsewhere(snapshot, [entry for entry in snapshot.enrollments if not entry.is_living])
    days = [*snapshot.days(), day_of(now)]
    kept = [_with_kept(snapshot, entry, now if snapshot.is_whole(entry) else None, excused) for entry in living]
    return _problem(snapshot, now, (min(days), max(days)), [_unavailable(each, away) for each in kept], away)


def published_plan(snapshot: Snapshot, now: Minute) -> tuple[Problem, Plan]:
    """The clinic as it is, and its published visits as a plan for that: both pass any checker, if no rule is broken.

    Visits that break a rule by somebody's leave are kept, and so are the visits they break it with.
    """
    problem = published_problem(snapshot, now)
    whole = [entry for entry in snapshot.enrollments if entry.is_living and snapshot.is_whole(entry)]
    visits = tuple(visit.placed for entry in whole for visit in snapshot.held[entry.id].values())
    planned = {entry.code for entry in whole}
    unplanned = tuple(
        Unplanned(entry.code, _why(snapshot, entry))
        for entry in snapshot.enrollments
        if entry.is_living and entry.code not in planned
    )
    plan = Plan(visits, unplanned, cost=total(problem, visits, planned))
    excused = _excused(snapshot, violations(problem, plan))
    return published_problem(snapshot, now, excused) if excused else problem, plan


def _excused(snapshot: Snapshot, broken: Iterable[Violation]) -> set[Key]:
    """The visits that take part in what somebody gave leave for."""
    leave = {(snapshot.by_id[visit.enrollment_id].code, visit.code): visit.overrides for visit in snapshot.visits}
    return {key for each in broken if any(each.name in leave[other] for other in each.touches) for key in each.touches}


def planning_problem(
    snapshot: Snapshot,
    now: Minute,
    plan_for: Collection[int],
    also: Collection[Enrollment] = (),
    protocol: Protocol | None = None,
) -> Problem:
    """What the planner is asked: plan these enrollments (ids) from now on, beside everything that is published.

    Of these, what has begun is kept and what is still to come is `previous`. Every other program stands there with its
    published visits of this week and later, all kept: as an enrollment of its own protocol, named `<code>~published`,
    which has just these visits and no wishes, so that limits and supervision count exactly.
    `also` are enrollments that the clinic does not have, to be planned as well, all in `protocol`.
    """
    wanted = [entry for entry in snapshot.enrollments if entry.id in plan_for]
    monday = minute_at(monday_of(date_of(now)))
    others = [_standing(snapshot, entry, monday) for entry in snapshot.enrollments if entry.id not in plan_for]
    others = [other for other in others if other[1].kept]
    problem = _problem(
        snapshot,
        now,
        _horizon([*(entry.enrollment for entry in wanted), *also], now),
        [*(_with_kept(snapshot, entry, now) for entry in wanted), *(enrollment for _, enrollment in others), *also],
        Elsewhere(),
        [each for each, _ in others],
    )
    if protocol is not None and protocol.id not in {each.id for each in problem.protocols}:
        problem = replace(problem, protocols=(*problem.protocols, protocol))
    previous = (visit for entry in wanted for visit in snapshot.held[entry.id].values() if not visit.stands(now))
    return replace(problem, previous=tuple(visit.placed for visit in previous))


def _problem(
    snapshot: Snapshot,
    now: Minute,
    horizon: tuple[Day, Day],
    enrollments: list[Enrollment],
    away: Elsewhere,
    protocols: Iterable[Protocol] = (),
) -> Problem:
    first, last = horizon
    used = {enrollment.protocol for enrollment in enrollments}
    facts = snapshot.clinic
    return Problem(
        clinic=facts.name,
        timezone=facts.timezone,
        slot_minutes=facts.slot_minutes,
        first=first,
        last=last,
        # Nothing is judged before today, so hours need be exact only from then on.
        staff=tuple(
            replace(
                person := entry.staff(min(max(first, day_of(now)), last), last),
                booked=(*person.booked, *away.booked[person.id]),
                supervising=(*person.supervising, *away.supervising[person.id]),
            )
            for entry in snapshot.staff
        ),
        rooms=tuple(
            replace(entry.room, booked=(*entry.room.booked, *away.rooms[entry.room.id])) for entry in snapshot.rooms
        ),
        protocols=(*(each for each in snapshot.protocols if each.id in used), *protocols),
        enrollments=tuple(enrollments),
        closures=facts.closures,
        not_before=now,
        weights=facts.weights,
    )


def _with_kept(
    snapshot: Snapshot, entry: EnrollmentEntry, now: Minute | None, excused: Collection[Key] = ()
) -> Enrollment:
    """An enrollment with its visits that stand for good by now, or are excused; None keeps them all."""
    held = snapshot.held[entry.id].values()
    kept = (each for each in held if now is None or each.stands(now) or (entry.code, each.code) in excused)
    return replace(entry.enrollment, kept=tuple(visit.placed for visit in kept))


def _unavailable(enrollment: Enrollment, away: Elsewhere) -> Enrollment:
    taken = [span for patient in enrollment.patients for span in away.patients[patient]]
    return replace(enrollment, unavailable=(*enrollment.unavailable, *taken)) if taken else enrollment


def _standing(snapshot: Snapshot, entry: EnrollmentEntry, since: Minute) -> tuple[Protocol, Enrollment]:
    """A program that is not to be planned, as a protocol of exactly its published visits, all kept."""
    held = [visit for visit in snapshot.held[entry.id].values() if visit.end > since]
    name = f"{entry.code}{STANDING}"
    kept: tuple[PlacedVisit, ...] = tuple(replace(visit.placed, enrollment=name) for visit in held)
    protocol = Protocol(name, name, tuple(snapshot.visit_of(entry, visit.code) for visit in held))
    earliest = max((day_of(visit.start) for visit in held), default=day_of(since))
    return protocol, Enrollment(name, entry.enrollment.patients, name, earliest, kept=kept)


def _horizon(wanted: Sequence[Enrollment], now: Minute) -> tuple[Day, Day]:
    today = day_of(now)
    earliest = [max(today, each.earliest) for each in wanted]
    first = min(earliest, default=today)
    ends = [each.latest or start + DAYS_AHEAD for each, start in zip(wanted, earliest, strict=True)]
    return first, max([first, *ends])


def _why(snapshot: Snapshot, entry: EnrollmentEntry) -> str:
    if not snapshot.held[entry.id]:
        return f"{entry.code} waits for its plan."
    return f"{entry.code} is published in part: {', '.join(snapshot.missing(entry))} still need a time."
