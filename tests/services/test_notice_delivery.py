"""Reminders: each once, at its time, while it is true; never lost, whatever the mail server does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, ledger, move
from cast import NOW, Cast
from sqlalchemy import delete, update

from coordinator.delivery.mail import Mail, Outcome, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.delivery.recording import RecordingMailer
from coordinator.services import notice_delivery, team
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.notices import NoticeRuleRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitStaffRecord

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)  # Friday, ten o'clock in Los Angeles
TWO_DAYS_AHEAD, TWO_HOURS_AHEAD = START - timedelta(hours=48), START - timedelta(hours=2)
DOWN = TemporaryFailure("The mail server cannot be reached.", server_down=True)


class Clinic:
    """A clinic with the default rules, a mailer that records, and a clock that stands until it is moved."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast, self.now = database, cast, NOW
        self.mailer = RecordingMailer()
        with database.write() as work:
            add_reminders(work, cast.clinic_id)

    def book(self, start: datetime = START, code: str = "p1") -> int:
        with self.database.write() as work:
            return book(work, self.cast, self.now, start, code)

    def courier(self, name: str = "w1", mailer: RecordingMailer | None = None) -> Courier:
        return Courier(self.database, mailer or self.mailer, lambda: self.now, name, lease_seconds=60)

    def tick(self, at: datetime | None = None) -> list[Mail]:
        """Delivers everything due at a moment; the mails that left."""
        self.now = at or self.now
        before = len(self.mailer.sent)
        while deliver_due(self.courier()):
            pass
        return self.mailer.sent[before:]

    def statuses(self) -> Counter[str]:
        return Counter(each.status for each in ledger(self.database))


@pytest.fixture
def clinic(database: Database, cast: Cast) -> Clinic:
    return Clinic(database, cast)


def answers(*outcomes: Outcome) -> Callable[[Mail], Outcome]:
    """Answers the given outcomes in order, and takes every mail after them."""
    waiting = list(outcomes)
    return lambda _mail: waiting.pop(0) if waiting else Sent()


def test_patient_and_staff_are_reminded_twice_each_at_the_right_times(clinic: Clinic) -> None:
    clinic.book()
    assert clinic.tick(TWO_DAYS_AHEAD - timedelta(minutes=1)) == []
    assert sorted(mail.to for mail in clinic.tick(TWO_DAYS_AHEAD)) == ["p01@example.org", "th-ben@example.org"]
    assert clinic.tick(TWO_HOURS_AHEAD - timedelta(minutes=1)) == []
    assert sorted(mail.to for mail in clinic.tick(TWO_HOURS_AHEAD)) == ["p01@example.org", "th-ben@example.org"]
    assert clinic.tick(START) == []
    assert len({mail.key for mail in clinic.mailer.sent}) == 4


def test_a_reminder_whose_time_had_passed_at_booking_is_not_sent(clinic: Clinic) -> None:
    clinic.now = START - timedelta(hours=5)
    clinic.book()
    assert clinic.tick() == []
    assert len(ledger(clinic.database)) == 2
    assert len(clinic.tick(TWO_HOURS_AHEAD)) == 2


def test_a_moved_visit_is_announced_at_its_new_time_only(clinic: Clinic) -> None:
    visit = clinic.book()
    with clinic.database.write() as work:
        move(work, clinic.cast, clinic.now, visit, START + timedelta(days=1))
    assert clinic.tick(TWO_DAYS_AHEAD) == []
    assert len(clinic.tick(TWO_DAYS_AHEAD + timedelta(days=1))) == 2
    assert all("Saturday, January 9" in mail.subject for mail in clinic.mailer.sent)


def test_a_visit_moved_back_is_announced_once(clinic: Clinic) -> None:
    visit = clinic.book()
    for start in (START + timedelta(days=1), START):
        with clinic.database.write() as work:
            move(work, clinic.cast, clinic.now, visit, start)
    assert len(clinic.tick(TWO_DAYS_AHEAD)) == 2
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(days=1)) == []


def test_a_canceled_visit_is_not_announced(clinic: Clinic) -> None:
    visit = clinic.book()
    clinic.now = TWO_DAYS_AHEAD
    with clinic.database.write() as work:
        cancel(work, clinic.cast, clinic.now, visit)
    assert clinic.tick(TWO_HOURS_AHEAD) == []
    assert clinic.statuses() == {"withdrawn": 4}


def test_a_change_between_leasing_and_the_last_check_stops_the_mail(clinic: Clinic) -> None:
    first = clinic.book()
    clinic.book(START + timedelta(hours=1), "c1.i1")
    clinic.now = START

    def cancel_the_other(mail: Mail) -> Outcome:
        with clinic.database.write() as work:
            cancel(work, clinic.cast, clinic.now, first + 1)
        return Sent()

    clinic.now = TWO_DAYS_AHEAD + timedelta(hours=1)
    clinic.mailer.answer = cancel_the_other
    sent = clinic.tick()
    assert len(sent) == 2
    assert all("10:00 AM" in mail.subject for mail in sent)


def test_a_mail_that_was_on_its_way_when_the_visit_was_canceled_is_recorded_as_sent(clinic: Clinic) -> None:
    visit = clinic.book()

    def cancel_it(mail: Mail) -> Outcome:
        with clinic.database.write() as work:
            cancel(work, clinic.cast, clinic.now, visit)
        return Sent()

    clinic.mailer.answer = cancel_it
    assert len(clinic.tick(TWO_DAYS_AHEAD)) == 1
    assert clinic.statuses() == {"sent": 1, "withdrawn": 3}


def test_somebody_who_left_the_visit_is_not_told(clinic: Clinic) -> None:
    visit = clinic.book()
    with clinic.database.write() as work:
        mine = VisitStaffRecord.visit_id == visit
        work.session.execute(update(VisitStaffRecord).where(mine).values(canceled_at=NOW))
        work.session.execute(delete(EnrollmentPatientRecord))
    assert clinic.tick(TWO_DAYS_AHEAD) == []
    assert {each.reason for each in ledger(clinic.database) if each.status == "withdrawn"} == {
        "The recipient is no longer part of the visit."
    }


def test_a_rule_that_was_turned_off_is_silent(clinic: Clinic) -> None:
    clinic.book()
    with clinic.database.write() as work:
        staff_rules = NoticeRuleRecord.audience == "staff"
        work.session.execute(update(NoticeRuleRecord).where(staff_rules).values(active=False))
    assert [mail.to for mail in clinic.tick(TWO_DAYS_AHEAD)] == ["p01@example.org"]


def test_a_recipient_without_an_address_is_for_somebody_to_look_at(clinic: Clinic) -> None:
    clinic.book()
    with clinic.database.write() as work:
        work.session.execute(update(PatientRecord).values(email=""))
    assert [mail.to for mail in clinic.tick(TWO_DAYS_AHEAD)] == ["th-ben@example.org"]
    failed = [each for each in ledger(clinic.database) if each.status == "failed"]
    assert [each.reason for each in failed] == ["The recipient has no e-mail address. Add one, then try again."]


def test_equipment_kept_as_staff_without_an_address_is_owed_nothing(clinic: Clinic) -> None:
    with clinic.database.write() as work:
        work.session.execute(update(StaffRecord).values(email=""))
    clinic.book()
    assert {each.recipient_kind for each in ledger(clinic.database)} == {"patient"}


def test_who_gets_an_address_later_is_told_of_what_was_published_before(clinic: Clinic) -> None:
    cast, details = clinic.cast, team.MemberDetails("Ben Ito", "ben.ito@example.org", ["therapist"], None, None, 1, 0)
    with clinic.database.write() as work:
        work.session.execute(update(StaffRecord).values(email=""))
    clinic.book()
    with clinic.database.write() as work:
        team.edit_member(work, cast.ada, NOW, cast.ben_staff, details)
    assert [mail.to for mail in clinic.tick(TWO_DAYS_AHEAD)] == ["p01@example.org", "ben.ito@example.org"]


def test_two_workers_never_lease_the_same_notice(clinic: Clinic) -> None:
    for hour in range(10):
        clinic.book(START + timedelta(hours=hour), f"v{hour}")
    other = RecordingMailer()

    def let_the_other_go(mail: Mail) -> Outcome:
        deliver_due(clinic.courier("w2", other), limit=3)
        return Sent()

    clinic.now = TWO_DAYS_AHEAD + timedelta(hours=10)
    clinic.mailer.answer = let_the_other_go
    deliver_due(clinic.courier("w1"), limit=5)
    keys = [mail.key for mail in (*clinic.mailer.sent, *other.sent)]
    assert len(keys) == len(set(keys)) == 20


def test_later_twice_then_accepted_is_sent_once_after_growing_pauses(clinic: Clinic) -> None:
    clinic.book()
    later = TemporaryFailure("The mail server asks to try later.")
    clinic.mailer.answer = answers(later, later, later, later)
    assert clinic.tick(TWO_DAYS_AHEAD) == []
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(seconds=59)) == []
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=1)) == []
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=5)) == []
    assert len(clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=6))) == 2
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(hours=1)) == []
    results = [[attempt["result"] for attempt in each.attempts] for each in ledger(clinic.database)[:2]]
    assert results == [["later", "later", "sent"]] * 2


def test_a_refused_recipient_is_not_tried_again(clinic: Clinic) -> None:
    clinic.book()
    clinic.mailer.answer = answers(PermanentFailure("550 no such user"), PermanentFailure("550 no such user"))
    assert clinic.tick(TWO_DAYS_AHEAD) == []
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(hours=10)) == []
    assert clinic.statuses() == {"failed": 2, "queued": 2}


def test_a_server_down_for_six_hours_loses_nothing_useful_and_doubles_nothing(clinic: Clinic) -> None:
    clinic.now = NOW
    clinic.book(NOW + timedelta(hours=5), "soon")  # begins while the server is down
    clinic.book(NOW + timedelta(hours=9), "later")
    clinic.mailer.answer = lambda _mail: DOWN
    moment = NOW
    while moment < NOW + timedelta(hours=8):
        assert clinic.tick(moment) == []
        moment += timedelta(minutes=1)
    clinic.mailer.answer = answers()
    while moment < NOW + timedelta(hours=10):
        clinic.tick(moment)
        moment += timedelta(minutes=1)
    assert clinic.statuses() == {"expired": 2, "sent": 2}
    assert len(clinic.mailer.sent) == 2


def test_a_server_that_answers_nobody_is_asked_twice_and_then_left_alone(clinic: Clinic) -> None:
    for number in range(20):
        clinic.book(START, f"v{number}")
    clinic.now = TWO_DAYS_AHEAD
    clinic.mailer.answer = lambda _mail: DOWN
    clinic.tick()
    assert len(clinic.mailer.tried) == 2
    clinic.mailer.answer = answers()
    assert len(clinic.tick(TWO_DAYS_AHEAD + timedelta(seconds=30))) == 38
    assert len(clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=1))) == 2


def test_a_mail_of_which_nobody_knows_is_repeated_with_the_same_key_and_not_for_ever(clinic: Clinic) -> None:
    clinic.book()
    with clinic.database.write() as work:
        work.session.execute(update(NoticeRuleRecord).where(NoticeRuleRecord.audience == "staff").values(active=False))
    clinic.mailer.answer = lambda _mail: Uncertain("No answer in time.")
    for minutes in range(0, 46 * 60, 5):
        clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=minutes))
    assert len(clinic.mailer.tried) == 3
    assert len({mail.key for mail in clinic.mailer.tried}) == 1
    assert clinic.statuses()["uncertain"] == 1


def test_a_worker_that_died_while_sending_is_followed_by_one_that_repeats_the_same_mail(clinic: Clinic) -> None:
    clinic.book()

    def die(mail: Mail) -> Outcome:
        raise SystemExit

    clinic.now = TWO_DAYS_AHEAD
    clinic.mailer.answer = die
    with pytest.raises(SystemExit):
        deliver_due(clinic.courier("w1"))
    lost = clinic.mailer.tried[0].key
    clinic.mailer.answer = answers()
    assert clinic.tick(TWO_DAYS_AHEAD + timedelta(seconds=59)) == []
    assert lost in {mail.key for mail in clinic.tick(TWO_DAYS_AHEAD + timedelta(seconds=60))}
    assert clinic.statuses() == {"sent": 2, "queued": 2}
    assert [each["result"] for each in ledger(clinic.database)[0].attempts] == ["interrupted", "sent"]


def test_one_bad_notice_stops_none_of_the_others(clinic: Clinic) -> None:
    clinic.book()

    def break_on_the_first(mail: Mail) -> Outcome:
        if len(clinic.mailer.tried) == 1:
            raise RuntimeError("a fault of ours")
        return Sent()

    clinic.mailer.answer = break_on_the_first
    assert len(clinic.tick(TWO_DAYS_AHEAD)) == 1
    assert len(clinic.tick(TWO_DAYS_AHEAD + timedelta(minutes=1))) == 1
    assert clinic.statuses() == {"sent": 2, "queued": 2}


def test_a_check_that_fails_for_all_still_leaves_a_silent_server_alone(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        clinic.book(START, f"v{number}")

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(notice_delivery, "_checked", broken)
    clinic.mailer.answer = lambda _mail: DOWN
    assert clinic.tick(TWO_DAYS_AHEAD) == []
    assert len(clinic.mailer.tried) == notice_delivery.MOST_SILENT


def test_a_worker_told_to_stop_gives_back_what_it_did_not_try(clinic: Clinic) -> None:
    for number in range(5):
        clinic.book(START, f"v{number}")
    clinic.now = TWO_DAYS_AHEAD
    stopping = Courier(
        clinic.database, clinic.mailer, lambda: clinic.now, "w1", 60, 60, lambda: len(clinic.mailer.tried) < 3
    )
    assert deliver_due(stopping) == 3
    assert len(clinic.tick()) == 7
