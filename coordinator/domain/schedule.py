"""A clinic's planning problem and the plan that answers it: the dataclasses of the exchange format.

All times are `Minute`s of the clinic's wall clock, all days are date ordinals (see `clinic_time`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import Day, Minute
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import Protocol


@dataclass(frozen=True, slots=True)
class PlacedVisit:
    """A visit with its start, room and people. `staff` maps each need's name to a staff id; `room` None is video."""

    enrollment: str
    visit: str
    start: Minute
    room: str | None
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One patient's, or one cohort's, run through a protocol.

    `weekly` None is always available; `preferred` None is no preference; `latest` None is the horizon's last day.
    """

    id: str
    patients: tuple[str, ...]
    protocol: str
    earliest: Day
    latest: Day | None = None
    weekly: WeeklyHours | None = None
    unavailable: tuple[Interval, ...] = ()
    preferred: WeeklyHours | None = None
    team: Mapping[str, str] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    kept: tuple[PlacedVisit, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """What each penalty costs; the defaults are those of the exchange format."""

    unplanned: int = 100_000
    continuity: int = 500
    ideal_gap: int = 20
    finish: int = 10
    preferred: int = 30
    waiting: int = 1
    moved: int = 200
    restaffed: int = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that the planner may know. `first` and `last` bound the horizon, both included."""

    clinic: str
    timezone: str
    slot_minutes: int
    first: Day
    last: Day
    staff: tuple[Staff, ...]
    rooms: tuple[Room, ...]
    protocols: tuple[Protocol, ...]
    enrollments: tuple[Enrollment, ...]
    closures: frozenset[Day] = frozenset()
    not_before: Minute | None = None
    previous: tuple[PlacedVisit, ...] = ()
    weights: Weights = Weights()

    def protocol(self, protocol_id: str) -> Protocol:
        """The protocol of that id; raises KeyError."""
        for protocol in self.protocols:
            if protocol.id == protocol_id:
                return protocol
        raise KeyError(protocol_id)


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One operation of a JSON Patch (RFC 6902) on the problem file."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A small change to the problem that makes an enrollment plannable, in words and as a patch."""

    text: str
    patch: tuple[PatchOperation, ...]


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An enrollment without a plan, why, and what would help."""

    enrollment: str
    reason: str = ""
    relaxations: tuple[Relaxation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a planner decided. `bound` is a proven lower bound on the cost of any plan for the problem.

    `stated_status` is what a file that was read calls itself, to be checked against `status`; None for a plan of ours.
    """

    visits: tuple[PlacedVisit, ...]
    unplanned: tuple[Unplanned, ...]
    cost: int
    bound: float = 0
    seconds: float | None = None
    stated_status: Literal["planned", "partial", "none"] | None = None

    def status(self, enrollments: int) -> Literal["planned", "partial", "none"]:
        """The format's status word for a problem with that many enrollments."""
        if not self.unplanned:
            return "planned"
        return "none" if len(self.unplanned) >= enrollments else "partial"
