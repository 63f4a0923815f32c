"""Protocols: the visits of a program, the gaps between them, and who must stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody with a role who must be there, from `offset` minutes after the visit's start, for `minutes`.

    Needs of one visit with the same `name` (the format's `as`: lead, supervisor …) are parts of one person's presence.
    `shared` needs may be filled by one person for several visits at once, up to the person's `supervises`.
    """

    name: str
    role: str
    minutes: int
    offset: int = 0
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ProtocolVisit:
    """One visit of a protocol. `room` is the kind of room, or None for video; `course` None is outside every course."""

    id: str
    kind: str
    minutes: int
    room: str | None
    needs: tuple[Need, ...]
    course: int | None = None
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", tuple(dict.fromkeys(need.name for need in self.needs)))

    def need_names(self) -> tuple[str, ...]:
        """The distinct names of its needs, in the order given: the keys of a placed visit's `staff`."""
        return self._names


@dataclass(frozen=True, slots=True)
class Gap:
    """Days from the date of `before` to the date of `after`; minutes from the end of one to the start of the other.

    None is no bound, and for `ideal_days` no preference. Unless `min_days` is negative, `after` starts no earlier than
    `before` ends.
    """

    before: str
    after: str
    min_days: int = 0
    max_days: int | None = None
    ideal_days: int | None = None
    min_minutes: int | None = None
    max_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Continuity:
    """One person fills every need called `name` in the scope; soft where not `hard`."""

    name: str
    scope: Literal["program", "course"]
    hard: bool


@dataclass(frozen=True, slots=True)
class Protocol:
    """A program's template, expanded to its visits."""

    id: str
    name: str
    visits: tuple[ProtocolVisit, ...]
    gaps: tuple[Gap, ...] = ()
    continuity: tuple[Continuity, ...] = ()
    max_visits_per_day: int | None = None
    _by_id: Mapping[str, ProtocolVisit] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {visit.id: visit for visit in reversed(self.visits)})

    def visit(self, visit_id: str) -> ProtocolVisit:
        """The visit of that id; raises KeyError."""
        return self._by_id[visit_id]
