"""Import and export: what comes out is exactly what stands, its cost and status included, whatever happened between."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from cast import PROTOCOL, WEEK
from sqlalchemy import func, select

from coordinator.domain.actor import system
from coordinator.domain.clinic_time import minute_at
from coordinator.domain.cost import total
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem
from coordinator.exchange.plan import read_plan, write_plan
from coordinator.exchange.problem import read_problem, write_problem
from coordinator.services import outcomes, schedule, transfer
from coordinator.store import audit
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import EnrollmentRecord, set_status
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

NOW = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
MIDWAY = NOW + timedelta(days=2, hours=5)
"""Wednesday noon: the dosing visit of the first program is under way."""


def problem_file() -> dict[str, Any]:
    """A clinic with three enrollments, one of them a cohort that shares a patient with nobody."""
    person = {"roles": ["therapist"], "weekly": WEEK, "time_off": [["2027-02-01T00:00", "2027-02-06T00:00"]]}
    return {
        "format": "kap-problem/1",
        "clinic": "Harbor Clinic",
        "timezone": "America/Los_Angeles",
        "slot_minutes": 15,
        "horizon": {"first": "2027-01-04", "last": "2027-03-26"},
        "closures": ["2027-01-18"],
        "staff": [
            {"id": "th-ben", "name": "Ben Ito", **person, "max_minutes_per_week": 1800,
             "booked": [["2027-01-11T09:00", "2027-01-11T11:00"], ["2027-01-11T10:00", "2027-01-11T12:00"]]},
            {"id": "th-dana", "name": "Dana Roy", **person, "turnover_minutes": 15},
            {"id": "dr-eve", "name": "Eve Okafor", "roles": ["physician"], "weekly": WEEK, "supervises": 2,
             "supervising": [["2027-01-06T09:00", "2027-01-06T10:00"]]},
        ],
        "rooms": [
            {"id": "dosing-1", "name": "Dosing 1", "kinds": ["dosing"], "seats": 2, "turnover_minutes": 15},
            {"id": "therapy-1", "name": "Therapy 1", "kinds": ["therapy"], "seats": 2, "weekly": WEEK,
             "booked": [["2027-01-12T08:00", "2027-01-12T12:00"]]},
        ],
        "protocols": [PROTOCOL],
        "enrollments": [
            {"id": "e01", "patients": ["p01"], "protocol": "mini", "earliest": "2027-01-04",
             "team": {"lead": "th-ben"}},
            {"id": "e02", "patients": ["p02", "p03"], "protocol": "mini", "earliest": "2027-01-04",
             "latest": "2027-02-26", "avoid": ["th-ben"], "preferred": {"mon": [["08:00", "12:00"]]}},
            {"id": "e03", "patients": ["p04"], "protocol": "mini", "earliest": "2027-01-11",
             "unavailable": [["2027-01-20T00:00", "2027-01-20T24:00"]]},
        ],
        "weights": {"preferred": 31},
    }  # fmt: skip


def visit(enrollment: str, code: str, start: str, room: str | None, lead: str) -> dict[str, Any]:
    staff = {"lead": lead, "supervisor": "dr-eve"} if code == "c1.d1" else {"lead": lead}
    return {"enrollment": enrollment, "visit": code, "start": start, "room": room, "staff": staff}


VISITS = [
    visit("e01", "p1", "2027-01-05T09:00", "therapy-1", "th-ben"),
    visit("e01", "c1.d1", "2027-01-06T10:00", "dosing-1", "th-ben"),
    visit("e01", "c1.i1", "2027-01-07T09:00", None, "th-ben"),
    visit("e02", "p1", "2027-01-05T10:00", "therapy-1", "th-dana"),
    visit("e02", "c1.d1", "2027-01-06T14:00", "dosing-1", "th-dana"),
    visit("e02", "c1.i1", "2027-01-08T09:00", None, "th-dana"),
]


def plan_for(problem: Problem, visits: list[dict[str, Any]] = VISITS) -> Plan:
    planned = {each["enrollment"] for each in visits}
    unplanned = [{"enrollment": each.id} for each in problem.enrollments if each.id not in planned]
    file = {
        "format": "kap-plan/1",
        "status": "partial",
        "cost": 0,
        "bound": 0,
        "visits": visits,
        "unplanned": unplanned,
    }
    return read_plan(file, problem)


def bring_in(database: Database, file: dict[str, Any] | None = None, visits: list[dict[str, Any]] = VISITS) -> int:
    problem = read_problem(file or problem_file())
    with database.write() as work:
        return transfer.import_problem(work, NOW, problem, plan_for(problem, visits) if visits else None)


def taken_out(database: Database, clinic_id: int, now: datetime = NOW) -> tuple[Problem, Plan]:
    """The export, after a round through its files, checked: no broken rule, cost and status exact."""
    with database.read() as work:
        problem, plan = transfer.export(work, system(clinic_id), now)
    assert read_problem(write_problem(problem)) == problem
    plan = read_plan(write_plan(plan, problem), problem)
    assert violations(problem, plan) == []
    assert misstatements(problem, plan) == []
    return problem, plan


def test_a_clinic_comes_out_as_it_went_in(database: Database) -> None:
    problem = read_problem(problem_file())
    exported, plan = taken_out(database, bring_in(database))
    assert {(each.enrollment, each.visit, each.start) for each in plan.visits} == {
        (each.enrollment, each.visit, each.start) for each in plan_for(problem).visits
    }
    assert [each.enrollment for each in plan.unplanned] == ["e03"]
    assert plan.cost == total(problem, plan_for(problem).visits, {"e01", "e02"})
    assert exported.closures == problem.closures
    assert exported.weights == problem.weights
    assert exported.protocols == problem.protocols
    assert [each.weekly for each in exported.staff] == [each.weekly for each in problem.staff]
    assert [each.time_off for each in exported.staff] == [each.time_off for each in problem.staff]
    assert [(each.patients, each.team, each.avoid) for each in exported.enrollments] == [
        (each.patients, each.team, each.avoid) for each in problem.enrollments
    ]


def test_what_has_begun_is_kept_and_the_rest_is_judged(database: Database) -> None:
    problem, plan = taken_out(database, bring_in(database), MIDWAY)
    kept = {each.id: [visit.visit for visit in each.kept] for each in problem.enrollments}
    assert kept == {"e01": ["p1", "c1.d1"], "e02": ["p1"], "e03": []}
    assert len(plan.visits) == 6


def test_after_moves_outcomes_and_cancellations_it_is_still_exact(database: Database) -> None:
    clinic_id = bring_in(database)
    actor = system(clinic_id)
    with database.write() as work:
        ids = {
            (row.enrollment_id, row.code): row.id for row in work.session.scalars(select(VisitRecord).order_by("id"))
        }
        first, second = sorted({enrollment for enrollment, _ in ids})
        schedule.move_visit(work, actor, NOW, ids[first, "c1.i1"], minute_at(date(2027, 1, 8), time(11)), None)
        outcomes.record(work, actor, MIDWAY, ids[first, "p1"], "attended")
        schedule.cancel_visit(work, actor, MIDWAY, ids[second, "c1.i1"])
    problem, plan = taken_out(database, clinic_id, MIDWAY)
    assert [each.enrollment for each in plan.unplanned] == ["e02", "e03"]
    assert plan.unplanned[0].reason == "e02 is published in part: c1.i1 still need a time."
    assert [each.visit for each in problem.enrollments[1].kept] == ["p1", "c1.d1"]


@pytest.mark.parametrize("status", ["paused", "finished", "ended"])
def test_programs_that_are_paused_or_over_are_what_people_are_booked_for(database: Database, status: str) -> None:
    clinic_id = bring_in(database)
    with database.write() as work:
        first = work.session.scalars(select(EnrollmentRecord.id).where(EnrollmentRecord.code == "e01")).one()
        set_status(work, clinic_id, first, status, NOW)
    problem, plan = taken_out(database, clinic_id)
    assert [each.id for each in problem.enrollments] == ["e02", "e03"]
    assert len(plan.visits) == 3
    ben, _, eve = problem.staff
    assert len(ben.booked) == 1 + 3
    assert len(eve.supervising) == 1 + 2
    assert len(problem.rooms[0].booked) == 1


def test_an_empty_clinic_can_be_exported(database: Database) -> None:
    file = problem_file() | {"enrollments": [], "staff": [], "rooms": [], "protocols": [], "closures": []}
    problem, plan = taken_out(database, bring_in(database, file, []))
    assert plan.visits == ()
    assert problem.enrollments == ()


def test_without_a_plan_the_previous_visits_are_what_is_published(database: Database) -> None:
    file = problem_file() | {"previous": VISITS}
    _, plan = taken_out(database, bring_in(database, file, []))
    assert len(plan.visits) == 6


def test_a_plan_that_breaks_a_rule_is_refused_and_nothing_is_written(database: Database) -> None:
    visits = deepcopy(VISITS)
    visits[2]["start"] = "2027-01-05T09:00"
    with pytest.raises(InvalidInput, match="breaks a rule"):
        bring_in(database, None, visits)
    with database.read() as work:
        assert work.session.scalar(select(func.count()).select_from(EnrollmentRecord)) == 0


def test_kept_visits_stand_even_where_somebody_is_booked(database: Database) -> None:
    file = problem_file()
    kept = visit("e01", "p1", "2027-01-11T09:00", "therapy-1", "th-ben")
    del kept["enrollment"]
    file["enrollments"][0]["kept"] = [kept]
    clinic_id = bring_in(database, file, [])
    problem, plan = taken_out(database, clinic_id)
    assert [each.visit for each in problem.enrollments[0].kept] == ["p1"]
    assert plan.visits == ()


def test_kept_visits_that_collide_are_refused(database: Database) -> None:
    file = problem_file()
    for enrollment in file["enrollments"][:2]:
        kept = visit(enrollment["id"], "p1", "2027-01-12T13:00", "therapy-1", "th-ben")
        del kept["enrollment"]
        enrollment["kept"] = [kept]
    with pytest.raises(Conflict, match="is taken from Tue, Jan 12, 1:00 PM"):
        bring_in(database, file, [])


def test_kept_visits_that_are_over_count_as_attended(database: Database) -> None:
    file = problem_file() | {"horizon": {"first": "2026-12-28", "last": "2027-03-26"}}
    kept = visit("e01", "p1", "2026-12-29T09:00", "therapy-1", "th-ben")
    del kept["enrollment"]
    file["enrollments"][0] |= {"earliest": "2026-12-28", "kept": [kept]}
    bring_in(database, file, [])
    with database.read() as work:
        assert work.session.scalars(select(VisitRecord.status)).all() == ["attended"]


def test_everything_that_was_brought_in_is_claimed(database: Database) -> None:
    bring_in(database)
    with database.read() as work:
        by_visit = work.session.scalar(select(func.count()).where(ClaimRecord.visit_id.is_not(None)))
        by_booking = work.session.scalar(select(func.count()).where(ClaimRecord.booking_id.is_not(None)))
    assert by_visit == (4 + 6 + 2) + (5 + 7 + 3)  # the cohort has a patient more
    assert by_booking == 3


def test_importing_and_exporting_are_audited(database: Database) -> None:
    clinic_id = bring_in(database)
    taken_out(database, clinic_id)
    with database.read() as work:
        actions = work.session.scalars(select(audit.AuditRecord.action).order_by(audit.AuditRecord.number)).all()
        assert audit.verify(work, clinic_id) is None
    assert actions[0] == "clinic.found"
    assert actions[-2:] == ["clinic.import", "clinic.export"]


def test_kept_visits_stay_kept_until_they_are_moved(database: Database) -> None:
    file = problem_file()
    kept = visit("e01", "p1", "2027-01-05T07:00", "therapy-1", "th-ben")  # an hour before anything is open
    del kept["enrollment"]
    file["enrollments"][0]["kept"] = [kept]
    visits = [{"enrollment": "e01", **kept}, *VISITS[1:]]
    clinic_id = bring_in(database, file, visits)
    problem, _ = taken_out(database, clinic_id)
    assert [each.visit for each in problem.enrollments[0].kept] == ["p1"]
    with database.write() as work:
        row = work.session.scalars(select(VisitRecord).where(VisitRecord.code == "p1").order_by("id")).first()
        assert row is not None
        start = minute_at(date(2027, 1, 5), time(11))
        schedule.move_visit(work, system(clinic_id), NOW, row.id, start, "therapy-1")
    problem, _ = taken_out(database, clinic_id)
    assert problem.enrollments[0].kept == ()


def test_numbers_and_times_beyond_all_measure_are_cut_to_what_means_the_same(database: Database) -> None:
    file = problem_file() | {"enrollments": [], "slot_minutes": 10**15}
    huge = {"max_minutes_per_day": 10**15, "max_minutes_per_week": 10**15, "supervises": 10**15}
    ever = [["0001-01-01T00:00", "9999-12-31T24:00"]]
    file["staff"][2] |= {**huge, "turnover_minutes": 10**15, "time_off": ever, "booked": ever, "supervising": ever}
    file["rooms"][0] |= {"seats": 10**15, "turnover_minutes": 10**15, "booked": ever}
    problem, _ = taken_out(database, bring_in(database, file, []))
    eve = problem.staff[2]
    assert (eve.max_minutes_per_day, eve.max_minutes_per_week) == (None, None)
    assert eve.time_off[0].meets(minute_at(date(2027, 1, 4)), minute_at(date(2027, 1, 5)))


def test_what_was_overridden_is_exported_as_kept(database: Database) -> None:
    clinic_id = bring_in(database)
    actor = system(clinic_id)
    with database.write() as work:
        rows = work.session.scalars(select(VisitRecord).where(VisitRecord.code == "c1.i1").order_by("id")).all()
        late, evening = minute_at(date(2027, 1, 12), time(9)), minute_at(date(2027, 1, 8), time(18))
        leave = [schedule.Override("gap", "She travels."), schedule.Override("staff-hours", "Dana agreed.")]
        schedule.move_visit(work, actor, NOW, rows[0].id, late, None, overrides=leave[:1])
        schedule.move_visit(work, actor, NOW, rows[1].id, evening, None, overrides=leave[1:])
    problem, plan = taken_out(database, clinic_id)
    kept = {each.id: [visit.visit for visit in each.kept] for each in problem.enrollments}
    assert kept == {"e01": ["c1.d1", "c1.i1"], "e02": ["c1.i1"], "e03": []}
    assert len(plan.visits) == 6
