"""Who fits the time that a canceled or missed visit gave back: visits without a time, and visits better off there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, from_utc, wall_clock
from coordinator.domain.errors import NotFound
from coordinator.domain.freed import Fit, Freed, Key, fits
from coordinator.domain.publication import laid
from coordinator.domain.schedule import PlacedVisit
from coordinator.services.desk import Desk, read_desk
from coordinator.services.drafts import wanted
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.visit_cards import visit_title
from coordinator.services.visit_changes import MISSED
from coordinator.store import audit, outlooks, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

DAYS_AHEAD = 42
"""How far after the freed time a visit may stand to be brought forward to it."""
MOST = 6


@dataclass(frozen=True, slots=True)
class FittingVisit:
    """A visit that fits. Times are naive clinic time; `held` is when it stands now (None: it holds no time).

    `room` (None: by video) and `people` (need, code, name) are those that it would have; `revision` is the visit's.
    """

    program: ProgramName
    code: str
    title: str
    start: datetime
    end: datetime
    held: datetime | None
    room: tuple[str, str] | None
    people: tuple[tuple[str, str, str], ...]
    revision: int | None

    @property
    def days_sooner(self) -> int:
        """By how many days it would come forward."""
        return (self.held.date() - self.start.date()).days if self.held else 0


@dataclass(frozen=True, slots=True)
class FreedTime:
    """Who fits: visits, the best first, with `more` left out; and waiting programs that could begin sooner by now."""

    visits: tuple[FittingVisit, ...]
    more: int
    waiting: tuple[ProgramName, ...]


def who_fits(work: Work, actor: Actor, now: datetime, visit_id: int) -> FreedTime:
    """Who could take the time of a visit that is gone; nobody once it has begun. Raises NotFound.

    The actor's draft counts as if it were published.
    """
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or rows.visit.status not in MISSED:
        raise NotFound("There is no such freed time.")
    desk = read_desk(work, actor, now)
    freed = _freed(desk, rows)
    found = _fits(desk, freed, rows.enrollment.id) if freed.start > desk.minute else []
    sooner = outlooks.sooner(work, actor.clinic_id)
    ids = {desk.snapshot.by_code[each.placed.enrollment].id for each in found[:MOST]}
    names = program_names(work, actor, ids | sooner)
    audit.append(work, actor, now, "freed_time.read", "visit", visit_id, {"visits": len(found)})
    shown = tuple(_shown(desk, names, each) for each in found[:MOST])
    return FreedTime(shown, max(0, len(found) - MOST), tuple(names[each] for each in sorted(sooner)))


def _freed(desk: Desk, rows: VisitRows) -> Freed:
    start, end = (from_utc(each, desk.zone) for each in (rows.visit.starts_at, rows.visit.ends_at))
    return Freed(start, end, rows.room.code if rows.room else None, {person.code for _, person in rows.people})


def _fits(desk: Desk, freed: Freed, gone_from: int) -> list[Fit]:
    drafted = wanted(desk)
    days = (freed.start // DAY, freed.end // DAY)
    problem, visits = laid(desk.snapshot, desk.minute, drafted, days)
    standing = {(each.enrollment, each.visit): each for each in visits}
    candidates = [each for each in _candidates(desk, freed, gone_from, standing) if each not in drafted]
    return fits(problem, visits, freed, candidates)


def _candidates(desk: Desk, freed: Freed, gone_from: int, standing: dict[Key, PlacedVisit]) -> Iterator[Key]:
    """What holds no time, and what may be moved and stands in the weeks after, of visits that are short enough.

    Not the program that lost the visit: it is to be planned anew, and what follows would come forward into the gap.
    """
    for entry in desk.snapshot.enrollments:
        if entry.status != "active" or entry.id == gone_from:
            continue
        held = desk.snapshot.held[entry.id]
        for code, visit in desk.snapshot.protocol_visits[entry.enrollment.protocol].items():
            if visit.minutes <= freed.end - freed.start:
                entered = held.get(code)
                movable = entered is None or not entered.stands(desk.minute)
                if movable and _is_later(standing.get((entry.code, code)), freed.end):
                    yield entry.code, code


def _is_later(placed: PlacedVisit | None, end: Minute) -> bool:
    return placed is None or end <= placed.start < end + DAYS_AHEAD * DAY


def _shown(desk: Desk, names: dict[int, ProgramName], fit: Fit) -> FittingVisit:
    snapshot, placed = desk.snapshot, fit.placed
    entry = snapshot.by_code[placed.enrollment]
    visit = snapshot.visit_of(entry, placed.visit)
    held = snapshot.held[entry.id].get(placed.visit)
    staff = snapshot.staff_by_code
    return FittingVisit(
        program=names[entry.id],
        code=placed.visit,
        title=visit_title(visit.kind, placed.visit, visit.course),
        start=wall_clock(placed.start),
        end=wall_clock(placed.start + visit.minutes),
        held=wall_clock(fit.held.start) if fit.held else None,
        room=(placed.room, snapshot.rooms_by_code[placed.room].room.name) if placed.room else None,
        people=tuple((need, code, staff[code].person.name) for need, code in placed.staff.items()),
        revision=held.revision if held else None,
    )
