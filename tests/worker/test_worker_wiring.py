"""The worker's own parts: which way mail goes, and one clock among several workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cast import NOW

from config import Settings
from coordinator import worker
from coordinator.delivery.outbox import OutboxMailer
from coordinator.delivery.smtp import SmtpMailer
from coordinator.store.unit_of_work import Database

SETTINGS = Settings(
    database_url="sqlite://",
    secret_key="a-secret-key-for-tests-only-0123456789",
    smtp_url=None,
    base_url="http://127.0.0.1:5000",
    data_dir=Path("unused"),
    mail_from="Coordinator <coordinator@localhost>",
    lease_seconds=60,
)


def test_mail_goes_to_the_outbox_until_a_server_is_set() -> None:
    assert isinstance(worker.mailer(SETTINGS), OutboxMailer)
    assert isinstance(worker.mailer(replace(SETTINGS, smtp_url="smtp://mail.example.org:587")), SmtpMailer)


def test_one_of_several_workers_keeps_house_and_another_follows(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOW
    kept: list[str] = []

    def hire(name: str) -> Callable[[], None]:
        def tick() -> None:
            monkeypatch.setattr(worker, "keep_house", lambda _database, _now: kept.append(name))
            made.tick()

        settings = replace(SETTINGS, database_url=sqlite.url)
        made = worker.hire(settings, threading.Event(), lambda: now)
        return tick

    first, second = hire("first"), hire("second")
    first()
    second()
    now += timedelta(seconds=59)
    second()
    assert kept == ["first"]
    now += timedelta(seconds=1)
    second()
    first()
    assert kept == ["first", "second"]
