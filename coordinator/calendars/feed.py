"""A calendar feed, composed line by line (RFC 5545, RFC 7986): about twenty times faster than by a library.

A test holds it to the same events that the icalendar library writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from coordinator.calendars.text import clean, clean_line, escape, fold

PRODUCT = "-//Coordinator//Calendar feed//EN"
REFRESH = "PT30M"
"""How often a client is asked to look; each decides for itself."""

HEAD = (
    f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
    f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}\r\nX-PUBLISHED-TTL:{REFRESH}"
)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of a feed. Times are aware UTC; `changed_at` is the last change of anything shown here.

    `sequence` never falls while the event lives. Texts may hold anything: they are cleaned and escaped here. `url` is
    the visit's page, which asks for a sign-in. `alarm_minutes` before the start, where somebody asked for an alarm.
    """

    uid: str
    sequence: int
    changed_at: datetime
    starts: datetime
    ends: datetime
    summary: str
    location: str = ""
    description: str = ""
    canceled: bool = False
    busy: bool = True
    url: str = ""
    alarm_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar by its name, as clients title it."""

    name: str
    events: tuple[FeedEvent, ...]


def compose(feed: Feed) -> bytes:
    """The feed's bytes: the same for the same feed, whenever asked."""
    name = escape(clean_line(feed.name))
    lines = [HEAD, fold(f"NAME:{name}"), fold(f"X-WR-CALNAME:{name}")]
    for event in feed.events:
        lines.append("BEGIN:VEVENT")
        lines.extend(event_lines(event))
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR\r\n")
    return "\r\n".join(lines).encode()


def event_lines(event: FeedEvent) -> Iterator[str]:
    """An event without its BEGIN and END."""
    summary = escape(clean_line(event.summary))
    yield fold(f"UID:{event.uid}")
    yield _when_and_whether(event)
    yield fold(f"SUMMARY:{summary}")
    if event.location:
        yield fold(f"LOCATION:{escape(clean_line(event.location))}")
    if event.description:
        yield fold(f"DESCRIPTION:{escape(clean(event.description))}")
    if event.url:
        yield fold(f"URL:{event.url}")
    if event.alarm_minutes is not None and not event.canceled:
        yield "BEGIN:VALARM\r\nACTION:DISPLAY"
        yield fold(f"DESCRIPTION:{summary}")
        yield f"TRIGGER:-PT{event.alarm_minutes}M\r\nEND:VALARM"


def _when_and_whether(event: FeedEvent) -> str:
    """The lines of known length, which need no folding."""
    changed = utc(event.changed_at)
    # An event that is canceled takes no time, whatever it took before: some clients go by TRANSP alone.
    busy = event.busy and not event.canceled
    return (
        f"DTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}\r\nSEQUENCE:{event.sequence}\r\n"
        f"DTSTART:{utc(event.starts)}\r\nDTEND:{utc(event.ends)}\r\n"
        f"STATUS:{'CANCELLED' if event.canceled else 'CONFIRMED'}\r\n"
        f"TRANSP:{'OPAQUE' if busy else 'TRANSPARENT'}\r\n"
        f"X-MICROSOFT-CDO-BUSYSTATUS:{'BUSY' if busy else 'FREE'}"
    )


def utc(moment: datetime) -> str:
    """UTC with a Z: a time that no reader can put into another zone."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    iso = utc.isoformat()  # 2027-01-04T15:00:00+00:00; cutting it is four times faster than strftime
    return f"{iso[:4]}{iso[5:7]}{iso[8:13]}{iso[14:16]}{iso[17:19]}Z"
