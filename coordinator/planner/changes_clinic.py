"""Changes to the clinic: people's time off, limits and roles, rooms, closures, and everybody's weekly hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY, WEEKDAYS
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.schedule import PatchOperation, Problem
from coordinator.planner.changes import (
    Change,
    Effect,
    clock,
    count,
    day_name,
    iso,
    said,
    with_enrollment,
    with_room,
    with_staff,
    without,
)

_DAY_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def clinic_changes(problem: Problem, index: int) -> Iterator[Change]:
    """What may be lifted in the clinic for an enrollment: of people and rooms only what its visits can need."""
    enrollment = problem.enrollments[index]
    protocol = problem.protocol(enrollment.protocol)
    roles = {need.role for visit in protocol.visits for need in visit.needs}
    kinds = {visit.room for visit in protocol.visits if visit.room is not None}
    for i, person in enumerate(problem.staff):
        if roles & set(person.roles):
            yield from _of_person(problem, i, person)
        yield from (_role(i, person, role) for role in sorted(roles - set(person.roles)))
    for i, room in enumerate(problem.rooms):
        yield from _of_room(problem, i, room, kinds, len(enrollment.patients))
    for day in sorted(problem.closures):
        if problem.first <= day <= problem.last:
            yield _closure(day)
    yield from _of_patient(problem, index)


def _of_person(problem: Problem, i: int, person: Staff) -> Iterator[Change]:
    for number, interval in enumerate(person.time_off):
        if interval.end > problem.first * DAY and interval.start < (problem.last + 1) * DAY:
            yield _time_off(i, number, person, interval)
    yield from _weekly("staff", f"/staff/{i}/weekly", person.name, person.weekly, problem.slot_minutes,
                       lambda problem, new: with_staff(problem, i, weekly=new(problem.staff[i].weekly)))  # fmt: skip
    now = person.supervises
    yield _raised(i, "supervises", now, 1, 4, f"{person.name} may supervise only {now} at once",
                  lambda value: f"Let {person.name} supervise {value} at once instead of {now}.")  # fmt: skip
    for field, unit in (("max_minutes_per_day", "day"), ("max_minutes_per_week", "week")):
        limit = getattr(person, field)
        if limit is not None:
            yield _limit(i, person, field, unit, limit, problem.slot_minutes)


def _limit(i: int, person: Staff, field: str, unit: str, now: int, slot: int) -> Change:
    room = (DAY if unit == "day" else 7 * DAY) - now
    return _raised(
        i, field, now, slot, max(1, room // slot), f"{person.name} may work only {now} minutes a {unit}",
        lambda value: f"Let {person.name} work {value} minutes a {unit} instead of {now}.",
    )  # fmt: skip


def _raised(i: int, field: str, now: int, step: int, most: int, cause: str, text: Callable[[int], str]) -> Change:
    path = f"/staff/{i}/{field}"

    def apply(problem: Problem, steps: int) -> Effect:
        value = now + steps * step
        return Effect(with_staff(problem, i, **{field: value}), PatchOperation("add", path, value), text(value))

    return Change("limit", path, most, apply, cause)


def _time_off(i: int, number: int, person: Staff, interval: Interval) -> Change:
    path = f"/staff/{i}/time_off/{number}"
    when = _span(interval)

    def apply(problem: Problem, _: int) -> Effect:
        changed = with_staff(problem, i, time_off=without(problem.staff[i].time_off, interval))
        return Effect(changed, PatchOperation("remove", path), f"Let {person.name} work {when} after all.")

    return Change("time_off", path, 1, apply, f"{person.name} is off {when}")


def _span(interval: Interval) -> str:
    first, last = interval.start // DAY, (interval.end - 1) // DAY
    if first == last:
        whole = interval.end - interval.start == DAY
        hours = "" if whole else f" from {said(interval.start % DAY)} to {said(interval.end - first * DAY)}"
        return f"on {day_name(first)}{hours}"
    return f"from {day_name(first)} to {day_name(last)}"


def _role(i: int, person: Staff, role: str) -> Change:
    path = f"/staff/{i}/roles/-"

    def apply(problem: Problem, _: int) -> Effect:
        changed = with_staff(problem, i, roles=(*problem.staff[i].roles, role))
        return Effect(changed, PatchOperation("add", path, role), f"Let {person.name} work as {role}.")

    return Change("role", path + role, 1, apply, f"{person.name} is no {role}")


def _of_room(problem: Problem, i: int, room: Room, kinds: set[str], patients: int) -> Iterator[Change]:
    path = f"/rooms/{i}/"
    yield from (_kind(i, room, kind) for kind in sorted(kinds - set(room.kinds)))
    if kinds & set(room.kinds) and room.seats < patients:

        def seats(problem: Problem, steps: int) -> Effect:
            value = room.seats + steps
            changed = with_room(problem, i, seats=value)
            return Effect(changed, PatchOperation("add", path + "seats", value), f"Let {room.name} seat {value}.")

        yield Change(
            "seats", path + "seats", patients - room.seats, seats, f"{room.name} has {count(room.seats, 'seat')}"
        )
    if kinds & set(room.kinds) and room.weekly is not None:
        yield from _weekly("room", path + "weekly", room.name, room.weekly, problem.slot_minutes,
                           lambda problem, new: with_room(
                               problem, i, weekly=_changed(problem.rooms[i].weekly, new)))  # fmt: skip


def _kind(i: int, room: Room, kind: str) -> Change:
    def apply(problem: Problem, _: int) -> Effect:
        changed = with_room(problem, i, kinds=(*problem.rooms[i].kinds, kind))
        return Effect(changed, PatchOperation("add", f"/rooms/{i}/kinds/-", kind), f"Use {room.name} for {kind}.")

    return Change("kind", f"/rooms/{i}/kinds/-{kind}", 1, apply, f"{room.name} is no room for {kind}")


def _closure(day: int) -> Change:
    def apply(problem: Problem, _: int) -> Effect:
        left = sorted(problem.closures - {day})
        operation = PatchOperation("replace", "/closures", [iso(each) for each in left])
        return Effect(_reopened(problem, day), operation, f"Open the clinic on {day_name(day)}.")

    return Change("closure", f"/closures {iso(day)}", 1, apply, f"the clinic is closed on {day_name(day)}")


def _reopened(problem: Problem, day: int) -> Problem:
    return replace(problem, closures=problem.closures - {day})


def _of_patient(problem: Problem, index: int) -> Iterator[Change]:
    enrollment = problem.enrollments[index]
    for number, interval in enumerate(enrollment.unavailable):
        yield _unavailable(index, number, interval)
    if enrollment.weekly is not None:
        yield from _weekly("patient", f"/enrollments/{index}/weekly", "the patient", enrollment.weekly,
                           problem.slot_minutes,
                           lambda problem, new: with_enrollment(
                               problem, index, weekly=_changed(problem.enrollments[index].weekly, new)))  # fmt: skip


def _unavailable(index: int, number: int, interval: Interval) -> Change:
    path = f"/enrollments/{index}/unavailable/{number}"

    def apply(problem: Problem, _: int) -> Effect:
        changed = with_enrollment(problem, index, unavailable=without(problem.enrollments[index].unavailable, interval))
        return Effect(changed, PatchOperation("remove", path), f"Let the patient come {_span(interval)} after all.")

    return Change("unavailable", path, 1, apply, f"the patient cannot come {_span(interval)}")


Edit = Callable[[Problem, Callable[[WeeklyHours], WeeklyHours]], Problem]
"""Changes somebody's or something's weekly hours in a problem."""


def _weekly(kind: str, path: str, who: str, weekly: WeeklyHours, slot: int, edit: Edit) -> Iterator[Change]:
    """Longer hours, by slots, at either end of each stretch; a day that is closed, opened as long as any other."""
    spans = [span for day in weekly.days for span in day]
    for day, hours in enumerate(weekly.days):
        if not hours and spans:
            whole = (min(start for start, _ in spans), max(end for _, end in spans))
            yield _opened(kind, f"{path}/{WEEKDAYS[day]}", who, day, whole, edit)
        for place, (start, end) in enumerate(hours):
            before = hours[place - 1][1] if place else 0
            after = hours[place + 1][0] if place + 1 < len(hours) else DAY
            for spare, side in ((start - before, -1), (after - end, 1)):
                if spare >= slot:
                    where = day, place, side
                    yield _longer(kind, f"{path}/{WEEKDAYS[day]}", who, weekly, where, slot, spare // slot, edit)


def _opened(kind: str, path: str, who: str, day: int, whole: tuple[int, int], edit: Edit) -> Change:
    def apply(problem: Problem, _: int) -> Effect:
        text = f"Let {who} be there on {_DAY_NAMES[day]} from {said(whole[0])} to {said(whole[1])}."
        changed = edit(problem, lambda now: _with_day(now, day, (whole,)))
        return Effect(changed, PatchOperation("add", path, _written((whole,))), text)

    return Change(kind, path, 1, apply, f"{who} is not there on {_DAY_NAMES[day]}")


def _longer(
    kind: str, path: str, who: str, weekly: WeeklyHours, where: tuple[int, int, int], slot: int, most: int, edit: Edit
) -> Change:
    day, place, side = where

    start, end = weekly.days[day][place]

    def apply(problem: Problem, steps: int) -> Effect:
        hours: list[tuple[int, int]] = []

        def longer(now: WeeklyHours) -> WeeklyHours:
            hours[:] = now.days[day]
            first, last = hours[place]
            hours[place] = (first - steps * slot, last) if side < 0 else (first, last + steps * slot)
            return _with_day(now, day, tuple(hours))

        changed = edit(problem, longer)
        edge = f"from {said(hours[place][0])} instead of {said(start)}"
        if side > 0:
            edge = f"until {said(hours[place][1])} instead of {said(end)}"
        text = f"Let {who} be there on {_DAY_NAMES[day]} {edge}."
        return Effect(changed, PatchOperation("replace", path, _written(hours)), text)

    edge = f"from {said(start)}" if side < 0 else f"until {said(end)}"
    return Change(kind, f"{path}#{place}{side}", most, apply, f"{who} is there on {_DAY_NAMES[day]} only {edge}")


def _changed(weekly: WeeklyHours | None, new: Callable[[WeeklyHours], WeeklyHours]) -> WeeklyHours | None:
    return None if weekly is None else new(weekly)


def _with_day(weekly: WeeklyHours, day: int, hours: tuple[tuple[int, int], ...]) -> WeeklyHours:
    return WeeklyHours((*weekly.days[:day], hours, *weekly.days[day + 1 :]))


def _written(hours: Sequence[tuple[int, int]]) -> list[list[str]]:
    return [[clock(start), clock(end)] for start, end in hours]
