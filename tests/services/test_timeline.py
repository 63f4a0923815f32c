"""The schedule's timeline: who sees which visit in which row, and when a row cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row
from sqlalchemy import event

from coordinator.domain.actor import Access
from coordinator.domain.errors import InvalidInput
from coordinator.services.timeline import Timeline, timeline
from coordinator.store.clinics import ClosureRecord
from coordinator.store.staff import BookingRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

WEDNESDAY = date(2027, 1, 6)


def seen(database: Database, cast: Cast, by: str = "staff", actor: str = "ada", day: date = WEDNESDAY) -> Timeline:
    with database.read() as work:
        return timeline(work, getattr(cast, actor), NOW, day, day, by)  # type: ignore[arg-type]


def test_a_visit_stands_in_the_rows_of_all_who_are_there(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found = seen(database, cast)
    assert [row.name for row in found.rows] == ["Ben Ito", "Dana Roy", "Eve Okafor"]
    (block,) = found.blocks
    assert block.rows == (f"staff:{cast.ben_staff}", f"staff:{cast.eve_staff}")
    assert block.card is not None
    assert (block.card.who, block.card.title, block.card.stage) == ("p01 Pat Lee", "Dosing 1, course 1", "upcoming")
    assert (block.start.isoformat(), block.end.isoformat()) == ("2027-01-06T09:00:00", "2027-01-06T11:00:00")


def test_by_rooms_a_video_visit_is_in_no_row(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    assert [block.rows for block in seen(database, cast, "rooms").blocks] == [(f"room:{cast.dosing_1}",)]
    assert seen(database, cast, "rooms", day=date(2027, 1, 7)).blocks == ()
    assert len(seen(database, cast, "staff", day=date(2027, 1, 7)).blocks) == 1


def test_a_clinician_sees_the_visits_of_others_as_busy_time_only(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    mine, other = seen(database, cast, actor="ben").blocks
    assert mine.card is not None
    assert mine.card.is_mine
    assert other.card is None
    assert other.rows == (f"staff:{cast.dana_staff}", f"staff:{cast.eve_staff}")


def test_a_clinician_does_not_learn_of_others_missed_visits(database: Database, cast: Cast) -> None:
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    with database.write() as work:
        dosing = visit_row(database, cast.second, "c1.d1")
        work.session.get_one(VisitRecord, dosing.id).status = "no_show"
    assert seen(database, cast, actor="ben").blocks == ()
    (block,) = seen(database, cast).blocks
    assert block.card is not None
    assert block.card.stage == "no_show"


def test_an_auditor_sees_codes_in_place_of_names(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    auditor = replace(cast.ada, access=Access.AUDITOR)
    with database.read() as work:
        (block,) = timeline(work, auditor, NOW, WEDNESDAY, WEDNESDAY, "staff").blocks
    assert block.card is not None
    assert block.card.who == "p01"


def test_another_clinic_sees_none_of_it(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found = seen(database, cast, actor="cy")
    assert (found.rows, found.blocks, found.shades) == ((), (), ())


def test_rows_are_shaded_outside_hours_in_time_off_and_when_booked(database: Database, cast: Cast) -> None:
    with database.write() as work:
        at = datetime(2027, 1, 6, 21, 0, tzinfo=UTC)  # 1 PM in Los Angeles
        work.session.add(
            TimeOffRecord(
                clinic_id=cast.clinic_id,
                staff_id=cast.ben_staff,
                starts_at=at,
                ends_at=at.replace(hour=23),
                created_at=NOW,
            )
        )
        work.session.add(
            BookingRecord(
                clinic_id=cast.clinic_id, staff_id=cast.dana_staff, title="Team meeting",
                starts_at=datetime(2027, 1, 6, 17, 0, tzinfo=UTC), ends_at=datetime(2027, 1, 6, 18, 0, tzinfo=UTC),
            )
        )  # fmt: skip
    found = [(each.row, each.start.hour, each.end.hour, each.why) for each in seen(database, cast).shades]
    ben, dana = f"staff:{cast.ben_staff}", f"staff:{cast.dana_staff}"
    assert [each[1:] for each in found if each[0] == ben] == [
        (13, 15, "off"), (0, 8, "closed"), (12, 13, "closed"), (17, 0, "closed"),
    ]  # fmt: skip
    assert (dana, 9, 10, "booked") in found


def test_a_closure_shades_the_whole_day_with_its_reason(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.add(ClosureRecord(clinic_id=cast.clinic_id, day=WEDNESDAY, reason="Epiphany"))
    shades = seen(database, cast, "rooms").shades
    assert {(each.why, each.words, each.is_whole_day) for each in shades} == {("closure", "Epiphany", True)}
    assert len(shades) == 3


def test_the_day_shows_the_hours_that_are_worked(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found = seen(database, cast)
    assert (found.opens, found.closes, found.offset) == (8, 18, "-08:00")
    assert found.now.isoformat() == "2027-01-04T07:00:00"


def test_too_long_a_stretch_is_refused(database: Database, cast: Cast) -> None:
    with database.read() as work, pytest.raises(InvalidInput, match="1 to 45 days"):
        timeline(work, cast.ada, NOW, WEDNESDAY, date(2027, 6, 1), "staff")


def test_the_timeline_takes_the_same_few_queries_however_many_visits(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    one = queries_of(sqlite, lambda: seen(sqlite, sqlite_cast))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    two = queries_of(sqlite, lambda: seen(sqlite, sqlite_cast))
    assert two == one <= 16


def queries_of(database: Database, act: Callable[[], object]) -> int:
    """How many statements an act takes."""
    statements: list[str] = []

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    event.listen(database.engine, "before_cursor_execute", note)
    act()
    event.remove(database.engine, "before_cursor_execute", note)
    return len(statements)
