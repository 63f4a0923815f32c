"""The unit of work: all or nothing, one consistent picture, and a clear refusal where the database is busy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cast import add_patient, seat
from sqlalchemy import event, func, select, update

from coordinator.domain.errors import Conflict
from coordinator.store.audit import AuditRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database, Work

NOW = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)


def patients(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(PatientRecord)) or 0


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    cast = seat(database)
    with pytest.raises(ZeroDivisionError), database.write() as work:
        add_patient(work, cast.clinic_id, "p99", "Nobody", NOW)
        raise ZeroDivisionError
    with database.read() as work:
        assert patients(work) == 2


def test_a_brief_transaction_keeps_its_statements_or_leaves_nothing_behind(database: Database) -> None:
    seat(database)
    with pytest.raises(ZeroDivisionError), database.brief() as brief:
        brief.execute(update(PatientRecord).where(PatientRecord.code == "p01").values(code="gone"))
        raise ZeroDivisionError
    with database.brief() as brief:
        brief.execute(update(PatientRecord).where(PatientRecord.code == "p01").values(code="p77"))
    with database.read() as work:
        assert sorted(work.session.scalars(select(PatientRecord.code))) == ["p02", "p77"]


def test_what_waits_for_the_end_runs_in_the_transaction(database: Database) -> None:
    cast = seat(database)

    def last(work: Work) -> None:
        add_patient(work, cast.clinic_id, "p99", "Last", NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.write() as work:
        work.before_commit.append(last)
    with database.read() as work:
        assert patients(work) == 2


def test_reading_changes_nothing(database: Database) -> None:
    cast = seat(database)
    with database.read() as work:
        add_patient(work, cast.clinic_id, "p99", "Nobody", NOW)
    with database.read() as work:
        assert patients(work) == 2


def test_a_reader_sees_one_moment(database: Database) -> None:
    cast = seat(database)
    with database.read() as reading:
        assert patients(reading) == 2
        if not database.is_sqlite:  # SQLite lets nobody commit while it is read
            with database.write() as work:
                add_patient(work, cast.clinic_id, "p99", "Somebody", NOW)
        assert patients(reading) == 2


def test_writers_take_turns_and_who_waits_too_long_is_told(sqlite: Database) -> None:
    seat(sqlite)
    impatient = Database(sqlite.url, "k" * 32)
    event.listen(impatient.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 50"))
    with sqlite.write(), pytest.raises(Conflict, match="busy"), impatient.write():
        pass
    impatient.dispose()


def test_a_naive_time_is_refused(database: Database) -> None:
    cast = seat(database)
    with pytest.raises(Exception, match="a stored time must be aware"), database.write() as work:
        add_patient(work, cast.clinic_id, "p99", "Somebody", NOW.replace(tzinfo=None))


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    seat(database)
    with database.read() as work:
        assert work.session.scalars(select(AuditRecord.at)).first() == NOW
        assert {each.tzinfo for each in work.session.scalars(select(AuditRecord.at))} == {UTC}
