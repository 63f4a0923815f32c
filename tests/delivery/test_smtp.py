"""The SMTP mailer against a real server: what it takes, what it refuses, and what it never answers."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mail_server import MailServer, running

from coordinator.delivery import smtp
from coordinator.delivery.encrypted import is_here
from coordinator.delivery.mail import Mail, Outcome, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.delivery.smtp import SmtpMailer

SENDER = "Harbor Clinic <clinic@example.org>"
AT = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)


def mail(
    key: str = "k1", to: str = "p01@example.org", text: str = "Hello,\n\n.a line that begins with a dot\n"
) -> Mail:
    return Mail(key=key, to=to, subject="Reminder: your visit", text=text, at=AT)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


def send(server: MailServer, what: Mail, seconds: float = 5) -> Outcome:
    mailer = SmtpMailer(server.url, SENDER, seconds)
    try:
        return mailer.send(what)
    finally:
        mailer.close()


def test_a_mail_arrives_whole_with_its_own_message_id(server: MailServer) -> None:
    assert isinstance(send(server, mail()), Sent)
    (message,) = server.messages
    assert message["Message-ID"] == "<k1@example.org>"
    assert (message["From"], message["To"]) == (SENDER, "p01@example.org")
    assert message["Date"].datetime == AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Hello,", "", ".a line that begins with a dot"]


def test_one_connection_serves_many_mails(server: MailServer) -> None:
    mailer, before = SmtpMailer(server.url, SENDER), server.connections
    assert all(isinstance(mailer.send(mail(f"k{number}")), Sent) for number in range(5))
    mailer.close()
    assert len(server.messages) == 5
    assert server.connections - before == 1


def test_a_connection_that_went_stale_is_made_anew(server: MailServer) -> None:
    mailer = SmtpMailer(server.url, SENDER)
    mailer.send(mail("k1"))
    assert mailer._client is not None and mailer._client.sock is not None
    mailer._client.sock.shutdown(socket.SHUT_RDWR)
    assert isinstance(mailer.send(mail("k2")), Sent)
    mailer.close()
    assert server.ids == ["<k1@example.org>", "<k2@example.org>"]


@pytest.mark.parametrize("reply", ["451 busy", "450 greylisted", "452 full"])
def test_try_later_is_temporary_and_about_that_mail(server: MailServer, reply: str) -> None:
    server.on_recipient = lambda _address: reply
    outcome = send(server, mail())
    assert isinstance(outcome, TemporaryFailure) and not outcome.server_down
    assert reply in outcome.reason


def test_try_later_after_the_content_is_temporary(server: MailServer) -> None:
    server.on_data = lambda: "451 busy"
    assert isinstance(send(server, mail()), TemporaryFailure)
    assert server.messages == []


def test_a_refused_recipient_is_permanent_and_the_next_mail_goes_out(server: MailServer) -> None:
    server.on_recipient = lambda address: "550 no such user" if address.startswith("p01") else "250 OK"
    mailer = SmtpMailer(server.url, SENDER)
    assert isinstance(mailer.send(mail()), PermanentFailure)
    assert isinstance(mailer.send(mail("k2", "p02@example.org")), Sent)
    mailer.close()


def test_what_is_kept_of_a_reply_holds_no_address(server: MailServer) -> None:
    server.on_recipient = lambda address: f"550 5.1.1 <{address}>: Recipient address rejected"
    outcome = send(server, mail("k1", "pat.lee@example.org"))
    assert isinstance(outcome, PermanentFailure)
    assert "5.1.1 <…>: Recipient address rejected" in outcome.reason
    assert "pat" not in outcome.reason


def test_refused_content_is_permanent(server: MailServer) -> None:
    server.on_data = lambda: "554 refused"
    assert isinstance(send(server, mail()), PermanentFailure)


def test_a_server_that_takes_the_mail_and_hangs_leaves_it_uncertain_within_the_time(server: MailServer) -> None:
    server.hang_on_data = True
    began = time.monotonic()
    assert isinstance(send(server, mail(), seconds=0.5), Uncertain)
    assert time.monotonic() - began < 3


def test_a_server_that_never_speaks_costs_no_more_than_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}", SENDER, seconds=0.5)
        began = time.monotonic()
        outcome = mailer.send(mail())
        mailer.close()
    assert outcome == TemporaryFailure("The mail server cannot be reached: no answer in time.", server_down=True)
    assert time.monotonic() - began < 3


def test_nobody_there_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    outcome = SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(mail())
    assert outcome == TemporaryFailure("The mail server cannot be reached: Connection refused.", server_down=True)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b\r\nBcc: x@example.org", "a@example.org, b@example.org", "A <a@example.org>", "ä@example.org"],
)
def test_an_address_that_is_not_one_plain_address_is_never_sent_to(server: MailServer, address: str) -> None:
    assert isinstance(send(server, mail(to=address)), PermanentFailure)
    assert server.messages == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: install it with apt-get install openssl")
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


def test_starttls_is_used_where_offered_and_only_with_a_certificate_that_holds(certificate: tuple[Path, Path]) -> None:
    made, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with running(context) as server:
        trusting = SmtpMailer(server.url, SENDER, verify=ssl.create_default_context(cafile=str(made)))
        assert isinstance(trusting.send(mail()), Sent)
        trusting.close()
        outcome = send(server, mail("k2"))
    assert isinstance(outcome, TemporaryFailure) and "TLS failed" in outcome.reason
    assert server.encrypted == [True]


def test_a_server_elsewhere_that_offers_no_encryption_gets_nothing(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "is_here", lambda _host: False)
    outcome = send(server, mail())
    assert isinstance(outcome, TemporaryFailure) and outcome.server_down
    assert "it offers no encryption" in outcome.reason
    assert server.messages == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_this_machine_is_known(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "mail", "localhost.example.org", "0.0.0.0", "", "2130706433", "::2"])
def test_everything_else_is_elsewhere(host: str) -> None:
    assert not is_here(host)
