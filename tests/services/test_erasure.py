"""Mistaken entries are corrected and old ones erased by rule; visits and the log stay, and the chain stays whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from booking import ledger
from cast import NOW, Cast
from programs import program, put, visit_row
from sqlalchemy import select

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import (
    contacts,
    enrollments,
    erasure,
    feed_answers,
    feeds,
    notes,
    outcomes,
    patients,
    program_actions,
)
from coordinator.services.contacts import ContactDetails
from coordinator.services.housekeeping import keep_house
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notices import Message, Recipient, owe
from coordinator.store import copying
from coordinator.store.audit import AuditRecord, verify
from coordinator.store.clinics import ClinicRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.feeds import FeedBodyRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

TEN_YEARS = timedelta(days=3653)


def describe(database: Database, cast: Cast) -> None:
    """Gives Pat ways to be reached, a guardian and a note."""
    with database.write() as work:
        patients.edit_patient(work, cast.ada, NOW, cast.pat, "Pat Lee", "pat@example.org", "555 0100")
        contacts.add(work, cast.ada, NOW, cast.pat, ContactDetails("guardian", "Mo Lee", "555 0199", "", (), None))
        notes.add(work, cast.ada, NOW, cast.first, "Pat Lee comes by bus")


def names(database: Database) -> list[str]:
    """Whatever lies anywhere in the database and says who Pat is."""
    with database.read() as work:
        found = [row for row in copying.rows(work) if any(each in str(row) for each in ("Pat Lee", "Mo Lee", "by bus"))]
        record = work.session.scalars(select(PatientRecord).order_by(PatientRecord.id)).first()
        assert record is not None
    return [table for table, _ in found] + [each for each in (record.email, record.phone) if each]


def bodies(database: Database) -> list[bytes]:
    """What is kept of feeds."""
    with database.read() as work:
        return list(work.session.scalars(select(FeedBodyRecord.body)))


def found(database: Database, cast: Cast) -> list[str]:
    with database.read() as work:
        return [each.code for each in patients.list_patients(work, cast.ada, NOW).patients]


def test_a_patient_entered_twice_is_removed_with_all_that_says_who_it_was(database: Database, cast: Cast) -> None:
    describe(database, cast)
    with database.write() as work:
        assert erasure.remove_mistaken(work, cast.ada, NOW, cast.pat) == "p01"
    assert names(database) == []
    assert found(database, cast) == ["p02"]
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).status == "ended"
        actions = work.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
        assert actions[-3:] == ["enrollment.end", "patient.remove", "patient.list"]
        assert verify(work, cast.clinic_id) is None
        assert "p01" not in str(enrollments.enroll_choices(work, cast.ada, NOW).patients)
    with database.write() as work, pytest.raises(NotFound):
        erasure.remove_mistaken(work, cast.ada, NOW, cast.pat)


def test_what_waits_to_be_told_to_somebody_who_is_erased_is_withdrawn(sqlite: Database, sqlite_cast: Cast) -> None:
    message = Message("call", Recipient("patient", sqlite_cast.pat), "Please call", "Please call us.", NOW + TEN_YEARS)
    with sqlite.write() as work:
        owe(work, sqlite_cast.clinic_id, NOW, message)
        erasure.remove_mistaken(work, sqlite_cast.ada, NOW, sqlite_cast.pat)
    deliver_due(Courier(sqlite, RecordingMailer(), lambda: NOW, "w1", 60))
    assert [(each.status, each.reason) for each in ledger(sqlite)] == [
        ("withdrawn", "The recipient is not with the clinic any more.")
    ]


def test_no_feed_goes_on_keeping_the_name_until_somebody_fetches_it(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    describe(database, cast)
    with database.write() as work:
        work.session.get_one(ClinicRecord, cast.clinic_id).feed_ceiling = "full"
        token = feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff, "", "full").token
    shown = feed_answers.fetch(database, token, NOW, lambda *_: False)
    assert shown is not None and b"Pat Lee" in (shown.body or b"")
    assert bodies(database)
    with database.write() as work:
        program_actions.end(work, cast.ada, NOW, cast.first)
        erasure.remove_mistaken(work, cast.ada, NOW, cast.pat)
    assert names(database) == bodies(database) == []
    again = feed_answers.fetch(database, token, NOW, lambda *_: False)
    assert again is not None and b"Pat Lee" not in (again.body or b"")


def test_a_patient_with_visits_is_no_mistake_until_the_program_ends(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work, pytest.raises(Conflict, match="e01"):
        erasure.remove_mistaken(work, cast.ada, NOW, cast.pat)
    with database.write() as work:
        program_actions.end(work, cast.ada, NOW, cast.first)
        erasure.remove_mistaken(work, cast.ada, NOW, cast.pat)
    assert found(database, cast) == ["p02"]


def test_another_clinic_removes_nobody_here(database: Database, cast: Cast) -> None:
    with database.write() as work, pytest.raises(NotFound):
        erasure.remove_mistaken(work, cast.cy, NOW, cast.pat)


def test_a_mistaken_outcome_is_corrected_and_the_log_tells_both(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "p1")
    after = visit.ends_at + timedelta(minutes=5)
    for outcome in ("attended", "no_show"):
        with database.write() as work:
            outcomes.record(work, cast.ben, after, visit.id, outcome)
    with database.write() as work:
        outcomes.take_back(work, cast.ada, after, visit.id)
    assert visit_row(database, cast.first, "p1").status == "scheduled"
    with database.read() as work:
        actions = work.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
        assert "visit.outcome_undo" in actions
        assert verify(work, cast.clinic_id) is None


def test_whom_the_rule_no_longer_keeps_is_erased_and_nobody_else(database: Database, cast: Cast) -> None:
    describe(database, cast)
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        program_actions.end(work, cast.ada, NOW, cast.first)
        with pytest.raises(InvalidInput):
            erasure.set_rule(work, cast.ada, NOW, 4)
    late = NOW + TEN_YEARS
    keep_house(database, late)
    assert names(database)
    with database.write() as work:
        erasure.set_rule(work, cast.ada, late, 10)
        assert erasure.rule(work, cast.ada, late) == erasure.Rule(10, ("p01",))
    keep_house(database, late + timedelta(hours=23))
    assert names(database)
    keep_house(database, late + timedelta(hours=25))
    assert names(database) == []
    assert found(database, cast) == ["p02"]
    with database.read() as work:
        last = work.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
        assert last is not None
        expired = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "patient.expire")).one()
        assert expired.detail == {"code": "p01", "years": 10}
        assert verify(work, cast.clinic_id) is None
    assert erasure.erase_due(database, late + timedelta(hours=26)) == 0
