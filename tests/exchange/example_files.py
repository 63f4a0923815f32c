"""A problem file and a plan file that show every field once, for tests to bend."""

from __future__ import annotations

import copy
from typing import Any

_PROBLEM: dict[str, Any] = {
    "format": "kap-problem/1",
    "clinic": "Harbor Clinic",
    "timezone": "America/Los_Angeles",
    "slot_minutes": 15,
    "horizon": {"first": "2027-01-04", "last": "2027-06-25"},
    "closures": ["2027-01-18"],
    "not_before": "2027-01-04T00:00",
    "staff": [
        {"id": "ana", "name": "Ana Ruiz", "roles": ["therapist"],
         "weekly": {"mon": [["08:00", "12:00"], ["12:00", "24:00"]]},
         "time_off": [["2027-02-01T00:00", "2027-02-05T24:00"]],
         "booked": [["2027-01-05T09:00", "2027-01-05T10:30"]], "supervising": [],
         "max_minutes_per_day": 420, "max_minutes_per_week": 1800, "supervises": 1, "turnover_minutes": 0},
        {"id": "eve", "name": "Eve Okafor", "roles": ["physician"], "weekly": {}, "supervises": 2},
    ],
    "rooms": [
        {"id": "dosing-1", "name": "Dosing room 1", "kinds": ["dosing"], "seats": 1, "turnover_minutes": 15,
         "weekly": {"mon": [["08:00", "18:00"]]}, "booked": [["2027-01-11T08:00", "2027-01-11T09:00"]]}
    ],
    "protocols": [
        {"id": "short", "name": "Short",
         "visits": [
             {"id": "d1", "course": 1, "kind": "dosing", "minutes": 120, "room": "dosing",
              "needs": [{"as": "lead", "role": "therapist"},
                        {"as": "supervisor", "role": "physician", "shared": True, "from": 0, "minutes": 30},
                        {"as": "supervisor", "role": "physician", "shared": True, "from": 90}]},
             {"id": "i1", "kind": "integration", "minutes": 60, "room": None,
              "needs": [{"as": "lead", "role": "therapist"}]}],
         "gaps": [{"from": "d1", "to": "i1", "min_days": 1, "max_days": 3, "ideal_days": 1,
                   "min_minutes": 60, "max_minutes": 9000}],
         "continuity": [{"as": "lead", "scope": "program", "hard": True}],
         "max_visits_per_day": 2}
    ],
    "enrollments": [
        {"id": "e1", "patients": ["p1"], "protocol": "short", "earliest": "2027-01-04", "latest": "2027-05-01",
         "weekly": {"mon": [["08:00", "18:00"]]},
         "unavailable": [["2027-02-10T00:00", "2027-02-11T00:00"]],
         "preferred": {"mon": [["08:00", "12:00"]]},
         "team": {"lead": "ana"}, "avoid": ["eve"],
         "kept": [{"visit": "d1", "start": "2027-01-11T09:00", "room": "dosing-1",
                   "staff": {"lead": "ana", "supervisor": "eve"}}]}
    ],
    "previous": [{"enrollment": "e1", "visit": "i1", "start": "2027-01-12T09:00", "room": None,
                  "staff": {"lead": "ana"}}],
    "weights": {"unplanned": 100000, "continuity": 500, "ideal_gap": 20, "finish": 10, "preferred": 30,
                "waiting": 1, "moved": 200, "restaffed": 100},
}  # fmt: skip

_PLAN: dict[str, Any] = {
    "format": "kap-plan/1",
    "status": "partial",
    "cost": 1840,
    "bound": 1795.5,
    "seconds": 0.61,
    "visits": [{"enrollment": "e1", "visit": "i1", "start": "2027-01-12T09:00", "room": None,
                "staff": {"lead": "ana"}}],
    "unplanned": [
        {"enrollment": "e1", "reason": "Ana Ruiz is off.",
         "relaxations": [
             {"text": "Let i1 follow d1 within 21 days instead of 3.",
              "patch": [{"op": "replace", "path": "/protocols/0/gaps/0/max_days", "value": 21}]},
             {"text": "Let somebody else be lead.", "patch": [{"op": "remove", "path": "/enrollments/0/team/lead"}]}]}
    ],
}  # fmt: skip


def problem_file() -> dict[str, Any]:
    """A fresh copy of the problem."""
    return copy.deepcopy(_PROBLEM)


def plan_file() -> dict[str, Any]:
    """A fresh copy of the plan."""
    return copy.deepcopy(_PLAN)


def put(file: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The file with the value at a JSON Pointer set; `-` at the end of a pointer appends."""
    at: Any = file
    *path, last = pointer.strip("/").split("/")
    for token in path:
        at = at[int(token)] if isinstance(at, list) else at[token]
    if last == "-":
        at.append(value)
    elif isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return file


def drop(file: dict[str, Any], pointer: str) -> dict[str, Any]:
    """The file without the member at a JSON Pointer."""
    at: Any = file
    *path, last = pointer.strip("/").split("/")
    for token in path:
        at = at[int(token)] if isinstance(at, list) else at[token]
    del at[int(last) if isinstance(at, list) else last]
    return file
