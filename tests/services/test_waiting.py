"""The waiting list: the earliest start of everybody who waits, kept fresh, and who fits time that was freed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row
from sqlalchemy import select

from coordinator.domain.errors import InvalidForm
from coordinator.planner.plan import Limits
from coordinator.services import planning_what_if, schedule, waiting, what_if
from coordinator.services.enrollment_adjust import adjust
from coordinator.services.enrollment_form import TypedEnrollment
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.waiting import WaitingLine, refresh_due, waiting_list
from coordinator.services.what_if import TypedStudy
from coordinator.services.worklist_sources import worklist
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Database


def run(database: Database, now: datetime = NOW) -> None:
    assert run_next_job(Runner(database, lambda: now, "p1", lease_seconds=60))


def lines(database: Database, cast: Cast) -> dict[int, WaitingLine]:
    with database.read() as work:
        return {each.name.id: each for each in waiting_list(work, cast.ada, NOW).lines}


def jobs(database: Database) -> int:
    with database.read() as work:
        return len(work.session.scalars(select(PlanningJobRecord)).all())


def test_everybody_who_waits_is_told_the_earliest_start(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.get_one(EnrollmentRecord, cast.second).earliest = date(2027, 1, 20)
    assert not lines(database, cast)[cast.first].is_known
    refresh_due(database, NOW)
    run(database)
    found = lines(database, cast)
    assert (found[cast.first].starts, found[cast.first].ends) == (date(2027, 1, 4), date(2027, 1, 6))
    assert found[cast.second].starts == date(2027, 1, 20)


def test_starts_are_worked_out_once_a_day_and_when_time_is_given_back(database: Database, cast: Cast) -> None:
    put(database, cast, cast.second, program("e02", 1, 9))
    refresh_due(database, NOW)
    refresh_due(database, NOW)
    assert jobs(database) == 1
    run(database)
    refresh_due(database, NOW + timedelta(hours=1))
    assert jobs(database) == 1
    with database.write() as work:
        schedule.cancel_visit(work, cast.ada, NOW + timedelta(hours=2), visit_row(database, cast.second, "c1.i1").id)
    refresh_due(database, NOW + timedelta(hours=3))
    assert jobs(database) == 2
    run(database, NOW + timedelta(hours=3))
    refresh_due(database, NOW + timedelta(days=1))
    assert jobs(database) == 3


def test_who_fits_the_freed_time_stands_on_the_worklist(database: Database, cast: Cast) -> None:
    with database.write() as work:
        off = TimeOffRecord(
            clinic_id=cast.clinic_id,
            staff_id=cast.eve_staff,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=10),
            status="approved",
            created_at=NOW,
        )
        work.session.add(off)
    refresh_due(database, NOW)
    run(database)
    with database.write() as work:
        work.session.get_one(TimeOffRecord, off.id).status = "withdrawn"
        waiting.refresh(work, cast.ada, NOW)
    run(database)
    assert lines(database, cast)[cast.first].sooner > 0
    with database.read() as work:
        found = [each for each in worklist(work, cast.ada, NOW) if each.kind == "waiting.sooner"]
    assert {each.key for each in found} == {str(cast.first), str(cast.second)}


def test_whose_wishes_change_is_worked_out_anew(database: Database, cast: Cast) -> None:
    refresh_due(database, NOW)
    run(database)
    wishes = TypedEnrollment(patients=(), earliest="2027-01-18", team={})
    with database.write() as work:
        adjust(work, cast.ada, NOW, cast.first, wishes)
    assert not lines(database, cast)[cast.first].is_known
    refresh_due(database, NOW)
    run(database)
    assert lines(database, cast)[cast.first].starts == date(2027, 1, 18)


def test_of_a_plan_for_several_some_are_published_and_the_others_wait_on(database: Database, cast: Cast) -> None:
    placed = [*program("e01", 1, 9), *program("e02", 1, 14)]
    visits = [
        {"enrollment": v.enrollment, "visit": v.visit, "start": start, "room": v.room, "staff": dict(v.staff)}
        for v in placed
        for start in [(datetime(1, 1, 1) + timedelta(minutes=v.start - 1440)).isoformat(timespec="minutes")]
    ]
    plan = {"format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "visits": visits, "unplanned": []}
    with database.write() as work:
        both = [cast.first, cast.second]
        values = {"enrollments": both, "plan": plan, "clinic_revision": 0, "created_at": NOW}
        proposal = ProposalRecord(clinic_id=cast.clinic_id, **values)
        work.session.add(proposal)
        work.session.flush()
        published = schedule.publish(work, cast.ada, NOW, proposal.id, only={cast.second})
    assert (published.enrollments, len(published.visits)) == ((cast.second,), 3)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).status == "waiting"


def test_a_study_compares_the_clinic_with_one_that_has_more(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_what_if, "SECONDS", 0.2)
    monkeypatch.setattr(planning_what_if, "SECONDS_PER_PROGRAM", 0)
    monkeypatch.setattr(planning_what_if, "_BRIEF", Limits(seconds=0.3))
    typed = TypedStudy(3, 8, str(cast.protocol_version), "physician", ("sat",), "dosing", "dr-eve", 3)
    with database.write() as work:
        asked = what_if.request(work, cast.ada, NOW, typed)
    run(database)
    with database.read() as work:
        view = what_if.study(work, cast.ada, asked)
        assert work.session.scalars(select(ProposalRecord)).all() == []
    assert (view.status, view.of, len(view.outcomes)) == ("done", 4, 4)
    assert view.outcomes[0].text == "As it is"
    base = view.outcomes[0].planned
    assert all(each.asked == 5 and each.planned == base + each.more <= 5 and each.more >= 0 for each in view.outcomes)
    assert view.loads


def test_a_study_of_nothing_is_refused(database: Database, cast: Cast) -> None:
    typed = TypedStudy(0, 8, "77", "", (), "", "", 2)
    with database.write() as work, pytest.raises(InvalidForm) as refused:
        what_if.request(work, cast.ada, NOW, typed)
    assert set(refused.value.fields) == {"", "version"}
