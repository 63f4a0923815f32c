"""Long runs of reminders, sent by a process of their own: in order, each once, none withdrawn on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, ledger
from cast import NOW, Cast
from mail_server import MailServer, running

from coordinator.delivery.mail_process import MailProcess
from coordinator.delivery.smtp import SmtpMailer
from coordinator.services.notice_delivery import MANY, Courier, deliver_due
from coordinator.services.notice_run import AT_ONCE
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
SENDER = "Harbor Clinic <clinic@example.org>"
DUE = START - timedelta(hours=48)
VISITS = MANY // 2 + 3
"""Each has a patient and a therapist who are told two days ahead."""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


@pytest.fixture
def many(server: MailServer) -> Iterator[MailProcess]:
    found = MailProcess(server.url, SENDER, 3)
    yield found
    found.stop()


@pytest.fixture
def visits(database: Database, cast: Cast) -> list[int]:
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        return [book(work, cast, NOW, START, f"v{number}") for number in range(VISITS)]


def deliver(database: Database, server: MailServer, many: MailProcess, most: int = 1_000) -> int:
    """As a worker does that is told to stop when so many have arrived. What a slow machine leaves of a run may go
    without the process.
    """
    mailer = SmtpMailer(server.url, SENDER)
    return deliver_due(
        Courier(database, mailer, lambda: DUE, "w1", 60, going_on=lambda: len(server.ids) < most, many=many)
    )


def arrived(database: Database, server: MailServer) -> None:
    """What the ledger says was sent is what the server has, each once."""
    sent = [each for each in ledger(database) if each.status == "sent"]
    assert sorted(server.ids) == sorted(f"<{each.message_id}@example.org>" for each in sent)
    assert all([attempt["result"] for attempt in each.attempts] == ["sent"] for each in sent)


def test_all_leave_once_in_order(database: Database, visits: list[int], server: MailServer, many: MailProcess) -> None:
    assert deliver(database, server, many) == 2 * VISITS
    arrived(database, server)
    due = [each for each in ledger(database) if each.due_at <= DUE]
    assert server.ids == [f"<{each.message_id}@example.org>" for each in sorted(due, key=lambda each: each.id)]
    assert many.pid is not None, "a process of its own sent them"


def test_a_visit_canceled_while_the_mail_before_is_on_its_way_is_not_told_of(
    database: Database, cast: Cast, visits: list[int], server: MailServer, many: MailProcess
) -> None:
    def cancel_the_third() -> str:
        if len(server.ids) == 3:
            with database.write() as work:
                cancel(work, cast, DUE, visits[2])
            time.sleep(2 * AT_ONCE)
        return "250 OK"

    server.on_data = cancel_the_third
    deliver(database, server, many)
    arrived(database, server)
    assert len(server.ids) == 2 * (VISITS - 1)
    of_the_third = [each for each in ledger(database) if each.visit_id == visits[2]]
    assert {each.status for each in of_the_third} == {"withdrawn"}
    assert [each.attempts for each in of_the_third] == [[]] * len(of_the_third), "none was tried"


def test_a_worker_told_to_stop_in_the_middle_leaves_the_rest_as_it_was(
    database: Database, visits: list[int], server: MailServer, many: MailProcess
) -> None:
    deliver(database, server, many, most=5)
    arrived(database, server)
    assert len(server.ids) == 5
    waiting = [each for each in ledger(database) if each.status == "queued"]
    assert [each.attempts for each in waiting] == [[]] * len(waiting)
    assert {(each.tries, each.leased_by) for each in waiting} == {(0, None)}
    deliver(database, server, many)
    arrived(database, server)
    assert len(server.ids) == 2 * VISITS
