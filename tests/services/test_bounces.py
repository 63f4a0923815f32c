"""Mail that came back is a failure that somebody looks at; nothing else in the mailbox is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, ledger
from cast import Cast
from imap_server import imap_server

from coordinator.delivery import bounces
from coordinator.delivery.mail import Mail, compose
from coordinator.delivery.mailbox import ImapMailbox
from coordinator.delivery.recording import RecordingMailer
from coordinator.services.incoming_mail import collect
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.worklist_sources import worklist
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
AT = START - timedelta(hours=48)


def report(mail: Mail, action: str = "failed", status: str = "5.1.1", *, whole: bool = True) -> bytes:
    """What a mail server sends back about a mail of ours."""
    original = compose(mail, "Coordinator <visits@clinic.example>").as_string()
    headers = original.partition("\n\n")[0] if "\n\n" in original else original.partition("\r\n\r\n")[0]
    kind, copy = ("message/rfc822", original) if whole else ("text/rfc822-headers", headers)
    return f"""From: MAILER-DAEMON@mx.example
To: visits@clinic.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {mail.to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} unknown user

--part
Content-Type: {kind}

{copy}

--part--
""".encode()


@pytest.fixture
def mail(database: Database, cast: Cast) -> Mail:
    """Pat's reminder, which left."""
    mailer = RecordingMailer()
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        book(work, cast, START - timedelta(days=7), START)
    deliver_due(Courier(database, mailer, lambda: AT, "w1", lease_seconds=60))
    return next(each for each in mailer.sent if each.to == "p01@example.org")


def gathered(database: Database, *mails: bytes) -> None:
    with imap_server() as box:
        box.mails.extend(mails)
        assert collect(database, ImapMailbox(box.url), AT + timedelta(minutes=1)) == len(mails)


@pytest.mark.parametrize("whole", [True, False])
def test_a_mail_that_came_back_failed_and_stands_on_the_worklist(
    database: Database, cast: Cast, mail: Mail, whole: bool
) -> None:
    gathered(database, report(mail, whole=whole))
    failed = [each for each in ledger(database) if each.status == "failed"]
    assert [(each.message_id, each.reason) for each in failed] == [
        (mail.key, "The mail came back (5.1.1): check the address.")
    ]
    assert [each["result"] for each in failed[0].attempts] == ["sent", "failed"]
    with database.read() as work:
        found = [each.detail for each in worklist(work, cast.ada, AT) if each.kind == "notice.failed"]
    assert found == ["The mail came back (5.1.1): check the address."]


def test_a_delay_a_strangers_report_and_any_other_mail_change_nothing(
    database: Database, cast: Cast, mail: Mail
) -> None:
    stranger = Mail("f" * 32, mail.to, mail.subject, mail.text, mail.at)
    before = [(each.status, each.reason) for each in ledger(database)]
    gathered(
        database, report(mail, "delayed", "4.4.1"), report(stranger), b"Subject: Hello\n\nHello",
        report(mail).replace(b"5.1.1", b"2.0.0"), b"\xff" * 400,
    )  # fmt: skip
    assert [(each.status, each.reason) for each in ledger(database)] == before


def test_what_is_no_mail_is_not_read() -> None:
    assert bounces.read(b"Content-Type: multipart/report\n\n") is None
    assert bounces.read(b"x" * (bounces.MOST_OCTETS + 1)) is None
