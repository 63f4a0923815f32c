"""Repairs: what an event breaks is mended with the fewest changes, and published together with the event itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cast import NOW, PROTOCOL, Cast, add_protocol
from programs import at, program, put, visit_row
from sqlalchemy import select

from coordinator.domain.clinic_time import DAY
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.events import (
    Amiss,
    Event,
    Moved,
    PatientAway,
    ProtocolChange,
    RoomClosed,
    StaffAway,
    TeamChange,
    as_json,
    from_json,
)
from coordinator.domain.rules import misstatements, violations
from coordinator.services import repairs, schedule
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.publications import undo
from coordinator.services.transfer import export
from coordinator.store.enrollments import CareTeamRecord, EnrollmentRecord, pin
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.publications import PublicationRecord
from coordinator.store.staff import BookingRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord


def mended(database: Database, cast: Cast, event: Event) -> ProposalRecord:
    """The proposal that repairs an event."""
    with database.write() as work:
        repairs.request(work, cast.ada, NOW, event)
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    with database.read() as work:
        failures = work.session.scalars(select(PlanningJobRecord.failure).where(PlanningJobRecord.failure != "")).all()
        assert not failures
        return work.session.scalars(select(ProposalRecord).order_by(ProposalRecord.id.desc())).first() or pytest.fail()


def publish(database: Database, cast: Cast, proposal: ProposalRecord) -> int:
    """How many visits publishing it writes; the clinic keeps every rule afterwards."""
    with database.write() as work:
        return len(schedule.publish(work, cast.ada, NOW, proposal.id).visits)


def standing(database: Database, cast: Cast, enrollment: int) -> dict[str, tuple[int, int | None]]:
    """Each visit's hour since Monday midnight in UTC, and its room."""
    with database.read() as work:
        rows = work.session.scalars(
            select(VisitRecord).where(VisitRecord.enrollment_id == enrollment, VisitRecord.status == "scheduled")
        )
        monday = datetime(2027, 1, 4, 8, tzinfo=UTC)
        return {row.code: (int((row.starts_at - monday).total_seconds() // 3600), row.room_id) for row in rows}


@pytest.mark.parametrize(
    "event",
    [
        StaffAway(1, 5, 9),
        Amiss((3, 4)),
        Moved(1, "p1", 60, None, {"lead": "th-ben"}),
        TeamChange(1, "lead", 2, 730_000),
    ],
)
def test_an_event_comes_back_from_json_as_it_was(event: Event) -> None:
    assert from_json(json.loads(json.dumps(as_json(event)))) == event


def test_who_falls_ill_for_a_day_moves_the_visits_of_that_day_alone(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 2, 14, dosing="dosing-2", lead="th-dana"))
    before = standing(database, cast, cast.first)
    proposal = mended(database, cast, StaffAway(cast.ben_staff, at(3, 0), at(4, 0)))
    assert proposal.enrollments == [cast.first]
    assert publish(database, cast, proposal) == 1
    after = standing(database, cast, cast.first)
    assert {code for code in before if before[code] != after[code]} == {"c1.i1"}
    with database.read() as work:
        (off,) = work.session.scalars(select(TimeOffRecord)).all()
        assert (off.staff_id, off.status) == (cast.ben_staff, "approved")


def test_a_closed_room_is_left_and_then_booked(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    proposal = mended(database, cast, RoomClosed(cast.dosing_1, at(0, 0), at(9, 0)))
    assert publish(database, cast, proposal) == 1
    assert standing(database, cast, cast.first)["c1.d1"] == (24 * 2 + 9, cast.dosing_2)
    with database.read() as work:
        assert work.session.scalars(select(BookingRecord.room_id)).all() == [cast.dosing_1]


def test_a_patient_who_is_away_is_not_planned_then_any_more(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    publish(database, cast, mended(database, cast, PatientAway(cast.first, at(3, 0), at(4, 0))))
    assert standing(database, cast, cast.first)["c1.i1"][0] // 24 == 4
    with database.read() as work:
        away = work.session.get_one(EnrollmentRecord, cast.first).unavailable
        assert away == [["2027-01-07T00:00", "2027-01-08T00:00"]]


def test_a_missed_visit_is_made_up(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        schedule.cancel_visit(work, cast.ada, NOW, visit_row(database, cast.first, "c1.d1").id)
    assert publish(database, cast, mended(database, cast, Amiss((cast.first,)))) == 1
    assert standing(database, cast, cast.first).keys() == {"p1", "c1.d1", "c1.i1"}
    assert visit_row(database, cast.first, "c1.d1", attempt=2).status == "scheduled"


def test_a_visit_moved_by_hand_takes_with_it_what_follows(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    people = {"lead": "th-ben", "supervisor": "dr-eve"}
    proposal = mended(database, cast, Moved(cast.first, "c1.d1", at(8, 10), "dosing-1", people))
    assert publish(database, cast, proposal) == 2
    after = standing(database, cast, cast.first)
    assert after["p1"][0] == 24 + 9
    assert after["c1.d1"][0] == 24 * 8 + 10
    assert 9 <= after["c1.i1"][0] // 24 <= 11


def test_a_visit_is_not_moved_to_where_no_rule_lets_it(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    people = {"lead": "th-ben", "supervisor": "dr-eve"}
    with database.write() as work, pytest.raises(Conflict, match="Choose another time"):
        repairs.request(work, cast.ada, NOW, Moved(cast.first, "c1.d1", at(6, 10), "dosing-1", people))


def longer() -> dict[str, Any]:
    """Another protocol: the preparation is not in it, a review comes after."""
    found: dict[str, Any] = {
        **PROTOCOL,
        "id": "maxi",
        "gaps": [*PROTOCOL["gaps"], {"from": "c1.i1", "to": "r1", "min_days": 7}],
    }
    review = {"id": "r1", "kind": "review", "minutes": 60, "room": "therapy", "needs": PROTOCOL["visits"][0]["needs"]}
    found["visits"] = [*PROTOCOL["visits"][1:], review]
    found["gaps"] = [each for each in found["gaps"] if each["from"] != "p1"]
    return found


def test_from_a_day_on_somebody_else_leads(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    event = TeamChange(cast.first, "lead", cast.dana_staff, at(2, 0) // DAY)
    assert publish(database, cast, mended(database, cast, event)) == 2
    with database.read() as work:
        assert work.session.scalars(select(CareTeamRecord.staff_id)).all() == [cast.dana_staff]
    assert visit_row(database, cast.first, "p1").overrides[0]["rule"] == "kept"
    with database.write() as work, pytest.raises(InvalidInput, match="Eve Okafor is not therapist"):
        repairs.request(work, cast.ada, NOW, replace(event, staff_id=cast.eve_staff))


def test_the_rest_of_a_program_follows_another_protocol(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        version = add_protocol(work, cast.clinic_id, longer(), NOW)
    assert publish(database, cast, mended(database, cast, ProtocolChange(cast.first, version))) == 1
    assert standing(database, cast, cast.first).keys() == {"c1.d1", "c1.i1", "r1"}
    assert visit_row(database, cast.first, "p1").status == "canceled"


def test_what_cannot_be_repaired_stays_and_says_why_while_the_others_are_mended(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13))
    with database.write() as work:
        work.session.get_one(EnrollmentRecord, cast.second).latest = date(2027, 1, 7)
        pin(work, cast.clinic_id, cast.second, "lead", cast.ben_staff)
    proposal = mended(database, cast, StaffAway(cast.ben_staff, at(2, 0), at(4, 0)))
    assert [each["enrollment"] for each in proposal.plan["unplanned"]] == ["e02"]
    assert proposal.plan["unplanned"][0]["reason"]
    assert {each["enrollment"] for each in proposal.plan["visits"]} == {"e01"}
    assert publish(database, cast, proposal) == 2


def test_after_each_repair_the_clinic_exports_as_a_valid_plan(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    publish(database, cast, mended(database, cast, TeamChange(cast.first, "lead", cast.dana_staff, at(3, 0) // DAY)))
    publish(database, cast, mended(database, cast, RoomClosed(cast.dosing_1, at(0, 0), at(9, 0))))
    publish(database, cast, mended(database, cast, PatientAway(cast.first, at(3, 0), at(4, 0))))
    with database.read() as work:
        problem, plan = export(work, cast.ada, NOW)
    assert not violations(problem, plan)
    assert not misstatements(problem, plan)


@pytest.mark.parametrize("what", ["staff", "patient", "room", "team", "protocol"])
def test_undoing_a_repair_takes_back_what_it_put_down_and_doing_it_again_puts_it_back(
    sqlite: Database, sqlite_cast: Cast, what: str
) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        version = add_protocol(work, cast.clinic_id, longer(), NOW)
    events: dict[str, Event] = {
        "staff": StaffAway(cast.ben_staff, at(3, 0), at(4, 0)),
        "patient": PatientAway(cast.first, at(3, 0), at(4, 0)),
        "room": RoomClosed(cast.dosing_1, at(0, 0), at(9, 0)),
        "team": TeamChange(cast.first, "lead", cast.dana_staff, at(0, 0) // DAY),
        "protocol": ProtocolChange(cast.first, version),
    }
    before = standing(sqlite, cast, cast.first), put_down(sqlite, cast)
    proposal = mended(sqlite, cast, events[what])
    publish(sqlite, cast, proposal)
    after = standing(sqlite, cast, cast.first), put_down(sqlite, cast)
    assert after[1] != before[1]
    undo_newest(sqlite, cast)
    assert (standing(sqlite, cast, cast.first), put_down(sqlite, cast)) == before
    if what == "protocol":
        with pytest.raises(Conflict, match="Publish it from its page"):
            undo_newest(sqlite, cast)
        publish(sqlite, cast, proposal)
    else:
        for now_it_is in (after, before, after):
            undo_newest(sqlite, cast)
            assert (standing(sqlite, cast, cast.first), put_down(sqlite, cast)) == now_it_is
    assert (standing(sqlite, cast, cast.first), put_down(sqlite, cast)) == after
    with sqlite.read() as work:
        problem, plan = export(work, cast.ada, NOW)
    assert violations(problem, plan) == []


def put_down(database: Database, cast: Cast) -> list[object]:
    """All that a repair's event can change besides the visits."""
    with database.read() as work:
        entry = work.session.get_one(EnrollmentRecord, cast.first)
        off = work.session.execute(
            select(TimeOffRecord.staff_id, TimeOffRecord.starts_at).where(TimeOffRecord.status == "approved")
        ).all()
        pins = work.session.execute(select(CareTeamRecord.need, CareTeamRecord.staff_id).order_by(CareTeamRecord.need))
        closed = work.session.execute(select(BookingRecord.room_id, BookingRecord.starts_at)).all()
        leave = work.session.scalars(select(VisitRecord.overrides).order_by(VisitRecord.id)).all()
        return [off, entry.unavailable, entry.protocol_version_id, pins.all(), closed, any(leave)]


def undo_newest(database: Database, cast: Cast) -> None:
    with database.write() as work:
        newest = work.session.scalars(select(PublicationRecord.id).order_by(PublicationRecord.id.desc())).first()
        undo(work, cast.ada, NOW, newest or 0)


def test_an_event_that_touches_nothing_needs_no_repair(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work, pytest.raises(Conflict, match="nothing to repair"):
        repairs.request(work, cast.ada, NOW, StaffAway(cast.dana_staff, at(0, 0), at(5, 0)))
