"""A mail, what became of sending it, and what every way of sending promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """What a calendar is to do with a mail: `method` is REQUEST or CANCEL (RFC 6047)."""

    method: str
    content: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One plain-text mail to one address. `key` is the left part of the Message-ID: the same key, the same mail."""

    key: str
    to: str
    subject: str
    text: str
    at: datetime
    calendar: CalendarPart | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has taken the mail; `reply` is its last word."""

    reply: str = ""


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """It may work later. `server_down` says that no other mail would fare better now."""

    reason: str
    server_down: bool = False


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """It will never work: somebody has to look."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The whole mail was handed over, and no answer came: it may have arrived."""

    reason: str


Outcome = Sent | TemporaryFailure | PermanentFailure | Uncertain


class Mailer(Protocol):
    """A way of sending mail. `send` answers for every failure with an outcome and raises nothing of its own."""

    def send(self, mail: Mail) -> Outcome:
        """Sends one mail, now."""

    def close(self) -> None:
        """Lets go of what is held between mails; the next `send` works all the same."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail as it goes over the line, and the addresses of its envelope."""

    sender: str
    recipient: str
    octets: bytes


def composed(mail: Mail, sender: str) -> Composed:
    """What `compose` makes, ready for the line."""
    message = compose(mail, sender)
    return Composed(parseaddr(sender)[1], mail.to, message.as_bytes())


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message of a mail. `sender` is as in a From header: `Name <address>`.

    Raises ValueError for an address or subject that could smuggle in a header or a second recipient.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = _address(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.key}@{address.rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.calendar is not None:
        method = {"method": mail.calendar.method}
        message.add_alternative(mail.calendar.content, subtype="calendar", cte="base64", params=method)
    return message


def _address(text: str) -> Address:
    if not text.isascii() or any(character in text for character in "\r\n\t,;<> "):
        raise ValueError("it is not one plain e-mail address")
    try:
        found = Address(addr_spec=text)
    except (MessageError, IndexError) as error:
        raise ValueError("it is not one plain e-mail address") from error
    if not found.username or not found.domain:
        raise ValueError("it is not one plain e-mail address")
    return found
