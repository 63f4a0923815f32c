"""The rooms' pages."""

from __future__ import annotations

from datetime import UTC, datetime

from booking import book
from cast import NOW, Cast, add_room
from query_count import counted
from sqlalchemy import select
from visitor import Visitor

from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Database

NEW = {"name": "Garden room", "kinds": ["group"], "seats": "6", "turnover": "10", "open": "hours",
       "weekly-tue": "9-17"}  # fmt: skip


def test_the_list_asks_as_much_for_forty_rooms_as_for_three(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with counted(sqlite) as few:
        assert "Dosing room 1" in ada.get("/rooms").text
    with sqlite.write() as work:
        for number in range(40):
            add_room(work, sqlite_cast.clinic_id, f"r{number}", f"Room {number}", ["therapy"])
    with counted(sqlite) as many:
        ada.get("/rooms")
    assert len(many) == len(few) <= 9


def test_a_new_room_is_kept_as_it_was_typed(ada: Visitor, sqlite: Database) -> None:
    answer = ada.post("/rooms/new", NEW | {"other_kind": "Music"})
    assert answer.status_code == 302
    with sqlite.read() as work:
        room = work.session.scalars(select(RoomRecord).where(RoomRecord.name == "Garden room")).one()
    assert (room.code, room.kinds, room.seats, room.turnover_minutes) == ("garden-room", ["group", "music"], 6, 10)
    assert room.weekly == {"tue": [["09:00", "17:00"]]}
    assert "Music" in ada.get("/rooms/new").text


def test_a_room_that_is_always_open_has_no_hours(ada: Visitor, sqlite: Database) -> None:
    ada.post("/rooms/new", NEW | {"open": "always"})
    with sqlite.read() as work:
        assert work.session.scalars(select(RoomRecord).where(RoomRecord.name == "Garden room")).one().weekly is None


def test_wrong_fields_are_named_and_nothing_is_written(ada: Visitor, sqlite: Database) -> None:
    answer = ada.post("/rooms/new", NEW | {"seats": "0", "weekly-tue": "17-9", "kinds": []})
    assert answer.status_code == 422
    assert "The number of patients must be a whole number from 1 to 100." in answer.text
    assert "What the room is for is missing." in answer.text
    answer = ada.post("/rooms/new", NEW | {"weekly-tue": "17-9"})
    assert "Tuesday: The interval does not end after it begins." in answer.text
    answer = ada.post("/rooms/new", NEW | {"name": "dosing ROOM 1"})
    assert "There is already a room called" in answer.text
    with sqlite.read() as work:
        assert not work.session.scalars(select(RoomRecord).where(RoomRecord.name == "Garden room")).all()


def test_a_room_is_changed(ada: Visitor, sqlite_cast: Cast) -> None:
    path = f"/rooms/{sqlite_cast.therapy_1}"
    assert 'value="Therapy room 1"' in ada.get(f"{path}/edit").text
    assert ada.post(f"{path}/edit", NEW | {"name": "Quiet room"}).status_code == 302
    page = ada.get(path).text
    assert "Quiet room" in page
    assert "Tuesday 9 AM to 5 PM" in page


def test_a_room_with_visits_to_come_is_not_retired(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, datetime(2027, 1, 6, 18, 0, tzinfo=UTC))
    refused = ada.post(f"/rooms/{sqlite_cast.therapy_1}/retire")
    assert refused.status_code == 409
    assert "Therapy room 1 cannot be retired: 1 visit is planned in it. Move them first." in refused.text
    assert ada.post(f"/rooms/{sqlite_cast.dosing_1}/retire").status_code == 302
    assert "Retired" in ada.get("/rooms").text
    assert ada.post(f"/rooms/{sqlite_cast.dosing_1}/reopen").status_code == 302
    assert "Retired" not in ada.get("/rooms").text


def test_another_clinics_room_answers_like_none(cy: Visitor, sqlite_cast: Cast) -> None:
    path = f"/rooms/{sqlite_cast.dosing_1}"
    assert cy.get(path).data == cy.get("/rooms/99999").data
    assert cy.post(f"{path}/edit", NEW).status_code == 404
    assert cy.post(f"{path}/retire").status_code == 404
    assert "Dosing room" not in cy.get("/rooms").text


def test_a_clinician_sees_rooms_but_changes_none(ben: Visitor, sqlite_cast: Cast) -> None:
    assert ben.get(f"/rooms/{sqlite_cast.dosing_1}").status_code == 200
    assert ben.post(f"/rooms/{sqlite_cast.dosing_1}/retire").status_code == 403
    assert ben.post("/rooms/new", NEW).status_code == 403
