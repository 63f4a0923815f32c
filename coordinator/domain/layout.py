"""Laying a plan out: rule 1 (whole programs), kept visits stand as given, each visit names its room and its people.

A visit that fails here does not reach the board, so the other rules never meet a name that stands for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from coordinator.domain.board import Board, row_of
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned
from coordinator.domain.violation import Violation

Key = tuple[str, str]


@dataclass(slots=True)
class _Desk:
    """What laying out needs to know, and the visits already listed."""

    enrollments: dict[str, Enrollment]
    visits: dict[Key, ProtocolVisit]
    kept: dict[Key, PlacedVisit]
    unplanned: set[str]
    rooms: set[str]
    staff: set[str]
    listed: set[Key] = field(default_factory=set)


def lay_out(problem: Problem, plan: Plan) -> tuple[Board, list[Violation]]:
    """The board of a plan, and what kept visits from reaching it or is missing on it."""
    desk = _desk(problem, plan)
    faults = list(unplanned_once(plan, desk))
    rows = [row_of(desk.enrollments[key[0]], desk.visits[key], kept, True) for key, kept in desk.kept.items()]
    for placed in plan.visits:
        fault = next(filter(None, (rule(placed, desk) for rule in _PLACING)), None)
        key = placed.enrollment, placed.visit
        desk.listed.add(key)
        if fault is not None:
            faults.append(fault)
        elif key not in desk.kept:
            rows.append(row_of(desk.enrollments[key[0]], desk.visits[key], placed, False))
    faults += nothing_missing(desk)
    planned = {each.id for each in problem.enrollments if each.id not in desk.unplanned}
    return Board(problem, rows, planned), faults


def lay_visits(problem: Problem, visits: Iterable[PlacedVisit], planned: Iterable[str]) -> Board:
    """The board of visits and planned enrollments (ids); kept visits are laid out too, and need not be among them."""
    ids = set(planned)
    unplanned = tuple(Unplanned(each.id) for each in problem.enrollments if each.id not in ids)
    return lay_out(problem, Plan(tuple(visits), unplanned, cost=0))[0]


def misnamed(
    placed: Iterable[PlacedVisit], visits: Mapping[Key, ProtocolVisit], rooms: Iterable[str], staff: Iterable[str]
) -> list[Violation]:
    """What of these visits names no room or people as it must; `visits` has what each is, by (enrollment, visit)."""
    desk = _Desk({}, dict(visits), {}, set(), set(rooms), set(staff))
    return [fault for each in placed for rule in (room_named, people_named) if (fault := rule(each, desk))]


def _desk(problem: Problem, plan: Plan) -> _Desk:
    visits_of = {protocol.id: protocol.visits for protocol in problem.protocols}
    return _Desk(
        enrollments={each.id: each for each in problem.enrollments},
        visits={(each.id, visit.id): visit for each in problem.enrollments for visit in visits_of[each.protocol]},
        kept={(each.id, kept.visit): kept for each in problem.enrollments for kept in each.kept},
        unplanned={each.enrollment for each in plan.unplanned},
        rooms={each.id for each in problem.rooms},
        staff={each.id for each in problem.staff},
    )


def unplanned_once(plan: Plan, desk: _Desk) -> Iterator[Violation]:
    """Rule 1: each enrollment that is unplanned stands there once."""
    seen: set[str] = set()
    for each in plan.unplanned:
        if each.enrollment not in desk.enrollments:
            yield _whole(each.enrollment, None, f"“{each.enrollment}” is unplanned, but there is no such enrollment.")
        elif each.enrollment in seen:
            yield _whole(each.enrollment, None, f"{each.enrollment} stands twice among the unplanned.")
        seen.add(each.enrollment)


def visit_known(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 1: every visit of the plan is a visit of an enrollment's protocol."""
    if (placed.enrollment, placed.visit) in desk.visits:
        return None
    return _whole(placed.enrollment, placed.visit, f"{_name(placed)} is no visit of any enrollment.")


def visit_once(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 1: every visit stands in the plan once."""
    if (placed.enrollment, placed.visit) not in desk.listed:
        return None
    return _whole(placed.enrollment, placed.visit, f"{_name(placed)} stands twice in the plan.")


def kept_stands(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 9: a kept visit stands exactly as given."""
    kept = desk.kept.get((placed.enrollment, placed.visit))
    if kept is None or _same(placed, kept):
        return None
    message = f"{_name(placed)} is kept and must stand exactly as it was given."
    return Violation(9, "kept-stands", placed.enrollment, placed.visit, message)


def enrollment_planned(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 1: an enrollment that is unplanned has no visits but kept ones."""
    if placed.enrollment not in desk.unplanned or (placed.enrollment, placed.visit) in desk.kept:
        return None
    return _whole(placed.enrollment, placed.visit, f"{_name(placed)} stands in the plan, but its enrollment does not.")


def room_named(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 6: a visit names a room that there is, and one held by video names none."""
    needs_room = desk.visits[placed.enrollment, placed.visit].room is not None
    if placed.room is None:
        if not needs_room:
            return None
        message = f"{_name(placed)} needs a room and has none."
    elif needs_room and placed.room in desk.rooms:
        return None
    else:
        message = f"{_name(placed)} names “{placed.room}”, which is no room of it."
    return Violation(6, "room-named", placed.enrollment, placed.visit, message, placed.room, _touches(placed))


def people_named(placed: PlacedVisit, desk: _Desk) -> Violation | None:
    """Rule 4: a visit names one known person for each of its needs, and nobody else."""
    needs = desk.visits[placed.enrollment, placed.visit].need_names()
    if set(placed.staff) == set(needs) and desk.staff.issuperset(placed.staff.values()):
        return None
    message = f"{_name(placed)} must name one known person for each of its needs ({', '.join(needs)})."
    return Violation(4, "people-named", placed.enrollment, placed.visit, message, None, _touches(placed))


def nothing_missing(desk: _Desk) -> Iterator[Violation]:
    """Rule 1: every visit of a planned enrollment stands in the plan, kept ones too."""
    for enrollment, visit in desk.visits:
        if enrollment not in desk.unplanned and (enrollment, visit) not in desk.listed:
            yield _whole(enrollment, visit, f"{enrollment}/{visit} is missing from the plan.")


_PLACING: tuple[Callable[[PlacedVisit, _Desk], Violation | None], ...] = (
    visit_known,
    visit_once,
    kept_stands,
    enrollment_planned,
    room_named,
    people_named,
)
"""In this order; the first that a visit breaks is the one reported."""


def _same(placed: PlacedVisit, kept: PlacedVisit) -> bool:
    return placed.start == kept.start and placed.room == kept.room and dict(placed.staff) == dict(kept.staff)


def _name(placed: PlacedVisit) -> str:
    return f"{placed.enrollment}/{placed.visit}"


def _touches(placed: PlacedVisit) -> tuple[tuple[str, str], ...]:
    return ((placed.enrollment, placed.visit),)


def _whole(enrollment: str, visit: str | None, message: str) -> Violation:
    touches = ((enrollment, visit),) if visit is not None else ()
    return Violation(1, "whole-program", enrollment, visit, message, None, touches)
