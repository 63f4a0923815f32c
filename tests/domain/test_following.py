"""Which visits have to follow when one moves."""

from __future__ import annotations

import pytest

from coordinator.domain.following import following
from coordinator.domain.protocol import Gap

GAPS = [
    Gap("p1", "d1", 1, 14),
    Gap("d1", "i1", 1, 3),
    Gap("d1", "d2", 7, 14),
    Gap("d2", "i2", 1, 3),
    Gap("i2", "review", 0),
]
DAYS = {"p1": 0, "d1": 7, "i1": 8, "d2": 14, "i2": 15, "review": 30}


@pytest.mark.parametrize(
    ("visit", "to", "moved"),
    [
        ("d1", 7, {}),
        ("i1", 10, {}),
        ("d1", 10, {"i1": 11, "d2": 17, "i2": 18}),
        ("d2", 22, {"d1": 8, "i1": 9, "i2": 23}),
        ("d1", 3, {"i1": 6}),
        ("d1", 0, {"p1": -1, "i1": 3}),
        ("i2", 40, {"d1": 23, "i1": 24, "d2": 37, "p1": 9, "review": 40}),
    ],
)
def test_what_cannot_stay_is_pushed_no_farther_than_the_gaps_ask(visit: str, to: int, moved: dict[str, int]) -> None:
    assert following(GAPS, DAYS, visit, to) == moved


def test_what_is_over_stays_and_what_holds_no_time_does_not_count() -> None:
    assert following(GAPS, DAYS, "d2", 22, fixed={"d1", "p1"}) == {"i2": 23}
    without = {name: day for name, day in DAYS.items() if name != "i2"}
    assert following(GAPS, without, "d2", 40, fixed={"d1"}) == {}


def test_gaps_in_a_circle_that_cannot_be_kept_come_to_an_end() -> None:
    circle = [Gap("a", "b", 5, 5), Gap("b", "c", 5, 5), Gap("a", "c", 2, 3)]
    assert set(following(circle, {"a": 0, "b": 5, "c": 10}, "a", 1)) <= {"b", "c"}
