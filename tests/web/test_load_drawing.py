"""The bars of load against capacity say in words and figures what they draw."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from booking import book
from cast import NOW, Cast
from visitor import Visitor

from coordinator.services.week_hours import WeekLoad
from coordinator.store.unit_of_work import Database
from coordinator.web.load_drawing import load_chart, load_scale

MONDAY = date(2027, 1, 4)


def test_bars_are_as_high_as_the_week_is_full() -> None:
    chart = load_chart([WeekLoad(MONDAY, 2400, 1200), WeekLoad(MONDAY + timedelta(days=7), 1200, 1800)])
    first, second = chart.bars
    assert (first.booked, first.percent, first.is_over) == (first.available / 2, "50%", False)
    assert (second.percent, second.is_over, second.name) == ("150%", True, "Week of Jan 11")
    assert second.booked > second.available
    assert [hours for hours, _ in chart.marks] == ["20 h", "40 h"]
    assert chart.words == "This week: 20 h of 40 h; Week of Jan 11: 30 h of 20 h"


def test_a_room_that_is_always_open_is_never_over() -> None:
    (bar,) = load_chart([WeekLoad(MONDAY, 0, 600, has_capacity=False)]).bars
    assert (bar.percent, bar.is_over) == ("", False)


def test_rooms_without_hours_are_drawn_on_one_scale() -> None:
    busy, idle = [WeekLoad(MONDAY, 0, 600, has_capacity=False)], [WeekLoad(MONDAY, 0, 150, has_capacity=False)]
    scale = load_scale([busy, idle])
    assert load_chart(idle, scale).bars[0].booked == load_chart(busy, scale).bars[0].booked / 4
    assert load_scale([]) == 60


def test_team_and_rooms_show_the_coming_weeks(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, datetime(2027, 1, 13, 18, 0, tzinfo=UTC))
    for path in ("/team", f"/team/{sqlite_cast.ben_staff}"):
        assert "This week: 0 min of 40 h; Week of Jan 11: 1 h of 40 h" in ada.get(path).text
    for path in ("/rooms", f"/rooms/{sqlite_cast.therapy_1}"):
        assert "Week of Jan 11: 1 h " in ada.get(path).text
