"""The demo clinic, loaded: it obeys every rule, has programs in every stage around today, and is always the same."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from coordinator.cli_demo_planner import plan
from coordinator.domain.actor import system
from coordinator.domain.clinic_time import from_utc
from coordinator.domain.cost import total
from coordinator.domain.publication import broken_now
from coordinator.domain.rules import misstatements, violations
from coordinator.services import feed_policy, passwords, transfer
from coordinator.services.demo.load import TIMEZONE, Loaded, load
from coordinator.services.demo.sign_ins import USERS, password_of
from coordinator.store import audit, enrollment_queries, snapshot, visit_queries
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.users import by_email
from coordinator.store.visit_queries import VisitRows

SECRET = "a-secret-key-for-tests-only-0123456789"
ZONE = ZoneInfo(TIMEZONE)
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
DATES = [datetime(2026, month, day, 20, tzinfo=UTC) for month in (1, 3, 5, 7, 9, 11) for day in (1, 12, 25)]


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Loaded]]:
    """The demo clinic on a Monday morning in November."""
    yield from _loaded(sqlite_template, tmp_path_factory.mktemp("demo") / "demo.db", NOW)


@pytest.fixture
def work(loaded: tuple[Database, Loaded]) -> Iterator[Work]:
    with loaded[0].read() as work:
        yield work
        work.before_commit.clear()


@pytest.fixture
def clinic_id(loaded: tuple[Database, Loaded]) -> int:
    return loaded[1].clinic_id


def _loaded(template: Path, file: Path, now: datetime) -> Iterator[tuple[Database, Loaded]]:
    shutil.copyfile(template, file)
    database = Database(f"sqlite:///{file}", SECRET)
    yield database, load(database, now, SECRET, plan)
    database.dispose()


def visits(work: Work, clinic_id: int, first: date, days: int) -> list[VisitRows]:
    """The visits that hold their time on these days."""
    start = datetime.combine(first, datetime.min.time(), ZONE)
    return visit_queries.between(work, clinic_id, start, start + timedelta(days=days), statuses=visit_queries.HOLDING)


def test_the_published_visits_break_no_rule(work: Work, clinic_id: int) -> None:
    taken = snapshot.load(work, clinic_id)
    assert broken_now(taken, from_utc(NOW, ZONE)) == []


def test_the_export_keeps_the_rules_and_states_its_cost(work: Work, clinic_id: int) -> None:
    problem, plan_ = transfer.export(work, system(clinic_id), NOW)
    assert violations(problem, plan_) == []
    assert misstatements(problem, plan_) == []
    planned = {each.enrollment for each in plan_.visits}
    assert plan_.cost == total(problem, plan_.visits, planned)
    assert len(plan_.unplanned) == 2, "the two programs that wait for a plan"


def test_programs_are_in_every_stage(work: Work, clinic_id: int) -> None:
    rows = enrollment_queries.listed(work, clinic_id)
    stages = Counter(each.enrollment.status for each in rows)
    assert sum(stages.values()) == 24
    assert stages["finished"] >= 4
    assert stages["active"] >= 14
    assert stages["waiting"] == 2
    assert len({each.protocol.code for each in rows}) >= 5


def test_this_week_is_full_and_some_of_it_is_today(work: Work, clinic_id: int) -> None:
    assert len(visits(work, clinic_id, date(2026, 11, 16), 7)) >= 35
    assert len(visits(work, clinic_id, date(2026, 11, 23), 7)) >= 25
    assert len(visits(work, clinic_id, date(2026, 11, 23), 1)) >= 6


def test_what_is_past_has_an_outcome_and_what_was_missed_was_planned_anew(work: Work, clinic_id: int) -> None:
    past = visit_queries.between(work, clinic_id, datetime(2020, 1, 1, tzinfo=UTC), NOW - timedelta(hours=12))
    outcomes = Counter(each.visit.status for each in past)
    assert outcomes["scheduled"] == 0
    assert outcomes["attended"] > 300
    assert outcomes["stopped_early"] > 0
    missed = [each for each in past if each.visit.status == "no_show"]
    assert len(missed) == 2
    for each in missed:
        attempts = visit_queries.of_enrollment(work, clinic_id, each.enrollment.id)
        assert [row.visit.code for row in attempts].count(each.visit.code) == 2


def test_a_cohort_meets_as_one(work: Work, clinic_id: int) -> None:
    together = [each for each in visits(work, clinic_id, date(2026, 11, 9), 28) if len(each.patients) == 5]
    assert together
    assert all(each.room is not None and each.room.seats >= 5 for each in together)


def test_nobody_is_reminded_of_the_past(work: Work, clinic_id: int) -> None:
    coming = {each.visit.id for each in visits(work, clinic_id, date(2026, 11, 23), 365) if each.visit.starts_at > NOW}
    owed = work.session.scalars(select(NoticeRecord).where(NoticeRecord.clinic_id == clinic_id)).all()
    assert owed
    assert {each.visit_id for each in owed} <= coming
    assert {each.status for each in owed} == {"queued"}


def test_everybody_can_sign_in_with_the_printed_password(work: Work) -> None:
    for user in USERS:
        record = by_email(work, user.email)
        assert record is not None
        assert passwords.matches(record.password_hash, password_of(user, SECRET))


def test_whoever_sees_codes_in_feeds_was_told_who_hosts_them(work: Work, clinic_id: int) -> None:
    decided = feed_policy.policy(work, system(clinic_id))
    assert (decided.ceiling, decided.hosts) == ("code", ("own",))


def test_the_audit_log_of_all_that_is_whole(work: Work, clinic_id: int) -> None:
    assert audit.verify(work, clinic_id) is None


@pytest.mark.soak
@pytest.mark.parametrize("now", DATES, ids=lambda each: f"{each:%m-%d}")
def test_on_any_date_every_program_finds_its_plan_and_is_the_same_twice(
    sqlite_template: Path, tmp_path: Path, now: datetime
) -> None:
    found = []
    for number in range(2):
        for database, clinic in _loaded(sqlite_template, tmp_path / f"{number}.db", now):
            with database.read() as work:
                taken = snapshot.load(work, clinic.clinic_id)
                assert broken_now(taken, from_utc(now, ZONE)) == []
                waiting = [entry for entry in taken.enrollments if entry.status == "waiting"]
                assert len(waiting) == 2
                found.append([visit.placed for visit in taken.visits])
    assert found[0] == found[1]
