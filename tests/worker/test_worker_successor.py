"""Two real workers: one holds the clock, the other waits, and takes over when the first is killed."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from booking import add_reminders, book
from cast import NOW, Cast
from mail_server import running
from served import until
from sqlalchemy import select
from workers import crew, shifted, until_sent

from coordinator.store.notices import LeaseRecord
from coordinator.store.unit_of_work import Database

WITHIN = 30.0
START = NOW + timedelta(days=7)
DUE = START - timedelta(hours=47)
"""Of a visit's four reminders, two are due by then."""


def clock_of(database: Database) -> tuple[int, object] | None:
    """The process that holds the clock, by the last part but one of its worker's name, and until when."""
    with database.read() as work:
        held = work.session.execute(
            select(LeaseRecord.holder, LeaseRecord.until).where(LeaseRecord.name == "clock")
        ).first()
        return (int(held[0].split("-")[-2]), held[1]) if held else None


def until_prolonged(database: Database, log: Path) -> int:
    """Waits until whoever holds the clock takes it again; who that is."""
    before = clock_of(database)
    until(lambda: (now := clock_of(database)) is not None and now != before, log)
    found = clock_of(database)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("lease", [4, pytest.param(20, marks=pytest.mark.soak)])  # 20 is what is set unless said
def test_a_second_worker_waits_and_takes_over_when_the_first_is_killed(
    database: Database, cast: Cast, tmp_path: Path, lease: int
) -> None:
    """It takes as long as the lease, on each database: that is what is tried."""
    log = tmp_path / "worker.log"
    with running() as server, crew(database, server, tmp_path, shifted(DUE), lease=lease) as workers:
        workers.start(2)
        until(lambda: log.read_text().count("worker.start") == 2, log)
        first = until_prolonged(database, log)
        assert first == until_prolonged(database, log), "the other takes nothing while the first is alive"
        (second,) = set(workers.alive) - {first}
        workers.kill(first)
        began = time.monotonic()
        while (held := clock_of(database)) is None or held[0] != second:
            assert time.monotonic() - began < WITHIN
            time.sleep(0.05)
        assert until_prolonged(database, log) == second
        with database.write() as work:
            add_reminders(work, cast.clinic_id)
            book(work, cast, NOW, START)
        until_sent(database, DUE)
        assert len(server.ids) == 2, "and it works"
