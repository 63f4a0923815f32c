"""What if: the same programs in a clinic that has a little more, beside the clinic as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import WeeklyHours
from coordinator.domain.schedule import Plan, Problem
from coordinator.planner.plan import Limits, plan
from coordinator.planner.run import never

_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A clinic that has a little more, and what that is in words: “One more therapist on Tuesdays”."""

    text: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the programs to be planned. `more` and `sooner` compare with the clinic as it is.

    `planned` of `asked` programs have a plan. `sooner` is by how many days the first visit comes earlier, and
    `done_sooner` the last, on average over the programs planned in both.
    """

    text: str
    plan: Plan
    asked: int
    planned: int
    more: int
    sooner: float
    done_sooner: float


def what_if(
    problem: Problem,
    scenarios: Sequence[Scenario],
    limits: Limits,
    *,
    base: Plan | None = None,
    canceled: Callable[[], bool] = never,
) -> Iterator[Outcome]:
    """One after another: first the clinic as it is, then each scenario, all planned within the same limits.

    `base` is a plan of the problem, where there is one. A scenario only adds to the clinic, so a plan of the clinic as
    it is holds in it too: no outcome is worse than the first. Ends early when canceled.
    """
    first = base or plan(problem, limits, canceled=canceled)
    yield _outcome("As it is", problem, first, first)
    for each in scenarios:
        if canceled():
            return
        made = plan(each.problem, limits, canceled=canceled)
        better = (len(made.unplanned), made.cost) < (len(first.unplanned), first.cost)
        yield _outcome(each.text, problem, made if better else first, first)


def _outcome(text: str, problem: Problem, made: Plan, first: Plan) -> Outcome:
    asked = {each.id for each in problem.enrollments if len(each.kept) < len(problem.protocol(each.protocol).visits)}
    now, before = _spans(made, asked), _spans(first, asked)
    both = sorted(set(now) & set(before))
    sooner = fmean(before[each][0] - now[each][0] for each in both) if both else 0.0
    done_sooner = fmean(before[each][1] - now[each][1] for each in both) if both else 0.0
    return Outcome(text, made, len(asked), len(now), len(now) - len(before), sooner, done_sooner)


def _spans(made: Plan, asked: Collection[str]) -> dict[str, tuple[int, int]]:
    """The days of the first and last visit of each enrollment that is asked for and planned."""
    missing = {each.enrollment for each in made.unplanned}
    days: dict[str, list[int]] = {}
    for visit in made.visits:
        if visit.enrollment in asked and visit.enrollment not in missing:
            days.setdefault(visit.enrollment, []).append(visit.start // DAY)
    return {name: (min(some), max(some)) for name, some in days.items()}


def one_more_person(problem: Problem, role: str, weekdays: Collection[int]) -> Scenario:
    """Somebody else with a role on some weekdays (0 is Monday), at the hours that others with it have then.

    Where nobody with the role works on such a day, the hours are those of anybody, and else from 9 to 17.
    """
    mine = [each for each in problem.staff if role in each.roles]
    days = tuple(_hours_of(mine, problem.staff, day) if day in weekdays else () for day in range(7))
    places = max((each.supervises for each in mine), default=1)
    name = f"One more {role}"
    person = Staff(_new_id("one-more", role, problem), name, (role,), WeeklyHours(days), supervises=places)
    when = " and ".join(_WEEKDAYS[day] for day in sorted(weekdays)) if len(weekdays) < 5 else "every day"
    text = f"{name} on {when}" if len(weekdays) < 5 else f"{name} {when}"
    return Scenario(text, replace(problem, staff=(*problem.staff, person)))


def one_more_room(problem: Problem, kind: str) -> Scenario:
    """Another room of a kind, like the one with the most seats, and free."""
    mine = [each for each in problem.rooms if kind in each.kinds]
    like = max(mine, key=lambda each: each.seats) if mine else Room("", "", (kind,))
    name = f"One more {kind} room"
    room = replace(like, id=_new_id("one-more", kind, problem), name=name, kinds=(kind,), booked=())
    return Scenario(name, replace(problem, rooms=(*problem.rooms, room)))


def covering(problem: Problem, staff: str, rooms: int) -> Scenario:
    """One person (by id) supervising that many visits at once."""
    person = next(each for each in problem.staff if each.id == staff)
    able = replace(person, supervises=max(rooms, person.supervises))
    changed = tuple(able if each is person else each for each in problem.staff)
    number = _NUMBERS[rooms] if rooms < len(_NUMBERS) else str(rooms)
    return Scenario(f"{person.name} covering {number} rooms", replace(problem, staff=changed))


def _hours_of(mine: Sequence[Staff], everybody: Sequence[Staff], day: int) -> tuple[tuple[int, int], ...]:
    """From the first opening to the last closing of some people on a weekday."""
    for some in (mine, everybody):
        stretches = [stretch for each in some for stretch in each.weekly.days[day]]
        if stretches:
            return ((min(opens for opens, _ in stretches), max(closes for _, closes in stretches)),)
    return ((540, 1020),)


def _new_id(prefix: str, name: str, problem: Problem) -> str:
    taken = {person.id for person in problem.staff} | {room.id for room in problem.rooms}
    made = f"{prefix}-{name}"
    while made in taken:
        made += "-more"
    return made
