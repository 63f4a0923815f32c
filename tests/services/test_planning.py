"""Planning jobs: leased, planned outside of any transaction, judged by the rules, stored; or ended with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from cast import NOW, Cast
from sqlalchemy import select, update

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.schedule import Plan, Problem, Unplanned
from coordinator.planner.native import NoCompiler
from coordinator.planner.plan import Limits, Progress, plan
from coordinator.services import planning, proposals
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.planning_line import MOST_STEPS
from coordinator.services.schedule import publish
from coordinator.store import planning_jobs
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

Planner = Callable[..., Plan]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runner(database: Database, clock: Clock) -> Runner:
    return Runner(database, clock, "p1", lease_seconds=60)


def ask(database: Database, cast: Cast, *enrollments: int) -> int:
    with database.write() as work:
        return proposals.request(work, cast.ada, NOW, enrollments or (cast.first,))


def job(database: Database, job_id: int) -> PlanningJobRecord:
    with database.read() as work:
        return work.session.get_one(PlanningJobRecord, job_id)


def stored(database: Database) -> list[ProposalRecord]:
    with database.read() as work:
        return list(work.session.scalars(select(ProposalRecord).order_by(ProposalRecord.id)))


def use(monkeypatch: pytest.MonkeyPatch, planner: Planner) -> None:
    monkeypatch.setattr(planning, "plan", planner)


def test_a_job_becomes_a_proposal_that_can_be_published(database: Database, cast: Cast, runner: Runner) -> None:
    asked = ask(database, cast)
    assert run_next_job(runner)
    assert (job(database, asked).status, job(database, asked).tries) == ("done", 1)
    (proposal,) = stored(database)
    assert [each["visit"] for each in proposal.plan["visits"]] == ["p1", "c1.d1", "c1.i1"]
    assert proposal.plan["status"] == "planned"
    with database.write() as work:
        assert len(publish(work, cast.ada, NOW, proposal.id).visits) == 3


def test_without_a_job_there_is_nothing_to_run(runner: Runner, cast: Cast) -> None:
    assert not run_next_job(runner)


def test_published_programs_stay_where_they_are(database: Database, cast: Cast, runner: Runner) -> None:
    ask(database, cast)
    run_next_job(runner)
    with database.write() as work:
        publish(work, cast.ada, NOW, stored(database)[0].id)
    ask(database, cast, cast.second)
    assert run_next_job(runner)
    second = stored(database)[1]
    assert {each["enrollment"] for each in second.reasons} == {"e02"}
    with database.write() as work:
        publish(work, cast.ada, NOW, second.id)
        assert len(work.session.scalars(select(VisitRecord)).all()) == 6


def test_progress_is_of_the_wanted_programs_alone_and_written_twice_a_second_at_most(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(database, cast)
    run_next_job(runner)
    with database.write() as work:
        publish(work, cast.ada, NOW, stored(database)[0].id)
    written: list[dict[str, object]] = []
    real = planning_jobs.report

    def count(*arguments: object) -> bool:
        if arguments[-1] is not None:
            written.append(arguments[-1])  # type: ignore[arg-type]
        return real(*arguments)  # type: ignore[arg-type]

    def report_often(problem: Problem, limits: Limits, *, report: Callable[[Progress], None], canceled: object) -> Plan:
        found = plan(problem, limits)
        for i in range(100):
            clock.at += timedelta(seconds=0.1)
            falls = found.cost + max(0, 70 - i)
            report(Progress(2, 2, falls, found.bound, found, 0.5))
        return found

    use(monkeypatch, report_often)
    monkeypatch.setattr(planning_jobs, "report", count)
    ask(database, cast, cast.second)
    run_next_job(runner)
    assert 15 <= len(written) <= 21
    own = sum(each["cost"] for each in stored(database)[1].reasons)
    steps = written[-1].pop("steps")
    assert isinstance(steps, list)
    assert [steps[0][1:], steps[-1][1:]] == [[1, own + 70], [1, own]]
    assert len(steps) <= MOST_STEPS
    assert all(later[2] < earlier[2] for earlier, later in pairwise(steps))
    assert written[-1].pop("better") == 71
    assert written[-1] == {"planned": 1, "enrollments": 1, "cost": own, "bound": written[-1]["bound"], "share": 0.5}


def test_a_canceled_job_keeps_the_best_plan_found_so_far(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)
    asks: list[bool] = []

    def cancel_meanwhile(problem: Problem, limits: Limits, *, report: object, canceled: Callable[[], bool]) -> Plan:
        asks.append(canceled())
        with database.write() as work:
            proposals.cancel_job(work, cast.ada, NOW, asked)
        clock.at += timedelta(seconds=1)
        asks.append(canceled())
        return plan(problem, limits)

    use(monkeypatch, cancel_meanwhile)
    assert run_next_job(runner)
    assert asks == [False, True]
    assert job(database, asked).status == "done"
    assert len(stored(database)[0].plan["visits"]) == 3


def test_a_job_that_is_canceled_before_anything_is_planned_ends_without_a_proposal(
    database: Database, cast: Cast, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)

    def cancel_at_once(problem: Problem, _limits: Limits, **_named: object) -> Plan:
        with database.write() as work:
            proposals.cancel_job(work, cast.ada, NOW, asked)
        return Plan((), (Unplanned("e01"),), problem.weights.unplanned)

    use(monkeypatch, cancel_at_once)
    assert run_next_job(runner)
    assert job(database, asked).status == "canceled"
    assert stored(database) == []


def test_the_job_of_a_process_that_died_is_taken_over_when_its_lease_has_passed(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)

    def die(*_arguments: object, **_named: object) -> Plan:
        raise SystemExit

    use(monkeypatch, die)
    with pytest.raises(SystemExit):
        run_next_job(runner)
    use(monkeypatch, plan)
    other = replace(runner, name="p2")
    clock.at += timedelta(seconds=59)
    assert not run_next_job(other)
    clock.at += timedelta(seconds=1)
    assert run_next_job(other)
    assert (job(database, asked).status, job(database, asked).tries) == ("done", 2)


def test_a_job_whose_process_died_can_be_canceled_though_nobody_takes_it_over(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)

    def die(*_arguments: object, **_named: object) -> Plan:
        raise SystemExit

    use(monkeypatch, die)
    with pytest.raises(SystemExit):
        run_next_job(runner)
    for seconds, status in ((59, "running"), (60, "canceled")):
        with database.write() as work:
            proposals.cancel_job(work, cast.ada, NOW + timedelta(seconds=seconds), asked)
        assert job(database, asked).status == status


def test_a_busy_database_ends_no_planning(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)
    real = planning_jobs.report

    def be_busy(*_arguments: object) -> bool:
        monkeypatch.setattr(planning_jobs, "report", real)
        raise Conflict("The database is busy with other changes.")

    def report_once(problem: Problem, limits: Limits, *, report: Callable[[Progress], None], canceled: object) -> Plan:
        found = plan(problem, limits)
        monkeypatch.setattr(planning_jobs, "report", be_busy)
        clock.at += timedelta(seconds=1)
        report(Progress(1, 1, found.cost, found.bound, found, None))
        return found

    use(monkeypatch, report_once)
    assert run_next_job(runner)
    assert planning_jobs.report is real
    assert job(database, asked).status == "done"


def test_a_process_that_lost_its_lease_stores_nothing(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(database, cast)
    other = replace(runner, name="p2")

    def be_overtaken(problem: Problem, limits: Limits, **_named: object) -> Plan:
        use(monkeypatch, plan)
        clock.at += timedelta(seconds=61)
        assert run_next_job(other)
        return plan(problem, limits)

    use(monkeypatch, be_overtaken)
    assert run_next_job(runner)
    assert len(stored(database)) == 1


def test_a_job_that_kills_its_process_again_and_again_fails(
    database: Database, cast: Cast, runner: Runner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)

    def die(*_arguments: object, **_named: object) -> Plan:
        raise SystemExit

    use(monkeypatch, die)
    for _ in range(3):
        with pytest.raises(SystemExit):
            run_next_job(runner)
        clock.at += timedelta(seconds=61)
    assert run_next_job(runner)
    assert job(database, asked).status == "failed"
    assert job(database, asked).failure.startswith("The planner stopped in the middle of this several times.")


def test_a_process_that_has_to_leave_gives_its_job_back(database: Database, cast: Cast, runner: Runner) -> None:
    asked = ask(database, cast)
    leaving = replace(runner, going_on=lambda: False)
    assert run_next_job(leaving)
    assert (job(database, asked).status, job(database, asked).tries) == ("queued", 0)
    assert run_next_job(runner)
    assert job(database, asked).status == "done"


def test_a_plan_that_breaks_a_rule_is_never_stored(
    database: Database, cast: Cast, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, cast)

    def break_a_rule(problem: Problem, limits: Limits, **_named: object) -> Plan:
        found = plan(problem, limits)
        return replace(found, visits=found.visits[1:])

    use(monkeypatch, break_a_rule)
    assert run_next_job(runner)
    assert job(database, asked).status == "failed"
    assert "breaks a rule" in job(database, asked).failure
    assert stored(database) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidInput("The zone is not known."), "The zone is not known."),
        (RuntimeError("Pat Lee"), "The planner failed."),
        (NoCompiler("The planner needs a C compiler."), "The planner needs a C compiler."),
    ],
)
def test_a_failure_is_said_in_words_and_the_next_job_runs(
    database: Database, cast: Cast, runner: Runner, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    asked = ask(database, cast)

    def fail(*_arguments: object, **_named: object) -> Plan:
        raise error

    use(monkeypatch, fail)
    assert run_next_job(runner)
    assert job(database, asked).status == "failed"
    assert job(database, asked).failure.startswith(said)
    use(monkeypatch, plan)
    ask(database, cast, cast.second)
    assert run_next_job(runner)
    assert len(stored(database)) == 1


def test_what_cannot_be_planned_is_a_proposal_that_says_why_and_what_would_help(
    database: Database, cast: Cast, runner: Runner
) -> None:
    with database.write() as work:
        work.session.execute(update(EnrollmentRecord).values(latest=date(2027, 1, 5)))
    asked = ask(database, cast)
    assert run_next_job(runner)
    assert job(database, asked).status == "done"
    (proposal,) = stored(database)
    (unplanned,) = proposal.plan["unplanned"]
    assert (unplanned["enrollment"], proposal.plan["visits"]) == ("e01", [])
    assert "e01" in unplanned["reason"]
    assert unplanned["relaxations"]


def test_published_programs_in_the_way_are_named_as_people_know_them(
    database: Database, cast: Cast, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blame(problem: Problem, found: Plan, **_named: object) -> Plan:
        return replace(found, unplanned=(Unplanned("e01", "It competes with e02~published."),))

    use(monkeypatch, lambda problem, *_more, **_named: Plan((), (Unplanned("e01"),), problem.weights.unplanned))
    monkeypatch.setattr(planning, "explained", blame)
    ask(database, cast)
    run_next_job(runner)
    assert stored(database)[0].plan["unplanned"][0]["reason"] == "It competes with e02."
