"""Freed time: which other visits could take the place of one that is gone, and would be better off there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coordinator.domain.clinic_time import Minute
from coordinator.domain.cost import cost_alone
from coordinator.domain.legality import Ask, places
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Freed:
    """What was given back: from `start` to `end`, a room (None: it was by video) and people (staff ids)."""

    start: Minute
    end: Minute
    room: str | None
    people: Collection[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """A visit that keeps every rule there. `held` is where it stands now; None: it holds no time.

    `gain` is by how much its program would cost less, by the cost of a plan; 0 where it holds no time.
    """

    placed: PlacedVisit
    held: PlacedVisit | None
    gain: int


def fits(problem: Problem, visits: Sequence[PlacedVisit], freed: Freed, candidates: Iterable[Key]) -> list[Fit]:
    """Those of the candidates (enrollment, visit) that fit, what holds no time first, then the most gained first.

    A visit that stands elsewhere has to gain by it, and each has to take the room or one of the people: without them
    the time was free before. `visits` are all that stand now. Its own people stay with a visit where they can.
    """
    held = {(each.enrollment, each.visit): each for each in visits}
    enrollments = {each.id: each for each in problem.enrollments}
    found = []
    for key in candidates:
        current = held.get(key)
        placed = next(_places(problem, visits, freed, key, current), None)
        if placed is not None:
            gain = 0 if current is None else _gain(problem, enrollments[key[0]], visits, placed)
            if current is None or gain > 0:
                found.append(Fit(placed, current, gain))
    return sorted(found, key=lambda each: (each.held is not None, -each.gain, each.placed.enrollment))


def _places(
    problem: Problem, visits: Sequence[PlacedVisit], freed: Freed, key: Key, current: PlacedVisit | None
) -> Iterator[PlacedVisit]:
    """The places inside the freed time that keep every rule and take something of what was freed, the best first."""
    enrollment = next(each for each in problem.enrollments if each.id == key[0])
    visit = problem.protocol(enrollment.protocol).visit(key[1])
    latest = freed.end - visit.minutes
    starts = range(freed.start, latest + 1, problem.slot_minutes)
    if not starts:
        return
    own = dict(current.staff) if current else {}
    room = freed.room if visit.room is not None else None
    asks = [Ask(room, own), Ask(None, own), Ask(room)] if own else [Ask(room)]
    for verdicts in places(problem, visits, *key, list(starts), [[each] for each in asks]):
        for verdict in verdicts:
            if verdict.is_legal:
                staff = dict(verdict.staff or {})
                if (freed.room is not None and verdict.room == freed.room) or set(staff.values()) & set(freed.people):
                    yield PlacedVisit(*key, verdict.start, verdict.room, staff)


def _gain(problem: Problem, enrollment: Enrollment, visits: Sequence[PlacedVisit], placed: PlacedVisit) -> int:
    alone = replace(problem, previous=())
    mine = [each for each in visits if each.enrollment == enrollment.id]
    moved = [placed if each.visit == placed.visit else each for each in mine]
    return cost_alone(alone, enrollment, mine) - cost_alone(alone, enrollment, moved)
