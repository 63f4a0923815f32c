"""Columns of JSON, back as what the domain calls them. They were checked when they were written, so these trust them.

Hours and protocols are stored as the exchange format writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from coordinator.domain.clinic_time import DAY, WEEKDAYS, Minute
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit


def weekly(value: Mapping[str, Any]) -> WeeklyHours:
    """Weekly hours; a day left out is closed."""
    days = (value.get(name, ()) for name in WEEKDAYS)
    return WeeklyHours(tuple(tuple(sorted((_clock(start), _clock(end)) for start, end in spans)) for spans in days))


def intervals(value: Iterable[Any]) -> tuple[Interval, ...]:
    """Pairs of local times."""
    return tuple(Interval(_stamp(start), _stamp(end)) for start, end in value)


def protocol(name: str, body: Mapping[str, Any]) -> Protocol:
    """A protocol, under a name of its own."""
    return Protocol(
        id=name,
        name=body["name"],
        visits=tuple(_visit(each) for each in body["visits"]),
        gaps=tuple(_gap(each) for each in body.get("gaps", ())),
        continuity=tuple(Continuity(each["as"], each["scope"], each["hard"]) for each in body.get("continuity", ())),
        max_visits_per_day=body.get("max_visits_per_day"),
    )


def _visit(value: Mapping[str, Any]) -> ProtocolVisit:
    minutes = value["minutes"]
    needs = tuple(_need(each, minutes) for each in value["needs"])
    return ProtocolVisit(value["id"], value["kind"], minutes, value["room"], needs, value.get("course"))


def _need(value: Mapping[str, Any], visit_minutes: int) -> Need:
    offset = value.get("from", 0)
    minutes = value.get("minutes", visit_minutes - offset)
    return Need(value["as"], value["role"], minutes, offset, value.get("shared", False))


def _gap(value: Mapping[str, Any]) -> Gap:
    bounds = {name: number for name, number in value.items() if name not in ("from", "to")}
    return Gap(value["from"], value["to"], **bounds)


def _clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def _stamp(text: str) -> Minute:
    return date.fromisoformat(text[:10]).toordinal() * DAY + _clock(text[11:16])
