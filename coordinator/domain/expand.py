"""From the compact form of a protocol to its visits and gaps, and to the gates before each visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coordinator.domain.compact_protocol import CompactProtocol, Meeting, RoleNeed, Spacing, Step
from coordinator.domain.errors import InvalidInput
from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit


def expand(compact: CompactProtocol, sessions: int | None = None) -> Protocol:
    """The protocol with every visit and gap; `sessions` in each course, the standard number unless given.

    Where the number is chosen at enrollment, the protocol's id ends in it. Raises InvalidInput for a number that the
    protocol does not allow, and for names that stand for nothing.
    """
    work = _worked_out(compact, sessions)
    return Protocol(
        id=f"{compact.id}-{work.sessions}" if compact.sessions.is_chosen() else compact.id,
        name=compact.name,
        visits=tuple(work.visits.values()),
        gaps=(*work.gaps, *compact.gaps),
        continuity=compact.continuity,
        max_visits_per_day=compact.max_visits_per_day,
    )


def gates_of(compact: CompactProtocol, sessions: int | None = None) -> Mapping[str, tuple[Gate, ...]]:
    """The gates before each visit, by the visit's id; visits without a gate are left out."""
    work = _worked_out(compact, sessions)
    return {visit: gates for visit, gates in work.gates.items() if gates}


MOST_VISITS = 500
"""Ten times the longest program in the library; more is a mistake of typing."""


@dataclass(slots=True)
class _Work:
    """What is worked out so far."""

    compact: CompactProtocol
    sessions: int
    visits: dict[str, ProtocolVisit] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    gates: dict[str, tuple[Gate, ...]] = field(default_factory=dict)

    def add(self, visit_id: str, meeting: str, course: int | None, gates: tuple[Gate, ...] = ()) -> None:
        """Adds a visit of a meeting."""
        if visit_id in self.visits:
            raise InvalidInput(f"Two visits of “{self.compact.name}” would be called “{visit_id}”. Rename one of them.")
        what = self._meeting(meeting)
        needs = tuple(need for each in what.people for need in needs_of(each, what.minutes))
        self.visits[visit_id] = ProtocolVisit(visit_id, what.kind, what.minutes, what.room, needs, course)
        self.gates[visit_id] = (*gates, *what.gates)

    def space(self, before: str, after: str, spacing: Spacing | None) -> None:
        """Adds the gap of a spacing; none where there is no spacing."""
        for name in (before, after):
            if name not in self.visits:
                raise InvalidInput(f"“{after}” is to follow “{before}”, but there is no visit “{name}” to space.")
        if spacing is not None:
            self.gaps.append(spacing.gap(before, after))

    def _meeting(self, name: str) -> Meeting:
        if name not in self.compact.meetings:
            raise InvalidInput(f"“{self.compact.name}” has no meeting called “{name}”. Define it, or name another.")
        return self.compact.meetings[name]


def _worked_out(compact: CompactProtocol, sessions: int | None) -> _Work:
    count = compact.sessions.standard if sessions is None else sessions
    if not compact.sessions.least <= count <= compact.sessions.most:
        bounds = f"{compact.sessions.least} to {compact.sessions.most}"
        raise InvalidInput(f"“{compact.name}” has {bounds} sessions in a course, not {count}.", "sessions")
    _refuse_too_many(compact, count)
    work = _Work(compact, count)
    previous = _chain(work, compact.before, None)
    for number in range(1, compact.courses + 1):
        previous = _course(work, number, previous)
    _chain(work, compact.after, previous)
    _sides(work)
    for gap in compact.gaps:
        work.space(gap.before, gap.after, None)
    return work


def _refuse_too_many(compact: CompactProtocol, sessions: int) -> None:
    visits = compact.courses * sessions * (1 + len(compact.session.around)) + sum(each.count for each in compact.sides)
    if visits > MOST_VISITS:
        raise InvalidInput(f"“{compact.name}” would have {visits} visits; a program has at most {MOST_VISITS}.")


def _chain(work: _Work, steps: tuple[Step, ...], previous: str | None) -> str | None:
    """Adds a chain's visits; returns the last, or what came before where the chain is empty."""
    for step in steps:
        work.add(step.id, step.meeting, step.course)
        after = step.after or previous
        if after is not None:
            work.space(after, step.id, step.spacing)
        previous = step.id
    return previous


def _course(work: _Work, number: int, previous: str | None) -> str:
    """Adds the course with that number (from 1), which follows the visit `previous`; returns its last visit."""
    compact = work.compact
    prefix = f"c{number}." if compact.courses > 1 else ""
    first = f"{prefix}{compact.session.id}1"
    last = ""
    for session in range(1, work.sessions + 1):
        last = _session(work, prefix, session, number + compact.first_course - 1)
    if previous is not None:
        work.space(previous, first, compact.lead_in if number == 1 else compact.between)
    if compact.course_end is not None:
        _close(work, number, last)
    if number > 1 and compact.course_end is not None:
        work.space(f"{compact.course_end.id}{number - 1}", first, compact.course_end.to_next)
    return last


def _session(work: _Work, prefix: str, number: int, course: int) -> str:
    """Adds a session and what surrounds it; returns the last visit of it."""
    session = work.compact.session
    core, earlier = f"{prefix}{session.id}{number}", f"{prefix}{session.id}{number - 1}"
    before = [each for each in session.around if each.before]
    after = [each for each in session.around if not each.before]
    for each in before:
        work.add(f"{prefix}{each.id}{number}", each.meeting, course)
    work.add(core, session.meeting, course, session.course_gates if number == 1 else ())
    for each in before:
        work.space(f"{prefix}{each.id}{number}", core, each.spacing)
        if number > 1:
            work.space(earlier, f"{prefix}{each.id}{number}", each.clear)
    if number > 1:
        work.space(earlier, core, session.spacing)
        for each in after:
            work.space(f"{prefix}{each.id}{number - 1}", core, each.clear)
    for each in after:
        work.add(f"{prefix}{each.id}{number}", each.meeting, course)
        work.space(core, f"{prefix}{each.id}{number}", each.spacing)
    return f"{prefix}{after[-1].id}{number}" if after else core


def _close(work: _Work, number: int, last: str) -> None:
    """Adds the visit that closes a course."""
    end = work.compact.course_end
    assert end is not None
    visit = f"{end.id}{number}"
    work.add(visit, end.meeting, None)
    is_last = number == work.compact.courses
    work.space(last, visit, end.last_spacing if is_last and end.last_spacing is not None else end.spacing)


def _sides(work: _Work) -> None:
    for side in work.compact.sides:
        for number in range(1, side.count + 1):
            work.add(f"{side.id}{number}", side.meeting, None)
            previous = side.anchor if number == 1 else f"{side.id}{number - 1}"
            work.space(previous, f"{side.id}{number}", side.first if number == 1 else side.spacing)


def needs_of(need: RoleNeed, minutes: int) -> tuple[Need, ...]:
    """The parts of a visit of so many minutes that somebody is needed for."""
    parts = need.parts or ((0, minutes),)
    return tuple(Need(need.name, need.role, length, offset, need.shared) for offset, length in parts)
