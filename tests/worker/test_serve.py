"""`coordinator serve` as a person starts it: the address is printed, pages answer, jobs are planned, and all ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from cast import Cast, seat
from served import COMMAND, PATIENCE, Served, until
from sqlalchemy import select
from web_served import Begun, Surfing

from coordinator.services import proposals
from coordinator.store.patients import PatientRecord
from coordinator.store.proposals import PlanningJobRecord
from coordinator.store.unit_of_work import Database


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
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off", "Script_Name": "/elsewhere"}
    asked = Request(f"http://127.0.0.1:{served.port}/sign-in", headers=forged)  # gunicorn by itself would believe them
    with urlopen(asked, timeout=10) as answer:
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


def test_what_is_under_way_when_told_to_stop_is_answered_in_full(
    sqlite: Database, served: Served, tmp_path: Path
) -> None:
    """Two requests have begun and are not yet sent to their end when SIGTERM comes: a change, and a page to read."""
    seat(sqlite, datetime.now(UTC))
    served.until_ready()
    ada = Surfing(served.port)
    ada.sign_in("ada@example.org")
    changing, reading = (Begun(ada, "/patients/new", {"name": name}) for name in ("Robin Fox", ""))
    served.process.terminate()
    until(lambda: not served.children("worker"), served.log)  # the pages were told before it
    status, _ = changing.end()
    assert status == 302
    status, page = reading.end()
    assert status == 422 and page.endswith("</html>")
    assert served.process.wait(30) == 0
    assert not served.is_anybody_left()
    with sqlite.read() as work:
        names = work.session.scalars(select(PatientRecord.name)).all()
    assert names.count("Robin Fox") == 1


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
