"""The pages where people manage feeds: the address is shown once, to who may see it, and nowhere else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cast import NOW, Cast
from flask import Flask
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.users import MembershipRecord
from coordinator.web.context import NAME

ADDRESS = re.compile(r'value="http://127\.0\.0\.1:5000(/calendars/[\w-]{43}\.ics)"')


def make(visitor: Visitor, staff_id: int, **typed: str) -> str:
    """Adds a feed; the path of its address."""
    page = visitor.post(f"/feeds/staff/{staff_id}", {"name": "Phone", "privacy": "busy", **typed})
    assert page.status_code == 200
    found = ADDRESS.search(page.text)
    assert found
    return found[1]


def test_a_new_feed_shows_its_address_once_in_every_form(ada: Visitor, anybody: Visitor, sqlite_cast: Cast) -> None:
    page = ada.post(f"/feeds/staff/{sqlite_cast.ben_staff}", {"name": "Phone", "privacy": "busy"})
    found = ADDRESS.search(page.text)
    assert found
    for part in (
        'href="webcal://127.0.0.1:5000/calendars/',
        "calendar.google.com",
        "outlook.live.com",
        "<svg",
        "hours",
    ):
        assert part in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert anybody.get(found[1]).status_code == 200
    token = found[1].split("/")[2].removesuffix(".ics")
    for again in (f"/feeds/staff/{sqlite_cast.ben_staff}", "/feeds"):
        assert token not in ada.get(again).text


def test_a_feed_is_handed_out_in_two_clicks(ada: Visitor, sqlite_cast: Cast) -> None:
    """Feeds in the menu, and the button beside a person: the address is next."""
    button = f'<form method="post" action="/feeds/staff/{sqlite_cast.ben_staff}"'
    assert button in ada.get("/feeds").text
    page = ada.post(f"/feeds/staff/{sqlite_cast.ben_staff}", {}).text
    assert ADDRESS.search(page)
    assert "The calendar of <bdi>Ben Ito</bdi>" in page
    assert "called “<bdi>Harbor Clinic</bdi>” and shows “Clinic visit” and its time" in page


def test_a_feed_that_cannot_be_is_refused_beside_its_field(ada: Visitor, sqlite_cast: Cast) -> None:
    path = f"/feeds/staff/{sqlite_cast.ben_staff}"
    named = ada.post(path, {"name": "Ketamine work", "privacy": "busy"})
    assert named.status_code == 422
    assert "“Ketamine” in a calendar" in named.text
    assert 'value="Ketamine work"' in named.text
    high = ada.post(path, {"name": "Work", "privacy": "full"})
    assert high.status_code == 422
    assert "ask an administrator" in high.text


def test_a_feed_with_no_name_takes_the_clinics(ada: Visitor, anybody: Visitor, sqlite_cast: Cast) -> None:
    assert b"X-WR-CALNAME:Harbor Clinic" in anybody.get(make(ada, sqlite_cast.ben_staff, name="")).data


def test_rotating_kills_the_old_address_and_shows_the_new(ada: Visitor, anybody: Visitor, sqlite_cast: Cast) -> None:
    old = make(ada, sqlite_cast.ben_staff)
    found = ADDRESS.search(ada.post("/feeds/1/rotate").text)
    assert found
    assert anybody.get(old).status_code == 404
    assert anybody.get(found[1]).status_code == 200


def test_revoking_ends_it_and_says_so(ada: Visitor, anybody: Visitor, sqlite_cast: Cast) -> None:
    address = make(ada, sqlite_cast.ben_staff)
    answer = ada.post("/feeds/1/revoke", follow_redirects=True)
    assert "The feed is revoked" in answer.text
    assert "No feed yet" in answer.text
    assert anybody.get(address).status_code == 404
    assert ada.post("/feeds/1/revoke").status_code == 404


def test_the_list_says_who_fetched_when_and_how_often(
    app: Flask, ada: Visitor, anybody: Visitor, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    address = make(ada, sqlite_cast.ben_staff)
    assert "Never fetched" in ada.get(f"/feeds/staff/{sqlite_cast.ben_staff}").text
    clock.forward(minutes=30)
    anybody.get(address, headers={"User-Agent": "Google-Calendar-Importer"})
    app.extensions[NAME].fetches.flush(sqlite, clock())
    page = ada.get(f"/feeds/staff/{sqlite_cast.ben_staff}").text
    assert re.search(r"Last fetched Jan 4, 2027, 7:30 AM by Google Calendar,\s+1 time in all", page)
    assert "Jan 4, 2027, 7:30 AM by Google Calendar" in ada.get("/feeds").text


def test_a_clinician_sees_and_manages_her_own_alone(ada: Visitor, ben: Visitor, sqlite_cast: Cast) -> None:
    make(ada, sqlite_cast.dana_staff)
    make(ben, sqlite_cast.ben_staff)
    overview = ben.get("/feeds").text
    assert "Ben Ito" in overview
    assert "Dana Roy" not in overview
    assert ben.get(f"/feeds/staff/{sqlite_cast.dana_staff}").status_code == 403
    assert ben.post(f"/feeds/staff/{sqlite_cast.dana_staff}", {"privacy": "busy"}).status_code == 403
    assert ben.post("/feeds/1/rotate").status_code == 403
    assert ben.post("/feeds/1/revoke").status_code == 403
    assert ben.post("/feeds/2/revoke").status_code == 302


def test_another_clinics_feeds_answer_like_ones_that_are_not_there(
    ada: Visitor, cy: Visitor, sqlite_cast: Cast
) -> None:
    make(ada, sqlite_cast.ben_staff)
    assert cy.get(f"/feeds/staff/{sqlite_cast.ben_staff}").status_code == 404
    for real, absent in (("/feeds/1/rotate", "/feeds/99/rotate"), ("/feeds/1/revoke", "/feeds/99/revoke")):
        assert cy.post(real).status_code == cy.post(absent).status_code == 404
        assert cy.post(real).data == cy.post(absent).data


@pytest.mark.parametrize("path", ["/feeds", "/feeds/staff/1"])
def test_nobody_sees_feeds_without_signing_in(anybody: Visitor, sqlite_cast: Cast, path: str) -> None:
    assert anybody.get(path).status_code == 302


def test_a_feed_needs_our_own_form(ada: Visitor, sqlite_cast: Cast) -> None:
    assert ada.client.post(f"/feeds/staff/{sqlite_cast.ben_staff}", data={"privacy": "busy"}).status_code == 400


def test_who_has_left_has_no_page_and_no_calendar(
    ada: Visitor, anybody: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    address = make(ada, sqlite_cast.ben_staff)
    with sqlite.write() as work:
        work.session.get_one(StaffRecord, sqlite_cast.ben_staff).left_at = NOW - timedelta(seconds=1)
    assert anybody.get(address).status_code == 404
    assert ada.get(f"/feeds/staff/{sqlite_cast.ben_staff}").status_code == 404


def test_an_administrator_decides_what_feeds_may_show(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    assert ada.get("/feeds/policy").status_code == 403
    assert "/feeds/policy" not in ada.get("/feeds").text
    with sqlite.write() as work:
        _of(work, sqlite_cast).access = "administrator"
    assert "/feeds/policy" in ada.get("/feeds").text
    refused = ada.post("/feeds/policy", {"ceiling": "code", "hosts": "google"})
    assert refused.status_code == 422
    assert "Confirm that your agreements cover these hosts" in refused.text
    assert ada.post("/feeds/policy", {"ceiling": "code", "hosts": "google", "agreed": "yes"}).status_code == 302
    assert 'value="code" checked' in ada.get("/feeds/policy").text
    make(ada, sqlite_cast.ben_staff, privacy="code")


def _of(work: Work, cast: Cast) -> MembershipRecord:
    return work.session.scalars(select(MembershipRecord).where(MembershipRecord.user_id == cast.ada.user_id)).one()
