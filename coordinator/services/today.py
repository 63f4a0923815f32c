"""Today, for the one who is signed in: who is where, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import NotAllowed
from coordinator.services import visit_day
from coordinator.services.gate_lines import GatedVisit
from coordinator.services.gates import of_visits
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.services.visit_day import VisitDay
from coordinator.services.worklist import Item
from coordinator.services.worklist_sources import worklist
from coordinator.store import audit, clinics, timeline_queries, today_queries, visit_queries
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work

SLOT = 15
"""Minutes of a column of the board."""
USUAL_DAY = (8, 18)


@dataclass(frozen=True, slots=True)
class Cell:
    """Some columns of a room's row: a visit, or nothing."""

    columns: int
    card: VisitCard | None


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room's day, column by column from the first hour of the board to its last."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RoomBoard:
    """The day by rooms. `hours` are the whole hours shown; `now_percent` is where now is, None outside them."""

    hours: tuple[int, ...]
    rooms: tuple[RoomLine, ...]
    now_percent: float | None


@dataclass(frozen=True, slots=True)
class TodayView:
    """The page of those who see the whole clinic; a clinician's is services/me.

    `gates` are those before the day's visits and `days` how far these are, both by visit.
    """

    now: datetime
    closed: str | None
    visits: tuple[VisitCard, ...]
    gates: Mapping[int, GatedVisit]
    days: Mapping[int, VisitDay]
    board: RoomBoard
    worklist: tuple[Item, ...]
    is_new: bool


def today(work: Work, actor: Actor, now: datetime) -> TodayView:
    """Today in the whole clinic; raises NotAllowed for a clinician, who sees their own day only."""
    if actor.access is Access.CLINICIAN:
        raise NotAllowed("This page shows the whole clinic. Yours shows your own day.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    at = local(now, zone)
    starts, ends = midnight_utc(at.date(), zone), midnight_utc(at.date() + timedelta(days=1), zone)
    closed = timeline_queries.closures(work, actor.clinic_id, at.date(), at.date())
    rows = visit_queries.between(work, actor.clinic_id, starts, ends)
    cards = tuple(card(each, actor, now, zone) for each in rows)
    audit.append(work, actor, now, "visit.list", "clinic", actor.clinic_id, {"day": str(at.date())})
    return TodayView(
        now=at,
        closed=(closed[0].reason or "The clinic is closed") if closed else None,
        visits=cards,
        gates=of_visits(work, actor, now, rows),
        days=visit_day.of_visits(work, actor, now, rows),
        board=_board(timeline_queries.rooms(work, actor.clinic_id), cards, at),
        worklist=worklist(work, actor, now),
        is_new=not cards and not today_queries.has_visits(work, actor.clinic_id),
    )


def _board(rooms: Sequence[RoomRecord], cards: Sequence[VisitCard], at: datetime) -> RoomBoard:
    held = [each for each in cards if each.status in visit_queries.HOLDING and each.room_id is not None]
    opens, closes = USUAL_DAY
    for each in held:
        opens, closes = min(opens, each.start.hour), max(closes, -(-_minute(each.end, at) // 60))
    return RoomBoard(
        hours=tuple(range(opens, closes)),
        rooms=tuple(
            RoomLine(each.name, tuple(_cells([v for v in held if v.room_id == each.id], at, opens * 60, closes * 60)))
            for each in rooms
        ),
        now_percent=_percent(_minute(at, at), opens * 60, closes * 60),
    )


def _cells(cards: Sequence[VisitCard], at: datetime, opens: int, closes: int) -> Iterable[Cell]:
    column = 0
    for each in cards:
        start = max(column, (_minute(each.start, at) - opens) // SLOT)
        end = max(start + 1, -(-(_minute(each.end, at) - opens) // SLOT))
        if start > column:
            yield Cell(start - column, None)
        yield Cell(end - start, each)
        column = end
    if column < (closes - opens) // SLOT:
        yield Cell((closes - opens) // SLOT - column, None)


def _minute(moment: datetime, day: datetime) -> int:
    """Minutes after the midnight at which `day` began."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((moment - midnight).total_seconds()) // 60


def _percent(minute: int, opens: int, closes: int) -> float | None:
    if not opens <= minute <= closes:
        return None
    return round((minute - opens) * 100 / (closes - opens), 2)
