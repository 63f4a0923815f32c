"""After a dosing visit: its integration has until the end of the last allowed day; without a time it is an alert."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cast import NOW, Cast
from programs import at, program, put, visit_row
from sqlalchemy import select

from coordinator.domain.events import Amiss
from coordinator.domain.rules import misstatements, violations
from coordinator.services import integration, outcomes, repairs, schedule
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.schedule import Override, move_visit
from coordinator.services.transfer import export
from coordinator.services.worklist import Item, Urgency
from coordinator.services.worklist_sources import worklist
from coordinator.store.clinics import ClosureRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database

THURSDAY = NOW + timedelta(days=3, hours=4)
"""After Pat's dosing visit of Wednesday and the hour of the integration on Thursday."""


@pytest.fixture
def attended(database: Database, cast: Cast) -> Cast:
    """Pat was prepared and dosed; the integration was to be on Thursday, and may be until Saturday."""
    put(database, cast, cast.first, program("e01", 1, 9))
    settle(database, cast, "p1", "attended")
    settle(database, cast, "c1.d1", "attended")
    return cast


def settle(database: Database, cast: Cast, code: str, outcome: str) -> None:
    visit = visit_row(database, cast.first, code)
    with database.write() as work:
        outcomes.record(work, cast.ada, visit.ends_at, visit.id, outcome)


def items(database: Database, cast: Cast) -> list[Item]:
    """What Pat's program puts on the worklist."""
    with database.read() as work:
        return [each for each in worklist(work, cast.ada, THURSDAY) if "Pat" in each.title]


def repaired(database: Database, cast: Cast) -> ProposalRecord:
    with database.write() as work:
        repairs.request(work, cast.ada, THURSDAY, Amiss((cast.first,)))
    assert run_next_job(Runner(database, lambda: THURSDAY, "p1", lease_seconds=60))
    with database.read() as work:
        return work.session.scalars(select(ProposalRecord)).one()


def assert_export_passes(database: Database, cast: Cast) -> None:
    with database.read() as work:
        problem, plan = export(work, cast.ada, THURSDAY)
        assert violations(problem, plan) == []
        assert misstatements(problem, plan) == []


def test_a_dosing_visit_that_took_place_starts_the_countdown(database: Database, attended: Cast) -> None:
    with database.read() as work:
        (waits,) = integration.of_program(work, attended.ada, NOW + timedelta(days=2), attended.first)
    assert (waits.title, waits.last, waits.days_left, waits.is_amiss) == (
        "Integration 1, course 1", date(2027, 1, 9), 3, False,
    )  # fmt: skip
    assert waits.planned and waits.planned.date() == date(2027, 1, 7)
    assert [each.kind for each in items(database, attended)] == ["visit.outcome"]
    settle(database, attended, "c1.i1", "attended")
    assert items(database, attended) == []


def test_a_missed_integration_is_one_alert_until_it_has_a_new_time_in_its_window(
    database: Database, attended: Cast
) -> None:
    settle(database, attended, "c1.i1", "no_show")
    (alert,) = items(database, attended)
    assert (alert.kind, alert.urgency, alert.action.endpoint) == ("integration.missing", Urgency.NOW, "repairs.ask")
    assert alert.detail == "Integration 1, course 1 has no time; allowed until Sat, Jan 9, 2 days left"
    assert alert.since == visit_row(database, attended.first, "c1.i1").ends_at
    proposal = repaired(database, attended)
    with database.write() as work:
        schedule.publish(work, attended.ada, THURSDAY, proposal.id)
    assert items(database, attended) == []
    again = visit_row(database, attended.first, "c1.i1", attempt=2)
    assert again.starts_at.date() in (date(2027, 1, 7), date(2027, 1, 8))
    assert_export_passes(database, attended)


def test_where_no_day_is_left_the_repair_says_why_and_the_alert_stays(database: Database, attended: Cast) -> None:
    settle(database, attended, "c1.i1", "no_show")
    with database.write() as work:
        work.session.add_all(ClosureRecord(clinic_id=attended.clinic_id, day=date(2027, 1, day)) for day in (7, 8))
    proposal = repaired(database, attended)
    (unplanned,) = proposal.plan["unplanned"]
    assert unplanned["reason"].startswith("The clinic is closed on January 7, and Ben Ito is not there on Saturdays")
    assert "integration.missing" in [each.kind for each in items(database, attended)]
    assert_export_passes(database, attended)


def test_an_integration_outside_its_window_is_an_alert_unless_somebody_gave_leave(
    database: Database, attended: Cast
) -> None:
    visit = visit_row(database, attended.first, "c1.i1")
    with database.write() as work:
        leave = [Override("gap", "The patient is away until Monday.")]
        move_visit(work, attended.ada, NOW, visit.id, at(7, 9), None, overrides=leave)
    assert items(database, attended) == []
    with database.write() as work:
        visit_row_in = work.session.get_one(type(visit), visit.id)
        visit_row_in.overrides = []
    (alert,) = items(database, attended)
    assert alert.detail == "Integration 1, course 1 is on Mon, Jan 11; allowed until Sat, Jan 9, 2 days left"
