"""Today: who is where, each only for those whom it concerns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cast import NOW, Cast
from programs import program, put

from coordinator.domain.errors import NotAllowed
from coordinator.services.today import TodayView, today
from coordinator.store.unit_of_work import Database

WEDNESDAY_NOON = datetime(2027, 1, 6, 20, 0, tzinfo=UTC)


def seen(database: Database, cast: Cast, now: datetime = NOW, actor: str = "ada") -> TodayView:
    with database.read() as work:
        return today(work, getattr(cast, actor), now)


def test_a_clinic_without_any_visit_is_new(database: Database, cast: Cast) -> None:
    assert seen(database, cast).is_new
    put(database, cast, cast.first, program("e01", 1, 9))
    assert not seen(database, cast).is_new


def test_the_board_places_visits_by_quarters_of_an_hour(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    board = seen(database, cast, WEDNESDAY_NOON).board
    assert (board.hours[0], board.hours[-1], board.now_percent) == (8, 17, 40.0)
    lines = {line.name: [(cell.columns, cell.card and cell.card.code) for cell in line.cells] for line in board.rooms}
    assert lines["Dosing room 1"] == [(4, None), (8, "c1.d1"), (28, None)]
    assert lines["Dosing room 2"] == [(40, None)]
    assert seen(database, cast, NOW).board.now_percent is None


def test_a_clinician_sees_nothing_of_the_whole_clinic(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        seen(sqlite, sqlite_cast, actor="ben")


def test_another_clinic_sees_nothing(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    view = seen(database, cast, WEDNESDAY_NOON, "cy")
    assert view.visits == ()
    assert view.worklist == ()
