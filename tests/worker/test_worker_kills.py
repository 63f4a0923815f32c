"""Real workers, a real mail server, and SIGKILL: no reminder lost, none stale, and none sent twice but by a crash."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from booking import add_reminders, book, cancel, ledger, move
from cast import NOW, Cast
from mail_server import MailServer, free_port, running
from served import until
from workers import Crew, crew, settings, shifted, until_more_arrive, until_sent, until_settled, working

from coordinator.services import feeds
from coordinator.store.unit_of_work import Database

VISITS = 30
START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
BOOKED_AT = START - timedelta(days=7)
DUE = START - timedelta(hours=47)
"""Of the four notices of a visit, two are due by then."""

MANY = 500
"""Visits that owe a thousand notices by then."""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


def owe(database: Database, cast: Cast, number: int) -> list[int]:
    """So many visits at the same time, each owing four notices."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        return [book(work, cast, BOOKED_AT, START, f"v{each}") for each in range(number)]


def kill_while_they_send(workers: Crew, server: MailServer, kills: int, chance: random.Random) -> None:
    """Keeps two workers, and kills one of those that have notices in hand, at any moment of some mail's way."""
    for _ in range(kills):
        workers.start(2 - len(workers.alive))
        until_more_arrive(server, chance.randint(1, 5))
        time.sleep(chance.uniform(0, 0.01))
        at_work = workers.until_at_work()
        assert at_work, "Nothing was left to send before the last kill."
        workers.kill(chance.choice(at_work))


def check_arrivals(database: Database, server: MailServer, kills: int) -> set[int | None]:
    """None lost, each with its own Message-ID, and no more doubles than two for each kill; the visits told of."""
    sent = [each for each in ledger(database) if each.status == "sent"]
    arrived = Counter(server.ids)
    assert set(arrived) == {f"<{each.message_id}@example.org>" for each in sent}
    assert len(arrived) == len(sent)
    assert arrived.total() - len(arrived) <= 2 * kills
    return {each.visit_id for each in sent}


def test_reminders_survive_ten_kills(database: Database, cast: Cast, server: MailServer, tmp_path: Path) -> None:
    visits = owe(database, cast, 2 * VISITS)
    moved, canceled = set(visits[:5]), set(visits[5:10])
    with database.write() as work:
        for each in moved:
            move(work, cast, BOOKED_AT, each, START + timedelta(days=3))
        for each in canceled:
            cancel(work, cast, BOOKED_AT, each)
    with crew(database, server, tmp_path, shifted(DUE)) as workers:
        kill_while_they_send(workers, server, 10, random.Random(7))
        workers.start()
        until_sent(database, DUE)
    assert check_arrivals(database, server, 10) == set(visits) - moved - canceled


@pytest.mark.soak
def test_a_thousand_reminders_survive_two_hundred_kills(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    visits = owe(database, cast, MANY)
    with crew(database, server, tmp_path, shifted(DUE)) as workers:
        kill_while_they_send(workers, server, 200, random.Random(11))
        left = 2 * MANY - len(set(server.ids))
        workers.start()
        until_sent(database, DUE)
    assert check_arrivals(database, server, 200) == set(visits)
    assert len(set(server.ids)) == 2 * MANY
    again = len(server.ids) - 2 * MANY
    print(f"200 kills, {again} of {2 * MANY:,} mails sent again; {left} were left after the last kill")


def test_three_workers_together_send_each_reminder_once(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    owe(database, cast, VISITS)
    with crew(database, server, tmp_path, shifted(DUE)) as workers:
        workers.start(3)
        until_sent(database, DUE)
    assert len(server.ids) == len(set(server.ids)) == 2 * VISITS


@contextmanager
def four_web_processes(database: Database, server: MailServer, folder: Path) -> Iterator[str]:
    """The pages' address, served by four processes of gunicorn."""
    port, log = free_port(), folder / "web.log"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:coordinator.cli_gunicorn", "--workers", "4"]
    with log.open("ab") as output:
        web = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"], env=settings(database, server, folder), stderr=output
        )
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), log)
        yield f"http://127.0.0.1:{port}"
    finally:
        web.terminate()
        assert web.wait(30) == 0


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.soak
def test_three_workers_beside_four_busy_web_processes_send_a_thousand_reminders_once(
    database: Database, cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    owe(database, cast, MANY)
    with database.write() as work:
        feed = feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff).token
    with (
        four_web_processes(database, server, tmp_path) as pages,
        ThreadPoolExecutor(4) as readers,
        crew(database, server, tmp_path, shifted(DUE)) as workers,
    ):
        workers.start(3)
        answers = [readers.submit(_answers, f"{pages}/calendars/{feed}.ics") for _ in range(1000)]
        until_sent(database, DUE)
        assert all(each.result() for each in answers)
    assert len(server.ids) == len(set(server.ids)) == 2 * MANY


def test_a_worker_told_to_stop_ends_in_order_and_the_next_goes_on(
    sqlite: Database, sqlite_cast: Cast, server: MailServer, tmp_path: Path
) -> None:
    owe(sqlite, sqlite_cast, VISITS)
    ahead = shifted(START - timedelta(hours=1))
    for _ in range(3):
        with working(sqlite, server, tmp_path, ahead):
            until_more_arrive(server)
    with working(sqlite, server, tmp_path, ahead):
        assert until_settled(sqlite) == {"sent": 4 * VISITS}
    assert len(server.ids) == len(set(server.ids)) == 4 * VISITS
