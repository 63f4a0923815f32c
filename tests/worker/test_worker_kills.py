"""Real workers, a real mail server, and SIGKILL: no reminder lost, none stale, and none sent twice but by a crash."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from booking import add_reminders, book, cancel, ledger, move
from cast import Cast
from mail_server import MailServer, running
from workers import PATIENCE, due, shifted, start_worker, until_more_arrive, until_settled, working

from coordinator.store.unit_of_work import Database

VISITS = 30
START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
BOOKED_AT = START - timedelta(days=7)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


def owe_many(database: Database, cast: Cast) -> list[int]:
    """VISITS visits at the same time, each owing four notices."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        return [book(work, cast, BOOKED_AT, START, f"v{number}") for number in range(VISITS)]


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


@pytest.mark.soak
def test_reminders_survive_two_hundred_kills(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    kills = 200
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
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
