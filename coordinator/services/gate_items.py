"""What gates put on the worklist: gates to open, and visits that are a no-go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services import gates
from coordinator.services.gate_lines import GatedVisit, GateLine
from coordinator.services.worklist import COORDINATORS, Action, Item, Urgency
from coordinator.store.unit_of_work import Work

LEAD = timedelta(days=4)
"""So long before a gate is due it begins to wait for its owner: over a weekend and a day off, too."""
PRESSING = timedelta(days=1)


def shut_gates(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """For each visit an item for each owner whose gates wait; for coordinators one for each no-go in their place."""
    for visit in gates.coming(work, actor, now):
        is_no_go = visit.verdict == "no_go"
        if is_no_go:
            yield _no_go(visit)
        waiting = [each for each in visit.shut if each.due_at - LEAD <= now or is_no_go]
        for owner in dict.fromkeys(each.owner for each in waiting):
            mine = [each for each in waiting if each.owner == owner]
            if not (is_no_go and actor.access in COORDINATORS):
                yield _to_open(visit, mine, now)


def _no_go(visit: GatedVisit) -> Item:
    shut = ", ".join(f"{each.name} ({_owner(each)})" for each in visit.shut)
    return Item(
        kind="gate.no_go",
        key=str(visit.id),
        title=f"{visit.who}: no-go",
        detail=f"{_when(visit)}. Still shut: {shut}.",
        owner="Coordinator",
        since=visit.no_go_at,
        action=_see(visit, "Decide"),
        urgency=Urgency.NOW,
        due=visit.starts_at,
    )


def _to_open(visit: GatedVisit, lines: list[GateLine], now: datetime) -> Item:
    due = min(each.due_at for each in lines)
    left = due - now
    urgency = Urgency.NOW if left <= timedelta(0) else Urgency.SOON if left <= PRESSING else Urgency.LATER
    return Item(
        kind="gate.shut",
        key=f"{visit.id}:{lines[0].owner}",
        title=f"{visit.who}: {', '.join(each.name for each in lines)}",
        detail=f"{_when(visit)}; due {min(each.due for each in lines):%a, %b %-d, %-I:%M %p}",
        owner=_owner(lines[0]),
        since=due - LEAD,
        action=_see(visit, "See the gate" if len(lines) == 1 else "See the gates"),
        urgency=urgency,
        due=due,
        staff=frozenset[int]().union(*(each.staff for each in lines)),
    )


def _see(visit: GatedVisit, label: str) -> Action:
    return Action(label, "gates.page", {"visit_id": visit.id})


def _when(visit: GatedVisit) -> str:
    return f"{visit.title}, {visit.start:%a, %b %-d, %-I:%M %p}"


def _owner(line: GateLine) -> str:
    return ", ".join(line.people) or line.owner.replace("_", " ").capitalize()
