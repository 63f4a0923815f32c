"""Real workers for tests: processes with a clock that is ahead, a real mail server, and leases of a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from booking import ledger
from mail_server import MailServer
from sqlalchemy import select

from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database

SECRET = "a-secret-key-for-tests-only-0123456789"
"""As in the fixtures that make databases."""

SCRIPT = Path(__file__).with_name("run_shifted.py")
PATIENCE = 120.0
"""Seconds that a busy machine may need."""


def shifted(clock: datetime) -> timedelta:
    """How far ahead a clock is that shows `clock` now; the same for all workers of a test."""
    return clock - datetime.now(UTC)


def settings(database: Database, server: MailServer, folder: Path, lease: int = 1) -> dict[str, str]:
    """The environment of a process that works on a database and sends to a server, with leases of so many seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
    return kept | {
        "COORDINATOR_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "COORDINATOR_SECRET_KEY": SECRET,
        "COORDINATOR_SMTP_URL": server.url,
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_MAIL_FROM": "Harbor Clinic <clinic@example.org>",
        "COORDINATOR_LEASE_SECONDS": str(lease),
    }


def start_worker(
    database: Database, server: MailServer, folder: Path, ahead: timedelta, *more: str, lease: int = 1
) -> subprocess.Popen[str]:
    """A worker whose clock is ahead."""
    command = [sys.executable, str(SCRIPT), str(ahead.total_seconds()), *more]
    with (folder / "worker.log").open("ab") as log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} if more else {"stdout": log}
        return subprocess.Popen(command, env=settings(database, server, folder, lease), stderr=log, text=True, **pipes)


class Crew:
    """Workers that start in a moment, and may be killed."""

    def __init__(self, database: Database, foreman: subprocess.Popen[str]) -> None:
        self.database, self.foreman = database, foreman
        self.alive: list[int] = []

    def start(self, number: int = 1) -> None:
        """Starts so many more."""
        for _ in range(number):
            self._say("another\n")
            assert self.foreman.stdout is not None
            self.alive.append(int(self.foreman.stdout.readline()))

    def until_at_work(self, seconds: float = PATIENCE) -> list[int]:
        """Waits until some of them have notices in hand; these."""
        deadline = time.monotonic() + seconds
        while not (found := self._at_work()) and time.monotonic() < deadline:
            time.sleep(0.005)
        return found

    def kill(self, pid: int) -> None:
        """Kills one as no worker can prepare for."""
        os.kill(pid, signal.SIGKILL)
        self.alive.remove(pid)

    def end(self) -> None:
        """Tells all to stop; they have to end in order."""
        for pid in self.alive:
            os.kill(pid, signal.SIGTERM)
        assert self.foreman.stdin is not None
        self.foreman.stdin.close()
        assert self.foreman.wait(30) == 0

    def _say(self, line: str) -> None:
        assert self.foreman.stdin is not None
        self.foreman.stdin.write(line)
        self.foreman.stdin.flush()

    def _at_work(self) -> list[int]:
        """The number of a worker's process is the last part but one of its name."""
        with self.database.read() as work:
            query = select(NoticeRecord.leased_by).where(NoticeRecord.status == "leased").distinct()
            names = [name for name in work.session.scalars(query) if name is not None]
        return sorted({int(name.split("-")[-2]) for name in names} & set(self.alive))


@contextmanager
def crew(database: Database, server: MailServer, folder: Path, ahead: timedelta, *, lease: int = 1) -> Iterator[Crew]:
    with start_worker(database, server, folder, ahead, "crew", lease=lease) as foreman:
        made = Crew(database, foreman)
        try:
            yield made
            made.end()
        finally:
            for pid in made.alive:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            foreman.kill()


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


def until_more_arrive(server: MailServer, number: int = 1) -> None:
    """Waits for so many more mails."""
    wanted, deadline = len(server.messages) + number, time.monotonic() + PATIENCE / 2
    while len(server.messages) < wanted and time.monotonic() < deadline:
        time.sleep(0.002)


def until_sent(database: Database, now: datetime, seconds: float = PATIENCE) -> None:
    """Waits until nothing that is due is queued or leased."""
    deadline = time.monotonic() + seconds
    while _is_anything_due(database, now) and time.monotonic() < deadline:
        time.sleep(0.1)


def _is_anything_due(database: Database, now: datetime) -> bool:
    waiting = NoticeRecord.status.in_(("queued", "leased"))
    with database.read() as work:
        return (
            work.session.scalar(select(NoticeRecord.id).where(waiting, NoticeRecord.due_at <= now).limit(1)) is not None
        )
