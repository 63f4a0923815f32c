"""An invitation as mail programs know it: iTIP (RFC 5546), the part of the mail that iMIP (RFC 6047) carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from coordinator.calendars.feed import FeedEvent, event_text, utc
from coordinator.calendars.text import clean_line, fold

PRODUCT = "-//Coordinator//Invitations//EN"
_QUOTED_UNFIT = re.compile(r'["\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Invitation:
    """One person's part in a visit, for this person's calendar. A canceled event takes the invitation back.

    `organizer` and `attendee` are plain mail addresses; `name` is what the organizer is called.
    """

    event: FeedEvent
    organizer: str
    name: str
    attendee: str

    @property
    def method(self) -> str:
        """What the mail asks of a calendar."""
        return "CANCEL" if self.event.canceled else "REQUEST"


def compose(invitation: Invitation) -> bytes:
    """The calendar that the mail carries."""
    event = invitation.event
    status = "" if event.canceled else ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
    lines = [
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\nCALSCALE:GREGORIAN\r\nMETHOD:{invitation.method}",
        event_text(
            event,
            fold(f'ORGANIZER;CN="{_quoted(invitation.name)}":mailto:{invitation.organizer}'),
            fold(f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT{status}:mailto:{invitation.attendee}"),
        ),
        "END:VCALENDAR\r\n",
    ]
    return "\r\n".join(lines).encode()


def digest_of(event: FeedEvent) -> str:
    """Of all that a person's calendar would show: where it is the same, nobody has to be written to."""
    shown = (utc(event.starts), utc(event.ends), event.summary, event.location, event.description)
    return sha256("\0".join(shown).encode(errors="replace")).hexdigest()[:32]


def _quoted(text: str) -> str:
    return _QUOTED_UNFIT.sub("", clean_line(text))
