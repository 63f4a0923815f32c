"""The day of a visit on its page: steps, lateness, the outcome, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import Cast
from programs import at, program, put, visit_row
from visitor import HandClock, Visitor

from coordinator.store.unit_of_work import Database


@pytest.fixture
def dosing(sqlite: Database, sqlite_cast: Cast, clock: HandClock) -> int:
    """Pat's dosing visit, which begins in five minutes; Quinn's is in the same room at one."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, lead="th-dana"))
    clock.forward(days=2, hours=1, minutes=55)
    return visit_row(sqlite, sqlite_cast.first, "c1.d1").id


def test_the_day_is_walked_step_by_step(dosing: int, ben: Visitor, ada: Visitor, clock: HandClock) -> None:
    assert "Day of the visit" in ben.get(f"/visits/{dosing}").text
    for name in ("arrived", "in_room"):
        assert ben.post(f"/visits/{dosing}/day/{name}").location == f"/visits/{dosing}#day"
    assert "In the room</span>" in ada.get("/").text
    ben.post(f"/visits/{dosing}/day/in_room/undo")
    assert "Arrived</span>" in ada.get("/").text
    assert ben.post(f"/visits/{dosing}/day/flown").status_code == 404
    clock.forward(hours=2, minutes=10)
    assert ben.post(f"/visits/{dosing}/outcome", {"outcome": "attended"}).status_code == 302
    page = ben.get(f"/visits/{dosing}").text
    assert "Integration 1, course 1 is to follow by the end of Sat, Jan 9." in page
    assert "3 days left" in page
    ben.post(f"/visits/{dosing}/day/left")
    assert "its day is over" in ben.get(f"/visits/{dosing}").text


def test_a_late_visit_says_what_it_pushes_and_tells_who_waits(
    dosing: int, ben: Visitor, ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    ben.post(f"/visits/{dosing}/late", {"minutes": "many"})
    assert "Say how late in minutes" in ben.get(f"/visits/{dosing}").text
    ben.post(f"/visits/{dosing}/late", {"minutes": 120})
    page = ada.get(f"/visits/{dosing}").text
    assert "1 visit pushed" in page
    assert "about 1:15 PM" in page
    assert "Quinn" in page
    assert "Quinn" not in ben.get(f"/visits/{dosing}").text
    assert "120 minutes late" in ada.get("/").text
    ada.post(f"/visits/{dosing}/late/tell")
    assert "3 messages leave now." in ada.get(f"/visits/{dosing}").text
    quinns = visit_row(sqlite, sqlite_cast.second, "c1.d1").id
    assert ben.post(f"/visits/{quinns}/late", {"minutes": 20}).status_code == 404


def test_a_canceled_visit_shows_who_fits_its_time(
    ada: Visitor, ben: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    preparation, dosing, integration = program("e02", 1, 13, "dosing-2")
    put(sqlite, sqlite_cast, sqlite_cast.second, [preparation, dosing, replace(integration, start=at(4, 13))])
    gone = visit_row(sqlite, sqlite_cast.first, "c1.i1").id
    assert ada.get(f"/visits/{gone}/freed-time").status_code == 404
    ada.post(f"/visits/{gone}/cancel", {"revision": 1})
    assert "Who fits the freed time" in ada.get(f"/visits/{gone}").text
    offered = ada.get(f"/visits/{gone}/freed-time").text
    assert "Quinn Diaz" in offered and "1 day sooner" in offered and "Move it here" in offered
    assert ben.get(f"/visits/{gone}/freed-time").status_code == 403


def test_a_missed_visit_offers_to_plan_the_rest_anew(dosing: int, ada: Visitor, clock: HandClock) -> None:
    clock.forward(minutes=40)
    ada.post(f"/visits/{dosing}/outcome", {"outcome": "no_show"})
    page = ada.get(f"/visits/{dosing}").text
    assert "its people and its room are free" in page
    assert "Plan the rest of the program anew" in page
    assert "Recorded by mistake" in page
    back = ada.post(f"/visits/{dosing}/outcome/undo")
    page = ada.get(back.location).text
    assert "The visit stands again" in page
    assert "took the outcome back" in page
    again = ada.post(f"/visits/{dosing}/outcome/undo")
    assert (again.status_code, "not recorded as missed" in again.text) == (409, True)
