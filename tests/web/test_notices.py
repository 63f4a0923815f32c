"""The log of notices and the outbox in the app: what each access sees and may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, Cast, add_user
from sqlalchemy import update
from visitor import Visitor

from config import Settings
from coordinator.delivery.outbox import OutboxMailer
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
