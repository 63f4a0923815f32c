"""Where a visit may go: the legal starts of a day, and what refuses the others. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from coordinator.domain import legality, publication
from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, wall_clock, zone_named
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.domain.legality import StartVerdict
from coordinator.domain.snapshot import Snapshot
from coordinator.services.rule_words import plainly
from coordinator.services.visit_changes import LOOKS_AHEAD
from coordinator.store import audit, visit_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class FreeStart:
    """A start that keeps every rule, with a room (code and name; None: video) and people: (need, code, name).

    `instead` are the names of those who would come in place of somebody that the visit has now.
    """

    at: datetime
    room_code: str | None
    room: str | None
    people: tuple[tuple[str, str, str], ...]
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Starts from `first` to `last`, both included, that one rule refuses, through one blocker; in words."""

    first: datetime
    last: datetime
    message: str


@dataclass(frozen=True, slots=True)
class DayStarts:
    """What a day offers to a visit; naive clinic time."""

    day: date
    free: tuple[FreeStart, ...]
    refused: tuple[Refusal, ...]


def starts(work: Work, actor: Actor, now: datetime, visit_id: int, day: date) -> DayStarts:
    """The starts of a day at which the visit may stand now.

    Raises NotFound, and InvalidInput where it has begun, or for a day in the past or too far away.
    """
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    audit.append(work, actor, now, "visit.read", "visit", visit_id, {"day": str(day)})
    snapshot = snapshots.load(work, actor.clinic_id)
    zone = zone_named(snapshot.clinic.timezone)
    if not wall_clock(from_utc(now, zone)).date() <= day <= wall_clock(from_utc(now + LOOKS_AHEAD, zone)).date():
        raise InvalidInput("Choose today or a later day, within five years.")
    problem, placed = publication.laid(snapshot, from_utc(now, zone), {}, [day.toordinal()])
    code, visit = rows.enrollment.code, rows.visit.code
    verdicts = legality.starts(problem, placed, code, visit, [day.toordinal()])
    has = next((each.staff for each in placed if (each.enrollment, each.visit) == (code, visit)), {})
    return DayStarts(
        day=day,
        free=tuple(_free(each, snapshot, has) for each in verdicts if each.is_legal),
        refused=tuple(_refusals(verdicts, snapshot)),
    )


def _free(verdict: StartVerdict, snapshot: Snapshot, has: Mapping[str, str]) -> FreeStart:
    """`has` is who is with the visit now, by need; nobody is new to a visit that has nobody."""
    staff = verdict.staff or {}
    new = dict.fromkeys(code for need, code in staff.items() if has and has.get(need) != code)
    return FreeStart(
        at=wall_clock(verdict.start),
        room_code=verdict.room,
        room=snapshot.rooms_by_code[verdict.room].room.name if verdict.room is not None else None,
        people=tuple((need, code, snapshot.staff_by_code[code].person.name) for need, code in staff.items()),
        instead=tuple(snapshot.staff_by_code[code].person.name for code in new),
    )


def _refusals(verdicts: Iterable[StartVerdict], snapshot: Snapshot) -> Iterable[Refusal]:
    """Starts that follow each other and are refused for one reason, as one line."""
    for key, group in groupby(verdicts, key=lambda each: each.refusal and (each.refusal.name, each.refusal.blocker)):
        lines = list(group)
        if key is not None and lines[0].refusal is not None:
            message = plainly(lines[0].refusal, snapshot)
            yield Refusal(wall_clock(lines[0].start), wall_clock(lines[-1].start), message)
