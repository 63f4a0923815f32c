"""Real workers, a real mail server, and SIGKILL: no reminder lost, none stale, and none sent twice but by a crash."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from booking import book, cancel, ledger, move
from cast import Cast
from conftest import SECRET
from mail_server import MailServer, running

from coordinator.store.notices import add_default_rules
from coordinator.store.unit_of_work import Database

SCRIPT = Path(__file__).with_name("run_shifted.py")
VISITS = 30
PATIENCE = 60.0
"""Seconds that a busy machine may need."""

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
BOOKED_AT = START - timedelta(days=7)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


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


def owe_many(database: Database, cast: Cast) -> list[int]:
    """VISITS visits at the same time, each owing four notices."""
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
        return [book(work, cast, BOOKED_AT, START, f"v{number}") for number in range(VISITS)]


def until_more_arrive(server: MailServer) -> None:
    """Waits for the next mail."""
    before, deadline = len(server.ids), time.monotonic() + PATIENCE / 2
    while len(server.ids) == before and time.monotonic() < deadline:
        time.sleep(0.01)


def kill_repeatedly(
    database: Database, server: MailServer, folder: Path, ahead: timedelta, kills: int, chance: random.Random
) -> None:
    """Starts a worker and kills it at a random moment of its sending, again and again."""
    for _ in range(kills):
        worker = start_worker(database, server, folder, ahead)
        until_more_arrive(server)
        time.sleep(chance.uniform(0, 0.05))
        worker.kill()
        worker.wait()


def test_reminders_survive_ten_kills(sqlite: Database, sqlite_cast: Cast, server: MailServer, tmp_path: Path) -> None:
    kills = 10
    visits = owe_many(sqlite, sqlite_cast)
    moved, canceled = set(visits[:5]), set(visits[5:10])
    with sqlite.write() as work:
        for each in moved:
            move(work, sqlite_cast, BOOKED_AT, each, START + timedelta(days=3))
        for each in canceled:
            cancel(work, sqlite_cast, BOOKED_AT, each)
    now = START - timedelta(hours=47)
    ahead = shifted(now)
    kill_repeatedly(sqlite, server, tmp_path, ahead, kills, random.Random(7))
    with working(sqlite, server, tmp_path, ahead):
        deadline = time.monotonic() + PATIENCE
        while due(sqlite, now) and time.monotonic() < deadline:
            time.sleep(0.1)

    sent = [each for each in ledger(sqlite) if each.status == "sent"]
    assert {each.visit_id for each in sent} == set(visits) - moved - canceled
    assert len(sent) == 2 * (VISITS - 10)
    arrived = Counter(server.ids)
    assert set(arrived) == {f"<{each.message_id}@example.org>" for each in sent}
    assert arrived.total() - len(arrived) <= 2 * kills


def due(database: Database, now: datetime) -> bool:
    return any(each.status in ("queued", "leased") and each.due_at <= now for each in ledger(database))


@pytest.mark.soak
def test_reminders_survive_two_hundred_kills(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    kills = 200
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
        for number in range(500):
            book(work, cast, BOOKED_AT, START, f"v{number}")
    now = START - timedelta(hours=47)
    ahead = shifted(now)
    kill_repeatedly(database, server, tmp_path, ahead, kills, random.Random(11))
    with working(database, server, tmp_path, ahead):
        deadline = time.monotonic() + 5 * PATIENCE
        while due(database, now) and time.monotonic() < deadline:
            time.sleep(0.5)
    arrived = Counter(server.ids)
    assert len(arrived) == 1000
    assert arrived.total() - len(arrived) <= 2 * kills


def test_two_workers_together_send_each_reminder_once(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    owe_many(database, cast)
    now = START - timedelta(hours=47)
    ahead = shifted(now)
    with working(database, server, tmp_path, ahead), working(database, server, tmp_path, ahead):
        deadline = time.monotonic() + PATIENCE
        while due(database, now) and time.monotonic() < deadline:
            time.sleep(0.1)
    assert len(server.ids) == len(set(server.ids)) == 2 * VISITS


def test_a_worker_told_to_stop_ends_in_order_and_the_next_goes_on(
    sqlite: Database, sqlite_cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    owe_many(sqlite, sqlite_cast)
    ahead = shifted(START - timedelta(hours=1))
    for _ in range(3):
        with working(sqlite, server, tmp_path, ahead):
            until_more_arrive(server)
    with working(sqlite, server, tmp_path, ahead):
        assert until_settled(sqlite) == {"sent": 4 * VISITS}
    assert len(server.ids) == len(set(server.ids)) == 4 * VISITS
