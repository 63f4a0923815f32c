"""Reminders against a real mail server that asks to wait, refuses, hangs, or is away; on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, Cast
from mail_server import MailServer, free_port, running

from coordinator.delivery.smtp import SmtpMailer
from coordinator.services import notice_items
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
DUE = START - timedelta(hours=48)
PATIENT, STAFF = "p01@example.org", "th-ben@example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def _booked(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        book(work, cast, NOW, START)


def deliver(database: Database, server: MailServer | str, at: datetime) -> None:
    """As a worker does that has just been started; a server may be given by its address alone."""
    url = server if isinstance(server, str) else server.url
    mailer = SmtpMailer(url, "Harbor Clinic <clinic@example.org>", seconds=3)
    deliver_due(Courier(database, mailer, lambda: at, "w1", 60))


def patients_first(database: Database) -> NoticeRecord:
    return next(each for each in ledger(database) if each.recipient_kind == "patient")


def test_busy_twice_then_taken(database: Database, server: MailServer) -> None:
    replies = iter(["451 busy", "451 busy"])
    server.on_recipient = lambda address: next(replies, "250 OK") if address == PATIENT else "250 OK"
    for minutes in (0, 1, 6, 30, 60):
        deliver(database, server, DUE + timedelta(minutes=minutes))
    found = patients_first(database)
    assert [each["result"] for each in found.attempts] == ["later", "later", "sent"]
    assert sorted(message["To"] for message in server.messages) == [PATIENT, STAFF]


def test_an_unknown_recipient_is_tried_once_and_the_others_are_served(
    database: Database, cast: Cast, server: MailServer
) -> None:
    server.on_recipient = lambda address: "550 no such user" if address == PATIENT else "250 OK"
    deliver(database, server, DUE)
    with database.read() as work:
        (item,) = notice_items.failed_notices(work, cast.ada, DUE, None)
    assert (item.title, "550 no such user" in item.detail) == ("p01: a reminder failed", True)
    for hours in (0, 10, 20):
        deliver(database, server, DUE + timedelta(hours=hours))
    found = patients_first(database)
    assert (found.status, len(found.attempts)) == ("failed", 1)
    assert "550 no such user" in found.reason
    assert [message["To"] for message in server.messages] == [STAFF]


def test_a_server_away_for_six_hours_gets_what_is_still_of_use_when_it_is_back(
    database: Database, cast: Cast, server: MailServer
) -> None:
    away = f"smtp://127.0.0.1:{free_port()}"
    gone, back = DUE, DUE + timedelta(hours=6)
    with database.write() as work:
        begun = book(work, cast, NOW, gone + timedelta(hours=5), "begun")
        ahead = book(work, cast, NOW, gone + timedelta(hours=7), "ahead")
    for minutes in range(0, 6 * 60, 30):
        deliver(database, away, gone + timedelta(minutes=minutes))
    assert not server.messages
    for minutes in range(0, 120, 30):
        deliver(database, server, back + timedelta(minutes=minutes))
    ends = {(each.visit_id, each.status) for each in ledger(database) if each.due_at <= back}
    assert {status for visit, status in ends if visit == begun} == {"expired"}
    assert {status for visit, status in ends if visit == ahead} == {"sent"}
    sent = {each.message_id for each in ledger(database) if each.status == "sent"}
    assert sorted(server.ids) == sorted(f"<{each}@example.org>" for each in sent)


def test_a_hanging_recipient_delays_the_others_by_its_time_only(database: Database, server: MailServer) -> None:
    server.hangs_on = PATIENT
    began = time.monotonic()
    deliver(database, server, DUE)
    assert time.monotonic() - began < 20
    assert [message["To"] for message in server.messages] == [STAFF]
    assert patients_first(database).status == "queued"
    server.hangs_on = ""
    deliver(database, server, DUE + timedelta(minutes=1))
    assert sorted(message["To"] for message in server.messages) == [PATIENT, STAFF]


def test_a_mail_that_was_taken_without_an_answer_is_repeated_with_the_same_message_id(
    database: Database, server: MailServer
) -> None:
    server.hang_on_data = True
    deliver(database, server, DUE)
    server.hang_on_data = False
    deliver(database, server, DUE + timedelta(minutes=1))
    deliver(database, server, DUE + timedelta(minutes=9))
    assert {each.status for each in ledger(database)[:2]} == {"sent"}
    assert len(server.ids) == 4
    assert len(set(server.ids)) == 2
