"""The compact form of a protocol as JSON (`kap-compact/1`), in and out: what protocol versions keep and people edit."""

from __future__ import annotations

from typing import Any, Literal, cast

from coordinator.domain.compact_protocol import (
    Around,
    CompactProtocol,
    CourseEnd,
    Meeting,
    RoleNeed,
    Session,
    SessionCount,
    SideChain,
    Spacing,
    Step,
)
from coordinator.domain.errors import InvalidInput
from coordinator.domain.expand import expand
from coordinator.exchange.gates import read_gate
from coordinator.exchange.json_text import parse
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.protocols import read_continuity, read_gap
from coordinator.exchange.references import note_protocol
from coordinator.exchange.values import (
    any_whole,
    free_text,
    list_of,
    map_of,
    one_of,
    or_null,
    text,
    truth,
    whole_from,
)

FORMAT = "kap-compact/1"

_OPTIONAL = (
    "before",
    "lead_in",
    "between",
    "course_end",
    "after",
    "sides",
    "gaps",
    "continuity",
    "max_visits_per_day",
    "first_course",
)


def read_compact(source: str | bytes | dict[str, Any]) -> CompactProtocol:
    """The compact protocol that a JSON text or object states.

    Raises InvalidFile with a fault for everything that is wrong, also where it would expand to a protocol that the
    exchange format refuses.
    """
    faults = Faults()
    compact = _read(Node(parse(source), "", faults))
    faults.refuse_if_any()
    for sessions in (compact.sessions.least, compact.sessions.most):
        try:
            note_protocol(expand(compact, sessions), faults)
        except InvalidInput as error:
            faults.add("", str(error))
        faults.refuse_if_any()
    return compact


def _read(node: Node) -> CompactProtocol:
    top = node.fields(
        ("format", "id", "name", "meetings", "courses", "sessions", "session"),
        _OPTIONAL,
    )
    top.read("format", one_of(FORMAT))
    return CompactProtocol(
        id=top.read("id", text),
        name=top.read("name", free_text),
        meetings=top.read("meetings", map_of(_meeting)),
        courses=top.read("courses", whole_from(1)),
        sessions=top.read("sessions", _session_count),
        session=top.read("session", _session),
        before=top.maybe("before", list_of(_step), ()),
        lead_in=top.maybe("lead_in", _spacing, Spacing()),
        between=top.maybe("between", _spacing, Spacing(1)),
        course_end=top.maybe("course_end", _course_end, None),
        after=top.maybe("after", list_of(_step), ()),
        sides=top.maybe("sides", list_of(_side), ()),
        gaps=top.maybe("gaps", list_of(read_gap), ()),
        continuity=top.maybe("continuity", list_of(read_continuity), ()),
        max_visits_per_day=top.maybe("max_visits_per_day", whole_from(1), None),
        first_course=top.maybe("first_course", any_whole, 1),
    )


def _spacing(node: Node) -> Spacing:
    fields = node.fields((), ("least", "ideal", "most", "least_minutes"))
    spacing = Spacing(
        least=fields.maybe("least", any_whole, 0),
        ideal=fields.maybe("ideal", any_whole, None),
        most=fields.maybe("most", any_whole, None),
        least_minutes=fields.maybe("least_minutes", any_whole, None),
    )
    if spacing.most is not None and spacing.most < spacing.least:
        node.fault(f"The most, {spacing.most} days, is below the least, {spacing.least}.")
    return spacing


def _meeting(node: Node) -> Meeting:
    fields = node.fields(("kind", "minutes", "room", "people"), ("gates",))
    return Meeting(
        kind=fields.read("kind", text),
        minutes=fields.read("minutes", whole_from(1)),
        room=fields.read("room", or_null(text)),
        people=fields.read("people", list_of(_role_need)),
        gates=fields.maybe("gates", list_of(read_gate), ()),
    )


def _role_need(node: Node) -> RoleNeed:
    fields = node.fields(("as", "role"), ("shared", "parts"))
    return RoleNeed(
        name=fields.read("as", text),
        role=fields.read("role", text),
        shared=fields.maybe("shared", truth, False),
        parts=fields.maybe("parts", list_of(_part), ()),
    )


def _part(node: Node) -> tuple[int, int]:
    items = node.items()
    if len(items) != 2:
        node.fault("A part is a pair: minutes after the visit's start, and how many minutes.")
        return 0, 1
    return whole_from(0)(items[0]), whole_from(1)(items[1])


def _step(node: Node) -> Step:
    fields = node.fields(("id", "meeting"), ("spacing", "after", "course"))
    return Step(
        id=fields.read("id", text),
        meeting=fields.read("meeting", text),
        spacing=fields.maybe("spacing", _spacing, Spacing()),
        after=fields.maybe("after", text, None),
        course=fields.maybe("course", any_whole, None),
    )


def _session(node: Node) -> Session:
    fields = node.fields(("id", "meeting", "spacing"), ("around", "course_gates"))
    return Session(
        id=fields.read("id", text),
        meeting=fields.read("meeting", text),
        spacing=fields.read("spacing", _spacing),
        around=fields.maybe("around", list_of(_around), ()),
        course_gates=fields.maybe("course_gates", list_of(read_gate), ()),
    )


def _around(node: Node) -> Around:
    fields = node.fields(("id", "meeting", "spacing"), ("clear", "when"))
    when = cast(Literal["before", "after"], fields.maybe("when", one_of("after", "before"), "after"))
    return Around(
        id=fields.read("id", text),
        meeting=fields.read("meeting", text),
        spacing=fields.read("spacing", _spacing),
        clear=fields.maybe("clear", _spacing, None),
        before=when == "before",
    )


def _course_end(node: Node) -> CourseEnd:
    fields = node.fields(("id", "meeting", "spacing"), ("to_next", "last_spacing"))
    return CourseEnd(
        id=fields.read("id", text),
        meeting=fields.read("meeting", text),
        spacing=fields.read("spacing", _spacing),
        to_next=fields.maybe("to_next", _spacing, Spacing(1)),
        last_spacing=fields.maybe("last_spacing", _spacing, None),
    )


def _side(node: Node) -> SideChain:
    fields = node.fields(("id", "meeting", "count", "spacing", "anchor", "first"))
    return SideChain(
        id=fields.read("id", text),
        meeting=fields.read("meeting", text),
        count=fields.read("count", whole_from(1)),
        spacing=fields.read("spacing", _spacing),
        anchor=fields.read("anchor", text),
        first=fields.read("first", _spacing),
    )


def _session_count(node: Node) -> SessionCount:
    fields = node.fields(("standard", "least", "most"))
    count = SessionCount(
        standard=fields.read("standard", whole_from(1)),
        least=fields.read("least", whole_from(1)),
        most=fields.read("most", whole_from(1)),
    )
    if not count.least <= count.standard <= count.most and not node.faults.spoils(node.pointer):
        node.fault("The standard number of sessions is not between the least and the most.")
    return count
