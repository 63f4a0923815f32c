"""Reading a mailbox: each mail once, none that is too large, and every failure in words."""

from __future__ import annotations

import pytest
from imap_server import imap_server

from coordinator.delivery import mailbox
from coordinator.delivery.mailbox import ImapMailbox, MailboxError


def test_new_mail_is_handed_over_once_and_a_large_one_never() -> None:
    taken: list[bytes] = []
    with imap_server() as box:
        box.mails = [b"one", b"x" * 100, b"three"]
        mailbox = ImapMailbox(box.url)
        assert mailbox.read_new(taken.append, largest=50) == 3
        assert mailbox.read_new(taken.append, largest=50) == 0
    assert taken == [b"one", b"three"]


def test_a_mail_that_cannot_be_dealt_with_stays_unread() -> None:
    def fail(_content: bytes) -> None:
        raise RuntimeError("no database")

    with imap_server() as box:
        box.mails = [b"one"]
        with pytest.raises(RuntimeError):
            ImapMailbox(box.url).read_new(fail, largest=50)
        assert box.seen == set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("s3cret%2Fword", "wrong"), "wrong name or password"),
        (("/INBOX", "/Nowhere"), "no folder “Nowhere”"),
        (("127.0.0.1", "127.0.0.1:1#"), "cannot be opened"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_why_without_the_password(change: tuple[str, str], words: str) -> None:
    with imap_server() as box, pytest.raises(MailboxError, match=words) as refused:
        ImapMailbox(box.url.replace(*change)).read_new(lambda _content: None, largest=50)
    assert "s3cret" not in str(refused.value)


def test_a_mailbox_elsewhere_that_offers_no_encryption_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "is_here", lambda _host: False)
    with imap_server() as box:
        with pytest.raises(MailboxError, match="offers no encryption"):
            ImapMailbox(box.url).read_new(lambda _content: None, largest=50)
        assert box.seen == set()
