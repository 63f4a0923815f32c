"""Which way a message takes: consent and STOP, the caps of text messages, gateways, the app; and the log says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, ledger
from cast import NOW, Cast
from sqlalchemy import update

from coordinator.delivery.mail import Outcome, Sent
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import InvalidForm, NotFound
from coordinator.services import app_notices, contact_choice
from coordinator.services.contact_choice import TypedChoice
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.notices import NoticeRecord, add_default_rules
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)  # Friday, ten o'clock in Los Angeles
TEXTS = TypedChoice("sms", consents=True)
ONE_A_DAY = "By mail: a patient gets one text message a day at most."


class Texter:
    """A gateway that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def carry(self, to: str, text: str) -> Outcome:
        self.sent.append((to, text))
        return Sent()


class Texting:
    """A clinic whose patient has a telephone, with a mailer and a gateway that record."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast = database, cast
        self.mailer, self.texter = RecordingMailer(), Texter()
        with database.write() as work:
            add_reminders(work, cast.clinic_id)
            work.session.execute(update(PatientRecord).values(phone="(206) 555-0126"))

    def choose(self, typed: TypedChoice) -> None:
        with self.database.write() as work:
            contact_choice.choose_for_patient(work, self.cast.ada, NOW, self.cast.pat, typed)

    def book(self, start: datetime = START, code: str = "p1") -> int:
        with self.database.write() as work:
            return book(work, self.cast, NOW, start, code)

    def tick(self, at: datetime, *, gateway: bool = True) -> None:
        carriers = {"sms": self.texter} if gateway else {}
        courier = Courier(self.database, self.mailer, lambda: at, "w1", lease_seconds=60, carriers=carriers)
        while deliver_due(courier):
            pass

    def mine(self) -> list[NoticeRecord]:
        """The patient's notices that left, in order."""
        found = [each for each in ledger(self.database) if each.recipient_kind == "patient" and each.status == "sent"]
        return sorted(found, key=lambda each: (each.settled_at, each.id))

    def answer(self, text: str, phone: str = "+12065550126") -> bool:
        with self.database.write() as work:
            secret = contact_choice.incoming_address(work, self.cast.clinic_id)
            return contact_choice.answered(work, NOW, self.cast.clinic_id, secret, phone, text)


@pytest.fixture
def clinic(database: Database, cast: Cast) -> Texting:
    return Texting(database, cast)


def test_who_agreed_gets_a_text_message_and_staff_still_mail(clinic: Texting) -> None:
    clinic.choose(TEXTS)
    clinic.book()
    clinic.tick(START - timedelta(hours=48))
    [(number, text)] = clinic.texter.sent
    assert number == "+12065550126"
    assert text.startswith("Reminder: your visit on Friday, January 8, at 10:00 AM.")
    assert text.endswith("Reply STOP to end these.")
    assert [(each.via, each.reason) for each in clinic.mine()] == [("sms", "")]
    assert "pat@example.org" not in {each.to for each in clinic.mailer.sent}
    assert clinic.mailer.sent


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Unsubscribe"])
def test_stop_is_heeded_even_by_what_is_queued(clinic: Texting, word: str) -> None:
    clinic.choose(TEXTS)
    clinic.book()
    assert clinic.answer(word)
    clinic.tick(START - timedelta(hours=48))
    assert clinic.texter.sent == []
    assert [(each.via, each.reason) for each in clinic.mine()] == [
        ("mail", "By mail: there is no consent to text messages.")
    ]
    with clinic.database.read() as work:
        choice = contact_choice.of_patient(work, clinic.cast.ada, NOW, clinic.cast.pat)
    assert choice.stopped is not None and not choice.may_text


def test_other_answers_and_other_numbers_stop_nothing(clinic: Texting) -> None:
    clinic.choose(TEXTS)
    assert not clinic.answer("Please stop by at ten")
    assert clinic.answer("STOP", "+12065550199")
    clinic.book()
    clinic.tick(START - timedelta(hours=48))
    assert len(clinic.texter.sent) == 1


def test_an_address_that_is_not_the_clinics_is_not_there(clinic: Texting) -> None:
    for clinic_id, secret in ((clinic.cast.clinic_id, "guessed"), (clinic.cast.other_clinic_id, _secret(clinic))):
        with pytest.raises(NotFound), clinic.database.write() as work:
            contact_choice.answered(work, NOW, clinic_id, secret, "+12065550126", "STOP")


def _secret(clinic: Texting) -> str:
    with clinic.database.read() as work:
        return contact_choice.incoming_address(work, clinic.cast.clinic_id)


def test_the_second_text_message_of_a_day_goes_by_mail_and_the_log_says_why(clinic: Texting) -> None:
    clinic.choose(TEXTS)
    clinic.book()
    clinic.book(START + timedelta(hours=2), "c1.d1")
    clinic.tick(START - timedelta(hours=46))
    assert len(clinic.texter.sent) == 1
    assert [(each.via, each.reason) for each in clinic.mine()] == [("sms", ""), ("mail", ONE_A_DAY)]


def test_the_more_urgent_of_a_day_is_the_text_message(clinic: Texting) -> None:
    """The reminder two hours before is due later in the day than that of two days before, and is told first."""
    clinic.choose(TEXTS)
    clinic.book()
    clinic.book(START + timedelta(days=2, minutes=-30), "c1.d1")
    clinic.tick(START - timedelta(minutes=30))
    clinic.tick(START - timedelta(hours=48) + timedelta(minutes=1))
    ahead = {each.visit_id: each for each in clinic.mine() if each.rule == "patient-48h"}
    assert len(ahead) == 2
    later = ahead[max(ahead)]
    assert (later.via, later.reason) == ("mail", ONE_A_DAY)


def test_three_in_seven_days_are_the_most(clinic: Texting) -> None:
    clinic.choose(TEXTS)
    for day, code in enumerate(("p1", "c1.d1", "c1.i1")):
        clinic.book(START + timedelta(days=day), code)
    for hours in range(-48, 72, 1):
        clinic.tick(START + timedelta(hours=hours))
    in_a_week = [each for each in clinic.mine() if each.via == "sms"]
    assert 0 < len(in_a_week) <= 3
    days = [each.settled_at.astimezone(UTC).date() for each in in_a_week if each.settled_at]
    assert len(days) == len(set(days))
    assert "By mail: a patient gets three text messages in seven days at most." in {
        each.reason for each in clinic.mine()
    }


def test_a_canceled_visit_is_told_before_a_reminder(clinic: Texting) -> None:
    with clinic.database.write() as work:
        add_default_rules(work, clinic.cast.clinic_id)
    clinic.choose(TEXTS)
    soon = clinic.book()
    clinic.book(START + timedelta(hours=3), "c1.d1")
    due = START - timedelta(hours=45)
    with clinic.database.write() as work:
        cancel(work, clinic.cast, due - timedelta(minutes=3), soon)
    clinic.tick(due)
    assert [text.split(":")[0] for _, text in clinic.texter.sent] == ["Canceled"]


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda clinic: clinic.choose(TypedChoice("", consents=False)), ""),
        (lambda clinic: clinic.choose(TypedChoice("mail", consents=True)), ""),
    ],
)
def test_who_chose_mail_or_nothing_gets_mail(clinic: Texting, prepare: Callable[[Texting], None], why: str) -> None:
    prepare(clinic)
    clinic.book()
    clinic.tick(START - timedelta(hours=48))
    assert (clinic.texter.sent, [(each.via, each.reason) for each in clinic.mine()]) == ([], [("mail", why)])


def test_without_a_gateway_it_goes_by_mail(clinic: Texting) -> None:
    clinic.choose(TEXTS)
    clinic.book()
    clinic.tick(START - timedelta(hours=48), gateway=False)
    assert [(each.via, each.reason) for each in clinic.mine()] == [
        ("mail", "By mail: no gateway for text messages is set.")
    ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (TypedChoice("sms", consents=False), "consents"),
        (TypedChoice("app", consents=False), "channel"),
        (TypedChoice("pigeon", consents=False), "channel"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(clinic: Texting, typed: TypedChoice, field: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        clinic.choose(typed)
    assert list(refused.value.fields) == [field]


def test_staff_may_be_told_in_the_app_alone_and_mark_it_read(clinic: Texting) -> None:
    with clinic.database.write() as work:
        contact_choice.choose(work, clinic.cast.ben, NOW, TypedChoice("app", consents=False))
    clinic.book()
    at = START - timedelta(hours=48)
    clinic.tick(at)
    assert "Ben" not in {each.to for each in clinic.mailer.sent}
    with clinic.database.write() as work:
        [told] = app_notices.told(work, clinic.cast.ben, at)
        assert told.subject == "Reminder: you are expected on Friday, January 8, at 10:00 AM"
        assert app_notices.told(work, clinic.cast.ada, at) == ()
        app_notices.mark_read(work, clinic.cast.ada, at, [told.id])
        assert app_notices.unread(work, clinic.cast.ben, at) == 1
        app_notices.mark_read(work, clinic.cast.ben, at, [told.id])
        assert app_notices.unread(work, clinic.cast.ben, at) == 0
