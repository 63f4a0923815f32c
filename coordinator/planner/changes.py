"""Small changes to a problem: each a named thing that may be lifted, by steps, with its JSON Patch and its words.

A step is one day, one slot, one seat, one place, one interval or one person. More steps of a change never forbid what
fewer allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.protocol import Protocol
from coordinator.domain.schedule import Enrollment, PatchOperation, Problem


@dataclass(frozen=True, slots=True)
class Effect:
    """A problem after a change, with the patch value that makes it so."""

    problem: Problem
    operation: PatchOperation
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that may be lifted, by 1 to `most` steps. `kind` groups changes that are tried together."""

    kind: str
    path: str
    most: int
    apply: Callable[[Problem, int], Effect]
    cause: str


def with_staff(problem: Problem, index: int, **fields: Any) -> Problem:
    """The problem with one person changed."""
    staff: list[Staff] = list(problem.staff)
    staff[index] = replace(staff[index], **fields)
    return replace(problem, staff=tuple(staff))


def with_room(problem: Problem, index: int, **fields: Any) -> Problem:
    """The problem with one room changed."""
    rooms: list[Room] = list(problem.rooms)
    rooms[index] = replace(rooms[index], **fields)
    return replace(problem, rooms=tuple(rooms))


def with_enrollment(problem: Problem, index: int, **fields: Any) -> Problem:
    """The problem with one enrollment changed."""
    enrollments: list[Enrollment] = list(problem.enrollments)
    enrollments[index] = replace(enrollments[index], **fields)
    return replace(problem, enrollments=tuple(enrollments))


def with_protocol(problem: Problem, index: int, **fields: Any) -> Problem:
    """The problem with one protocol changed."""
    protocols: list[Protocol] = list(problem.protocols)
    protocols[index] = replace(protocols[index], **fields)
    return replace(problem, protocols=tuple(protocols))


def without(items: tuple[Any, ...], item: Any) -> tuple[Any, ...]:
    """The items without one; by its value, since earlier changes may have moved it."""
    at = items.index(item)
    return items[:at] + items[at + 1 :]


def token(text: str) -> str:
    """A name as a part of a JSON Pointer (RFC 6901)."""
    return text.replace("~", "~0").replace("/", "~1")


def day_name(day: int) -> str:
    """A day in words: “February 1”."""
    there = date.fromordinal(day)
    return f"{there:%B} {there.day}"


def iso(day: int) -> str:
    """A day as the exchange format writes it."""
    return date.fromordinal(day).isoformat()


def clock(minute: int) -> str:
    """A time of day as the exchange format writes it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def said(minute: int) -> str:
    """A time of day as people read it: 8 AM, 8:30 AM; the end of the day is midnight."""
    hour, rest = divmod(minute, 60)
    if hour == 24:
        return "midnight"
    return f"{hour % 12 or 12}{f':{rest:02d}' if rest else ''} {'AM' if hour < 12 else 'PM'}"


def count(number: int, thing: str) -> str:
    """A number of things in words: “1 day”, “3 days”."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
