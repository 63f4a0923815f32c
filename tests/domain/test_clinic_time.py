"""Clinic time: the spring gap is refused, the autumn fold is the first of the two."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.clinic_time import (
    DAY,
    date_of,
    from_utc,
    midnight_utc,
    minute_at,
    monday_of,
    skipped,
    to_utc,
    wall_clock,
    week_of,
    weekday_of,
    zone_named,
)
from coordinator.domain.errors import InvalidInput

PACIFIC = ZoneInfo("America/Los_Angeles")
CAIRO = ZoneInfo("Africa/Cairo")


def test_a_time_in_the_spring_gap_is_refused_with_the_reason() -> None:
    gap = minute_at(date(2027, 3, 14), time(2, 30))
    assert skipped(gap, PACIFIC)
    with pytest.raises(InvalidInput, match=r"March 14, 2027 has no 02:30: clocks in America/Los_Angeles go forward"):
        to_utc(gap, PACIFIC)
    assert not skipped(minute_at(date(2027, 3, 14), time(3)), PACIFIC)
    assert not skipped(gap, ZoneInfo("America/Phoenix"))


def test_a_time_in_the_autumn_fold_is_the_first_of_the_two() -> None:
    fold = minute_at(date(2027, 11, 7), time(1, 30))
    assert to_utc(fold, PACIFIC) == datetime(2027, 11, 7, 8, 30, tzinfo=UTC)
    assert from_utc(datetime(2027, 11, 7, 9, 30, tzinfo=UTC), PACIFIC) == fold


def test_midnight_is_the_first_moment_of_a_date_also_where_the_change_skips_it() -> None:
    assert midnight_utc(date(2027, 1, 4), PACIFIC) == datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert skipped(minute_at(date(2027, 4, 30)), CAIRO)
    assert midnight_utc(date(2027, 4, 30), CAIRO) == datetime(2027, 4, 29, 22, tzinfo=UTC)


def test_an_unknown_zone_is_refused() -> None:
    for name in ("Nowhere/Land", "", "../etc/passwd", "posix/UTC"):
        with pytest.raises(InvalidInput):
            zone_named(name)
    assert zone_named("Asia/Kathmandu").key == "Asia/Kathmandu"


def test_times_at_the_ends_of_the_calendar_are_no_trouble() -> None:
    for day in (date.min, date.max):
        assert not skipped(minute_at(day, time(23, 59)), PACIFIC)
    assert not skipped(minute_at(date.max) + DAY, PACIFIC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        from_utc(datetime(2027, 1, 4), PACIFIC)


@given(
    st.integers(date(2020, 1, 1).toordinal() * DAY, date(2035, 1, 1).toordinal() * DAY),
    st.sampled_from(["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"]),
)
def test_every_time_that_exists_comes_back_from_utc(minute: int, name: str) -> None:
    zone = ZoneInfo(name)
    if not skipped(minute, zone):
        assert from_utc(to_utc(minute, zone), zone) == minute


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_and_weeks_agree_with_the_calendar(day: date) -> None:
    ordinal = day.toordinal()
    assert weekday_of(ordinal) == day.weekday()
    assert week_of(ordinal) == day.isocalendar()[:2]
    assert monday_of(day).weekday() == 0 and 0 <= (day - monday_of(day)).days < 7
    assert date_of(minute_at(day, time(13, 5))) == day
    assert wall_clock(minute_at(day, time(13, 5))) == datetime.combine(day, time(13, 5))
