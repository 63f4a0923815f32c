"""The day of a visit: its steps and undoing them, starting only what is go, and what a late visit pushes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from booking import ledger
from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.gates import RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.services import contacts, gates, outcomes, running_late, visit_day
from coordinator.services.contacts import ContactDetails
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.schedule import move_visit
from coordinator.services.visit_day import VisitDay
from coordinator.services.worklist_sources import worklist
from coordinator.store import visit_queries
from coordinator.store.audit import AuditRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database

START = NOW + timedelta(days=2, hours=2)
"""When Pat's dosing visit starts: Wednesday at nine, for two hours."""


@pytest.fixture
def dosing(database: Database, cast: Cast) -> int:
    """Pat's dosing visit at nine; Quinn's, with the same room, at a quarter past eleven."""
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, lead="th-dana"))
    return visit_row(database, cast.first, "c1.d1").id


def step(database: Database, actor: Actor, visit_id: int, name: str, minutes: int = 0) -> None:
    with database.write() as work:
        visit_day.step(work, actor, START + timedelta(minutes=minutes), visit_id, name)


def seen(database: Database, cast: Cast, visit_id: int) -> VisitDay:
    with database.read() as work:
        return visit_day.of_visit(work, cast.ada, START, visit_id) or pytest.fail()


def test_steps_are_taken_in_turn_and_each_can_be_undone(database: Database, cast: Cast, dosing: int) -> None:
    assert [each.step for each in seen(database, cast, dosing).steps] == [
        "arrived", "in_room", "started", "monitored", "left",
    ]  # fmt: skip
    for name in ("arrived", "in_room", "arrived"):
        step(database, cast.ben, dosing, name)
    day = seen(database, cast, dosing)
    assert [(each.by, each.is_next) for each in day.steps[:3]] == [("Ben Ito", False), ("Ben Ito", False), ("", True)]
    assert day.newest and day.newest.step == "in_room"
    with database.write() as work:
        visit_day.undo(work, cast.ada, START, dosing, "in_room")
    assert [each.at is None for each in seen(database, cast, dosing).steps] == [False, True, True, True, True]
    with database.read() as work:
        told = [each.action for each in work.session.query(AuditRecord).where(AuditRecord.action.like("visit.step%"))]
    assert told == ["visit.step", "visit.step", "visit.step_undo"]


def test_only_a_dosing_visit_is_monitored_and_left(database: Database, cast: Cast, dosing: int) -> None:
    preparation = visit_row(database, cast.first, "p1").id
    with database.read() as work:
        rows = visit_queries.one(work, cast.clinic_id, preparation)
        assert rows
        (day,) = visit_day.of_visits(work, cast.ada, START, [rows]).values()
    assert [each.step for each in day.steps] == ["arrived", "in_room", "started"]
    assert not day.may_step
    with pytest.raises(Conflict, match="not the day of the visit"):
        step(database, cast.ada, preparation, "arrived")


def test_a_visit_with_a_shut_gate_does_not_start(database: Database, cast: Cast, dosing: int) -> None:
    with database.write() as work:
        version = work.session.get_one(ProtocolVersionRecord, cast.protocol_version)
        version.gates = write_visit_gates({"c1.d1": (RIDE,)})
    step(database, cast.ben, dosing, "arrived")
    with pytest.raises(Conflict, match=r"no go: Ride home named is shut\. Open it first"):
        step(database, cast.ben, dosing, "started")
    with database.write() as work:
        gates.open_gate(work, cast.ada, START, dosing, "ride")
    step(database, cast.ben, dosing, "started")


def test_a_visit_that_is_moved_to_another_day_begins_anew(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9)[:2])
    visit = visit_row(sqlite, sqlite_cast.first, "c1.d1").id
    early, after = START - timedelta(minutes=10), START + timedelta(days=1)
    with sqlite.write() as work:
        visit_day.step(work, sqlite_cast.ben, early, visit, "arrived")
        visit_day.late(work, sqlite_cast.ben, early, visit, 40)
        move_visit(work, sqlite_cast.ada, early, visit, at(3, 9), "dosing-1")
        day = visit_day.of_visit(work, sqlite_cast.ada, after, visit) or pytest.fail()
        assert (day.late, day.said, day.newest) == (0, False, None)
        assert running_late.lateness(work, sqlite_cast.ada, after, visit) is None
        visit_day.step(work, sqlite_cast.ben, after, visit, "arrived")
        day = visit_day.of_visit(work, sqlite_cast.ada, after, visit) or pytest.fail()
        assert day.newest and day.newest.step == "arrived"


def test_whose_visit_it_is_not_and_what_is_over_is_refused(database: Database, cast: Cast, dosing: int) -> None:
    quinns = visit_row(database, cast.second, "c1.d1").id
    for actor, visit_id in ((cast.ben, quinns), (cast.cy, dosing)):
        with pytest.raises(NotFound):
            step(database, actor, visit_id, "arrived")
    with pytest.raises(NotFound):
        step(database, cast.ben, dosing, "flown")
    with database.write() as work:
        outcomes.record(work, cast.ben, START + timedelta(hours=2), dosing, "attended")
    with pytest.raises(Conflict, match="is recorded already"):
        step(database, cast.ben, dosing, "left")


def test_what_a_late_visit_pushes_and_who_should_know(database: Database, cast: Cast, dosing: int) -> None:
    with database.write() as work:
        ride = ContactDetails("family", "Robin Lee", "555-0100", "", ("ride",), NOW.date())
        contacts.add(work, cast.ada, NOW, cast.pat, ride)
        visit_day.late(work, cast.ben, START, dosing, 120)
    with database.read() as work:
        late = running_late.lateness(work, cast.ada, START, dosing) or pytest.fail()
        bens = running_late.lateness(work, cast.ben, START, dosing) or pytest.fail()
    (push,) = late.pushes
    assert (push.who, push.minutes, push.by) == ("p02 Quinn Diaz", 15, ("Dosing room 1",))
    assert f"{push.start:%H:%M} {push.expected:%H:%M} {late.expected_end:%H:%M}" == "13:00 13:15 13:00"
    assert [(each.name, each.why) for each in late.to_tell] == [
        ("Robin Lee", "picks the patient up"), ("Dana Roy", "waits at 1:00 PM"), ("Eve Okafor", "waits at 1:00 PM"),
        ("p02 Quinn Diaz", "comes at 1:00 PM"),
    ]  # fmt: skip
    assert [each.who for each in bens.pushes] == ["Another patient"]
    with database.write() as work:
        assert running_late.tell(work, cast.ben, START, dosing) == 3
    with database.read() as work:
        texts = {
            each.content["text"] for each in work.session.query(NoticeRecord).where(NoticeRecord.topic.is_not(None))
        }
    assert texts == {"Your visit at 1:00 PM today may start about 15 minutes late. You need not do anything."}


def test_who_waits_is_not_told_of_a_time_that_is_theirs_no_more(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, lead="th-dana"))
    with sqlite.write() as work:
        visit_day.late(work, sqlite_cast.ben, START, visit_row(sqlite, sqlite_cast.first, "c1.d1").id, 120)
        running_late.tell(work, sqlite_cast.ben, START, visit_row(sqlite, sqlite_cast.first, "c1.d1").id)
        move_visit(
            work, sqlite_cast.ada, START, visit_row(sqlite, sqlite_cast.second, "c1.d1").id, at(2, 14), "dosing-2"
        )
    mailer = RecordingMailer()
    deliver_due(Courier(sqlite, mailer, lambda: START, "w1", 60))
    assert mailer.sent == []
    assert {each.reason for each in ledger(sqlite) if each.what == "message"} == {"The visit was changed."}


def test_a_late_visit_stands_on_the_worklist_until_it_is_on_time_or_over(
    database: Database, cast: Cast, dosing: int
) -> None:
    def late(actor: Actor) -> list[str]:
        with database.read() as work:
            return [each.title for each in worklist(work, actor, START) if each.kind == "visit.late"]

    with database.write() as work:
        visit_day.late(work, cast.ben, START, dosing, 120)
    assert late(cast.ada) == late(cast.ben) == ["p01 Pat Lee: 120 minutes late"]
    with database.write() as work:
        visit_day.undo(work, cast.ada, START, dosing, "late")
    assert late(cast.ada) == []
    step(database, cast.ben, dosing, "started", 130)
    assert late(cast.ada) == ["p01 Pat Lee: 130 minutes late"]
    with database.write() as work:
        outcomes.record(work, cast.ben, START + timedelta(hours=4), dosing, "attended")
    assert late(cast.ada) == []
    with pytest.raises(Conflict, match="recorded already"), database.write() as work:
        visit_day.late(work, cast.ben, START, dosing, 10)


def test_lateness_is_some_minutes(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 240"), sqlite.write() as work:
        visit_day.late(work, sqlite_cast.ada, START, 1, 0)
