"""A clinic's own gateways, on both databases: sealed, never shown, used before the installation's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, SECRET, Cast
from sqlalchemy import select, text, update
from text_server import texting

from coordinator.delivery.mail import Outcome, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.delivery.own_gateway import Guard
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services import contact_choice, contact_keys, gateways
from coordinator.services.contact_choice import TypedChoice
from coordinator.services.gateways import GatewayLine, TypedGateway
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.audit import AuditRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
DUE = START - timedelta(hours=48)
TYPED = TypedGateway("twilio://SID:very-secret@+12065550100/{to}", "Twilio")


class Texter:
    """The installation's gateway, which keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def carry(self, to: str, _text: str) -> Outcome:
        self.sent.append(to)
        return Sent()


@pytest.fixture
def root(cast: Cast) -> Actor:
    return Actor(cast.clinic_id, Access.ADMINISTRATOR, "Root")


@pytest.fixture
def open_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a clinic's gateway stand on this machine."""
    monkeypatch.setattr(gateways, "GUARD", Guard(is_allowed=lambda _: True, needs_tls=False))


def keep(database: Database, actor: Actor, typed: TypedGateway = TYPED, channel: str = "sms") -> None:
    with database.write() as work:
        gateways.keep(work, actor, NOW, channel, typed)


def remind_by_text(database: Database, cast: Cast) -> None:
    """A patient with a telephone agrees to text messages, and has a visit."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        work.session.execute(update(PatientRecord).values(phone="(206) 555-0126"))
        contact_choice.choose_for_patient(work, cast.ada, NOW, cast.pat, TypedChoice("sms", consents=True))
        book(work, cast, NOW, START)


def deliver(database: Database, texter: Texter) -> list[tuple[str, str, str]]:
    deliver_due(Courier(database, RecordingMailer(), lambda: DUE, "w1", 60, carriers={"sms": texter}))
    return [(row.via, row.status, row.reason) for row in ledger(database) if row.recipient_kind == "patient"][:1]


def test_an_address_is_sealed_and_no_page_nor_log_has_it(database: Database, cast: Cast, root: Actor) -> None:
    keep(database, root)
    with database.read() as work:
        assert "secret" not in str(work.session.execute(text("SELECT * FROM gateways")).all())
        lines = gateways.lines(work, root)
        entry = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "gateway.save")).one()
        other = gateways.lines(work, cast.cy)
    assert lines == (GatewayLine("sms", "Twilio", "Root", datetime(2027, 1, 4, 7, 0)), GatewayLine("chat"))
    assert entry.detail == {"channel": "sms", "service": "Twilio"}
    assert other == (GatewayLine("sms"), GatewayLine("chat"))


def test_it_goes_under_a_new_key_with_all_that_is_sealed(
    database: Database, cast: Cast, root: Actor, tmp_path: Path
) -> None:
    keyed = Database(database.url, SECRET, tmp_path / "contact-keys")
    keep(keyed, root)
    contact_keys.rotate(keyed, NOW)
    newest = keyed.contact_keys.keys()[0].name
    with keyed.read() as work:
        assert newest in str(work.session.execute(text("SELECT address FROM gateways")).scalar())
        assert gateways.carrier(work, cast.clinic_id, "sms", {}) == gateways.OwnGateway(TYPED.address, gateways.GUARD)
    assert contact_keys.unreadable(keyed) == 0
    keyed.dispose()


@pytest.mark.usefixtures("open_guard")
def test_a_clinics_messages_leave_through_its_own_gateway_and_others_through_the_installations(
    database: Database, cast: Cast, root: Actor
) -> None:
    remind_by_text(database, cast)
    texter = Texter()
    with texting() as server:
        keep(database, root, TypedGateway(server.address, "JSON"))
        assert deliver(database, texter) == [("sms", "sent", "")]
        assert ([path for path, _ in server.taken], texter.sent) == (["/+12065550126"], [])
    with database.read() as work:
        assert gateways.carrier(work, cast.other_clinic_id, "sms", {"sms": texter}) is texter
        assert gateways.carrier(work, cast.clinic_id, "chat", {"sms": texter}) is None


def test_without_its_own_the_installations_is_used_again(database: Database, cast: Cast, root: Actor) -> None:
    remind_by_text(database, cast)
    keep(database, root)
    with database.write() as work:
        gateways.drop(work, root, NOW, "sms")
    texter = Texter()
    assert deliver(database, texter) == [("sms", "sent", "")]
    assert texter.sent == ["+12065550126"]
    with database.write() as work, pytest.raises(NotFound):
        gateways.drop(work, root, NOW, "sms")


def test_an_address_that_cannot_be_read_makes_it_mail_and_the_log_says_so(
    database: Database, cast: Cast, root: Actor
) -> None:
    remind_by_text(database, cast)
    keep(database, root)
    with database.write() as work:
        work.session.execute(text("UPDATE gateways SET address = 's1.deadbeef.AAAA'"))
    why = "By mail: the address of the clinic's gateway cannot be read. Save it anew."
    assert deliver(database, Texter()) == [("mail", "sent", why)]
    assert contact_keys.unreadable(database) == 1
    keep(database, root)
    assert contact_keys.unreadable(database) == 0


@pytest.mark.usefixtures("open_guard")
def test_a_test_message_goes_to_who_is_named_and_is_in_the_audit_log_without_the_number(
    database: Database, cast: Cast, root: Actor
) -> None:
    with texting() as server:
        keep(database, root, TypedGateway(server.address, "JSON"))
        with database.read() as work:
            carrier, number = gateways.trial(work, root, "sms", "206-555-0126")
            with pytest.raises(InvalidInput, match="nobody to send"):
                gateways.trial(work, root, "sms", "12")
            with pytest.raises(NotFound):
                gateways.trial(work, root, "chat", "ann")
        outcome = carrier.carry(number, gateways.TRIAL)
        assert server.taken == [("/+12065550126", gateways.TRIAL)]
    with database.write() as work:
        gateways.note_trial(work, root, NOW, "sms", outcome)
    with database.read() as work:
        entry = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "gateway.test")).one()
    assert entry.detail == {"channel": "sms", "taken": True}


def test_only_an_administrator_sets_a_gateway(database: Database, cast: Cast, root: Actor) -> None:
    with database.write() as work:
        with pytest.raises(NotAllowed):
            gateways.keep(work, cast.ada, NOW, "sms", TYPED)
        with pytest.raises(NotAllowed):
            gateways.drop(work, cast.ada, NOW, "sms")
        with pytest.raises(NotAllowed):
            gateways.trial(work, cast.ada, "sms", "206-555-0126")
        with pytest.raises(NotFound):
            gateways.keep(work, root, NOW, "pigeon", TYPED)


@pytest.mark.parametrize(
    ("outcome", "tone"),
    [(Sent(), "success"), *((failure("x"), "danger") for failure in (TemporaryFailure, PermanentFailure, Uncertain))],
)
def test_what_became_of_a_test_message_is_said(outcome: Outcome, tone: str) -> None:
    assert gateways.told(outcome)[1] == tone


@pytest.mark.parametrize("typed", ["", " ", "twilio://" + "x" * 500, "jsons://example.org/\n{to}"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        gateways.read(typed)
