"""Plans side by side: one calendar for all, a letter for each visit, and none upon another."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

from coordinator.services.proposal_choices import Choice, ChoiceDot
from coordinator.web.proposal_drawings import APART, ROW, roads

MONDAY = date(2027, 1, 4)


def plan(number: int, *dots: tuple[int, int | None, str]) -> Choice:
    """A plan whose visits are (days after Monday, course, kind)."""
    drawn = tuple(
        ChoiceDot(MONDAY + timedelta(day), course, kind, kind, kind == "review") for day, course, kind in dots
    )
    ends = max(dot.day for dot in drawn)
    return Choice(number, ("Best overall",), "", ends, 0, None, 0, 0, drawn, is_held=False, is_this=number == 1)


SHORT = plan(1, (0, None, "evaluation"), (3, 1, "dosing"), (4, 1, "integration"), (60, 1, "dosing"))
LONG = plan(2, (0, None, "evaluation"), (3, 1, "dosing"), (20, 1, "integration"), (90, None, "review"))


def test_plans_share_one_calendar_and_one_place_for_each_course() -> None:
    found = roads([SHORT, LONG])
    assert found[1].stops[0].x == found[2].stops[0].x and found[1].end < found[2].end
    assert found[1].lanes == found[2].lanes and found[1].height == found[2].height
    assert [label for label, _ in found[1].lanes] == ["Around", "Course 1"]


def test_visits_have_letters_and_lie_beside_or_under_each_other() -> None:
    found = roads([SHORT, LONG])
    assert [(stop.letter, stop.is_video) for stop in found[2].stops] == [
        ("E", False), ("R", True), ("D", False), ("I", False),
    ]  # fmt: skip
    assert all(
        abs(one.x - other.x) >= APART or abs(one.y - other.y) >= ROW
        for road in found.values()
        for one, other in combinations(road.stops, 2)
    )
    assert all(stop.y + ROW / 2 <= road.height for road in found.values() for stop in road.stops)


def test_a_month_of_a_few_days_leaves_its_name_out_rather_than_the_next_ones() -> None:
    late = plan(1, (25, None, "evaluation"), (60, 1, "dosing"), (110, 1, "dosing"))
    assert [name for name, _ in roads([late, late])[1].months] == ["Feb", "Mar", "Apr"]
