"""The pages of other bookings: the form keeps what was typed, refusals say what to do, a clinician is kept out."""

from __future__ import annotations

import re

from cast import Cast
from programs import program, put
from visitor import Visitor

from coordinator.store.unit_of_work import Database


def typed(cast: Cast, **more: object) -> dict[str, object]:
    meeting = {"purpose": "meeting", "title": "Team meeting", "staff": [cast.ben_staff], "room": "", "patient": ""}
    return meeting | {"day": "2027-01-05", "starts": "09:00", "ends": "10:00", "every": "0", "until": ""} | more


def test_a_weekly_meeting_around_a_visit(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 8, 9))
    weekly = typed(sqlite_cast, every="1", until="2027-01-19")
    refused = ada.post("/bookings/new", weekly)
    assert refused.status_code == 409
    assert "Ben Ito has Preparation 1 of p01 Pat Lee on Tue, Jan 12" in refused.text
    assert 'value="Team meeting"' in refused.text
    assert "leave out those that are taken" in refused.text
    booked = ada.post("/bookings/new", weekly | {"leave_out": "1"}, follow_redirects=True)
    assert "Booked: 2 dates. Left out: Tue, Jan 12." in booked.text
    canceled = ada.post("/bookings/1/cancel", {"day": "2027-01-19"}, follow_redirects=True)
    assert "Tuesday, January 19, 2027 is canceled" in canceled.text
    assert "Every Tuesday until Tue, Jan 19, 2027" in ada.get("/bookings").text


def test_a_date_is_changed_by_the_form_that_booked_it(ada: Visitor, sqlite_cast: Cast) -> None:
    weekly = typed(sqlite_cast, every="1", until="2027-01-19")
    ada.post("/bookings/new", weekly)
    form = ada.get("/bookings/1/edit/2027-01-12").text
    assert 'value="Team meeting"' in form
    assert "Only Tuesday, January 12, 2027" in form
    wrong = ada.post("/bookings/1/edit/2027-01-12", weekly | {"scope": "one", "day": "2027-01-12", "ends": "08:00"})
    assert (wrong.status_code, "It ends before it begins." in wrong.text) == (422, True)
    moved = weekly | {"scope": "one", "day": "2027-01-13"}
    assert "Changed: 1 date." in ada.post("/bookings/1/edit/2027-01-12", moved, follow_redirects=True).text
    assert ada.get("/bookings/1/edit/2027-01-12").status_code == 409
    rest = ada.post(
        "/bookings/1/edit/2027-01-19", weekly | {"scope": "following", "day": "2027-01-19", "starts": "08:30"}
    )
    assert "8:30" in ada.get(rest.location).text


def test_the_list_and_the_month_of_the_schedule_show_bookings_too(
    ada: Visitor, ben: Visitor, sqlite_cast: Cast
) -> None:
    ada.post("/bookings/new", typed(sqlite_cast))
    days = "/schedule/days?first=2027-01-04&last=2027-01-31"
    for someone, links in ((ada, True), (ben, False)):
        shown = someone.get(days).text
        assert "Team meeting" in shown
        assert ('href="/bookings/1"' in shown) is links
        assert re.search(r"</i>1 <span class=\"month-word\">booking<", someone.get(f"{days}&view=month").text)
    ada.post("/schedule/view", {"view": "list", "rows": "staff", "show": f"staff:{sqlite_cast.dana_staff}"})
    assert "Team meeting" not in ada.get(days).text


def test_nonsense_is_refused_beside_its_field(ada: Visitor, sqlite_cast: Cast) -> None:
    answer = ada.post("/bookings/new", typed(sqlite_cast, staff=["x"], day="soon", purpose=""))
    assert answer.status_code == 422
    assert "The date must be a date" in answer.text
    assert ada.post("/bookings/1/cancel", {"day": "soon"}).status_code == 400


def test_a_clinician_and_another_clinic_are_kept_out(ben: Visitor, cy: Visitor, sqlite_cast: Cast) -> None:
    assert ben.get("/bookings").status_code == 403
    assert ben.post("/bookings/new", typed(sqlite_cast)).status_code == 403
    assert cy.post("/bookings/new", typed(sqlite_cast)).status_code == 404
    assert cy.get("/bookings/1").status_code == 404
    assert cy.get("/bookings/1/edit/2027-01-05").status_code == 404
