"""One visit: its page, where it may go, and moving it by the form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cast import NOW, Cast, add_staff
from programs import program, put, visit_row

from coordinator.domain.actor import Access
from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput, NotFound
from coordinator.services.visit_moves import starts
from coordinator.services.visits import TypedMove, VisitView, move, visit
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Database

WEDNESDAY = date(2027, 1, 6)
PEOPLE = {"lead": "th-ben", "supervisor": "dr-eve"}


@pytest.fixture
def dosing(database: Database, cast: Cast) -> int:
    """Pat's dosing visit, Wednesday at nine."""
    put(database, cast, cast.first, program("e01", 1, 9))
    return visit_row(database, cast.first, "c1.d1").id


def seen(database: Database, cast: Cast, visit_id: int, actor: str = "ada") -> VisitView:
    with database.read() as work:
        return visit(work, getattr(cast, actor), NOW, visit_id)


def moved(database: Database, cast: Cast, visit_id: int, **changes: Any) -> None:
    typed = TypedMove(day="2027-01-06", at="13:00", room="dosing-1", staff=PEOPLE, revision=1)
    with database.write() as work:
        move(work, cast.ada, NOW, visit_id, replace(typed, **changes))


def test_the_page_shows_people_rooms_and_the_visits_it_is_tied_to(database: Database, cast: Cast, dosing: int) -> None:
    view = seen(database, cast, dosing)
    assert [(each.need, each.current) for each in view.needs] == [("lead", "th-ben"), ("supervisor", "dr-eve")]
    assert view.rooms == (("dosing-1", "Dosing room 1"), ("dosing-2", "Dosing room 2"))
    assert [(each.title, each.is_earlier, each.gap.days) for each in view.neighbors] == [
        ("Preparation 1", True, 1),
        ("Integration 1, course 1", False, 1),
    ]
    assert (view.may_change, view.may_record) == (True, False)


def test_a_day_after_the_last_visit_of_all_offers_its_times_too(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    last = visit_row(sqlite, sqlite_cast.first, "c1.i1").id
    with sqlite.read() as work:
        found = starts(work, sqlite_cast.ada, NOW, last, date(2027, 1, 8))
    assert [each.at.hour for each in found.free if not each.at.minute] == [8, 9, 10, 11, 13, 14, 15, 16]


@pytest.mark.parametrize("day", [date(2027, 1, 3), date(9999, 12, 31)])
def test_a_day_that_cannot_be_is_refused(sqlite: Database, sqlite_cast: Cast, day: date) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    last = visit_row(sqlite, sqlite_cast.first, "c1.i1").id
    with pytest.raises(InvalidInput, match="today or a later day"), sqlite.read() as work:
        starts(work, sqlite_cast.ada, NOW, last, day)


def test_the_form_moves_the_visit(database: Database, cast: Cast, dosing: int) -> None:
    moved(database, cast, dosing)
    after = visit_row(database, cast.first, "c1.d1")
    assert (after.starts_at.isoformat(), after.revision) == ("2027-01-06T21:00:00+00:00", 2)


def test_a_move_of_a_visit_that_changed_meanwhile_is_refused(database: Database, cast: Cast, dosing: int) -> None:
    moved(database, cast, dosing)
    with pytest.raises(Conflict, match="changed by somebody else"):
        moved(database, cast, dosing, at="14:00", revision=1)


def test_a_place_that_breaks_a_rule_is_refused_with_the_rules_words(
    database: Database, cast: Cast, dosing: int
) -> None:
    with pytest.raises(Conflict, match="outside the hours of Ben Ito"):
        moved(database, cast, dosing, at="11:00")


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"day": ""}, "day", "date"),
        ({"at": "noon"}, "at", "14:30"),
        ({"day": "2027-03-14", "at": "02:30"}, "at", "has no 02:30"),
    ],
)
def test_what_cannot_be_a_time_is_refused_beside_its_field(
    database: Database, cast: Cast, dosing: int, changes: dict[str, str], field: str, word: str
) -> None:
    with pytest.raises(InvalidForm) as refusal:
        moved(database, cast, dosing, **changes)
    assert word in refusal.value.fields[field]


def test_the_free_starts_of_a_day_can_all_be_taken(database: Database, cast: Cast, dosing: int) -> None:
    with database.read() as work:
        found = starts(work, cast.ada, NOW, dosing, WEDNESDAY)
    assert [each.at.hour * 100 + each.at.minute for each in found.free] == [
        800, 815, 830, 845, 900, 915, 930, 945, 1000, 1300, 1315, 1330, 1345, 1400, 1415, 1430, 1445, 1500,
    ]  # fmt: skip
    last = found.free[-1]
    moved(database, cast, dosing, at=last.at.strftime("%H:%M"), room=last.room_code or "",
          staff={need: code for need, code, _ in last.people})  # fmt: skip


def test_a_free_start_says_who_would_come_instead(database: Database, cast: Cast, dosing: int) -> None:
    afternoon = datetime(2027, 1, 6, 21, tzinfo=UTC)
    with database.write() as work:
        add_staff(work, cast.clinic_id, "dr-fay", "Fay Lund", ["physician"])
        off = {"starts_at": afternoon, "ends_at": afternoon + timedelta(hours=5), "status": "approved"}
        work.session.add(TimeOffRecord(clinic_id=cast.clinic_id, staff_id=cast.eve_staff, created_at=NOW, **off))
    with database.read() as work:
        found = starts(work, cast.ada, NOW, dosing, WEDNESDAY)
    assert {each.instead for each in found.free if each.at.hour < 12} == {()}
    assert {each.instead for each in found.free if each.at.hour > 12} == {("Fay Lund",)}


def test_refused_starts_say_why_and_through_whom(database: Database, cast: Cast, dosing: int) -> None:
    with database.read() as work:
        found = starts(work, cast.ada, NOW, dosing, WEDNESDAY)
    assert found.refused[0].first.hour == 0
    assert all(each.message for each in found.refused)
    shown = len(found.free) + sum((each.last - each.first).seconds // 900 + 1 for each in found.refused)
    assert shown == 96


def test_a_clinician_sees_own_visits_only_and_changes_none(database: Database, cast: Cast, dosing: int) -> None:
    assert not seen(database, cast, dosing, "ben").may_change
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    with pytest.raises(NotFound):
        seen(database, cast, visit_row(database, cast.second, "c1.d1").id, "ben")


def test_an_auditor_neither_changes_nor_records(database: Database, cast: Cast, dosing: int) -> None:
    auditor = replace(cast.ada, access=Access.AUDITOR)
    with database.read() as work:
        view = visit(work, auditor, NOW.replace(day=8), dosing)
    assert (view.may_change, view.may_record, view.card.who) == (False, False, "p01")


def test_another_clinics_visit_is_not_there(database: Database, cast: Cast, dosing: int) -> None:
    with pytest.raises(NotFound):
        seen(database, cast, dosing, "cy")
    with database.read() as work, pytest.raises(NotFound):
        starts(work, cast.cy, NOW, dosing, WEDNESDAY)
