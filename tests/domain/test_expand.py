"""From courses of sessions to visits and gaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.compact_protocol import (
    Around,
    CompactProtocol,
    CourseEnd,
    Meeting,
    RoleNeed,
    Session,
    SessionCount,
    SideChain,
    Spacing,
    Step,
    window,
)
from coordinator.domain.errors import InvalidInput
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import CLEARANCE, CONSENT
from coordinator.domain.protocol import Gap, Need

LEAD = RoleNeed("lead", "therapist")
SUPERVISOR = RoleNeed("supervisor", "physician", shared=True, parts=((0, 30), (90, 30)))

COMPACT = CompactProtocol(
    id="two-by-two",
    name="Two courses of two",
    meetings={
        "talk": Meeting("preparation", 60, "therapy", (LEAD,)),
        "dose": Meeting("dosing", 120, "dosing", (LEAD, SUPERVISOR), (CONSENT,)),
        "call": Meeting("review", 30, None, (LEAD,)),
    },
    before=(Step("eval", "call"), Step("prep", "talk", Spacing(1, 3, 10))),
    lead_in=Spacing(1, 2, 9),
    courses=2,
    sessions=SessionCount(2, 2, 2),
    session=Session(
        "d",
        "dose",
        Spacing(3, 4, 7),
        around=(
            Around("l", "call", Spacing(0, 0, 2), clear=Spacing(1), before=True),
            Around("i", "talk", Spacing(1, 1, 3), clear=Spacing(least_minutes=0)),
        ),
        course_gates=(CLEARANCE,),
    ),
    between=Spacing(5, 7, 14),
    course_end=CourseEnd("r", "call", Spacing(1, 3, 10), Spacing(1), last_spacing=Spacing(2, 5, 10)),
    after=(Step("x1", "talk", window(28, 3, 7), course=3),),
    sides=(SideChain("n", "call", 2, Spacing(10, 14, 18), "eval", Spacing(0, 5, 14)),),
    gaps=(Gap("eval", "c1.d1", 2),),
)


def test_the_visits_stand_in_the_order_of_the_program() -> None:
    assert [visit.id for visit in expand(COMPACT).visits] == [
        "eval", "prep",
        "c1.l1", "c1.d1", "c1.i1", "c1.l2", "c1.d2", "c1.i2", "r1",
        "c2.l1", "c2.d1", "c2.i1", "c2.l2", "c2.d2", "c2.i2", "r2",
        "x1", "n1", "n2",
    ]  # fmt: skip


def test_every_spacing_is_a_gap() -> None:
    assert set(expand(COMPACT).gaps) == {
        Gap("eval", "prep", 1, 10, 3),
        Gap("prep", "c1.d1", 1, 9, 2),
        *(
            gap
            for course in ("c1.", "c2.")
            for gap in (
                Gap(f"{course}l1", f"{course}d1", 0, 2, 0),
                Gap(f"{course}d1", f"{course}i1", 1, 3, 1),
                Gap(f"{course}d1", f"{course}l2", 1),
                Gap(f"{course}l2", f"{course}d2", 0, 2, 0),
                Gap(f"{course}d1", f"{course}d2", 3, 7, 4),
                Gap(f"{course}i1", f"{course}d2", min_minutes=0),
                Gap(f"{course}d2", f"{course}i2", 1, 3, 1),
            )
        ),
        Gap("c1.i2", "r1", 1, 10, 3),
        Gap("c1.i2", "c2.d1", 5, 14, 7),
        Gap("r1", "c2.d1", 1),
        Gap("c2.i2", "r2", 2, 10, 5),
        Gap("c2.i2", "x1", 25, 35, 28),
        Gap("eval", "n1", 0, 14, 5),
        Gap("n1", "n2", 10, 18, 14),
        Gap("eval", "c1.d1", 2),
    }


def test_people_come_with_their_parts_and_visits_with_their_course() -> None:
    dosing = expand(COMPACT).visit("c2.d1")
    assert dosing.course == 2
    assert dosing.needs == (
        Need("lead", "therapist", 120),
        Need("supervisor", "physician", 30, 0, True),
        Need("supervisor", "physician", 30, 90, True),
    )
    assert expand(COMPACT).visit("x1").course == 3
    assert expand(COMPACT).visit("r1").course is None


def test_one_course_needs_no_prefix_and_may_count_from_another_number() -> None:
    one = replace(COMPACT, courses=1, gaps=(), first_course=4)
    assert {visit.id: visit.course for visit in expand(one).visits if visit.kind == "dosing"} == {"d1": 4, "d2": 4}


def test_gates_stand_before_each_visit_of_a_meeting_and_before_each_course() -> None:
    gates = gates_of(COMPACT)
    assert gates == {
        "c1.d1": (CLEARANCE, CONSENT),
        "c1.d2": (CONSENT,),
        "c2.d1": (CLEARANCE, CONSENT),
        "c2.d2": (CONSENT,),
    }


@given(st.integers(2, 15))
def test_a_series_is_as_long_as_is_chosen_at_enrollment(sessions: int) -> None:
    series = replace(COMPACT, sessions=SessionCount(6, 2, 15))
    found = expand(series, sessions)
    assert found.id == f"two-by-two-{sessions}"
    assert sum(visit.kind == "dosing" for visit in found.visits) == 2 * sessions
    assert expand(series).id == "two-by-two-6"


@pytest.mark.parametrize(
    ("compact", "sessions", "says"),
    [
        (COMPACT, 3, "2 to 2 sessions"),
        (replace(COMPACT, before=(Step("eval", "tea"),)), None, "“tea”"),
        (replace(COMPACT, after=(Step("eval", "call"),)), None, "Two visits"),
        (replace(COMPACT, after=(Step("x", "call", after="y"),)), None, "“y”"),
        (replace(COMPACT, gaps=(Gap("eval", "nowhere"),)), None, "“nowhere”"),
        (replace(COMPACT, courses=200), None, "at most 500"),
    ],
    ids=["sessions", "meeting", "twice", "anchor", "gap", "too many"],
)
def test_what_does_not_work_out_is_refused_with_the_reason(
    compact: CompactProtocol, sessions: int | None, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        expand(compact, sessions)
