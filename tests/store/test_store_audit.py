"""The audit chain shows editing, deletion, reordering and truncation; and nothing is read or done without its entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from coordinator.domain.actor import Access, Actor
from coordinator.store.audit import AuditHeadRecord, AuditRecord, Broken, append, verify
from coordinator.store.clinics import found, lock
from coordinator.store.unit_of_work import Database, Work

NOW = datetime(2027, 1, 4, 15, 0, 0, 123456, tzinfo=UTC)
ENTRIES = 6


def chain(database: Database) -> Actor:
    """A clinic whose chain has ENTRIES entries, the first of which is its founding."""
    with database.write() as work:
        clinic = found(work, NOW, "Harbor Clinic", "America/Los_Angeles").id
    actor = Actor(clinic, Access.COORDINATOR, "Ada Moss", user_id=7, address="192.0.2.1")
    for number in range(2, ENTRIES + 1):
        with database.write() as work:
            detail = {"from": "2027-01-04T09:00", "über": ["Ünïcode", number, None, True], "to": {"room": "dosing-1"}}
            append(work, actor, NOW + timedelta(seconds=number), "visit.move", "visit", number, detail)
    return actor


def broken(database: Database, clinic_id: int) -> Broken | None:
    with database.read() as work:
        return verify(work, clinic_id)


def tampered(database: Database, clinic_id: int, tamper: Callable[[Work], object]) -> Broken | None:
    """What verifying finds after tampering, which is then undone."""
    with database.read() as work:
        tamper(work)
        work.session.flush()
        return verify(work, clinic_id)


def test_a_chain_that_nobody_touched_holds(database: Database) -> None:
    actor = chain(database)
    assert broken(database, actor.clinic_id) is None


def test_each_clinic_has_a_chain_of_its_own(database: Database) -> None:
    first, second = chain(database), chain(database)
    with database.write() as work:
        work.session.execute(text(f"DELETE FROM audit WHERE clinic_id = {first.clinic_id} AND number = 3"))
    assert broken(database, first.clinic_id) == Broken(3, "the entry is missing")
    assert broken(database, second.clinic_id) is None


@pytest.mark.postgres
def test_an_entry_does_not_wait_for_one_who_holds_the_clinic(postgres_url: str) -> None:
    """Else one who holds the chain's head would wait for one who holds the clinic and wants the head."""
    database = Database(postgres_url, "a-secret-key-for-tests-only-0123456789")
    actor = chain(database)
    with database.write() as publishing:
        lock(publishing, actor.clinic_id)
        with database.write() as reading:
            reading.session.execute(text("SET LOCAL lock_timeout = '3s'"))
            append(reading, actor, NOW, "visit.read", "visit", 1)
        append(publishing, actor, NOW, "visit.move", "visit", 1)
    assert broken(database, actor.clinic_id) is None
    database.dispose()


CHANGES = {
    "at": "2027-01-04 15:00:09.000000+00",
    "user_id": 8,
    "actor": "Somebody",
    "address": "",
    "action": "visit.cancel",
    "subject_kind": "room",
    "subject_id": "99",
    "detail": "{}",
    "mac": "00",
}


@pytest.mark.parametrize("column", CHANGES)
def test_editing_any_part_of_an_entry_shows(database: Database, column: str) -> None:
    actor = chain(database)
    value = CHANGES[column]
    if column == "at" and database.is_sqlite:
        value = "2027-01-04 15:00:09.000000"
    statement = text(f"UPDATE audit SET {column} = '{value}' WHERE number = 4")
    assert tampered(database, actor.clinic_id, lambda work: work.session.execute(statement)) == Broken(
        4, "the entry was changed"
    )


def test_deleting_any_entry_shows(database: Database) -> None:
    actor = chain(database)
    for number in range(1, ENTRIES + 1):
        statement = text(f"DELETE FROM audit WHERE number = {number}")
        found_broken = tampered(database, actor.clinic_id, lambda work, do=statement: work.session.execute(do))
        assert found_broken is not None
        assert found_broken.number == number


def test_deleting_an_entry_and_counting_anew_shows(database: Database) -> None:
    actor = chain(database)

    def tamper(work: Work) -> None:
        work.session.execute(text("DELETE FROM audit WHERE number = 3"))
        for number in range(4, ENTRIES + 1):
            work.session.execute(text(f"UPDATE audit SET number = {number - 1} WHERE number = {number}"))

    assert tampered(database, actor.clinic_id, tamper) == Broken(3, "the entry does not follow the one before it")


def test_swapping_two_entries_shows(database: Database) -> None:
    actor = chain(database)

    def tamper(work: Work) -> None:
        for old, new in ((3, 0), (4, 3), (0, 4)):
            work.session.execute(text(f"UPDATE audit SET number = {new} WHERE number = {old}"))

    found_broken = tampered(database, actor.clinic_id, tamper)
    assert found_broken is not None
    assert found_broken.number == 3


@pytest.mark.parametrize("kept", range(ENTRIES))
def test_cutting_the_end_shows_even_with_the_head_set_back(database: Database, kept: int) -> None:
    actor = chain(database)

    def tamper(work: Work) -> None:
        mac = work.session.scalar(text(f"SELECT mac FROM audit WHERE number = {kept}"))
        work.session.execute(text(f"DELETE FROM audit WHERE number > {kept}"))
        work.session.execute(text(f"UPDATE audit_heads SET number = {kept}, mac = '{mac}'"))

    found_broken = tampered(database, actor.clinic_id, tamper)
    assert found_broken is not None
    assert found_broken.number == kept + 1


def test_removing_the_whole_chain_with_its_head_shows(database: Database) -> None:
    actor = chain(database)

    def tamper(work: Work) -> None:
        work.session.execute(text("DELETE FROM audit"))
        work.session.execute(text("DELETE FROM audit_heads"))

    assert tampered(database, actor.clinic_id, tamper) == Broken(0, "the chain's head is missing")


def test_a_chain_written_with_another_key_shows(database: Database) -> None:
    actor = chain(database)
    stranger = Database(database.url, "another secret key, of 32 characters")
    assert broken(stranger, actor.clinic_id) == Broken(1, "the entry was changed")
    stranger.dispose()


def test_a_refused_act_leaves_no_entry(database: Database) -> None:
    actor = chain(database)
    with pytest.raises(ValueError, match="refused"), database.write() as work:
        append(work, actor, NOW, "visit.move", "visit", 9, {})
        raise ValueError("refused")
    with database.read() as work:
        assert work.session.get_one(AuditHeadRecord, actor.clinic_id).number == ENTRIES


def test_reading_is_recorded_too(database: Database) -> None:
    actor = chain(database)
    with database.read() as work:
        append(work, actor, NOW, "patient.read", "patient", 5)
    with database.read() as work:
        newest = work.session.query(AuditRecord).order_by(AuditRecord.number.desc()).first()
        assert newest is not None
        assert (newest.number, newest.action, newest.subject_id) == (ENTRIES + 1, "patient.read", "5")
    assert broken(database, actor.clinic_id) is None


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
DETAILS = st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(-(2**53), 2**53), st.booleans(), st.floats(0, 1)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(details=st.lists(st.tuples(TEXTS, DETAILS), max_size=5), at=st.datetimes(datetime(1990, 1, 1)))
def test_whatever_is_written_is_read_back_and_holds(
    database: Database, details: list[tuple[str, dict[str, object]]], at: datetime
) -> None:
    with database.write() as work:
        clinic = found(work, NOW, "Harbor Clinic", "America/Los_Angeles").id
        for name, detail in details:
            actor = Actor(clinic, Access.CLINICIAN, name)
            append(work, actor, at.replace(tzinfo=UTC), "visit.move", "visit", name, detail)
    assert broken(database, clinic) is None
