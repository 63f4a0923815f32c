"""Asking for plans, and proposals as their pages show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cast import NOW, Cast
from hypothesis import given
from hypothesis import strategies as st
from programs import program, put
from sqlalchemy import select

from coordinator.domain.errors import Conflict, NotFound
from coordinator.services import proposals
from coordinator.services.proposal_views import off_best, proposal
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Database

VISITS = [
    {"enrollment": "e01", "visit": "p1", "start": "2027-01-05T09:00", "room": "therapy-1", "staff": {"lead": "th-ben"}},
    {"enrollment": "e01", "visit": "c1.d1", "start": "2027-01-06T09:00", "room": "dosing-1",
     "staff": {"lead": "th-ben", "supervisor": "dr-eve"}},
    {"enrollment": "e01", "visit": "c1.i1", "start": "2027-01-08T09:00", "room": None, "staff": {"lead": "th-ben"}},
    {"enrollment": "e99", "visit": "p1", "start": "2027-01-05T10:00", "room": "therapy-1", "staff": {"lead": "th-ben"}},
]  # fmt: skip
REASONS = [
    {"name": "ideal_gap", "enrollment": "e01", "visit": "c1.i1", "times": 1, "cost": 20,
     "message": "c1.i1 follows c1.d1 after 2 days; 1 would be ideal."},
    {"name": "finish", "enrollment": "e01", "visit": "c1.i1", "times": 4, "cost": 40, "message": "It ends late."},
    {"name": "finish", "enrollment": "e99", "visit": "p1", "times": 9, "cost": 90, "message": "Another program's."},
]  # fmt: skip
PLAN: dict[str, Any] = {
    "format": "kap-plan/1", "status": "planned", "cost": 150, "bound": 147, "seconds": 0.5, "visits": VISITS,
    "unplanned": [],
}  # fmt: skip


def stored(database: Database, cast: Cast, **changes: Any) -> int:
    values = {"enrollments": [cast.first], "plan": PLAN, "reasons": REASONS, "clinic_revision": 0, "created_at": NOW}
    with database.write() as work:
        record = ProposalRecord(clinic_id=cast.clinic_id, **(values | changes))
        work.session.add(record)
        work.session.flush()
        return record.id


def test_a_job_is_asked_for_once_however_often_the_button_is_pressed(database: Database, cast: Cast) -> None:
    with database.write() as work:
        first = proposals.request(work, cast.ada, NOW, [cast.first, cast.second])
        assert proposals.request(work, cast.ada, NOW, [cast.second, cast.first]) == first
        assert proposals.request(work, cast.ada, NOW, [cast.first]) != first


def test_looking_at_a_job_is_noted_once_and_not_at_each_poll(database: Database, cast: Cast) -> None:
    with database.write() as work:
        asked = proposals.request(work, cast.ada, NOW, [cast.first])
    for look in (proposals.watch, proposals.job, proposals.job):
        with database.read() as work:
            look(work, cast.ada, NOW, asked)
    with database.read() as work:
        actions = work.session.scalars(select(AuditRecord.action).where(AuditRecord.subject_kind == "planning_job"))
        assert list(actions) == ["proposal.request", "proposal.read"]


def test_programs_that_are_over_are_not_planned(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.get_one(EnrollmentRecord, cast.first).status = "ended"
    with pytest.raises(Conflict, match="e01 is ended"), database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])


def test_another_clinics_program_job_and_proposal_are_not_there(database: Database, cast: Cast) -> None:
    found = stored(database, cast)
    with database.write() as work:
        job = proposals.request(work, cast.ada, NOW, [cast.first])
    with database.write() as work:
        for act in (
            lambda: proposals.request(work, cast.cy, NOW, [cast.first]),
            lambda: proposals.job(work, cast.cy, NOW, job),
            lambda: proposals.cancel_job(work, cast.cy, NOW, job),
            lambda: proposals.discard(work, cast.cy, NOW, found),
            lambda: proposal(work, cast.cy, NOW, found),
        ):
            with pytest.raises(NotFound):
                act()
        assert proposals.open_jobs(work, cast.cy, NOW) == []
        assert proposals.open_proposals(work, cast.cy) == []


def test_a_queued_job_is_canceled_at_once_and_a_running_one_is_asked_to_stop(database: Database, cast: Cast) -> None:
    with database.write() as work:
        queued = proposals.request(work, cast.ada, NOW, [cast.first])
        running = proposals.request(work, cast.ada, NOW, [cast.second])
        work.session.get_one(PlanningJobRecord, running).status = "running"
    with database.write() as work:
        proposals.cancel_job(work, cast.ada, NOW, queued)
        proposals.cancel_job(work, cast.ada, NOW, running)
    with database.read() as work:
        first, second = (proposals.job(work, cast.ada, NOW, each) for each in (queued, running))
    assert (first.status, first.is_open) == ("canceled", False)
    assert (second.status, second.is_open, second.stopping) == ("running", True, True)


def test_progress_is_shown_as_the_worker_wrote_it(database: Database, cast: Cast) -> None:
    with database.write() as work:
        job = proposals.request(work, cast.ada, NOW, [cast.first, cast.second])
        record = work.session.get_one(PlanningJobRecord, job)
        record.status = "running"
        record.progress = {"planned": 1, "enrollments": 2, "cost": 340, "bound": 300.4, "share": 0.5}
    with database.read() as work:
        view = proposals.job(work, cast.ada, NOW.replace(second=12), job)
    assert (view.planned, view.total, view.cost, view.bound, view.share, view.seconds) == (1, 2, 340, 300, 0.5, 12)
    assert [each.who for each in view.programs] == ["p01 Pat Lee", "p02 Quinn Diaz"]


def test_a_proposal_shows_its_own_programs_by_course_and_week_with_names(database: Database, cast: Cast) -> None:
    found = stored(database, cast)
    with database.read() as work:
        view = proposal(work, cast.ada, NOW, found)
    (program,) = view.programs
    assert [course.number for course in program.courses] == [None, 1]
    visits = [visit for course in program.courses for week in course.weeks for visit in week.visits]
    assert [visit.title for visit in visits] == ["Preparation 1", "Dosing 1", "Integration 1"]
    assert visits[1].people == (("lead", "Ben Ito"), ("supervisor", "Eve Okafor"))
    assert (visits[1].room, visits[2].room) == ("Dosing room 1", None)
    assert (visits[1].start.isoformat(), visits[1].end.isoformat()) == ("2027-01-06T09:00:00", "2027-01-06T11:00:00")
    assert program.courses[0].weeks[0].monday.isoformat() == "2027-01-04"
    assert view.visits == 3


def test_the_cost_is_the_sum_of_its_reasons_in_words(database: Database, cast: Cast) -> None:
    found = stored(database, cast)
    with database.read() as work:
        view = proposal(work, cast.ada, NOW, found)
    assert view.cost == 60
    assert view.summary == (("Length of the program", 40, 1), ("Days off the ideal spacing", 20, 1))
    last = view.programs[0].courses[-1].weeks[-1].visits[-1]
    assert last.costs[0].message == "Integration 1, course 1 follows Dosing 1, course 1 after 2 days; 1 would be ideal."
    assert view.off_best == 5  # 150 against 147 is 3 of this program's 60


def test_without_a_plan_there_is_a_reason_and_nothing_to_publish(database: Database, cast: Cast) -> None:
    unplanned = {"enrollment": "e01", "reason": "Ben is away.", "relaxations": [{"text": "Wait.", "patch": []}]}
    none = {**PLAN, "status": "none", "visits": [], "unplanned": [unplanned]}
    found = stored(database, cast, plan=none, reasons=[])
    with database.read() as work:
        view = proposal(work, cast.ada, NOW, found)
    assert not view.may_publish
    assert (view.programs[0].reason, view.programs[0].relaxations) == ("Ben is away.", ("Wait.",))


def test_a_proposal_is_discarded_once_and_not_after_it_was_published(database: Database, cast: Cast) -> None:
    first, second = stored(database, cast), stored(database, cast, status="published", published_at=NOW)
    with database.write() as work:
        proposals.discard(work, cast.ada, NOW, first)
        proposals.discard(work, cast.ada, NOW, first)
        with pytest.raises(Conflict, match="published already"):
            proposals.discard(work, cast.ada, NOW, second)
        assert proposals.open_proposals(work, cast.ada) == []


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_distance_from_best_is_never_understated(bound: int, over: int, own: int) -> None:
    percent = off_best(bound + over, bound, own)
    assert 0 <= percent <= 100
    assert percent == 100 or percent * own >= over * 100


def test_a_clinic_that_changed_since_is_said(database: Database, cast: Cast) -> None:
    found = stored(database, cast, clinic_revision=-1, created_at=datetime(2027, 1, 4, 15, 30, tzinfo=UTC))
    with database.read() as work:
        view = proposal(work, cast.ada, NOW, found)
    assert view.is_behind
    assert view.created.isoformat() == "2027-01-04T07:30:00"


def test_visits_that_stand_already_are_told_from_those_that_move(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found = stored(database, cast)
    with database.read() as work:
        view = proposal(work, cast.ada, NOW, found)
    assert [visit.change for visit in view.programs[0].visits] == ["stands", "stands", "moved"]
    assert (view.visits, view.changes, view.may_publish) == (3, 1, True)
