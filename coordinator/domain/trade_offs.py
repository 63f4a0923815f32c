"""What people compare plans by: when the programs end, how many people take part, which visits are at unwelcome hours.

And in words what one plan gives, and what it costs, beside others of the same problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from coordinator.domain.clinic_time import DAY, Day
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem

SOONEST, SAME_FACES, PREFERRED_HOURS, BALANCED = "soonest", "same-faces", "preferred-hours", "balanced"
"""The kinds of plan. Balanced is the one that costs least by the clinic's own weights."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan comes to for some enrollments that it plans.

    `ends` is the day of the last visit. `people` has for each need (`as`) the names of those who fill it, who does most
    often first; `changes` counts the people beyond the first, in each need of each enrollment. `outside` counts the
    visits outside preferred hours, None where nobody prefers any; `off` the days by which gaps differ from the ideal.
    """

    ends: Day
    visits: int
    people: Mapping[str, tuple[str, ...]]
    changes: int
    outside: int | None
    off: int


def facts_of(problem: Problem, plan: Plan, wanted: Collection[str]) -> Facts | None:
    """The facts of a plan for these enrollments (ids); None where it plans none of them."""
    missing = {each.enrollment for each in plan.unplanned}
    some = [each for each in problem.enrollments if each.id in wanted and each.id not in missing]
    mine = [_visits(plan, each) for each in some]
    visits = [visit for each in mine for visit in each]
    if not visits:
        return None
    return Facts(
        max(visit.start // DAY for visit in visits),
        len(visits),
        _people(problem, visits),
        sum(len(who) - 1 for each in mine for who in _filling(each).values()),
        _outside(problem, zip(some, mine, strict=True)),
        sum(_off(problem, enrollment, each) for enrollment, each in zip(some, mine, strict=True)),
    )


def _off(problem: Problem, enrollment: Enrollment, visits: Iterable[PlacedVisit]) -> int:
    day = {visit.visit: visit.start // DAY for visit in visits}
    return sum(
        abs(day[gap.after] - day[gap.before] - gap.ideal_days)
        for gap in problem.protocol(enrollment.protocol).gaps
        if gap.ideal_days is not None and gap.before in day and gap.after in day
    )


def _visits(plan: Plan, enrollment: Enrollment) -> list[PlacedVisit]:
    """The visits of an enrollment, its kept ones among them or not listed."""
    placed = {visit.visit: visit for visit in enrollment.kept}
    return list(
        {**placed, **{visit.visit: visit for visit in plan.visits if visit.enrollment == enrollment.id}}.values()
    )


def _filling(visits: Iterable[PlacedVisit]) -> dict[str, Counter[str]]:
    """For each need, how often each person fills it."""
    found: dict[str, Counter[str]] = {}
    for visit in visits:
        for need, person in visit.staff.items():
            found.setdefault(need, Counter())[person] += 1
    return found


def _people(problem: Problem, visits: Iterable[PlacedVisit]) -> dict[str, tuple[str, ...]]:
    names = {person.id: person.name for person in problem.staff}
    return {need: tuple(names[each] for each, _ in who.most_common()) for need, who in _filling(visits).items()}


def _outside(problem: Problem, pairs: Iterable[tuple[Enrollment, list[PlacedVisit]]]) -> int | None:
    counts = [
        sum(
            not enrollment.preferred.contains(visit.start, visit.start + minutes[visit.visit])
            for visit in visits
            if (minutes := {each.id: each.minutes for each in problem.protocol(enrollment.protocol).visits})
        )
        for enrollment, visits in pairs
        if enrollment.preferred is not None and any(enrollment.preferred.days)
    ]
    return sum(counts) if counts else None


def in_words(kinds: Collection[str], facts: Facts, others: Iterable[Facts]) -> str:
    """What a plan gives and what it costs beside others, in one sentence.

    “Ends on March 12, 9 days later, but Ana Ruiz is lead in every visit and no visit is outside the preferred hours.”
    """
    others = list(others)
    costs = [
        *_later(facts, others),
        *_more_people(facts, others),
        *_more_outside(facts, others),
        *_further_off(facts, others),
    ]
    gains = [
        *_sooner(facts, others),
        *_fewer_people(facts, others),
        *_fewer_outside(facts, others),
        *_nearer(facts, others),
    ]
    if BALANCED in kinds:
        gains = [*gains, "it costs least by the clinic's own weights"]
    if not costs or not gains:
        sentence = _listed(costs or gains) or f"ends on {_day(facts.ends)}, as all the others do"
    elif SOONEST in kinds:
        sentence = f"{_listed(gains)}, but {_listed(costs)}"
    else:
        sentence = f"{_listed(costs)}, but {_listed(gains)}"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _sooner(facts: Facts, others: list[Facts]) -> Iterable[str]:
    days = [other.ends - facts.ends for other in others]
    if days and max(days) > 0 and min(days) >= 0:
        apart = _count(max(days), "day") if min(days) in (0, max(days)) else f"{min(days)} to {max(days)} days"
        yield f"ends on {_day(facts.ends)}, {apart} sooner"


def _later(facts: Facts, others: list[Facts]) -> Iterable[str]:
    days = facts.ends - min((other.ends for other in others), default=facts.ends)
    if days > 0:
        yield f"ends on {_day(facts.ends)}, {_count(days, 'day')} later"


def _fewer_people(facts: Facts, others: list[Facts]) -> Iterable[str]:
    if not any(other.changes > facts.changes for other in others):
        return
    if any(other.changes < facts.changes for other in others):
        return
    yield from (
        f"{facts.people[need][0]} is {need} in every visit"
        for need in facts.people
        if len(facts.people[need]) == 1 and any(len(other.people.get(need, ())) > 1 for other in others)
    )
    if facts.changes:
        yield f"it has the fewest changes of people ({facts.changes})"


def _more_people(facts: Facts, others: list[Facts]) -> Iterable[str]:
    fewest = min((other.changes for other in others), default=facts.changes)
    if facts.changes <= fewest:
        return
    for need, who in facts.people.items():
        least = min(len(other.people.get(need, ())) for other in others)
        if len(who) > max(least, 1):
            yield f"{_listed(who)} take turns as {need}"


def _fewer_outside(facts: Facts, others: list[Facts]) -> Iterable[str]:
    mine, theirs = facts.outside, [other.outside for other in others if other.outside is not None]
    if mine is None or not theirs or mine > min(theirs) or mine >= max(theirs):
        return
    yield f"{_no_or_some(mine, 'visit')} outside the preferred hours"


def _more_outside(facts: Facts, others: list[Facts]) -> Iterable[str]:
    theirs = [other.outside for other in others if other.outside is not None]
    if facts.outside is not None and theirs and facts.outside > min(theirs):
        more = facts.outside - min(theirs)
        yield f"{more} more {'visit is' if more == 1 else 'visits are'} outside the preferred hours"


def _further_off(facts: Facts, others: list[Facts]) -> Iterable[str]:
    more = facts.off - min((other.off for other in others), default=facts.off)
    if more > 0:
        yield f"its gaps are {_count(more, 'day')} further off the ideal"


def _nearer(facts: Facts, others: list[Facts]) -> Iterable[str]:
    more = min((other.off for other in others), default=facts.off) - facts.off
    if more > 0:
        yield f"its gaps are {_count(more, 'day')} nearer the ideal"


def _no_or_some(number: int, thing: str) -> str:
    if number == 0:
        return f"no {thing} is"
    return f"only {_count(number, thing)} {'is' if number == 1 else 'are'}"


def _listed(parts: Iterable[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    some = list(parts)
    return " and ".join(part for part in (", ".join(some[:-1]), *some[-1:]) if part)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _day(day: Day) -> str:
    there = date.fromordinal(day)
    return f"{there:%B} {there.day}"
