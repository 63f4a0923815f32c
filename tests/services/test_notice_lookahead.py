"""What is told though nobody published it: shut gates, time that runs out, finished programs, tomorrow's schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from booking import book, ledger
from cast import NOW, Cast, add_user
from programs import program, put, visit_row
from sqlalchemy import delete, update

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access
from coordinator.domain.gates import CLEARANCE, CONSENT, RIDE
from coordinator.domain.reminding import GATE_DUE, PROGRAM_FINISHED, SCHEDULE_TOMORROW, WINDOW_CLOSING, Rule
from coordinator.exchange.gates import write_visit_gates
from coordinator.services import gates, notice_rules, outcomes, schedule
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notice_lookahead import look_ahead
from coordinator.store.contacts import ContactRecord
from coordinator.store.notices import NoticeRecord, NoticeRuleRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database

DOSING = NOW + timedelta(days=2, hours=2)
"""When Pat's dosing visit starts: Wednesday at nine. It is Monday at seven."""
LAST = datetime(2027, 1, 10, 8, 0, tzinfo=UTC)
"""The end of Saturday, the last day of the integration that follows it."""


class Clinic:
    """A clinic with one rule, a mailer that records, and a clock that is told."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast, self.mailer = database, cast, RecordingMailer()
        with database.write() as work:
            version = work.session.get_one(ProtocolVersionRecord, cast.protocol_version)
            version.gates = write_visit_gates({"c1.d1": (CLEARANCE, CONSENT, RIDE)})
            work.session.execute(update(PatientRecord).values(email="pat@example.org"))
            for person in (cast.ben_staff, cast.eve_staff):
                mine = work.session.get_one(StaffRecord, person)
                mine.email = f"{mine.code}@example.org"
        put(database, cast, cast.first, program("e01", 1, 9))
        with database.write() as work:
            work.session.execute(delete(NoticeRecord))
            work.session.execute(delete(NoticeRuleRecord))

    def rule(self, what: str, audience: str, **more: object) -> None:
        with self.database.write() as work:
            notice_rules.save(work, self.cast.ada, NOW, Rule("", audience, what=what, **more), None)  # type: ignore[arg-type]

    def tick(self, at: datetime) -> list[tuple[str, str]]:
        """Looks and delivers; (address, subject) of what left."""
        before = len(self.mailer.sent)
        look_ahead(self.database, at)
        courier = Courier(self.database, self.mailer, lambda: at, "w1", lease_seconds=60)
        while deliver_due(courier):
            pass
        return [(each.to, each.subject) for each in self.mailer.sent[before:]]

    def open_all(self) -> None:
        """Opens the gates: the ride home by the coordinator, the others by the physician."""
        visit_id, cast = visit_row(self.database, self.cast.first, "c1.d1").id, self.cast
        with self.database.write() as work:
            eve = add_user(work, cast.clinic_id, "eve@example.org", "Eve Okafor", Access.CLINICIAN, NOW, cast.eve_staff)
            for actor, kind in ((eve, "clearance"), (eve, "consent"), (cast.ada, "ride")):
                gates.open_gate(work, actor, NOW, visit_id, kind, None)

    def settle(self, code: str, outcome: str = "attended") -> None:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.write() as work:
            outcomes.record(work, self.cast.ada, visit.ends_at, visit.id, outcome)


@pytest.fixture
def clinic(database: Database, cast: Cast) -> Clinic:
    return Clinic(database, cast)


def test_a_shut_gate_is_told_once_at_its_time_to_who_may_see_to_it(clinic: Clinic) -> None:
    clinic.rule(GATE_DUE, "owner", minutes_before=24 * 60)
    assert clinic.tick(DOSING - timedelta(hours=25)) == []
    told = clinic.tick(DOSING - timedelta(hours=24))
    assert ("dr-eve@example.org", "Still open before Wednesday, January 6, at 9:00 AM") in told
    assert len({address for address, _ in told}) == len(told)
    text = next(each.text for each in clinic.mailer.sent if each.to == "dr-eve@example.org")
    assert "a clearance" in text and "ride home" not in text
    assert clinic.tick(DOSING - timedelta(hours=23)) == []


def test_a_gate_opened_meanwhile_is_not_told(clinic: Clinic) -> None:
    clinic.rule(GATE_DUE, "lead", minutes_before=24 * 60)
    look_ahead(clinic.database, DOSING - timedelta(hours=24))
    clinic.open_all()
    assert clinic.tick(DOSING - timedelta(hours=24)) == []
    assert [(each.status, each.reason) for each in ledger(clinic.database)] == [
        ("withdrawn", "Every gate is open by now.")
    ]


def test_a_visit_moved_between_looking_and_leaving_is_not_told_stale(clinic: Clinic) -> None:
    clinic.rule(GATE_DUE, "lead", minutes_before=24 * 60)
    look_ahead(clinic.database, DOSING - timedelta(hours=24))
    with clinic.database.write() as work:
        schedule.cancel_visit(work, clinic.cast.ada, NOW, visit_row(clinic.database, clinic.cast.first, "c1.d1").id)
    assert clinic.tick(DOSING - timedelta(hours=24)) == []
    assert {each.status for each in ledger(clinic.database)} == {"withdrawn"}


def test_the_hour_before_holds_for_what_is_booked_in_time_alone(clinic: Clinic) -> None:
    """A visit booked five hours ahead does not owe what was due a day ahead."""
    clinic.rule(GATE_DUE, "lead", minutes_before=72 * 60)
    assert clinic.tick(DOSING - timedelta(hours=5)) == []


def test_time_that_runs_out_is_told_while_the_visit_has_none(clinic: Clinic) -> None:
    clinic.rule(WINDOW_CLOSING, "patient", days_before=1, at=9 * 60)
    for code in ("p1", "c1.d1"):
        clinic.settle(code)
    friday_at_nine = LAST - timedelta(hours=39)
    assert clinic.tick(friday_at_nine) == []
    canceled = friday_at_nine - timedelta(days=1, hours=1)
    with clinic.database.write() as work:
        integration = visit_row(clinic.database, clinic.cast.first, "c1.i1").id
        work.session.execute(delete(NoticeRecord))
        schedule.cancel_visit(work, clinic.cast.ada, canceled, integration)
    assert clinic.tick(friday_at_nine - timedelta(minutes=1)) == []
    assert clinic.tick(friday_at_nine) == [("pat@example.org", "Please arrange your next visit")]
    assert "by Saturday, January 9, 2027" in clinic.mailer.sent[-1].text
    assert clinic.tick(friday_at_nine + timedelta(hours=1)) == []


def test_a_guardian_is_told_what_the_patient_agreed_to(clinic: Clinic) -> None:
    for told, email in ((["times"], "gran@example.org"), (["ride"], "uncle@example.org")):
        with clinic.database.write() as work:
            work.session.add(
                ContactRecord(
                    clinic_id=clinic.cast.clinic_id, patient_id=clinic.cast.pat, kind="guardian", name="Gran",
                    email=email, may_be_told=told,
                )
            )  # fmt: skip
    clinic.rule(PROGRAM_FINISHED, "guardian")
    clinic.rule("visit_ahead", "guardian", minutes_before=60)
    start = NOW + timedelta(days=3, hours=9)
    with clinic.database.write() as work:
        book(work, clinic.cast, NOW, start, "extra")
    assert clinic.tick(start - timedelta(hours=1)) == [
        ("gran@example.org", "Reminder: a visit on Thursday, January 7, at 4:00 PM")
    ]
    assert "/answer" not in clinic.mailer.sent[-1].text


def test_a_finished_program_is_told_once(clinic: Clinic) -> None:
    clinic.rule(PROGRAM_FINISHED, "patient")
    for code in ("p1", "c1.d1", "c1.i1"):
        clinic.settle(code)
    end = visit_row(clinic.database, clinic.cast.first, "c1.i1").ends_at
    assert clinic.tick(end + timedelta(minutes=5)) == [("pat@example.org", "Your visits are complete")]
    assert clinic.tick(end + timedelta(minutes=10)) == []
    assert clinic.tick(end + timedelta(days=3)) == []


def test_tomorrows_schedule_is_told_in_the_evening_as_it_is_then(clinic: Clinic) -> None:
    clinic.rule(SCHEDULE_TOMORROW, "staff", days_before=1, at=18 * 60)
    evening = datetime(2027, 1, 6, 2, 0, tzinfo=UTC)  # Tuesday at six in Los Angeles
    assert clinic.tick(evening - timedelta(minutes=1)) == []
    told = clinic.tick(evening)
    assert sorted(told) == [
        ("dr-eve@example.org", "Your schedule for Wednesday, January 6"),
        ("th-ben@example.org", "Your schedule for Wednesday, January 6"),
    ]
    assert "9:00 AM to 11:00 AM" in next(each.text for each in clinic.mailer.sent if each.to.startswith("th-ben"))
    assert clinic.tick(evening + timedelta(hours=1)) == []


@pytest.mark.parametrize("sunday", [datetime(2027, 3, 14, tzinfo=UTC), datetime(2027, 11, 7, tzinfo=UTC)])
def test_six_in_the_evening_stays_six_when_clocks_change(clinic: Clinic, sunday: datetime) -> None:
    """The schedule of the Monday after a change is told on Sunday at six, by the clinic's clock."""
    clinic.rule(SCHEDULE_TOMORROW, "staff", days_before=1, at=18 * 60)
    before = 8 if sunday.month == 11 else 7  # hours behind UTC, from that Sunday on
    with clinic.database.write() as work:
        book(work, clinic.cast, NOW, sunday + timedelta(days=1, hours=18), "extra")
    six = sunday + timedelta(hours=18 + before)
    assert clinic.tick(six - timedelta(minutes=1)) == []
    assert [address for address, _ in clinic.tick(six)] == ["th-ben@example.org"]


def test_a_rule_that_is_turned_off_tells_nothing_more(clinic: Clinic) -> None:
    clinic.rule(SCHEDULE_TOMORROW, "staff", days_before=1, at=18 * 60)
    evening = datetime(2027, 1, 6, 2, 0, tzinfo=UTC)
    look_ahead(clinic.database, evening)
    with clinic.database.write() as work:
        [line] = notice_rules.listed(work, clinic.cast.ada)
        notice_rules.turn(work, clinic.cast.ada, evening, line.code, active=False)
    assert clinic.tick(evening) == []
    assert {each.reason for each in ledger(clinic.database)} == {"The rule was turned off."}
