"""From visits and gaps back to courses of sessions: the way of `domain.expand` gone the other way.

A frame is guessed from the visits' names (what is the session, what surrounds it, which numbers run through), a compact
form built for it, and that is taken only if it expands to just the program that was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coordinator.domain.compact_frames import Frame, frames
from coordinator.domain.compact_protocol import (
    NAME,
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
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Gap, Need, Protocol

Gates = Mapping[str, tuple[Gate, ...]]


def compacted(protocol: Protocol, gates: Gates) -> CompactProtocol | None:
    """The compact form of just these visits, gaps, rules and gates; None where it cannot say them all.

    Extra gaps between single visits are not used, since nobody sees them in the editor of the compact form.
    The order in which visits and gaps are listed may differ.
    """
    for frame in frames(protocol):
        try:
            compact = _Builder(protocol, gates, frame).built()
            if compact is not None and _is_same(protocol, gates, compact):
                return compact
        except InvalidInput:
            continue
    return None


def role_needs(needs: tuple[Need, ...], minutes: int) -> tuple[RoleNeed, ...]:
    """Who must be there, one entry for parts that follow each other and differ in nothing else."""
    found: list[RoleNeed] = []
    for need in needs:
        one = RoleNeed(need.name, need.role, need.shared, ((need.offset, need.minutes),))
        if found and replace(found[-1], parts=()) == replace(one, parts=()):
            found[-1] = replace(one, parts=(*found[-1].parts, *one.parts))
        else:
            found.append(one)
    return tuple(replace(each, parts=()) if each.parts == ((0, minutes),) else each for each in found)


def _is_same(protocol: Protocol, gates: Gates, compact: CompactProtocol) -> bool:
    made = expand(compact)
    return (
        {each.id: each for each in made.visits} == {each.id: each for each in protocol.visits}
        and Counter(made.gaps) == Counter(protocol.gaps)
        and Counter(made.continuity) == Counter(protocol.continuity)
        and made.max_visits_per_day == protocol.max_visits_per_day
        and _counted(gates_of(compact)) == _counted(gates)
    )


def _counted(gates: Gates) -> dict[str, Counter[Gate]]:
    return {visit: Counter(found) for visit, found in gates.items() if found}


class _Unsayable(InvalidInput):
    """The frame does not carry the program."""

    def __init__(self) -> None:
        super().__init__("The compact form has no place for this.")


@dataclass(slots=True)
class _Builder:
    """Builds the compact form that a frame suggests."""

    protocol: Protocol
    gates: Gates
    frame: Frame
    meetings: dict[str, Meeting] = field(default_factory=dict)
    gaps: dict[tuple[str, str], Gap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gaps = {(gap.before, gap.after): gap for gap in self.protocol.gaps}

    def built(self) -> CompactProtocol | None:
        """The compact form, as far as the frame carries it; its expansion shows whether that is all."""
        frame = self.frame
        first = frame.core(1, 1)
        session = self._session() if frame.courses else None
        before = self._steps(frame.before, None)
        lead_in = self._spacing(frame.before[-1], first) if frame.courses and frame.before else Spacing()
        between = self._spacing(frame.last(1), frame.core(2, 1)) if frame.courses > 1 else Spacing(1)
        after = self._steps(frame.after, frame.last(frame.courses)) if frame.after else ()
        end = self._end()
        sides = tuple(self._side(name, anchor) for name, anchor in frame.sides)
        return CompactProtocol(
            id=self.protocol.id,
            name=self.protocol.name,
            meetings=self.meetings,
            courses=frame.courses,
            sessions=SessionCount(frame.sessions, frame.sessions, frame.sessions),
            session=session or Session("d", next(iter(self.meetings)), Spacing()),
            before=before,
            lead_in=lead_in,
            between=between,
            course_end=end,
            after=after,
            sides=sides,
            continuity=self.protocol.continuity,
            max_visits_per_day=self.protocol.max_visits_per_day,
            first_course=frame.first_course,
        )

    def _session(self) -> Session:
        frame = self.frame
        first, later = frame.core(1, 1), frame.core(1, min(2, frame.sessions))
        usual = self.gates.get(later, ())
        course_gates = tuple(gate for gate in self.gates.get(first, ()) if gate not in usual)
        meeting = self._meeting(later)
        spacing = self._spacing(first, later) if frame.sessions > 1 else Spacing()
        before = tuple(self._around(name, is_before=True) for name in frame.before_each)
        after = tuple(self._around(name, is_before=False) for name in frame.after_each)
        return Session(_named(frame.session), meeting, spacing, (*before, *after), course_gates)

    def _around(self, name: str, *, is_before: bool) -> Around:
        frame = self.frame
        visit, core = frame.visit(1, name, 1), frame.core(1, 1)
        spacing = self._spacing(visit, core) if is_before else self._spacing(core, visit)
        clear = None
        if frame.sessions > 1:
            ends = (core, frame.visit(1, name, 2)) if is_before else (visit, frame.core(1, 2))
            clear = self._spacing(*ends) if ends in self.gaps else None
        return Around(_named(name), self._meeting(visit), spacing, clear, is_before)

    def _end(self) -> CourseEnd | None:
        frame = self.frame
        if frame.end is None:
            return None
        first, last = f"{frame.end}1", f"{frame.end}{frame.courses}"
        spacing = self._spacing(frame.last(1), first)
        last_spacing = self._spacing(frame.last(frame.courses), last)
        to_next = self._spacing(first, frame.core(2, 1)) if frame.courses > 1 else Spacing(1)
        meeting = self._meeting(first)
        return CourseEnd(
            _named(frame.end), meeting, spacing, to_next, None if last_spacing == spacing else last_spacing
        )

    def _side(self, name: str, anchor: str) -> SideChain:
        count = sum(1 for visit in self.protocol.visits if self.frame.is_of_side(name, visit.id))
        spacing, first = self._spacing(f"{name}1", f"{name}2"), self._spacing(anchor, f"{name}1")
        return SideChain(_named(name), self._meeting(f"{name}1"), count, spacing, anchor, first)

    def _steps(self, visits: tuple[str, ...], previous: str | None) -> tuple[Step, ...]:
        found = []
        for visit in visits:
            sources = [before for before, after in self.gaps if after == visit]
            if len(sources) > 1 or (previous is not None and not sources):
                raise _Unsayable
            spacing = self._spacing(sources[0], visit) if sources else Spacing()
            after = sources[0] if sources and sources[0] != previous else None
            course = self.protocol.visit(visit).course
            found.append(Step(_named(visit), self._meeting(visit), spacing, after, course))
            previous = visit
        return tuple(found)

    def _spacing(self, before: str, after: str) -> Spacing:
        gap = self.gaps.get((before, after))
        if gap is None or gap.max_minutes is not None or gap.min_days < 0:
            raise _Unsayable
        return Spacing(gap.min_days, gap.ideal_days, gap.max_days, gap.min_minutes)

    def _meeting(self, visit_id: str) -> str:
        """The name of what a visit is like, defined where it is new."""
        visit = self.protocol.visit(visit_id)
        people = role_needs(visit.needs, visit.minutes)
        if len({each.name for each in people}) < len(people) or not people:
            raise _Unsayable
        found = Meeting(visit.kind, visit.minutes, visit.room, people, self.gates.get(visit_id, ()))
        known = next((name for name, each in self.meetings.items() if each == found), None)
        if known is not None:
            return known
        names = (_named(visit.kind), *(f"{visit.kind}-{number}" for number in range(2, len(self.meetings) + 3)))
        free = next(name for name in names if name not in self.meetings)
        self.meetings[free] = found
        return free


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise _Unsayable
    return name
