"""When reminders fall due, and how long to wait between tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.reminding import DEFAULT_RULES, Rule, next_try

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
TWO_DAYS = Rule("patient-48h", "patient", 48 * 60)
START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def test_a_new_clinic_reminds_patients_and_staff_two_days_and_two_hours_before() -> None:
    assert {(rule.audience, rule.minutes_before) for rule in DEFAULT_RULES} == {
        (audience, minutes) for audience in ("patient", "staff") for minutes in (2880, 120)
    }
    assert len({rule.code for rule in DEFAULT_RULES}) == 4


def test_hours_before_are_hours_also_across_a_change_of_clocks() -> None:
    after_spring = datetime(2027, 3, 15, 10, 0, tzinfo=LOS_ANGELES).astimezone(UTC)
    assert TWO_DAYS.due_at(after_spring).astimezone(LOS_ANGELES).replace(tzinfo=None) == datetime(2027, 3, 13, 9, 0)
    after_autumn = datetime(2027, 11, 8, 10, 0, tzinfo=LOS_ANGELES).astimezone(UTC)
    assert TWO_DAYS.due_at(after_autumn).astimezone(LOS_ANGELES).replace(tzinfo=None) == datetime(2027, 11, 6, 11, 0)


def test_a_reminder_is_owed_until_its_time_and_not_after() -> None:
    due = TWO_DAYS.due_at(START)
    assert TWO_DAYS.is_owed(START, due)
    assert not TWO_DAYS.is_owed(START, due + timedelta(seconds=1))


def test_a_rule_of_no_time_before_owes_nothing() -> None:
    assert not Rule("odd", "patient", 0).is_owed(START, START - timedelta(days=1))


@given(now=MOMENTS, tries=st.integers(1, 50), left=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_later_try_is_later_and_never_after_the_notice_is_of_use(now: datetime, tries: int, left: timedelta) -> None:
    expires = now + left
    assert now <= next_try(now, tries, expires) <= expires


@given(now=MOMENTS)
def test_pauses_grow_to_an_hour(now: datetime) -> None:
    pauses = [next_try(now, tries, now + timedelta(days=9)) - now for tries in range(1, 9)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=1))
