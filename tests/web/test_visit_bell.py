"""The bell on a visit: each message with its state, its way, its recipient and every attempt."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, ledger
from cast import NOW, Cast
from visitor import Visitor

from coordinator.delivery.mail import Mail, Outcome, PermanentFailure, Sent, TemporaryFailure
from coordinator.delivery.recording import RecordingMailer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
DUE = START - timedelta(hours=48)


@pytest.fixture
def visit(sqlite: Database, sqlite_cast: Cast) -> int:
    """A visit with four reminders, two of them due."""
    with sqlite.write() as work:
        add_reminders(work, sqlite_cast.clinic_id)
        return book(work, sqlite_cast, NOW, START)


def deliver(database: Database, answer: Callable[[Mail], Outcome], at: datetime) -> None:
    deliver_due(Courier(database, RecordingMailer(answer), lambda: at, "w1", 60))


def busy(mail: Mail) -> Outcome:
    return TemporaryFailure("451 mailbox busy") if mail.to == "p01@example.org" else Sent("250 taken as A17")


def refusing(mail: Mail) -> Outcome:
    return PermanentFailure("550 no such user") if mail.to == "p01@example.org" else Sent("250 taken as A17")


def panel(visitor: Visitor, visit: int) -> str:
    """The panel's words, with the spaces as one reads them."""
    page = visitor.get(f"/visits/{visit}").text
    (found,) = re.findall(r'<h2 id="notices">.*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_each_attempt_says_when_it_was_and_what_the_server_answered(ada: Visitor, sqlite: Database, visit: int) -> None:
    deliver(sqlite, busy, DUE)
    deliver(sqlite, refusing, DUE + timedelta(minutes=1))
    text = panel(ada, visit)
    assert "1 to look at, 1 sent, 2 to come" in text
    assert "Patient p01 48 hours before, by mail Failed Jan 6, 2027, 10:01 AM. 550 no such user" in text
    assert "Jan 6, 2027, 10:00 AM: Put off 451 mailbox busy Jan 6, 2027, 10:01 AM: Failed 550 no such user" in text
    assert "Staff Ben Ito 48 hours before, by mail Sent Left Jan 6, 2027, 10:00 AM" in text
    assert "10:00 AM: Taken 250 taken as A17" in text
    assert "Due Leaves Jan 8, 2027, 8:00 AM" in text
    first = next(each.id for each in ledger(sqlite) if each.recipient_kind == "patient")
    assert f'href="/notices/{first}"' in ada.get(f"/visits/{visit}").text


def test_one_that_waits_says_for_when_and_why(ada: Visitor, sqlite: Database, visit: int) -> None:
    deliver(sqlite, busy, DUE)
    assert "Waits; next try Jan 6, 2027, 10:01 AM. 451 mailbox busy" in panel(ada, visit)


def test_one_that_was_withdrawn_says_why_and_counts_no_more(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, visit: int
) -> None:
    with sqlite.write() as work:
        cancel(work, sqlite_cast, NOW, visit)
    text = panel(ada, visit)
    assert text.startswith("Messages Patient p01")
    assert text.count("Withdrawn Jan 4, 2027, 7:00 AM. The visit was canceled.") == 4
    assert 'class="bell' not in ada.get(f"/visits/{visit}").text


def test_the_program_and_the_schedules_card_show_the_bell_with_its_count(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, visit: int
) -> None:
    deliver(sqlite, refusing, DUE)
    pages = (f"/enrollments/{sqlite_cast.first}", f"/draft/card?enrollment={sqlite_cast.first}&visit=p1")
    for address in pages:
        text = ada.get(address).text
        assert f'class="bell bell-amiss" href="/visits/{visit}#notices"' in text, address
        assert "1 of 4" in text and "messages: 1 to look at, 1 sent, 2 to come" in text


def test_who_works_at_the_visit_sees_the_bell_but_no_way_into_the_log(ben: Visitor, visit: int) -> None:
    assert "4 to come" in panel(ben, visit)
    assert "/notices/" not in ben.get(f"/visits/{visit}").text


def test_another_clinics_program_page_counts_none_of_it(cy: Visitor, sqlite_cast: Cast, visit: int) -> None:
    assert cy.get(f"/visits/{visit}").status_code == 404
    assert cy.get(f"/draft/card?enrollment={sqlite_cast.first}&visit=p1").status_code == 404


def test_the_schedule_marks_only_visits_of_which_somebody_should_look_at_a_message(
    ada: Visitor, sqlite: Database, visit: int
) -> None:
    def bells() -> list[str | None]:
        found = ada.get("/schedule/data?rows=staff&first=2027-01-08&last=2027-01-08").json
        assert found is not None
        return [each.get("bell") for each in found["visits"]]

    assert bells() == [None]
    deliver(sqlite, refusing, DUE)
    assert bells() == ["4 messages: 1 to look at, 1 sent, 2 to come"]
