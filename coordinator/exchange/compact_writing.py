"""Writes the compact form of a protocol as `kap-compact/1`; reading it gives an equal protocol."""

from __future__ import annotations

from typing import Any

from coordinator.domain.compact_protocol import Around, CompactProtocol, CourseEnd, Meeting, RoleNeed, Spacing, Step
from coordinator.exchange.compact_protocol import FORMAT
from coordinator.exchange.gates import write_gate
from coordinator.exchange.protocols import write_continuity, write_gap


def write_compact(compact: CompactProtocol) -> dict[str, Any]:
    """The JSON object of a compact protocol."""
    return _given(
        format=FORMAT,
        id=compact.id,
        name=compact.name,
        meetings={name: _meeting(each) for name, each in compact.meetings.items()},
        before=[_step(each) for each in compact.before],
        lead_in=_spacing(compact.lead_in),
        courses=compact.courses,
        first_course=compact.first_course,
        sessions={
            "standard": compact.sessions.standard,
            "least": compact.sessions.least,
            "most": compact.sessions.most,
        },
        session={
            "id": compact.session.id,
            "meeting": compact.session.meeting,
            "spacing": _spacing(compact.session.spacing),
            "around": [_around(each) for each in compact.session.around],
            "course_gates": [write_gate(each) for each in compact.session.course_gates],
        },
        between=_spacing(compact.between),
        course_end=_course_end(compact.course_end),
        after=[_step(each) for each in compact.after],
        sides=[
            {
                "id": each.id,
                "meeting": each.meeting,
                "count": each.count,
                "spacing": _spacing(each.spacing),
                "anchor": each.anchor,
                "first": _spacing(each.first),
            }
            for each in compact.sides
        ],
        gaps=[write_gap(each) for each in compact.gaps],
        continuity=[write_continuity(each) for each in compact.continuity],
        max_visits_per_day=compact.max_visits_per_day,
    )


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that are given; None is left out."""
    return {name: value for name, value in fields.items() if value is not None}


def _spacing(spacing: Spacing | None) -> dict[str, Any] | None:
    if spacing is None:
        return None
    return _given(least=spacing.least, ideal=spacing.ideal, most=spacing.most, least_minutes=spacing.least_minutes)


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {
        "kind": meeting.kind,
        "minutes": meeting.minutes,
        "room": meeting.room,
        "people": [_role_need(each) for each in meeting.people],
        "gates": [write_gate(each) for each in meeting.gates],
    }


def _role_need(need: RoleNeed) -> dict[str, Any]:
    return {
        "as": need.name,
        "role": need.role,
        "shared": need.shared,
        "parts": [list(part) for part in need.parts],
    }


def _step(step: Step) -> dict[str, Any]:
    return _given(
        id=step.id, meeting=step.meeting, spacing=_spacing(step.spacing), after=step.after, course=step.course
    )


def _around(around: Around) -> dict[str, Any]:
    return _given(
        id=around.id,
        meeting=around.meeting,
        spacing=_spacing(around.spacing),
        clear=_spacing(around.clear),
        when="before" if around.before else "after",
    )


def _course_end(end: CourseEnd | None) -> dict[str, Any] | None:
    if end is None:
        return None
    return _given(
        id=end.id,
        meeting=end.meeting,
        spacing=_spacing(end.spacing),
        to_next=_spacing(end.to_next),
        last_spacing=_spacing(end.last_spacing),
    )
