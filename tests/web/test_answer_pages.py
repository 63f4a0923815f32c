"""The page of a message's link: nothing on it beyond the time and the clinic, and nothing done by opening it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book
from cast import NOW, Cast
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.services import patient_answers
from coordinator.store.notices import NoticeRecord
from coordinator.store.patient_answers import PatientAnswerRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)


@pytest.fixture
def visit(sqlite: Database, sqlite_cast: Cast) -> int:
    with sqlite.write() as work:
        add_reminders(work, sqlite_cast.clinic_id)
        return book(work, sqlite_cast, NOW, START)


@pytest.fixture
def address(sqlite: Database, visit: int) -> str:
    """The path of the link in Pat's reminder."""
    with sqlite.read() as work:
        notice = work.session.scalars(select(NoticeRecord).where(NoticeRecord.recipient_kind == "patient")).first()
        assert notice is not None
        return patient_answers.links(work, "https://clinic.example")(notice).removeprefix("https://clinic.example")


def given(sqlite: Database) -> list[str]:
    with sqlite.read() as work:
        return list(work.session.scalars(select(PatientAnswerRecord.answer)))


def test_opening_the_link_shows_little_and_does_nothing(anybody: Visitor, address: str, sqlite: Database) -> None:
    answer = anybody.get(address)
    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert "no-store" in answer.headers["Cache-Control"]
    for shown in ("Harbor Clinic", "Friday, January 8, 2027", "10:00 AM", "Los Angeles time"):
        assert shown in answer.text
    said = re.sub(r"[\w.-]{30,}", "", answer.text)  # a secret may hold any three letters
    for kept in ("Pat", "p01", "Ben", "reparation", "Therapy room", "ketamine", "Sign in"):
        assert kept not in said
    assert given(sqlite) == []


def test_an_answer_is_kept_shown_and_seen_to(
    anybody: Visitor, ada: Visitor, address: str, visit: int, sqlite: Database
) -> None:
    sent = {"visit": visit, "time": START.isoformat(), "answer": "call"}
    assert anybody.post(address, sent).status_code == 302
    assert "You asked to be called." in anybody.get(address).text
    assert given(sqlite) == ["call"]
    assert "p01 Pat Lee asks to be called" in ada.get("/").text
    page = ada.get(f"/visits/{visit}").text
    assert "Asks to be called" in page
    assert ada.post("/patient-answers/1/settle", {"next": "visit"}).location == f"/visits/{visit}"
    assert "Seen to</span>" in ada.get(f"/visits/{visit}").text
    assert "asks to be called" not in ada.get("/").text


def test_a_clinician_does_not_see_to_answers(anybody: Visitor, ben: Visitor, address: str, visit: int) -> None:
    anybody.post(address, {"visit": visit, "time": START.isoformat(), "answer": "call"})
    assert ben.post("/patient-answers/1/settle").status_code == 403


def test_refusals_say_what_to_do(anybody: Visitor, address: str, visit: int, clock: HandClock) -> None:
    assert anybody.post(address, {"visit": visit, "time": "2027-01-07", "answer": "confirmed"}).status_code == 409
    wrong = anybody.post(address, {"visit": visit, "time": START.isoformat(), "answer": ""})
    assert "Choose one of the answers." in wrong.text
    assert anybody.client.post(address, data={"visit": visit}).status_code == 400, "a form carries a token"
    clock.at = START + timedelta(minutes=1)
    gone = anybody.get(address)
    assert gone.status_code == 404
    assert "Please call the clinic." in gone.text
    assert anybody.get("/answer/nonsense").data == gone.data
