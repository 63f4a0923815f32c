"""The compact form of a protocol, as people think of it: courses of sessions, what surrounds each, and how far apart.

`domain.expand` makes the visits and gaps of a `Protocol` from it. Doses and titration are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Continuity, Gap

NAME = re.compile(r"[A-Za-z][\w-]{0,30}", re.ASCII)
"""What visits, and types of visits, may be called in compact form."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How many days one visit follows another: at least, ideally, at most; None is no bound or no preference.

    `least_minutes` counts from the end of the one to the start of the other.
    """

    least: int = 0
    ideal: int | None = None
    most: int | None = None
    least_minutes: int | None = None

    def gap(self, before: str, after: str) -> Gap:
        """The gap between two visits so spaced."""
        return Gap(before, after, self.least, self.most, self.ideal, self.least_minutes)


def window(target: int, minus: int, plus: int) -> Spacing:
    """A trial's visit window: `target` days after a reference, up to `minus` earlier or `plus` later."""
    return Spacing(target - minus, target, target + plus)


@dataclass(frozen=True, slots=True)
class RoleNeed:
    """Somebody who must be there: throughout, or for `parts` of the visit, each (minutes after its start, minutes)."""

    name: str
    role: str
    shared: bool = False
    parts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a visit is like. `room` is the kind of room, None is video; `gates` must be open before each."""

    kind: str
    minutes: int
    room: str | None
    people: tuple[RoleNeed, ...]
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of a chain: it follows the visit `after` (None: the one before it in the chain) at a spacing.

    `meeting` names one of the protocol's meetings; `course` counts it to a course.
    """

    id: str
    meeting: str
    spacing: Spacing = Spacing()
    after: str | None = None
    course: int | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """A visit before or after each session, called by its `id` and the number of the session: i1, i2 …

    `clear` is its spacing to the next session, for one that comes before, its spacing from the last session.
    """

    id: str
    meeting: str
    spacing: Spacing
    clear: Spacing | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The visit that a course is made of, and what surrounds each. `course_gates` stand before each course's first."""

    id: str
    meeting: str
    spacing: Spacing
    around: tuple[Around, ...] = ()
    course_gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseEnd:
    """The visit that closes each course, such as a review: r1, r2 … `spacing` counts from the course's last visit.

    `last_spacing` holds after the last course instead; `to_next` leads to the next course's first session.
    """

    id: str
    meeting: str
    spacing: Spacing
    to_next: Spacing = Spacing(1)
    last_spacing: Spacing | None = None


@dataclass(frozen=True, slots=True)
class SideChain:
    """A chain beside the courses, such as nutrition every other week: n1, n2 …, from the visit `anchor` on."""

    id: str
    meeting: str
    count: int
    spacing: Spacing
    anchor: str
    first: Spacing


@dataclass(frozen=True, slots=True)
class SessionCount:
    """How many sessions each course has; where `least` is below `most`, the number is chosen at enrollment."""

    standard: int
    least: int
    most: int

    def is_chosen(self) -> bool:
        """Whether it is chosen at enrollment."""
        return self.least < self.most


@dataclass(frozen=True, slots=True)
class CompactProtocol:
    """A protocol in compact form.

    In time: the chain `before`, then `lead_in` to the first session; `courses` courses, `between` them a spacing from
    the last visit of one to the first session of the next; the chain `after`. `first_course` numbers the first course.
    `gaps` are whatever else must be kept, between visits by their expanded ids.
    """

    id: str
    name: str
    meetings: Mapping[str, Meeting]
    courses: int
    sessions: SessionCount
    session: Session
    before: tuple[Step, ...] = ()
    lead_in: Spacing = Spacing()
    between: Spacing = Spacing(1)
    course_end: CourseEnd | None = None
    after: tuple[Step, ...] = ()
    sides: tuple[SideChain, ...] = ()
    gaps: tuple[Gap, ...] = ()
    continuity: tuple[Continuity, ...] = ()
    max_visits_per_day: int | None = None
    first_course: int = 1
