"""What publishing a proposal changes: each visit before and after, and each person with what is new for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """When, where and with whom a visit is; naive clinic time, `room` None is by video. `people` are (need, name)."""

    start: datetime
    end: datetime
    room: str | None
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChangedVisit:
    """A visit that publishing writes: `before` None is new, `after` None is canceled."""

    program: str
    title: str
    kind: str
    before: Place | None
    after: Place | None

    @property
    def moves(self) -> bool:
        """Whether it takes place at another time."""
        return self.before is not None and self.after is not None and self.before.start != self.after.start

    @property
    def first(self) -> datetime:
        """When it is, or was, at the earliest."""
        return min(each.start for each in (self.before, self.after) if each is not None)


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What changes for one member of staff, or for the patients of a program, by time."""

    name: str
    is_patient: bool
    visits: tuple[ChangedVisit, ...]


def by_person(changed: Iterable[ChangedVisit]) -> tuple[PersonChanges, ...]:
    """The patients first, then the staff by name; a patient only where the time, place or staff is another."""
    in_time = sorted(changed, key=lambda each: each.first)
    programs = dict.fromkeys(each.program for each in in_time)
    patients = [PersonChanges(name, True, tuple(each for each in in_time if each.program == name)) for name in programs]
    names = sorted({name for each in in_time for name in _staff(each)})
    return (
        *patients,
        *(PersonChanges(name, False, tuple(each for each in in_time if name in _staff(each))) for name in names),
    )


def _staff(visit: ChangedVisit) -> set[str]:
    """Those for whom something is different: a room or a time for all, otherwise who comes and who goes."""
    before = {name for _, name in visit.before.people} if visit.before else set()
    after = {name for _, name in visit.after.people} if visit.after else set()
    if visit.before and visit.after and not visit.moves and visit.before.room == visit.after.room:
        return before ^ after
    return before | after
