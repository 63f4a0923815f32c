"""What a relaxation's patch means for the clinic: each operation as a change of something that has a name.

A patch points into the problem that the planner was given, by place in a list; a clinic needs to know whose hours,
which gap, which closure. `meaning` says so, as JSON, while the problem is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from coordinator.domain.clinic_time import wall_clock
from coordinator.domain.hours import Interval
from coordinator.domain.schedule import PatchOperation, Problem

Act = dict[str, Any]
"""`on` says what is changed; the other names depend on that."""

OF_THE_PROGRAM = frozenset(
    {"gap", "visits-per-day", "continuity", "date", "team", "avoid", "unavailable", "patient-hours"}
)
"""What concerns one enrollment alone; everything else changes the clinic for all."""


def meaning(problem: Problem, patch: Sequence[PatchOperation]) -> list[Act]:
    """What each operation of a patch changes."""
    return [_act(problem, each) for each in patch]


def _act(problem: Problem, operation: PatchOperation) -> Act:
    what, *path = operation.path.strip("/").split("/")
    if what == "protocols":
        return _of_protocol(problem, path, operation.value)
    if what == "enrollments":
        return _of_enrollment(problem, path, operation.value)
    if what == "staff":
        return _of_staff(problem, path, operation.value)
    if what == "rooms":
        return _of_room(problem, path, operation.value)
    left = {date.fromisoformat(each).toordinal() for each in operation.value}
    opened = sorted(problem.closures - left)
    return {"on": "closure", "days": [date.fromordinal(each).isoformat() for each in opened]}


def _of_protocol(problem: Problem, path: Sequence[str], value: Any) -> Act:
    protocol = problem.protocols[int(path[0])]
    if path[1] == "gaps":
        gap = protocol.gaps[int(path[2])]
        return {"on": "gap", "from": gap.before, "to": gap.after, "field": path[3], "value": value}
    if path[1] == "continuity":
        rule = protocol.continuity[int(path[2])]
        return {"on": "continuity", "need": rule.name, "scope": rule.scope}
    return {"on": "visits-per-day", "value": value}


def _of_enrollment(problem: Problem, path: Sequence[str], value: Any) -> Act:
    enrollment = problem.enrollments[int(path[0])]
    if path[1] == "team":
        return {"on": "team", "need": path[2].replace("~1", "/").replace("~0", "~")}
    if path[1] == "avoid":
        return {"on": "avoid", "staff": enrollment.avoid[int(path[2])]}
    if path[1] == "unavailable":
        return {"on": "unavailable", "span": _span(enrollment.unavailable[int(path[2])])}
    if path[1] == "weekly":
        return {"on": "patient-hours", "day": path[2], "hours": value}
    return {"on": "date", "field": path[1], "value": value}


def _of_staff(problem: Problem, path: Sequence[str], value: Any) -> Act:
    person = problem.staff[int(path[0])]
    if path[1] == "time_off":
        return {"on": "time-off", "staff": person.id, "span": _span(person.time_off[int(path[2])])}
    if path[1] == "weekly":
        return {"on": "staff-hours", "staff": person.id, "day": path[2], "hours": value}
    if path[1] == "roles":
        return {"on": "role", "staff": person.id, "role": value}
    return {"on": "limit", "staff": person.id, "field": path[1], "value": value}


def _of_room(problem: Problem, path: Sequence[str], value: Any) -> Act:
    room = problem.rooms[int(path[0])]
    if path[1] == "weekly":
        return {"on": "room-hours", "room": room.id, "day": path[2], "hours": value}
    if path[1] == "kinds":
        return {"on": "room-kind", "room": room.id, "kind": value}
    return {"on": "seats", "room": room.id, "value": value}


def _span(interval: Interval) -> list[str]:
    return [wall_clock(each).isoformat(timespec="minutes") for each in (interval.start, interval.end)]
