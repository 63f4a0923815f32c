"""Working hours: patterns from a date, alternate weeks, extra hours, breaks, time off; and the same said flat."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from coordinator.domain.clinic_time import DAY
from coordinator.domain.hours import Interval, WeeklyHours, first_meeting
from coordinator.domain.spans import union, without
from coordinator.domain.working_hours import NO_HOURS, HoursPattern, WorkingHours

MONDAY = date(2027, 1, 4)


def week(*spans: tuple[int, int], days: range = range(5)) -> WeeklyHours:
    """The same spans, in hours, on some days of the week."""
    minutes = tuple((start * 60, end * 60) for start, end in spans)
    return WeeklyHours(tuple(minutes if day in days else () for day in range(7)))


def at(day: date, start: int, end: int) -> Interval:
    midnight = day.toordinal() * DAY
    return Interval(midnight + start * 60, midnight + end * 60)


def hours(working: WorkingHours, day: date) -> list[tuple[float, float]]:
    return [(start / 60, end / 60) for start, end in working.on(day.toordinal())]


def test_a_pattern_holds_from_its_first_to_its_last_day() -> None:
    working = WorkingHours((HoursPattern(week((8, 12)), MONDAY, valid_to=MONDAY + timedelta(days=1)),))
    assert [hours(working, MONDAY + timedelta(days=n)) for n in (-7, 0, 1, 2)] == [[], [(8, 12)], [(8, 12)], []]


def test_a_later_pattern_for_the_same_weeks_replaces_the_earlier() -> None:
    later = HoursPattern(week((10, 14)), MONDAY + timedelta(weeks=1))
    working = WorkingHours((later, HoursPattern(week((8, 12)), MONDAY)))
    assert hours(working, MONDAY) == [(8, 12)]
    assert hours(working, MONDAY + timedelta(weeks=1)) == [(10, 14)]


def test_alternate_weeks_take_turns_and_count_from_a_monday() -> None:
    wednesday = MONDAY + timedelta(days=2)
    odd = HoursPattern(week((8, 12)), wednesday, every=2)
    even = HoursPattern(week((13, 17)), MONDAY + timedelta(weeks=1), every=2)
    working = WorkingHours((odd, even))
    got = [hours(working, wednesday + timedelta(weeks=n)) for n in range(4)]
    assert got == [[(8, 12)], [(13, 17)], [(8, 12)], [(13, 17)]]
    assert hours(working, MONDAY) == [], "the first week begins on its Wednesday"


def test_patterns_of_different_weeks_add_up() -> None:
    working = WorkingHours(
        (HoursPattern(week((8, 12)), MONDAY), HoursPattern(week((12, 15)), MONDAY + timedelta(weeks=1), every=2))
    )
    assert hours(working, MONDAY) == [(8, 12)]
    assert hours(working, MONDAY + timedelta(weeks=1)) == [(8, 15)]


def test_breaks_cut_patterns_but_not_extra_hours_and_time_off_cuts_both() -> None:
    working = WorkingHours(
        patterns=(HoursPattern(week((8, 17)), MONDAY),),
        extra=(at(MONDAY, 12, 13), at(MONDAY, 18, 20)),
        breaks=week((12, 13)),
        time_off=(at(MONDAY, 19, 24), at(MONDAY + timedelta(days=1), 0, 10)),
    )
    assert hours(working, MONDAY) == [(8, 17), (18, 19)]
    assert hours(working, MONDAY + timedelta(days=1)) == [(10, 12), (13, 17)]


def test_extra_hours_over_midnight_belong_to_both_days() -> None:
    night = Interval(at(MONDAY, 22, 24).start, at(MONDAY + timedelta(days=1), 0, 2).end)
    working = WorkingHours(extra=(night,))
    assert hours(working, MONDAY) == [(22, 24)]
    assert hours(working, MONDAY + timedelta(days=1)) == [(0, 2)]


def test_a_pattern_repeats_at_least_every_week() -> None:
    try:
        HoursPattern(NO_HOURS, MONDAY, every=0)
    except ValueError as error:
        assert "every week" in str(error)
    else:
        raise AssertionError("every=0 was taken")


SPANS = st.lists(
    st.integers(0, 23).flatmap(lambda opens: st.tuples(st.just(opens), st.integers(opens + 1, 24))), max_size=3
)
HALF_HOURS = SPANS.map(lambda spans: union((start * 60, end * 60 - 30) for start, end in spans))
WEEKS = st.lists(HALF_HOURS, min_size=7, max_size=7).map(lambda days: WeeklyHours(tuple(days)))
DATES = st.integers(-10, 20).map(lambda days: MONDAY + timedelta(days=days))
PATTERNS = st.builds(
    HoursPattern,
    weekly=WEEKS,
    valid_from=DATES,
    valid_to=st.none() | DATES,
    every=st.integers(1, 3),
    anchor=st.none() | DATES,
)
INTERVALS = st.builds(
    lambda day, start, length: Interval(day.toordinal() * DAY + start, day.toordinal() * DAY + start + length),
    DATES,
    st.integers(0, DAY - 1),
    st.integers(1, 3 * DAY),
)
WORKING = st.builds(
    WorkingHours,
    patterns=st.lists(PATTERNS, max_size=3).map(tuple),
    extra=st.lists(INTERVALS, max_size=2).map(tuple),
    breaks=WEEKS,
    time_off=st.lists(INTERVALS, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(WORKING, st.integers(0, 15))
def test_flat_hours_say_the_same_for_every_minute(working: WorkingHours, days: int) -> None:
    first = MONDAY.toordinal()
    weekly, time_off = working.flatten(first, first + days)
    for day in range(first, first + days + 1):
        worked = [False] * DAY
        for start, end in working.on(day):
            worked[start:end] = [True] * (end - start)
        for minute in range(0, DAY, 7):
            now = day * DAY + minute
            flat = weekly.contains(now, now + 1) and first_meeting(time_off, now, now + 1) is None
            assert flat == worked[minute], (day - first, minute)


@given(SPANS, SPANS)
def test_what_is_cut_out_is_gone_and_the_rest_stays(spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> None:
    def within(number: int, several: object) -> bool:
        return any(start <= number < end for start, end in several)  # type: ignore[attr-defined]

    left = without(spans, taken)
    for number in range(25):
        assert within(number, left) == (within(number, spans) and not within(number, taken))
    assert left == union(left), "sorted, disjoint, joined"
