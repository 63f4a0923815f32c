"""Visits that were held before a patient was enrolled here: entered as kept, so that the rest is planned after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, wall_clock
from coordinator.domain.protocol import Protocol
from coordinator.domain.roadmap import ideal_days
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import KEPT
from coordinator.exchange.values import parsed_clock, parsed_day
from coordinator.services.desk import open_desk
from coordinator.services.enrollment_form import Wrongs
from coordinator.services.visit_cards import visit_title
from coordinator.services.visit_writing import placement
from coordinator.store import audit, timeline_queries, visit_writing
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work

USUAL_START = 9 * 60


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A visit that may have been held, with the time that the form suggests, as the form writes it."""

    code: str
    title: str
    suggested: str


def in_order(protocol: Protocol) -> list[tuple[str, str]]:
    """The visits in the order in which they come when all goes well: (code, title)."""
    days = ideal_days(protocol)
    ordered = sorted(protocol.visits, key=lambda each: days[each.id])
    return [(each.id, visit_title(each.kind, each.id, each.course)) for each in ordered]


def suggested(protocol: Protocol, last: str, on: datetime) -> list[HeldLine]:
    """The visits up to `last`, which was held on a day: the earlier ones at the protocol's ideal spacing before it."""
    days = ideal_days(protocol)
    lines = []
    for code, title in in_order(protocol):
        at = on - timedelta(days=days.get(last, 0) - days[code])
        lines.append(HeldLine(code, title, at.isoformat(timespec="minutes")))
        if code == last:
            return lines
    return []


def read_held(
    typed: Mapping[str, str], protocol: Protocol, team: Mapping[str, int], now: Minute, wrongs: Wrongs
) -> dict[str, Minute]:
    """When each was held; notes times that are none or lie ahead, and parts that nobody is named for."""
    known = {each.id: each for each in protocol.visits}
    held: dict[str, Minute] = {}
    for code, text in typed.items():
        if code not in known or not text.strip():
            continue
        day, _, clock = text.strip().partition("T")
        try:
            start = parsed_day(day) * DAY + (parsed_clock(clock[:5], True) if clock else USUAL_START)
        except ValueError:
            wrongs.add(f"held-{code}", "Choose the day and time at which it was held.")
            continue
        if start + known[code].minutes > now:
            wrongs.add(f"held-{code}", "This is not over yet. Leave it empty, and it is planned.")
        held[code] = start
    lacking = {need for code in held for need in known[code].need_names()} - team.keys()
    for need in sorted(lacking):
        wrongs.add(f"team-{need}", "Say who this was in the visits already held.")
    return held


def write_held(
    work: Work, actor: Actor, now: datetime, code: str, held: Mapping[str, Minute], team: Mapping[str, str]
) -> None:
    """Writes the visits as attended. They take nobody's time, and any rule may be broken between them."""
    desk = open_desk(work, actor, now)
    entry = desk.snapshot.by_code[code]
    rooms = timeline_queries.rooms(work, actor.clinic_id)
    note = {
        "rule": KEPT,
        "reason": "Held before the patient was enrolled here.",
        "by": actor.name,
        "at": now.isoformat(timespec="seconds"),
    }
    for visit_code, start in sorted(held.items(), key=lambda pair: pair[1]):
        visit = desk.snapshot.visit_of(entry, visit_code)
        people = {need: team[need] for need in visit.need_names()}
        placed = PlacedVisit(code, visit_code, start, _room(rooms, visit.room), people)
        row = placement(desk.snapshot, desk.zone, entry, placed, None)
        row.overrides.append(note)
        (visit_id,) = visit_writing.place(work, actor.clinic_id, now, [row], desk.touched)
        visit_writing.set_status(work, now, visit_id, "attended", desk.touched, leaves_calendars=False)
        detail = {"visit": f"{code}/{visit_code}", "start": wall_clock(start).isoformat(timespec="minutes")}
        audit.append(work, actor, now, "visit.enter_held", "visit", visit_id, detail)


def _room(rooms: list[RoomRecord], kind: str | None) -> str | None:
    """A room of the kind: which one it was does not matter any more."""
    return None if kind is None else next((each.code for each in rooms if kind in each.kinds), None)
