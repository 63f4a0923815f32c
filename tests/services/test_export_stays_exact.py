"""Whatever is done to a clinic in whatever order, its export breaks no rule and states its cost and status exactly."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

from cast import NOW, SECRET, Cast, seat
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import changes, program
from sqlalchemy import select

from coordinator.domain.clinic_time import minute_at
from coordinator.domain.errors import DomainError
from coordinator.domain.rules import misstatements, violations
from coordinator.services import outcomes, schedule, transfer
from coordinator.store.audit import verify
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import set_status
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord

HOURS, DAYS = st.sampled_from([8, 9, 10, 11, 13, 14, 15]), st.integers(0, 9)
PLACES = st.tuples(st.just("publish"), st.integers(0, 1), DAYS, HOURS)
MOVES = st.tuples(st.just("move"), st.integers(0, 8), DAYS, HOURS)
CANCELS = st.tuples(st.just("cancel"), st.integers(0, 8), st.just(0), st.just(0))
OUTCOMES = st.tuples(st.just("settle"), st.integers(0, 8), st.integers(0, 3), st.just(0))
STATUSES = st.tuples(st.just("status"), st.integers(0, 1), st.integers(0, 3), st.just(0))
STEPS = st.lists(st.tuples(st.one_of(PLACES, MOVES, CANCELS, OUTCOMES, STATUSES), st.integers(0, 30)), max_size=14)


def do(work: Work, cast: Cast, now: datetime, step: tuple[str, int, int, int]) -> None:
    """One use of the services; a refusal is raised."""
    what, which, a, b = step
    enrollment = (cast.first, cast.second)[which % 2]
    if what == "publish":
        lead, room = ("th-ben", "dosing-1") if which % 2 == 0 else ("th-dana", "dosing-2")
        code = "e01" if enrollment == cast.first else "e02"
        schedule.apply_changes(work, cast.ada, now, changes(enrollment, program(code, a, b, room, lead)))
        return
    if what == "status":
        set_status(work, cast.clinic_id, enrollment, ("active", "paused", "finished", "ended")[a], NOW)
        return
    visits = work.session.scalars(select(VisitRecord).order_by(VisitRecord.id)).all()
    if not visits:
        return
    visit = visits[which % len(visits)]
    if what == "move":
        room = {"p1": "therapy-1", "c1.d1": "dosing-2", "c1.i1": None}[visit.code]
        start = minute_at(date(2027, 1, 4) + timedelta(days=a), time(b))
        leave = [schedule.Override(rule, "For the test.") for rule in ("gap", "visits-per-day", "staff-hours")]
        schedule.move_visit(work, cast.ada, now, visit.id, start, room, overrides=leave if b % 2 else [])
    elif what == "cancel":
        schedule.cancel_visit(work, cast.ada, now, visit.id)
    else:
        outcomes.record(work, cast.ada, now, visit.id, outcomes.OUTCOMES[a])


def assert_exact(database: Database, cast: Cast, now: datetime) -> None:
    with database.read() as work:
        problem, plan = transfer.export(work, cast.ada, now)
        holding = set(work.session.scalars(select(ClaimRecord.visit_id)))
        held = select(VisitRecord.id).where(VisitRecord.status.in_(("scheduled", "attended", "stopped_early")))
        assert holding == set(work.session.scalars(held))
    assert violations(problem, plan) == []
    assert misstatements(problem, plan) == []


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_an_export_is_exact_after_anything(
    sqlite_template: Path, steps: list[tuple[tuple[str, int, int, int], int]]
) -> None:
    file = sqlite_template.with_name("steps.db")
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}", SECRET)
    cast, now = seat(database), NOW
    try:
        for step, hours in steps:
            now += timedelta(hours=hours)
            with suppress(DomainError), database.write() as work:
                do(work, cast, now, step)
            assert_exact(database, cast, now)
        with database.read() as work:
            assert verify(work, cast.clinic_id) is None
    finally:
        database.dispose()
