"""`kap-problem/1` files: everything the planner may know about a clinic, in and out."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from coordinator.domain.schedule import Problem, Weights
from coordinator.exchange.enrollments import read_enrollment, read_placed, write_enrollment, write_placed
from coordinator.exchange.json_text import parse
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.protocols import read_protocol, write_protocol
from coordinator.exchange.references import note_wrong_references
from coordinator.exchange.resources import read_room, read_staff, write_room, write_staff
from coordinator.exchange.stamps import write_day, write_stamp
from coordinator.exchange.values import day, free_text, list_of, one_of, stamp, whole_from, zone

FORMAT = "kap-problem/1"

_NEEDED = ("format", "clinic", "timezone", "slot_minutes", "horizon", "staff", "rooms", "protocols", "enrollments")
_OPTIONAL = ("closures", "not_before", "previous", "weights")


def read_problem(source: str | bytes | dict[str, Any]) -> Problem:
    """The problem that a file (its text, its bytes or its parsed object) states.

    Raises InvalidFile with a fault, placed by JSON Pointer, for everything that is wrong with it.
    """
    faults = Faults()
    problem = _read(Node(parse(source), "", faults))
    note_wrong_references(problem, faults)
    faults.refuse_if_any()
    return problem


def _read(node: Node) -> Problem:
    top = node.fields(_NEEDED, _OPTIONAL)
    top.read("format", one_of(FORMAT))
    first, last = top.read("horizon", _read_horizon)
    return Problem(
        clinic=top.read("clinic", free_text),
        timezone=top.read("timezone", zone),
        slot_minutes=top.read("slot_minutes", whole_from(1)),
        first=first,
        last=last,
        staff=top.read("staff", list_of(read_staff)),
        rooms=top.read("rooms", list_of(read_room)),
        protocols=top.read("protocols", list_of(read_protocol)),
        enrollments=top.read("enrollments", list_of(read_enrollment)),
        closures=frozenset(top.maybe("closures", list_of(day), ())),
        not_before=top.maybe("not_before", stamp, None),
        previous=top.maybe("previous", list_of(read_placed), ()),
        weights=top.maybe("weights", _read_weights, Weights()),
    )


def _read_horizon(node: Node) -> tuple[int, int]:
    horizon = node.fields(("first", "last"))
    return horizon.read("first", day), horizon.read("last", day)


def _read_weights(node: Node) -> Weights:
    names = [each.name for each in fields(Weights)]
    given = node.fields((), names)
    standard = Weights()
    return Weights(**{name: given.maybe(name, whole_from(0), getattr(standard, name)) for name in names})


def write_problem(problem: Problem) -> dict[str, Any]:
    """The JSON object of a problem; reading it gives an equal problem."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "clinic": problem.clinic,
        "timezone": problem.timezone,
        "slot_minutes": problem.slot_minutes,
        "horizon": {"first": write_day(problem.first), "last": write_day(problem.last)},
        "closures": [write_day(each) for each in sorted(problem.closures)],
        "staff": [write_staff(each) for each in problem.staff],
        "rooms": [write_room(each) for each in problem.rooms],
        "protocols": [write_protocol(each) for each in problem.protocols],
        "enrollments": [write_enrollment(each) for each in problem.enrollments],
        "previous": write_placed(problem.previous),
        "weights": asdict(problem.weights),
    }
    if problem.not_before is not None:
        found["not_before"] = write_stamp(problem.not_before)
    return found
