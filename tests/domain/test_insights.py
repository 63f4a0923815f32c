"""Insights: every visit and program of the period is counted once, in the right place."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.insights import (
    MOST_OFF,
    Attempt,
    Period,
    ProgramCourse,
    attendance,
    integrations,
    middle,
    monday,
    spacing,
    waits,
)
from coordinator.domain.protocol import Gap, Protocol, ProtocolVisit

MONDAY = date(2027, 1, 4).toordinal()
PERIOD = Period(MONDAY, MONDAY + 27)
PROTOCOL = Protocol(
    "mini",
    "Mini",
    (
        ProtocolVisit("p1", "preparation", 60, "therapy", ()),
        ProtocolVisit("d1", "dosing", 120, "dosing", ()),
        ProtocolVisit("i1", "integration", 60, None, ()),
    ),
    (Gap("p1", "d1", 1, 7), Gap("d1", "i1", 1, 3, ideal_days=1)),
)
STATUSES = ("attended", "stopped_early", "no_show", "late_cancel", "canceled", "scheduled")


def program(*attempts: tuple[str, int, str], enrolled: int = -10) -> ProgramCourse:
    """A program with attempts of (code, days after Monday, status)."""
    kinds = {visit.id: visit.kind for visit in PROTOCOL.visits}
    found = [
        Attempt(number, code, kinds[code], MONDAY + day, status) for number, (code, day, status) in enumerate(attempts)
    ]
    return ProgramCourse(PROTOCOL, MONDAY + enrolled, tuple(found))


@pytest.mark.parametrize(
    ("day", "status", "what"),
    [
        (2, "attended", "inside"), (4, "attended", "inside"), (5, "attended", "outside"),
        (3, "scheduled", "ahead"), (6, "scheduled", "missing"), (2, "no_show", "missing"), (2, "canceled", "missing"),
    ],
)  # fmt: skip
def test_what_became_of_an_integration(day: int, status: str, what: str) -> None:
    found = integrations([program(("d1", 1, "attended"), ("i1", day, status))], PERIOD)
    assert found[MONDAY] == {what: 1}
    assert sum(sum(counts.values()) for counts in found.values()) == 1


def test_a_dosing_visit_that_did_not_take_place_asks_for_no_integration() -> None:
    assert not any(integrations([program(("d1", 1, "no_show"), ("i1", 2, "scheduled"))], PERIOD).values())


@pytest.mark.parametrize(("day", "off"), [(2, 0), (3, 1), (4, 2), (9, MOST_OFF), (1, -1)])
def test_days_off_the_ideal(day: int, off: int) -> None:
    assert spacing([program(("d1", 1, "attended"), ("i1", day, "attended"))], PERIOD) == {off: 1}


def test_a_wait_ends_with_the_first_dosing_that_took_place() -> None:
    found = waits([program(("d1", 1, "no_show"), ("d1", 4, "attended")), program(("p1", 1, "attended"))], PERIOD)
    assert found == [14]
    assert (middle(found), middle([])) == (14, None)


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(("p1", "d1", "i1")), st.integers(-20, 40), st.sampled_from(STATUSES)), max_size=6
        )
    )
)
def test_each_attempt_of_the_period_is_counted_once(programs: list[list[tuple[str, int, str]]]) -> None:
    courses = [program(*attempts) for attempts in programs]
    found = attendance(courses, PERIOD)
    assert list(found) == [MONDAY + 7 * week for week in range(4)]
    expected = [
        (day, status) for attempts in programs for _, day, status in attempts
        if 0 <= day <= 27 and status not in ("canceled", "scheduled")
    ]  # fmt: skip
    assert sum(sum(counts.values()) for counts in found.values()) == len(expected)
    for week, counts in found.items():
        assert sum(counts.values()) == sum(monday(MONDAY + day) == week for day, _ in expected)
