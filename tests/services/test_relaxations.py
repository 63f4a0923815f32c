"""What would make a program possible, at one press: the clinic's own data changes, and the next plan is whole."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.errors import Conflict, NotAllowed, NotFound
from coordinator.services import proposals, relaxations
from coordinator.services.enrollments import enroll_choices
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.proposal_views import proposal as view_of
from coordinator.services.schedule import publish
from coordinator.store.enrollments import CareTeamRecord, EnrollmentRecord, pin
from coordinator.store.proposals import ProposalRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.staff import StaffHoursRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database, Work


def planned(database: Database) -> ProposalRecord:
    """What the next planning job comes to."""
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    with database.read() as work:
        query = select(ProposalRecord).where(ProposalRecord.status == "open").order_by(ProposalRecord.id)
        return work.session.scalars(query).first() or pytest.fail("no proposal")


def asked(database: Database, cast: Cast) -> ProposalRecord:
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    return planned(database)


def off(work: Work, cast: Cast, staff_id: int, first: date, last: date) -> None:
    work.session.add(
        TimeOffRecord(
            clinic_id=cast.clinic_id,
            staff_id=staff_id,
            starts_at=datetime(first.year, first.month, first.day, 8, tzinfo=UTC),
            ends_at=datetime(last.year, last.month, last.day, 8, tzinfo=UTC),
            status="approved",
            created_at=NOW,
        )
    )


def stored(database: Database, cast: Cast, *acts: dict[str, Any]) -> int:
    """A proposal that offers these changes as one relaxation."""
    with database.write() as work:
        record = ProposalRecord(
            clinic_id=cast.clinic_id,
            enrollments=[cast.first],
            plan={"visits": [], "unplanned": [], "cost": 0, "bound": 0},
            detail={"acts": {"e01": [list(acts)]}},
            clinic_revision=0,
            created_at=NOW,
        )
        work.session.add(record)
        work.session.flush()
        return record.id


def test_every_relaxation_that_is_offered_makes_the_program_possible(database: Database, cast: Cast) -> None:
    """The planner's promise, kept by the app: press any, and the next plan is whole and can be published."""
    with database.write() as work:
        work.session.get_one(EnrollmentRecord, cast.first).latest = date(2027, 1, 8)
        pin(work, cast.clinic_id, cast.first, "lead", cast.ben_staff)
        off(work, cast, cast.ben_staff, date(2027, 1, 6), date(2027, 1, 9))
    first = asked(database, cast)
    with database.read() as work:
        (program,) = view_of(work, cast.ada, NOW, first.id).programs
    assert len(program.ways) == len(program.relaxations) > 1
    assert {each.is_clinic_wide for each in program.ways} == {True, False}
    way = next(each for each in program.ways if not each.is_clinic_wide)
    with database.write() as work:
        relaxations.apply(work, cast.ada, NOW, first.id, cast.first, way.number)
    second = planned(database)
    assert second.plan["status"] == "planned"
    with database.write() as work:
        assert len(publish(work, cast.ada, NOW, second.id).visits) == 3


def test_time_off_is_withdrawn_and_the_program_fits(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.get_one(EnrollmentRecord, cast.first).latest = date(2027, 1, 8)
        off(work, cast, cast.eve_staff, date(2027, 1, 4), date(2027, 1, 9))
    first = asked(database, cast)
    acts = first.detail["acts"]["e01"]
    number = next(i for i, each in enumerate(acts) if [one["on"] for one in each] == ["time-off"])
    with database.write() as work:
        relaxations.apply(work, cast.ada, NOW, first.id, cast.first, number)
        assert work.session.scalars(select(TimeOffRecord.status)).all() == ["withdrawn"]
    assert planned(database).plan["status"] == "planned"


def test_a_relaxed_gap_makes_a_version_for_this_program_alone(database: Database, cast: Cast) -> None:
    act = {"on": "gap", "from": "c1.d1", "to": "c1.i1", "field": "max_days", "value": 5}
    proposal = stored(database, cast, act)
    with database.write() as work:
        relaxations.apply(work, cast.ada, NOW, proposal, cast.first, 0)
    with database.read() as work:
        own = work.session.get_one(EnrollmentRecord, cast.first).protocol_version_id
        assert own != cast.protocol_version
        assert work.session.get_one(ProtocolVersionRecord, own).body["gaps"][1]["max_days"] == 5
        assert work.session.get_one(ProtocolVersionRecord, cast.protocol_version).body["gaps"][1]["max_days"] == 3
        assert work.session.get_one(EnrollmentRecord, cast.second).protocol_version_id == cast.protocol_version
        offered = enroll_choices(work, cast.ada, NOW).protocols
        assert [each.version_id for each in offered] == [cast.protocol_version]


def test_team_dates_and_hours_change_in_the_enrollment(database: Database, cast: Cast) -> None:
    with database.write() as work:
        pin(work, cast.clinic_id, cast.first, "lead", cast.ben_staff)
        record = work.session.get_one(EnrollmentRecord, cast.first)
        record.avoid, record.weekly = ["dr-eve"], {"mon": [["08:00", "09:00"]]}
    acts = (
        {"on": "team", "need": "lead"},
        {"on": "avoid", "staff": "dr-eve"},
        {"on": "date", "field": "latest", "value": "2027-04-01"},
        {"on": "patient-hours", "day": "tue", "hours": [["08:00", "12:00"]]},
    )
    proposal = stored(database, cast, *acts)
    with database.write() as work:
        relaxations.apply(work, cast.ada, NOW, proposal, cast.first, 0)
    with database.read() as work:
        record = work.session.get_one(EnrollmentRecord, cast.first)
        assert (record.avoid, record.latest) == ([], date(2027, 4, 1))
        assert record.weekly == {"mon": [["08:00", "09:00"]], "tue": [["08:00", "12:00"]]}
        assert work.session.scalars(select(CareTeamRecord)).all() == []


def test_longer_hours_of_a_person_hold_from_today_on(database: Database, cast: Cast) -> None:
    act = {"on": "staff-hours", "staff": "dr-eve", "day": "sat", "hours": [["08:00", "12:00"]]}
    proposal = stored(database, cast, act)
    with database.write() as work:
        relaxations.apply(work, cast.ada, NOW, proposal, cast.first, 0)
        query = select(StaffHoursRecord).where(StaffHoursRecord.staff_id == cast.eve_staff)
        old, new = work.session.scalars(query.order_by(StaffHoursRecord.valid_from)).all()
    assert "sat" not in old.weekly
    assert (new.valid_from, new.weekly["sat"]) == (date(2027, 1, 4), [["08:00", "12:00"]])


def test_what_cannot_be_changed_changes_nothing(database: Database, cast: Cast) -> None:
    closed = stored(
        database, cast, {"on": "date", "field": "latest", "value": "2027-04-01"}, {"on": "closure", "days": []}
    )
    with pytest.raises(NotAllowed, match="administrator"), database.write() as work:
        relaxations.apply(work, cast.ada, NOW, closed, cast.first, 0)
    with pytest.raises(NotFound), database.write() as work:
        relaxations.apply(work, cast.ada, NOW, closed, cast.first, 1)
    with pytest.raises(NotFound), database.write() as work:
        relaxations.apply(work, cast.cy, NOW, closed, cast.first, 0)
    elsewhere = stored(database, cast, {"on": "unavailable", "span": ["2027-01-05T00:00", "2027-01-06T00:00"]})
    with pytest.raises(Conflict, match="elsewhere"), database.write() as work:
        relaxations.apply(work, cast.ada, NOW, elsewhere, cast.first, 0)
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).latest == date(2027, 3, 26)
