"""Time off: what it touches, who decides, and that a decision is taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from booking import book
from cast import NOW, Cast

from coordinator.domain.actor import Access
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.services import time_off
from coordinator.services.time_off import AbsenceDetails
from coordinator.store import staff_queries
from coordinator.store.unit_of_work import Database

WEDNESDAY = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)  # 10:00 in Los Angeles


def asked(database: Database, cast: Cast, details: AbsenceDetails) -> int:
    """Ben's request, entered by Ada."""
    with database.write() as work:
        return time_off.request(work, cast.ada, NOW, cast.ben_staff, details)


def test_whole_days_begin_and_end_at_midnight_of_the_clinic(database: Database, cast: Cast) -> None:
    asked(database, cast, AbsenceDetails(date(2027, 3, 13), date(2027, 3, 14)))
    with database.read() as work:
        [record] = staff_queries.time_off(work, cast.clinic_id, NOW)
    assert record.starts_at == datetime(2027, 3, 13, 8, 0, tzinfo=UTC)
    assert record.ends_at == datetime(2027, 3, 15, 7, 0, tzinfo=UTC)  # an hour of the night was skipped
    assert record.status == "requested"


@pytest.mark.parametrize(
    ("details", "touched"),
    [
        (AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6)), 1),
        (AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6), starts=630), 1),
        (AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6), starts=660), 0),
        (AbsenceDetails(date(2027, 1, 5), date(2027, 1, 6), ends=600), 0),
        (AbsenceDetails(date(2027, 1, 7), date(2027, 1, 30)), 0),
    ],
)
def test_it_touches_the_visits_that_share_a_moment_with_it(
    sqlite: Database, sqlite_cast: Cast, details: AbsenceDetails, touched: int
) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, WEDNESDAY)
        book(work, sqlite_cast, NOW, NOW - timedelta(days=1), code="past")
    number = asked(sqlite, sqlite_cast, details)
    with sqlite.read() as work:
        review = time_off.review(work, sqlite_cast.ada, NOW, number)
    assert len(review.touched) == touched
    with sqlite.write() as work:
        assert time_off.decide(work, sqlite_cast.ada, NOW, number, "approved") == touched


def test_a_note_is_for_the_person_and_for_those_who_decide(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    asked(sqlite, cast, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6), note="Surgery"))
    stranger = replace(cast.ben, staff_id=cast.dana_staff)
    auditor = replace(cast.ben, access=Access.AUDITOR, staff_id=None)
    with sqlite.read() as work:
        notes = [
            time_off.absences_of(work, actor, NOW, cast.ben_staff)[0].note
            for actor in (cast.ada, cast.ben, stranger, auditor)
        ]
    assert notes == ["Surgery", "Surgery", "", ""]


def test_a_decision_is_taken_once(database: Database, cast: Cast) -> None:
    number = asked(database, cast, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6)))
    with database.write() as work:
        time_off.decide(work, cast.ada, NOW, number, "declined")
    for status in ("approved", "withdrawn"):
        with pytest.raises(Conflict, match="was declined meanwhile"), database.write() as work:
            time_off.decide(work, cast.ada, NOW, number, status)


def test_approved_time_off_can_be_withdrawn_by_whom_it_is_for(sqlite: Database, sqlite_cast: Cast) -> None:
    number = asked(sqlite, sqlite_cast, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6)))
    with sqlite.write() as work:
        time_off.decide(work, sqlite_cast.ada, NOW, number, "approved")
        time_off.decide(work, sqlite_cast.ben, NOW, number, "withdrawn")
        [mine] = time_off.absences_of(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff)
    assert mine.status == "withdrawn"


def test_a_clinician_decides_nothing_and_sees_only_their_own(sqlite: Database, sqlite_cast: Cast) -> None:
    number = asked(sqlite, sqlite_cast, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6)))
    with pytest.raises(NotAllowed), sqlite.write() as work:
        time_off.decide(work, sqlite_cast.ben, NOW, number, "approved")
    with sqlite.write() as work:
        other = time_off.request(
            work, sqlite_cast.ada, NOW, sqlite_cast.dana_staff, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6))
        )
    with pytest.raises(NotAllowed), sqlite.read() as work:
        time_off.review(work, sqlite_cast.ben, NOW, other)


def test_another_clinic_finds_nothing(sqlite: Database, sqlite_cast: Cast) -> None:
    number = asked(sqlite, sqlite_cast, AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6)))
    with pytest.raises(NotFound), sqlite.read() as work:
        time_off.review(work, sqlite_cast.cy, NOW, number)
    with pytest.raises(NotFound), sqlite.write() as work:
        time_off.decide(work, sqlite_cast.cy, NOW, number, "approved")


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (AbsenceDetails(date(2027, 1, 7), date(2027, 1, 6)), "last"),
        (AbsenceDetails(date(2027, 1, 7), date(2030, 1, 6)), "last"),
        (AbsenceDetails(date(2027, 3, 14), date(2027, 3, 14), starts=150), "starts"),
        (AbsenceDetails(date(2027, 3, 14), date(2027, 3, 14), ends=150), "ends"),
    ],
)
def test_impossible_time_off_is_refused_beside_its_field(
    sqlite: Database, sqlite_cast: Cast, details: AbsenceDetails, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(sqlite, sqlite_cast, details)
    assert refusal.value.field == field


def test_the_hour_that_comes_twice_in_autumn_is_the_first(sqlite: Database, sqlite_cast: Cast) -> None:
    asked(sqlite, sqlite_cast, AbsenceDetails(date(2027, 11, 7), date(2027, 11, 7), starts=90))
    with sqlite.read() as work:
        [record] = staff_queries.time_off(work, sqlite_cast.clinic_id, NOW)
    assert record.starts_at == datetime(2027, 11, 7, 8, 30, tzinfo=UTC)
