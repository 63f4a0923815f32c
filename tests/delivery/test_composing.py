"""A mail of text alone is composed line by line; the library reads from it what it would have composed itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordinator.delivery.mail import Mail, compose, composed

AT = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)
SENDER = "Praxis am Zürichberg <clinic@example.org>"
WORDS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=300)
SUBJECTS = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=150)


def read(octets: bytes) -> tuple[dict[str, str], str]:
    message = message_from_bytes(octets, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return {name: str(value) for name, value in message.items()}, message.get_content()


@settings(deadline=None)
@given(SUBJECTS, WORDS)
def test_any_subject_and_text_read_as_the_library_would_have_composed_them(subject: str, text: str) -> None:
    mail = Mail("3f2a-1", "pat.o'neil+2@example.org", subject, text, AT)
    made = composed(mail, SENDER)
    assert read(made.octets) == read(compose(mail, SENDER).as_bytes())
    assert (made.sender, made.recipient) == ("clinic@example.org", mail.to)
    assert max(map(len, made.octets.split(b"\r\n"))) <= 78
    assert made.octets.isascii()
    assert made.octets.count(b"\n") == made.octets.count(b"\r\n") == made.octets.count(b"\r")


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "two@example.org,more@example.org"},
        {"to": "x@example.org\r\nBcc: y@example.org"},
        {"to": "x@example.org\x0bBcc:"},
        {"to": "müller@example.org"},
        {"to": ""},
        {"subject": "Reminder\r\nBcc: y@example.org"},
        {"subject": "Reminder\nBcc: y@example.org"},
        {"key": "a>\r\nBcc: y@example.org"},
        {"key": ""},
    ],
)
def test_nothing_smuggles_in_a_header_or_a_second_recipient(changes: dict[str, str]) -> None:
    mail = replace(Mail("k1", "pat@example.org", "Reminder", "At ten.", AT), **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        composed(mail, SENDER)
    with pytest.raises(ValueError):
        compose(mail, SENDER)
