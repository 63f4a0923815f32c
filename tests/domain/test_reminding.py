"""When notices fall due, in which order they leave, and how long to wait between tries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.notice_times import Calendar, after_quiet, due_before, is_owed
from coordinator.domain.reminding import AUDIENCES, CHANNELS, DEFAULT_RULES, Quiet, Rule, next_try, priority

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
CALENDAR = Calendar(LOS_ANGELES, frozenset({date(2027, 1, 7).toordinal()}))  # a Thursday on which the clinic is closed
TWO_DAYS = Rule("patient-48h", "patient", 48 * 60)
EVENING_BEFORE = Rule("evening", "patient", days_before=1, at=18 * 60)
START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)  # Friday, ten o'clock
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOS_ANGELES)


def due(rule: Rule, start: datetime) -> datetime:
    return due_before(rule, start.astimezone(UTC), CALENDAR).astimezone(LOS_ANGELES)


def test_a_new_clinic_reminds_patients_and_staff_two_days_and_two_hours_before() -> None:
    ahead = [rule for rule in DEFAULT_RULES if rule.what == "visit_ahead"]
    assert {(rule.audience, rule.minutes_before) for rule in ahead} == {
        (audience, minutes) for audience in ("patient", "staff") for minutes in (2880, 120)
    }
    assert len({rule.code for rule in DEFAULT_RULES}) == len(DEFAULT_RULES)
    assert all(rule.audience in AUDIENCES[rule.what] and rule.channel in CHANNELS for rule in DEFAULT_RULES)


def test_hours_before_are_hours_also_across_a_change_of_clocks() -> None:
    assert due(TWO_DAYS, local(2027, 3, 15, 10)) == local(2027, 3, 13, 9)
    assert due(TWO_DAYS, local(2027, 11, 8, 10)) == local(2027, 11, 6, 11)


@pytest.mark.parametrize(("month", "day"), [(3, 15), (3, 14), (11, 8), (11, 7)])
def test_six_in_the_evening_the_day_before_is_that_across_both_changes(month: int, day: int) -> None:
    start = local(2027, month, day, 10)
    found = due(EVENING_BEFORE, start)
    assert (found.date(), found.hour, found.minute) == (start.date() - timedelta(days=1), 18, 0)


def test_a_time_that_the_spring_change_skips_is_the_moment_after_it() -> None:
    assert due(Rule("night", "patient", days_before=0, at=150), local(2027, 3, 14, 10)) == local(2027, 3, 14, 3)


def test_working_days_pass_over_weekends_and_closures() -> None:
    two_working_days = Rule("working", "patient", days_before=2, at=9 * 60, working_days=True)
    assert due(two_working_days, local(2027, 1, 8, 10)) == local(2027, 1, 5, 9)  # Thursday is closed
    assert due(Rule("hours", "patient", 24 * 60, working_days=True), local(2027, 1, 11, 10)) == local(2027, 1, 8, 10)


def test_quiet_hours_send_a_reminder_earlier_and_news_later() -> None:
    quiet = Quiet(21 * 60, 8 * 60)
    assert due(Rule("early", "patient", 120, quiet=quiet), local(2027, 1, 8, 9)) == local(2027, 1, 7, 21)
    assert due(Rule("late", "patient", 120, quiet=quiet), local(2027, 1, 8, 10)) == local(2027, 1, 8, 8)
    rule = Rule("news", "patient", 0, "visit_changed", quiet=quiet)
    assert after_quiet(rule, local(2027, 1, 7, 23), CALENDAR) == local(2027, 1, 8, 8)
    assert after_quiet(rule, local(2027, 1, 8, 3), CALENDAR) == local(2027, 1, 8, 8)
    assert after_quiet(rule, local(2027, 1, 8, 12), CALENDAR) == local(2027, 1, 8, 12)


def test_a_reminder_is_owed_until_its_time_and_not_after() -> None:
    moment = due_before(TWO_DAYS, START, CALENDAR)
    assert is_owed(TWO_DAYS, START, moment, CALENDAR)
    assert not is_owed(TWO_DAYS, START, moment + timedelta(seconds=1), CALENDAR)
    assert not is_owed(Rule("odd", "patient", 0), START, START - timedelta(days=1), CALENDAR)


def test_canceled_goes_before_changed_before_two_hours_before_two_days() -> None:
    order = [
        priority("visit_canceled", timedelta(0)),
        priority("visit_changed", timedelta(0)),
        priority("visit_ahead", timedelta(hours=2)),
        priority("visit_ahead", timedelta(days=2)),
    ]
    assert order == sorted(set(order))


@given(start=MOMENTS, minutes=st.integers(1, 10_000), first=st.integers(0, 1439), last=st.integers(0, 1439))
def test_no_reminder_leaves_in_quiet_hours_or_later_than_the_rule_says(
    start: datetime, minutes: int, first: int, last: int
) -> None:
    found = due_before(Rule("any", "patient", minutes, quiet=Quiet(first, last)), start, CALENDAR)
    assert found <= start - timedelta(minutes=minutes) + timedelta(hours=1)  # an hour that the change skips
    at = found.astimezone(LOS_ANGELES)
    since = (at.hour * 60 + at.minute - first) % 1440
    assert since == 0 or since >= (last - first) % 1440


@given(now=MOMENTS, tries=st.integers(1, 50), left=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_later_try_is_later_and_never_after_the_notice_is_of_use(now: datetime, tries: int, left: timedelta) -> None:
    expires = now + left
    assert now <= next_try(now, tries, expires) <= expires


@given(now=MOMENTS)
def test_pauses_grow_to_an_hour(now: datetime) -> None:
    pauses = [next_try(now, tries, now + timedelta(days=9)) - now for tries in range(1, 9)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=1))
