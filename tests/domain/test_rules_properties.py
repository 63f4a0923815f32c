"""Rules on plans that are broken on purpose: a valid plan, bent so that one rule breaks, is reported with that rule."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from small_clinic import MONDAY, at, changed, clinic, during, plan_of, program, with_enrollment, with_room, with_staff

from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval, IntervalIndex, first_meeting
from coordinator.domain.rules import violations
from coordinator.domain.schedule import PlacedVisit, Problem

Bent = tuple[Problem, list[PlacedVisit]]

HOURS = st.integers(8, 14)
VISITS = st.sampled_from(["prep", "d1", "i1"])
LEADS = st.sampled_from(["ana", "ben"])


def covered(visits: list[PlacedVisit], visit: str) -> Interval:
    """The first minutes of a visit."""
    start = next(each.start for each in visits if each.visit == visit)
    return Interval(start, start + 15)


def lead_of(visits: list[PlacedVisit]) -> str:
    return visits[0].staff["lead"]


BENDS: dict[int, list[Callable[[list[PlacedVisit], str], Bent]]] = {
    1: [lambda visits, visit: (clinic(), [each for each in visits if each.visit != visit])],
    2: [
        lambda visits, visit: (clinic(), changed(visits, visit, start=covered(visits, visit).start + 1)),
        lambda visits, visit: (clinic(closures=frozenset({covered(visits, visit).start // DAY})), visits),
        lambda visits, visit: (clinic(not_before=covered(visits, visit).start + 1), visits),
        lambda visits, visit: (with_enrollment(clinic(), latest=MONDAY), visits),
    ],
    3: [lambda visits, visit: (with_enrollment(clinic(), unavailable=(covered(visits, visit),)), visits)],
    4: [
        lambda visits, visit: (with_staff(clinic(), lead_of(visits), time_off=(covered(visits, visit),)), visits),
        lambda visits, visit: (with_staff(clinic(), lead_of(visits), booked=(covered(visits, visit),)), visits),
        lambda visits, visit: (with_staff(clinic(), lead_of(visits), supervising=(covered(visits, visit),)), visits),
        lambda visits, _: (with_staff(clinic(), lead_of(visits), roles=()), visits),
    ],
    5: [
        lambda visits, _: (with_staff(clinic(), lead_of(visits), max_minutes_per_day=59), visits),
        lambda visits, _: (with_staff(clinic(), lead_of(visits), max_minutes_per_week=239), visits),
    ],
    6: [
        lambda visits, _: (with_room(clinic(), "dosing-1", booked=(covered(visits, "d1"),)), visits),
        lambda visits, _: (with_room(clinic(), "dosing-1", seats=0), visits),
        lambda visits, _: (with_room(clinic(), "therapy-1", kinds=()), visits),
    ],
    7: [lambda visits, _: (clinic(), changed(visits, "i1", start=covered(visits, "prep").start))],
    8: [lambda visits, visit: (clinic(), _with_another_lead(visits, visit))],
    9: [
        lambda visits, _: (with_enrollment(clinic(), avoid=(lead_of(visits),)), visits),
        lambda visits, _: (with_enrollment(clinic(), team={"lead": "nia"}), visits),
        lambda visits, _: (with_enrollment(clinic(), kept=tuple(changed(visits, "d1", room="dosing-2"))), visits),
    ],
}


def _with_another_lead(visits: list[PlacedVisit], visit: str) -> list[PlacedVisit]:
    other = "ben" if lead_of(visits) == "ana" else "ana"
    staff = {name: other if name == "lead" else person for name, person in _visit(visits, visit).staff.items()}
    return changed(visits, visit, staff=staff)


def _visit(visits: list[PlacedVisit], visit: str) -> PlacedVisit:
    return next(each for each in visits if each.visit == visit)


@given(HOURS, LEADS)
def test_the_plan_to_be_bent_is_valid(hour: int, lead: str) -> None:
    assert violations(clinic(), plan_of(clinic(), program(hour=hour, lead=lead))) == []


@settings(max_examples=300)
@given(st.data(), st.sampled_from(sorted(BENDS)), HOURS, LEADS, VISITS)
def test_a_plan_that_breaks_a_rule_is_reported_with_that_rule(
    data: st.DataObject, rule: int, hour: int, lead: str, visit: str
) -> None:
    bend = data.draw(st.sampled_from(BENDS[rule]))
    problem, visits = bend(program(hour=hour, lead=lead), visit)
    assert rule in {each.rule for each in violations(problem, plan_of(problem, visits))}


@given(HOURS, HOURS, st.sampled_from([0, 15, 30, 60]))
def test_two_visits_share_a_room_just_when_they_and_its_turnover_do_not_meet(a: int, b: int, turnover: int) -> None:
    problem = with_room(clinic(), "dosing-1", turnover_minutes=turnover)
    other = PlacedVisit("e2", "d1", at(2, b), "dosing-1", {"lead": "ben", "supervisor": "nia"})
    problem = _with_kept(problem, other)
    found = violations(problem, plan_of(problem, program(hour=a), ("e2",)))
    meets = at(2, a) < at(2, b) + 120 + turnover and at(2, b) < at(2, a) + 120 + turnover
    assert bool({each.name for each in found} & {"room-overlap", "room-turnover"}) == meets


def _with_kept(problem: Problem, kept: PlacedVisit) -> Problem:
    from_elsewhere = problem.enrollments[0].__class__("e2", ("p2",), "short", MONDAY, kept=(kept,))
    return clinic(rooms=problem.rooms, enrollments=(*problem.enrollments, from_elsewhere))


INTERVALS = st.lists(st.builds(lambda a, b: Interval(a, a + b), st.integers(0, 50), st.integers(1, 10)), max_size=8)


@given(INTERVALS, st.integers(0, 60), st.integers(1, 10))
def test_an_index_of_intervals_answers_as_a_walk_over_them_does(
    intervals: list[Interval], start: int, length: int
) -> None:
    hit = IntervalIndex(intervals).meeting(start, start + length)
    assert (hit is None) == (first_meeting(intervals, start, start + length) is None)
    assert hit is None or (hit in intervals and hit.meets(start, start + length))


@given(st.integers(0, 3), HOURS)
def test_supervision_counts_places_taken_elsewhere(places: int, hour: int) -> None:
    taken = tuple(during(2, 8, 17) for _ in range(places))
    problem = with_staff(clinic(), "eve", supervising=taken)
    found = {each.name for each in violations(problem, plan_of(problem, program(hour=hour)))}
    assert ("supervision" in found) == (places + 1 > 2)
