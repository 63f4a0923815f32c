"""`coordinator serve` as a person starts it: the address is printed, pages answer, jobs are planned, and all ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from cast import Cast, seat
from workers import SECRET

from coordinator.services import proposals
from coordinator.store.proposals import PlanningJobRecord
from coordinator.store.unit_of_work import Database

PATIENCE = 90.0
"""Seconds that a busy machine may need for starting, and for compiling the planner where that was not done before."""

COMMAND = [sys.executable, "-c", "from coordinator.cli import main; main()"]


class Served:
    """A running `serve` in a process group of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = _free_port()
        self.log = folder / "serve.log"
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "DATA_DIR": str(folder), "LEASE_SECONDS": "2"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port)],
                env=kept | {f"COORDINATOR_{name}": value for name, value in settings.items()},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_ready(self) -> None:
        until(lambda: "Coordinator is ready at" in self.log.read_text(), self.log)

    def is_anybody_left(self) -> bool:
        """Whether any process of the group lives."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def children(self, name: str) -> list[int]:
        """The processes of the group whose command line holds a word, as the kernel says (`ps` may cut its lines)."""
        return [pid for pid in _processes() if name in _command_line(pid) and _group(pid) == self.process.pid]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:  # it has ended meanwhile
        return ""


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.1)


@pytest.fixture
def served(sqlite: Database, tmp_path: Path) -> Iterator[Served]:
    running = Served(sqlite.url, tmp_path)
    yield running
    if running.is_anybody_left():
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()


def ask(database: Database, cast: Cast, enrollment: int) -> int:
    with database.write() as work:
        return proposals.request(work, cast.ada, datetime.now(UTC), [enrollment])


def has_ended(database: Database, job: int) -> bool:
    with database.read() as work:
        found = work.session.get_one(PlanningJobRecord, job)
        assert found.status != "failed", found.failure
        return found.status == "done"


def test_serving_planning_and_stopping(sqlite: Database, served: Served) -> None:
    cast = seat(sqlite, datetime.now(UTC))
    served.until_ready()
    with urlopen(f"http://127.0.0.1:{served.port}/sign-in", timeout=10) as answer:
        assert answer.status == 200
    first = ask(sqlite, cast, cast.first)
    until(lambda: has_ended(sqlite, first), served.log)

    (planner,) = served.children("cli_planning_child")
    os.kill(planner, signal.SIGKILL)
    second = ask(sqlite, cast, cast.second)
    until(lambda: has_ended(sqlite, second), served.log)

    served.process.terminate()
    assert served.process.wait(30) == 0
    assert not served.is_anybody_left()


def test_when_serve_is_killed_nothing_of_it_goes_on_unseen(served: Served) -> None:
    served.until_ready()
    until(lambda: served.children("cli_planning_child"), served.log)
    served.process.kill()
    served.process.wait()
    until(lambda: not served.is_anybody_left(), served.log)


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = {**os.environ, "COORDINATOR_DATA_DIR": str(tmp_path)}
        command = [*COMMAND, "serve", "--port", str(port)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == f"Port {port} of 127.0.0.1 cannot be used: Address already in use. " + (
        "Choose another with --port."
    )
