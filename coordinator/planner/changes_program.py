"""Changes to an enrollment and its protocol: gaps, dates, team, continuity, visits a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from coordinator.domain.clinic_time import DAY
from coordinator.domain.schedule import PatchOperation, Problem
from coordinator.planner.changes import (
    Change,
    Effect,
    count,
    day_name,
    iso,
    token,
    with_enrollment,
    with_protocol,
    without,
)

_MOST_GAP_DAYS = 28


def program_changes(problem: Problem, index: int) -> Iterator[Change]:
    """What may be lifted for an enrollment in its protocol and its own wishes."""
    enrollment = problem.enrollments[index]
    which = next(i for i, each in enumerate(problem.protocols) if each.id == enrollment.protocol)
    kept = {each.visit for each in enrollment.kept}
    for number, gap in enumerate(problem.protocols[which].gaps):
        if gap.before in kept and gap.after in kept:
            continue
        if gap.max_days is not None:
            yield _gap_most(which, number, f"{gap.after} must follow {gap.before} within {count(gap.max_days, 'day')}")
        if gap.min_days > 0:
            cause = f"{gap.after} must wait {count(gap.min_days, 'day')} after {gap.before}"
            yield _gap_least(which, number, gap.min_days, cause)
        yield from _gap_minutes(problem, which, number)
    yield from _dates(problem, index)
    yield from _team(problem, index)
    yield from _rules(problem, which)


def _with_gap(problem: Problem, which: int, number: int, **fields: Any) -> Problem:
    gaps = list(problem.protocols[which].gaps)
    gaps[number] = replace(gaps[number], **fields)
    return with_protocol(problem, which, gaps=tuple(gaps))


def _gap_most(which: int, number: int, cause: str) -> Change:
    path = f"/protocols/{which}/gaps/{number}/max_days"

    def apply(problem: Problem, steps: int) -> Effect:
        gap = problem.protocols[which].gaps[number]
        now = gap.max_days or 0
        return Effect(
            _with_gap(problem, which, number, max_days=now + steps),
            PatchOperation("replace", path, now + steps),
            f"Let {gap.after} follow {gap.before} within {count(now + steps, 'day')} instead of {now}.",
        )

    return Change("gap", path, _MOST_GAP_DAYS, apply, cause)


def _gap_least(which: int, number: int, most: int, cause: str) -> Change:
    path = f"/protocols/{which}/gaps/{number}/min_days"

    def apply(problem: Problem, steps: int) -> Effect:
        gap = problem.protocols[which].gaps[number]
        least = gap.min_days - steps
        return Effect(
            _with_gap(problem, which, number, min_days=least),
            PatchOperation("replace", path, least),
            f"Let {gap.after} follow {gap.before} after {count(least, 'day')} instead of {gap.min_days}.",
        )

    return Change("gap", path, most, apply, cause)


def _gap_minutes(problem: Problem, which: int, number: int) -> Iterator[Change]:
    gap, slot = problem.protocols[which].gaps[number], problem.slot_minutes
    path = f"/protocols/{which}/gaps/{number}/"
    between = f"between {gap.before} and {gap.after}"
    if gap.min_minutes is not None and gap.min_minutes > 0:
        fewer = gap.min_minutes

        def shorter(problem: Problem, steps: int) -> Effect:
            least = max(0, fewer - steps * slot)
            return Effect(
                _with_gap(problem, which, number, min_minutes=least),
                PatchOperation("replace", path + "min_minutes", least),
                f"Let {least} minutes pass {between} instead of {fewer}.",
            )

        yield Change("gap", path + "min_minutes", -(-fewer // slot), shorter, f"{fewer} minutes must pass {between}")
    if gap.max_minutes is not None:
        more = gap.max_minutes

        def longer(problem: Problem, steps: int) -> Effect:
            return Effect(
                _with_gap(problem, which, number, max_minutes=more + steps * slot),
                PatchOperation("replace", path + "max_minutes", more + steps * slot),
                f"Let up to {more + steps * slot} minutes pass {between} instead of {more}.",
            )

        yield Change("gap", path + "max_minutes", 7 * DAY // slot, longer, f"only {more} minutes may pass {between}")


def _dates(problem: Problem, index: int) -> Iterator[Change]:
    enrollment = problem.enrollments[index]
    path = f"/enrollments/{index}/"

    def earlier(problem: Problem, steps: int) -> Effect:
        day = enrollment.earliest - steps
        return Effect(
            with_enrollment(problem, index, earliest=day),
            PatchOperation("replace", path + "earliest", iso(day)),
            f"Let the program begin on {day_name(day)} instead of {day_name(enrollment.earliest)}.",
        )

    if enrollment.earliest > problem.first:
        cause = f"the program may not begin before {day_name(enrollment.earliest)}"
        yield Change("date", path + "earliest", enrollment.earliest - problem.first, earlier, cause)
    latest = enrollment.latest
    if latest is not None and latest < problem.last:

        def later(problem: Problem, steps: int) -> Effect:
            return Effect(
                with_enrollment(problem, index, latest=latest + steps),
                PatchOperation("replace", path + "latest", iso(latest + steps)),
                f"Let the program end by {day_name(latest + steps)} instead of {day_name(latest)}.",
            )

        yield Change("date", path + "latest", problem.last - latest, later, f"it must end by {day_name(latest)}")


def _team(problem: Problem, index: int) -> Iterator[Change]:
    enrollment = problem.enrollments[index]
    named = {person.id: person.name for person in problem.staff}
    for name, person in enrollment.team.items():
        yield _unpin(index, name, named[person])
    for place, person in enumerate(enrollment.avoid):
        yield _stop_avoiding(index, place, person, named[person])


def _unpin(index: int, name: str, person: str) -> Change:
    path = f"/enrollments/{index}/team/{token(name)}"

    def apply(problem: Problem, _: int) -> Effect:
        team = {key: value for key, value in problem.enrollments[index].team.items() if key != name}
        changed = with_enrollment(problem, index, team=team)
        return Effect(changed, PatchOperation("remove", path), f"Let somebody other than {person} be {name}.")

    return Change("team", path, 1, apply, f"{person} is the pinned {name}")


def _stop_avoiding(index: int, place: int, avoided: str, person: str) -> Change:
    path = f"/enrollments/{index}/avoid/{place}"

    def apply(problem: Problem, _: int) -> Effect:
        changed = with_enrollment(problem, index, avoid=without(problem.enrollments[index].avoid, avoided))
        return Effect(changed, PatchOperation("remove", path), f"Let {person} take part.")

    return Change("team", path, 1, apply, f"{person} is to be avoided")


def _rules(problem: Problem, which: int) -> Iterator[Change]:
    protocol = problem.protocols[which]
    for number, rule in enumerate(protocol.continuity):
        if rule.hard:
            yield _soften(which, number, f"one person must be {rule.name} throughout the {rule.scope}")
    most = protocol.max_visits_per_day
    if most is not None:
        path = f"/protocols/{which}/max_visits_per_day"

        def apply(problem: Problem, steps: int) -> Effect:
            return Effect(
                with_protocol(problem, which, max_visits_per_day=most + steps),
                PatchOperation("replace", path, most + steps),
                f"Let there be {count(most + steps, 'visit')} on one day instead of {most}.",
            )

        yield Change("rule", path, 2, apply, f"there may be only {count(most, 'visit')} on one day")


def _soften(which: int, number: int, cause: str) -> Change:
    path = f"/protocols/{which}/continuity/{number}/hard"

    def apply(problem: Problem, _: int) -> Effect:
        rules = list(problem.protocols[which].continuity)
        rule = rules[number]
        rules[number] = replace(rule, hard=False)
        text = f"Let more than one person be {rule.name} within the {rule.scope}."
        return Effect(
            with_protocol(problem, which, continuity=tuple(rules)), PatchOperation("replace", path, False), text
        )

    return Change("rule", path, 1, apply, cause)
