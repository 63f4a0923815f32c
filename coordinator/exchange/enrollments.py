"""Enrollments and placed visits of the exchange files, in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coordinator.domain.hours import WeeklyHours
from coordinator.domain.schedule import Enrollment, PlacedVisit
from coordinator.exchange.nodes import Fields, Node
from coordinator.exchange.stamps import write_day, write_intervals, write_stamp, write_weekly
from coordinator.exchange.values import day, interval, list_of, map_of, or_null, stamp, text, weekly

_PLACED = ("visit", "start", "room", "staff")


def read_enrollment(node: Node) -> Enrollment:
    """One enrollment with its kept visits."""
    fields = node.fields(
        ("id", "patients", "protocol", "earliest"),
        ("latest", "weekly", "unavailable", "preferred", "team", "avoid", "kept"),
    )
    enrollment = fields.read("id", text)
    return Enrollment(
        id=enrollment,
        patients=fields.read("patients", list_of(text, 1)),
        protocol=fields.read("protocol", text),
        earliest=fields.read("earliest", day),
        latest=fields.maybe("latest", day, None),
        weekly=fields.maybe("weekly", weekly, None),
        unavailable=fields.maybe("unavailable", list_of(interval), ()),
        preferred=fields.maybe("preferred", _read_preferred, None),
        team=fields.maybe("team", map_of(text), {}),
        avoid=fields.maybe("avoid", list_of(text), ()),
        kept=fields.maybe("kept", list_of(lambda each: _placed(each.fields(_PLACED), enrollment)), ()),
    )


def read_placed(node: Node) -> PlacedVisit:
    """A placed visit that names its enrollment."""
    fields = node.fields(("enrollment", *_PLACED))
    return _placed(fields, fields.read("enrollment", text))


def _placed(fields: Fields, enrollment: str) -> PlacedVisit:
    return PlacedVisit(
        enrollment=enrollment,
        visit=fields.read("visit", text),
        start=fields.read("start", stamp),
        room=fields.read("room", or_null(text)),
        staff=fields.read("staff", map_of(text)),
    )


def _read_preferred(node: Node) -> WeeklyHours | None:
    """An empty object is no preference; one whose days are all empty prefers no time at all."""
    found = weekly(node)
    return found if node.value else None


def write_enrollment(enrollment: Enrollment) -> dict[str, Any]:
    """The JSON object of an enrollment."""
    found: dict[str, Any] = {
        "id": enrollment.id,
        "patients": list(enrollment.patients),
        "protocol": enrollment.protocol,
        "earliest": write_day(enrollment.earliest),
        "unavailable": write_intervals(enrollment.unavailable),
        "team": dict(enrollment.team),
        "avoid": list(enrollment.avoid),
        "kept": [_write_kept(visit) for visit in enrollment.kept],
    }
    if enrollment.latest is not None:
        found["latest"] = write_day(enrollment.latest)
    if enrollment.weekly is not None:
        found["weekly"] = write_weekly(enrollment.weekly)
    if enrollment.preferred is not None:
        found["preferred"] = write_weekly(enrollment.preferred) or {"mon": []}
    return found


def write_placed(visits: Iterable[PlacedVisit]) -> list[dict[str, Any]]:
    """The JSON objects of placed visits, each naming its enrollment."""
    return [{"enrollment": visit.enrollment, **_write_kept(visit)} for visit in visits]


def _write_kept(visit: PlacedVisit) -> dict[str, Any]:
    return {
        "visit": visit.visit,
        "start": write_stamp(visit.start),
        "room": visit.room,
        "staff": dict(visit.staff),
    }
