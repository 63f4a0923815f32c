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


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of a feed. Times are aware UTC; `changed_at` is the last change of anything shown here.

    `sequence` never falls while the event lives. Texts may hold anything: they are cleaned and escaped here.
    """

    uid: str
    sequence: int
    changed_at: datetime
    starts: datetime
    ends: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    canceled: bool = False
    busy: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar by its name, as clients title it."""

    name: str
    events: tuple[FeedEvent, ...]


def compose(feed: Feed) -> bytes:
    """The feed's bytes: the same for the same feed, whenever asked."""
    return b"".join(_lines(feed))


def _lines(feed: Feed) -> Iterator[bytes]:
    name = escape(clean_line(feed.name))
    yield (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
        f"PRODID:{PRODUCT}\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}\r\nX-PUBLISHED-TTL:{REFRESH}\r\n"
    ).encode()
    yield fold(f"NAME:{name}")
    yield fold(f"X-WR-CALNAME:{name}")
    for event in feed.events:
        yield from _event(event)
    yield b"END:VCALENDAR\r\n"


def _event(event: FeedEvent) -> Iterator[bytes]:
    yield b"BEGIN:VEVENT\r\n"
    yield fold(f"UID:{event.uid}")
    yield _when_and_whether(event)
    yield fold(f"SUMMARY:{escape(clean_line(event.summary))}")
    if event.location:
        yield fold(f"LOCATION:{escape(clean_line(event.location))}")
    if event.description:
        yield fold(f"DESCRIPTION:{escape(clean(event.description))}")
    if event.url:
        yield fold(f"URL:{event.url}")
    yield b"END:VEVENT\r\n"


def _when_and_whether(event: FeedEvent) -> bytes:
    """The lines of known length, which need no folding."""
    changed = _utc(event.changed_at)
    # An event that is canceled takes no time, whatever it took before: some clients go by TRANSP alone.
    busy = event.busy and not event.canceled
    return (
        f"DTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}\r\nSEQUENCE:{event.sequence}\r\n"
        f"DTSTART:{_utc(event.starts)}\r\nDTEND:{_utc(event.ends)}\r\n"
        f"STATUS:{'CANCELLED' if event.canceled else 'CONFIRMED'}\r\n"
        f"TRANSP:{'OPAQUE' if busy else 'TRANSPARENT'}\r\n"
        f"X-MICROSOFT-CDO-BUSYSTATUS:{'BUSY' if busy else 'FREE'}\r\n"
    ).encode()


def _utc(moment: datetime) -> str:
    """UTC with a Z: a time that no reader can put into another zone."""
    # Twice as fast as strftime, and it is asked for four times an event.
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{utc.year:04}{utc.month:02}{utc.day:02}T{utc.hour:02}{utc.minute:02}{utc.second:02}Z"
