"""What the visits' names suggest of a program's courses, sessions and chains: guesses, the likeliest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from coordinator.domain.protocol import Protocol

_NUMBERED = re.compile(r"(.*?\D)([1-9]\d*)", re.ASCII)
_IN_COURSE = re.compile(r"c([1-9]\d*)\.(.+)", re.ASCII)
LEAST_CHAIN = 3
"""Fewer visits that follow each other at one spacing are steps, not a chain of their own."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A guess. The names are those of the compact form; `before` and `after` are whole visits, in order.

    `sides` are chains beside the courses: (name, the visit that they begin from).
    """

    courses: int = 0
    sessions: int = 1
    first_course: int = 1
    session: str = "d"
    before_each: tuple[str, ...] = ()
    after_each: tuple[str, ...] = ()
    end: str | None = None
    sides: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def visit(self, course: int, name: str, number: int) -> str:
        """The id of a visit in a course."""
        return f"c{course}.{name}{number}" if self.courses > 1 else f"{name}{number}"

    def core(self, course: int, number: int) -> str:
        """The id of a session."""
        return self.visit(course, self.session, number)

    def last(self, course: int) -> str:
        """The id of a course's last visit."""
        return self.visit(course, (self.after_each or (self.session,))[-1], self.sessions)

    def is_of_side(self, name: str, visit_id: str) -> bool:
        """Whether a visit belongs to the chain of that name."""
        return _parted(visit_id)[0] == name


@dataclass(frozen=True, slots=True)
class _Group:
    """Names that run from 1 to `sessions` in each of the courses."""

    courses: int
    sessions: int
    first_course: int
    names: tuple[str, ...]


def frames(protocol: Protocol) -> Iterator[Frame]:
    """The guesses for a program: those that cover most visits first, and at last that it has no course at all."""
    linked = {(gap.before, gap.after) for gap in protocol.gaps}
    cores = [core for group in _groups(protocol) for core in _cores(group, linked)]
    cores.sort(key=lambda each: -each.sessions * (1 + len(each.before_each) + len(each.after_each)))
    for core in [*cores, Frame()]:
        for end in _ends(protocol, core, linked):
            yield _with_chains(protocol, replace(core, end=end), linked)


def _groups(protocol: Protocol) -> Iterator[_Group]:
    yield from _several_courses(protocol)
    values = {visit.course for visit in protocol.visits if visit.course is not None}
    for course in sorted(values):
        numbers = _numbers(visit.id for visit in protocol.visits if visit.course == course)
        for sessions in {len(found) for found in numbers.values()}:
            names = tuple(name for name, found in numbers.items() if found == set(range(1, sessions + 1)))
            if names:
                yield _Group(1, sessions, course, names)


def _several_courses(protocol: Protocol) -> Iterator[_Group]:
    """The courses c1, c2 …, if all have the same names as often."""
    inside: defaultdict[int, list[str]] = defaultdict(list)
    values: dict[int, int | None] = {}
    for visit in protocol.visits:
        found = _IN_COURSE.fullmatch(visit.id)
        if found is not None:
            inside[int(found[1])].append(found[2])
            values[int(found[1])] = visit.course
    numbers = [_numbers(inside[course]) for course in sorted(inside)]
    first = values.get(1)
    if len(inside) < 2 or set(inside) != set(range(1, len(inside) + 1)) or first is None:
        return
    sessions = max((len(each) for each in numbers[0].values()), default=0)
    full = set(range(1, sessions + 1))
    if sessions and all(set(each) == set(numbers[0]) and all(n == full for n in each.values()) for each in numbers):
        yield _Group(len(inside), sessions, first, tuple(numbers[0]))


def _cores(group: _Group, linked: Collection[tuple[str, str]]) -> Iterator[Frame]:
    """One frame for each name that may be the session, and each visit after it that may be a course's last."""
    for session in group.names:
        frame = Frame(group.courses, group.sessions, group.first_course, session)
        core, others = frame.core(1, 1), [name for name in group.names if name != session]
        before = tuple(name for name in others if (frame.visit(1, name, 1), core) in linked)
        after = [name for name in others if name not in before and (core, frame.visit(1, name, 1)) in linked]
        for last in reversed(after) if after else (None,):
            ordered = (*(name for name in after if name != last), *((last,) if last else ()))
            yield replace(frame, before_each=before, after_each=ordered)


def _ends(protocol: Protocol, core: Frame, linked: Collection[tuple[str, str]]) -> list[str | None]:
    """What may close each course; a single course is closed by a step like any other."""
    if core.courses < 2:
        return [None]
    numbers = _numbers(visit.id for visit in protocol.visits if visit.course is None)
    courses = range(1, core.courses + 1)
    found = [
        name
        for name, those in numbers.items()
        if those == set(courses) and all((core.last(each), f"{name}{each}") in linked for each in courses)
    ]
    return [*found, None]


def _with_chains(protocol: Protocol, core: Frame, linked: Collection[tuple[str, str]]) -> Frame:
    """The frame with everything else put into chains beside, before and after the courses."""
    places = {visit.id: at for at, visit in enumerate(protocol.visits)}
    taken = set(_covered(core))
    sides = []
    numbers = _numbers(visit.id for visit in protocol.visits if visit.course is None and visit.id not in taken)
    for name, those in numbers.items():
        sources = [before for before, after in linked if after == f"{name}1"]
        chained = all((f"{name}{each}", f"{name}{each + 1}") in linked for each in range(1, len(those)))
        if len(those) >= LEAST_CHAIN and those == set(range(1, len(those) + 1)) and chained and len(sources) == 1:
            sides.append((name, sources[0]))
            taken |= {f"{name}{each}" for each in those}
    left = [visit.id for visit in protocol.visits if visit.id not in taken]
    if not core.courses:
        return replace(core, sides=tuple(sides), before=tuple(left))
    first = core.core(1, 1)
    before = [each for each in left if places[each] < places[first]]
    before.sort(key=lambda each: (each, first) in linked)  # what leads to the first session comes last
    after = [each for each in left if places[each] > places[first]]
    return replace(core, sides=tuple(sides), before=tuple(before), after=tuple(after))


def _covered(core: Frame) -> Iterator[str]:
    for course in range(1, core.courses + 1):
        for name in (*core.before_each, core.session, *core.after_each):
            yield from (core.visit(course, name, number) for number in range(1, core.sessions + 1))
        if core.end is not None:
            yield f"{core.end}{course}"


def _numbers(visits: Iterable[str]) -> dict[str, set[int]]:
    """The numbers that each name stands with, names in the order in which they first come."""
    found: dict[str, set[int]] = {}
    for visit in visits:
        name, number = _parted(visit)
        if number:
            found.setdefault(name, set()).add(number)
    return found


def _parted(visit: str) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(visit)
    return (found[1], int(found[2])) if found is not None else (visit, 0)
