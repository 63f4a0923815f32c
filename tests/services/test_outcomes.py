"""Outcomes: a missed attempt gives its time back and does not count; the last visit that took place ends a program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import NOW, Cast
from programs import changes, program, put, visit_row
from sqlalchemy import func, select

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services.outcomes import record, take_back
from coordinator.services.publications import undo
from coordinator.services.schedule import apply_changes
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitStaffRecord

LATER = NOW + timedelta(days=2, hours=5)
"""After the first two visits of a program that begins on Tuesday at nine."""


@pytest.fixture
def published(database: Database, cast: Cast) -> Cast:
    put(database, cast, cast.first, program("e01", 1, 9))
    return cast


def settle(database: Database, cast: Cast, code: str, outcome: str) -> int:
    visit = visit_row(database, cast.first, code)
    with database.write() as work:
        record(work, cast.ben, max(LATER, visit.starts_at), visit.id, outcome, visit.revision)
    return visit.id


def claims_of(database: Database, visit_id: int) -> int:
    with database.read() as work:
        query = select(func.count()).select_from(ClaimRecord).where(ClaimRecord.visit_id == visit_id)
        return work.session.scalar(query) or 0


def test_an_attended_visit_keeps_its_time(database: Database, published: Cast) -> None:
    visit_id = settle(database, published, "p1", "attended")
    row = visit_row(database, published.first, "p1")
    assert (row.status, row.revision) == ("attended", 2)
    assert claims_of(database, visit_id) > 0


@pytest.mark.parametrize("outcome", ["no_show", "late_cancel"])
def test_a_missed_attempt_gives_its_time_back_and_a_new_one_counts(
    database: Database, published: Cast, outcome: str
) -> None:
    visit_id = settle(database, published, "c1.d1", outcome)
    assert visit_row(database, published.first, "c1.d1").status == outcome
    assert claims_of(database, visit_id) == 0
    again = program("e01", 2, 13)[1:]
    with database.write() as work:
        apply_changes(work, published.ada, LATER, changes(published.first, again))
    second = visit_row(database, published.first, "c1.d1", attempt=2)
    assert (second.status, second.attempt) == ("scheduled", 2)


def test_a_missed_visit_stays_in_the_calendars_it_was_in_unless_it_was_called_off(
    database: Database, published: Cast
) -> None:
    missed, off = settle(database, published, "p1", "no_show"), settle(database, published, "c1.i1", "late_cancel")
    with database.read() as work:
        canceled = work.session.scalars(
            select(VisitStaffRecord.visit_id).where(VisitStaffRecord.canceled_at.is_not(None))
        ).all()
    assert off in canceled
    assert missed not in canceled


@pytest.mark.parametrize("outcome", ["no_show", "late_cancel"])
def test_a_missed_attempt_can_be_taken_back_until_its_time_is_somebody_elses(
    database: Database, published: Cast, outcome: str
) -> None:
    claimed = claims_of(database, visit_row(database, published.first, "c1.d1").id)
    visit_id = settle(database, published, "c1.d1", outcome)
    with database.write() as work:
        take_back(work, published.ben, LATER, visit_id)
    row = visit_row(database, published.first, "c1.d1")
    assert (row.id, row.status, claims_of(database, visit_id)) == (visit_id, "scheduled", claimed)
    with database.read() as work:
        parts = select(VisitStaffRecord.canceled_at).where(VisitStaffRecord.visit_id == visit_id)
        assert set(work.session.scalars(parts)) == {None}
    with pytest.raises(Conflict, match="not recorded as missed"), database.write() as work:
        take_back(work, published.ben, LATER, visit_id)
    settle(database, published, "c1.d1", outcome)
    with database.write() as work:
        apply_changes(work, published.ada, LATER, changes(published.first, program("e01", 2, 13)[1:]))
    with pytest.raises(Conflict, match="planned again meanwhile"), database.write() as work:
        take_back(work, published.ben, LATER, visit_id)


@pytest.mark.parametrize("outcome", ["no_show", "late_cancel"])
def test_what_was_taken_back_is_missed_again_where_that_is_undone(
    sqlite: Database, sqlite_cast: Cast, outcome: str
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit_id = settle(sqlite, sqlite_cast, "c1.d1", outcome)
    with sqlite.write() as work:
        applied = take_back(work, sqlite_cast.ben, LATER, visit_id)
        undo(work, sqlite_cast.ada, LATER, applied.publication_id or 0)
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").status == outcome
    assert claims_of(sqlite, visit_id) == 0


def test_a_visit_stopped_early_counts(database: Database, published: Cast) -> None:
    settle(database, published, "c1.d1", "stopped_early")
    again = program("e01", 3, 13)[1:2]
    with pytest.raises(Conflict, match="has begun already"), database.write() as work:
        apply_changes(work, published.ada, LATER, changes(published.first, again))


def test_an_outcome_may_be_corrected_while_the_time_is_held(database: Database, published: Cast) -> None:
    settle(database, published, "p1", "attended")
    settle(database, published, "p1", "no_show")
    with pytest.raises(Conflict, match="no show and has given its time back"):
        settle(database, published, "p1", "attended")


def test_a_visit_ahead_has_no_outcome_but_a_late_cancel(database: Database, published: Cast) -> None:
    visit = visit_row(database, published.first, "c1.i1")
    for outcome in ("attended", "no_show", "stopped_early"):
        with pytest.raises(Conflict, match="has not begun yet"), database.write() as work:
            record(work, published.ada, NOW, visit.id, outcome)
    with database.write() as work:
        record(work, published.ada, NOW, visit.id, "late_cancel")


def test_the_last_visit_that_takes_place_finishes_the_program(database: Database, published: Cast) -> None:
    for code, outcome in (("p1", "attended"), ("c1.d1", "stopped_early")):
        settle(database, published, code, outcome)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, published.first).status == "active"
    settle(database, published, "c1.i1", "attended")
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, published.first).status == "finished"


def test_a_finished_program_goes_on_where_a_visit_turns_out_to_have_been_missed(
    database: Database, published: Cast
) -> None:
    for code in ("p1", "c1.d1", "c1.i1"):
        settle(database, published, code, "attended")
    settle(database, published, "c1.i1", "no_show")
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, published.first).status == "active"


def test_a_program_with_a_missed_visit_is_not_finished(database: Database, published: Cast) -> None:
    for code, outcome in (("p1", "attended"), ("c1.d1", "no_show"), ("c1.i1", "attended")):
        settle(database, published, code, outcome)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, published.first).status == "active"


def test_unknown_words_and_other_clinics_are_refused(database: Database, published: Cast) -> None:
    visit = visit_row(database, published.first, "p1")
    with pytest.raises(InvalidInput, match="no outcome"), database.write() as work:
        record(work, published.ada, LATER, visit.id, "vanished")
    with pytest.raises(NotFound, match="There is no such visit"), database.write() as work:
        record(work, published.cy, LATER, visit.id, "attended")
