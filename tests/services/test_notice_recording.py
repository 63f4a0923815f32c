"""A mail that the server took is sent once, also where the database is busy when that is to be recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, Cast

from coordinator.delivery.recording import RecordingMailer
from coordinator.services import notice_delivery
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store import notice_queue
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)


def test_a_busy_database_does_not_send_a_mail_twice(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        book(work, cast, NOW, START)
    real, failures, pauses = notice_queue.note_sent, [OSError("busy"), OSError("busy")], list[float]()

    def busy(*arguments: Any) -> None:
        if failures:
            raise failures.pop()
        real(*arguments)

    monkeypatch.setattr(notice_queue, "note_sent", busy)
    mailer, at = RecordingMailer(), START - timedelta(hours=48)
    deliver_due(Courier(database, mailer, lambda: at, "w1", lease_seconds=60, sleep=pauses.append))
    assert pauses == list(notice_delivery.RECORDING_PAUSES[:2])
    assert len(mailer.sent) == 2
    assert sum(each.status == "sent" for each in ledger(database)) == 2
