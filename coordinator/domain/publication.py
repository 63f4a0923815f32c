"""Judging a change of the published visits: it may add no broken rule, and leave none in the visits that it touches.

Programs need not be whole here: of one that is published in part, the visits that there are count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from coordinator.domain.board import Board, row_of
from coordinator.domain.clinic_time import Day, Minute, day_of
from coordinator.domain.layout import misnamed
from coordinator.domain.rules import broken_on
from coordinator.domain.schedule import PlacedVisit, Problem
from coordinator.domain.snapshot import Key, Snapshot
from coordinator.domain.violation import Violation

OVERRIDABLE = frozenset(
    {
        "gap",
        "visits-per-day",
        "minutes-per-day",
        "minutes-per-week",
        "staff-hours",
        "room-hours",
        "patient-hours",
        "enrollment-dates",
    }
)
"""The rules that somebody with authority may override with a reason: gaps, limits and hours. Never a collision."""


@dataclass(frozen=True, slots=True)
class Placing:
    """What becomes of a visit: its new time, room and people, or None where it holds none any more."""

    key: Key
    placed: PlacedVisit | None


def broken_by(
    snapshot: Snapshot, now: Minute, placings: Iterable[Placing], overridden: frozenset[str] = frozenset()
) -> list[Violation]:
    """The rules that stand against a change; empty for one that may be published.

    `overridden` are names of rules (see OVERRIDABLE) that the change may break.
    """
    changes = {placing.key: placing.placed for placing in placings}
    nameless = _misnamed(snapshot, changes)
    if nameless:
        return nameless  # the other rules must not meet a name that stands for nothing
    found = broken_on(standing(snapshot, now, changes))
    if not found:
        return []
    before = {_sign(each) for each in broken_on(standing(snapshot, now, {}))}
    return [
        each
        for each in found
        if (_sign(each) not in before or not changes.keys().isdisjoint(each.touches))
        and each.name not in overridden & OVERRIDABLE
    ]


def broken_now(snapshot: Snapshot, now: Minute) -> list[Violation]:
    """The rules that the published visits break as they stand: somebody fell ill, hours were cut."""
    return broken_on(standing(snapshot, now, {}))


def _misnamed(snapshot: Snapshot, changes: Mapping[Key, PlacedVisit | None]) -> list[Violation]:
    """The placed visits that name no room, or not the people, that they need: what no file and no planner may do."""
    placed = {key: each for key, each in changes.items() if each is not None}
    visits = {key: snapshot.visit_of(snapshot.by_code[key[0]], key[1]) for key in placed}
    return misnamed(placed.values(), visits, snapshot.rooms_by_code, snapshot.staff_by_code)


def standing(
    snapshot: Snapshot, now: Minute, changes: Mapping[Key, PlacedVisit | None], asked: Iterable[Day] = ()
) -> Board:
    """The published visits with some changes laid over them. What stands for good and is not changed is kept.

    The board reaches from the first to the last of today, the visits' days and those that are `asked` about.
    """
    held = _held(snapshot, now, changes)
    rows = []
    for (code, visit), (placed, kept) in held.items():
        entry = snapshot.by_code[code]
        rows.append(row_of(entry.enrollment, snapshot.visit_of(entry, visit), placed, kept))
    return Board(_everything(snapshot, now, held, asked), rows, {code for code, _ in held})


def laid(
    snapshot: Snapshot, now: Minute, changes: Mapping[Key, PlacedVisit | None], asked: Collection[Day]
) -> tuple[Problem, list[PlacedVisit]]:
    """What `standing` is made of: the problem, and the visits of it. Hours are exact on the days asked alone."""
    held = _held(snapshot, now, changes)
    return _everything(snapshot, now, held, asked, asked), [placed for placed, _ in held.values()]


def _held(
    snapshot: Snapshot, now: Minute, changes: Mapping[Key, PlacedVisit | None]
) -> dict[Key, tuple[PlacedVisit, bool]]:
    """Every visit that holds a time, and whether it stands for good."""
    held = {
        (snapshot.by_id[visit.enrollment_id].code, visit.code): (visit.placed, visit.stands(now))
        for visit in snapshot.visits
    }
    for key, placed in changes.items():
        held.pop(key, None)
        if placed is not None:
            held[key] = placed, False
    return held


def _everything(
    snapshot: Snapshot,
    now: Minute,
    held: Mapping[Key, tuple[PlacedVisit, bool]],
    asked: Iterable[Day],
    exact: Collection[Day] = (),
) -> Problem:
    """The problem from now, or the first visit, to the last visit or day asked; hours are exact on the days `exact`."""
    facts = snapshot.clinic
    days = [day_of(now), *asked, *(day_of(placed.start) for placed, _ in held.values())]
    first, last = min(days), max(days)
    worked = (min(exact), max(exact)) if exact else (day_of(now), last)
    return Problem(
        clinic=facts.name,
        timezone=facts.timezone,
        slot_minutes=facts.slot_minutes,
        first=first,
        last=last,
        staff=tuple(entry.staff(*worked) for entry in snapshot.staff),
        rooms=tuple(entry.room for entry in snapshot.rooms),
        protocols=snapshot.protocols,
        enrollments=tuple(entry.enrollment for entry in snapshot.enrollments),
        closures=facts.closures,
        not_before=now,
        weights=facts.weights,
    )


def _sign(violation: Violation) -> tuple[str, str, str | None, str | None, tuple[Key, ...]]:
    return violation.name, violation.enrollment, violation.visit, violation.blocker, violation.touches
