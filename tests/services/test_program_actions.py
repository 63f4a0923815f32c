"""A program is paused, resumed, extended and ended early; its patient takes an itinerary home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row
from sqlalchemy import select

from coordinator.domain.actor import Access
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import program_actions
from coordinator.services.itinerary import itinerary
from coordinator.services.outcomes import record
from coordinator.services.publications import undo
from coordinator.services.visit_changes import Applied
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.unit_of_work import Database

AFTER_FIRST = NOW + timedelta(days=1, hours=8)


@pytest.fixture
def running(sqlite: Database, sqlite_cast: Cast) -> Cast:
    """Pat's program, of which the first visit took place."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        record(work, sqlite_cast.ada, AFTER_FIRST, visit_row(sqlite, sqlite_cast.first, "p1").id, "attended")
    return sqlite_cast


def enrollment(database: Database, cast: Cast) -> EnrollmentRecord:
    with database.read() as work:
        return work.session.get_one(EnrollmentRecord, cast.first)


def test_pausing_frees_what_is_to_come_and_can_be_undone(sqlite: Database, running: Cast) -> None:
    cast = running
    with sqlite.write() as work:
        applied = program_actions.pause(work, cast.ada, AFTER_FIRST, cast.first)
    assert len(applied.visits) == 2
    assert enrollment(sqlite, cast).status == "paused"
    assert visit_row(sqlite, cast.first, "p1").status == "attended"
    assert visit_row(sqlite, cast.first, "c1.d1").status == "canceled"
    with sqlite.read() as work:
        held = work.session.scalars(select(ClaimRecord.visit_id)).all()
    assert set(held) == {visit_row(sqlite, cast.first, "p1").id}
    with sqlite.write() as work:
        assert applied.publication_id is not None
        undo(work, cast.ada, AFTER_FIRST + timedelta(minutes=1), applied.publication_id)
    assert enrollment(sqlite, cast).status == "active"
    assert visit_row(sqlite, cast.first, "c1.d1").status == "scheduled"


@pytest.mark.parametrize(("stop", "status"), [(program_actions.pause, "paused"), (program_actions.end, "ended")])
def test_stopping_can_be_undone_done_again_and_undone_once_more(
    sqlite: Database, running: Cast, stop: Callable[..., Applied], status: str
) -> None:
    with sqlite.write() as work:
        applied = stop(work, running.ada, AFTER_FIRST, running.first)
    for now_it_is in ("active", status, "active"):
        assert applied.publication_id is not None
        with sqlite.write() as work:
            applied = undo(work, running.ada, AFTER_FIRST + timedelta(minutes=1), applied.publication_id)
        assert enrollment(sqlite, running).status == now_it_is
        assert visit_row(sqlite, running.first, "c1.d1").status == (
            "scheduled" if now_it_is == "active" else "canceled"
        )


def test_a_program_that_was_ended_since_it_was_paused_stays_ended(sqlite: Database, running: Cast) -> None:
    with sqlite.write() as work:
        applied = program_actions.pause(work, running.ada, AFTER_FIRST, running.first)
        program_actions.end(work, running.ada, AFTER_FIRST, running.first)
    assert applied.publication_id is not None
    with pytest.raises(Conflict, match="e01 was ended meanwhile"), sqlite.write() as work:
        undo(work, running.ada, AFTER_FIRST + timedelta(minutes=1), applied.publication_id)
    assert enrollment(sqlite, running).status == "ended"


def test_a_paused_program_is_resumed_and_then_lacks_visits(sqlite: Database, running: Cast) -> None:
    cast = running
    with sqlite.write() as work:
        program_actions.pause(work, cast.ada, AFTER_FIRST, cast.first)
    with pytest.raises(Conflict, match="paused already"), sqlite.write() as work:
        program_actions.pause(work, cast.ada, AFTER_FIRST, cast.first)
    with sqlite.write() as work:
        program_actions.resume(work, cast.ada, AFTER_FIRST, cast.first)
    assert enrollment(sqlite, cast).status == "active"
    with pytest.raises(Conflict, match="nothing to resume"), sqlite.write() as work:
        program_actions.resume(work, cast.ada, AFTER_FIRST, cast.first)


def test_ending_early_is_for_good(sqlite: Database, running: Cast) -> None:
    cast = running
    with sqlite.write() as work:
        program_actions.end(work, cast.ada, AFTER_FIRST, cast.first)
    assert enrollment(sqlite, cast).status == "ended"
    with pytest.raises(Conflict, match="ended"), sqlite.write() as work:
        program_actions.extend(work, cast.ada, AFTER_FIRST, cast.first, date(2027, 6, 1))


def test_a_program_is_extended_but_not_to_before_its_last_visit(sqlite: Database, running: Cast) -> None:
    cast = running
    with pytest.raises(InvalidInput, match="last visit"), sqlite.write() as work:
        program_actions.extend(work, cast.ada, AFTER_FIRST, cast.first, date(2027, 1, 6))
    with pytest.raises(InvalidInput, match="three years"), sqlite.write() as work:
        program_actions.extend(work, cast.ada, AFTER_FIRST, cast.first, date(2031, 1, 6))
    with sqlite.write() as work:
        program_actions.extend(work, cast.ada, AFTER_FIRST, cast.first, date(2027, 5, 31))
    assert enrollment(sqlite, cast).latest == date(2027, 5, 31)


def test_another_clinics_program_is_not_there(sqlite: Database, running: Cast) -> None:
    for act in (program_actions.pause, program_actions.end, program_actions.resume):
        with pytest.raises(NotFound), sqlite.write() as work:
            act(work, running.cy, AFTER_FIRST, running.first)
    with pytest.raises(NotFound), sqlite.read() as work:
        itinerary(work, running.cy, AFTER_FIRST, running.first)


def test_an_itinerary_says_what_is_to_come_in_words_of_the_patient(sqlite: Database, running: Cast) -> None:
    with sqlite.read() as work:
        found = itinerary(work, running.ada, AFTER_FIRST, running.first)
    assert (found.names, found.clinic) == (("Pat Lee",), "Harbor Clinic")
    (week,) = found.weeks
    assert [each.title for each in week.items] == ["Treatment session", "Follow-up talk"]
    assert week.items[0].people == ("Ben Ito", "Eve Okafor")
    assert "ketamine" not in repr(found).lower()
    with sqlite.read() as work:
        auditor = replace(running.ada, access=Access.AUDITOR)
        assert itinerary(work, auditor, AFTER_FIRST, running.first).names == ("p01",)
