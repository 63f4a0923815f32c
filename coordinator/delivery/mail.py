"""A mail, what became of sending it, and what every way of sending promises."""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Protocol

_KEY = re.compile(r"[0-9a-zA-Z.-]{1,200}")


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
    """What `compose` makes, ready for the line; it raises as that does."""
    octets = _plain(mail, sender) if mail.calendar is None else compose(mail, sender).as_bytes()
    return Composed(_sender(sender).addr_spec, mail.to, octets)


def _plain(mail: Mail, sender: str) -> bytes:
    """A mail of text alone, line by line: by the library, composing it takes as long as sending it."""
    head = (
        _folded("From", sender),
        f"To: {_address(mail.to)}\r\n",
        _folded("Subject", mail.subject),
        f"Date: {format_datetime(mail.at)}\r\n",
        f"Message-ID: {_message_id(mail.key, _sender(sender))}\r\n",
        'Auto-Submitted: auto-generated\r\nContent-Type: text/plain; charset="utf-8"\r\n',
        "Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\n",
    )
    lines = mail.text.encode().splitlines() or [b""]
    return "".join(head).encode("ascii") + b2a_qp(b"".join(line + b"\r\n" for line in lines))


@lru_cache(maxsize=256)
def _folded(name: str, value: str) -> str:
    """A header in which names or any other words stand, encoded and folded; many mails have the same."""
    known, header = SMTP.header_store_parse(name, _sender(value) if name == "From" else value)
    line: str = SMTP.fold(known, header)
    return line


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message of a mail. `sender` is as in a From header: `Name <address>`.

    Raises ValueError for an address or subject that could smuggle in a header or a second recipient.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _sender(sender)
    message["To"] = _address(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = _message_id(mail.key, _sender(sender))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.calendar is not None:
        method = {"method": mail.calendar.method}
        message.add_alternative(mail.calendar.content, subtype="calendar", cte="base64", params=method)
    return message


@lru_cache(maxsize=16)
def _sender(sender: str) -> Address:
    name, address = parseaddr(sender)
    return Address(display_name=name, addr_spec=address)


def _message_id(key: str, sender: Address) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("the key of a mail is letters, digits, dots and hyphens")
    return f"<{key}@{sender.domain or 'localhost'}>"


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
