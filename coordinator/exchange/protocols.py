"""Protocols of a `kap-problem/1` file, in and out."""

from __future__ import annotations

from typing import Any, Literal, cast

from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.exchange.nodes import Node
from coordinator.exchange.values import any_whole, free_text, list_of, one_of, or_null, text, truth, whole_from

_GAP_NUMBERS = ("min_days", "max_days", "ideal_days", "min_minutes", "max_minutes")


def read_protocol(node: Node) -> Protocol:
    """One protocol; what its parts say of each other is checked apart (see `protocol_references`)."""
    fields = node.fields(("id", "name", "visits"), ("gaps", "continuity", "max_visits_per_day"))
    return Protocol(
        id=fields.read("id", text),
        name=fields.read("name", free_text),
        visits=fields.read("visits", list_of(_read_visit, 1)),
        gaps=fields.maybe("gaps", list_of(read_gap), ()),
        continuity=fields.maybe("continuity", list_of(read_continuity), ()),
        max_visits_per_day=fields.maybe("max_visits_per_day", whole_from(1), None),
    )


def _read_visit(node: Node) -> ProtocolVisit:
    fields = node.fields(("id", "kind", "minutes", "room", "needs"), ("course",))
    minutes = fields.read("minutes", whole_from(1))
    return ProtocolVisit(
        id=fields.read("id", text),
        kind=fields.read("kind", text),
        minutes=minutes,
        room=fields.read("room", or_null(text)),
        needs=fields.read("needs", list_of(lambda each: _read_need(each, minutes))),
        course=fields.maybe("course", any_whole, None),
    )


def _read_need(node: Node, visit_minutes: int) -> Need:
    fields = node.fields(("as", "role"), ("shared", "from", "minutes"))
    offset = fields.maybe("from", whole_from(0), 0)
    return Need(
        name=fields.read("as", text),
        role=fields.read("role", text),
        minutes=fields.maybe("minutes", whole_from(1), visit_minutes - offset),
        offset=offset,
        shared=fields.maybe("shared", truth, False),
    )


def read_gap(node: Node) -> Gap:
    """One gap."""
    fields = node.fields(("from", "to"), _GAP_NUMBERS)
    return Gap(
        before=fields.read("from", text),
        after=fields.read("to", text),
        min_days=fields.maybe("min_days", any_whole, 0),
        max_days=fields.maybe("max_days", any_whole, None),
        ideal_days=fields.maybe("ideal_days", any_whole, None),
        min_minutes=fields.maybe("min_minutes", any_whole, None),
        max_minutes=fields.maybe("max_minutes", any_whole, None),
    )


def read_continuity(node: Node) -> Continuity:
    """One continuity rule."""
    fields = node.fields(("as", "scope", "hard"))
    scope = fields.read("scope", one_of("program", "course"))
    return Continuity(
        name=fields.read("as", text),
        scope=cast(Literal["program", "course"], scope),
        hard=fields.read("hard", truth),
    )


def write_protocol(protocol: Protocol) -> dict[str, Any]:
    """The JSON object of a protocol, without what has its default."""
    found: dict[str, Any] = {
        "id": protocol.id,
        "name": protocol.name,
        "visits": [_write_visit(visit) for visit in protocol.visits],
        "gaps": [write_gap(gap) for gap in protocol.gaps],
        "continuity": [write_continuity(rule) for rule in protocol.continuity],
    }
    if protocol.max_visits_per_day is not None:
        found["max_visits_per_day"] = protocol.max_visits_per_day
    return found


def _write_visit(visit: ProtocolVisit) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": visit.id,
        "kind": visit.kind,
        "minutes": visit.minutes,
        "room": visit.room,
        "needs": [_write_need(need, visit.minutes) for need in visit.needs],
    }
    if visit.course is not None:
        found["course"] = visit.course
    return found


def _write_need(need: Need, visit_minutes: int) -> dict[str, Any]:
    found: dict[str, Any] = {"as": need.name, "role": need.role}
    if need.shared:
        found["shared"] = True
    if need.offset:
        found["from"] = need.offset
    if need.minutes != visit_minutes - need.offset:
        found["minutes"] = need.minutes
    return found


def write_gap(gap: Gap) -> dict[str, Any]:
    """The JSON object of a gap."""
    found: dict[str, Any] = {"from": gap.before, "to": gap.after}
    if gap.min_days:
        found["min_days"] = gap.min_days
    for name in _GAP_NUMBERS[1:]:
        if getattr(gap, name) is not None:
            found[name] = getattr(gap, name)
    return found


def write_continuity(rule: Continuity) -> dict[str, Any]:
    """The JSON object of a continuity rule."""
    return {"as": rule.name, "scope": rule.scope, "hard": rule.hard}
