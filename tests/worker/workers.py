"""Real workers for tests: processes with a clock that is ahead, a real mail server, and leases of a second."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from booking import ledger
from mail_server import MailServer

from coordinator.store.unit_of_work import Database

SECRET = "a-secret-key-for-tests-only-0123456789"
"""As in the fixtures that make databases."""

SCRIPT = Path(__file__).with_name("run_shifted.py")
PATIENCE = 120.0
"""Seconds that a busy machine may need."""


def shifted(clock: datetime) -> timedelta:
    """How far ahead a clock is that shows `clock` now; the same for all workers of a test."""
    return clock - datetime.now(UTC)


def start_worker(database: Database, server: MailServer, folder: Path, ahead: timedelta) -> subprocess.Popen[bytes]:
    """A worker whose clock is ahead, with leases of a second."""
    settings = {
        "COORDINATOR_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "COORDINATOR_SECRET_KEY": SECRET,
        "COORDINATOR_SMTP_URL": server.url,
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_MAIL_FROM": "Harbor Clinic <clinic@example.org>",
        "COORDINATOR_LEASE_SECONDS": "1",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
    command = [sys.executable, str(SCRIPT), str(ahead.total_seconds())]
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(command, env=kept | settings, stderr=log, stdout=log)


@contextmanager
def working(database: Database, server: MailServer, folder: Path, ahead: timedelta) -> Iterator[None]:
    worker = start_worker(database, server, folder, ahead)
    try:
        yield
    finally:
        worker.terminate()
        assert worker.wait(30) == 0


def until_settled(database: Database, seconds: float = PATIENCE) -> Counter[str]:
    """Waits until nothing is queued or leased; how many ended how."""
    deadline = time.monotonic() + seconds
    while True:
        statuses = Counter(each.status for each in ledger(database))
        if not statuses.keys() & {"queued", "leased"} or time.monotonic() > deadline:
            return statuses
        time.sleep(0.1)


def until_more_arrive(server: MailServer) -> None:
    """Waits for the next mail."""
    before, deadline = len(server.ids), time.monotonic() + PATIENCE / 2
    while len(server.ids) == before and time.monotonic() < deadline:
        time.sleep(0.01)


def due(database: Database, now: datetime) -> bool:
    return any(each.status in ("queued", "leased") and each.due_at <= now for each in ledger(database))
