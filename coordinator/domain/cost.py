"""What a plan costs: every penalty by its name, on the visit it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from coordinator.domain.board import Board, Row, row_of
from coordinator.domain.layout import lay_out, lay_visits
from coordinator.domain.rules_program import scopes
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem
from coordinator.domain.spoken import counted


@dataclass(frozen=True, slots=True)
class Penalty:
    """One reason why a plan costs something: `cost` is `times` the weight of that name. `visit` None is the program."""

    name: str
    enrollment: str
    visit: str | None
    times: int
    cost: int
    message: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A penalty before it is weighed."""

    name: str
    visit: str | None
    times: int
    message: str


def total(problem: Problem, visits: Iterable[PlacedVisit], planned: Iterable[str]) -> int:
    """The cost of a plan that holds these visits and plans these enrollments (ids). Kept visits need not be listed."""
    return sum(penalty.cost for penalty in penalties_on(lay_visits(problem, visits, planned)))


def cost_alone(problem: Problem, enrollment: Enrollment, visits: Iterable[PlacedVisit]) -> int:
    """What the visits of one enrollment cost, its kept ones counted whether listed or not.

    The visits are taken for whole and rightly named: nothing but their cost is asked.
    """
    previous = tuple(each for each in problem.previous if each.enrollment == enrollment.id)
    by_itself = replace(problem, enrollments=(enrollment,), previous=previous)
    protocol = problem.protocol(enrollment.protocol)
    kept = {each.visit: each for each in enrollment.kept}
    placed = (*kept.values(), *(each for each in visits if each.visit not in kept))
    rows = [row_of(enrollment, protocol.visit(each.visit), each, each.visit in kept) for each in placed]
    return sum(penalty.cost for penalty in penalties_on(Board(by_itself, rows, [enrollment.id])))


def penalties(problem: Problem, plan: Plan) -> list[Penalty]:
    """Why a plan costs what it costs; their sum is its cost."""
    return penalties_on(lay_out(problem, plan)[0])


def penalties_on(board: Board) -> list[Penalty]:
    """The penalties of a plan that is laid out."""
    planned = {each.id for each in board.planned}
    found = [
        _weighed(board, each, _Found("unplanned", None, 1, f"{each.id} is not planned."))
        for each in board.problem.enrollments
        if each.id not in planned
    ]
    previous = {(each.enrollment, each.visit): each for each in board.problem.previous}
    for enrollment in board.planned:
        found += [_weighed(board, enrollment, each) for each in _of_program(board, enrollment, previous)]
    return found


def _weighed(board: Board, enrollment: Enrollment, found: _Found) -> Penalty:
    weight: int = getattr(board.problem.weights, found.name)
    return Penalty(found.name, enrollment.id, found.visit, found.times, weight * found.times, found.message)


def _of_program(board: Board, enrollment: Enrollment, previous: dict[tuple[str, str], PlacedVisit]) -> Iterator[_Found]:
    rows = list(board.visits_of[enrollment.id].values())
    yield from _continuity(board, enrollment, rows)
    yield from _ideal_gaps(board, enrollment)
    yield from _finish(enrollment, rows)
    yield from _outside_preferred(enrollment, rows)
    yield from _waiting(rows, board.problem.slot_minutes)
    yield from _changed(rows, previous)


def _continuity(board: Board, enrollment: Enrollment, rows: list[Row]) -> Iterator[_Found]:
    for rule in board.protocol_of(enrollment).continuity:
        if rule.hard:
            continue
        for unit, there in scopes(rule, rows):
            people = {row.placed.staff[rule.name] for row in there}
            if len(people) > 1:
                message = f"{len(people)} people are {rule.name} in {unit}."
                yield _Found("continuity", None, len(people) - 1, message)


def _ideal_gaps(board: Board, enrollment: Enrollment) -> Iterator[_Found]:
    mine = board.visits_of[enrollment.id]
    for gap in board.protocol_of(enrollment).gaps:
        before, after = mine.get(gap.before), mine.get(gap.after)
        if gap.ideal_days is None or before is None or after is None:
            continue
        days = after.day - before.day
        if days != gap.ideal_days:
            passed = counted(days, "day")
            message = f"{gap.after} follows {gap.before} after {passed}; {gap.ideal_days} would be ideal."
            yield _Found("ideal_gap", gap.after, abs(days - gap.ideal_days), message)


def _finish(enrollment: Enrollment, rows: list[Row]) -> Iterator[_Found]:
    last = max(rows, key=lambda row: row.day, default=None)
    if last is not None and last.day > enrollment.earliest:
        days = last.day - enrollment.earliest
        yield _Found("finish", last.visit.id, days, f"The program ends {days} days after its earliest date.")


def _outside_preferred(enrollment: Enrollment, rows: list[Row]) -> Iterator[_Found]:
    if enrollment.preferred is None:
        return
    for row in rows:
        if not enrollment.preferred.contains(row.start, row.end):
            yield _Found("preferred", row.visit.id, 1, f"{row.visit.id} is outside the preferred hours.")


def _waiting(rows: list[Row], slot: int) -> Iterator[_Found]:
    for a, b in pairwise(sorted(rows, key=lambda row: row.start)):
        slots = (b.start - a.end) // slot
        if a.day == b.day and slots > 0:
            yield _Found("waiting", b.visit.id, slots, f"The patient waits {b.start - a.end} minutes for {b.visit.id}.")


def _changed(rows: list[Row], previous: dict[tuple[str, str], PlacedVisit]) -> Iterator[_Found]:
    for row in rows:
        before = previous.get(row.key)
        if before is None:
            continue
        if before.start != row.start:
            yield _Found("moved", row.visit.id, 1, f"{row.visit.id} moves to another time.")
        if dict(before.staff) != dict(row.placed.staff):
            yield _Found("restaffed", row.visit.id, 1, f"{row.visit.id} gets other people.")
