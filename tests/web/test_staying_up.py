"""What goes wrong around Coordinator: no database, no room on the disk, a clock that jumps, a worker that dies."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from cast import NOW, SECRET, Cast, seat
from sqlalchemy import event, func, make_url, select
from visitor import Visitor

from config import Settings, load
from coordinator import worker
from coordinator.app import create_app
from coordinator.store import leases
from coordinator.store.audit import AuditRecord, verify
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

SETTINGS = Settings("sqlite://", SECRET, None, "http://127.0.0.1:5000", Path("unused"), "c@example.org", 60)
BACK_WITHIN = 10.0


class Wire:
    """A wire to a database server that can be cut: then no connection lives, and no new one is taken."""

    def __init__(self, server: tuple[str, int] | str) -> None:
        self._server = server
        self._ends: list[socket.socket] = []
        self._door = self._listening(0)
        self.port = int(self._door.getsockname()[1])

    def cut(self) -> None:
        self._hang_up(self._door)
        for each in self._ends:
            self._hang_up(each)
        self._ends.clear()

    def mend(self) -> None:
        self._door = self._listening(self.port)

    def _listening(self, port: int) -> socket.socket:
        door = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._take, args=(door,), daemon=True).start()
        return door

    def _take(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                ours, _ = door.accept()
                family = socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET
                theirs = socket.socket(family)
                theirs.connect(self._server)
                self._ends += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        self._hang_up(other)
        self._hang_up(one)

    @staticmethod
    def _hang_up(end: socket.socket) -> None:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def signed_in(database: Database, tmp_path: Path) -> Visitor:
    visitor = Visitor(create_app(replace(SETTINGS, data_dir=tmp_path), database, clock=lambda: NOW))
    assert visitor.sign_in("ada@example.org").status_code == 302
    return visitor


def until_ready(visitor: Visitor) -> None:
    began = time.monotonic()
    while visitor.get("/readyz").status_code != 200:
        assert time.monotonic() - began < BACK_WITHIN
        time.sleep(0.1)


def gone(visitor: Visitor) -> None:
    """Everything that asks the database says 503, a form too, and the process lives."""
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").status_code == 503
    page = visitor.get("/patients")
    assert page.status_code == 503
    assert "The database does not answer" in page.text
    assert visitor.post("/patients/new", {"name": "Robin Fox"}).status_code == 503


@pytest.mark.postgres
def test_postgresql_gone_is_503_and_it_is_used_again_when_it_is_back(postgres_url: str, tmp_path: Path) -> None:
    url = make_url(postgres_url)
    host = str(url.query.get("host", url.host))
    port = int(str(url.query.get("port", url.port or 5432)))
    wire = Wire(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    through = url.set(host="127.0.0.1", port=wire.port, query={})
    database = Database(through.render_as_string(hide_password=False), SECRET)
    seat(database)
    visitor = signed_in(database, tmp_path)
    until_ready(visitor)
    wire.cut()
    gone(visitor)
    wire.mend()
    until_ready(visitor)
    assert visitor.get("/patients").status_code == 200
    database.dispose()
    wire.cut()


def test_sqlites_file_gone_is_503_and_no_other_is_made_in_its_place(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path
) -> None:
    visitor = signed_in(sqlite, tmp_path)
    file = tmp_path / "coordinator.db"
    file.rename(tmp_path / "elsewhere")
    gone(visitor)
    assert not file.exists()
    (tmp_path / "elsewhere").rename(file)
    until_ready(visitor)
    assert visitor.post("/patients/new", {"name": "Robin Fox"}).status_code == 302


@pytest.fixture
def full_disk(sqlite: Database) -> Iterator[list[int]]:
    """Makes the database's file grow no more while the list holds something."""
    full: list[int] = []

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        most = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(sqlite.engine, "checkout", limit)
    yield full
    event.remove(sqlite.engine, "checkout", limit)


def count(database: Database, table: type) -> int:
    with database.read() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_full_disk_refuses_what_is_to_be_written_and_reading_goes_on(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path, full_disk: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = signed_in(sqlite, tmp_path)
    full_disk.append(1)
    statuses, texts = [], []
    for number in range(30):
        answer = visitor.post("/patients/new", {"name": f"Robin Fox {number} " + "x" * 90})
        statuses.append(answer.status_code)
        texts.append(answer.text)
    added, refused = statuses.count(302), statuses.count(503)
    assert refused > 5
    assert added + refused == 30
    assert "There is no room left on the disk" in texts[-1]
    assert count(sqlite, PatientRecord) == 2 + added
    entries = count(sqlite, AuditRecord)
    for _ in range(3):
        assert visitor.get("/patients").status_code == 200
    assert count(sqlite, AuditRecord) == entries
    full_disk.clear()
    assert visitor.post("/patients/new", {"name": "Robin Fox"}).status_code == 302
    assert visitor.get("/patients").status_code == 200
    with sqlite.read() as work:
        listed = select(func.count()).where(AuditRecord.action == "patient.list")
        assert work.session.scalar(listed) == 4
        added_now = select(func.count()).where(AuditRecord.action == "patient.add")
        assert work.session.scalar(added_now) == added + 1
        assert verify(work, sqlite_cast.clinic_id) is None


def test_a_lease_of_a_dead_worker_is_taken_within_its_length_though_the_clock_went_back(
    database: Database, tmp_path: Path
) -> None:
    seconds = load({"COORDINATOR_DATA_DIR": str(tmp_path)}).lease_seconds
    assert seconds + seconds // 3 <= 30, "the next worker must have taken over by then"
    lease = timedelta(seconds=20)
    with database.write() as work:
        assert leases.take(work, "clock", "dead", NOW, NOW + lease)
    for now, is_free in ((NOW + timedelta(seconds=19), False), (NOW - timedelta(hours=1), True)):
        with database.write() as work:
            assert leases.take(work, "clock", "living", now, now + lease) is is_free
    later = NOW + timedelta(days=1)
    with database.write() as work:
        assert leases.take(work, "clock", "third", later, later + lease)


def test_ticks_go_on_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = threading.Event()
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(ran.set, "interval", seconds=5, next_run_time=worker.utc_now() + timedelta(hours=1))
    scheduler.start()
    worker.heed_the_clock(scheduler)
    assert ran.wait(5)
    before = scheduler.get_jobs()[0].next_run_time
    worker.heed_the_clock(scheduler)
    assert scheduler.get_jobs()[0].next_run_time == before
    scheduler.shutdown()
