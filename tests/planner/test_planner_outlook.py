"""What a clinic could offer, what it is shortest of, and what would help."""

from __future__ import annotations

from dataclasses import replace

from tiny_clinic import HOURS, MONDAY, PROTOCOL, ROOMS, STAFF, away, dosing, problem

from coordinator.domain.clinic_time import DAY
from coordinator.domain.protocol import Gap, Protocol
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, Plan, Problem
from coordinator.planner.bottlenecks import AFTERNOON, MORNING, bottlenecks
from coordinator.planner.earliest import earliest_starts
from coordinator.planner.explain import rivals
from coordinator.planner.plan import Limits, plan
from coordinator.planner.what_if import covering, one_more_person, one_more_room, what_if

WAITING = Enrollment("e2", ("p2",), "short", MONDAY)
DAILY = Protocol("daily", "Two dosings", (dosing("d1"), dosing("d2")), (Gap("d1", "d2", 1, 1),))


def crowded(count: int = 8) -> Problem:
    """One dosing room for Monday and Tuesday alone, and more programs than it holds."""
    enrollments = (Enrollment(f"e{i}", (f"p{i}",), "daily", MONDAY, MONDAY + 1) for i in range(count))
    return problem(*enrollments, protocols=(DAILY,), rooms=ROOMS[:1])


def test_the_earliest_start_is_the_first_day_on_which_a_whole_program_fits() -> None:
    made = problem(WAITING, staff=away("ana", 0, 27))
    (opening,) = earliest_starts(made)
    assert opening.start == MONDAY
    busy = replace(made, staff=tuple(each for each in away("ben", 0, 9) if each.id != "ana"))
    (later,) = earliest_starts(busy)
    assert later.start == MONDAY + 10
    assert later.end is not None
    assert later.end > MONDAY + 10
    assert violations(busy, Plan((*later.visits,), (), later.cost)) == []


def test_the_earliest_start_is_beside_what_a_plan_holds_and_none_where_nothing_fits() -> None:
    made = crowded(4)
    found = plan(made, Limits(work=40))
    left_out = [each.enrollment for each in found.unplanned]
    (opening,) = earliest_starts(made, found)
    assert [opening.enrollment] == left_out
    assert opening.start is None
    (alone,) = earliest_starts(made, None, wanted=left_out)
    assert alone.start == MONDAY


def test_who_competes_is_named() -> None:
    made = crowded(4)
    found = plan(made, Limits(work=40))
    (left_out,) = (each.enrollment for each in found.unplanned)
    planned = sorted({each.enrollment for each in found.visits})
    assert len(planned) == 3
    assert set(rivals(made, found, left_out)) <= set(planned)


def test_the_bottleneck_is_named_with_its_times() -> None:
    two_days = replace(HOURS, days=tuple(((540, 720),) if day in (1, 3) else () for day in range(7)))
    made = problem(
        *(Enrollment(f"e{i}", (f"p{i}",), "short", MONDAY) for i in range(4)),
        rooms=(replace(ROOMS[0], weekly=two_days), ROOMS[2]),
    )
    loads = bottlenecks(made, plan(made, Limits(work=60)))
    assert loads[0].words == "Dosing rooms on Tuesday and Thursday mornings"
    assert loads[0].fullest == ((1, MORNING), (3, MORNING))
    assert all(time[1] in (MORNING, AFTERNOON) for load in loads for time in load.by_time)
    assert [load.share for load in loads] == sorted((load.share for load in loads), reverse=True)


def test_one_more_room_plans_more_and_a_useless_change_nothing_less() -> None:
    made = crowded(6)
    first, room, helpless = what_if(
        made, [one_more_room(made, "dosing"), one_more_person(made, "therapist", [5])], Limits(work=60)
    )
    assert (first.planned, first.asked, first.more) == (3, 6, 0)
    assert room.text == "One more dosing room"
    assert (room.planned, room.more) == (6, 3)
    assert helpless.text == "One more therapist on Saturdays"
    assert (helpless.planned, helpless.more, helpless.sooner) == (3, 0, 0.0)


def test_somebody_who_covers_more_rooms_lets_programs_begin_sooner() -> None:
    alone = tuple(each if each.id != "cole" else replace(each, supervises=1) for each in STAFF if each.id != "diaz")
    one_day = tuple(replace(each, weekly=replace(HOURS, days=(((540, 660),), *((),) * 6))) for each in alone)
    once = Protocol("once", "One dosing", (dosing("d1"),))
    made = problem(
        *(Enrollment(f"e{i}", (f"p{i}",), "once", MONDAY) for i in range(2)), protocols=(PROTOCOL, once), staff=one_day
    )
    scenario = covering(made, "cole", 3)
    first, more = what_if(made, [scenario], Limits(work=40))
    assert scenario.text == "Dr Cole covering three rooms"
    assert first.planned == more.planned == 2
    assert more.sooner == 3.5
    assert {each.start // DAY for each in more.plan.visits} == {MONDAY}
