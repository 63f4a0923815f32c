"""Publications keep what was done to each visit, and are undone within three minutes, or refused with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import NOW, Cast
from programs import at, changes, program, put, visit_row
from sqlalchemy import select

from coordinator.domain.errors import Conflict, NotFound
from coordinator.services.publications import UNDO_WITHIN, undo, undoable
from coordinator.services.schedule import Override, apply_changes, cancel_visit, move_visit
from coordinator.store import notices, publications
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.publications import Line, PublicationRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitStaffRecord

SOON = NOW + timedelta(minutes=1)


def put_with_reminders(database: Database, cast: Cast) -> None:
    with database.write() as work:
        notices.add_default_rules(work, cast.clinic_id)
    put(database, cast, cast.first, program("e01", 1, 9))


def newest(database: Database) -> tuple[PublicationRecord, list[Line]]:
    with database.read() as work:
        found = work.session.scalars(select(PublicationRecord).order_by(PublicationRecord.id.desc())).first()
        assert found is not None
        return found, publications.lines(work, found.id)


def queued(database: Database, visit_id: int) -> int:
    with database.read() as work:
        query = select(NoticeRecord).where(NoticeRecord.visit_id == visit_id, NoticeRecord.status == "queued")
        return len(work.session.scalars(query).all())


def claims_of(database: Database, visit_id: int) -> int:
    with database.read() as work:
        return len(work.session.scalars(select(ClaimRecord).where(ClaimRecord.visit_id == visit_id)).all())


def undo_newest(database: Database, cast: Cast) -> None:
    found, _ = newest(database)
    with database.write() as work:
        undo(work, cast.ada, SOON, found.id)


def test_a_move_is_kept_with_before_and_after_and_undone(database: Database, cast: Cast) -> None:
    put_with_reminders(database, cast)
    visit = visit_row(database, cast.first, "c1.i1")
    with database.write() as work:
        applied = move_visit(work, cast.ada, NOW, visit.id, at(3, 10), None, {"lead": "th-ben"})
    found, (line,) = newest(database)
    assert (found.id, found.kind, found.maker) == (applied.publication_id, "move", "Ada Moss")
    assert line.before is not None
    assert (line.before.starts_at, line.before.revision) == (visit.starts_at, 1)
    assert (line.after.starts_at, line.after.revision) == (visit.starts_at + timedelta(hours=1), 2)
    assert dict(line.after.staff) == {"lead": cast.ben_staff}
    undo_newest(database, cast)
    back = visit_row(database, cast.first, "c1.i1")
    assert (back.starts_at, back.revision, back.status) == (visit.starts_at, 3, "scheduled")
    assert newest(database)[0].undoes_id == found.id
    assert queued(database, visit.id) > 0
    undo_newest(database, cast)  # which does it again
    assert visit_row(database, cast.first, "c1.i1").starts_at == visit.starts_at + timedelta(hours=1)


def test_a_canceled_visit_stands_again_as_the_same_attempt(database: Database, cast: Cast) -> None:
    put_with_reminders(database, cast)
    visit = visit_row(database, cast.first, "c1.d1")
    before = claims_of(database, visit.id), queued(database, visit.id)
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit.id)
    assert newest(database)[0].kind == "cancel"
    undo_newest(database, cast)
    back = visit_row(database, cast.first, "c1.d1")
    assert (back.id, back.status, back.attempt, back.starts_at) == (visit.id, "scheduled", 1, visit.starts_at)
    assert (claims_of(database, visit.id), queued(database, visit.id)) == before
    with database.read() as work:
        rows = work.session.scalars(select(VisitStaffRecord).where(VisitStaffRecord.visit_id == visit.id)).all()
    assert {(row.sequence, row.canceled_at) for row in rows} == {(2, None)}


def test_a_published_program_waits_again_and_holds_nothing(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found, lines = newest(database)
    assert (found.kind, found.started, len(lines)) == ("publish", [cast.first], 3)
    assert all(line.before is None for line in lines)
    undo_newest(database, cast)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).status == "waiting"
        assert work.session.scalars(select(ClaimRecord.id)).all() == []
    assert {visit_row(database, cast.first, code).status for code in ("p1", "c1.d1", "c1.i1")} == {"canceled"}
    undo_newest(database, cast)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).status == "active"
    assert visit_row(database, cast.first, "p1").status == "scheduled"


def test_a_visit_that_has_begun_is_not_undone(sqlite: Database, sqlite_cast: Cast) -> None:
    nine = NOW + timedelta(days=1, hours=2)
    placed = changes(sqlite_cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        applied = apply_changes(work, sqlite_cast.ada, nine - timedelta(minutes=1), placed)
    assert applied.publication_id is not None
    with pytest.raises(Conflict, match=r"undone any more\. e01/p1 has begun already"), sqlite.write() as work:
        undo(work, sqlite_cast.ada, nine + timedelta(minutes=1), applied.publication_id)
    assert visit_row(sqlite, sqlite_cast.first, "p1").status == "scheduled"


def test_undoing_is_offered_for_three_minutes_and_refused_after(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    found, _ = newest(sqlite)
    with sqlite.read() as work:
        (offered,) = undoable(work, cast.ada, SOON, cast.first)
        assert (offered.id, offered.visits, offered.seconds_left) == (found.id, 3, 120)
        assert undoable(work, cast.ada, SOON, cast.second) == ()
        assert undoable(work, cast.cy, SOON) == ()
        assert undoable(work, cast.ada, NOW + UNDO_WITHIN) == ()
    with pytest.raises(Conflict, match="three minutes"), sqlite.write() as work:
        undo(work, cast.ada, NOW + UNDO_WITHIN, found.id)
    with pytest.raises(NotFound, match=r"^There is no such publication\.$"), sqlite.write() as work:
        undo(work, cast.cy, SOON, found.id)


def test_what_was_changed_meanwhile_is_not_undone(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    first, _ = newest(sqlite)
    visit = visit_row(sqlite, cast.first, "c1.i1")
    with sqlite.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(3, 10), None)
    with pytest.raises(Conflict, match=r"e01/c1\.i1 was changed meanwhile by Ada Moss"), sqlite.write() as work:
        undo(work, cast.ada, SOON, first.id)
    undo_newest(sqlite, cast)
    second = newest(sqlite)[0].undoes_id
    assert second is not None
    with pytest.raises(Conflict, match="has undone this already"), sqlite.write() as work:
        undo(work, cast.ada, SOON, second)


def test_a_place_that_was_lost_meanwhile_is_not_taken_back(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, cast.first, "c1.i1")
    with sqlite.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(3, 10), None)
        work.session.add(
            TimeOffRecord(
                clinic_id=cast.clinic_id,
                staff_id=cast.ben_staff,
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                created_at=NOW,
            )
        )
    found, _ = newest(sqlite)
    with pytest.raises(Conflict, match=r"cannot be undone any more\. .*time off of Ben Ito"), sqlite.write() as work:
        undo(work, cast.ada, SOON, found.id)
    assert visit_row(sqlite, cast.first, "c1.i1").starts_at == visit.starts_at + timedelta(hours=1)


def test_undoing_gives_back_a_place_that_had_leave_to_break_a_rule(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, cast.first, "c1.i1")
    with sqlite.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(7, 9), None, overrides=[Override("gap", "She travels.")])
    with sqlite.write() as work:
        apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    undo_newest(sqlite, cast)
    back = visit_row(sqlite, cast.first, "c1.i1")
    assert back.starts_at == visit.starts_at + timedelta(days=4)
    assert [each["reason"] for each in back.overrides] == ["She travels."]
