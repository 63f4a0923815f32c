"""How a clinic's programs go: spacing, integration, attendance and waits, counted over a period of days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from coordinator.domain.clinic_time import Day
from coordinator.domain.integration import TOOK_PLACE, Held, follow_ups
from coordinator.domain.protocol import Protocol

MISSED = ("late_cancel", "no_show")
"""The statuses of visits for which somebody was there in vain."""
MOST_OFF = 3
"""Days off the ideal from which on visits are counted together."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one visit, as its row says; `day` is the clinic's date."""

    id: int
    code: str
    kind: str
    day: Day
    status: str


@dataclass(frozen=True, slots=True)
class ProgramCourse:
    """A program with every attempt at its visits; `enrolled` is the day on which it was asked for."""

    protocol: Protocol
    enrolled: Day
    attempts: tuple[Attempt, ...]

    def took_place(self) -> Mapping[str, Attempt]:
        """The visits that took place, by code."""
        return {each.code: each for each in self.attempts if each.status in TOOK_PLACE}

    def holding(self) -> Mapping[str, Attempt]:
        """The visits that took place or have a time, by code."""
        return {each.code: each for each in self.attempts if each.status in TOOK_PLACE or each.status == "scheduled"}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: Day
    last: Day

    def __contains__(self, day: Day) -> bool:
        return self.first <= day <= self.last

    def mondays(self) -> range:
        """The Mondays of its weeks."""
        return range(monday(self.first), self.last + 1, 7)


def monday(day: Day) -> Day:
    """The Monday of a day's week."""
    return day - (day - 1) % 7


def spacing(programs: Iterable[ProgramCourse], period: Period) -> Counter[int]:
    """How many visits came so many days after (or, negative, before) their ideal day, capped at MOST_OFF.

    Counted are visits of the period that took place, for each gap with an ideal whose earlier visit took place.
    """
    found: Counter[int] = Counter()
    for program in programs:
        held = program.took_place()
        for gap in program.protocol.gaps:
            before, after = held.get(gap.before), held.get(gap.after)
            if gap.ideal_days is None or before is None or after is None or after.day not in period:
                continue
            off = after.day - before.day - gap.ideal_days
            found[max(-MOST_OFF, min(MOST_OFF, off))] += 1
    return found


INSIDE, OUTSIDE, AHEAD, MISSING = "inside", "outside", "ahead", "missing"


def integrations(programs: Iterable[ProgramCourse], period: Period) -> dict[Day, Counter[str]]:
    """For each week (its Monday), what became of the integrations of dosing visits that took place in it.

    `inside` and `outside` their window, still `ahead` with a time inside it, or `missing`: no time inside the window.
    """
    found = {week: Counter[str]() for week in period.mondays()}
    for program in programs:
        held = {code: Held(each.id, each.day, each.status) for code, each in program.holding().items()}
        for each in follow_ups(program.protocol, held):
            day = held[each.dosing].day
            if day not in period:
                continue
            if each.held is not None and each.is_done:
                what = INSIDE if each.first <= each.held.day <= each.last else OUTSIDE
            else:
                what = MISSING if each.is_amiss else AHEAD
            found[monday(day)][what] += 1
    return found


def attendance(programs: Iterable[ProgramCourse], period: Period) -> dict[Day, Counter[str]]:
    """For each week (its Monday), how many visits were `attended` and how many missed, by MISSED."""
    found = {week: Counter[str]() for week in period.mondays()}
    for program in programs:
        for each in program.attempts:
            if each.day in period and (each.status in TOOK_PLACE or each.status in MISSED):
                found[monday(each.day)]["attended" if each.status in TOOK_PLACE else each.status] += 1
    return found


def waits(programs: Iterable[ProgramCourse], period: Period) -> list[int]:
    """The days from enrolling to the first dosing visit, of programs whose first one took place in the period."""
    found = []
    for program in programs:
        dosing = [each.day for each in program.took_place().values() if each.kind == "dosing"]
        if dosing and min(dosing) in period:
            found.append(max(0, min(dosing) - program.enrolled))
    return sorted(found)


def middle(days: Sequence[int]) -> float | None:
    """The median, None of nothing."""
    return median(days) if days else None
