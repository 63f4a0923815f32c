"""What calendars answer to invitations: the REPLY in a mail, read with suspicion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

import icalendar

ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
MOST_OCTETS = 256 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """One person's answer. `sender` is who the mail says it is from, `attendee` whom the answer is said to be of.

    `sequence` is that of the invitation that was answered, `at` when the answer was given.
    """

    uid: str
    sender: str
    attendee: str
    answer: str
    sequence: int
    at: datetime


def read(content: bytes) -> Reply | None:
    """The answer that a mail holds; None where it holds none that can be read."""
    if len(content) > MOST_OCTETS:
        return None
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        assert isinstance(message, EmailMessage)
        sender = parseaddr(str(message["From"] or ""))[1].lower()
        return next((found for part in _calendars(message) if (found := _reply(part, sender))), None)
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError, AssertionError):
        return None  # whatever somebody sends us, it is a mail like any other that we cannot read


def _calendars(message: EmailMessage) -> list[str]:
    return [part.get_content() for part in message.walk() if part.get_content_type() == "text/calendar"]


def _reply(text: str, sender: str) -> Reply | None:
    calendar = icalendar.Calendar.from_ical(text)
    if str(calendar.get("METHOD", "")).upper() != "REPLY":
        return None
    event: Any
    (event,) = calendar.walk("VEVENT")
    attendees = event["ATTENDEE"]
    attendee = attendees[0] if isinstance(attendees, list) else attendees
    answer = ANSWERS.get(str(attendee.params.get("PARTSTAT", "")).upper())
    if answer is None:
        return None
    return Reply(
        uid=str(event["UID"]),
        sender=sender,
        attendee=str(attendee).lower().removeprefix("mailto:"),
        answer=answer,
        sequence=int(event.get("SEQUENCE", 0)),
        at=_utc(event["DTSTAMP"].dt),
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
