"""Today: who is where, and what waits; each only for those whom it concerns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.services import proposals, time_off
from coordinator.services.schedule import Override, cancel_visit, move_visit
from coordinator.services.today import TodayView, today
from coordinator.store.notices import NoticeRecord, add_default_rules
from coordinator.store.unit_of_work import Database

WEDNESDAY_NOON = datetime(2027, 1, 6, 20, 0, tzinfo=UTC)


def seen(database: Database, cast: Cast, now: datetime = NOW, actor: str = "ada") -> TodayView:
    with database.read() as work:
        return today(work, getattr(cast, actor), now)


def test_a_clinic_without_any_visit_is_new(database: Database, cast: Cast) -> None:
    assert seen(database, cast).is_new
    put(database, cast, cast.first, program("e01", 1, 9))
    assert not seen(database, cast).is_new


def test_programs_wait_for_a_plan_until_one_is_asked_for(database: Database, cast: Cast) -> None:
    worklist = seen(database, cast).worklist
    assert worklist is not None
    assert [each.who for each in worklist.waiting] == ["p01 Pat Lee", "p02 Quinn Diaz"]
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    worklist = seen(database, cast).worklist
    assert worklist is not None
    assert [each.who for each in worklist.waiting] == ["p02 Quinn Diaz"]
    assert [[name.code for name in job.programs] for job in worklist.jobs] == [["e01"]]


def test_visits_that_time_off_touches_wait_until_they_are_mended(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        details = time_off.AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6))
        asked = time_off.request(work, cast.ben, NOW, cast.ben_staff, details)
    assert seen(database, cast).worklist.broken == ()  # type: ignore[union-attr]
    with database.write() as work:
        time_off.decide(work, cast.ada, NOW, asked, "approved")
    dosing = visit_row(database, cast.first, "c1.d1").id
    (broken,) = seen(database, cast).worklist.broken  # type: ignore[union-attr]
    assert (broken.visit_id, broken.program.who) == (dosing, "p01 Pat Lee")
    assert "meets the time off of Ben Ito" in broken.message
    with database.write() as work:
        move_visit(work, cast.ada, NOW, dosing, at(3, 13), "dosing-1", overrides=[Override("gap", "He is back then.")])
    assert seen(database, cast).worklist.broken == ()  # type: ignore[union-attr]


def test_a_program_that_lost_a_visit_waits_for_a_plan_again(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    assert seen(database, cast).worklist.incomplete == ()  # type: ignore[union-attr]
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit_row(database, cast.first, "c1.i1").id)
    (lacking,) = seen(database, cast).worklist.incomplete  # type: ignore[union-attr]
    assert (lacking.program.code, lacking.missing) == ("e01", 1)
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    assert seen(database, cast).worklist.incomplete == ()  # type: ignore[union-attr]


def test_a_visit_that_is_over_waits_for_its_outcome(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    worklist = seen(database, cast, WEDNESDAY_NOON).worklist
    assert worklist is not None
    assert [each.code for each in worklist.without_outcome] == ["c1.d1", "p1"]


def test_a_reminder_that_failed_is_shown_while_the_visit_is_ahead(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
    put(database, cast, cast.first, program("e01", 1, 9))
    dosing = visit_row(database, cast.first, "c1.d1")
    with database.write() as work:
        notice = work.session.query(NoticeRecord).filter_by(visit_id=dosing.id).first()
        assert notice is not None
        notice.status, notice.reason = "failed", "The mailbox is full."
    before, after = seen(database, cast).worklist, seen(database, cast, WEDNESDAY_NOON).worklist
    assert before is not None
    assert after is not None
    assert [each.reason for each in before.failures] == ["The mailbox is full."]
    assert after.failures == ()


def test_the_board_places_visits_by_quarters_of_an_hour(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    board = seen(database, cast, WEDNESDAY_NOON).board
    assert board is not None
    assert (board.hours[0], board.hours[-1], board.now_percent) == (8, 17, 40.0)
    lines = {line.name: [(cell.columns, cell.card and cell.card.code) for cell in line.cells] for line in board.rooms}
    assert lines["Dosing room 1"] == [(4, None), (8, "c1.d1"), (28, None)]
    assert lines["Dosing room 2"] == [(40, None)]
    assert seen(database, cast, NOW).board.now_percent is None  # type: ignore[union-attr]


def test_a_clinician_sees_the_own_day_and_what_comes_next(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    view = seen(database, cast, NOW + timedelta(days=2), "ben")
    assert (view.board, view.worklist) == (None, None)
    assert [each.who for each in view.visits] == ["p01 Pat Lee"]
    assert [each.code for each in view.next_visits] == ["c1.i1"]


def test_another_clinic_sees_nothing(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    view = seen(database, cast, WEDNESDAY_NOON, "cy")
    assert view.visits == ()
    assert view.worklist is not None
    assert view.worklist.is_empty
