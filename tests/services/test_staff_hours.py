"""Weekly hours that change, alternate weeks, and which pattern holds when."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from cast import NOW, WEEK, Cast

from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.services import hours
from coordinator.services.hours import PatternDetails
from coordinator.services.week_hours import working_hours
from coordinator.store import staff_queries
from coordinator.store.unit_of_work import Database, Work

ZONE = ZoneInfo("America/Los_Angeles")
SHORT = {"fri": [["08:00", "10:00"]]}


def minutes_on(work: Work, cast: Cast, day: date) -> int:
    """How long Ben works on a day, as the planner will see it."""
    records = staff_queries.hours(work, cast.clinic_id, cast.ben_staff)
    spans = working_hours(records, (), (), ZONE).on(day.toordinal())
    return sum(end - start for start, end in spans)


def test_later_hours_replace_earlier_ones_from_their_day_on(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        new = PatternDetails(date(2027, 2, 1), None, 1, SHORT)
        hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, new)
        assert minutes_on(work, sqlite_cast, date(2027, 1, 29)) == 480
        assert minutes_on(work, sqlite_cast, date(2027, 2, 5)) == 120
        assert minutes_on(work, sqlite_cast, date(2027, 2, 1)) == 0


def test_alternate_weeks_end_the_hours_of_every_week(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for monday, weekly in ((date(2027, 2, 1), WEEK), (date(2027, 2, 8), SHORT)):
            details = PatternDetails(monday, None, 2, weekly)
            hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
        fridays = [date(2027, 1, 29), date(2027, 2, 5), date(2027, 2, 12), date(2027, 2, 19), date(2027, 2, 26)]
        assert [minutes_on(work, sqlite_cast, day) for day in fridays] == [480, 480, 120, 480, 120]
        assert minutes_on(work, sqlite_cast, date(2027, 2, 10)) == 0


def test_hours_of_every_week_end_alternate_weeks_again(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for first, every in ((date(2027, 2, 1), 2), (date(2027, 2, 8), 2), (date(2027, 3, 1), 1)):
            details = PatternDetails(first, None, every, SHORT if every == 1 else WEEK)
            hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
        fridays = [date(2027, 2, 26), date(2027, 3, 5), date(2027, 3, 12)]
        assert [minutes_on(work, sqlite_cast, day) for day in fridays] == [480, 120, 120]


def test_earlier_hours_of_another_rhythm_end_when_the_later_ones_begin(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for first, every in ((date(2027, 3, 1), 2), (date(2027, 2, 1), 1)):
            details = PatternDetails(first, None, every, SHORT)
            hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
        held = hours.hours_of(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff)
        ends = {each.valid_from: each.valid_to for each in held.patterns}
        assert ends[date(2027, 2, 1)] == date(2027, 2, 28)
        assert ends[date(2027, 3, 1)] is None


def test_what_holds_now_is_marked_and_what_is_over_is_set_apart(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        now_on = PatternDetails(date(2027, 1, 4), None, 1, SHORT)
        hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, now_on)
        held = hours.hours_of(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff)
    assert [(each.valid_from, each.is_now) for each in held.patterns] == [(date(2027, 1, 4), True)]
    assert [each.valid_from for each in held.over] == [date(2026, 1, 5)]


@pytest.mark.parametrize(
    ("details", "field", "sentence"),
    [
        (PatternDetails(date(2027, 2, 1), date(2027, 1, 1), 1, SHORT), "valid_to", "end before they begin"),
        (PatternDetails(date(2026, 1, 5), None, 1, SHORT), "valid_from", "There are hours from January 5, 2026"),
        (PatternDetails(date(2027, 2, 1), None, 1, {"mon": [["8", "9"]]}), "weekly", "Monday: "),
        (PatternDetails(date(2027, 2, 1), None, 1, {"mon": [["08:00"]]}), "weekly", "Monday: "),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_their_field(
    sqlite: Database, sqlite_cast: Cast, details: PatternDetails, field: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refusal, sqlite.write() as work:
        hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
    assert refusal.value.field == field


def test_nobody_changes_hours_across_clinics_or_people(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.read() as work:
        pattern = staff_queries.hours(work, sqlite_cast.clinic_id, sqlite_cast.ben_staff)[0].id
    for actor, staff in (
        (sqlite_cast.cy, sqlite_cast.ben_staff),
        (sqlite_cast.ada, sqlite_cast.dana_staff),
    ):
        with pytest.raises(NotFound), sqlite.write() as work:
            hours.remove_pattern(work, actor, NOW, staff, pattern)
        with pytest.raises(NotFound), sqlite.write() as work:
            hours.edit_pattern(work, actor, NOW, staff, pattern, PatternDetails(date(2027, 2, 1), None, 1, SHORT))


def test_extra_hours_end_after_they_begin_and_may_last_until_midnight(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="end before they begin"), sqlite.write() as work:
        hours.add_extra(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, date(2027, 1, 9), 600, 600)
    with sqlite.write() as work:
        hours.add_extra(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, date(2027, 1, 9), 1200, 1440)
        held = hours.hours_of(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff)
    assert (held.extra[0].end - held.extra[0].start).total_seconds() == 4 * 3600
