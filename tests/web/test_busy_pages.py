"""The pages of private calendars, and of choosing invitations by mail."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from cast import Cast
from visitor import HandClock, Visitor

from config import Settings
from coordinator.app import create_app
from coordinator.store.unit_of_work import Database

CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dentist\r\n"
    b"DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def path(staff_id: int) -> str:
    return f"/team/{staff_id}/busy"


def hand_in(visitor: Visitor, staff_id: int, content: bytes) -> int:
    form = {"file": (BytesIO(content), "private.ics"), "csrf_token": visitor.token()}
    return visitor.client.post(path(staff_id), data=form, content_type="multipart/form-data").status_code


def test_a_file_is_read_at_once_and_shown_without_what_it_says(ben: Visitor, sqlite_cast: Cast) -> None:
    assert hand_in(ben, sqlite_cast.ben_staff, CALENDAR) == 302
    page = ben.get(path(sqlite_cast.ben_staff)).text
    assert "1 busy time to come" in page
    assert "Dentist" not in page
    assert ben.post("/busy/1/remove").status_code == 302
    assert "No private calendar" in ben.get(path(sqlite_cast.ben_staff)).text


@pytest.mark.parametrize("name", ["private.exe", "private", "private.ics.html", ".ics.zip"])
def test_a_file_whose_name_says_something_else_is_not_read(ben: Visitor, sqlite_cast: Cast, name: str) -> None:
    form = {"file": (BytesIO(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), name), "csrf_token": ben.token()}
    answer = ben.client.post(f"/team/{sqlite_cast.ben_staff}/busy", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "A file whose name ends in .ics" in answer.text


def test_what_cannot_be_read_is_refused_beside_its_field(ben: Visitor, sqlite_cast: Cast) -> None:
    assert hand_in(ben, sqlite_cast.ben_staff, b"no calendar") == 422
    refused = ben.post(path(sqlite_cast.ben_staff), {"address": "file:///etc/passwd", "name": "Home"})
    assert refused.status_code == 422
    assert 'id="address-error"' in refused.text
    assert 'value="Home"' in refused.text


def test_an_address_waits_to_be_read_and_is_never_shown(ben: Visitor, sqlite_cast: Cast) -> None:
    sent = {"address": "webcal://calendar.example/secret-key.ics"}
    assert ben.post(path(sqlite_cast.ben_staff), sent).status_code == 302
    for page in (path(sqlite_cast.ben_staff), f"{path(sqlite_cast.ben_staff)}/list"):
        shown = ben.get(page).text
        assert "Being read" in shown
        assert "From calendar.example" in shown
        assert "secret-key" not in shown


def test_an_address_of_a_server_that_is_not_listed_is_refused_beside_its_field(
    settings: Settings, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    listed = replace(settings, calendar_hosts=("calendar.google.com", ".office365.com"))
    ben = Visitor(create_app(listed, sqlite, clock))
    ben.sign_in("ben@example.org")
    refused = ben.post(path(sqlite_cast.ben_staff), {"address": "https://calendar.google.com.example/x.ics"})
    assert refused.status_code == 422 and 'id="address-error"' in refused.text
    assert "not read from calendar.google.com.example, only from calendar.google.com, .office365.com" in refused.text
    assert "From calendar.google.com, .office365.com alone." in refused.text
    for each in ("https://Calendar.Google.com/x.ics", "webcal://outlook.office365.com/x.ics"):
        assert ben.post(path(sqlite_cast.ben_staff), {"address": each}).status_code == 302


def test_private_calendars_are_ones_own_and_the_coordinators(ada: Visitor, ben: Visitor, sqlite_cast: Cast) -> None:
    assert ada.get(path(sqlite_cast.ben_staff)).status_code == 200
    assert ben.get(path(sqlite_cast.dana_staff)).status_code == 403


def test_invitations_are_chosen_and_ended_on_the_page_of_feeds(ben: Visitor, sqlite_cast: Cast) -> None:
    feeds = f"/feeds/staff/{sqlite_cast.ben_staff}"
    assert "Send invitations" in ben.get(feeds).text
    assert ben.post(f"{feeds}/invitations", {"by_mail": "yes"}).status_code == 302
    assert "End invitations" in ben.get(feeds).text
    assert ben.post(f"{feeds}/invitations").status_code == 302
    assert "End invitations" not in ben.get(feeds).text
    assert ben.post(f"/feeds/staff/{sqlite_cast.dana_staff}/invitations", {"by_mail": "yes"}).status_code == 403
