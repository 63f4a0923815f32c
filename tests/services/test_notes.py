"""Handoff: notes reach the team and nobody else, are marked as read, and stand on the day's sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cast import NOW, Cast, add_user
from programs import program, put, visit_row
from sqlalchemy import select

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.domain.gates import RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.services import bookings, handoff, notes
from coordinator.services.bookings import BookingDetails
from coordinator.store.audit import AuditRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database, Work

Act = Callable[[Work, Actor], object]


@pytest.fixture
def dana(database: Database, cast: Cast) -> Actor:
    """Dana, who treats Quinn and not Pat."""
    with database.write() as work:
        return add_user(work, cast.clinic_id, "dana@example.org", "Dana Roy", Access.CLINICIAN, NOW, cast.dana_staff)


def write(database: Database, cast: Cast, actor: Actor, text: str, *mentions: int, visit: int | None = None) -> int:
    with database.write() as work:
        return notes.add(work, actor, NOW, cast.first, text, mentions, visit)


def test_a_note_reaches_the_team_is_read_and_says_by_whom(database: Database, cast: Cast, dana: Actor) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    write(database, cast, cast.ada, "The ride comes at eleven.")
    with database.write() as work:
        [note] = notes.inbox(work, cast.ben, NOW)
        assert (note.text, note.author, note.is_read) == ("The ride comes at eleven.", "Ada Moss", False)
        assert notes.unread(work, cast.ben, NOW) == 1
        assert notes.inbox(work, dana, NOW) == []
        notes.mark_read(work, cast.ben, NOW, [note.id])
        notes.mark_read(work, cast.ben, NOW, [note.id])
        assert notes.unread(work, cast.ben, NOW) == 0
        [shown] = notes.of_enrollment(work, cast.ada, NOW, cast.first).notes
    assert shown.read_by == ("Ben Ito",)
    with database.read() as work:
        actions = set(work.session.scalars(select(AuditRecord.action)))
    assert {"note.add", "note.list", "note.read"} <= actions


def test_who_is_mentioned_is_told_that_there_is_a_note_but_not_what_it_says(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    ada, ben = cast.ada.user_id or 0, cast.ben.user_id or 0
    write(database, cast, cast.ben, "Can we start ten minutes later?", ada)
    write(database, cast, cast.ada, "For everybody but me.")
    with database.write() as work:
        [note] = notes.inbox(work, cast.ada, NOW)
        assert note.is_for_me
        people = dict(notes.of_enrollment(work, cast.ada, NOW, cast.first).people)
        assert people == {ben: "Ben Ito"}
        told = list(work.session.scalars(select(NoticeRecord).where(NoticeRecord.what == "message")))
    assert [(each.recipient_kind, each.recipient_id) for each in told] == [("user", ada)]
    assert "ten minutes" not in str(told[0].content)
    with database.write() as work:
        notes.remove(work, cast.ben, NOW, note.id)
    with database.read() as work:
        assert work.session.get_one(NoticeRecord, told[0].id).status == "withdrawn"


def test_only_the_team_and_coordinators_see_write_and_read(database: Database, cast: Cast, dana: Actor) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "p1").id
    note = write(database, cast, cast.ben, "Bring the forms.")
    auditor = replace(cast.ada, access=Access.AUDITOR)
    acts: list[Act] = [
        lambda work, actor: notes.of_enrollment(work, actor, NOW, cast.first),
        lambda work, actor: notes.of_visit(work, actor, NOW, visit),
        lambda work, actor: notes.add(work, actor, NOW, cast.first, "Hello"),
        lambda work, actor: notes.mark_read(work, actor, NOW, [note]),
        lambda work, actor: notes.remove(work, actor, NOW, note),
    ]
    for act in acts:
        for stranger in (dana, cast.cy, auditor):
            with pytest.raises(NotFound), database.write() as work:
                act(work, stranger)
    with database.read() as work:
        assert notes.inbox(work, auditor, NOW) == []
    with pytest.raises(NotAllowed), database.write() as work:
        notes.remove(work, cast.ada, NOW, note)
    with database.write() as work:
        notes.remove(work, cast.ben, NOW, note)
        assert notes.of_enrollment(work, cast.ada, NOW, cast.first).notes == ()


@pytest.mark.parametrize(("text", "mentions"), [("  ", ()), ("x" * 501, ()), ("Hello", (999,))])
def test_what_cannot_be_written_is_refused(
    sqlite: Database, sqlite_cast: Cast, text: str, mentions: tuple[int, ...]
) -> None:
    with pytest.raises(InvalidInput):
        write(sqlite, sqlite_cast, sqlite_cast.ada, text, *mentions)


def test_a_note_about_another_programs_visit_is_none(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 9))
    with pytest.raises(NotFound):
        write(sqlite, sqlite_cast, sqlite_cast.ada, "Hello", visit=visit_row(sqlite, sqlite_cast.second, "p1").id)


def test_tomorrows_sheet_has_each_visit_with_its_notes(database: Database, cast: Cast, dana: Actor) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    write(database, cast, cast.ada, "About the first visit.", visit=visit_row(database, cast.first, "p1").id)
    write(database, cast, cast.ada, "About another visit.", visit=visit_row(database, cast.first, "c1.i1").id)
    write(database, cast, cast.ada, "About all of it.")
    with database.write() as work:
        version = work.session.get_one(ProtocolVersionRecord, cast.protocol_version)
        version.gates = write_visit_gates({"p1": (RIDE,)})
        meeting = BookingDetails("meeting", "Rounds", [cast.dana_staff], None, None, date(2027, 1, 5), 480, 510)
        bookings.book(work, cast.ada, NOW, meeting)
    with database.read() as work:
        whole, own = handoff.handoff(work, cast.ada, NOW), handoff.handoff(work, dana, NOW)
        later = handoff.handoff(work, cast.ben, NOW, NOW.date() + timedelta(days=3))
    assert [[gate.name for gate in each.gated.shut] for each in whole.lines if each.gated] == [["Ride home named"]] * 2
    assert [[each.title for each in found.bookings] for found in (whole, own, later)] == [["Rounds"], ["Rounds"], []]
    assert [(each.card.program, len(each.notes)) for each in whole.lines] == [("e01", 2), ("e02", 0)]
    assert [each.text for each in whole.lines[0].notes] == ["About all of it.", "About the first visit."]
    assert [each.card.program for each in own.lines] == ["e02"]
    assert [each.text for each in later.lines[0].notes] == ["About all of it.", "About another visit."]
    with pytest.raises(NotAllowed), database.read() as work:
        handoff.handoff(work, replace(cast.ada, access=Access.AUDITOR), NOW)
