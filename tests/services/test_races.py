"""Races: many contenders in 16 processes; one wins, the others are refused clearly and leave nothing behind."""

from __future__ import annotations

import os
import signal
import threading
from datetime import date
from multiprocessing import get_context

import pytest
from cast import NOW, SECRET, Cast
from programs import changes, program, put
from racing import Publishes, Takes, more_enrollments, race
from sqlalchemy import func, select, text

from coordinator.services import time_off
from coordinator.services.schedule import apply_changes
from coordinator.services.visit_changes import RulesBroken
from coordinator.store import claims_guard, clinics
from coordinator.store.audit import AuditRecord, verify
from coordinator.store.claims import ClaimRecord
from coordinator.store.clinics import found
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.resources import new_resource
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord, VisitStaffRecord

CONTENDERS = 200
CLINICS = 24
RACERS = 8
"""Processes; the soak has the contenders, and tests/worker/test_serve_races.py more of them over HTTP."""


def count(database: Database, table: type) -> int:
    with database.read() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("contenders", [24, pytest.param(CONTENDERS, marks=pytest.mark.soak)])
def test_of_many_publications_of_one_slot_one_wins(database: Database, cast: Cast, contenders: int) -> None:
    """Three hundred, through the pages, are in tests/worker/test_serve_races.py."""
    with database.write() as work:
        enrollments = more_enrollments(work, cast.clinic_id, cast.protocol_version, contenders)
    entries = count(database, AuditRecord)
    results = race(database.url, SECRET, [Publishes(cast.clinic_id, *each) for each in enrollments], RACERS)
    assert results.count("won") == 1
    refusals = [each for each in results if each != "won"]
    assert all(each.startswith("RulesBroken: ") for each in refusals), set(refusals)
    assert all("at the same time" in each or "overlap" in each for each in refusals), set(refusals)
    assert count(database, VisitRecord) == 3
    assert count(database, VisitStaffRecord) == 4
    assert count(database, ClaimRecord) == 12
    assert count(database, AuditRecord) == entries + 3
    assert count(database, NoticeRecord) == 0
    with database.read() as work:
        assert verify(work, cast.clinic_id) is None
        assert work.session.get_one(clinics.ClinicRecord, cast.clinic_id).revision == 1
        query = select(func.count()).where(EnrollmentRecord.status == "active")
        assert work.session.scalar(query) == 1


@pytest.mark.parametrize(("shared", "winners"), [(False, 1), (True, 2)])
def test_of_many_clinics_that_share_a_person_as_many_win_as_there_are_places(
    database: Database, shared: bool, winners: int
) -> None:
    with database.write() as work:
        person = new_resource(work, "person")
        ids = [found(work, NOW, f"Clinic {each}", "America/Los_Angeles").id for each in range(CLINICS)]
    contenders = [Takes(clinic_id, person, shared, offset=index % 7) for index, clinic_id in enumerate(ids)]
    results = race(database.url, SECRET, contenders, RACERS)
    assert results.count("won") == winners
    assert all(each.startswith("Collision: Somebody else took this time") for each in results if each != "won")
    assert count(database, ClaimRecord) == winners


def test_with_the_guard_taken_away_several_win_so_the_race_is_real(database: Database) -> None:
    with database.write() as work:
        for statement in claims_guard.down("sqlite" if database.is_sqlite else "postgresql"):
            work.session.execute(text(statement))
        person = new_resource(work, "person")
        ids = [found(work, NOW, f"Clinic {each}", "America/Los_Angeles").id for each in range(8)]
    contenders = [Takes(clinic_id, person, shared=False, offset=0) for clinic_id in ids]
    assert race(database.url, SECRET, contenders, processes=2).count("won") > 1
    assert count(database, ClaimRecord) > 1


def test_time_off_that_is_being_approved_is_waited_for(database: Database, cast: Cast) -> None:
    outcome: list[str] = []

    def publish() -> None:
        try:
            put(database, cast, cast.first, program("e01", 1, 9))
        except RulesBroken as refusal:
            outcome.append(str(refusal))
        else:
            outcome.append("published")

    publisher = threading.Thread(target=publish)
    with database.write() as work:
        days = time_off.AbsenceDetails(date(2027, 1, 4), date(2027, 1, 12))
        asked = time_off.request(work, cast.ben, NOW, cast.ben_staff, days)
    with database.write() as work:
        time_off.decide(work, cast.ada, NOW, asked, "approved")
        publisher.start()
        publisher.join(0.5)
        assert outcome == []
    publisher.join(30)
    assert len(outcome) == 1
    assert "time off of Ben Ito" in outcome[0]
    assert count(database, VisitRecord) == 0


def _publish_and_die(url: str, clinic: Cast, before_commit: bool) -> None:
    database = Database(url, SECRET)
    with database.write() as work:
        apply_changes(work, clinic.ada, NOW, changes(clinic.first, program("e01", 1, 9)))
        if before_commit:
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("before_commit", [True, False])
def test_a_publication_that_dies_is_there_whole_or_not_at_all(
    database: Database, cast: Cast, before_commit: bool
) -> None:
    process = get_context("forkserver").Process(target=_publish_and_die, args=(database.url, cast, before_commit))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    visits, claims, parts = (0, 0, 0) if before_commit else (3, 12, 4)
    assert count(database, VisitRecord) == visits
    assert count(database, ClaimRecord) == claims
    assert count(database, VisitStaffRecord) == parts
    with database.read() as work:
        assert verify(work, cast.clinic_id) is None
    put(database, cast, cast.first, program("e01", 1, 9))
    assert count(database, VisitRecord) == 3
