"""Fetches are counted in memory and written each minute, with one audit entry per feed and clinic date."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
from cast import NOW, Cast
from showing import fetched
from sqlalchemy import select

from coordinator.domain.errors import Unavailable
from coordinator.services import feeds
from coordinator.services.feed_counts import FetchCounter, flush_every
from coordinator.store import audit
from coordinator.store.audit import AuditRecord
from coordinator.store.feeds import FeedRecord
from coordinator.store.unit_of_work import Database

AGENT = "Google-Calendar-Importer secret-in-agent"


def open_feed(database: Database, cast: Cast) -> str:
    with database.write() as work:
        return feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff).token


def entries(database: Database) -> list[AuditRecord]:
    with database.read() as work:
        return list(work.session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.fetch")))


def row(database: Database) -> FeedRecord:
    with database.read() as work:
        return work.session.scalars(select(FeedRecord)).one()


def test_a_flush_writes_what_was_counted_and_nothing_twice(database: Database, cast: Cast) -> None:
    token, counter = open_feed(database, cast), FetchCounter()
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        counter.count(fetched(database, token, at), at, AGENT)
    assert row(database).fetches == 0
    assert counter.flush(database, NOW) == 3
    assert counter.flush(database, NOW) == 0
    written = row(database)
    assert (written.fetches, written.fetched_by) == (3, "Google Calendar")
    assert written.fetched_at == NOW + timedelta(minutes=2)


def test_one_audit_entry_a_feed_and_clinic_date_however_many_count(database: Database, cast: Cast) -> None:
    token = open_feed(database, cast)
    late = NOW + timedelta(hours=16, minutes=30)  # half past eleven in the clinic, the next day in UTC
    for at in (NOW, NOW + timedelta(hours=3), late, NOW + timedelta(days=1)):
        counter = FetchCounter()  # another process, as far as the database can tell
        counter.count(fetched(database, token, at), at, AGENT)
        counter.flush(database, at)
    assert [entry.detail["day"] for entry in entries(database)] == ["2027-01-04", "2027-01-05"]
    with database.read() as work:
        assert audit.verify(work, cast.clinic_id) is None


def test_neither_token_nor_agent_is_written(sqlite: Database, sqlite_cast: Cast) -> None:
    token, counter = open_feed(sqlite, sqlite_cast), FetchCounter()
    counter.count(fetched(sqlite, token, NOW), NOW, AGENT)
    counter.flush(sqlite, NOW)
    written = str([entry.detail for entry in entries(sqlite)]) + row(sqlite).fetched_by
    assert token not in written
    assert "secret-in-agent" not in written


def test_a_flush_that_fails_loses_nothing(sqlite: Database, sqlite_cast: Cast, tmp_path: object) -> None:
    token, counter = open_feed(sqlite, sqlite_cast), FetchCounter()
    answer = fetched(sqlite, token, NOW)
    counter.count(answer, NOW, AGENT)
    broken = Database("sqlite:////nonexistent/folder/x.db", "a-secret-key-for-tests-only-0123456789")
    with pytest.raises(Unavailable):
        counter.flush(broken, NOW)
    counter.count(answer, NOW, AGENT)
    assert counter.flush(sqlite, NOW) == 2


def test_threads_that_count_at_once_lose_nothing(sqlite: Database, sqlite_cast: Cast) -> None:
    token, counter = open_feed(sqlite, sqlite_cast), FetchCounter()
    answer = fetched(sqlite, token, NOW)

    def many() -> None:
        for _ in range(500):
            counter.count(answer, NOW, AGENT)

    threads = [Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.flush(sqlite, NOW) == 2000


def test_flushing_goes_on_by_itself_and_once_more_at_the_end(sqlite: Database, sqlite_cast: Cast) -> None:
    token, counter = open_feed(sqlite, sqlite_cast), FetchCounter()
    answer = fetched(sqlite, token, NOW)
    end = flush_every(counter, sqlite, lambda: NOW, lambda error: None, seconds=0.02)
    counter.count(answer, NOW, AGENT)
    deadline = monotonic() + 10
    while row(sqlite).fetches < 1 and monotonic() < deadline:
        sleep(0.02)
    assert row(sqlite).fetches == 1
    end()
    counter.count(answer, NOW, AGENT)
    end()
    assert row(sqlite).fetches == 2


def test_a_database_that_is_away_does_not_end_the_counting(sqlite: Database, sqlite_cast: Cast) -> None:
    token, counter = open_feed(sqlite, sqlite_cast), FetchCounter()
    counter.count(fetched(sqlite, token, NOW), NOW, AGENT)
    failures: list[Exception] = []
    broken = Database("sqlite:////nonexistent/folder/x.db", "a-secret-key-for-tests-only-0123456789")
    end = flush_every(counter, broken, lambda: NOW, failures.append, seconds=0.02)
    deadline = monotonic() + 10
    while len(failures) < 2 and monotonic() < deadline:
        sleep(0.02)
    end()
    assert len(failures) >= 2
    assert counter.flush(sqlite, NOW) == 1
