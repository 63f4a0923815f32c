"""Held times: nobody else gets them until the hold is over, and publishing takes them over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from cast import NOW, Cast
from programs import changes, program, put
from sqlalchemy import func, select

from coordinator.domain.errors import Conflict
from coordinator.domain.schedule import PlacedVisit
from coordinator.exchange.enrollments import write_placed
from coordinator.services import holds, program_actions, proposals, schedule
from coordinator.services.housekeeping import keep_house
from coordinator.services.planning import Runner, run_next_job
from coordinator.store.claims import ClaimRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database


def proposed(database: Database, cast: Cast, enrollment: int, visits: Sequence[PlacedVisit]) -> int:
    plan = {"format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "visits": write_placed(visits)}
    with database.write() as work:
        record = ProposalRecord(
            clinic_id=cast.clinic_id,
            enrollments=[enrollment],
            plan={**plan, "unplanned": []},
            clinic_revision=0,
            created_at=NOW,
        )
        work.session.add(record)
        work.session.flush()
        return record.id


def hold(database: Database, cast: Cast, proposal_id: int, days: int = 1) -> None:
    with database.write() as work:
        holds.hold(work, cast.ada, NOW, proposal_id, days)


def held(database: Database) -> int:
    with database.read() as work:
        query = select(func.count()).where(ClaimRecord.proposal_id.is_not(None))
        return work.session.scalar(query) or 0


def test_held_times_are_refused_to_others_and_planned_around(database: Database, cast: Cast) -> None:
    hold(database, cast, proposed(database, cast, cast.first, program("e01", 1, 9)))
    with database.write() as work, pytest.raises(Conflict, match="Ben Ito"):
        schedule.apply_changes(work, cast.ada, NOW, changes(cast.second, program("e02", 1, 9)))
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.second])
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    with database.read() as work:
        made = work.session.scalars(select(ProposalRecord).where(ProposalRecord.job_id.is_not(None))).first()
        assert made is not None
    with database.write() as work:
        assert len(schedule.publish(work, cast.ada, NOW, made.id).visits) == 3


def test_publishing_takes_the_held_times_over(database: Database, cast: Cast) -> None:
    proposal = proposed(database, cast, cast.first, program("e01", 1, 9))
    hold(database, cast, proposal)
    assert held(database) > 0
    with database.write() as work:
        assert len(schedule.publish(work, cast.ada, NOW, proposal).visits) == 3
    assert held(database) == 0


def test_of_two_plans_for_one_program_the_one_held_last_is_held(database: Database, cast: Cast) -> None:
    first = proposed(database, cast, cast.first, program("e01", 1, 9))
    second = proposed(database, cast, cast.first, program("e01", 1, 10))
    hold(database, cast, first)
    before = held(database)
    hold(database, cast, second)
    assert held(database) == before
    with database.read() as work:
        assert work.session.get_one(ProposalRecord, first).held_until is None


def test_another_plan_for_the_program_is_published_over_what_is_held_for_it(
    sqlite: Database, sqlite_cast: Cast
) -> None:
    cast = sqlite_cast
    hold(sqlite, cast, proposed(sqlite, cast, cast.first, program("e01", 1, 9)))
    other = proposed(sqlite, cast, cast.first, program("e01", 1, 9)[:2] + program("e01", 1, 10)[2:])
    with sqlite.write() as work:
        assert len(schedule.publish(work, cast.ada, NOW, other).visits) == 3
    assert held(sqlite) == 0


def test_of_plans_for_several_programs_the_unpublished_ones_stay(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    both = proposed(sqlite, cast, cast.first, program("e01", 1, 9) + program("e02", 1, 13))
    second = proposed(sqlite, cast, cast.second, program("e02", 1, 13))
    with sqlite.write() as work:
        work.session.get_one(ProposalRecord, both).enrollments = [cast.first, cast.second]
        schedule.publish(work, cast.ada, NOW, both, only=[cast.first])
    with sqlite.read() as work:
        assert work.session.get_one(ProposalRecord, second).status == "open"


@pytest.mark.parametrize("act", [program_actions.pause, program_actions.end])
def test_a_program_that_stops_holds_nothing(sqlite: Database, sqlite_cast: Cast, act: Callable[..., object]) -> None:
    hold(sqlite, sqlite_cast, proposed(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9)))
    with sqlite.write() as work:
        act(work, sqlite_cast.ada, NOW, sqlite_cast.first)
    assert held(sqlite) == 0


def test_a_hold_ends_by_itself_and_with_its_proposal(database: Database, cast: Cast) -> None:
    first = proposed(database, cast, cast.first, program("e01", 1, 9))
    second = proposed(database, cast, cast.second, program("e02", 1, 13))
    hold(database, cast, first, days=1)
    hold(database, cast, second, days=7)
    keep_house(database, NOW + timedelta(hours=23))
    both = held(database)
    keep_house(database, NOW + timedelta(days=1))
    assert 0 < held(database) < both
    with database.write() as work:
        proposals.discard(work, cast.ada, NOW, second)
    assert held(database) == 0


def test_what_does_not_fit_any_more_is_not_held(database: Database, cast: Cast) -> None:
    proposal = proposed(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 9))
    with database.write() as work, pytest.raises(Conflict, match="Ben Ito"):
        holds.hold(work, cast.ada, NOW, proposal, 1)
    assert held(database) == 0
