"""The outbox: mail as files, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from coordinator.delivery.mail import Mail, PermanentFailure, Sent, TemporaryFailure
from coordinator.delivery.outbox import OutboxMailer, read

MAIL = Mail("k1", "p01@example.org", "Reminder", "Hello,\n\nTuesday at 10:00 AM\n", datetime(2027, 1, 6, tzinfo=UTC))


def test_a_mail_becomes_a_file_that_reads_back(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    assert isinstance(OutboxMailer(outbox, "Clinic <clinic@example.org>").send(MAIL), Sent)
    assert [file.name for file in outbox.iterdir()] == ["k1.eml"]
    found = read(outbox, "k1")
    assert found is not None
    assert dict(found.headers)["To"] == "p01@example.org"
    assert dict(found.headers)["Message-ID"] == "<k1@example.org>"
    assert found.text == MAIL.text


def test_the_same_mail_sent_again_is_one_file(tmp_path: Path) -> None:
    mailer = OutboxMailer(tmp_path, "clinic@example.org")
    mailer.send(MAIL)
    mailer.send(MAIL)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_temporary(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    outcome = OutboxMailer(tmp_path / "outbox", "clinic@example.org").send(MAIL)
    assert isinstance(outcome, TemporaryFailure) and outcome.server_down


def test_no_key_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret\n")
    (tmp_path / "outbox").mkdir()
    assert read(tmp_path / "outbox", "../secret") is None
    outside = Mail("../secret", MAIL.to, MAIL.subject, MAIL.text, MAIL.at)
    assert isinstance(OutboxMailer(tmp_path / "outbox", "clinic@example.org").send(outside), PermanentFailure)


def test_a_mail_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "k9") is None
