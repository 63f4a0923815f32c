"""Gates: who may open which, how long an opening holds, and when a visit is go, no-go or released."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cast import NOW, Cast, add_staff, add_user
from programs import at, program, put, visit_row

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.domain.gates import CLEARANCE, RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.services import gates
from coordinator.services.gate_lines import GatedVisit
from coordinator.services.gate_policy import GatePolicy, decide
from coordinator.services.no_go import note_no_gos
from coordinator.services.schedule import Override, move_visit
from coordinator.services.worklist import Urgency
from coordinator.services.worklist_sources import worklist
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

START = NOW + timedelta(days=2, hours=2)
"""When the dosing visit starts: Wednesday at nine. It is Monday at seven."""


@pytest.fixture
def gated(database: Database, cast: Cast) -> int:
    """Pat's dosing visit, before which clearance and a ride home must be open."""
    with database.write() as work:
        version = work.session.get_one(ProtocolVersionRecord, cast.protocol_version)
        version.gates = write_visit_gates({"c1.d1": (CLEARANCE, RIDE)})
    put(database, cast, cast.first, program("e01", 1, 9))
    return visit_row(database, cast.first, "c1.d1").id


def eve(database: Database, cast: Cast) -> Actor:
    """The physician, signed in."""
    with database.write() as work:
        return add_user(work, cast.clinic_id, "eve@example.org", "Eve Okafor", Access.CLINICIAN, NOW, cast.eve_staff)


def seen(database: Database, actor: Actor, visit_id: int, after: timedelta = timedelta()) -> GatedVisit:
    with database.read() as work:
        return gates.gated_visit(work, actor, NOW + after, visit_id)


def opened(database: Database, actor: Actor, visit_id: int, kind: str, until: date | None = None) -> None:
    with database.write() as work:
        gates.open_gate(work, actor, NOW, visit_id, kind, until)


def test_a_visit_is_go_only_once_every_gate_is_open(database: Database, cast: Cast, gated: int) -> None:
    assert (seen(database, cast.ada, gated).verdict, len(seen(database, cast.ada, gated).shut)) == ("waiting", 2)
    opened(database, eve(database, cast), gated, "clearance")
    assert seen(database, cast.ada, gated).verdict == "waiting"
    assert seen(database, cast.ada, gated, timedelta(hours=34)).verdict == "no_go"
    opened(database, cast.ada, gated, "ride")
    view = seen(database, cast.ada, gated, timedelta(hours=34))
    assert (view.verdict, view.shut) == ("go", ())
    assert [(each.opened_by, each.valid_until) for each in view.lines] == [
        ("Eve Okafor", date(2027, 2, 1)), ("Ada Moss", None),
    ]  # fmt: skip


def test_a_physicians_gate_is_opened_by_a_physician_alone(database: Database, cast: Cast, gated: int) -> None:
    for actor in (cast.ben, cast.ada, replace(cast.ada, access=Access.ADMINISTRATOR)):
        with pytest.raises(NotAllowed, match=r"“Medical clearance” is opened by a physician\. Ask one of them\."):
            opened(database, actor, gated, "clearance")
    physician = eve(database, cast)
    with pytest.raises(NotAllowed):
        opened(database, physician, gated, "ride")
    opened(database, physician, gated, "clearance")
    with pytest.raises(NotAllowed), database.write() as work:
        gates.shut_gate(work, cast.ben, NOW, gated, "clearance")


def test_who_has_no_part_in_the_program_and_other_clinics_find_no_gate(
    database: Database, cast: Cast, gated: int
) -> None:
    with database.write() as work:
        staff = add_staff(work, cast.clinic_id, "dr-fay", "Fay Lund", ["physician"])
        fay = add_user(work, cast.clinic_id, "fay@example.org", "Fay Lund", Access.CLINICIAN, NOW, staff)
    for actor in (fay, cast.cy):
        with pytest.raises(NotFound):
            opened(database, actor, gated, "clearance")
        with pytest.raises(NotFound):
            seen(database, actor, gated)
    with pytest.raises(NotFound):
        opened(database, cast.ada, gated, "labs")


def test_a_clearance_covers_later_visits_while_it_is_valid(database: Database, cast: Cast, gated: int) -> None:
    physician = eve(database, cast)
    opened(database, physician, gated, "clearance", date(2027, 1, 7))
    for day, is_open in ((4, False), (3, True)):
        with database.write() as work:
            move_visit(work, cast.ada, NOW, gated, at(day, 13), "dosing-1", overrides=[Override("gap", "A test.")])
        assert seen(database, cast.ada, gated).lines[0].is_open is is_open


def test_an_opening_reaches_the_visit_and_no_further_than_it_may(database: Database, cast: Cast, gated: int) -> None:
    physician = eve(database, cast)
    with pytest.raises(InvalidInput, match="holds until February 1 at most"):
        opened(database, physician, gated, "clearance", date(2027, 2, 2))
    with pytest.raises(InvalidInput, match=r"must hold on the day of the visit\. Choose January 6 or later"):
        opened(database, physician, gated, "clearance", date(2027, 1, 5))


def test_a_ride_home_is_for_the_time_that_the_visit_had(database: Database, cast: Cast, gated: int) -> None:
    opened(database, cast.ada, gated, "ride")
    with database.write() as work:
        move_visit(work, cast.ada, NOW, gated, at(2, 10), "dosing-1")
    assert not seen(database, cast.ada, gated).lines[1].is_open


def test_a_gate_can_be_shut_again_and_both_are_in_the_audit_log(database: Database, cast: Cast, gated: int) -> None:
    opened(database, cast.ben, gated, "ride")
    with database.write() as work:
        gates.shut_gate(work, cast.ada, NOW, gated, "ride")
    assert not seen(database, cast.ada, gated).lines[1].is_open
    with database.read() as work:
        entries = work.session.query(AuditRecord).where(AuditRecord.action.like("gate.%")).order_by(AuditRecord.id)
        told = [(each.action, each.actor, each.detail.get("gate")) for each in entries if each.action != "gate.read"]
    assert told == [("gate.open", "Ben Ito", "ride"), ("gate.shut", "Ada Moss", "ride")]


def test_what_is_over_keeps_its_gates(database: Database, cast: Cast, gated: int) -> None:
    with database.write() as work:
        work.session.get_one(VisitRecord, gated).status = "attended"
    with pytest.raises(Conflict, match="is over"):
        opened(database, cast.ada, gated, "ride")


def test_the_worklist_has_each_owners_gates_and_for_coordinators_the_no_go_in_their_place(
    database: Database, cast: Cast, gated: int
) -> None:
    physician = eve(database, cast)

    def kinds(actor: Actor, after: timedelta) -> list[tuple[str, str, Urgency]]:
        with database.read() as work:
            items = worklist(work, actor, NOW + after)
        return [(each.kind, each.owner, each.urgency) for each in items if each.kind.startswith("gate")]

    day_before, no_go = timedelta(hours=20), timedelta(hours=34)
    assert kinds(cast.ada, day_before) == [
        ("gate.shut", "Eve Okafor", Urgency.NOW), ("gate.shut", "Coordinator", Urgency.SOON),
    ]  # fmt: skip
    assert kinds(physician, day_before) == [("gate.shut", "Eve Okafor", Urgency.NOW)]
    assert kinds(cast.ben, day_before) == []
    assert kinds(cast.ada, no_go) == [("gate.no_go", "Coordinator", Urgency.NOW)]
    with database.read() as work:
        assert [line.kind for _, lines in gates.to_open(work, physician, NOW) for line in lines] == ["clearance"]
    opened(database, physician, gated, "clearance")
    opened(database, cast.ada, gated, "ride")
    assert kinds(cast.ada, no_go) == kinds(physician, no_go) == []
    with database.read() as work:
        assert gates.to_open(work, physician, NOW) == []


@pytest.mark.parametrize("releases", [False, True])
def test_a_no_go_is_noted_once_and_its_time_released_where_that_is_chosen(
    database: Database, cast: Cast, gated: int, releases: bool
) -> None:
    with database.write() as work:
        decide(work, replace(cast.ada, access=Access.ADMINISTRATOR), NOW, GatePolicy(12 * 60, releases))
    assert note_no_gos(database, START - timedelta(hours=13)) == 0
    late = START - timedelta(hours=11)
    assert [note_no_gos(database, late), note_no_gos(database, late)] == [1, 0]
    assert visit_row(database, cast.first, "c1.d1").status == ("canceled" if releases else "scheduled")
    with database.read() as work:
        (told,) = work.session.query(NoticeRecord).filter_by(topic=gates.no_go_topic(gated, 1))
    assert (told.recipient_kind, told.recipient_id, told.status) == ("user", cast.ada.user_id, "queued")
    assert "The visit e01/c1.d1 on Wednesday, January 6 at 9:00 AM is a no-go" in told.content["text"]


def test_a_message_about_a_no_go_is_taken_back_once_every_gate_is_open(
    database: Database, cast: Cast, gated: int
) -> None:
    assert note_no_gos(database, START - timedelta(hours=15)) == 1
    opened(database, eve(database, cast), gated, "clearance")
    opened(database, cast.ada, gated, "ride")
    with database.read() as work:
        (told,) = work.session.query(NoticeRecord).filter_by(topic=gates.no_go_topic(gated, 1))
    assert (told.status, told.reason) == ("withdrawn", "Every gate is open now.")


def test_before_a_groups_visit_a_gate_is_open_once_it_is_for_each_patient(
    database: Database, cast: Cast, gated: int
) -> None:
    with database.write() as work:
        work.session.add(
            EnrollmentPatientRecord(clinic_id=cast.clinic_id, enrollment_id=cast.first, patient_id=cast.quinn)
        )

    def act(what: str, patient: int | None) -> list[tuple[str, bool]]:
        with database.write() as work:
            if what == "open":
                gates.open_gate(work, cast.ada, NOW, gated, "ride", patient_id=patient)
            else:
                gates.shut_gate(work, cast.ada, NOW, gated, "ride", patient_id=patient)
        line = next(each for each in seen(database, cast.ada, gated).lines if each.kind == "ride")
        return [("all", line.is_open), *((each.name, each.is_open) for each in line.patients)]

    pat, quinn = "p01 Pat Lee", "p02 Quinn Diaz"
    assert act("open", cast.pat) == [("all", False), (pat, True), (quinn, False)]
    assert act("open", cast.quinn) == [("all", True), (pat, True), (quinn, True)]
    assert act("shut", cast.pat) == [("all", False), (pat, False), (quinn, True)]
    assert act("open", None) == [("all", True), (pat, True), (quinn, True)]
    assert act("shut", cast.quinn) == [("all", False), (pat, True), (quinn, False)]
    assert act("shut", None) == [("all", False), (pat, False), (quinn, False)]
    with pytest.raises(NotFound, match="no such patient"):
        act("open", 10**6)
    with database.read() as work:
        details = [each.detail.get("patient") for each in work.session.query(AuditRecord).filter_by(action="gate.open")]
    assert details == ["p01", "p02", None]
