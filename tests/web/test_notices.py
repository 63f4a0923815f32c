"""The log of notices and the outbox in the app: what each access sees and may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, Cast, add_user
from sqlalchemy import update
from visitor import HandClock, Visitor

from config import Settings
from coordinator.delivery.mail import PermanentFailure
from coordinator.delivery.outbox import OutboxMailer
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)


@pytest.fixture
def visit(sqlite: Database, sqlite_cast: Cast) -> int:
    """A visit on Friday at ten, with its four reminders."""
    with sqlite.write() as work:
        add_reminders(work, sqlite_cast.clinic_id)
        return book(work, sqlite_cast, NOW, START)


@pytest.fixture
def sent(sqlite: Database, visit: int, settings: Settings) -> int:
    """The patient's first reminder, written to the outbox."""
    when = START - timedelta(hours=48)
    deliver_due(Courier(sqlite, OutboxMailer(settings.outbox, settings.mail_from), lambda: when, "w1", 60))
    return next(each.id for each in ledger(sqlite) if each.recipient_kind == "patient")


def test_the_log_shows_each_message_with_its_fate_in_clinic_time(ada: Visitor, sent: int) -> None:
    page = ada.get("/notices").text
    assert page.count("Due</span>") == 2
    assert page.count("Sent</span>") == 2
    assert "p01" in page and "Ben Ito" in page
    assert "Visit on Fri, Jan 8, 10:00 AM" in page
    assert "48 hours before" in page


def test_the_log_can_be_filtered(ada: Visitor, sent: int) -> None:
    assert ada.get("/notices?status=sent").text.count("<tr>") == 3
    assert "No messages here" in ada.get("/notices?status=failed").text
    assert ada.get("/notices?status=nonsense&day=nonsense&page=99").status_code == 200
    page = ada.get("/notices?recipient=p01&day=2027-01-06&kind=visit_ahead").text
    assert page.count("<tr>") == 2
    assert 'value="p01"' in page and 'value="2027-01-06"' in page
    assert '<option value="visit_ahead" selected>' in page


def test_a_message_in_the_outbox_is_shown_as_text(ada: Visitor, sent: int) -> None:
    page = ada.get(f"/notices/{sent}").text
    assert "p01@example.org" in page
    assert "This is a reminder of your visit." in page
    assert "10:00 AM to 11:00 AM" in page


def test_what_a_mail_says_is_never_markup(ada: Visitor, sent: int, settings: Settings) -> None:
    (file, *_) = settings.outbox.iterdir()
    for each in settings.outbox.iterdir():
        each.write_bytes(b"Subject: <script>alert(1)</script>\r\nTo: p01@example.org\r\n\r\n<b>bold</b>\r\n")
    page = ada.get(f"/notices/{sent}").text
    assert file.exists()
    assert "<script>alert" not in page and "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


def test_another_clinics_messages_are_not_there(cy: Visitor, sent: int) -> None:
    assert "p01" not in cy.get("/notices").text
    missing = cy.get("/notices/99999")
    for answer in (cy.get(f"/notices/{sent}"), cy.post(f"/notices/{sent}/retry")):
        assert answer.status_code == missing.status_code == 404
    assert cy.get(f"/notices/{sent}").text.replace(str(sent), "99999") == missing.text.replace(str(sent), "99999")


def test_a_clinician_does_not_see_the_log(ben: Visitor, sent: int) -> None:
    assert ben.get("/notices").status_code == 403
    assert ben.get(f"/notices/{sent}").status_code == 403


def test_an_auditor_reads_the_log_but_no_mail(
    sqlite: Database, sqlite_cast: Cast, sent: int, visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "may@example.org", "May Hall", Access.AUDITOR, NOW)
    may = visitor("may@example.org")
    page = may.get(f"/notices/{sent}").text
    assert "p01" in page and "p01@example.org" not in page
    assert may.post(f"/notices/{sent}/retry").status_code == 403


def test_a_message_that_failed_can_be_tried_again(
    ada: Visitor, sqlite: Database, visit: int, settings: Settings
) -> None:
    with sqlite.write() as work:
        work.session.execute(update(PatientRecord).values(email=""))
    when = START - timedelta(hours=48)
    courier = Courier(sqlite, OutboxMailer(settings.outbox, settings.mail_from), lambda: when, "w1", 60)
    deliver_due(courier)
    failed = next(each for each in ledger(sqlite) if each.status == "failed")
    assert "Try again" in ada.get(f"/notices/{failed.id}").text
    with sqlite.write() as work:
        work.session.execute(update(PatientRecord).values(email="p01@example.org"))
    assert ada.post(f"/notices/{failed.id}/retry").status_code == 302
    assert deliver_due(courier) == 1
    assert next(each for each in ledger(sqlite) if each.id == failed.id).status == "sent"


def test_a_message_that_left_is_not_tried_again(ada: Visitor, sqlite: Database, sent: int) -> None:
    answer = ada.post(f"/notices/{sent}/retry", follow_redirects=True)
    assert "Only a message that failed can be tried again" in answer.text
    assert next(each for each in ledger(sqlite) if each.id == sent).status == "sent"


@pytest.fixture
def refused(sqlite: Database, visit: int) -> list[int]:
    """Two reminders that the mail server refused."""
    deny = RecordingMailer(lambda _mail: PermanentFailure("550 relaying denied"))
    deliver_due(Courier(sqlite, deny, lambda: START - timedelta(hours=48), "w1", 60))
    return [each.id for each in ledger(sqlite) if each.status == "failed"]


def test_several_messages_are_ticked_looked_at_and_sent_again_together(
    ada: Visitor, sqlite: Database, refused: list[int], clock: HandClock
) -> None:
    clock.at = START - timedelta(hours=47)
    ada.sign_in("ada@example.org")
    log = ada.get("/notices?status=failed").text
    assert [f'name="notice" value="{each}"' in log for each in refused] == [True, True]
    asked = ada.get("/notices/again", query_string={"notice": refused})
    assert "Send 2 messages again?" in asked.text and "550 relaying denied" in asked.text
    assert {each.status for each in ledger(sqlite) if each.id in refused} == {"failed"}
    done = ada.post("/notices/again", {"notice": refused}, follow_redirects=True)
    assert "Queued again: 2 messages" in done.text
    assert {each.status for each in ledger(sqlite) if each.id in refused} == {"queued"}
    twice = ada.post("/notices/again", {"notice": refused}, follow_redirects=True)
    assert "Left alone: 2 messages" in twice.text


def test_what_is_of_no_use_is_said_before_anything_is_sent(
    ada: Visitor, sqlite: Database, refused: list[int], clock: HandClock
) -> None:
    clock.at = START
    ada.sign_in("ada@example.org")
    asked = ada.get("/notices/again", query_string={"notice": refused}).text
    assert "Nothing to send again" in asked and "2 messages are of no use any more" in asked
    assert asked.count("Its time has passed.") == 2
    assert 'action="/notices/again"' not in asked


def test_nothing_ticked_leads_back_to_the_log(ada: Visitor, refused: list[int]) -> None:
    assert "Nothing was chosen" in ada.get("/notices/again", follow_redirects=True).text


def test_who_only_reads_the_log_ticks_nothing(
    sqlite: Database, sqlite_cast: Cast, refused: list[int], visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "may@example.org", "May Hall", Access.AUDITOR, NOW)
    may = visitor("may@example.org")
    assert 'name="notice"' not in may.get("/notices").text
    assert may.post("/notices/again", {"notice": refused}).status_code == 403


def test_another_clinic_ticks_none_of_it(cy: Visitor, refused: list[int]) -> None:
    missing = cy.post("/notices/again", {"notice": [99999]})
    answer = cy.post("/notices/again", {"notice": refused})
    assert (answer.status_code, answer.text) == (missing.status_code, missing.text)
    assert answer.status_code == 404
